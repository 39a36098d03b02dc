/**
 * What to do next for one request: a state machine that the journeys drive with real fetches and the simulator with
 * virtual ones. Rules only: it is told the time and the dice, it sends nothing itself.
 *
 * Promises: one timer a request (every deadline is a move); a request that must not be repeated is sent again only if it
 * provably never left; a copy goes out only when the origin has gone silent and a budget pays; an origin is asked once
 * before any is asked twice; nobody waits longer than totalTimeoutMs. In the ordinary case a request costs one record for
 * itself, one for its attempt and three small moves.
 * Rejected: promises raced against timers (an allocation and a leak for each); hedging after a percentile, which doubles
 * exactly the expensive requests (68% more work at the origins where 2% of requests take 60 times longer, simulated).
 */
import { chooseOrigin } from './balance.ts';
import { spendToken } from './budget.ts';
import type { Outcome } from './health.ts';
import { takeAside, type Attempt, type Journey, type Probe } from './journey.ts';
import { judgeHeld, settle } from './judge.ts';
import { addPending } from './load.ts';

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
const BRAKE_MS = 5_000;
const RESCUE_MS = 1_000;
const FORCE_MS = 5_000;

/** Ask again after every move but `wait`, `answer` and `refuse`, and after every event. */
export function nextMove(journey: Journey, now: number, random: () => number): Move {
  const { pool, question } = journey;
  const deadline = journey.startedAt + pool.settings.totalTimeoutMs;
  if (journey.winner !== null || now >= deadline) return finish(journey, now, random);
  for (let tried = journey.last; tried !== null; tried = tried.earlier)
    if (tried.outcome === null && now - tried.startedAt >= pool.settings.timeoutMs)
      return cancelAttempt(journey, tried, 'timeout', now, random);
  if (question !== null) {
    journey.question = null;
    return question;
  }
  if (journey.due > 0) {
    if (now < journey.patience) return { do: 'wait', until: Math.min(journey.patience, deadline) };
    journey.due = 0;
    journey.next = chooseOrigin(journey, Infinity, now, random);
  }
  if (journey.next < 0 && journey.spread > 0) {
    journey.next = chooseOrigin(journey, journey.level, now, random);
    journey.spread = journey.next < 0 ? 0 : journey.spread - 1;
  }
  if (journey.next < 0 && journey.waiting === 0) retry(journey, now, random);
  if (journey.next < 0 && journey.waiting === 1) copy(journey, now, random);
  if (journey.next >= 0) return send(journey, now);
  if (journey.asides) {
    // Also of a request that nobody can take: only its checks can bring a pool back.
    journey.asides = false;
    const aside = takeAside(journey, now);
    if (aside !== null) return aside;
  }
  if (journey.waiting === 0) return finish(journey, now, random);
  let until = Math.min(deadline, journey.hedgeAt, journey.rescueAt);
  for (let tried = journey.last; tried !== null; tried = tried.earlier)
    if (tried.outcome === null) until = Math.min(until, tried.startedAt + pool.settings.timeoutMs);
  return { do: 'wait', until };
}

function send(journey: Journey, now: number): Move {
  const { pool, next } = journey;
  const origin = pool.origins[next]!;
  const attempt: Attempt = {
    origin: next,
    startedAt: now,
    earlier: journey.last,
    outcome: null,
    status: 0,
    response: null,
    control: null,
  };
  addPending(origin, now, pool.settings.timeoutMs + 1000);
  origin.requests++;
  journey.last = attempt;
  journey.next = -1;
  journey.sent++;
  journey.waiting++;
  if (journey.sent === 1) journey.level = origin.priority;
  if (journey.waiting === 1 && journey.safe && journey.spread === 0 && pool.origins.length > 1)
    armCopies(journey, next, now);
  return { do: 'send', attempt };
}

/** When a copy of this attempt may go out: soon if its origin falls silent, later from the retry budget in any case. */
function armCopies(journey: Journey, index: number, now: number): void {
  const { pool } = journey;
  const { hedge } = pool.settings;
  const origin = pool.origins[index]!;
  let delay =
    origin.samples < 2 ? COLD_HEDGE_MS : Math.min(2000, Math.max(20, origin.mean + 5 * origin.deviation));
  if (journey.trial === index) {
    let other = Infinity;
    for (const peer of pool.origins)
      if (peer !== origin && !peer.ejected && peer.samples > 0)
        other = Math.min(other, peer.mean + peer.deviation);
    delay = Math.max(20, Math.min(delay, other));
  }
  if (hedge.afterMs !== 'silent') delay = hedge.afterMs;
  // Whole milliseconds, as the clock: a deadline between two ticks would be waited for again and again.
  delay = Math.ceil(delay);
  journey.hedgeAfter = delay;
  journey.hedgeAt = hedge.budgetPercent > 0 ? now + delay : Infinity;
  journey.rescueAt =
    hedge.budgetPercent > 0 && pool.settings.retries > 0 ? now + Math.max(RESCUE_MS, 3 * delay) : Infinity;
}

