/**
 * Parsing of a login, and which passwords need no hash. That a password matches the hash of its kind, to the byte:
 * tests/kong/further/logins.ts and tests/e2e/logins.test.ts.
 */
import { createHash } from 'node:crypto';
import t from 'tap';
import { checkPassword, createLogins, splitLogin, type Login } from '../../../lib/auth/logins.ts';

t.test('the first colon after a non-empty name separates it from the password', async (t) => {
  const table: [text: string, pair: [string, string] | null][] = [
    ['a:', ['a', '']],
    ['a:b:c', ['a', 'b:c']],
    [':::a:b', ['a', 'b']],
    ['a\nb:c', ['a\nb', 'c']],
    ['a:b\nc', ['a', 'b']],
    ['a:\r\u2028b', ['a', '\r\u2028b']],
    ['', null],
    [':a', null],
    // Parsed in one pass, whatever its length.
    [':'.repeat(1e6), null],
    [`${':'.repeat(1e6)}a`, null],
  ];
  for (const [text, pair] of table) t.same(splitLogin(text), pair, encodeURIComponent(text.slice(0, 20)));
});

t.test('a correct password is cached and then accepted synchronously; a wrong one is not', async (t) => {
  const loginOf = (username: string, id?: string) => {
    const hash = createHash('sha1').update(`${username}id`).digest('hex');
    return { username, passwordHash: `sha1:${hash}`, ...(id !== undefined && { id }) };
  };
  const written = [loginOf('ada'), loginOf('constructor', 'l-2')];
  const logins = createLogins([{ id: 'id', credentials: [], logins: written }]);
  const [ada, other] = ['ada', 'constructor'].map((name) => logins.byName.get(name)!) as [Login, Login];
  t.match(ada.caller, { identity: { id: 'ada' }, credentialId: 'ada' });
  t.match(
    other.caller,
    { identity: { id: 'constructor' }, credentialId: 'l-2' },
    'identified by name, counted by id',
  );
  t.equal(await checkPassword(logins, ada, 'ada', 'wrong'), false);
  t.equal(logins.warm.size, 0);
  t.equal(await checkPassword(logins, ada, 'ada', 'ada'), true);
  t.equal(checkPassword(logins, ada, 'ada', 'ada'), true, 'no promise');
  t.not(checkPassword(logins, other, 'ada', 'ada'), true, "another login's password is not cached");
});
