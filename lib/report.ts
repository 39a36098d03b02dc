/**
 * What the operator sees, as plain data: one record for the page and as JSON, the same figures as Prometheus's families.
 *
 * Promises figures of this isolate alone, and no secret: of the configuration's plan everything that may hold one is
 * replaced, i.e. the operator's token, values of headers, digests of keys, bodies, and values in query strings.
 */
import { poolReport } from './pool-report.ts';
import type { Settings } from './config.ts';
import { LATENCY_BOUNDS, readOrigin, TRAIL_SLOT_MS } from './metrics.ts';
import { prometheusText, type Family } from './prometheus.ts';
import type { State } from './state.ts';

export type StatusReport = ReturnType<typeof statusReport>;

/** `now` in ms since 1970. Counters are there from the start, so that a rate can be made of them. */
export function statusReport({ metrics, pools }: State, now: number) {
  return {
    now,
    since: metrics?.since ?? now,
    slotMs: TRAIL_SLOT_MS,
    bounds: LATENCY_BOUNDS,
    routes: [...(metrics?.routes.values() ?? [])],
    refusals: { name: 'Refusals', ...metrics?.refusals },
    pools: pools.map((pool, i) => {
      const report = poolReport(pool, now);
      const all = report.origins.reduce((sum, origin) => sum + origin.requests, 0);
      return {
        ...report,
        origins: report.origins.map((origin, j) => ({
          sharePercent: Math.round((100 * origin.requests) / all) || 0,
          ...origin,
          ...readOrigin(metrics?.origins[i]?.[j], now),
        })),
      };
    }),
  };
}

/** The settings as they were understood, without what is secret in them. */
export function redactedPlan(settings: Settings): string {
  return JSON.stringify(settings, (key, value: unknown) => {
    if (/^(token|body|sha256)$/.test(key) && value) return '***';
    if (key === 'headers' && Array.isArray(value)) return value.map((one) => (Array.isArray(one) ? one[0] : one));
    // "{key}" stands for a key and is none; a text that begins with "~" is a regular expression.
    return typeof value === 'string' && value[0] !== '~' ? value.replace(/([?&][^=&]*=)(?!\{key)[^&]+/g, '$1***') : value;
  });
}

/** Families of one origin or pool: the report's field, its name for Prometheus, what it counts. */
const ORIGIN_FAMILIES = [
  ['requests', 'requests_total', 'Attempts sent'],
  ['failures', 'failures_total', 'Attempts that failed'],
  ['hedges', 'hedges_total', 'Attempts that copied a silent one'],
  ['retries', 'retries_total', 'Attempts after a failed one'],
  ['inFlight', 'in_flight_requests', 'Attempts that wait for an answer'],
  ['ejected', 'ejected', 'Whether it is left out'],
] as const;

/** The same as Prometheus's text, in seconds. */
export function metricsText(report: StatusReport): string {
  const origins = report.pools.flatMap((pool) => pool.origins.map((of) => ({ of, labels: { pool: pool.name, origin: of.name } })));
  return prometheusText([
    ['requests_total', 'Answers by route and status class', report.routes.flatMap(({ name, ...counts }) =>
      Object.entries(counts).map(([code, value]) => [{ route: name, code }, value]))],
    ['refusals_total', 'Answers of the gateway itself', Object.entries(report.refusals).flatMap(([reason, value]) =>
      typeof value === 'number' ? [[{ reason }, value]] : [])],
    ...ORIGIN_FAMILIES.map(([field, name, help]): Family =>
      [`origin_${name}`, help, origins.map(({ of, labels }) => [labels, Number(of[field])])]),
    ['origin_latency_seconds', 'Time until the headers', origins.map(({ of, labels }) => [labels, of.buckets, of.sumMs / 1000])],
    ['hedge_budget_tokens', 'Hedges that may be sent now', report.pools.map((pool) => [{ pool: pool.name }, pool.hedgeTokens])],
    ['retry_budget_tokens', 'Retries that may be sent now', report.pools.map((pool) => [{ pool: pool.name }, pool.retryTokens])],
    ['start_time_seconds', 'First request of this isolate', [[{}, report.since / 1000]]],
  ], report.bounds.map((ms) => ms / 1000)); // prettier-ignore
}
