/**
 * How dear a match is among many routes: the table of lib/routes.ts against a linear scan of the same ranked list and
 * hono's two routers. Run with `node bench/routes.ts [ROUTES]`; prints nanoseconds and ratios, medians of several rounds.
 *
 * Hono's routers know paths and methods alone, by segments: the comparison is about finding one path among many, on
 * paths that all can express. What only Kong's rules have (hosts, headers, text prefixes, ranks) is measured beside it.
 */
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { TrieRouter } from 'hono/router/trie-router';
import { checkConfig } from '../lib/check-config.ts';
import type { Route } from '../lib/config.ts';
import { normalisePath } from '../lib/path.ts';
import { compileRoutes } from '../lib/route-table.ts';
import { matchRoute } from '../lib/routes.ts';

const COUNT = Number(process.argv[2] ?? 1000);
const ROUNDS = 9;
const ROUND_MS = 60;

type Find = (path: string, host: string) => unknown;
interface Contest {
  readonly title: string;
  readonly paths: readonly string[];
  readonly hosts: readonly string[];
  readonly ways: Record<string, Find>;
}

const HEADERS = new Headers({ accept: '*/*' }) as never;
const settingsOf = (routes: Route[]) => checkConfig({ origins: ['http://a'], routes }).routes;

function tableOf(routes: Route[]): Find {
  const router = compileRoutes(settingsOf(routes), 'traditional_compatible');
  return (path, host) => matchRoute(router, 'GET', 'http', host, path, HEADERS);
}

/** The same rules without a table: every route in ranked order until one holds. */
function scanOf(routes: Route[]): Find {
  const ranked = settingsOf(routes)
    .flatMap((route) => (route.paths.length ? route.paths : ['']).map((path) => ({ route, path })))
    .sort(
      (a, b) =>
        Number(b.path.startsWith('~')) - Number(a.path.startsWith('~')) || b.path.length - a.path.length,
    )
    .map(({ route, path }) => ({
      hosts: route.hosts,
      prefix: path,
      regex: path.startsWith('~') ? new RegExp(`^(?:${path.slice(1)})`) : null,
    }));
  return (path, host) => {
    const plain = normalisePath(path);
    return ranked.find(
      ({ hosts, prefix, regex }) =>
        (hosts.length === 0 || hosts.includes(host)) &&
        (regex ? regex.test(plain) : plain.startsWith(prefix)),
    );
  };
}

function honoOf(router: RegExpRouter<string> | TrieRouter<string>, patterns: readonly string[]): Find {
  for (const pattern of patterns) router.add('GET', pattern, pattern);
  return (path) => router.match('GET', path);
}

function nanoseconds(find: Find, { paths, hosts }: Contest): number {
  let calls = 0;
  let kept: unknown = null;
  const until = performance.now() + ROUND_MS;
  const from = performance.now();
  while (performance.now() < until)
    for (const [i, path] of paths.entries()) {
      kept = find(path, hosts[i % hosts.length]!) ?? kept;
      calls++;
    }
  if (kept === null) throw new Error('Cannot measure: nothing matched');
  return ((performance.now() - from) / calls) * 1e6;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

function contests(): Contest[] {
  const ids = Array.from({ length: COUNT }, (_, i) => i);
  const spread = ids.filter((i) => i % Math.ceil(COUNT / 64) === 0);
  const prefixes: Route[] = ids.map((i) => ({ name: `p${i}`, paths: [`/api/v${i % 7}/service-${i}/`] }));
  const patterns = ids.map((i) => `/api/v${i % 7}/service-${i}/*`);
  const regexes: Route[] = ids.map((i) => ({ name: `r${i}`, paths: [`~/service-${i}/items/(?<id>\\d+)$`] }));
  const params = ids.map((i) => `/service-${i}/items/:id{\\d+}`);
  const hosted: Route[] = ids.map((i) => ({
    name: `h${i}`,
    hosts: [`h${i}.example.com`],
    paths: ['/', '/v1'],
  }));
  return [
    {
      title: `${COUNT} prefixes`,
      paths: spread.map((i) => `/api/v${i % 7}/service-${i}/items/42`),
      hosts: ['a.test'],
      ways: {
        table: tableOf(prefixes),
        'linear scan': scanOf(prefixes),
        'hono RegExpRouter': honoOf(new RegExpRouter(), patterns),
        'hono TrieRouter': honoOf(new TrieRouter(), patterns),
      },
    },
    {
      title: `${COUNT} patterns`,
      paths: spread.map((i) => `/service-${i}/items/42`),
      hosts: ['a.test'],
      ways: {
        table: tableOf(regexes),
        'linear scan': scanOf(regexes),
        'hono RegExpRouter': honoOf(new RegExpRouter(), params),
        'hono TrieRouter': honoOf(new TrieRouter(), params),
      },
    },
    {
      title: `${COUNT} hosts, two paths each`,
      paths: spread.map(() => '/v1/x'),
      hosts: spread.map((i) => `h${i}.example.com`),
      ways: { table: tableOf(hosted), 'linear scan': scanOf(hosted) },
    },
    {
      title: 'one route without conditions',
      paths: Array(64).fill('/any/path'),
      hosts: ['a.test'],
      ways: { table: tableOf([{}]) },
    },
  ];
}

for (const contest of contests()) {
  const samples = Object.fromEntries(Object.keys(contest.ways).map((name) => [name, [] as number[]]));
  // Rounds take turns, so that a slow moment of the machine hits all alike.
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, find] of Object.entries(contest.ways)) samples[name]!.push(nanoseconds(find, contest));
  const own = median(samples['table']!);
  console.log(contest.title);
  for (const [name, values] of Object.entries(samples)) {
    const typical = median(values);
    console.log(
      `  ${name.padEnd(20)} ${typical.toFixed(0).padStart(8)} ns  ${(typical / own).toFixed(1).padStart(7)} x`,
    );
  }
}
