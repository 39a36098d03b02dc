/**
 * How one request sets out: its record, and the plan for its first attempt.
 *
 * Promises that a question is asked before the request only where guessing would cost more: when the isolate knows nothing
 * of its pool, and before a request that must not be repeated goes to an origin not heard from for ten seconds. Both need
 * a probe path; without one there are no questions at all. Side requests (active checks, reported loads, a probe on behalf
 * of callers whose requests cannot be risked) ride on a request, one kind each time, and nobody waits for them: no timer
 * outlives a request on this platform.
 */
import { chooseOrigin, guessDistances, isFit, isKnown, type PoolState } from './balance.ts';
import { earnTokens } from './budget.ts';
import { mayTry, type Outcome, type Purpose } from './health.ts';

const COLD_PROBES = 4;
/** Side requests at once: with the request and its copy they fill the six connections that may wait for headers. */
const ASIDES = 4;
const WINNER_MS = 10_000;
const FRESH_MS = 10_000;
const UNSAFE_TRIAL_MS = 5_000;

export interface Facts {
  /** GET, HEAD and other methods that change nothing: may be copied and repeated. */
  readonly safe: boolean;
  /** May be sent again though it may have arrived: safe or with an Idempotency-Key, and its body can be sent again. */
  readonly repeatable: boolean;
  /** Its body can go out twice; without that not even a request that never left can be sent again. */
  readonly replayable: boolean;
  readonly hash: string | null;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
}

export interface Attempt {
  readonly origin: number;
  readonly startedAt: number;
  readonly earlier: Attempt | null;
  outcome: Outcome | null;
  status: number;
  /** The executor's own: what came back, and what stops it. */
  response: unknown;
  control: unknown;
}

/** Side requests that carry nothing of the caller's. */
export interface Probe {
  readonly do: 'probe';
  readonly purpose: Purpose;
  readonly origins: readonly number[];
  readonly path: string;
  readonly method: 'GET' | 'HEAD';
  readonly timeoutMs: number;
}

export interface Journey {
  readonly pool: PoolState;
  readonly safe: boolean;
  readonly repeatable: boolean;
  readonly replayable: boolean;
  readonly hash: string | null;
  readonly startedAt: number;
  /** Attempts, latest first. */
  last: Attempt | null;
  /** Those from here back count as untried again. */
  round: Attempt | null;
  panic: boolean;
  /** Origin to send to now; -1 for none. */
  next: number;
  /** Further origins to send to at once: a race. */
  spread: number;
  /** The priority of the first attempt: copies stay on its level. */
  level: number;
  sent: number;
  copies: number;
  waiting: number;
  winner: Attempt | null;
  /** The attempt that failed last, and the best answer if nothing good comes. */
  failed: Attempt | null;
  fallback: Attempt | null;
  /** A plain 500 that waits for a comparison; then, whether the request itself is to blame. */
  held: Attempt | null;
  blamed: boolean;
  /** The origin that was out and is tried by this request; -1 for none. */
  trial: number;
  /** What must be asked first, how many answers are due, and until when they are waited for. */
  question: Probe | null;
  due: number;
  patience: number;
  asides: boolean;
  hedgeAfter: number;
  hedgeAt: number;
  rescueAt: number;
}

/** A request for the pool came in at `now` (ms). Ask nextMove what to do. */
export function beginJourney(pool: PoolState, facts: Facts, now: number, random: () => number): Journey {
  pool.requests++;
  earnTokens(pool.hedgeBudget, now);
  earnTokens(pool.retryBudget, now);
  if (!pool.located && facts.latitude !== undefined && facts.longitude !== undefined)
    guessDistances(pool, facts.latitude, facts.longitude);
  const journey: Journey = {
    pool, safe: facts.safe, repeatable: facts.repeatable, replayable: facts.replayable, hash: facts.hash, startedAt: now,
    last: null, round: null, panic: false, next: -1, spread: 0, level: Infinity, sent: 0, copies: 0, waiting: 0,
    winner: null, failed: null, fallback: null, held: null, blamed: false, trial: -1, question: null, due: 0, patience: 0,
    asides: pool.asides || !facts.safe, hedgeAfter: 0, hedgeAt: Infinity, rescueAt: Infinity,
  }; // prettier-ignore
  if (pool.settings.balance === 'race') planRace(journey, now, random);
  else plan(journey, now, random);
  return journey;
}

