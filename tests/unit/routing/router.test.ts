/** Which hosts, paths, methods and headers a route takes. */
import t from 'tap';
import type { Route } from '../../../lib/config/types.ts';
import { routerOf, winner } from '../../support/router.ts';

t.test('one route without conditions answers at once, whatever is asked', async (t) => {
  const match = routerOf([{ name: 'all' }]);
  t.equal(match({}), match({ method: 'PUT', host: 'b', path: '/%41//' }), 'the very same record');
});

t.test('hosts: exact, wildcards of several labels, never of none', async (t) => {
  const routes: Route[] = [
    { name: 'exact', hosts: ['route.com'] },
    { name: 'left', hosts: ['*.route.com'] },
    { name: 'right', hosts: ['route.*'] },
  ];
  const cases: [host: string, expected: string | null][] = [
    ['route.com', 'exact'],
    ['route.com:8080', 'exact'],
    ['a.route.com', 'left'],
    ['a.b.route.com:8080', 'left'],
    ['route.org', 'right'],
    ['route.co.uk', 'right'],
    ['.route.com', null],
    ['route.', null],
    ['xroute.com', null],
    ['ROUTE.com', null],
    ['[::1]:8080', null],
  ];
  for (const [host, expected] of cases) t.equal(winner(routes, { host }), expected, host);
});

t.test('a host with a port takes that port alone, and the scheme has one too', async (t) => {
  const routes: Route[] = [
    { name: 'any', hosts: ['a.test'] },
    { name: 'ported', hosts: ['a.test:81', 'b.test:443'], id: 'z' },
    { name: 'wild', hosts: ['*.c.test:81'] },
  ];
  for (const [host, expected, scheme] of [
    ['a.test:81', 'ported', 'http'],
    ['a.test:82', 'any', 'http'],
    ['b.test', 'ported', 'https'],
    ['b.test', null, 'http'],
    ['x.c.test:81', 'wild', 'http'],
    ['x.c.test', null, 'http'],
  ] as const)
    t.equal(winner(routes, { host, scheme }), expected, host);
});

t.test('a prefix is a plain text prefix of the normalised path', async (t) => {
  const routes: Route[] = [
    { name: 'root', paths: ['/'] },
    { name: 'foo', paths: ['/foo'] },
    { name: 'bar', paths: ['/foo/bar', '/caf\u00e9'] },
  ];
  const cases: [path: string, expected: string][] = [
    ['/', 'root'],
    ['/fo', 'root'],
    ['/foo', 'foo'],
    ['/foobar', 'foo'],
    ['/foo/ba', 'foo'],
    ['/foo/bar', 'bar'],
    ['/foo/barbecue', 'bar'],
    ['/foo/baz', 'foo'],
    ['/f%6fo//b%61r', 'bar'],
    ['/foo%2Fbar', 'foo'],
    ['/caf%c3%a9/x', 'bar'],
    ['/zzz', 'root'],
  ];
  for (const [path, expected] of cases) t.equal(winner(routes, { path }), expected, path);
});

t.test('a regular expression is anchored at the start alone, and hands over its groups', async (t) => {
  const match = routerOf([{ name: 'x', paths: ['~/users/(?<id>\\d+)/(a)?(b)?'] }]);
  const found = match({ path: '/users/12/b/rest' });
  t.equal(found?.matchedPath, '/users/12/b');
  t.same([...(found?.captures ?? [])], ['/users/12/b', '12', undefined, 'b']);
  t.equal(found?.captures?.groups?.['id'], '12');
  t.equal(match({ path: '/x/users/12/' }), null);
  t.equal(routerOf([{ paths: ['/a'] }])({ path: '/ab' })?.captures, null);
});

t.test('a path too long for a better-ranked pattern is refused, not handed to the next route', async (t) => {
  const routes: Route[] = [
    { name: 'slow', paths: ['~/.*a.*b.*c'] },
    { name: 'rest', paths: ['/'] },
  ];
  t.equal(winner(routes, { path: '/abc' }), 'slow');
  t.equal(winner(routes, { path: '/abc' + 'x'.repeat(500) }), 414);
});

