/**
 * What an outcome says: the one place where attempts and side requests become load, health and the journey's state.
 *
 * Promises that only good answers teach speed; that a failure costs score at once and strikes by its kind; that a plain
 * 500 is held back until another origin has answered the same request: if that one succeeds the first was at fault, if it
 * says 500 too the request is to blame and nobody is charged. Otherwise one poisoned URL would eject every origin.
 * What was cancelled says nothing, beyond how long it had been waited for.
 */
import { chooseOrigin, type PoolState } from './balance.ts';
import {
  ejectOrigin,
  noteCheck,
  noteFailing,
  praiseOrigin,
  readmitOrigin,
  HARD_STRIKES,
  strikeOrigin,
  type Outcome,
  type Purpose,
} from './health.ts';
import type { Attempt, Journey } from './journey.ts';
import { dropPending, learnLatency, learnOvertaken, silentFor } from './load.ts';

const SUSPICIONS = 5;
const OVERTAKEN_SILENT_MS = 300;

/** An attempt came to its end. `status` is 0 where no response came. A second report about the same attempt is ignored. */
export function settle(
  journey: Journey,
  attempt: Attempt,
  outcome: Outcome,
  status: number,
  now: number,
  random: () => number,
): void {
  if (attempt.outcome !== null) return;
  const { pool } = journey;
  const origin = pool.origins[attempt.origin]!;
  const { statuses } = pool.settings.retryOn;
  const failed =
    outcome !== 'ok' && status > 0 && isAnswer(outcome)
      ? statuses.includes(status)
      : outcome !== 'ok' || statuses.includes(status);
  attempt.outcome = failed && outcome === 'ok' ? 'error' : outcome;
  attempt.status = status;
  dropPending(origin, attempt.startedAt);
  journey.waiting--;
  if (outcome === 'superseded') return;
  if (isAnswer(outcome)) origin.answeredAt = now;
  if (pool.settings.outlier.on !== null) countByRule(journey, attempt, now, random);
  if (failed) return settleBad(journey, attempt, now, random);
  if (journey.held !== null) judgeBad(journey, journey.held, now, random);
  journey.held = null;
  if (outcome === 'ok') judgeGood(journey, attempt, now);
  if (journey.winner !== null) return;
  journey.winner = attempt;
  for (let other = journey.last; other !== null; other = other.earlier)
    if (other.outcome === null && other.startedAt <= attempt.startedAt)
      judgeOvertaken(journey, other, now, random);
}

const isAnswer = (outcome: Outcome): boolean =>
  outcome === 'ok' || outcome === 'error' || outcome === 'gateway' || outcome === 'shed';

function settleBad(journey: Journey, attempt: Attempt, now: number, random: () => number): void {
  journey.pool.origins[attempt.origin]!.failures++;
  journey.failed = attempt;
  if (isAnswer(attempt.outcome!)) journey.fallback = attempt;
  if (journey.pool.winner === attempt.origin) journey.pool.winner = -1;
  if (attempt.outcome !== 'error') return judgeBad(journey, attempt, now, random);
  if (journey.held !== null) [journey.held, journey.blamed] = [null, true];
  else if (!journey.blamed) journey.held = attempt;
}

/** The operator says what counts against an origin: each such end of an attempt once, and nothing else ejects. */
function countByRule(journey: Journey, attempt: Attempt, now: number, random: () => number): void {
  const { pool } = journey;
  const { outlier } = pool.settings;
  const { on, consecutiveFailures: most, unreachableFailures, timeoutFailures } = outlier;
  const outcome = attempt.outcome!;
  const late = outcome === 'timeout';
  const origin = pool.origins[attempt.origin]!;
  const answered = isAnswer(outcome);
  if (!(answered ? on!.statuses.includes(attempt.status) : late ? on!.timeout : on!.unreachable)) return;
  // Each kind fills its share of the limit: of Kong's three counters the fullest decides, of mixed failures their sum.
  const alone = (answered ? null : late ? timeoutFailures : unreachableFailures) ?? most;
  if (!origin.ejected) strikeOrigin(origin, outlier, most / alone, outcome, pool.requests, now, random);
  else if (onTrial(journey, attempt.origin))
    ejectOrigin(origin, outlier, outcome, pool.requests, now, random);
}

const onTrial = (journey: Journey, index: number): boolean => journey.panic || journey.trial === index;

function judgeGood(journey: Journey, attempt: Attempt, now: number): void {
  const { pool } = journey;
  const origin = pool.origins[attempt.origin]!;
  const ms = Math.max(1, now - attempt.startedAt);
  learnLatency(origin, ms, pool.requests, pool.service, now);
  if (origin.prior > 0) pool.service += 0.1 * (Math.min(500, Math.max(0, ms - origin.prior)) - pool.service);
  noteFailing(origin, 0, 0.2, now);
  if (!onTrial(journey, attempt.origin))
    return origin.ejected ? undefined : praiseOrigin(origin, pool.settings.outlier.cumulative, now);
  readmitOrigin(origin, now);
  origin.latency = ms;
}

