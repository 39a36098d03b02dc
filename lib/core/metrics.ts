/**
 * What this isolate has counted for the operator: answers by route and status class, refusals by reason, and for each
 * origin a histogram of latency and its course over the last five minutes.
 *
 * Promises a size that the configuration fixes: no caller, key, path or host can make it grow. Costs an array index or two
 * a request, and nothing where `status` is off.
 * A time-out counts with its full length, so that a silent origin looks slow rather than absent. A copy that was overtaken
 * does not count: all that is known of it is that it would have taken longer.
 * Rejected: quantile sketches. They need merging and memory; ten buckets answer "how many within 250 ms" exactly.
 */
import type { RouteSettings, Settings } from '../config/types.ts';
import type { Reason } from './errors.ts';

/** Upper bounds in ms; what is slower falls into one bucket more. */
export const LATENCY_BOUNDS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000] as const;
/** The course: so many slots of so many ms. */
export const TRAIL_SLOTS = 60;
export const TRAIL_SLOT_MS = 5000;

export interface OriginMetrics {
  /** Attempts in each bucket, not cumulated; one more than there are bounds. */
  readonly buckets: number[];
  sumMs: number;
  /** The last slots in which something was sent: which slot of time it was, attempts, and the sum of their ms. */
  readonly trail: [tick: number, attempts: number, ms: number][];
}

/** Answers by status class. */
export interface RouteMetrics {
  readonly name: string;
  '1xx': number;
  '2xx': number;
  '3xx': number;
  '4xx': number;
  '5xx': number;
}
const CLASSES = ['1xx', '1xx', '2xx', '3xx', '4xx'] as const;

/** Skipped: there were too many at once. */
export type ShadowResult = 'same' | 'different' | 'skipped';

export interface Metrics {
  /** Ms since 1970 of the first request; null before it. At start-up the platform's clock stands at 0. */
  since: number | null;
  /** One for each route, in their order, and one for null, no route. */
  readonly routes: ReadonlyMap<RouteSettings | null, RouteMetrics>;
  /** Shown keys whose verdict was known, that had to be checked, and that passed on a verdict past its life for want of a new one. */
  readonly keys: { hits: number; misses: number; stale: number };
  readonly refusals: Partial<Record<Reason, number>>;
  /** What came of copies to a shadow pool, for each route that has one. */
  readonly shadows: ReadonlyMap<RouteSettings | null, Record<ShadowResult, number>>;
  /** By pool and origin, in their order. */
  readonly origins: readonly (readonly OriginMetrics[])[];
  /** One attempt that this origin answered, or was given up on at its time-out, after `ms`. */
  readonly attempt: (pool: number, origin: number, ms: number, now: number) => void;
}

/** Null where nobody may look at it. */
export function createMetrics(settings: Settings): Metrics | null {
  if (!settings.status) return null;
  const origins = settings.pools.map((pool) =>
    pool.origins.map(() => ({ buckets: [...LATENCY_BOUNDS, 0].fill(0), sumMs: 0, trail: [] })),
  );
  return {
    since: null,
    routes: new Map(
      [...settings.routes, null].map((route) => [
        route,
        { name: route?.name ?? '(none)', '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
      ]),
    ),
    keys: { hits: 0, misses: 0, stale: 0 },
    refusals: {},
    shadows: new Map(
      settings.routes
        .filter((route) => route.shadow)
        .map((route) => [route, { same: 0, different: 0, skipped: 0 }]),
    ),
    origins,
    attempt(pool, origin, ms, now) {
      const of = origins[pool]?.[origin];
      if (of) countAttempt(of, ms, now);
    },
  };
}

/** One answer to a caller. `route` is null for none, `reason` where it was no refusal. */
export function countAnswer(
  metrics: Metrics | null,
  route: RouteSettings | null,
  status: number,
  reason: Reason | null,
  now: number,
): void {
  if (!metrics) return;
  metrics.since ??= now;
  metrics.routes.get(route)![CLASSES[Math.floor(status / 100)] ?? '5xx']++;
  if (reason) metrics.refusals[reason] = (metrics.refusals[reason] ?? 0) + 1;
}

/** One key that was shown. */
export function countKey(metrics: Metrics | null, found: keyof Metrics['keys']): void {
  if (metrics) metrics.keys[found]++;
}

/** One copy of a request to a route's shadow pool. */
export function countShadow(
  metrics: Metrics | null,
  route: RouteSettings | null,
  result: ShadowResult,
): void {
  if (metrics) metrics.shadows.get(route)![result]++;
}

function countAttempt(of: OriginMetrics, ms: number, now: number): void {
  const bucket = LATENCY_BOUNDS.findIndex((bound) => ms <= bound);
  of.buckets[bucket < 0 ? LATENCY_BOUNDS.length : bucket]!++;
  of.sumMs += ms;
  const tick = Math.floor(now / TRAIL_SLOT_MS);
  let slot = of.trail.at(-1);
  if (slot?.[0] !== tick) {
    slot = [tick, 0, 0];
    if (of.trail.push(slot) > TRAIL_SLOTS) of.trail.shift();
  }
  slot[1]++;
  slot[2] += ms;
}

/** For the report; the trail as mean ms of each slot, oldest first, null where nothing was sent. */
export function readOrigin(of: OriginMetrics | undefined, now: number) {
  const { buckets = [], sumMs = 0, trail = [] } = of ?? {};
  const next = Math.floor(now / TRAIL_SLOT_MS) + 1;
  const means = Array.from({ length: TRAIL_SLOTS }, (_, i) => {
    const slot = trail.find(([tick]) => tick === next - TRAIL_SLOTS + i);
    return slot ? Math.round(slot[2] / slot[1]) : null;
  });
  return { buckets, sumMs, trail: means };
}
