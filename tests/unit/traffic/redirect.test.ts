/** The Location of redirects; the response is in the cases of tests/kong (redirect) and tests/settings. */
import t from 'tap';
import { redirectLocation, startRedirect } from '../../../lib/traffic/redirect.ts';
import { drive } from '../../support/traffic.ts';

t.test('Location is the configured URL, or has path and query of the request', async (t) => {
  const CASES: readonly [to: string, keepPath: boolean, path: string, query: string, string][] = [
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

t.test('a body only under Kong, and only with a status that allows one', async (t) => {
  for (const [status, body, config] of [
    [308, '', {}],
    [308, 'redirecting', { compat: 'kong-3' }],
    [304, '', { compat: 'kong-3' }],
  ] as const) {
    const redirect = { to: 'https://new.example', status };
    const { answer } = await drive(startRedirect, { redirect, ...config }).enter();
    t.equal(await (answer as Response).text(), body);
  }
});
