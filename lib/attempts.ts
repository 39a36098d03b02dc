/**
 * What to do next for one request: a state machine. It is told the time and the dice and sends nothing itself: journeys drive it with
 * real fetches, the simulator with virtual ones.
 *
 * Promises: one timer a request (every deadline is a move); a request that must not be repeated is sent again only if it
 * provably never left; a copy goes out only when the origin has gone silent and a budget pays; an origin is asked once
 * before any is asked twice; nobody waits longer than totalTimeoutMs. In the ordinary case a request costs one record for
 * itself, one for its attempt and three small moves.
 * Rejected: promises raced against timers (an allocation and a leak for each); hedging after a percentile, which doubles
 * exactly the expensive requests (68% more work at the origins where 2% of requests take 60 times longer, simulated).
 */
import { chooseOrigin, type OriginState } from './balance.ts';
import { spendToken, type Budget } from './budget.ts';
import type { Outcome } from './health.ts';
import { takeAside, type Attempt, type Journey, type Probe } from './journey.ts';
import { judgeHeld, settle } from './judge.ts';
import { addPending } from './load.ts';
import { setMoment } from './moment.ts';

export { createPool, type PoolState } from './balance.ts';
export { poolReport } from './pool-report.ts';
export { beginJourney, type Attempt, type Facts, type Journey, type Probe } from './journey.ts';
export { noteReading, probed, settle } from './judge.ts';
export type { Outcome, Purpose } from './health.ts';

export type Move =
  | { readonly do: 'send' | 'cancel' | 'answer'; readonly attempt: Attempt }
  | Probe
  | { readonly do: 'wait'; readonly until: number }
  | {
      readonly do: 'refuse';
      readonly reason: 'origin_unreachable' | 'origin_timeout' | 'no_origin' | 'retry_exhausted';
    };

const COLD_HEDGE_MS = 300;
const BRAKE_MS = 5000;
const RESCUE_MS = 1000;
const FORCE_MS = 5000;

/** Ask again after every move but `wait`, `answer` and `refuse`, and after every event. */
export function nextMove(journey: Journey, now: number, random: () => number): Move {
  const { pool, question } = journey;
  const { timeoutMs, totalTimeoutMs } = pool.settings;
  setMoment(pool, now, random);
  const deadline = countsFrom(journey, journey) + totalTimeoutMs;
  if (journey.winner !== null || now >= deadline) return finish(journey);
  for (let tried = journey.last; tried !== null; tried = tried.earlier)
    if (tried.outcome === null && now - countsFrom(journey, tried) >= timeoutMs)
      return cancelAttempt(journey, tried, 'timeout');
  if (question !== null) {
    journey.question = null;
    return question;
  }
  if (journey.due > 0) {
    if (now < journey.patience) return { do: 'wait', until: Math.min(journey.patience, deadline) };
    journey.due = 0;
    journey.next = chooseOrigin(journey, Infinity);
  }
  if (journey.next < 0 && journey.spread > 0) {
    journey.next = chooseOrigin(journey, journey.level);
    journey.spread = journey.next < 0 ? 0 : journey.spread - 1;
  }
  if (journey.next < 0 && journey.waiting === 0) retry(journey);
  if (journey.next < 0 && journey.waiting === 1) copy(journey);
  if (journey.next >= 0) return send(journey);
  if (journey.waiting === 0) return finish(journey);
  if (journey.asides) {
    journey.asides = false;
    const aside = takeAside(journey);
    if (aside !== null) return aside;
  }
  let until = Math.min(deadline, journey.hedgeAt, journey.rescueAt);
  for (let tried = journey.last; tried !== null; tried = tried.earlier)
    if (tried.outcome === null) until = Math.min(until, countsFrom(journey, tried) + timeoutMs);
  return { do: 'wait', until };
}

/** When its time-out begins: not while its body is on the way. */
function countsFrom({ upload, pool }: Journey, { startedAt }: { readonly startedAt: number }): number {
  return upload === null ? startedAt : Math.max(startedAt, Math.min(pool.now, upload.doneAt));
}

function send(journey: Journey): Move {
  const { pool, next } = journey;
  const { now } = pool;
  const origin = pool.origins[next]!;
  const attempt: Attempt = { origin: next, startedAt: now, earlier: journey.last, outcome: null, status: 0, response: null, control: null }; // prettier-ignore
  addPending(origin, now, pool.settings.timeoutMs + 1000);
  origin.requests++;
  journey.last = attempt;
  journey.next = -1;
  journey.waiting++;
  if (++journey.sent === 1) journey.level = origin.priority;
  if (journey.waiting === 1 && journey.safe && journey.spread === 0 && pool.origins.length > 1)
    armCopies(journey, origin);
  return { do: 'send', attempt };
}

