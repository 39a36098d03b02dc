/** Callers who are sent elsewhere. */
import t from 'tap';
import { redirectLocation, startRedirect } from '../../../lib/traffic/redirect.ts';
import { drive } from '../../support/traffic.ts';

t.test('the address as it is written, or with the path and the query of the request', async (t) => {
  const CASES: readonly [to: string, keepPath: boolean, path: string, query: string, string][] = [
    ['https://new.example', false, '/a', '?b=1', 'https://new.example'],
    ['https://new.example/p?foo=bar', false, '/a', '?x=1', 'https://new.example/p?foo=bar'],
    ['https://new.example/p?foo=bar', true, '/a/b', '?keep=1', 'https://new.example/a/b?keep=1'],
    ['https://new.example/p?foo=bar', true, '/a', '', 'https://new.example/a'],
    ['https://new.example:8443/p#part', true, '/a', '', 'https://new.example:8443/a#part'],
    ['https://new.example', true, '/a/../b//c/%7e', '', 'https://new.example/b/c/~'],
    ['https://new.example', true, '//evil.test/x', '', 'https://new.example/evil.test/x'],
    ['https://new.example', true, '/\\evil.test', '', 'https://new.example/%5Cevil.test'],
  ];
  for (const [to, keepPath, path, query, expected] of CASES)
    t.equal(redirectLocation({ to, status: 301, keepPath }, path, query), expected, `${to} ${path}${query}`);
});

t.test("the answer: Kong's body under its profiles, none elsewhere", async (t) => {
  const redirect = { to: 'https://new.example', status: 308, keepPath: false };
  const plain = (await drive(startRedirect, { redirect }).enter()).answer as Response;
  t.equal(plain.status, 308);
  t.equal(await plain.text(), '');
  const one = drive(startRedirect, { redirect }, { config: { compat: 'kong-3' } });
  const kong = (await one.enter()).answer as Response;
  t.equal(await kong.text(), 'redirecting');
  t.equal(kong.headers.get('content-type'), null);
  t.equal(kong.headers.get('location'), 'https://new.example');
  for (const status of [204, 304]) {
    const bare = drive(
      startRedirect,
      { redirect: { ...redirect, status } },
      { config: { compat: 'kong-3' } },
    );
    t.equal(((await bare.enter()).answer as Response).status, status, 'a status without a body');
  }
});

t.test('the query is the one that the origin would get', async (t) => {
  const redirect = { to: 'https://new.example', status: 301, keepPath: true };
  const { answer } = await drive(startRedirect, { redirect }).enter(
    '/a?apikey=k&x=1',
    {},
    { originQuery: '?x=1' },
  );
  t.equal((answer as Response).headers.get('location'), 'https://new.example/a?x=1');
});
