/**
 * The cost of a match among many routes: the table of lib/routing against a linear scan of the same ranked list and
 * hono's two routers. `npm run bench -- --only routes`.
 *
 * Hono's routers match only paths and methods, by segments: the comparison is about finding one path among many, with
 * paths that all can express. Hosts, which only Kong's rules have, are measured separately.
 */
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { TrieRouter } from 'hono/router/trie-router';
import { checkConfig } from '../lib/config/settings.ts';
import type { Route } from '../lib/config/types.ts';
import { normalisePath } from '../lib/core/url-path.ts';
import { PATTERNS } from '../lib/routing/patterns.ts';
import { compileRoutes } from '../lib/routing/route-table.ts';
import { matchRoute } from '../lib/routing/router.ts';
import { median, takeTurns } from './figures.ts';
import type { Part } from './part.ts';

const ROUND_MS = 60;

type Find = (path: string, host: string) => unknown;
interface Contest {
  readonly title: string;
  readonly requests: readonly (readonly [path: string, host: string])[];
  readonly ways: Readonly<Record<string, Find>>;
}

const REQUEST = {
  method: 'GET',
  scheme: 'http',
  headers: new Headers({ accept: '*/*' }) as never,
  normalPath: null,
  kong: null,
} as const;
const settingsOf = (routes: Route[]) => checkConfig({ origins: ['http://a'], routes }).routes;

function tableOf(routes: Route[]): Find {
  const router = compileRoutes(settingsOf(routes), { traditional: null, asSent: false, patterns: PATTERNS });
  return (path, host) => matchRoute(router, { ...REQUEST, path, host });
}

/** The same rules without a table: tries every route in ranked order. */
function scanOf(routes: Route[]): Find {
  const ranked = settingsOf(routes)
    .flatMap(({ hosts, paths }) => paths.map((path) => ({ hosts, path, isRegex: path.startsWith('~') })))
    .sort((a, b) => Number(b.isRegex) - Number(a.isRegex) || b.path.length - a.path.length)
    .map(({ hosts, path, isRegex }) => {
      const regex = isRegex ? new RegExp(`^(?:${path.slice(1)})`) : null;
      return { hosts, fits: (plain: string) => (regex ? regex.test(plain) : plain.startsWith(path)) };
    });
  return (path, host) => {
    const plain = normalisePath(path);
    return ranked.find(({ hosts, fits }) => (hosts.length === 0 || hosts.includes(host)) && fits(plain));
  };
}

function honoOf(router: RegExpRouter<string> | TrieRouter<string>, patterns: readonly string[]): Find {
  for (const pattern of patterns) router.add('GET', pattern, pattern);
  return (path) => router.match('GET', path);
}

function contestsOf(count: number): Contest[] {
  const ids = Array.from({ length: count }, (_, i) => i);
  const spread = ids.filter((i) => i % Math.ceil(count / 64) === 0);
  const all = (routes: Route[], patterns: string[]): Contest['ways'] => ({
    table: tableOf(routes),
    'linear scan': scanOf(routes),
    'hono RegExpRouter': honoOf(new RegExpRouter(), patterns),
    'hono TrieRouter': honoOf(new TrieRouter(), patterns),
  });
  const prefixOf = (i: number): string => `/api/v${i % 7}/service-${i}/`;
  const hosted = ids.map((i): Route => ({
    name: `h${i}`,
    hosts: [`h${i}.example.com`],
    paths: ['/', '/v1'],
  }));
  return [
    {
      title: `${count} prefixes`,
      requests: spread.map((i) => [`${prefixOf(i)}items/42`, 'a.test']),
      ways: all(
        ids.map((i) => ({ name: `p${i}`, paths: [prefixOf(i)] })),
        ids.map((i) => `${prefixOf(i)}*`),
      ),
    },
    {
      title: `${count} patterns`,
      requests: spread.map((i) => [`/service-${i}/items/42`, 'a.test']),
      ways: all(
        ids.map((i) => ({ name: `r${i}`, paths: [`~/service-${i}/items/(?<id>\\d+)$`] })),
        ids.map((i) => `/service-${i}/items/:id{\\d+}`),
      ),
    },
    {
      title: `${count} hosts, two paths each`,
      requests: spread.map((i) => ['/v1/x', `h${i}.example.com`]),
      ways: { table: tableOf(hosted), 'linear scan': scanOf(hosted) },
    },
    {
      title: 'one route without conditions',
      requests: [['/any/path', 'a.test']],
      ways: { table: tableOf([{}]) },
    },
  ];
}

function nanoseconds(find: Find, requests: Contest['requests'], roundMs: number): number {
  let calls = 0;
  let kept: unknown = null;
  const from = performance.now();
  while (performance.now() < from + roundMs)
    // Often enough that the reading of the clock does not count.
    for (let i = 0; i < 64; i++, calls++) {
      const [path, host] = requests[i % requests.length]!;
      kept = find(path, host) ?? kept;
    }
  if (kept === null) throw new Error('Cannot measure: nothing matched');
  return ((performance.now() - from) / calls) * 1e6;
}

export const routes: Part = {
  name: 'routes',
  run: async ({ full, smoke }) => {
    const rows: (string | number)[][] = [];
    const [count, rounds, roundMs] = smoke ? [50, 1, 1] : [1000, full ? 25 : 9, ROUND_MS];
    for (const { title, requests, ways } of contestsOf(count)) {
      const finds = Object.values(ways);
      const samples = await takeTurns(finds, rounds, (find) => nanoseconds(find, requests, roundMs));
      const times = samples.map(median);
      for (const [i, name] of Object.keys(ways).entries())
        rows.push([title, name, times[i]!.toFixed(0), (times[i]! / times[0]!).toFixed(1)]);
    }
    return [
      {
        title: 'Finding a route',
        note: "Nanoseconds a match in Node, the table of lib/routing beside a linear scan of the same ranked list and hono's routers.",
        columns: ['', 'by', 'ns', 'times the table'],
        rows,
      },
    ];
  },
};
