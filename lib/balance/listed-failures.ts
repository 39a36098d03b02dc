/**
 * Counts only the failures that the operator lists (`outlier.on`), as Kong's passive checks do: statuses, lost
 * connections and timeouts have separate counts, and the one nearest to its limit decides.
 *
 * With `retrySame` (Kong's retries) an attempt counts as lost only if another follows it; the last one counts as the
 * 502 that its caller gets. A 504 is a timeout, whoever sent it (kong/runloop/balancer, kong/init.lua).
 */
import type { PoolSettings } from '../config/types.ts';
import { ejectOrigin, isAnswer, isOverLimit } from './outlier-detection.ts';
import type { Outcome } from './outlier-detection.ts';
import type { CountFailures, FailureKind } from './pool.ts';

/** Which count a failure adds to; null for none. `isLast`: no other attempt follows it. */
export function kindOf(
  { outlier: { on }, retrySame }: Pick<PoolSettings, 'outlier' | 'retrySame'>,
  outcome: Outcome,
  status: number,
  isLast: boolean,
): FailureKind | null {
  if (on === null) return null;
  if (outcome === 'timeout' || (retrySame && status === 504)) return on.timeout ? 'timeout' : null;
  const said = isAnswer(outcome) ? status : retrySame && isLast ? 502 : null;
  if (said !== null) return on.statuses.includes(said) ? 'answer' : null;
  return on.unreachable ? 'lost' : null;
}

/** Null for a pool that counts all failures. */
export function listedFailures(settings: PoolSettings): CountFailures | null {
  const { consecutiveFailures: most, unreachableFailures, timeoutFailures, on } = settings.outlier;
  if (on === null) return null;
  const limits = { answer: most, lost: unreachableFailures ?? most, timeout: timeoutFailures ?? most };
  return (pool, origin, { outcome, status }, isLast, now) => {
    const kind = kindOf(settings, outcome!, status, isLast);
    if (kind === null) return;
    origin.listed[kind]++;
    origin.strikes = Math.max(origin.strikes, (origin.listed[kind] * most) / limits[kind]);
    if (isOverLimit(pool, origin)) ejectOrigin(pool, origin, now);
  };
}
