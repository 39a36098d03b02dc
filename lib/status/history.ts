/**
 * Five minutes of this isolate's history, for charts and for figures "of the last minute".
 *
 * Counters only grow. The first request of each five seconds copies them, and the rest is subtraction when the operator
 * asks: a request pays one comparison. Unchanged rows are shared between copies, so that memory follows what is in use:
 * at most 60 copies of 15 numbers for each route and origin.
 * Rejected: history in the browser. An operator opens the page after something has gone wrong, and would not see it.
 * Also rejected: counting into slots with each attempt, as before, which costs every request more.
 */
import { expirePending } from '../balance/latency.ts';
import { LATENCY_BOUNDS, STATUS_CLASSES } from '../core/metrics.ts';
import type { Latencies } from '../core/metrics.ts';
import type { State } from '../http/state.ts';

export const SLOTS = 60;
export const SLOT_MS = 5000;
/** The two latest, one of them still running: the most recent rate that does not jump. */
const RATE_SLOTS = 2;
const MINUTE_SLOTS = 12;

/** Requests, errors, total ms, then the count of each latency bucket. */
type Row = readonly number[];
const FIRST_BUCKET = 3;

const add = (to: Row, more: Row): Row => more.map((value, i) => value + (to[i] ?? 0));
const subtract = (from: Row, less: Row | undefined): Row =>
  less ? from.map((value, i) => value - less[i]!) : from;
const rowOf = (requests: number, errors: number, { sumMs, buckets }: Latencies): Row => [
  requests,
  errors,
  sumMs,
  ...buckets,
];

/** All responses, rejections by a rate limit, then one row per route and one per origin. */
function readRows({ pools, metrics: kept }: State): Row[] {
  const metrics = kept!;
  const routes = [...metrics.routes.values()].map((route) => {
    const answers = STATUS_CLASSES.reduce((sum, one) => sum + route[one], 0);
    return rowOf(answers, route['5xx'], route.latency);
  });
  const origins = pools.flatMap((pool, i) =>
    pool.origins.map(({ requests, failures }, j) => rowOf(requests, failures, metrics.origins[i]![j]!)),
  );
  return [routes.reduce(add), [metrics.refusals.rate_limited ?? 0], ...routes, ...origins];
}

/** Attempts in flight, without the expired entries of callers that hung up. */
export function inFlight({ pools }: Pick<State, 'pools'>, now: number): number {
  let count = 0;
  for (const { origins, settings } of pools)
    for (const origin of origins) {
      expirePending(origin, now, settings.timeoutMs + 1000);
      count += origin.pending.length;
    }
  return count;
}

/** Called at the start of each request, before anything is counted for it. */
export function keepHistory(state: State, now: number): void {
  const metrics = state.metrics!;
  const { history } = metrics;
  const tick = Math.floor(now / SLOT_MS);
  if (tick <= metrics.tick) return;
  const before = history.at(-1)?.rows;
  const rows = readRows(state).map((row, i) => {
    const old = before?.[i];
    return old?.every((value, k) => value === row[k]) ? old : row;
  });
  if (metrics.tick > 0) history.push({ tick: metrics.tick, rows, inFlight: inFlight(state, now) });
  if (history.length > SLOTS) history.shift();
  metrics.tick = tick;
}

/** Prometheus's histogram_quantile: linear interpolation within a bucket. Null if there are no values. */
export function quantile(buckets: Row, share: number): number | null {
  const total = buckets.reduce((sum, one) => sum + one, 0);
  let left = share * total;
  if (total === 0) return null;
  for (const [i, bound] of LATENCY_BOUNDS.entries()) {
    const least = LATENCY_BOUNDS[i - 1] ?? 0;
    if (buckets[i]! >= left && buckets[i]! > 0)
      return Math.round(least + ((bound - least) * left) / buckets[i]!);
    left -= buckets[i]!;
  }
  return LATENCY_BOUNDS.at(-1)!;
}

const latenciesOf = (row: Row) => {
  const buckets = row.slice(FIRST_BUCKET);
  return { p50Ms: quantile(buckets, 0.5), p99Ms: quantile(buckets, 0.99) };
};

const perSecond = (count: number, ms: number): number =>
  Math.round((10_000 * count) / Math.max(1000, ms)) / 10;

/** Reads the history at `now`, by row: all responses, rate limits, routes, origins. */
export function readHistory(state: State, now: number) {
  keepHistory(state, now);
  const { history, since, routes } = state.metrics!;
  const first = Math.floor(now / SLOT_MS) - SLOTS + 1;
  const current = readRows(state);
  // The counters at the start of each slot, and now.
  const marks = Array.from(
    { length: SLOTS },
    (_, i) => history.findLast(({ tick }) => tick < first + i)?.rows,
  );
  const ends = [...marks.slice(1), current];
  const lately = (at: number, slots: number): Row => subtract(current[at]!, marks[SLOTS - slots]?.[at]);
  const age = now - (since ?? now);
  const runsFor = now % SLOT_MS;
  const course = (at: number): Row[] =>
    ends.map((end, i) => {
      const [row, before] = [end?.[at] ?? [], marks[i]?.[at]];
      return row === before ? [] : subtract(row, before);
    });
  return {
    routeRow: 2,
    originRow: 2 + routes.size,
    /** Requests per second of the last ten seconds; everything else of the last minute. */
    recent: (at: number) => {
      const minute = lately(at, MINUTE_SLOTS);
      const [requests = 0] = lately(at, RATE_SLOTS);
      return {
        requestsPerSecond: perSecond(requests, Math.min(age, (RATE_SLOTS - 1) * SLOT_MS + runsFor)),
        requests: minute[0]!,
        errors: minute[1] ?? 0,
        ...latenciesOf(minute),
      };
    },
    /** Mean ms of each slot, oldest first; null for a slot without responses. */
    trail: (at: number) =>
      course(at).map((row) => {
        const ended = row.slice(FIRST_BUCKET).reduce((sum, one) => sum + one, 0);
        return ended > 0 ? Math.round(row[2]! / ended) : null;
      }),
    /** Of all responses, oldest first. */
    charts: () => {
      const rows = course(0);
      const rate = (column: number) =>
        rows.map((row, i) => perSecond(row[column] ?? 0, i === SLOTS - 1 ? runsFor : SLOT_MS));
      return {
        slotSeconds: SLOT_MS / 1000,
        requestsPerSecond: rate(0),
        errorsPerSecond: rate(1),
        p50Ms: rows.map((row) => latenciesOf(row).p50Ms),
        p99Ms: rows.map((row) => latenciesOf(row).p99Ms),
        inFlight: rows.map((_, i) =>
          i === SLOTS - 1
            ? inFlight(state, now)
            : (history.find(({ tick }) => tick === first + i)?.inFlight ?? 0),
        ),
      };
    },
  };
}
