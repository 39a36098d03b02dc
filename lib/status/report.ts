/**
 * What the operator sees, as plain data: one record for the page and as JSON, the same figures as Prometheus's
 * families.
 *
 * Promises figures of this isolate alone, and no secret: in the plan the operator's token, values of headers, digests
 * of keys, bodies and values in query strings are replaced.
 */
import { poolReport } from './pool-report.ts';
import { RELEASE } from '../core/release.ts';
import type { Settings } from '../config/types.ts';
import { LATENCY_BOUNDS, readOrigin } from '../core/metrics.ts';
import { addFigures, addHistogram, addSample, createFamilies, familiesText } from './prometheus.ts';
import type { State } from '../http/state.ts';

export type StatusReport = ReturnType<typeof statusReport>;

/** `now` in ms since 1970. Counters are there from the start, so that a rate can be made of them. */
export function statusReport({ metrics, pools, hooks }: State, now: number) {
  const verdicts = hooks.map((hook) => hook.report?.(now)['keys']).find(Boolean);
  return {
    version: RELEASE,
    isolate: 'this one alone; others have figures of their own',
    since: new Date(metrics?.since ?? now).toISOString(),
    pools: pools.map((pool, i) => {
      const report = poolReport(pool, now);
      const origins = report.origins.map((origin, j) => ({
        ...origin,
        latency: readOrigin(metrics?.origins[i]?.[j], now),
      }));
      return { ...report, origins };
    }),
    routes: [...(metrics?.routes.values() ?? [])],
    keys: { ...metrics?.keys, ...(verdicts as { good: number; bad: number } | undefined) },
    refusals: metrics?.refusals ?? {},
    shadows: [...(metrics?.shadows ?? [])].map(([route, counts]) => ({ name: route!.name, ...counts })),
  };
}

/** The settings as they were understood, without what is secret in them. */
export function redactedPlan(settings: Settings): string {
  return JSON.stringify(settings, (key, value: unknown) => {
    if (/^(token|secret|body|sha256)$/.test(key) && value) return '***';
    if (key === 'headers' && Array.isArray(value))
      return value.map((one) => (Array.isArray(one) ? one[0] : one));
    // "{key}" stands for a key and is none; a text that begins with "~" is a regular expression.
    return typeof value === 'string' && value[0] !== '~'
      ? value.replace(/([?&][^=&]*=)(?!\{key)[^&]+/g, '$1***')
      : value;
  });
}

/** The same for Prometheus, in its units and words. */
export function metricsText(report: StatusReport): string {
  const families = createFamilies();
  for (const { name: route, ...classes } of report.routes)
    for (const [code, value] of Object.entries(classes))
      addSample(families, 'requests_total', { route, code }, value);
  for (const { name: route, ...results } of report.shadows)
    for (const [result, value] of Object.entries(results))
      addSample(families, 'shadow_requests_total', { route, result }, value);
  for (const [reason, value] of Object.entries(report.refusals))
    addSample(families, 'refusals_total', { reason }, value);
  for (const { name: pool, origins, ...of } of report.pools) {
    addFigures(families, 'pool', { pool }, of);
    for (const { name: origin, latency, ...figures } of origins) {
      addFigures(families, 'origin', { pool, origin }, figures);
      addHistogram(
        families,
        'origin_latency_seconds',
        { pool, origin },
        latency.buckets,
        LATENCY_BOUNDS.map((ms) => ms / 1000),
        latency.sumMs / 1000,
      );
    }
  }
  addFigures(families, 'keys', {}, report.keys);
  addSample(families, 'start_time_seconds', {}, Date.parse(report.since) / 1000);
  return familiesText(families);
}
