/** What outcomes say of an origin: the one place where attempts become latencies, failures and ejections. */
import { learnAnswer, learnFailure } from './latency.ts';
import {
  countFailure,
  countSuccess,
  ejectOrigin,
  isAnswer,
  readmitOrigin,
  strikesOf,
} from './outlier-detection.ts';
import type { Outcome } from './outlier-detection.ts';
import type { Attempt, Race } from './race-record.ts';

/** Losers are cancelled, so their silence ends unheard: this much of it is enough to eject an origin for a moment. */
const OVERTAKEN_MS = 300;

/** True for an answer that wins. */
export function record(race: Race, attempt: Attempt, outcome: Outcome, status: number, now: number): boolean {
  const { pool, traits } = race;
  const { origin, startedAt } = attempt;
  const failed = !isAnswer(outcome) || pool.settings.retryOn.statuses.includes(status);
  close(race, attempt, failed && outcome === 'ok' ? 'error' : outcome);
  attempt.status = status;
  if (isAnswer(outcome)) {
    origin.answeredAt = now;
    origin.silentSince = 0;
  }
  if (failed) {
    fail(race, attempt);
    return false;
  }
  if (outcome !== 'ok') return true;
  const { doneAt } = traits.upload ?? { doneAt: 0 };
  const sentAt = doneAt < Infinity ? Math.max(doneAt, startedAt) : startedAt;
  learnAnswer(origin, pool, Math.max(1, now - sentAt), now);
  if (attempt.retest) {
    origin.latency = Math.max(1, now - sentAt);
    readmitOrigin(origin, now);
  } else if (origin.ejectedUntil === 0) countSuccess(pool, origin, now);
  return true;
}

function fail(race: Race, attempt: Attempt): void {
  const { origin, outcome } = attempt;
  const { failed } = race;
  if (outcome === 'rejected') {
    race.failed ??= attempt;
    return;
  }
  origin.failures++;
  origin.lastFailure = outcome!;
  race.atFault ||= failed !== null && failed.origin !== origin;
  race.failed = attempt;
}

export function close(race: Race, attempt: Attempt, outcome: Outcome): void {
  const { origin, startedAt } = attempt;
  const { pending, silentSince } = origin;
  attempt.outcome = outcome;
  const at = pending.indexOf(startedAt);
  if (at >= 0) pending.splice(at, 1);
  if (silentSince === startedAt) origin.silentSince = 0;
  race.waiting--;
}

/** When a time-out begins: not while the body is on the way. */
export function countsFrom({ traits: { upload } }: Race, startedAt: number, now: number): number {
  return upload === null ? startedAt : Math.max(startedAt, Math.min(now, upload.doneAt));
}

export const deadlineOf = (race: Race, now: number): number =>
  countsFrom(race, race.startedAt, now) + race.pool.settings.totalTimeoutMs;

/** A failure is its origin's fault where another answered well, or where the request never left. */
export function noteOutcome(race: Race, tried: Attempt, winner: Attempt | null, now: number): void {
  const { pool, traits } = race;
  const { outlier, balance } = pool.settings;
  const { origin, status } = tried;
  const outcome = tried.outcome!;
  if (outcome === 'rejected' || outcome === 'superseded') return;
  if (traits.faultUnclear && !isAnswer(outcome)) return;
  const listed = outlier.on !== null;
  const strikes = strikesOf(outlier, outcome, status);
  const proven = outcome === 'unsent' || (winner?.outcome === 'ok' && winner.origin !== origin);
  const failed = tried !== winner && (proven || !race.atFault);
  if (failed) learnFailure(origin, pool, now);
  // A rank that follows latency steers around an origin that sheds load, and lets it serve what it can; others would go on asking it.
  const spared = outcome === 'shed' && (balance === 'adaptive' || balance === 'latency');
  const decides = (listed || proven) && tried.retest === origin.ejectedUntil > 0;
  if (strikes > 0 && (listed || (failed && !(spared && !tried.retest))))
    countFailure(pool, origin, strikes, decides, now);
}

/** A later attempt won while this one was silent, for much longer than the winner took: else the request is just long. */
export function noteOvertaken({ pool }: Race, tried: Attempt, winner: Attempt, now: number): void {
  const { origin, startedAt, retest } = tried;
  if (pool.settings.outlier.on !== null || startedAt > winner.startedAt) return;
  const silence = now - Math.max(startedAt, origin.answeredAt);
  if (!retest && !(silence > OVERTAKEN_MS && silence > 1.5 * (now - winner.startedAt))) return;
  origin.lastFailure = 'silence';
  ejectOrigin(pool, origin, now);
}