t.test('so is a header too long for a pattern, where nothing else rules the route out', async (t) => {
  const routes: Route[] = [{ name: 'slow', headers: { 'x-a': ['~*a.*b.*c'] } }, { name: 'rest' }];
  t.equal(winner(routes, { headers: { 'x-a': 'ABC' } }), 'slow');
  const headers = { 'x-a': 'abc' + 'x'.repeat(20_000) };
  t.equal(winner(routes, { headers }), 431);
  const narrow: Route[] = [{ ...routes[0], paths: ['/a'] }, { name: 'rest' }];
  t.equal(winner(narrow, { headers, path: '/b' }), 'rest');
  t.equal(winner(narrow, { headers, path: '/a' }), 431);
  const best: Route = { name: 'best', paths: ['/a'], methods: ['GET'], headers: { 'x-b': ['1'] } };
  const found = winner([...narrow, best], { headers: { ...headers, 'x-b': '1' }, path: '/a' });
  t.equal(found, 'best', 'a better route is not held up');
});

t.test('methods are compared as they are, headers regardless of case', async (t) => {
  const routes: Route[] = [
    { name: 'post', methods: ['POST', 'PUT'] },
    { name: 'two', headers: { Version: ['v1', 'V2'] } },
    { name: 'pattern', headers: { version: ['~*^beta-\\d+$'] } },
    { name: 'both', headers: { version: ['v1'], location: ['us'] } },
  ];
  const asked: [headers: Record<string, string>, expected: string | null][] = [
    [{ VERSION: 'v2' }, 'two'],
    [{ version: 'BETA-7' }, 'pattern'],
    [{ version: 'beta-x' }, null],
    [{ version: 'V1', location: 'US' }, 'both'],
    [{ location: 'us' }, null],
  ];
  for (const [headers, expected] of asked) t.equal(winner(routes, { headers }), expected);
  t.equal(winner(routes, { method: 'PUT' }), 'post');
  t.equal(winner(routes, { method: 'put' }), null);
  const several = winner([{ name: 'a', headers: { v: ['~*x', 'y'] } }], { headers: { v: 'x' } });
  t.equal(several, null, 'one of several values is a text, whatever it begins with');
});

t.test('a host that is configured in capitals is found in small letters', async (t) => {
  t.equal(winner([{ name: 'a', hosts: ['API.Example.com'] }], { host: 'api.example.com' }), 'a');
  t.equal(winner([{ name: 'a', hosts: ['*.Example.com'] }], { host: 'x.example.com' }), 'a');
});

t.test('a preflight goes to the route of the request that it asks about', async (t) => {
  const routes: Route[] = [
    { name: 'post', methods: ['POST'], paths: ['/a'] },
    { name: 'listed', methods: ['GET', 'OPTIONS'], paths: ['/b'] },
    { name: 'rest', paths: ['/c'] },
  ];
  const preflight = (path: string, method: string, origin = 'https://app.example') =>
    winner(routes, { method: 'OPTIONS', path, headers: { origin, 'access-control-request-method': method } });
  t.equal(preflight('/a', 'POST'), 'post');
  t.equal(preflight('/a', 'DELETE'), null, 'no route takes it');
  t.equal(preflight('/a', 'post'), null, 'methods have a case');
  t.equal(preflight('/a', 'POST', ''), null, 'without an origin it is no preflight');
  t.equal(preflight('/b', 'PUT'), 'listed', 'a route that lists OPTIONS takes all of them');
  t.equal(preflight('/c', 'POST'), 'rest');
  t.equal(winner(routes, { method: 'OPTIONS', path: '/a' }), null);
});

t.test('hosts are looked up in linear time, whatever is sent', async (t) => {
  const match = routerOf([{ hosts: ['*.a', 'b.*'] }]);
  t.equal(match({ host: `${'a.'.repeat(126)}b` }), null);
  t.equal(match({ host: `${'x.'.repeat(100)}a` })?.route.name, 'routes[0]');
});
