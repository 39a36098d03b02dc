/**
 * This isolate's counters for the operator: responses by route and status class, refusals by reason, and a latency
 * histogram for each route and each origin.
 *
 * Their size is fixed by the configuration: no caller, key, path or host can make it grow. They cost an array index or
 * two per request, and nothing if `status` is off. A timeout is counted with its full length, so that a silent origin
 * looks slow rather than absent. An attempt that lost a race is not counted: it is only known that it was slower.
 * Rejected: quantile sketches. They need merging and memory; ten buckets answer "how many within 250 ms" exactly.
 */
import type { RouteSettings, Settings } from '../config/types.ts';
import type { Reason } from './errors.ts';

/** Upper bounds in ms; one more bucket holds what is slower. */
export const LATENCY_BOUNDS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000] as const;

export interface Latencies {
  /** The count of each bucket, not cumulative; one more than there are bounds. */
  readonly buckets: number[];
  sumMs: number;
}

export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Responses by status class. */
interface RouteMetrics extends Record<(typeof STATUS_CLASSES)[number], number> {
  readonly name: string;
  /** From a request's arrival to the headers of its response. */
  readonly latency: Latencies;
}
const CLASSES = ['1xx', '1xx', '2xx', '3xx', '4xx'] as const;

/** Skipped: too many were in flight. */
type ShadowResult = 'same' | 'different' | 'skipped';

/** A snapshot of the counters at the end of an interval; lib/status/history.ts fills it. */
interface Slot {
  readonly tick: number;
  readonly rows: readonly (readonly number[])[];
  readonly inFlight: number;
}

export interface Metrics {
  /** Time of the first request, in ms since 1970; null before it. At start-up the platform's clock reads 0. */
  since: number | null;
  /** One per route, in their order, and one under null for requests without a route. */
  readonly routes: ReadonlyMap<RouteSettings | null, RouteMetrics>;
  /** Keys whose verdict was cached, that had to be verified, and that passed on a stale verdict without a new one. */
  readonly keys: { hits: number; misses: number; stale: number };
  readonly refusals: Partial<Record<Reason, number>>;
  /** Results of copies to a shadow pool, for each route that has one. */
  readonly shadows: ReadonlyMap<RouteSettings | null, Record<ShadowResult, number>>;
  /** Latencies of attempts, by pool and origin, in their order. */
  readonly origins: readonly (readonly Latencies[])[];
  /** Counts an attempt that this origin answered, or that timed out, after `ms`. */
  readonly attempt: (pool: number, origin: number, ms: number) => void;
  /** The last minutes, oldest first, and the current interval. */
  readonly history: Slot[];
  tick: number;
  /** Digest of the configuration; "" until the operator asks for it. */
  configuration: string;
}

const noLatencies = (): Latencies => ({ buckets: [...LATENCY_BOUNDS, 0].fill(0), sumMs: 0 });

/** Null if `status` is off. */
export function createMetrics(settings: Settings): Metrics | null {
  if (!settings.status) return null;
  const origins = settings.pools.map((pool) => pool.origins.map(noLatencies));
  return {
    since: null,
    routes: new Map(
      [...settings.routes, null].map((route) => [
        route,
        {
          name: route?.name ?? '(none)',
          '1xx': 0,
          '2xx': 0,
          '3xx': 0,
          '4xx': 0,
          '5xx': 0,
          latency: noLatencies(),
        },
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
    attempt(pool, origin, ms) {
      const of = origins[pool]?.[origin];
      if (of) countLatency(of, ms);
    },
    history: [],
    tick: 0,
    configuration: '',
  };
}

function countLatency(of: Latencies, ms: number): void {
  const bucket = LATENCY_BOUNDS.findIndex((bound) => ms <= bound);
  of.buckets[bucket < 0 ? LATENCY_BOUNDS.length : bucket]!++;
  // If the clock was set back meanwhile: Prometheus takes a sum that decreases for a restart.
  of.sumMs += Math.max(0, ms);
}

/** Counts a response to a caller. `route` is null if none matched, `reason` if it is not a refusal. */
export function countAnswer(
  metrics: Metrics | null,
  { route, startedAt }: { readonly route: RouteSettings | null; readonly startedAt: number },
  { status, reason }: { readonly status: number; readonly reason: Reason | null },
  now: number,
): void {
  if (!metrics) return;
  metrics.since ??= now;
  const of = metrics.routes.get(route)!;
  of[CLASSES[Math.floor(status / 100)] ?? '5xx']++;
  countLatency(of.latency, now - startedAt);
  if (reason) metrics.refusals[reason] = (metrics.refusals[reason] ?? 0) + 1;
}

/** Counts a key that was presented. */
export function countKey(metrics: Metrics | null, found: keyof Metrics['keys']): void {
  if (metrics) metrics.keys[found]++;
}

/** Counts a copy of a request to a route's shadow pool. */
export function countShadow(
  metrics: Metrics | null,
  route: RouteSettings | null,
  result: ShadowResult,
): void {
  if (metrics) metrics.shadows.get(route)![result]++;
}
