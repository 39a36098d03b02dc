/**
 * The cost of keys: a known key compared with no key, a cold start with hundreds of callers, and the memory of cached
 * verdicts.
 *
 * The first is a ratio of alternating bursts, since the load of a shared machine varies. The second counts requests to
 * the verifier, with times relative to the verifier's own. The third is read from V8's own heap, since the resident
 * size of a process includes memory that it has not released; the Worker runs the same rules on the same engine.
 */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createVerifierCache, remember } from '../lib/auth-cache.ts';
import type { Consumer } from '../lib/config/types.ts';
import type { Verdict } from '../lib/auth/verifier.ts';
import { authSettings, verifySettings } from '../tests/support/auth.ts';
import { startVerifier } from '../tests/support/verifier.ts';
import { startGateway } from './contestants.ts';
import { paired, spreadOf } from './figures.ts';
import { findGenerator, sendBurst } from './load.ts';
import { cpuMicros } from './machine.ts';
import { startOrigins } from './processes.ts';
import type { Running } from './processes.ts';
import type { SubBench, Table } from './sub-bench.ts';

const KEY = 'good-key-0123456789abcdef';

interface Burst {
  readonly perSecond: number;
  readonly micros: number;
}

/** A known key in the header and in the query, each compared with the same gateway without `auth`. */
async function measureWarm(rounds: number, seconds: number): Promise<Table> {
  const origins = await startOrigins();
  const generator = findGenerator().name;
  const config = { origins: [...origins.urls], responseHeaders: false };
  const verify = { url: `${origins.url}/verify`, keyHeader: 'x-key' };
  const open = await startGateway(config);
  const guarded = await startGateway({ ...config, auth: { verify, cache: { ttlSeconds: 3600 } } });
  const contenders: [name: string, running: Running, path: string, headers: Record<string, string>][] = [
    ['without auth', open, '/json?a=1', { apikey: KEY }],
    ['known key in a header', guarded, '/json?a=1', { apikey: KEY }],
    ['known key in the query', guarded, `/json?a=1&apikey=${KEY}`, {}],
  ];
  const results = contenders.map((): Burst[] => []);
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const which = (round + 1 + turn) % contenders.length;
      const [, running, path, headers] = contenders[which]!;
      const before = cpuMicros(running.pid);
      const burst = await sendBurst(generator, running.url + path, { connections: 32, seconds, headers });
      if (burst.failures > 0)
        throw new Error(`Cannot measure keys: every answer must be 200, received ${burst.failures} others`);
      const micros = (cpuMicros(running.pid) - before) / burst.requests;
      if (round >= 0) results[which]!.push({ perSecond: burst.requests / burst.seconds, micros });
    }
  }
  await Promise.all([open.end(), guarded.end(), origins.end()]);
  const row = (figure: keyof Burst, which: number): string => {
    const [all, floor] = [results[which]!, results[0]!].map((list) => list.map((each) => each[figure])) as [
      number[],
      number[],
    ];
    const { median, low, high } = spreadOf(paired(all, floor, 'ratio'));
    return `${median.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
  };
  return {
    title: 'A known key',
    note: 'Throughput and CPU time per request, as ratios to the same gateway without auth in the same round; medians, the middle half in brackets.',
    columns: ['', 'throughput', 'CPU per request'],
    rows: contenders.map(([name], which) => [name, row('perSecond', which), row('micros', which)]),
  };
}

/** Two hundred simultaneous callers, all unknown to the gateway. */
async function measureStampede(callers: number): Promise<Table> {
  const origins = await startOrigins();
  const rows: (string | number)[][] = [];
  for (const [name, keyOf] of [
    ['one key', () => 'one'],
    ['a key each', (i: number) => `key-${i}`],
  ] as const) {
    const stops: (() => unknown)[] = [];
    const keys = Array.from({ length: callers }, (_, i) => keyOf(i));
    const verifier = await startVerifier({ teardown: (stop) => stops.push(stop) }, ...keys);
    verifier.delayMs = 100;
    const gateway = await startGateway({ origins: [origins.url], auth: { verify: { url: verifier.url } } });
    await fetch(gateway.url);
    const start = performance.now();
    const answers = await Promise.all(
      keys.map((key) =>
        fetch(gateway.url, { headers: { apikey: key } }).then(
          async (response) => (await response.text(), response.status),
        ),
      ),
    );
    const took = performance.now() - start;
    const good = answers.filter((status) => status === 200).length;
    rows.push([
      `${callers} callers, ${name}`,
      good,
      verifier.asked.length,
      verifier.most(),
      `${(took / 100).toFixed(1)} x`,
    ]);
    await Promise.all([gateway.end(), ...stops.map((stop) => stop())]);
  }
  await origins.end();
  return {
    title: 'A cold start',
    note: 'A verifier that takes 100 ms. The last column is the time until everybody was answered, in verifier times.',
    columns: ['', 'let in', 'checks', 'checks at a time', 'until the last answer'],
    rows,
  };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Heap bytes per cached verdict, with `count` verdicts. */
function bytesEach(count: number, verdictOf: (index: number) => Verdict): number {
  const cache = { ttlSeconds: 60, negativeTtlSeconds: 10, staleSeconds: 600, maxEntries: count * 4 };
  const known = createVerifierCache(authSettings({ verify: verifySettings(), cache }));
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < count; i++) {
    const digest = createHash('sha256').update(`key ${i}`).digest('hex');
    const now = Date.now();
    remember(known, digest, verdictOf(i), { askedAt: now, now, random: Math.random() });
  }
  collectGarbage();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  return known.good.entries.size + known.bad.entries.size === count ? bytes : NaN;
}

function measureMemory(count: number): Table {
  const plain: Verdict = { good: true, consumer: null, headers: [], lifeSeconds: null };
  const text = (index: number, what: string): string =>
    JSON.parse(`"${what}-${index}-4000-8000-0123456789ab"`) as string;
  const consumer = (index: number): Consumer => ({
    id: text(index, 'id'),
    username: text(index, 'user'),
    credentials: [],
  });
  const kinds: [name: string, verdictOf: (index: number) => Verdict][] = [
    ['a bad key', () => ({ ...plain, good: false })],
    ['a good key', () => plain],
    ['a good key with id and username', (i) => ({ ...plain, consumer: consumer(i) })],
    [
      'and two upstream headers',
      (i) => ({
        ...plain,
        consumer: consumer(i),
        headers: [
          ['x-plan', text(i, 'plan')],
          ['x-quota', String(i)],
        ],
      }),
    ],
  ];
  const rows = kinds.map(([name, verdictOf]) => {
    const bytes = bytesEach(count, verdictOf);
    return [name, Math.round(bytes), `${Math.floor((100 * 2 ** 20) / bytes / 1000)},000`];
  });
  return {
    title: 'Memory of a key',
    note: 'Heap bytes for each remembered verdict, and how many would fit in 100 of the 128 MB of an isolate.',
    columns: ['', 'bytes', 'fit in 100 MB'],
    rows,
  };
}

export const bench: SubBench = {
  name: 'keys',
  run: async ({ seconds, full, smoke, tell }) => {
    tell('keys: a known key beside none');
    const rounds = smoke ? 1 : full ? 15 : Math.max(3, Math.floor(seconds / 4));
    const warm = await measureWarm(rounds, 1);
    tell('keys: a cold start, memory');
    return [warm, await measureStampede(smoke ? 20 : 200), measureMemory(smoke ? 2000 : 100_000)];
  },
};
