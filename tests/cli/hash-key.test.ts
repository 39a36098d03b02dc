import t from 'tap';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { doubtsAbout, hashKey } from '../../cli/hash-key.ts';
import { digestOf } from '../support/auth.ts';

const ROOT = join(import.meta.dirname, '../..');
const hash = (text: string | Buffer): string => hashKey(Buffer.from(text));

t.test('the digest is that of the key, whatever ends the line', (t) => {
  t.equal(
    hash('abc'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    'the vector of FIPS 180-4',
  );
  for (const end of ['', '\n', '\r\n']) t.equal(hash(`key${end}`), digestOf('key'), JSON.stringify(end));
  t.equal(hash(' k e y '), digestOf(' k e y '), 'every other byte belongs to the key');
  t.equal(hash('schlüssel'), digestOf('schlüssel'));
  t.match(hash('key'), /^[0-9a-f]{64}$/);
  t.end();
});

t.test('what can be no key is refused, and not repeated', (t) => {
  t.throws(() => hash(''), { message: 'Cannot hash key: standard input must be one key, received nothing' });
  t.throws(() => hash('\n'), /received nothing/);
  t.throws(() => hash('one\ntwo\n'), {
    message: 'Cannot hash key: standard input must be one key on one line, received 2 lines',
  });
  t.throws(() => hash(Buffer.from([0xff, 0xfe])), /must be UTF-8/);
  t.end();
});

t.test('what is hardly meant is said', (t) => {
  t.match(doubtsAbout(Buffer.from(' key\n')), /white space/);
  t.match(doubtsAbout(Buffer.from('"key"\n')), /quotes/);
  t.equal(doubtsAbout(Buffer.from('key\n')), null);
  t.end();
});

t.test('the command', (t) => {
  const run = (input: string, ...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'cli/edge-gateway.js'), 'hash-key', ...args], {
      input,
      encoding: 'utf8',
    });
  const good = run('key\n');
  t.same([good.status, good.stdout, good.stderr], [0, `${digestOf('key')}\n`, '']);
  const none = run('');
  t.same([none.status, none.stdout], [1, '']);
  t.match(none.stderr, /^Cannot hash key: .*received nothing\n$/);
  const argument = run('', 'secret-key');
  t.equal(argument.status, 2);
  t.notMatch(argument.stderr, 'secret-key', 'a key in the wrong place is not repeated');
  t.match(run('"key"').stderr, /^Note: /);
  t.end();
});
