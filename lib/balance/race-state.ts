/**
 * One request is one staggered race. The policy orders the candidates. The first one is asked; the next one is asked if
 * an attempt fails, or if the current one stays silent for longer than its origin usually takes and a budget has a
 * token. The first good answer wins; the others are cancelled. Their outcomes go into one record per origin (pool.ts).
 *
 * Nothing here sends or reads a clock: the race calls its `Network`, which reports back (`settled`, `probed`, `woken`).
 * race.ts drives it with real fetches, the simulator with virtual ones.
 * Promises: one timer per request; a request that must not be repeated is sent again only if it provably never left; an
 * origin is asked once before any is asked twice; no request waits longer than totalTimeoutMs; each attempt is settled
 * once. Rejected: promises raced against timers (an allocation and a leak for each); hedging after a percentile, which
 * doubles exactly the expensive requests (68% more work at the origins if 2% of requests take 60 times longer,
 * simulated).
 */
import { learnGuess } from './latency.ts';
import {
  ejectOrigin,
  inService,
  isAnswer,
  noteFailure,
  readmitOrigin,
  takeRetest,
  type Outcome,
} from './outlier-detection.ts';
import { chooseOrigin, pickSome, takeTurn } from './policies.ts';
import type { Origin, Pool, SideRequest, SideResult } from './pool.ts';
import { closeAttempt, countsFrom, deadlineOf, judgeAttempt, recordOutcome } from './race-outcome.ts';
import type { Attempt, Network, Race, Traits } from './race-record.ts';

/** Connections of one request that may wait for headers at the same time. */
const RACE_SLOTS = 6;
const COLD_PROBES = 4;
const STALE_MS = 10_000;
/** How much longer a response takes than a probe's. */
const PROBE_SERVICE_MS = 20;
const UNSAFE_RETEST_MS = 5000;
const UNKNOWN_STAGGER_MS = 300;
const LAST_HEDGE_MS = 1000;
const LONG_MS = 5000;
/** An origin that shed load this recently would do so again. */
const SHED_MS = 1000;

/** Starts the race of a request that arrived at `now`. */
export function beginRace<T extends Traits>(
  pool: Pool,
  traits: T,
  network: Network<T>,
  now: number,
): Race<T> {
  pool.requests++;
  for (const budget of [pool.hedgeBudget, pool.retryBudget])
    budget.tokens = Math.min(budget.most, budget.tokens + budget.share);
  const state: Race<T> = {
    pool,
    traits,
    network,
    startedAt: now,
    last: null,
    round: null,
    leader: null,
    retriesLeft: pool.settings.retries,
    waiting: 0,
    stagger: 0,
    hedgeAt: Infinity,
    wakeAt: Infinity,
    preflight: null,
    unanswered: 0,
    failed: null,
    exhausted: false,
    atFault: false,
    over: false,
  };
  // A safe request may retest an origin: another one answers it if the retest fails.
  const mayRetest = traits.safe && pool.settings.retries > 0;
  openRace(state, mayRetest, now);
  takeAlong(state, mayRetest, now);
  advanceRace(state, now);
  return state;
}

/**
 * Sends the first attempt, or preflight probes if guessing would cost more. Both kinds of preflight need a probe
 * path.
 */
function openRace(state: Race, mayRetest: boolean, now: number): void {
  const { pool, traits } = state;
  const { origins, settings } = pool;
  const { balance, probe } = settings;
  // If the retest fails, the budget must have a token for a hedge.
  const payable = settings.hedge.budgetPercent === 0 || pool.hedgeBudget.tokens >= 1;
  const chosen = chooseOrigin(state, Infinity, now);
  if (chosen === null) return;
  const first = (mayRetest && payable ? takeRetest(pool, chosen.priority, 0, now) : null) ?? chosen;
  const asks = balance === 'adaptive' || (balance === 'race' && !traits.safe);
  if (probe !== null && asks && origins.length > 1 && inService(first)) {
    if (origins.every(({ mean }) => mean === 0))
      return askFirst(state, pickSome(pool, first.priority, COLD_PROBES), probe.timeoutMs);
    const usual = Math.ceil(Math.min(2000, Math.max(150, 4 * first.mean || 1000), probe.timeoutMs));
    if (!traits.safe && now - first.goodAt > STALE_MS) return askFirst(state, [first], usual);
  }
  sendTo(state, first, now);
  if (balance !== 'race' || !traits.safe) return;
  while (state.waiting < RACE_SLOTS) {
    const next = chooseOrigin(state, first.priority, now);
    if (next === null) return;
    sendTo(state, next, now);
  }
}

