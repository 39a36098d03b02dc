/**
 * What the operator may know of a pool: plain data, computed when asked, nothing kept for it.
 */
import type { OriginState, PoolState } from './balance.ts';
import { expectedLatency } from './load.ts';

export type PoolReport = ReturnType<typeof poolReport>;

export function poolReport(pool: PoolState, now: number) {
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
      ejected: origin.ejected || origin.sick,
      share: Math.round((100 * origin.requests) / all) + ' %',
      requests: origin.requests,
      failures: origin.failures,
      inFlight: origin.pending.length,
      estimateMs: Math.round(expectedLatency(origin, { ...pool, now })),
      load: origin.readAt > 0 ? origin.reading : undefined,
      hedges: origin.hedges,
      retries: origin.retries,
      weight: origin.weight,
      priority: origin.priority,
    })),
  };
}

/** Why it is left out and what comes next. */
function stateOf(origin: OriginState, requests: number, now: number): string {
  if (origin.sick) return 'left out: health check; next: good checks';
  if (!origin.ejected) return origin.weight > 0 ? 'in rotation' : 'drained';
  const seconds = Math.max(0, Math.ceil((origin.ejectedUntil - now) / 1000));
  const more = origin.ejectedUntilRequest - requests;
  return `left out: ${origin.ejectedFor}; next: one request on trial in ${seconds} s${more > 0 ? ` and ${more} requests` : ''}`;
}