function plan(journey: Journey, now: number, random: () => number): void {
  const { pool, safe } = journey;
  const { origins, settings } = pool;
  if (safe) journey.next = journey.trial = takeTrial(pool, now);
  if (journey.next >= 0) return;
  const asks = settings.balance === 'adaptive' && settings.probe !== null && origins.length > 1;
  if (asks && !origins.some(isKnown))
    ask(journey, 'cold', someFit(pool, COLD_PROBES, random), settings.probe!.timeoutMs, now);
  if (journey.question !== null) return;
  journey.next = chooseOrigin(journey, Infinity, now, random);
  const first = origins[journey.next];
  if (first === undefined || !asks || safe || now - first.goodAt <= FRESH_MS) return;
  const patience =
    first.floor === Infinity ? 1000 : Math.ceil(Math.min(2000, Math.max(150, 4 * first.floor)));
  ask(journey, 'preflight', [journey.next], Math.min(patience, settings.probe!.timeoutMs), now);
  journey.next = -1;
}

/** The tutorial: safe requests go to all at once; for others a cheap question does, and its winner holds for a while. */
function planRace(journey: Journey, now: number, random: () => number): void {
  const { pool, safe } = journey;
  if (safe) journey.spread = 6;
  else if (pool.winner >= 0 && now - pool.winnerAt < WINNER_MS && isFit(pool.origins[pool.winner]!))
    journey.next = pool.winner;
  else ask(journey, 'race', someFit(pool, 6, random), pool.settings.probe?.timeoutMs ?? 3000, now);
  if (!safe && journey.next < 0 && journey.question === null)
    journey.next = chooseOrigin(journey, Infinity, now, random);
}

/** Up to `most` origins in service on the first level, at random. */
function someFit(pool: PoolState, most: number, random: () => number): number[] {
  const { origins } = pool;
  const level = Math.min(...origins.map((origin) => (isFit(origin) ? origin.priority : Infinity)));
  const fit = [...origins.keys()].filter((i) => isFit(origins[i]!) && origins[i]!.priority === level);
  while (fit.length > most) fit.splice(Math.floor(random() * fit.length), 1);
  return fit;
}

function ask(journey: Journey, purpose: Purpose, origins: number[], timeoutMs: number, now: number): void {
  if (origins.length === 0) return;
  journey.question = probeMove(journey.pool, purpose, origins, timeoutMs);
  journey.due = origins.length;
  // Each probe ends by its own timer; this is for the one whose end nobody reports.
  journey.patience = now + timeoutMs + 100;
}

function probeMove(pool: PoolState, purpose: Purpose, origins: number[], timeoutMs: number): Probe {
  const { probe } = pool.settings;
  return {
    do: 'probe',
    purpose,
    origins,
    path: probe?.path ?? '/',
    method: probe?.method ?? 'HEAD',
    timeoutMs,
  };
}

/** An origin whose time is up: this request finds out. It costs a copy if that goes wrong, so a copy must be payable. */
function takeTrial(pool: PoolState, now: number): number {
  const { origins, settings, hedgeBudget } = pool;
  for (let i = 0; i < origins.length; i++) {
    if (!mayTry(origins[i]!, pool.requests, now) || origins[i]!.weight === 0 || origins[i]!.sick) continue;
    if (settings.hedge.budgetPercent > 0 && hedgeBudget.tokens < 1) return -1;
    origins[i]!.trialAt = now;
    return i;
  }
  return -1;
}

/** What this request takes along for the pool, once it is on its way; null for nothing. */
export function takeAside(journey: Journey, now: number): Probe | null {
  const { pool } = journey;
  const { health, load } = pool.settings;
  const { origins } = pool;
  if (!journey.safe)
    for (let i = 0; i < origins.length; i++)
      if (
        origins[i]!.ejected &&
        mayTry(origins[i]!, pool.requests, now) &&
        now - origins[i]!.ejectedUntil > UNSAFE_TRIAL_MS
      ) {
        origins[i]!.trialAt = now;
        return probeMove(pool, 'trial', [i], 2000);
      }
  if (load !== null && now - pool.loadAskedAt >= load.intervalSeconds * 1000) {
    pool.loadAskedAt = now;
    const stalest = [...origins.keys()]
      .sort((a, b) => origins[a]!.readAt - origins[b]!.readAt)
      .slice(0, ASIDES);
    return {
      do: 'probe',
      purpose: 'load',
      origins: stalest,
      path: load.path,
      method: 'GET',
      timeoutMs: 2000,
    };
  }
  if (health === null) return null;
  const due = [...origins.keys()]
    .filter((i) => now - origins[i]!.checkedAt >= health.intervalSeconds * 1000)
    .slice(0, ASIDES);
  for (const i of due) origins[i]!.checkedAt = now;
  return due.length === 0
    ? null
    : {
        do: 'probe',
        purpose: 'health',
        origins: due,
        path: health.path,
        method: 'GET',
        timeoutMs: health.timeoutMs,
      };
}