/** Each probe has its own timer, so a result always arrives. */
function askFirst(state: Race, origins: readonly Origin[], timeoutMs: number): void {
  state.preflight = probeRequest(state.pool, origins, timeoutMs);
  state.unanswered = origins.length;
  state.network.probe(state, state.preflight);
}

const probeRequest = (
  { settings: { probe } }: Pool,
  origins: readonly Origin[],
  timeoutMs: number,
): SideRequest => ({
  origins,
  path: probe?.path ?? '/',
  method: probe?.method ?? 'HEAD',
  timeoutMs,
  read: null,
  learn: learnProbe,
});

function learnProbe(pool: Pool, origin: Origin, { good, elapsedMs }: SideResult, now: number): void {
  if (!good) {
    noteFailure(origin, 'probe', 0, now);
    return ejectOrigin(pool, origin, now);
  }
  readmitOrigin(origin, now);
  origin.goodAt = now;
  learnGuess(origin, elapsedMs + PROBE_SERVICE_MS, now);
}

/**
 * Side requests run along with a request, one kind at a time, because no timer outlives a request here; no caller waits
 * for them. Unsafe requests by themselves would never bring an origin back: if no safe one has come for a while, an
 * unsafe one carries a probe.
 */
function takeAlong(state: Race, mayRetest: boolean, now: number): void {
  const { pool, network } = state;
  const overdue = mayRetest ? null : takeRetest(pool, -Infinity, UNSAFE_RETEST_MS, now);
  if (overdue !== null) return network.probe(state, probeRequest(pool, [overdue], 2000));
  for (const sideRequests of pool.sideRequests) {
    const due = sideRequests(pool, now);
    if (due !== null) return network.probe(state, due);
  }
}

// ---- when each attempt is sent: the first one, a retry after a failure, a hedge if an origin has gone silent ----

function sendTo(state: Race, origin: Origin, now: number): void {
  const { pool } = state;
  const attempt: Attempt = {
    origin,
    startedAt: now,
    earlier: state.last,
    retest: origin.ejectedUntil > 0,
    outcome: null,
    status: 0,
    judged: false,
    response: null,
    control: null,
  };
  origin.pending.push(now);
  origin.requests++;
  if (state.last === null) takeTurn(pool, origin);
  state.last = attempt;
  if (++state.waiting === 1) armTimer(state, attempt, now);
  state.network.send(state, attempt);
}

/** For unsafe requests too: they also record that their origin is silent. */
function armTimer(state: Race, leader: Attempt, now: number): void {
  const { origins, settings } = state.pool;
  const { afterMs } = settings.hedge;
  const { mean, deviation } = leader.origin;
  if (origins.length < 2) return;
  const usual = Math.min(2000, Math.max(20, mean + 5 * deviation || UNKNOWN_STAGGER_MS));
  // Whole milliseconds, like the clock: for a deadline between two ticks the timer would be set again and again.
  state.stagger = Math.ceil(afterMs === 'silent' ? usual : Math.max(1, afterMs));
  state.leader = leader;
  state.hedgeAt = now + state.stagger;
}

/**
 * Every attempt has failed. A request that never left cost no origin anything: it may be retried with any method, and
 * takes no token.
 */
function retry(state: Race, now: number): void {
  const { pool, traits, failed, round } = state;
  const { settings, retryBudget } = pool;
  if (failed === null || !traits.replayable || state.retriesLeft === 0) return;
  const { outcome } = failed;
  const { unreachable, timeout } = settings.retryOn;
  const free = outcome === 'unsent';
  const lost = free || outcome === 'lost';
  if (outcome === 'rejected' || (lost && !unreachable) || (outcome === 'timeout' && !timeout)) return;
  if (!free && !(traits.repeatable && retryBudget.tokens >= 1)) return;
  // As in Kong, an attempt that another follows is counted at once, so that an origin it ejects is not asked again.
  if (settings.retrySame && pool.countFailures !== null) judgeAttempt(state, failed, null, now);
  let next = chooseOrigin(state, Infinity, now);
  if (next === null && (lost || settings.retrySame) && settings.balance !== 'latency') {
    state.round = state.last;
    next = chooseOrigin(state, Infinity, now);
  }
  // If every origin sheds load, retries add to it: 17% more requests in a surge to 130%, and no more good answers.
  state.exhausted = next === null;
  if (next === null || (outcome === 'shed' && now - next.shedAt < SHED_MS)) return void (state.round = round);
  if (!free) retryBudget.tokens--;
  state.retriesLeft--;
  next.retries++;
  sendTo(state, next, now);
}

