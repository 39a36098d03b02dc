import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Route } from '../../../lib/config/types.ts';
import { PATTERNS } from '../../../lib/routing/patterns.ts';
import { compileRoutes } from '../../../lib/routing/route-table.ts';

const tableOf = (routes: Route[]) =>
  compileRoutes(checkConfig({ origins: ['http://a'], routes }).routes, {
    traditional: null,
    asSent: false,
    patterns: PATTERNS,
  });

t.test('only a single route without any condition needs no table', async (t) => {
  t.ok(tableOf([{}]).only);
  for (const route of [
    { paths: ['/'] },
    { hosts: ['a'] },
    { methods: ['GET'] },
    { headers: { a: ['1'] } },
    { paths: ['~/'] },
  ])
    t.equal(tableOf([route]).only, null, JSON.stringify(route));
  t.equal(tableOf([{}, { paths: ['/a'] }]).only, null);
});

t.test('every prefix knows the longest other one inside it', async (t) => {
  const { anyHost } = tableOf([{ paths: ['/a', '/ab/c', '/ab', '/b', '/abd'] }, { methods: ['GET'] }]);
  t.same(
    anyHost.map(({ prefix, inner }) => [prefix, inner?.prefix]),
    [
      ['', undefined],
      ['/a', ''],
      ['/ab', '/a'],
      ['/ab/c', '/ab'],
      ['/abd', '/ab'],
      ['/b', ''],
    ],
  );
});

t.test('a regular expression hangs under the text that it certainly begins with', async (t) => {
  const cases: [path: string, prefix: string][] = [
    ['~/users/\\d+', '/users/'],
    ['~/api/v1\\.2/x', '/api/v1.2/x'],
    ['~/ab?c', '/a'],
    ['~/ab{2}', '/a'],
    ['~/a|/b', ''],
    ['~/v(1|2)/x', ''],
    ['~/a(?<id>x)', '/a'],
    ['~^/a$', '/a'],
    ['~(?i)/a', ''],
    ['~[/]a', ''],
    ['~/a.b', '/a'],
  ];
  for (const [path, prefix] of cases) t.equal(tableOf([{ paths: [path] }]).anyHost[0]?.prefix, prefix, path);
});

t.test('hosts have tables of their own, best route first', async (t) => {
  const table = tableOf([{ hosts: ['a', '*.b:81'] }, { name: 'better', hosts: ['a'], methods: ['GET'] }]);
  t.same([...table.hosts.keys()].sort(), ['*.b:81', 'a']);
  t.same(
    table.hosts.get('a')?.[0]?.routes.map(({ match }) => match.route.name),
    ['better', 'routes[0]'],
  );
  t.ok(table.ports);
  t.ok(table.wildcards);
  t.notOk(tableOf([{ hosts: ['a'] }]).ports);
  t.notOk(tableOf([{ hosts: ['a'] }]).wildcards);
});

t.test('hosts are kept as requests are read; as written where they are compared as sent', async (t) => {
  const { routes } = checkConfig({
    origins: ['http://a'],
    routes: [{ hosts: ['API.Example.com.', 'b\u00fccher.example:81', '*.B\u00fccher.example', 'shop.*'] }],
  });
  const hostsOf = (asSent: boolean) => [
    ...compileRoutes(routes, { traditional: null, asSent, patterns: null }).hosts.keys(),
  ];
  t.same(hostsOf(false), [
    'api.example.com',
    'xn--bcher-kva.example:81',
    '*.xn--bcher-kva.example',
    'shop.*',
  ]);
  t.same(hostsOf(true), routes[0]?.hosts);
});

t.test('a file without patterns compiles prefixes alone', async (t) => {
  const compile = (route: Route) =>
    compileRoutes(checkConfig({ origins: ['http://a'], routes: [route] }).routes, {
      traditional: null,
      asSent: false,
      patterns: null,
    });
  t.ok(compile({ paths: ['/a'], methods: ['GET'] }));
});
