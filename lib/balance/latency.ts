/**
 * How long will an origin take to answer? Learnt from the answers that go by anyway.
 *
 * An estimate rises and falls by a third of the gap with each answer, and drifts back to the mean while nobody asks:
 * an origin that was slow for a while gets its chance again without a probe. Of an unknown origin the pool's usual
 * time is expected: were it the best known time, isolates with few requests would stay with the first far origin that
 * they met. Rejected: load averages asked of the origins (a minute old and shared by every isolate, so all of them
 * run to the same one); estimates that decay to zero as in Finagle (with few requests the origin used last looks
 * worst); `++` and `--` on what is in flight (a caller who hangs up may leave a count behind for ever).
 */
import { RECALL_REQUESTS, type Origin, type Pool } from './pool.ts';

const DRIFT_MS = 10_000;
const GAIN = 0.3;
/**
 * One answer counts as three times the estimate at most: two long requests in a hundred must not make a near origin
 * look far.
 */
const AT_MOST = 3;
const FAILURE_FACTOR = 5;
const FAILURE_MOST_MS = 10_000;

export const isKnown = ({ mean }: Origin): boolean => mean > 0;

/** Ms to headers, whatever is in flight. */
export function expectedLatency({ latency, mean, learntAt }: Origin, pool: Pool, now: number): number {
  // Where there is a path for probes, an unknown origin is one that was not among the first to answer: those that
  // were come first.
  const rest = mean || (pool.settings.probe === null ? 1 : 3) * pool.usual;
  return latency === 0 ? rest : rest + (latency - rest) * Math.exp((learntAt - now) / DRIFT_MS);
}

/** A first guess: what a probe took, or a distance in ms. */
export function learnGuess(origin: Origin, ms: number, now: number): void {
  if (isKnown(origin)) return;
  origin.mean = origin.latency = ms;
  origin.deviation = ms / 2;
  origin.learntAt = now;
}

/** A good answer after `ms`. One that was asked to find out, and was faster than it was known to be, begins anew. */
export function learnAnswer(origin: Origin, pool: Pool, ms: number, now: number): void {
  const estimate = expectedLatency(origin, pool, now);
  if (pool.requests >= origin.retestRequest && ms < estimate) origin.mean = 0;
  const current = isKnown(origin) ? estimate : ms;
  learnGuess(origin, ms, now);
  origin.latency = current + GAIN * (Math.min(ms, AT_MOST * current) - current);
  origin.learntAt = origin.goodAt = now;
  // An answer to what was sent before an ejection does not put off its end.
  if (origin.ejectedUntil === 0) origin.retestRequest = pool.requests + RECALL_REQUESTS;
  origin.deviation += (Math.abs(ms - origin.mean) - origin.deviation) / 4;
  origin.mean += (ms - origin.mean) / 8;
  pool.usual += GAIN * (Math.min(ms, AT_MOST * pool.usual) - pool.usual);
}

/**
 * A failure makes it look five times as slow for a while: a fast failure must not look like a fast origin (SRE book,
 * "sinkhole").
 */
export function learnFailure(origin: Origin, pool: Pool, now: number): void {
  origin.latency = Math.min(FAILURE_MOST_MS, FAILURE_FACTOR * expectedLatency(origin, pool, now));
  origin.learntAt = now;
}

/** What waits for longer than usual by this many ms is a long request or a lost caller's, and no load. */
const BUSY_MS = 100;

/** Attempts in flight that count as load. */
export function busyWith({ pending, mean, deviation }: Origin, now: number): number {
  let count = 0;
  for (const startedAt of pending) if (now - startedAt < BUSY_MS + mean + 4 * deviation) count++;
  return count;
}

/** Forgets what began longer than `lifeMs` ago: the callers hung up and took the news along. */
export function expirePending(origin: Origin, now: number, lifeMs: number): void {
  const { pending } = origin;
  while (pending.length > 0 && now - pending[0]! > lifeMs) pending.shift();
  if (now - origin.silentSince > lifeMs) origin.silentSince = 0;
}
