/**
 * What the operator may know of a pool: plain data, computed when asked, nothing kept for it.
 */
import { expectedLatency } from '../balance/latency.ts';
import type { Origin, Pool } from '../balance/pool.ts';

export function poolReport(pool: Pool, now: number) {
  const all = pool.origins.reduce((sum, origin) => sum + origin.requests, 0) || 1;
  return {
    name: pool.settings.name,
    balance: pool.settings.balance,
    requests: pool.requests,
    /** Hedges, and retries, that may be sent now. */
    hedgeBudget: pool.hedgeBudget.tokens,
    retryBudget: pool.retryBudget.tokens,
    origins: pool.origins.map((origin, i) => ({
      name: pool.settings.origins[i]!.name,
      state: stateOf(origin, pool.requests, now),
      ejected: origin.ejectedUntil > 0 || origin.unhealthy,
      share: Math.round((100 * origin.requests) / all) + ' %',
      requests: origin.requests,
      failures: origin.failures,
      inFlight: origin.pending.length,
      estimateMs: Math.round(expectedLatency(origin, pool, now)),
      load: origin.readAt > 0 ? origin.reading : undefined,
      hedges: origin.hedges,
      retries: origin.retries,
      weight: origin.weight,
      priority: origin.priority,
    })),
  };
}

/** Why it is ejected and what comes next. */
function stateOf(origin: Origin, requests: number, now: number): string {
  if (origin.unhealthy) return 'ejected: health check; next: good checks';
  if (origin.ejectedUntil === 0) return origin.weight > 0 ? 'in rotation' : 'drained';
  const seconds = Math.max(0, Math.ceil((origin.ejectedUntil - now) / 1000));
  const more = origin.retestRequest - requests;
  return `ejected: ${origin.lastFailure}; next: one retest in ${seconds} s${more > 0 ? ` and ${more} requests` : ''}`;
}
