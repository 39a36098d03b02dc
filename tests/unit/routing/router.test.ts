/** Route matching, beyond tests/properties/routes.test.ts and the cases of tests/kong. */
import t from 'tap';
import type { Route } from '../../../lib/config/types.ts';
import { routerOf, winner } from '../../support/router.ts';

t.test('hosts match by the port of the scheme and by wildcard; case is not folded here', async (t) => {
  const routes: Route[] = [
    { name: 'ported', hosts: ['b.test:443'] },
    { name: 'exact', hosts: ['API.test'] },
    { name: 'left', hosts: ['*.API.test'] },
    { name: 'right', hosts: ['shop.*'] },
  ];
  for (const [host, expected, scheme = 'http'] of [
    ['b.test', 'ported', 'https'],
    ['b.test', null],
    ['api.test:8080', 'exact'],
    ['x.y.api.test', 'left'],
    ['.api.test', null],
    ['shop.co.uk', 'right'],
    ['shop.', null],
    ['API.test', null],
    ['[::1]:8080', null],
  ] as const)
    t.equal(winner(routes, { host, scheme }), expected, host);
  for (const host of ['[::1]', '[::1]:8080'])
    t.equal(winner([{ name: 'six', hosts: ['[::1]'] }], { host }), 'six', host);
  const wild = routerOf([{ hosts: ['*.a', 'b.*'] }]);
  t.equal(wild({ host: `${'a.'.repeat(126)}b` }), null, 'a host of many labels');
});

t.test('a path is a plain string prefix of the normalised path', async (t) => {
  const routes: Route[] = [
    { name: 'root', paths: ['/'] },
    { name: 'foo', paths: ['/foo'] },
    { name: 'bar', paths: ['/foo/bar', '/caf\u00e9'] },
  ];
  const cases: [path: string, expected: string][] = [
    ['/fo', 'root'],
    ['/foobar', 'foo'],
    ['/foo/barbecue', 'bar'],
    ['/f%6fo//b%61r', 'bar'],
    ['/foo%2Fbar', 'foo'],
    ['/caf%c3%a9/x', 'bar'],
  ];
  for (const [path, expected] of cases) t.equal(winner(routes, { path }), expected, path);
});

t.test('a regular expression is anchored at the start only, and its groups are captured', async (t) => {
  const match = routerOf([{ name: 'x', paths: ['~/users/(?<id>\\d+)/(a)?(b)?'] }]);
  const found = match({ path: '/users/12/b/rest' });
  t.equal(found?.matchedPath, '/users/12/b');
  t.same([...(found?.captures ?? [])], ['/users/12/b', '12', undefined, 'b']);
  t.equal(found?.captures?.groups?.['id'], '12');
  t.equal(match({ path: '/x/users/12/' }), null);
  t.equal(routerOf([{ paths: ['/a'] }])({ path: '/ab' })?.captures, null);
});

t.test('a path too long for a better-ranked pattern is rejected, not passed to the next route', async (t) => {
  const routes: Route[] = [
    { name: 'slow', paths: ['~/.*a.*b.*c'] },
    { name: 'rest', paths: ['/'] },
  ];
  t.equal(winner(routes, { path: '/abc' }), 'slow');
  t.equal(winner(routes, { path: '/abc' + 'x'.repeat(500) }), 414);
});

t.test('a header too long for a pattern is rejected, unless the route is ruled out anyway', async (t) => {
  const slow: Route = { name: 'slow', paths: ['/a'], headers: { 'x-a': ['~*a.*b.*c'] } };
  const best: Route = { name: 'best', paths: ['/a'], methods: ['GET'], headers: { 'x-b': ['One'] } };
  const long = { 'x-a': 'abc' + 'x'.repeat(20_000) };
  for (const [path, headers, expected] of [
    ['/a', { 'x-a': 'ABC' }, 'slow'],
    ['/a', long, 431],
    ['/b', long, 'rest'],
    // A better route still wins; values are compared regardless of case.
    ['/a', { ...long, 'x-b': 'oNE' }, 'best'],
  ] as const)
    t.equal(winner([slow, { name: 'rest' }, best], { path, headers: { ...headers } }), expected);
});

t.test('a preflight matches the route of the request it asks for', async (t) => {
  const routes: Route[] = [
    { name: 'post', methods: ['POST'], paths: ['/a'] },
    { name: 'listed', methods: ['GET', 'OPTIONS'], paths: ['/b'] },
    { name: 'rest', paths: ['/c'] },
  ];
  const preflight = (path: string, method: string, origin = 'https://app.example') =>
    winner(routes, { method: 'OPTIONS', path, headers: { origin, 'access-control-request-method': method } });
  t.equal(preflight('/a', 'POST'), 'post');
  t.equal(preflight('/a', 'DELETE'), null, 'no route matches');
  t.equal(preflight('/a', 'post'), null, 'methods are case-sensitive');
  t.equal(preflight('/a', 'POST', ''), null, 'not a preflight without an Origin');
  t.equal(preflight('/b', 'PUT'), 'listed', 'a route that lists OPTIONS gets all preflights');
  t.equal(preflight('/c', 'POST'), 'rest');
  t.equal(winner(routes, { method: 'OPTIONS', path: '/a' }), null);
});
