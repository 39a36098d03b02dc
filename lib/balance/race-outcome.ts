/** Applies outcomes to origins: the one place where attempts become latencies, failures and ejections. */
import { learnAnswer, learnFailure } from './latency.ts';
import {
  ANSWER_STRIKES,
  HARD_STRIKES,
  countFailure,
  countSuccess,
  ejectOrigin,
  followsLatency,
  haveManyFailed,
  isAnswer,
  noteFailure,
  readmitOrigin,
} from './outlier-detection.ts';
import type { Outcome } from './outlier-detection.ts';
import type { Attempt, Race } from './race-record.ts';

/** Losers are cancelled, so they never time out: this much silence is enough for a short ejection. */
const OVERTAKEN_MS = 300;

/** True if the answer wins the race. */
export function recordOutcome(
  state: Race,
  attempt: Attempt,
  outcome: Outcome,
  status: number,
  now: number,
): boolean {
  const { pool, traits } = state;
  const { origin, startedAt } = attempt;
  const answered = isAnswer(outcome);
  const failed = !answered || pool.settings.retryOn.statuses.includes(status);
  closeAttempt(state, attempt, failed && outcome === 'ok' ? 'error' : outcome);
  attempt.status = status;
  if (outcome === 'shed') origin.shedAt = now;
  if (answered) {
    origin.answeredAt = now;
    origin.silentSince = 0;
  }
  if (failed) {
    if (outcome === 'rejected') state.failed ??= attempt;
    else {
      origin.failures++;
      noteFailure(origin, attempt.outcome!, status, now);
      state.atFault ||= state.failed !== null && state.failed.origin !== origin;
      state.failed = attempt;
    }
    return false;
  }
  // An error that is not retried is the answer only if no other attempt is under way.
  if (outcome !== 'ok') return state.waiting === 0;
  const { doneAt } = traits.upload ?? { doneAt: 0 };
  const ms = Math.max(1, now - (doneAt < Infinity ? Math.max(doneAt, startedAt) : startedAt));
  if (attempt.retest) readmitOrigin(origin, now);
  else if (origin.ejectedUntil === 0) countSuccess(pool, origin, status, now);
  learnAnswer(origin, pool, ms, now);
  return true;
}

export function closeAttempt(state: Race, attempt: Attempt, outcome: Outcome): void {
  const { origin, startedAt } = attempt;
  const { pending, silentSince } = origin;
  attempt.outcome = outcome;
  const at = pending.indexOf(startedAt);
  if (at >= 0) pending.splice(at, 1);
  if (silentSince === startedAt) origin.silentSince = 0;
  state.waiting--;
}

/** When a timeout starts to run: not while the body is being sent. */
export function countsFrom({ traits: { upload } }: Race, startedAt: number, now: number): number {
  return upload === null ? startedAt : Math.max(startedAt, Math.min(now, upload.doneAt));
}

export const deadlineOf = (state: Race, now: number): number =>
  countsFrom(state, state.startedAt, now) + state.pool.settings.totalTimeoutMs;

/** Counts an attempt for or against its origin, once another attempt follows it or the race is over. */
export function judgeAttempt(state: Race, tried: Attempt, winner: Attempt | null, now: number): void {
  const { pool, traits } = state;
  const { origin, startedAt, retest } = tried;
  const outcome = tried.outcome!;
  if (tried.judged) return;
  tried.judged = true;
  const listed = pool.countFailures !== null;
  const beaten = winner?.outcome === 'ok' && winner.origin !== origin;
  if (outcome === 'superseded') {
    // Silence counts if it was long, and much longer than the winner took: otherwise the request is just long.
    const silence = now - Math.max(startedAt, origin.answeredAt);
    if (listed || !beaten || startedAt > winner.startedAt) return;
    if (!retest && (silence <= OVERTAKEN_MS || silence <= 1.5 * (now - winner.startedAt))) return;
    noteFailure(origin, 'silence', 0, now);
    return ejectOrigin(pool, origin, now);
  }
  if (outcome === 'rejected' || (traits.faultUnclear && !isAnswer(outcome))) return;
  // A failure is the origin's fault if another origin answered well, or if the request never left.
  const proven = outcome === 'unsent' || beaten;
  const counts = !isAnswer(outcome) || pool.settings.retryOn.statuses.includes(tried.status);
  const failed = tried !== winner && counts && (proven || !state.atFault);
  // A fast 5xx must not look like a fast origin, retried or not.
  if (failed || (!counts && tried.status >= 500)) learnFailure(origin, pool, now);
  if (listed) return pool.countFailures!(pool, origin, tried, state.over, now);
  const strikes = ANSWER_STRIKES[outcome] ?? HARD_STRIKES;
  // A latency-based policy steers around an origin that sheds load, and lets it serve what it can; other policies would
  // go on asking it.
  const spared = outcome === 'shed' && followsLatency(pool);
  if (strikes === 0 || !failed || (spared && !retest)) return;
  const decides = proven || haveManyFailed(pool, origin, traits.caller());
  countFailure(pool, origin, strikes, decides && retest === origin.ejectedUntil > 0, now);
}
