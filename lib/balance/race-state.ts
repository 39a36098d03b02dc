/**
 * One request is one staggered race. Candidates stand in the policy's order; the first is asked; the next one is asked when an attempt has
 * failed, or when the one under way stays silent for longer than its origin usually takes, and a budget pays. The first good answer wins, the
 * others are cancelled. What they say goes into one record an origin (pool.ts).
 *
 * Nothing here sends or reads a clock: the race calls its `Network` and is told what came of it (`settled`, `probed`, `woken`). race.ts
 * drives it with real fetches, the simulator with virtual ones.
 * Promises: one timer a request; a request that must not be repeated is sent again only if it provably never left; an origin is asked once
 * before any is asked twice; nobody waits longer than totalTimeoutMs; each attempt is settled once.
 * Rejected: promises raced against timers (an allocation and a leak for each); hedging after a percentile, which doubles exactly the
 * expensive requests (68% more work at the origins where 2% of requests take 60 times longer, simulated).
 */
import { isKnown, learnGuess } from './latency.ts';
import { ejectOrigin, isAnswer, isRetestDue, readmitOrigin, type Outcome } from './outlier-detection.ts';
import { chooseOrigin, pickSome } from './policies.ts';
import type { Origin, Pool, SideRequest, SideResult } from './pool.ts';
import { hedge, retry, send, sendNext } from './race-attempts.ts';
import { close, countsFrom, deadlineOf, noteOutcome, noteOvertaken, record } from './race-outcome.ts';
import type { Attempt, Network, Race, Traits } from './race-record.ts';
import { canPay, earnToken } from './retry-budget.ts';

const COLD_PROBES = 4;
const STALE_MS = 10_000;
/** An answer takes that much longer than a probe. */
const SERVICE_MS = 20;
const UNSAFE_RETEST_MS = 5000;

/** A request for the pool came in at `now`. */
export function beginRace<T extends Traits>(
  pool: Pool,
  traits: T,
  network: Network<T>,
  now: number,
): Race<T> {
  pool.requests++;
  earnToken(pool.hedgeBudget);
  earnToken(pool.retryBudget);
  const race: Race<T> = {
    pool,
    traits,
    network,
    startedAt: now,
    last: null,
    round: null,
    leader: null,
    level: Infinity,
    sent: 0,
    hedges: 0,
    waiting: 0,
    stagger: 0,
    hedgeAt: Infinity,
    wakeAt: Infinity,
    question: null,
    asking: 0,
    askUntil: 0,
    failed: null,
    atFault: false,
    over: false,
  };
  open(race, now);
  takeAlong(race, now);
  step(race, now);
  return race;
}

/** The first attempt, or what must be asked before it: guessing would cost more. Both questions need a path for probes. */
function open(race: Race, now: number): void {
  const { pool, traits } = race;
  const { origins, settings } = pool;
  const { balance, probe } = settings;
  const retested = traits.safe && settings.retries > 0 ? takeRetest(pool, now) : undefined;
  if (retested !== undefined) return send(race, retested, now);
  const asks = balance === 'adaptive' || (balance === 'race' && !traits.safe);
  if (probe === null || !asks || origins.length < 2) return sendNext(race, Infinity, now);
  if (!origins.some(isKnown)) return ask(race, pickSome(pool, COLD_PROBES), probe.timeoutMs, now);
  const first = chooseOrigin(race, Infinity, now);
  if (first === null) return;
  if (traits.safe || now - first.goodAt <= STALE_MS) return send(race, first, now);
  const usual = Math.min(2000, Math.max(150, 4 * first.mean || 1000));
  ask(race, [first], Math.ceil(Math.min(usual, probe.timeoutMs)), now);
}

/** A safe request finds out whether an origin is back. If that goes wrong a hedge must be payable. */
function takeRetest(pool: Pool, now: number): Origin | undefined {
  const { origins, settings, hedgeBudget } = pool;
  if (settings.hedge.budgetPercent > 0 && !canPay(hedgeBudget)) return undefined;
  const due = origins.find((origin) => isRetestDue(pool, origin, now));
  if (due !== undefined) due.retestAt = now;
  return due;
}

function ask(race: Race, origins: readonly Origin[], timeoutMs: number, now: number): void {
  if (origins.length === 0) return sendNext(race, Infinity, now);
  const request = probeRequest(race.pool, origins, timeoutMs);
  race.question = request;
  race.asking = origins.length;
  // Each probe has a timer of its own; this is for one that nobody reports.
  race.askUntil = now + timeoutMs + 100;
  race.network.probe(race, request);
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
  learn: learnProbe,
});

