/**
 * The cost of a match among many routes: the table of lib/routes.ts against a linear scan of the same ranked list and
 * hono's two routers: nanoseconds and ratios, medians of several rounds. `npm run bench -- --only routes`.
 *
 * Hono's routers match only paths and methods, by segments: the comparison is about finding one path among many, with
 * paths that all can express. Features that only Kong's rules have (hosts, headers, text prefixes, ranks) are measured
 * separately.
 */
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { TrieRouter } from 'hono/router/trie-router';
import { checkConfig } from '../lib/config/settings.ts';
import type { Route } from '../lib/config/types.ts';
import { normalisePath } from '../lib/core/url-path.ts';
import { PATTERNS } from '../lib/routing/patterns.ts';
import { compileRoutes } from '../lib/routing/route-table.ts';
import { matchRoute } from '../lib/routing/router.ts';
import { quantile, turned } from './figures.ts';
import type { SubBench } from './sub-bench.ts';

const ROUND_MS = 60;

type Find = (path: string, host: string) => unknown;
interface Contest {
  readonly title: string;
  readonly paths: readonly string[];
  readonly hosts: readonly string[];
  readonly ways: Record<string, Find>;
}

const ASKED = {
  method: 'GET',
  scheme: 'http',
  headers: new Headers({ accept: '*/*' }) as never,
  normalPath: null,
  kong: null,
} as const;
const settingsOf = (routes: Route[]) => checkConfig({ origins: ['http://a'], routes }).routes;

function tableOf(routes: Route[]): Find {
  const router = compileRoutes(settingsOf(routes), {
    traditional: null,
    asSent: false,
    patterns: PATTERNS,
  });
  return (path, host) => matchRoute(router, { ...ASKED, path, host });
}

/** The same rules without a table: tries every route in ranked order. */
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

function contests(count: number): Contest[] {
  const ids = Array.from({ length: count }, (_, i) => i);
  const spread = ids.filter((i) => i % Math.ceil(count / 64) === 0);
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
      title: `${count} prefixes`,
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
      title: `${count} patterns`,
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
      title: `${count} hosts, two paths each`,
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

function measureContest(contest: Contest, rounds: number): (string | number)[][] {
  const names = Object.keys(contest.ways);
  const samples = new Map(names.map((name) => [name, [] as number[]]));
  // Contestants alternate, so that a slow moment of the machine affects all.
  for (let round = 0; round < rounds; round++)
    for (const name of turned(names, round))
      samples.get(name)!.push(nanoseconds(contest.ways[name]!, contest));
  const typical = (name: string): number => quantile(samples.get(name)!, 0.5);
  return names.map((name) => [
    contest.title,
    name,
    typical(name).toFixed(0),
    (typical(name) / typical('table')).toFixed(1),
  ]);
}

export const bench: SubBench = {
  name: 'routes',
  run: async ({ full, smoke }) => {
    const list = contests(smoke ? 50 : 1000);
    return [
      {
        title: 'Finding a route',
        note: "Nanoseconds a match in Node, the table of lib/routes.ts beside a linear scan of the same ranked list and hono's routers.",
        columns: ['', 'by', 'ns', 'times the table'],
        rows: list.flatMap((contest) => measureContest(contest, smoke ? 1 : full ? 25 : 9)),
      },
    ];
  },
};
