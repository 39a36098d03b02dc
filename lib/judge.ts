/**
 * What an outcome says: the one place where attempts and side requests become load, health and the journey's state.
 *
 * Promises that only good answers teach speed; that a failure makes an origin look worse at once, and counts towards leaving it out by its
 * kind; that a plain 500 is held back until another origin has answered the same request: if that one succeeds the first was at fault, if
 * it says 500 too the request is to blame and nobody is charged. Otherwise one poisoned URL would eject every origin.
 * What was cancelled says nothing, beyond how long it had been waited for.
 */
import { chooseOrigin, type OriginState, type PoolState } from './balance.ts';
import {
  HARD_STRIKES,
  ejectOrigin,
  noteCheck,
  noteFailing,
  praiseOrigin,
  readmitOrigin,
  strikeOrigin,
  type Outcome,
  type Purpose,
} from './health.ts';
import type { Attempt, Journey } from './journey.ts';
import { dropPending, learnLatency, learnOvertaken, silentFor } from './load.ts';
import { setMoment } from './moment.ts';

const SUSPICIONS = 5;
/** Losers are cancelled, so their silence ends unheard: this much of it is enough to leave an origin out for a moment. */
const OVERTAKEN_SILENT_MS = 300;

const isAnswer = (outcome: Outcome): boolean =>
  outcome === 'ok' || outcome === 'error' || outcome === 'gateway' || outcome === 'shed';
const judgedOrigin = ({ pool }: Journey, { origin }: Attempt): OriginState => pool.origins[origin]!;
const onTrial = (journey: Journey, { origin }: Attempt): boolean => journey.panic || journey.trial === origin;

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
  const { outlier, retryOn } = pool.settings;
  const origin = judgedOrigin(journey, attempt);
  setMoment(pool, now, random);
  const failed = !isAnswer(outcome) || retryOn.statuses.includes(status);
  attempt.outcome = failed && outcome === 'ok' ? 'error' : outcome;
  attempt.status = status;
  dropPending(origin, attempt.startedAt);
  journey.waiting--;
  if (outcome === 'superseded') return;
  if (journey.doubtful && !isAnswer(outcome)) return void (journey.failed = attempt);
  if (isAnswer(outcome)) origin.answeredAt = now;
  if (outlier.on !== null) {
    // The operator says what counts against an origin, and nothing else ejects. Each failure fills its kind's share of the limit:
    // of Kong's three counters the fullest decides, here failures of several kinds add up.
    const { on, consecutiveFailures: most, unreachableFailures, timeoutFailures } = outlier;
    const [counts, alone] = isAnswer(outcome)
      ? [on.statuses.includes(status), most]
      : outcome === 'timeout'
        ? [on.timeout, timeoutFailures ?? most]
        : [on.unreachable, unreachableFailures ?? most];
    if (counts) strike(journey, attempt, most / alone);
  }
  if (failed) return settleBad(journey, attempt);
  if (journey.held !== null) judgeBad(journey, journey.held);
  journey.held = null;
  if (outcome === 'ok') judgeGood(journey, attempt);
  if (journey.winner !== null) return;
  journey.winner = attempt;
  for (let other = journey.last; other !== null; other = other.earlier)
    if (other.outcome === null && other.startedAt <= attempt.startedAt) judgeOvertaken(journey, other);
}

function settleBad(journey: Journey, attempt: Attempt): void {
  judgedOrigin(journey, attempt).failures++;
  journey.failed = attempt;
  if (journey.pool.winner === attempt.origin) journey.pool.winner = -1;
  if (attempt.outcome !== 'error') judgeBad(journey, attempt);
  else if (journey.held !== null) [journey.held, journey.blamed] = [null, true];
  else if (!journey.blamed) journey.held = attempt;
}

function judgeGood(journey: Journey, attempt: Attempt): void {
  const { pool } = journey;
  const origin = judgedOrigin(journey, attempt);
  const { doneAt = 0 } = journey.upload ?? {};
  const ms = Math.max(
    1,
    pool.now - (doneAt < Infinity ? Math.max(doneAt, attempt.startedAt) : attempt.startedAt),
  );
  learnLatency(origin, ms, pool);
  if (origin.prior > 0) pool.service += 0.1 * (Math.min(500, Math.max(0, ms - origin.prior)) - pool.service);
  noteFailing(origin, 0, 0.2, pool.now);
  if (onTrial(journey, attempt)) {
    readmitOrigin(origin, pool.now);
    origin.latency = ms;
  } else if (!origin.ejected) praiseOrigin(origin, pool.settings.outlier.cumulative, pool.now);
}

