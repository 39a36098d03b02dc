/** What a login says, and whether its password is right. */
import { createHash, pbkdf2Sync } from 'node:crypto';
import t from 'tap';
import { checkPassword, createLogins, splitLogin } from '../../../lib/auth/logins.ts';
import type { Consumer } from '../../../lib/config/types.ts';

const SALT = '00112233445566778899aabbccddeeff';
const pbkdf2 = (password: string, iterations: number): string => {
  const hash = pbkdf2Sync(password, Buffer.from(SALT, 'hex'), iterations, 32, 'sha256');
  return `pbkdf2-sha256:${iterations}:${SALT}:${hash.toString('hex')}`;
};
const sha1 = (text: string): string => `sha1:${createHash('sha1').update(text).digest('hex')}`;
const ADA: Consumer = {
  id: 'consumer-ä',
  username: 'ada',
  credentials: [],
  logins: [
    { id: 'l-1', username: 'ada', passwordHash: pbkdf2('byron', 3) },
    { username: 'grün', passwordHash: sha1('ü✓consumer-ä') },
    { username: 'constructor', passwordHash: pbkdf2('', 1) },
  ],
};
/** A text as base64 gives it: a character for each byte. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');

t.test('name and password stand on both sides of the first colon behind a name', async (t) => {
  const table: [text: string, pair: [string, string] | null][] = [
    ['a:b', ['a', 'b']],
    ['a:', ['a', '']],
    ['a:b:c', ['a', 'b:c']],
    [':a:b', ['a', 'b']],
    [':::a:b', ['a', 'b']],
    ['a\nb:c', ['a\nb', 'c']],
    ['a:b\nc', ['a', 'b']],
    ['a:\r\u2028b', ['a', '\r\u2028b']],
    ['', null],
    ['a', null],
    [':', null],
    [':a', null],
    ['::::', null],
  ];
  for (const [text, pair] of table) t.same(splitLogin(text), pair, encodeURIComponent(text));
});

t.test('a login is read in one pass, however long it is', async (t) => {
  for (const text of [':'.repeat(1e6), 'a'.repeat(1e6), `${':'.repeat(1e6)}a`])
    t.equal(splitLogin(text), null);
});

t.test('a password is right by the hash of its kind, to the byte', async (t) => {
  const logins = createLogins([ADA, { id: 'none', credentials: [] }]);
  const check = async (name: string, password: string): Promise<boolean | null> => {
    const login = logins.byName.get(bytes(name));
    return login === undefined ? null : checkPassword(logins, login, bytes(name), bytes(password));
  };
  for (const [name, right, ...wrong] of [
    ['ada', 'byron', 'Byron', '', pbkdf2('byron', 3)],
    ['grün', 'ü✓', 'u'],
    ['constructor', ''],
  ] as [string, string, ...string[]][]) {
    t.equal(await check(name, right), true, name);
    for (const password of wrong) t.equal(await check(name, password), false, password);
  }
  for (const name of ['__proto__', 'toString', 'Ada', '', 'ada '])
    t.equal(await check(name, 'byron'), null, name);
});

t.test('who it is: the user name is told, the id is counted', async (t) => {
  const { byName } = createLogins([ADA]);
  t.match(byName.get('ada')?.caller, { identity: { id: 'ada', login: 'ada' }, credentialId: 'l-1' });
  t.match(byName.get('constructor')?.caller, { credentialId: 'constructor' });
});

t.test('a right password is remembered, and answered at once; a wrong one is not', async (t) => {
  const logins = createLogins([ADA]);
  const ada = logins.byName.get('ada')!;
  t.equal(await checkPassword(logins, ada, 'ada', 'wrong'), false);
  t.equal(logins.warm.size, 0);
  t.equal(await checkPassword(logins, ada, 'ada', 'byron'), true);
  t.equal(checkPassword(logins, ada, 'ada', 'byron'), true, 'no promise');
  t.ok(checkPassword(logins, ada, 'ada', 'wrong') instanceof Promise);
  const other = logins.byName.get('constructor')!;
  t.not(checkPassword(logins, other, 'ada', 'byron'), true, 'it is another login’s');
});
