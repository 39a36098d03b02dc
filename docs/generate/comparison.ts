/**
 * The table of docs/comparison.md: this gateway, the tutorial, Kong and other Workers.
 *
 * The Workers' behaviour is measured by bench/probes.ts (docs/peers.json), figures come from docs/bench.json and
 * docs/balancing.json. Kong does not run in a Worker and was not run: its column follows the documentation and sources
 * of the open-source gateway.
 */
import { readFileSync } from 'node:fs';
import type { Results as Bench } from '../../bench/pages.ts';
import type { Findings } from '../../bench/probes.ts';
import { SCRIPTS } from '../../bench/script.ts';
import { FAR, NEAR } from '../../bench/workloads.ts';
import { markdownTable } from '../../cli/markdown.ts';
import { ROOT } from '../../cli/paths.ts';
import { rank, type Results } from '../../cli/simulate/standings.ts';

type Row = readonly [about: string, tutorial: string, kong: string, peers: string, gateway: string];

const PEERS = ['reflare', 'hono', 'itty-router'];
/** Probes of what must be forwarded unchanged. */
const CROSSES = {
  path: 'paths',
  status: 'statuses',
  redirect: 'redirects',
  cookies: 'cookies',
  compressed: 'compressed bodies',
  websocket: 'WebSockets',
};

const read = <T>(file: string): T => JSON.parse(readFileSync(`${ROOT}/docs/${file}`, 'utf8')) as T;

export function comparisonTable(): string {
  const head = [
    '',
    'the tutorial',
    'Kong, open source',
    'reflare, hono `proxy()`, itty-router',
    'this gateway',
  ];
  return markdownTable(head, [...answering(read<Findings>('peers.json')), ...OTHERS, ...figures()]);
}

/** What a caller notices if one of two origins is bad, or if both are good. */
function answering(findings: Findings): Row[] {
  const findingsOf = (probe: string): Readonly<Record<string, string>> => findings[probe] ?? {};
  const served = (probe: string, name: string): string =>
    ({ all: 'all are served', some: 'some fail', none: 'all fail' })[findingsOf(probe)[name] ?? ''] ?? '?';
  const bad = (probe: string, what: string, kong: string): Row => [
    what,
    served(probe, 'tutorial'),
    kong,
    `reflare: ${served(probe, 'reflare')}; the others have one origin`,
    served(probe, 'gateway'),
  ];
  const lost = (name: string): string => {
    const list = Object.entries(CROSSES).flatMap(([probe, word]) =>
      findingsOf(probe)[name] === 'all' ? [] : [word],
    );
    return list.length === 0 ? 'everything' : `all but ${list.join(', ')}`;
  };
  const nothing = Object.keys(CROSSES).every((probe) => findingsOf(probe)['tutorial'] === 'none');
  const forgers = PEERS.filter((name) => findingsOf('forged')[name] !== 'all');
  return [
    WHO,
    bad('refused', 'An origin is down, on workerd', 'all are served: up to 5 retries'),
    bad(
      'unavailable',
      'An origin returns 503, or Cloudflare 521 because it is down',
      'some fail: no status is retried',
    ),
    bad('silent', 'An origin does not respond', 'served after 60 s (`read_timeout`); POST fails'),
    [
      'Forwarded unchanged',
      nothing ? 'the body as a string' : lost('tutorial'),
      'everything',
      PEERS.map((name) => `${name}: ${lost(name)}`).join('; '),
      lost('gateway'),
    ],
    [
      'A forged X-Forwarded-For',
      'does not reach the origin',
      "stays, with the peer's address behind it",
      `reaches the origin through ${forgers.join(', ')}`,
      findingsOf('forged')['gateway'] === 'all' ? 'does not reach the origin' : 'reaches the origin',
    ],
  ];
}

const WHO: Row = [
  'Which origin responds',
  'the first to respond at all, after three round trips',
  'round robin, hash, least connections, latency',
  'reflare: random, or by address',
  'the one that is likely to be fastest, alone; all of these; or a race',
];

const OTHERS: readonly Row[] = [
  [
    'A failed origin returns',
    'never ejected',
    'after active checks, or manually',
    'never ejected',
    'by itself, after one successful request',
  ],
  ['A slow response', 'waited for', 'waited for', 'waited for', 'a hedge, for at most 3 % of requests'],
  [
    'Keys',
    'none',
    "its own store's; JWT, OAuth 2, LDAP, HMAC and more by plugins",
    "hono: bearer, basic and JWT, checked by one's own code",
    "any service's, checked once per lifetime, kept as digests; that service may be down",
  ],
  [
    'Routes, limits, CORS',
    'CORS for all',
    'all; limits of a node, a cluster or in Redis',
    'routes and CORS; no limits',
    "all, in Kong's order; limits of an isolate",
  ],
  [
    'Configuration changes',
    'paste',
    'Admin API, database or file, no restart',
    'deploy; reflare also from KV',
    'paste or deploy; canaries by `canary`',
  ],
  [
    'Observability',
    'none',
    'Prometheus, OpenTelemetry, many log targets',
    'hono: logger, Server-Timing',
    'status page, Prometheus, a JSON line per request, Server-Timing',
  ],
  [
    'Moving from Kong',
    '-',
    '-',
    'by hand',
    '`import-kong` reads its configuration, `parity` compares both with recorded requests',
  ],
];

function figures(): Row[] {
  const { tables } = read<Bench>('bench.json');
  const cell = (title: string, name: string, column: string): number => {
    const table = tables.find((one) => one.title === title);
    const row = table?.rows.find(([first]) => first === name);
    if (!table || !row) throw new Error(`Cannot compare: docs/bench.json must have "${name}" of "${title}"`);
    // The median; the middle half follows in brackets.
    return parseFloat(String(row[table.columns.indexOf(column)]));
  };
  const cpu = (name: string): string => cell(NEAR, name, 'CPU: floor / it').toFixed(2);
  const throughput = (name: string): string => cell(FAR, name, 'throughput / floor').toFixed(2);
  const size = (name: string): string =>
    `${(cell(SCRIPTS, name, 'minified and gzipped') / 1000).toFixed(1)} KB`;
  const sent = (name: string): string => cell(SCRIPTS, name, 'subrequests a request').toFixed(2);
  const each = (of: (name: string) => string): string => PEERS.map(of).join(', ');
  const standings = rank(read<Results>('balancing.json'));
  const success = (name: string): string =>
    `${(100 * (standings.find(({ policy }) => policy === name)?.success ?? NaN)).toFixed(2)} %`;
  return [
    [
      'Throughput, origins 20 ms away, passthrough = 1',
      throughput('tutorial'),
      '-',
      each(throughput),
      throughput('gateway'),
    ],
    ['Requests per second of CPU, passthrough = 1', cpu('tutorial'), '-', each(cpu), cpu('gateway')],
    ['Subrequests per request, all origins healthy', sent('tutorial'), '-', each(sent), sent('gateway')],
    ['Success, thirty simulated situations', success('tutorial'), '-', '-', success('adaptive')],
    ['Minified and gzipped', size('tutorial'), '-', each(size), size('gateway')],
  ];
}