/** When a copy of this attempt may go out: soon if its origin falls silent, later from the retry budget in any case. */
function armCopies(journey: Journey, origin: OriginState): void {
  const { pool } = journey;
  const { hedge, retries } = pool.settings;
  let delay = origin.samples < 2 ? COLD_HEDGE_MS : Math.min(2000, origin.mean + 5 * origin.deviation);
  if (pool.origins[journey.trial] === origin)
    for (const peer of pool.origins)
      if (peer !== origin && !peer.ejected && peer.samples > 0)
        delay = Math.min(delay, peer.mean + peer.deviation);
  // Whole milliseconds, as the clock: a deadline between two ticks would be waited for again and again.
  delay = Math.ceil(hedge.afterMs === 'silent' ? Math.max(20, delay) : hedge.afterMs);
  if (hedge.budgetPercent === 0) return;
  journey.hedgeAfter = delay;
  journey.hedgeAt = pool.now + delay;
  if (retries > 0) journey.rescueAt = pool.now + Math.max(RESCUE_MS, 3 * delay);
}

function copy(journey: Journey): void {
  const { pool, hedgeAfter } = journey;
  const { now, settings } = pool;
  const attempt = journey.last!;
  const unheard = now - Math.max(pool.origins[attempt.origin]!.answeredAt, attempt.startedAt);
  if (now >= journey.hedgeAt) {
    journey.hedgeAt = Infinity;
    // An origin that answers others is not silent, this request is just long; and where load is being shed, copies add to it.
    const silent = unheard >= Math.max(100, hedgeAfter / 2) && now - pool.shedAt >= BRAKE_MS;
    if (silent || settings.hedge.afterMs !== 'silent') payCopy(journey, pool.hedgeBudget, journey.level);
  }
  if (journey.next < 0 && now >= journey.rescueAt) {
    journey.rescueAt = now + RESCUE_MS;
    if (unheard >= 500 || now - attempt.startedAt >= FORCE_MS) payCopy(journey, pool.retryBudget, Infinity);
  }
  if (journey.next < 0) return;
  pool.origins[journey.next]!.hedges++;
  journey.copies++;
  journey.hedgeAt = journey.rescueAt = Infinity;
}

function payCopy(journey: Journey, budget: Budget, level: number): void {
  if (budget.tokens < 1) return;
  journey.next = chooseOrigin(journey, level);
  if (journey.next >= 0) spendToken(budget);
}

/** Everything sent has failed: whom to send to once more, if anybody. */
function retry(journey: Journey): void {
  const { pool, failed, round } = journey;
  const { settings, origins } = pool;
  if (
    failed === null ||
    journey.blamed ||
    !journey.replayable ||
    journey.sent - journey.copies > settings.retries
  )
    return;
  const { outcome } = failed;
  const lost = outcome === 'lost' || outcome === 'unsent';
  // A request that never left cost no origin anything: it may always be repeated, and need not be paid for.
  const free = outcome === 'unsent';
  if (!free && (!journey.repeatable || pool.retryBudget.tokens < 1)) return;
  if (outcome === 'timeout' ? !settings.retryOn.timeout : lost && !settings.retryOn.unreachable) return;
  let target = chooseOrigin(journey, Infinity);
  if (target < 0 && (lost || settings.retrySame) && settings.balance !== 'latency') {
    journey.round = journey.last;
    target = chooseOrigin(journey, Infinity);
  }
  if (target < 0 || (outcome === 'shed' && pool.now - origins[target]!.shedAt < 1000))
    return void (journey.round = round);
  if (!free) spendToken(pool.retryBudget);
  origins[target]!.retries++;
  journey.next = target;
}

/** Cancels what still waits, one by one; then the answer, or the latest bad one, or none. */
function finish(journey: Journey): Move {
  const { pool, failed } = journey;
  const { timeoutMs, totalTimeoutMs, balance } = pool.settings;
  let best = journey.winner;
  for (let tried = journey.last; tried !== null; tried = tried.earlier) {
    const { outcome } = tried;
    const late =
      journey.winner === null &&
      pool.now - countsFrom(journey, tried) >= Math.min(timeoutMs, totalTimeoutMs / 2);
    if (outcome === null) return cancelAttempt(journey, tried, late ? 'timeout' : 'superseded');
    if (outcome === 'error' || outcome === 'gateway' || outcome === 'shed') best ??= tried;
  }
  judgeHeld(journey);
  if (best !== null) return { do: 'answer', attempt: best };
  if (pool.now - countsFrom(journey, journey) >= totalTimeoutMs || failed?.outcome === 'timeout')
    return { do: 'refuse', reason: 'origin_timeout' };
  if (failed === null) return { do: 'refuse', reason: 'no_origin' };
  return {
    do: 'refuse',
    reason: balance === 'latency' && journey.sent > 1 ? 'retry_exhausted' : 'origin_unreachable',
  };
}

function cancelAttempt(journey: Journey, attempt: Attempt, outcome: Outcome): Move {
  const { now, random } = journey.pool;
  settle(journey, attempt, outcome, 0, now, random);
  return { do: 'cancel', attempt };
}
