/**
 * Outlier detection: which origins are ejected, and how they are readmitted.
 *
 * A failure counts against an origin if another origin answered the same request well. A request that fails at two
 * origins is itself at fault and counts against neither: no caller can have an origin ejected. A failure without such a
 * comparison (a method that must not be repeated, no retry budget) counts, but ejects no origin: at the limit, the next
 * request retests the origin first. Only failures in a row of five different callers are proof enough. An unreachable
 * origin is ejected after the first such failure, for twice as long each time, and returns by itself through one
 * request. An origin that sheds load (503, 429) still serves others: latency-based policies only ask it less.
 * Rejected: Envoy's five failures in a row and thirty seconds, which never trigger in an isolate that sees one request
 * in ten seconds; Kong's passive checks, which never readmit a target.
 */
import { havePassed } from '../core/clock.ts';
import type { Origin, Pool } from './pool.ts';

/**
 * `error`: 500. `gateway`: 502, 504. `shed`: 503, 429, 529. `timeout`: no headers in time, 522, 524. `lost`: fetch
 * threw, 520 and other 52x. `unsent`: provably never left, 521, 523, 525, 526, 530. `rejected`: cannot be sent at
 * all, a client error. `superseded`: cancelled by the race, without a result.
 */
export type Outcome =
  | 'ok'
  | 'error'
  | 'gateway'
  | 'shed'
  | 'timeout'
  | 'lost'
  | 'unsent'
  | 'rejected'
  | 'superseded';

/** A failure to connect, a reset or a timeout weighs as much as three bad responses. */
export const HARD_STRIKES = 3;
export const ANSWER_STRIKES: Partial<Record<Outcome, number>> = { ok: 0, error: 1, gateway: 1, shed: 1 };
const RETEST_LEASE_MS = 5000;
const FORGET_MS = 30_000;
const MOST_REQUESTS = 40;
/** Ms that a second of ejection lasts: random in between. */
const [LEAST_JITTER, MOST_JITTER] = [800, 1200];
const FAILED_CALLERS = 5;

/** The origin responded, with whatever status. */
export const isAnswer = (outcome: Outcome): boolean => outcome in ANSWER_STRIKES;

/** Takes requests: has a weight, and is neither ejected nor unhealthy. */
export const inService = ({ weight, ejectedUntil, unhealthy }: Origin): boolean =>
  weight > 0 && ejectedUntil === 0 && !unhealthy;

/** Records a failure, only for the operator to see. */
export function noteFailure(origin: Origin, failure: string, status: number, now: number): void {
  const again = origin.lastFailure === failure && origin.lastStatus === status;
  origin.failuresInRow = again && origin.failedAt >= origin.goodAt ? origin.failuresInRow + 1 : 1;
  origin.lastFailure = failure;
  origin.lastStatus = status;
  origin.failedAt = now;
}

/** `decides`: the failure was provably the origin's fault, and for an ejected origin, a retest's. */
export function countFailure(
  pool: Pool,
  origin: Origin,
  strikes: number,
  decides: boolean,
  now: number,
): void {
  origin.strikes += strikes;
  if (decides && (origin.ejectedUntil > 0 || isOverLimit(pool, origin))) ejectOrigin(pool, origin, now);
}

/**
 * Notes a failure without a comparison. True if as many callers' requests have failed in a row as no single caller can
 * send: without this, an origin that fails all POSTs and answers its probes keeps its whole share under a policy that
 * does not follow latency (9% of requests failed, simulated, instead of 2%).
 */
export function haveManyFailed({ origins }: Pool, { failedCallers }: Origin, caller: string): boolean {
  if (failedCallers.size < FAILED_CALLERS) failedCallers.add(caller);
  return origins.length > 1 && failedCallers.size === FAILED_CALLERS;
}

// Fractional strikes may not add up to the limit exactly.
export const isOverLimit = ({ settings }: Pool, { strikes }: Origin): boolean =>
  strikes > settings.outlier.consecutiveFailures - 1e-6;

/**
 * A good response ends a row of failures (unless `cumulative`), and lowers the level of ejection once every half
 * minute. If the operator lists what counts, a 404 is no success, as in Kong.
 */
export function countSuccess(pool: Pool, origin: Origin, status: number, now: number): void {
  const { cumulative, on } = pool.settings.outlier;
  if (origin.strikes > 0 && !cumulative && (on === null || status < 400)) endRow(origin);
  if (origin.level === 0 || now - origin.retestAt <= FORGET_MS) return;
  origin.level--;
  origin.retestAt = now;
}

/** The next failure is the first of a row again. */
function endRow(origin: Origin): void {
  const { failedCallers, listed } = origin;
  origin.strikes = listed.answer = listed.lost = listed.timeout = 0;
  failedCallers.clear();
}

/** Ms that are left of an ejection, below zero once it has ended. More than the longest: the clock was set back. */
function ejectionLeft({ settings: { outlier } }: Pool, { ejectedUntil }: Origin, now: number): number {
  const left = ejectedUntil - now;
  return left > outlier.maxEjectSeconds * MOST_JITTER ? -Infinity : left;
}

/** Each ejection lasts twice as long as the last one; no effect while the current one runs. */
export function ejectOrigin(pool: Pool, origin: Origin, now: number): void {
  const { consecutiveFailures, ejectSeconds, maxEjectSeconds } = pool.settings.outlier;
  if (consecutiveFailures === Infinity || ejectionLeft(pool, origin, now) > 0) return;
  if (origin.ejectedUntil === 0) origin.ejectedAt = now;
  const factor = 2 ** origin.level;
  origin.level = Math.min(10, origin.level + 1);
  // Jitter keeps isolates that saw the same failure from returning all at once.
  const jitter = LEAST_JITTER + (MOST_JITTER - LEAST_JITTER) * pool.random();
  origin.ejectedUntil = now + Math.min(maxEjectSeconds, ejectSeconds * factor) * jitter;
  origin.retestRequest = pool.requests + Math.min(MOST_REQUESTS, 5 * factor);
}

/** The level is unchanged, so that a flapping origin is ejected for longer next time. */
export function readmitOrigin(origin: Origin, now: number): void {
  origin.ejectedUntil = 0;
  endRow(origin);
  origin.retestAt = now;
}

/** A latency-based policy avoids an origin that is slow or sheds load, and would never ask it again by itself. */
export const followsLatency = ({ settings: { balance } }: Pool): boolean =>
  balance === 'adaptive' || balance === 'latency';

/**
 * The origin that one request is to retest, which it now holds a lease on: an origin whose ejection ended at least
 * `waitMs` ago; one at the limit by unconfirmed failures; or, with a priority of at most `level`, one that has not been
 * asked for a long time.
 */
export function takeRetest(pool: Pool, level: number, waitMs: number, now: number): Origin | null {
  const { origins, requests } = pool;
  for (const origin of origins) {
    const { ejectedUntil, retestRequest, weight, unhealthy } = origin;
    if (weight === 0 || unhealthy || !havePassed(RETEST_LEASE_MS, origin.retestAt, now)) continue;
    const due =
      ejectedUntil > 0
        ? ejectionLeft(pool, origin, now) <= -waitMs && requests >= retestRequest
        : origins.length > 1 &&
          (isOverLimit(pool, origin) ||
            (requests >= retestRequest && origin.priority <= level && followsLatency(pool)));
    if (!due) continue;
    origin.retestAt = now;
    return origin;
  }
  return null;
}