function judgeBad(journey: Journey, attempt: Attempt, now: number, random: () => number): void {
  const { pool } = journey;
  const origin = pool.origins[attempt.origin]!;
  const outcome = attempt.outcome!;
  noteFailing(origin, 1, 0.2, now);
  if (outcome === 'shed') origin.shedAt = pool.shedAt = now;
  if (pool.settings.outlier.on !== null) return;
  if (origin.ejected) {
    if (onTrial(journey, attempt.origin))
      ejectOrigin(origin, pool.settings.outlier, outcome, pool.requests, now, random);
  } else if (outcome !== 'shed')
    strikeOrigin(
      origin,
      pool.settings.outlier,
      isAnswer(outcome) ? 1 : HARD_STRIKES,
      outcome,
      pool.requests,
      now,
      random,
    );
}

/** No attempt is left that a held 500 could be compared with: it looks worse, and five in a row eject. */
export function judgeHeld(journey: Journey, now: number, random: () => number): void {
  const { pool, held, trial } = journey;
  const { outlier } = pool.settings;
  journey.held = null;
  if (outlier.on !== null) return;
  if (held !== null) {
    const origin = pool.origins[held.origin]!;
    noteFailing(origin, 1, 0.1, now);
    if (++origin.suspicions >= SUSPICIONS || (origin.ejected && trial === held.origin)) {
      origin.suspicions = 0;
      ejectOrigin(origin, outlier, 'error', pool.requests, now, random);
    }
  } else if (journey.blamed && trial >= 0 && pool.origins[trial]!.ejected)
    ejectOrigin(pool.origins[trial]!, outlier, 'error', pool.requests, now, random);
}

/** A later attempt won while this one was waited for. */
function judgeOvertaken(journey: Journey, attempt: Attempt, now: number, random: () => number): void {
  const { pool } = journey;
  const origin = pool.origins[attempt.origin]!;
  learnOvertaken(origin, now - attempt.startedAt, pool.requests, pool.service, now);
  if (pool.settings.outlier.on !== null) return;
  if (silentFor(origin, now) > OVERTAKEN_SILENT_MS || (origin.ejected && journey.trial === attempt.origin))
    ejectOrigin(origin, pool.settings.outlier, 'timeout', pool.requests, now, random);
}

/**
 * A side request came back, or did not in its time. `good`: its status was what the settings call healthy. `journey` is
 * the request that sent it, and waits for it if it had to be asked first; null once that is gone.
 */
export function probed(
  pool: PoolState,
  journey: Journey | null,
  index: number,
  good: boolean,
  ms: number,
  now: number,
  random: () => number,
  reading?: number,
  purpose: Purpose = 'cold',
): void {
  // prettier-ignore
  judgeProbe(pool, purpose, index, good, Math.max(1, ms), now, random);
  if (reading !== undefined) noteReading(pool, index, reading, now);
  // The first good answer to a question wins; the clock can't tell, it may lag behind by more than a fast origin takes.
  if (purpose === 'race' && good && journey !== null && journey.due > 0)
    [pool.winner, pool.winnerAt] = [index, now];
  if (
    journey === null ||
    journey.due === 0 ||
    purpose === 'health' ||
    purpose === 'load' ||
    purpose === 'trial'
  )
    return;
  journey.due = good ? 0 : journey.due - 1;
  if (good) journey.next = index;
  else if (journey.due === 0) journey.next = chooseOrigin(journey, Infinity, now, random);
}

/** What an origin says of its load, in a header of any answer of its or when asked. */
export function noteReading(pool: PoolState, index: number, reading: number, now: number): void {
  const origin = pool.origins[index]!;
  origin.reading = reading;
  origin.readAt = now;
}

function judgeProbe(
  pool: PoolState,
  purpose: Purpose,
  index: number,
  good: boolean,
  ms: number,
  now: number,
  random: () => number,
): void {
  const origin = pool.origins[index]!;
  const { health, outlier } = pool.settings;
  if (purpose === 'load') return;
  if (purpose === 'health') return noteCheck(origin, good, health!.healthyAfter, health!.unhealthyAfter);
  if (!good) {
    if (purpose === 'cold' || purpose === 'race')
      strikeOrigin(origin, outlier, HARD_STRIKES, 'probe', pool.requests, now, random);
    else ejectOrigin(origin, outlier, 'probe', pool.requests, now, random);
  } else if (purpose === 'trial') {
    if (origin.ejected) readmitOrigin(origin, now);
    origin.learntAt = now;
    origin.learntRequest = pool.requests;
  } else if (purpose === 'preflight') origin.goodAt = now;
  else if (origin.samples === 0 && (origin.prior === 0 || ms < origin.prior)) origin.prior = ms;
}
