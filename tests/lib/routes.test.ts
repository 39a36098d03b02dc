import fc from 'fast-check';
import t from 'tap';
import { checkConfig } from '../../lib/check-config.ts';
import type { Config, Route } from '../../lib/config.ts';
import { compileRoutes } from '../../lib/route-table.ts';
import { matchRoute } from '../../lib/routes.ts';
import { slowRoute } from '../support/slow-router.ts';

type Flavor = NonNullable<Config['routerFlavor']>;
interface Ask {
  method?: string;
  host?: string;
  path?: string;
  scheme?: string;
  headers?: Record<string, string>;
}

const settingsOf = (routes: Route[]) => checkConfig({ origins: ['http://a'], routes }).routes;

function routerOf(routes: Route[], flavor: Flavor = 'traditional_compatible') {
  const router = compileRoutes(settingsOf(routes), flavor);
  return (ask: Ask) =>
    matchRoute(
      router,
      ask.method ?? 'GET',
      ask.scheme ?? 'http',
      ask.host ?? 'x.test',
      ask.path ?? '/',
      new Headers(ask.headers) as never,
    );
}
const winner = (routes: Route[], ask: Ask, flavor?: Flavor): string | null =>
  routerOf(routes, flavor)(ask)?.route.name ?? null;

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
  t.equal(winner(routes, { host: 'a.test:81' }), 'ported');
  t.equal(winner(routes, { host: 'a.test:82' }), 'any');
  t.equal(winner(routes, { host: 'b.test', scheme: 'https' }), 'ported');
  t.equal(winner(routes, { host: 'b.test' }), null);
  t.equal(winner(routes, { host: 'x.c.test:81' }), 'wild');
  t.equal(winner(routes, { host: 'x.c.test' }), null);
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

t.test(
  'a regular expression is anchored at the start, open at the end, and hands over its groups',
  async (t) => {
    const match = routerOf([{ name: 'x', paths: ['~/users/(?<id>\\d+)/(a)?(b)?'] }]);
    const found = match({ path: '/users/12/b/rest' });
    t.equal(found?.matchedPath, '/users/12/b');
    t.same([...(found?.captures ?? [])], ['/users/12/b', '12', undefined, 'b']);
    t.equal(found?.captures?.groups?.['id'], '12');
    t.equal(match({ path: '/x/users/12/' }), null);
    t.equal(routerOf([{ paths: ['/a'] }])({ path: '/ab' })?.captures, null);
  },
);

t.test('a path longer than a polynomial pattern bears is no match of it', async (t) => {
  const routes: Route[] = [
    { name: 'slow', paths: ['~/.*a.*b.*c'] },
    { name: 'rest', paths: ['/'] },
  ];
  t.equal(winner(routes, { path: '/abc' }), 'slow');
  t.equal(winner(routes, { path: '/abc' + 'x'.repeat(500) }), 'rest');
});

t.test('nor is a header of which one asks for a polynomial pattern', async (t) => {
  const routes: Route[] = [{ name: 'slow', headers: { 'x-a': ['~*a.*b.*c'] } }, { name: 'rest' }];
  t.equal(winner(routes, { headers: { 'x-a': 'ABC' } }), 'slow');
  t.equal(winner(routes, { headers: { 'x-a': 'abc' + 'x'.repeat(20_000) } }), 'rest');
});

t.test('methods are compared as they are, headers regardless of case', async (t) => {
  const routes: Route[] = [
    { name: 'post', methods: ['POST', 'PUT'] },
    { name: 'two', headers: { Version: ['v1', 'V2'] } },
    { name: 'pattern', headers: { version: ['~*^beta-\\d+$'] } },
    { name: 'both', headers: { version: ['v1'], location: ['us'] } },
  ];
  t.equal(winner(routes, { method: 'PUT' }), 'post');
  t.equal(winner(routes, { method: 'put' }), null);
  t.equal(winner(routes, { headers: { VERSION: 'v2' } }), 'two');
  t.equal(winner(routes, { headers: { version: 'BETA-7' } }), 'pattern');
  t.equal(winner(routes, { headers: { version: 'beta-x' } }), null);
  t.equal(winner(routes, { headers: { version: 'V1', location: 'US' } }), 'both');
  t.equal(winner(routes, { headers: { location: 'us' } }), null);
  t.equal(
    winner([{ name: 'a', headers: { v: ['~*x', 'y'] } }], { headers: { v: 'x' } }),
    null,
    'one of several values is a text, whatever it begins with',
  );
});

t.test('a route with several paths is ranked by each of them', async (t) => {
  const routes: Route[] = [
    { name: 'o1', paths: ['/foo', '/foo/bar/baz'] },
    { name: 'o2', paths: ['/foo/bar'] },
    { name: 'mix', hosts: ['h'], paths: ['~/some/thing', '/foo'] },
    { name: 'pre', hosts: ['h'], paths: ['/foo/bar'] },
  ];
  for (const flavor of ['traditional', 'traditional_compatible'] as const) {
    t.equal(winner(routes, { path: '/foo/bar' }, flavor), 'o2');
    t.equal(winner(routes, { path: '/foo/bar/baz' }, flavor), 'o1');
    t.equal(winner(routes, { path: '/foo/bar', host: 'h' }, flavor), 'pre');
  }
});

