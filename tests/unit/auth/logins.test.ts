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
const ADA: Consumer = {
  id: 'consumer-ä',
  username: 'ada',
  credentials: [],
  logins: [
    { id: 'l-1', username: 'ada', passwordHash: pbkdf2('byron', 3) },
    { username: 'grün', passwordHash: `sha1:${createHash('sha1').update('ü✓consumer-ä').digest('hex')}` },
    { username: 'constructor', passwordHash: pbkdf2('', 1) },
  ],
};
/** A text as base64 gives it: a character for each byte. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');

t.test('name and password stand on both sides of the first colon behind a name', async (t) => {
  const table: [text: string, pair: [string, string] | null][] = [
    ['a:', ['a', '']],
    ['a:b:c', ['a', 'b:c']],
    [':::a:b', ['a', 'b']],
    ['a\nb:c', ['a\nb', 'c']],
    ['a:b\nc', ['a', 'b']],
    ['a:\r\u2028b', ['a', '\r\u2028b']],
    ['', null],
    [':a', null],
    // It is read in one pass, however long it is.
    [':'.repeat(1e6), null],
    [`${':'.repeat(1e6)}a`, null],
  ];
  for (const [text, pair] of table) t.same(splitLogin(text), pair, encodeURIComponent(text.slice(0, 20)));
});

t.test('a password is right by the hash of its kind, to the byte', async (t) => {
  const logins = createLogins([ADA, { id: 'none', credentials: [] }]);
  const check = async (name: string, password: string): Promise<boolean | null> => {
    const login = logins.byName.get(bytes(name));
    return login === undefined ? null : checkPassword(logins, login, bytes(name), bytes(password));
  };
  for (const [name, right, wrong] of [
    ['ada', 'byron', pbkdf2('byron', 3)],
    ['grün', 'ü✓', 'u'],
    ['constructor', '', 'x'],
  ] as const) {
    t.equal(await check(name, right), true, name);
    t.equal(await check(name, wrong), false, wrong);
  }
  for (const name of ['__proto__', 'toString', 'Ada', '']) t.equal(await check(name, 'byron'), null, name);
});

t.test('a right password is remembered, and answered at once; a wrong one is not', async (t) => {
  const logins = createLogins([ADA]);
  const ada = logins.byName.get('ada')!;
  t.equal(await checkPassword(logins, ada, 'ada', 'wrong'), false);
  t.equal(logins.warm.size, 0);
  t.equal(await checkPassword(logins, ada, 'ada', 'byron'), true);
  t.equal(checkPassword(logins, ada, 'ada', 'byron'), true, 'no promise');
  const other = logins.byName.get('constructor')!;
  t.not(checkPassword(logins, other, 'ada', 'byron'), true, 'it is another login’s');
});
