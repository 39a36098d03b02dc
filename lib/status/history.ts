/**
 * Five minutes of what this isolate did, for charts and for figures "of the last minute".
 *
 * Counters only grow. The first request of each five seconds copies them, and all else is subtraction when the operator
 * asks: a request pays one comparison for it. Rows that stood still are shared by their copies, so that what is kept
 * follows what was in use: at most 60 copies of 15 numbers for each route and origin.
 * Rejected: the browser keeps what it saw. An operator opens the page when something has gone wrong already, and would
 * see nothing of it. Also: counting into slots with each attempt, as figures used to, which costs every request more.
 */
import { expirePending } from '../balance/latency.ts';
import { LATENCY_BOUNDS, STATUS_CLASSES } from '../core/metrics.ts';
import type { Latencies, Metrics } from '../core/metrics.ts';
import type { State } from '../http/state.ts';

export const SLOTS = 60;
export const SLOT_MS = 5000;
/** The two latest, of which one still runs: as recent as a rate can be without jumping. */
const RATE_SLOTS = 2;
const MINUTE_SLOTS = 12;

/** Requests, errors, ms in all, then how many fell into each bucket of latency. */
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

/** All answers, refusals for a limit, then one row a route and one an origin. */
function readRows({ pools }: State, metrics: Metrics): Row[] {
  const routes = [...metrics.routes.values()].map((route) => {
    const answers = STATUS_CLASSES.reduce((sum, one) => sum + route[one], 0);
    return rowOf(answers, route['5xx'], route.latency);
  });
  const origins = pools.flatMap((pool, i) =>
    pool.origins.map(({ requests, failures }, j) => rowOf(requests, failures, metrics.origins[i]![j]!)),
  );
  return [routes.reduce(add), [metrics.refusals.rate_limited ?? 0], ...routes, ...origins];
}

/** What waits for an answer now; lost callers' attempts are none. */
export function inFlight({ pools }: Pick<State, 'pools'>, now: number): number {
  let count = 0;
  for (const { origins, settings } of pools)
    for (const origin of origins) {
      expirePending(origin, now, settings.timeoutMs + 1000);
      count += origin.pending.length;
    }
  return count;
}

/** At the beginning of each request, before anything of it is counted. */
export function keepHistory(state: State, now: number): void {
  const { metrics } = state;
  const tick = Math.floor(now / SLOT_MS);
  if (metrics === null || tick <= metrics.tick) return;
  const { history } = metrics;
  const before = history.at(-1)?.rows;
  const rows = readRows(state, metrics).map((row, i) => {
    const old = before?.[i];
    return old?.every((value, k) => value === row[k]) ? old : row;
  });
  if (metrics.tick > 0) history.push({ tick: metrics.tick, rows, inFlight: inFlight(state, now) });
  if (history.length > SLOTS) history.shift();
  metrics.tick = tick;
}

/** Prometheus's histogram_quantile: within a bucket all values lie as far apart. Null for no values. */
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

/** Reads the history at `now`: by row, in the order all answers, limits, routes, origins. */
export function readHistory(state: State, metrics: Metrics, now: number) {
  keepHistory(state, now);
  const { history, since } = metrics;
  const first = Math.floor(now / SLOT_MS) - SLOTS + 1;
  const current = readRows(state, metrics);
  // How the counters stood when each slot began, and as they stand now.
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
    originRow: 2 + metrics.routes.size,
    /** Requests a second lately, all else of the last minute. */
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
    /** Mean ms of each slot, oldest first; null where nothing ended. */
    trail: (at: number) =>
      course(at).map((row) => {
        const ended = row.slice(FIRST_BUCKET).reduce((sum, one) => sum + one, 0);
        return ended > 0 ? Math.round(row[2]! / ended) : null;
      }),
    /** Of all answers, oldest first. */
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