t.test('ranks, one by one', async (t) => {
  const cases: [title: string, better: Route, worse: Route, ask: Ask, flavor?: Flavor][] = [
    [
      'more kinds',
      { hosts: ['h'], paths: ['/'] },
      { paths: ['/long/path'] },
      { host: 'h', path: '/long/path' },
    ],
    ['plain hosts', { hosts: ['a.h'] }, { methods: ['GET'] }, { host: 'a.h' }],
    [
      'more headers',
      { headers: { a: ['1'], b: ['1'] } },
      { headers: { a: ['1'] } },
      { headers: { a: '1', b: '1' } },
    ],
    ['regex first', { paths: ['~/a'] }, { paths: ['/abc'] }, { path: '/abc' }],
    [
      'regex priority',
      { paths: ['~/a'], regexPriority: 2 },
      { paths: ['~/abc'], regexPriority: 1 },
      { path: '/abc' },
    ],
    ['longer prefix', { paths: ['/ab'] }, { paths: ['/a'] }, { path: '/abc' }],
    [
      'host before path',
      { hosts: ['*.h'] },
      { paths: ['/abc'] },
      { host: 'a.h', path: '/abc' },
      'traditional',
    ],
    [
      'headers before path',
      { headers: { a: ['1'] } },
      { paths: ['/'] },
      { headers: { a: '1' } },
      'traditional',
    ],
    ['path before method', { paths: ['/'] }, { methods: ['GET'] }, {}, 'traditional'],
    ['wild with port', { hosts: ['*.h:80'] }, { hosts: ['a.h'] }, { host: 'a.h' }, 'traditional'],
  ];
  for (const [title, better, worse, ask, flavor] of cases) {
    const [a, b] = [
      { ...better, name: 'better', id: 'a' },
      { ...worse, name: 'worse', id: 'b' },
    ];
    t.equal(winner([a, b], ask, flavor), 'better', title);
    t.equal(winner([b, a], ask, flavor), 'better', `${title}, written the other way round`);
  }
});

t.test('a regexPriority on a prefix does nothing', async (t) => {
  const routes: Route[] = [
    { name: 'short', paths: ['/a'], regexPriority: 9 },
    { name: 'long', paths: ['/ab'] },
  ];
  t.equal(winner(routes, { path: '/abc' }), 'long');
});

t.test('equals: the larger id, or in the traditional flavor the one that stands first', async (t) => {
  const routes: Route[] = [
    { name: 'one', paths: ['~/a'], id: '1' },
    { name: 'two', paths: ['~/ab'], id: '2' },
    { name: 'wild', hosts: ['*.h'], id: '3' },
    { name: 'method', methods: ['GET'], id: '4' },
  ];
  t.equal(winner(routes, { path: '/abc' }), 'two');
  t.equal(winner(routes, { path: '/abc' }, 'traditional'), 'one');
  t.equal(winner(routes, { host: 'a.h' }), 'method');
});

t.test('a host that is configured in capitals is found in small letters', async (t) => {
  t.equal(winner([{ name: 'a', hosts: ['API.Example.com'] }], { host: 'api.example.com' }), 'a');
  t.equal(winner([{ name: 'a', hosts: ['*.Example.com'] }], { host: 'x.example.com' }), 'a');
});

t.test('whatever is asked, there is an answer', async () => {
  const match = routerOf([
    { hosts: ['*.a', 'b.*', 'c:80'], paths: ['/', '~/x(.*)y'] },
    { paths: ['/caf\u00e9', '~[^/]+'], headers: { h: ['~*a.*b.*c'] } },
  ]);
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('%', '%e9', '.', '..', ':', '[', '*', '@'),
  );
  fc.assert(
    fc.property(fc.array(text), fc.array(text), (host, path) => {
      match({ host: host.join('.'), path: '/' + path.join('') });
    }),
  );
});

t.test('the table agrees with a slow and obvious matcher', async () => {
  const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 2 });
  const label = fc.constantFrom('a', 'b', 'a.b', 'b.a');
  const host = fc.tuple(
    fc.constantFrom('', '*.'),
    label,
    fc.constantFrom('', '.*'),
    fc.constantFrom('', ':80', ':81'),
  );
  const hostPattern = host
    .filter(([left, , right]) => left === '' || right === '')
    .map((parts) => parts.join(''));
  const path = fc
    .array(fc.constantFrom('a', 'b', '/', 'ab'), { maxLength: 4 })
    .map((parts) => ('/' + parts.join('')).replace(/\/+/g, '/'));
  const regex = fc.constantFrom('~/a', '~/ab?', '~/(a|b)', '~/a/[^/]+', '~/', '~/a|/b', '~/\\w+$', '~/a\\/b');
  const headers = fc.dictionary(
    fc.constantFrom('x', 'y'),
    fc.array(fc.constantFrom('1', 'A', '~*^[a-c]'), { minLength: 1, maxLength: 2 }),
    { maxKeys: 2, noNullPrototype: true },
  );
  const route = fc.record({
    hosts: some(hostPattern),
    paths: some(fc.oneof(path, regex)),
    methods: some(fc.constantFrom('GET', 'POST')),
    headers,
    regexPriority: fc.nat({ max: 1 }),
    id: fc.constantFrom('1', '2', '3'),
  });
  const asked = fc.record({
    method: fc.constantFrom('GET', 'POST'),
    host: fc.tuple(label, fc.constantFrom('', ':80', ':81')).map((parts) => parts.join('')),
    path,
    headers: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', 'a', 'd'), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
  });
  fc.assert(
    fc.property(
      fc.array(route, { minLength: 1, maxLength: 8 }),
      fc.array(asked, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (routes, asks, traditional) => {
        const named = routes.map((one, i) => ({ ...one, name: `r${i}` }));
        const settings = settingsOf(named);
        const match = routerOf(named, traditional ? 'traditional' : 'traditional_compatible');
        for (const ask of asks) {
          const slow = slowRoute(settings, traditional, ask);
          const fast = match(ask)?.route.name ?? null;
          if (slow !== fast) throw new Error(`${JSON.stringify(ask)}: ${fast} instead of ${slow}`);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
