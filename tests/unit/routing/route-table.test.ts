import t from 'tap';
import type { Route } from '../../../lib/config/types.ts';
import { PATTERNS } from '../../../lib/routing/patterns.ts';
import { compileRoutes } from '../../../lib/routing/route-table.ts';
import { settingsOf } from '../../support/router.ts';

const tableOf = (routes: Route[], { asSent = false, patterns = PATTERNS as typeof PATTERNS | null } = {}) =>
  compileRoutes(settingsOf(routes), { traditional: null, asSent, patterns });

t.test('only a single route without conditions needs no table', async (t) => {
  t.ok(tableOf([{}]).only);
  const conditions = [{ paths: ['/'] }, { hosts: ['a'] }, { methods: ['GET'] }, { headers: { a: ['1'] } }];
  for (const route of conditions) t.equal(tableOf([route]).only, null, JSON.stringify(route));
  t.equal(tableOf([{}, { paths: ['/a'] }]).only, null);
});

t.test('a regular expression is indexed by its literal prefix', async (t) => {
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

t.test('hosts are normalised as in requests; with asSent they are kept as written', async (t) => {
  const read: Record<string, string> = {
    'API.Example.com.': 'api.example.com',
    'b\u00fccher.example:81': 'xn--bcher-kva.example:81',
    '*.B\u00fccher.example': '*.xn--bcher-kva.example',
    'shop.*': 'shop.*',
    'a_b:8080': 'a_b:8080',
    '[::1]:80': '[::1]:80',
  };
  const routes = [{ hosts: Object.keys(read) }];
  t.same([...tableOf(routes).hosts.keys()], Object.values(read));
  t.same([...tableOf(routes, { asSent: true }).hosts.keys()], Object.keys(read));
});

t.test('a build without patterns compiles prefixes only', async (t) => {
  const compile = (route: Route) => tableOf([route], { patterns: null });
  t.ok(compile({ paths: ['/a'], methods: ['GET'] }));
});