function copy(journey: Journey, now: number, random: () => number): void {
  const { pool } = journey;
  const attempt = journey.last!;
  const waitingFor = pool.origins[attempt.origin]!;
  const unheard = now - Math.max(waitingFor.answeredAt, attempt.startedAt);
  if (now >= journey.hedgeAt) {
    journey.hedgeAt = Infinity;
    const fixed = pool.settings.hedge.afterMs !== 'silent';
    // An origin that answers others is not silent, this request is just long; and where load is being shed, copies add to it.
    if (fixed || (unheard >= Math.max(100, journey.hedgeAfter / 2) && now - pool.shedAt >= BRAKE_MS))
      if (pool.hedgeBudget.tokens >= 1) journey.next = chooseOrigin(journey, journey.level, now, random);
    if (journey.next >= 0) spendToken(pool.hedgeBudget);
  }
  if (journey.next < 0 && now >= journey.rescueAt) {
    journey.rescueAt = now + RESCUE_MS;
    if (unheard >= 500 || now - attempt.startedAt >= FORCE_MS)
      if (pool.retryBudget.tokens >= 1) journey.next = chooseOrigin(journey, Infinity, now, random);
    if (journey.next >= 0) spendToken(pool.retryBudget);
  }
  if (journey.next < 0) return;
  pool.origins[journey.next]!.hedges++;
  journey.copies++;
  journey.hedgeAt = journey.rescueAt = Infinity;
}

/** Everything sent has failed: whom to send to once more, if anybody. */
function retry(journey: Journey, now: number, random: () => number): void {
  const { pool, failed } = journey;
  const { settings } = pool;
  if (failed === null || journey.blamed || journey.sent - journey.copies > settings.retries) return;
  const { outcome } = failed;
  const free = outcome === 'unsent';
  if (!journey.replayable || (!free && !journey.repeatable)) return;
  if (
    outcome === 'timeout'
      ? !settings.retryOn.timeout
      : (free || outcome === 'lost') && !settings.retryOn.unreachable
  )
    return;
  // A request that never left cost no origin anything: it need not be paid for.
  if (!free && pool.retryBudget.tokens < 1) return;
  const { round } = journey;
  let target = chooseOrigin(journey, Infinity, now, random);
  if (target < 0 && (free || outcome === 'lost' || settings.retrySame) && settings.balance !== 'latency') {
    journey.round = journey.last;
    target = chooseOrigin(journey, Infinity, now, random);
  }
  if (target < 0 || (outcome === 'shed' && now - pool.origins[target]!.shedAt < 1000)) {
    journey.round = round;
    return;
  }
  if (!free) spendToken(pool.retryBudget);
  pool.origins[target]!.retries++;
  journey.next = target;
}

/** Cancels what still waits, one by one; then the answer. */
function finish(journey: Journey, now: number, random: () => number): Move {
  const { settings } = journey.pool;
  for (let tried = journey.last; tried !== null; tried = tried.earlier) {
    if (tried.outcome !== null) continue;
    const late =
      journey.winner === null &&
      now - tried.startedAt >= Math.min(settings.timeoutMs, settings.totalTimeoutMs / 2);
    return cancelAttempt(journey, tried, late ? 'timeout' : 'superseded', now, random);
  }
  judgeHeld(journey, now, random);
  const best = journey.winner ?? journey.fallback;
  if (best !== null) return { do: 'answer', attempt: best };
  if (now - journey.startedAt >= settings.totalTimeoutMs || journey.failed?.outcome === 'timeout')
    return { do: 'refuse', reason: 'origin_timeout' };
  if (journey.failed === null) return { do: 'refuse', reason: 'no_origin' };
  return {
    do: 'refuse',
    reason: settings.balance === 'latency' && journey.sent > 1 ? 'retry_exhausted' : 'origin_unreachable',
  };
}

function cancelAttempt(
  journey: Journey,
  attempt: Attempt,
  outcome: Outcome,
  now: number,
  random: () => number,
): Move {
  settle(journey, attempt, outcome, 0, now, random);
  return { do: 'cancel', attempt };
}
