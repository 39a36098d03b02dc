/**
 * The operator's figures as plain data: one record for the page and the JSON, and the same figures as Prometheus
 * families.
 *
 * All figures are this isolate's only. None holds a secret: in the plan the operator's token, values of headers and of
 * transformations, digests of keys, password hashes, bodies, values in query strings and paths of log servers are
 * redacted.
 */
import { poolReport } from './pool-report.ts';
import { RELEASE } from '../core/release.ts';
import type { LogServer, Settings } from '../config/types.ts';
import type { FeatureReport } from '../core/feature.ts';
import { STATUS_CLASSES } from '../core/metrics.ts';
import { readHistory } from './history.ts';
import { addFigures, addLatencies, addSample } from './prometheus.ts';
import type { Families } from './prometheus.ts';
import type { State } from '../http/state.ts';

type StatusReport = ReturnType<typeof statusReport>;

/** For a state with `status`. `now` in ms since 1970. Counters are present from the start, so that rates can be computed. */
export function statusReport({ metrics: kept, pools, hooks, settings }: State, now: number) {
  const metrics = kept!;
  const reports = Object.assign({}, ...hooks.map((hook) => hook.report?.())) as FeatureReport;
  return {
    ...reports,
    version: RELEASE,
    isolate: 'this one alone; others have figures of their own',
    since: new Date(metrics.since ?? now).toISOString(),
    pools: pools.map((pool, i) => {
      const report = poolReport(pool, now);
      const origins = report.origins.map((origin, j) => ({ ...origin, latency: metrics.origins[i]![j]! }));
      return { ...report, origins };
    }),
    routes: [...metrics.routes].map(([route, counts]) => ({
      ...counts,
      pool: route && (settings.pools[route.pool]?.name ?? null),
      canary: route?.canary ? { pool: route.canary.pool, percent: route.canary.percent } : null,
    })),
    keys: { ...metrics.keys, ...reports.keys },
    refusals: metrics.refusals,
    shadows: [...metrics.shadows].map(([route, counts]) => ({ name: route!.name, ...counts })),
  };
}

/** The report with the history of the last minutes, as the page renders it. */
export async function pageReport(state: State, now: number) {
  const metrics = state.metrics!;
  metrics.configuration ||= (await state.runtime.digest(redactedPlan(state.settings))).slice(0, 12);
  const report = statusReport(state, now);
  const history = readHistory(state, now);
  const charts = history.charts();
  let row = history.originRow;
  return {
    ...report,
    configuration: metrics.configuration,
    uptimeSeconds: Math.floor((now - (metrics.since ?? now)) / 1000),
    /** Whether `metrics?all` answers. */
    allIsolates: state.hooks.some((hook) => hook.allMetrics),
    recent: {
      ...history.recent(0),
      limitsHit: history.recent(1).requests,
      inFlight: charts.inFlight.at(-1)!,
    },
    charts,
    pools: report.pools.map((pool) => ({
      ...pool,
      origins: pool.origins.map((origin) => {
        const at = row++;
        return {
          ...origin,
          recent: history.recent(at),
          latency: { ...origin.latency, trail: history.trail(at) },
        };
      }),
    })),
    routes: report.routes.map((route, i) => ({ ...route, recent: history.recent(history.routeRow + i) })),
  };
}

const SECRET = /^(token|secret|body|text|sha256|passwordHash)$/;
/** Lists of names with values: headers, and the operations of transformations. */
const NAMED_VALUES = /^(headers|replace|add|append)$/;
const isLogServer = (value: unknown): value is LogServer =>
  typeof value === 'object' && value !== null && 'batchSize' in value;

/** The resolved settings without secrets. */
export function redactedPlan(settings: Settings): string {
  return JSON.stringify(settings, (key, value: unknown) => {
    if (SECRET.test(key) && value) return '***';
    if (NAMED_VALUES.test(key) && Array.isArray(value))
      return value.map((one) => (Array.isArray(one) ? one[0] : one));
    // Many services put the key to write to them into the path.
    if (isLogServer(value)) return { ...value, url: new URL(value.url).origin };
    // "{key}" is a placeholder, not a key; a string that starts with "~" is a regular expression.
    return typeof value === 'string' && value[0] !== '~'
      ? value.replace(/([?&][^=&]*=)(?!\{key)[^&]+/g, '$1***')
      : value;
  });
}

/** The report for Prometheus, in its units and names. */
export function metricFamilies(report: StatusReport): Families {
  const families: Families = new Map();
  for (const route of report.routes)
    for (const code of STATUS_CLASSES)
      addSample(families, 'requests_total', { route: route.name, code }, route[code]);
  for (const { name: route, latency } of report.routes)
    addLatencies(families, 'route_latency_seconds', { route }, latency);
  for (const { name: route, ...results } of report.shadows)
    for (const [result, value] of Object.entries(results))
      addSample(families, 'shadow_requests_total', { route, result }, value);
  for (const [reason, value] of Object.entries(report.refusals))
    addSample(families, 'refusals_total', { reason }, value);
  for (const { name: pool, origins, ...of } of report.pools) {
    addFigures(families, 'pool', { pool }, of);
    for (const { name: origin, latency, ...figures } of origins) {
      addFigures(families, 'origin', { pool, origin }, figures);
      addLatencies(families, 'origin_latency_seconds', { pool, origin }, latency);
    }
  }
  for (const part of ['keys', 'accessLog', 'trace'] as const)
    addFigures(families, part, {}, report[part] ?? {});
  addSample(families, 'start_time_seconds', {}, Date.parse(report.since) / 1000);
  return families;
}
