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
import { verifiedBy } from '../tests/support/auth.ts';
import { startVerifier } from '../tests/support/verifier.ts';
import { startGateway } from './contestants.ts';
import { ratios, spread, takeTurns } from './figures.ts';
import { sendBurst } from './load.ts';
import { startOrigins, type Origins } from './processes.ts';
import type { Part, Table } from './part.ts';

const KEY = 'good-key-0123456789abcdef';

/** A known key in the header and in the query, each compared with the same gateway without `auth`. */
async function measureKnown(origins: Origins, rounds: number, amount?: number): Promise<Table> {
  const config = { origins: origins.urls, responseHeaders: false };
  const verify = { url: `${origins.url}/verify`, keyHeader: 'x-key' };
  const open = await startGateway(config);
  const guarded = await startGateway({ ...config, auth: { verify, cache: { ttlSeconds: 3600 } } });
  const inHeader = { path: '/json?a=1', headers: { apikey: KEY } };
  const contenders = [
    { name: 'without auth', running: open, request: inHeader },
    { name: 'known key in a header', running: guarded, request: inHeader },
    { name: 'known key in the query', running: guarded, request: { path: `/json?a=1&apikey=${KEY}` } },
  ];
  const samples = await takeTurns(
    contenders,
    rounds,
    async ({ running, request }) => {
      const burst = await sendBurst(running, {
        connections: 32,
        seconds: 1,
        ...(amount && { amount }),
        ...request,
      });
      if (burst.failures === 0) return burst;
      throw new Error(`Cannot measure keys: every answer must be 200, received ${burst.failures} others`);
    },
    true,
  );
  await Promise.all([open.stop(), guarded.stop()]);
  const cell = (which: number, figure: 'perSecond' | 'cpu'): string => {
    const [its, floors] = [samples[which]!, samples[0]!].map((list) => list.map((one) => one[figure]));
    return spread(ratios(its!, floors!), 3);
  };
  return {
    title: 'A known key',
    note: 'Throughput and CPU time per request, as ratios to the same gateway without auth in the same round; medians, the middle half in brackets.',
    columns: ['', 'throughput', 'CPU per request'],
    rows: contenders.map(({ name }, which) => [name, cell(which, 'perSecond'), cell(which, 'cpu')]),
  };
}

const VERIFIER_MS = 100;

/** Simultaneous callers, all unknown to the gateway. */
async function measureStampede(origins: Origins, callers: number): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const [name, keyOf] of [
    ['one key', () => 'one'],
    ['a key each', (i: number) => `key-${i}`],
  ] as const) {
    const stops: (() => unknown)[] = [];
    const keys = Array.from({ length: callers }, (_, i) => keyOf(i));
    const verifier = await startVerifier({ teardown: (stop) => stops.push(stop) }, ...keys);
    verifier.delayMs = VERIFIER_MS;
    const gateway = await startGateway({ origins: [origins.url], auth: { verify: { url: verifier.url } } });
    await fetch(gateway.url);
    const start = performance.now();
    const ask = async (apikey: string): Promise<boolean> => {
      const response = await fetch(gateway.url, { headers: { apikey } });
      await response.text();
      return response.status === 200;
    };
    const answers = await Promise.all(keys.map(ask));
    const took = (performance.now() - start) / VERIFIER_MS;
    const good = answers.filter(Boolean).length;
    rows.push([
      `${callers} callers, ${name}`,
      good,
      verifier.asked.length,
      verifier.most(),
      `${took.toFixed(1)} x`,
    ]);
    await Promise.all([gateway.stop(), ...stops.map((stop) => stop())]);
  }
  return {
    title: 'A cold start',
    note: 'A verifier that takes 100 ms. The last column is the time until all were answered, in verifier times.',
    columns: ['', 'let in', 'checks', 'checks at a time', 'until the last answer'],
    rows,
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Heap bytes per cached verdict, with `count` verdicts. */
function bytesEach(count: number, verdictOf: (index: number) => Verdict): number {
  const cache = { ttlSeconds: 60, negativeTtlSeconds: 10, staleSeconds: 600, maxEntries: count * 4 };
  const known = createVerifierCache(verifiedBy({}, { cache }));
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
  // Parsed, so that V8 holds each text by itself and not as the parts that it was made of.
  const text = (index: number, what: string): string =>
    JSON.parse(`"${what}-${index}-4000-8000-0123456789ab"`) as string;
  const consumer = (i: number): Consumer => ({
    id: text(i, 'id'),
    username: text(i, 'user'),
    credentials: [],
  });
  const headers = (i: number): [string, string][] => [
    ['x-plan', text(i, 'plan')],
    ['x-quota', String(i)],
  ];
  const kinds: Record<string, (index: number) => Verdict> = {
    'a bad key': () => ({ ...plain, good: false }),
    'a good key': () => plain,
    'a good key with id and username': (i) => ({ ...plain, consumer: consumer(i) }),
    'and two upstream headers': (i) => ({ ...plain, consumer: consumer(i), headers: headers(i) }),
  };
  const rows = Object.entries(kinds).map(([name, verdictOf]) => {
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

export const keys: Part = {
  name: 'keys',
  run: async ({ full, smoke, report }) => {
    const origins = await startOrigins();
    report('keys: a known key beside none');
    const known = await measureKnown(origins, smoke ? 1 : full ? 15 : 3, smoke ? 64 : undefined);
    report('keys: a cold start, memory');
    const stampede = await measureStampede(origins, smoke ? 20 : 200);
    await origins.stop();
    return [known, stampede, measureMemory(smoke ? 2000 : 100_000)];
  },
};
