/**
 * Which origins are left alone for a while, and how they come back.
 *
 * A failure counts against an origin when another one answered the same request well. What fails at two origins is
 * the request's fault and counts against none: no caller can have an origin ejected. A failure that nothing could be
 * compared with (a method that must not be repeated, no budget) counts, but ejects nobody: at the limit the next
 * request finds out first. An origin that cannot be reached is ejected after its first such failure, for twice as
 * long each time, and returns by itself through one request. One that sheds load (503, 429) still works for others:
 * policies that follow latency only ask it less. Rejected: Envoy's five in a row and thirty seconds, which never fire
 * in an isolate that sees a request every ten; Kong's passive checks, which never bring a target back.
 */
import type { Origin, Pool } from './pool.ts';

/**
 * `error`: 500. `gateway`: 502, 504. `shed`: 503, 429, 529. `timeout`: no headers in time, 522, 524. `lost`: fetch
 * threw, 520 and other 52x. `unsent`: provably never left, 521, 523, 525, 526, 530. `rejected`: cannot be sent at
 * all, the caller's failure. `superseded`: stopped by us, says nothing.
 */
export type Outcome =
  'ok' | 'error' | 'gateway' | 'shed' | 'timeout' | 'lost' | 'unsent' | 'rejected' | 'superseded';

/** A failure to connect, a reset or a time-out weighs as much as three bad answers. */
export const HARD_STRIKES = 3;
export const ANSWER_STRIKES: Partial<Record<Outcome, number>> = { ok: 0, error: 1, gateway: 1, shed: 1 };
const RETEST_LEASE_MS = 5000;
const FORGET_MS = 30_000;
const MOST_REQUESTS = 40;

/** Somebody was there, whatever was said. */
export const isAnswer = (outcome: Outcome): boolean => outcome in ANSWER_STRIKES;

/** Takes note of what went wrong, for the operator alone. */
export function noteFailure(origin: Origin, failure: string, status: number, now: number): void {
  const again = origin.lastFailure === failure && origin.lastStatus === status;
  origin.failuresInRow = again && origin.failedAt >= origin.goodAt ? origin.failuresInRow + 1 : 1;
  origin.lastFailure = failure;
  origin.lastStatus = status;
  origin.failedAt = now;
}

/** `decides`: it was the origin's fault and nobody else's; for one that is ejected, a retest's. */
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

// Shares of a limit may not add up to it exactly.
export const isOverLimit = ({ settings }: Pool, { strikes }: Origin): boolean =>
  strikes > settings.outlier.consecutiveFailures - 1e-6;

/**
 * A good answer ends a row of failures (unless they add up); after half a minute of them the past fades. Where the
 * operator says what counts, a 404 says nothing, as in Kong.
 */
export function countSuccess(pool: Pool, origin: Origin, status: number, now: number): void {
  const { cumulative, on } = pool.settings.outlier;
  if (!cumulative && (on === null || status < 400)) origin.strikes = 0;
  if (origin.level === 0 || now - origin.retestAt <= FORGET_MS) return;
  origin.level--;
  origin.retestAt = now;
}

/** Twice as long as last time; no effect while its time still runs. */
export function ejectOrigin(pool: Pool, origin: Origin, now: number): void {
  const { consecutiveFailures, ejectSeconds, maxEjectSeconds } = pool.settings.outlier;
  if (consecutiveFailures === Infinity || now < origin.ejectedUntil) return;
  if (origin.ejectedUntil === 0) origin.ejectedAt = now;
  const factor = 2 ** origin.level;
  origin.level = Math.min(10, origin.level + 1);
  // The jitter keeps isolates that saw the same failure from returning in one wave.
  const jitter = 800 + 400 * pool.random();
  origin.ejectedUntil = now + Math.min(maxEjectSeconds, ejectSeconds * factor) * jitter;
  origin.retestRequest = pool.requests + Math.min(MOST_REQUESTS, 5 * factor);
}

/** The level stays, so that a flapping origin waits longer next time. */
export function readmitOrigin(origin: Origin, now: number): void {
  origin.ejectedUntil = origin.strikes = 0;
  origin.retestAt = now;
}

/** A rank that follows latency steers around what is slow or sheds load, and would never meet it again. */
export const followsLatency = ({ settings: { balance } }: Pool): boolean =>
  balance === 'adaptive' || balance === 'latency';

/**
 * The origin that one request is to find out about, which has a lease on that now: one whose time is up for at least
 * `waitMs`; one at the limit by failures that nobody confirmed; and on the levels down to `level` one that nobody has
 * asked for long.
 */
export function takeRetest(pool: Pool, level: number, waitMs: number, now: number): Origin | null {
  const { origins, requests } = pool;
  for (const origin of origins) {
    const { ejectedUntil, retestRequest, weight, unhealthy } = origin;
    if (weight === 0 || unhealthy || now - origin.retestAt < RETEST_LEASE_MS) continue;
    const due =
      ejectedUntil > 0
        ? now - waitMs >= ejectedUntil && requests >= retestRequest
        : origins.length > 1 &&
          (isOverLimit(pool, origin) ||
            (requests >= retestRequest && origin.priority <= level && followsLatency(pool)));
    if (!due) continue;
    origin.retestAt = now;
    return origin;
  }
  return null;
}