function learnProbe(pool: Pool, origin: Origin, { good, elapsedMs }: SideResult, now: number): void {
  if (!good) {
    origin.lastFailure = 'probe';
    return ejectOrigin(pool, origin, now);
  }
  readmitOrigin(origin, now);
  origin.goodAt = now;
  learnGuess(origin, elapsedMs + SERVICE_MS, now);
}

/**
 * Side requests ride on a request, one kind each time, for no timer outlives a request here; nobody waits for them. Unsafe requests alone
 * would never bring an origin back: where no safe one came for a while they take a question along.
 */
function takeAlong(race: Race, now: number): void {
  const { pool, traits, network } = race;
  if (!traits.safe || pool.settings.retries === 0) {
    const overdue = pool.origins.find(
      (origin) => isRetestDue(pool, origin, now) && now - origin.ejectedUntil > UNSAFE_RETEST_MS,
    );
    if (overdue !== undefined) {
      overdue.retestAt = now;
      return network.probe(race, probeRequest(pool, [overdue], 2000));
    }
  }
  for (const sideRequests of pool.sideRequests) {
    const due = sideRequests(pool, now);
    if (due !== null) return network.probe(race, due);
  }
}

/** One origin answered a side request, or did not in its time. */
export function probed(
  race: Race,
  request: SideRequest,
  origin: Origin,
  result: SideResult,
  now: number,
): void {
  request.learn(race.pool, origin, result, now);
  if (race.question !== request || race.over) return;
  race.asking--;
  if (!result.good && race.asking > 0) return;
  race.question = null;
  if (result.good) send(race, origin, now);
  else sendNext(race, Infinity, now);
  step(race, now);
}

/** An attempt came to its end; a second report about it is ignored. `status` is 0 where no response came. */
export function settled(race: Race, attempt: Attempt, outcome: Outcome, status: number, now: number): void {
  if (attempt.outcome !== null) return;
  if (record(race, attempt, outcome, status, now)) end(race, attempt, now);
  else step(race, now);
}

/** The race's timer went off. */
export function woken(race: Race, now: number): void {
  race.wakeAt = Infinity;
  if (race.over) return;
  const { timeoutMs, totalTimeoutMs } = race.pool.settings;
  const late = now >= deadlineOf(race, now);
  for (let tried = race.last; tried !== null; tried = tried.earlier) {
    const waited = now - countsFrom(race, tried.startedAt, now);
    if (tried.outcome !== null || !(late || waited >= timeoutMs)) continue;
    if (waited >= Math.min(timeoutMs, totalTimeoutMs / 2)) record(race, tried, 'timeout', 0, now);
    else close(race, tried, 'superseded');
    race.network.cancel(race, tried);
  }
  if (race.question !== null && now >= race.askUntil) {
    race.question = null;
    sendNext(race, Infinity, now);
  }
  step(race, now);
}

/** Whatever is due now; then sleeps until something happens. */
function step(race: Race, now: number): void {
  if (race.over) return;
  const deadline = deadlineOf(race, now);
  let at = Math.min(deadline, race.askUntil);
  if (race.question === null || now >= deadline) {
    if (race.waiting === 0 && now < deadline) retry(race, now);
    while (race.waiting > 0 && now >= race.hedgeAt) hedge(race, now);
    if (race.waiting === 0) return end(race, null, now);
    at = Math.min(deadline, race.hedgeAt);
  }
  for (let tried = race.last; tried !== null; tried = tried.earlier)
    if (tried.outcome === null)
      at = Math.min(at, countsFrom(race, tried.startedAt, now) + race.pool.settings.timeoutMs);
  if (at === race.wakeAt) return;
  race.wakeAt = at;
  race.network.sleep(race, at, now);
}

/** The one place where a race ends: what it says of each origin, what is cancelled, and the answer. */
function end(race: Race, winner: Attempt | null, now: number): void {
  const { network } = race;
  let answer = winner;
  race.over = true;
  for (let tried = race.last; tried !== null; tried = tried.earlier) {
    if (tried.outcome === null) {
      close(race, tried, 'superseded');
      if (winner?.outcome === 'ok') noteOvertaken(race, tried, winner, now);
    } else {
      noteOutcome(race, tried, winner, now);
      if (isAnswer(tried.outcome)) answer ??= tried;
    }
    if (tried !== answer) network.cancel(race, tried);
  }
  network.finish(race, answer, now);
}
