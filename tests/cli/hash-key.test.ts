import t from 'tap';
import { spawnSync } from 'node:child_process';
import { programFor } from '../../cli/main.ts';
import { ROOT } from '../../cli/paths.ts';
import { doubtsAbout, hashKey, hashPassword } from '../../cli/hash-key.ts';
import { digestOf } from '../support/auth.ts';
import { callProgram } from './call.ts';

const hash = (text: string | Buffer): string => hashKey(Buffer.from(text));

t.test('hashes the key without the line end', async (t) => {
  t.equal(
    hash('abc'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    'the test vector of FIPS 180-4',
  );
  for (const end of ['', '\n', '\r\n']) t.equal(hash(`key${end}`), digestOf('key'), JSON.stringify(end));
  t.equal(hash(' k e y '), digestOf(' k e y '), 'every other byte is part of the key');
  t.equal(hash('schlüssel'), digestOf('schlüssel'));
  t.match(hash('key'), /^[0-9a-f]{64}$/);
});

t.test('a password is hashed with PBKDF2', async (t) => {
  const hash = hashPassword(Buffer.from('password\n'), 1, Buffer.from('salt'));
  t.equal(
    hash,
    'pbkdf2-sha256:1:73616c74:120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b',
    'the test vector of RFC 7914, 11, with its salt',
  );
  t.throws(() => hashPassword(Buffer.from(''), 1, Buffer.from('salt')), /received nothing/);
});

t.test('rejects input that cannot be a key, without repeating it', async (t) => {
  t.throws(() => hash(''), { message: 'Cannot hash key: standard input must be one key, received nothing' });
  t.throws(() => hash('\n'), /received nothing/);
  t.throws(() => hash('one\ntwo\n'), {
    message: 'Cannot hash key: standard input must be one key on one line, received 2 lines',
  });
  t.throws(() => hash(Buffer.from([0xff, 0xfe])), /must be UTF-8/);
});

t.test('warns of white space and quotes', async (t) => {
  t.match(doubtsAbout(Buffer.from(' key\n')), /white space/);
  t.match(doubtsAbout(Buffer.from('"key"\n')), /quotes/);
  t.equal(doubtsAbout(Buffer.from('key\n')), null);
});

t.test('the command', async (t) => {
  const run = async (input: string, ...args: string[]) =>
    callProgram(await programFor(['hash-key']), ['hash-key', ...args], { input });
  const { stdout } = spawnSync(process.execPath, [`${ROOT}/cli/edge-gateway.js`, 'hash-key'], {
    input: 'key\n',
  });
  t.equal(String(stdout), `${digestOf('key')}\n`, 'from a pipe');
  t.same(await run('key\n'), { code: 0, out: `${digestOf('key')}\n`, err: '' });
  t.match(await run(''), { code: 1, out: '', err: /^Cannot hash key: .*received nothing\n$/ });
  const hashed = async () => (await run('byron\n', '--password', '--iterations', '10')).out;
  const password = await hashed();
  t.match(password, /^pbkdf2-sha256:10:[\da-f]{32}:[\da-f]{64}\n$/);
  t.not(await hashed(), password, 'each with its own salt');
  t.equal((await run('', '--password', '--iterations', '0')).code, 2);
  const argument = await run('', 'secret-key');
  t.equal(argument.code, 2);
  t.notMatch(argument.err, 'secret-key', 'a key in the wrong place is not repeated');
  t.match((await run('"key"')).err, /^Note: /);
});
