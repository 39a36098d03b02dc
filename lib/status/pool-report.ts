/**
 * The operator's view of a pool: plain data, computed on request without any state of its own. An origin's state is
 * described in words, with what happens next.
 */
import { expectedLatency, expirePending } from '../balance/latency.ts';
import { inService } from '../balance/outlier-detection.ts';
import type { Origin, Pool } from '../balance/pool.ts';

export function poolReport(pool: Pool, now: number) {
  const all = pool.origins.reduce((sum, origin) => sum + origin.requests, 0) || 1;
  for (const origin of pool.origins) expirePending(origin, now, pool.settings.timeoutMs + 1000);
  return {
    name: pool.settings.name,
    balance: pool.settings.balance,
    requests: pool.requests,
    /** Hedges and retries that may be sent now. */
    hedgeBudget: pool.hedgeBudget.tokens,
    retryBudget: pool.retryBudget.tokens,
    origins: pool.origins.map((origin) => ({
      name: origin.settings.name,
      state: stateOf(origin, pool, now),
      lastError: origin.failedAt > 0 ? `${failureOf(origin)}, ${ago(origin.failedAt, now)}` : undefined,
      ejected: isEjected(origin),
      drained: origin.weight === 0,
      share: Math.round((100 * origin.requests) / all) + ' %',
      requests: origin.requests,
      failures: origin.failures,
      inFlight: origin.pending.length,
      estimateMs: Math.round(expectedLatency(origin, pool, now)),
      load: origin.readAt > 0 ? origin.reading : undefined,
      hedges: origin.hedges,
      retries: origin.retries,
      weight: origin.settings.weight,
      priority: origin.priority,
    })),
  };
}

const isEjected = ({ ejectedUntil, unhealthy }: Origin): boolean => ejectedUntil > 0 || unhealthy;

function stateOf(origin: Origin, pool: Pool, now: number): string {
  const { weight, unhealthy, ejectedAt, priority, index } = origin;
  const { health, origins } = pool.settings;
  if (weight === 0) return origins[index]!.weight > 0 ? 'drained by hand' : 'drained: its weight is 0';
  const others = pool.origins.filter(inService);
  if (isEjected(origin)) {
    const next = unhealthy
      ? `health checks failed, back after ${health?.healthyAfter} good ones`
      : `${failureOf(origin)}, ${retestOf(origin, pool, now)}`;
    const panic = others.length === 0 ? '; asked all the same, since no other is in service' : '';
    return `ejected ${ago(ejectedAt, now)}: ${next}${panic}`;
  }
  return others.some((other) => other.priority < priority) ? 'standby' : 'in rotation';
}

function retestOf({ ejectedUntil, retestRequest }: Origin, { requests }: Pool, now: number): string {
  const seconds = Math.ceil((ejectedUntil - now) / 1000);
  const left = retestRequest - requests;
  const waits = [
    ...(seconds > 0 ? [`${seconds} s`] : []),
    ...(left > 0 ? [left === 1 ? '1 request' : `${left} requests`] : []),
  ];
  return waits.length > 0 ? `retest in ${waits.join(' and ')}` : 'retest with the next request';
}

/** Descriptions of Cloudflare's own statuses and of other failures. */
const FAILURES: ReadonlyMap<number | string, string> = new Map<number | string, string>([
  [520, 'reset'],
  [521, 'refused'],
  [522, 'timeout'],
  [523, 'unreachable'],
  [524, 'timeout'],
  [525, 'TLS failed'],
  [526, 'bad certificate'],
  [530, 'DNS failed'],
  // The runtime does not distinguish them.
  ['lost', 'refused or reset'],
  ['probe', 'probe failed'],
  ['silence', 'silent for too long'],
  ['operator', 'by hand'],
]);

function failureOf({ lastFailure, lastStatus, failuresInRow }: Origin): string {
  const words =
    FAILURES.get(lastStatus) ??
    (lastStatus > 0 ? `status ${lastStatus}` : (FAILURES.get(lastFailure) ?? lastFailure));
  return failuresInRow > 1 ? `${words} ${failuresInRow} times` : words;
}

function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 100) return `${seconds} s ago`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}
