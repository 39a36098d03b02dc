/** What outcomes say of an origin: the one place where attempts become latencies, failures and ejections. */
import { learnAnswer, learnFailure } from './latency.ts';
import {
  ANSWER_STRIKES,
  HARD_STRIKES,
  countFailure,
  countSuccess,
  ejectOrigin,
  followsLatency,
  isAnswer,
  noteFailure,
  readmitOrigin,
} from './outlier-detection.ts';
import type { Outcome } from './outlier-detection.ts';
import type { Attempt, Race } from './race-record.ts';

/** Losers are cancelled, so their silence ends unheard: this much of it is enough to eject an origin for a moment. */
const OVERTAKEN_MS = 300;

/** True for an answer that wins. */
export function recordOutcome(
  state: Race,
  attempt: Attempt,
  outcome: Outcome,
  status: number,
  now: number,
): boolean {
  const { pool, traits } = state;
  const { origin, startedAt } = attempt;
  const failed = !isAnswer(outcome) || pool.settings.retryOn.statuses.includes(status);
  closeAttempt(state, attempt, failed && outcome === 'ok' ? 'error' : outcome);
  attempt.status = status;
  if (outcome === 'shed') origin.shedAt = now;
  if (isAnswer(outcome)) {
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
  if (outcome !== 'ok') return true;
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

/** When a time-out begins: not while the body is on the way. */
export function countsFrom({ traits: { upload } }: Race, startedAt: number, now: number): number {
  return upload === null ? startedAt : Math.max(startedAt, Math.min(now, upload.doneAt));
}

export const deadlineOf = (state: Race, now: number): number =>
  countsFrom(state, state.startedAt, now) + state.pool.settings.totalTimeoutMs;

/** What one of its attempts says of the origin, once another follows it or the race is over. */
export function judgeAttempt(state: Race, tried: Attempt, winner: Attempt | null, now: number): void {
  const { pool, traits } = state;
  const { origin, startedAt, retest } = tried;
  const outcome = tried.outcome!;
  if (tried.judged) return;
  tried.judged = true;
  const listed = pool.countFailures !== null;
  const beaten = winner?.outcome === 'ok' && winner.origin !== origin;
  if (outcome === 'superseded') {
    // It was silent for long, and for much longer than the winner took: else the request is just long.
    const silence = now - Math.max(startedAt, origin.answeredAt);
    if (listed || !beaten || startedAt > winner.startedAt) return;
    if (!retest && (silence <= OVERTAKEN_MS || silence <= 1.5 * (now - winner.startedAt))) return;
    noteFailure(origin, 'silence', 0, now);
    return ejectOrigin(pool, origin, now);
  }
  if (outcome === 'rejected' || (traits.faultUnclear && !isAnswer(outcome))) return;
  // A failure is its origin's fault where another answered well, or where the request never left.
  const proven = outcome === 'unsent' || beaten;
  const failed = tried !== winner && (proven || !state.atFault);
  if (failed) learnFailure(origin, pool, now);
  if (listed) return pool.countFailures!(pool, origin, tried, state.over, now);
  const strikes = ANSWER_STRIKES[outcome] ?? HARD_STRIKES;
  // A rank that follows latency steers around an origin that sheds load, and lets it serve what it can; others would
  // go on asking it.
  const spared = outcome === 'shed' && followsLatency(pool);
  if (strikes > 0 && failed && (!spared || retest))
    countFailure(pool, origin, strikes, proven && retest === origin.ejectedUntil > 0, now);
}
