/**
 * Estimates how long an origin will take to respond, from the responses that pass through anyway.
 *
 * An estimate moves by a third of the gap with each response, and drifts back to the mean while the origin is idle: an
 * origin that was slow for a while gets another chance without a probe. An unknown origin is expected to take the
 * pool's usual time: with the best known time, isolates with few requests would stay with the first distant origin that
 * they met. Rejected: load averages queried from the origins (a minute old and the same for every isolate, so that all
 * of them rush to the same origin); estimates that decay to zero as in Finagle (with few requests the origin used last
 * looks worst); `++` and `--` on the attempts in flight (a caller that disconnects may leave the count raised for
 * ever).
 */
import { RECALL_REQUESTS, type Origin, type Pool } from './pool.ts';

const DRIFT_MS = 10_000;
const GAIN = 0.3;
/**
 * One response counts as three times the estimate at most: two long requests in a hundred must not make a near origin
 * look distant.
 */
const AT_MOST = 3;
const FAILURE_FACTOR = 5;
const FAILURE_MOST_MS = 10_000;

/** Expected ms to response headers, regardless of attempts in flight. */
export function expectedLatency({ latency, mean, learntAt }: Origin, pool: Pool, now: number): number {
  // With a probe path, an unknown origin is one that was not among the first to answer probes: those that were are
  // preferred.
  const rest = mean || (pool.settings.probe === null ? 1 : 3) * pool.usual;
  // Not below zero: if the clock was set back, the difference would grow without bound instead.
  const age = Math.max(0, now - learntAt);
  return latency === 0 ? rest : rest + (latency - rest) * Math.exp(-age / DRIFT_MS);
}

/** A first guess: a probe's time, or a distance in ms. */
export function learnGuess(origin: Origin, ms: number, now: number): void {
  if (origin.mean > 0) return;
  origin.mean = origin.latency = ms;
  origin.deviation = ms / 2;
  origin.learntAt = now;
}

/** A good response after `ms`. If a retest finds the origin faster than its estimate, its statistics start afresh. */
export function learnAnswer(origin: Origin, pool: Pool, ms: number, now: number): void {
  const estimate = expectedLatency(origin, pool, now);
  if (pool.requests >= origin.retestRequest && ms < estimate) origin.mean = 0;
  const known = origin.mean > 0;
  const current = known ? estimate : ms;
  if (!known) learnGuess(origin, ms, now);
  origin.latency = current + GAIN * (Math.min(ms, AT_MOST * current) - current);
  origin.learntAt = origin.goodAt = now;
  // A response to an attempt sent before the ejection must not postpone the retest.
  if (origin.ejectedUntil === 0) origin.retestRequest = pool.requests + RECALL_REQUESTS;
  origin.deviation += (Math.abs(ms - origin.mean) - origin.deviation) / 4;
  origin.mean += (ms - origin.mean) / 8;
  pool.usual += GAIN * (Math.min(ms, AT_MOST * pool.usual) - pool.usual);
}

/**
 * A failure makes the origin look five times as slow for a while: a fast failure must not look like a fast origin (SRE
 * book, "sinkhole").
 */
export function learnFailure(origin: Origin, pool: Pool, now: number): void {
  origin.latency = Math.min(FAILURE_MOST_MS, FAILURE_FACTOR * expectedLatency(origin, pool, now));
  origin.learntAt = now;
}

/** An attempt that exceeds the usual time by this many ms is a long request or an abandoned one, not load. */
const BUSY_MS = 100;

/** Attempts in flight that count as load. */
export function busyWith({ pending, mean, deviation }: Origin, now: number): number {
  let count = 0;
  for (const startedAt of pending) if (now - startedAt < BUSY_MS + mean + 4 * deviation) count++;
  return count;
}

/** Drops attempts that began more than `lifeMs` ago: their callers disconnected, so no outcome was reported. */
export function expirePending(origin: Origin, now: number, lifeMs: number): void {
  const { pending } = origin;
  while (pending.length > 0 && now - pending[0]! > lifeMs) pending.shift();
  if (now - origin.silentSince > lifeMs) origin.silentSince = 0;
}