function judgeBad(journey: Journey, attempt: Attempt): void {
  const { pool } = journey;
  const origin = judgedOrigin(journey, attempt);
  noteFailing(origin, 1, 0.2, pool.now);
  if (attempt.outcome === 'shed') origin.shedAt = pool.shedAt = pool.now;
  // A score steers around an origin that sheds load, and lets it serve what it can; the other policies would go on asking it.
  const { outlier, balance } = pool.settings;
  const spared = attempt.outcome === 'shed' && (balance === 'adaptive' || balance === 'latency');
  // Who hangs up in the middle of an upload may be away, or may not want so much of it.
  const soft = isAnswer(attempt.outcome!) || journey.upload?.doneAt === Infinity;
  if (outlier.on === null && (origin.ejected || !spared)) strike(journey, attempt, soft ? 1 : HARD_STRIKES);
}

/** Counts against an origin in service; against one that is out only if this was its trial. */
function strike(journey: Journey, attempt: Attempt, weight: number): void {
  const { pool } = journey;
  const origin = judgedOrigin(journey, attempt);
  if (!origin.ejected) strikeOrigin(origin, pool.settings.outlier, weight, attempt.outcome!, pool);
  else if (onTrial(journey, attempt)) ejectOrigin(origin, pool.settings.outlier, attempt.outcome!, pool);
}

/** No attempt is left that a held 500 could be compared with: it looks worse, and five in a row eject. A trial has failed. */
export function judgeHeld(journey: Journey): void {
  const { pool, held, trial } = journey;
  const index = held !== null ? held.origin : journey.blamed ? trial : -1;
  const origin = pool.origins[index];
  journey.held = null;
  if (origin === undefined || pool.settings.outlier.on !== null) return;
  if (held !== null) {
    noteFailing(origin, 1, 0.1, pool.now);
    origin.suspicions++;
  }
  if (origin.suspicions < SUSPICIONS && !(origin.ejected && index === trial)) return;
  origin.suspicions = 0;
  ejectOrigin(origin, pool.settings.outlier, 'error', pool);
}

/** A later attempt won while this one was waited for. */
function judgeOvertaken(journey: Journey, attempt: Attempt): void {
  const { pool } = journey;
  const origin = judgedOrigin(journey, attempt);
  learnOvertaken(origin, pool.now - attempt.startedAt, pool);
  if (pool.settings.outlier.on !== null) return;
  if (silentFor(origin, pool) > OVERTAKEN_SILENT_MS || (origin.ejected && journey.trial === attempt.origin))
    ejectOrigin(origin, pool.settings.outlier, 'timeout', pool);
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
  reading: number | undefined,
  purpose: Purpose,
): void {
  setMoment(pool, now, random);
  if (reading !== undefined) noteReading(pool, index, reading, now);
  if (purpose === 'load') return;
  judgeProbe(pool, pool.origins[index]!, purpose, good, Math.max(1, ms));
  if (purpose === 'health' || purpose === 'trial') return;
  if (purpose === 'race' && good && now - pool.winnerAt > ms) [pool.winner, pool.winnerAt] = [index, now];
  if (journey === null || journey.due === 0) return;
  journey.due = good ? 0 : journey.due - 1;
  if (good) journey.next = index;
  else if (journey.due === 0) journey.next = chooseOrigin(journey, Infinity);
}

/** What an origin says of its load, in a header of any answer of its or when asked. */
export function noteReading(pool: PoolState, index: number, reading: number, now: number): void {
  const origin = pool.origins[index]!;
  origin.reading = reading;
  origin.readAt = now;
}

function judgeProbe(pool: PoolState, origin: OriginState, purpose: Purpose, good: boolean, ms: number): void {
  const { health, outlier } = pool.settings;
  if (purpose === 'health') noteCheck(origin, good, health!.healthyAfter, health!.unhealthyAfter);
  else if (!good) {
    if (purpose === 'cold' || purpose === 'race') strikeOrigin(origin, outlier, HARD_STRIKES, 'probe', pool);
    else ejectOrigin(origin, outlier, 'probe', pool);
  } else if (purpose === 'trial') {
    if (origin.ejected) readmitOrigin(origin, pool.now);
    origin.learntAt = pool.now;
    origin.learntRequest = pool.requests;
  } else if (purpose === 'preflight') origin.goodAt = pool.now;
  else if (origin.samples === 0 && (origin.prior === 0 || ms < origin.prior)) origin.prior = ms;
}
