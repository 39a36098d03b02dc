/**
 * What the operator may know of a pool: plain data, computed when asked, nothing kept for it.
 */
import type { PoolState } from './balance.ts';
import { expectedLatency } from './load.ts';

export type PoolReport = ReturnType<typeof poolReport>;

/** Plain data for the operator's page. */
export function poolReport(pool: PoolState, now: number) {
  return {
    name: pool.settings.name,
    balance: pool.settings.balance,
    requests: pool.requests,
    /** Hedges, and retries, that may be sent now. */
    hedgeBudget: pool.hedgeBudget.tokens,
    retryBudget: pool.retryBudget.tokens,
    origins: pool.origins.map((origin, i) => ({
      name: pool.settings.origins[i]!.name,
      weight: origin.weight,
      priority: origin.priority,
      estimateMs: Math.round(expectedLatency(origin, pool.requests, pool.service, now)),
      inFlight: origin.pending.length,
      ejected: origin.ejected || origin.sick,
      ejectedForMs: origin.ejected ? Math.max(0, Math.round(origin.ejectedUntil - now)) : 0,
      reason: origin.sick ? 'health check' : origin.ejected ? origin.ejectedFor : '',
      load: origin.readAt > 0 ? origin.reading : null,
      requests: origin.requests,
      failures: origin.failures,
      hedges: origin.hedges,
      retries: origin.retries,
    })),
  };
}