/**
 * Asks the next origin as well if the leader's has gone silent. An origin that answers other requests is not silent:
 * this request is just long.
 */
function sendHedge(state: Race, now: number): void {
  const { pool, traits, stagger } = state;
  const { afterMs, budgetPercent } = pool.settings.hedge;
  const { origin, startedAt } = state.leader!;
  const waited = now - startedAt;
  const lastAfter = Math.max(LAST_HEDGE_MS, 3 * stagger);
  const early = waited < lastAfter;
  state.hedgeAt = early ? startedAt + lastAfter : now + LAST_HEDGE_MS;
  const silent = Math.min(waited, now - origin.answeredAt) >= Math.max(100, stagger / 2);
  if (silent) origin.silentSince ||= startedAt;
  if (!silent && waited < LONG_MS && (afterMs === 'silent' || !early)) return;
  // Early hedges are optional: few, and within the priority level. Later ones count as retries.
  const budget = early ? pool.hedgeBudget : pool.retryBudget;
  if (!traits.safe || budgetPercent === 0 || state.waiting > 1 || budget.tokens < 1) return;
  const next = chooseOrigin(state, early ? origin.priority : Infinity, now);
  if (next === null) return;
  budget.tokens--;
  next.hedges++;
  sendTo(state, next, now);
}

// ---- what the network reports ----

/** One origin answered a side request, or did not in time. */
export function probed(
  state: Race,
  request: SideRequest,
  origin: Origin,
  result: SideResult,
  now: number,
): void {
  request.learn(state.pool, origin, result, now);
  if (state.preflight !== request || state.over) return;
  if (--state.unanswered > 0 && !result.good) return;
  state.preflight = null;
  const next = result.good ? origin : chooseOrigin(state, Infinity, now);
  if (next !== null) sendTo(state, next, now);
  advanceRace(state, now);
}

/** An attempt has ended; a second report of it is ignored. `status` is 0 if no response came. */
export function settled(state: Race, attempt: Attempt, outcome: Outcome, status: number, now: number): void {
  if (attempt.outcome !== null) return;
  if (recordOutcome(state, attempt, outcome, status, now)) endRace(state, attempt, now);
  else advanceRace(state, now);
}

/** The race's timer fired. */
export function woken(state: Race, now: number): void {
  if (state.over) return;
  const { timeoutMs, totalTimeoutMs } = state.pool.settings;
  const late = now >= deadlineOf(state, now);
  for (let tried = state.last; tried !== null; tried = tried.earlier) {
    const waited = now - countsFrom(state, tried.startedAt, now);
    if (tried.outcome !== null || !(late || waited >= timeoutMs)) continue;
    if (waited >= Math.min(timeoutMs, totalTimeoutMs / 2)) recordOutcome(state, tried, 'timeout', 0, now);
    else closeAttempt(state, tried, 'superseded');
    state.network.cancel(state, tried);
  }
  advanceRace(state, now);
}

/** Does what is due now, then sleeps until something happens. */
function advanceRace(state: Race, now: number): void {
  let at = deadlineOf(state, now);
  if (state.preflight === null || now >= at) {
    if (state.waiting === 0 && now < at) retry(state, now);
    while (state.waiting > 0 && now >= state.hedgeAt) sendHedge(state, now);
    if (state.waiting === 0) return endRace(state, null, now);
    at = Math.min(at, state.hedgeAt);
  }
  for (let tried = state.last; tried !== null; tried = tried.earlier)
    if (tried.outcome === null)
      at = Math.min(at, countsFrom(state, tried.startedAt, now) + state.pool.settings.timeoutMs);
  if (at === state.wakeAt) return;
  state.wakeAt = at;
  state.network.sleep(state, at, now);
}

/** The one place where a race ends: judges each attempt, cancels what is left, and delivers the answer. */
function endRace(state: Race, winner: Attempt | null, now: number): void {
  const { network } = state;
  let answer = winner;
  state.over = true;
  for (let tried = state.last; tried !== null; tried = tried.earlier) {
    const { outcome } = tried;
    if (outcome === null) closeAttempt(state, tried, 'superseded');
    else if (answer === null && isAnswer(outcome)) answer = tried;
    judgeAttempt(state, tried, winner, now);
    // Attempts that timed out are cancelled already, and one that failed without a response has nothing to cancel.
    if (tried !== answer && (outcome === null || tried.status > 0)) network.cancel(state, tried);
  }
  network.finish(state, answer, now);
}
