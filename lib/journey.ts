/**
 * How one request sets out: its record, and the plan for its first attempt.
 *
 * Promises that a question is asked first only where guessing would cost more: when the isolate knows nothing of its pool, and before a
 * request that must not be repeated goes to an origin not heard from for ten seconds. Both need a probe path. Side requests (active checks,
 * reported loads, probes) ride on a request, one kind each time, since no timer outlives a request here; nobody waits for them.
 */
import { chooseOrigin, guessDistances, isFit, isKnown, type PoolState } from './balance.ts';
import { earnTokens } from './budget.ts';
import { mayTry, type Outcome, type Purpose } from './health.ts';
import { isForgotten } from './load.ts';
import { setMoment } from './moment.ts';

/** Connections that may wait for headers at once. */
const SLOTS = 6;
const COLD_PROBES = 4;
/** Side requests at once: with the request and its copy they fill the six connections that may wait for headers. */
const ASIDES = 4;
const WINNER_MS = 10_000;
const FRESH_MS = 10_000;
const UNSAFE_TRIAL_MS = 5000;
/** One request in so many may go to an origin long not asked: most of them are just far away. */
const RECALL_REQUESTS = 1000;

export interface Facts {
  /** GET, HEAD and other methods that change nothing: may be copied and repeated. */
  readonly safe: boolean;
  /** May be sent again though it may have arrived: safe or with an Idempotency-Key, and its body can be sent again. */
  readonly repeatable: boolean;
  /** Its body can go out twice; without that not even a request that never left can be sent again. */
  readonly replayable: boolean;
  /** Where it fails, that may be the caller's doing: it says nothing of the origin. */
  readonly doubtful?: boolean;
  /** A body on its way: when all of it was sent. No time-out counts before. */
  readonly upload?: { readonly doneAt: number } | null;
  readonly hash: string | null;
  /** The platform's request.cf, whose coordinates are texts; needed until the pool is located. */
  readonly place?: unknown;
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

export interface Journey extends Required<Omit<Facts, 'place'>> {
  readonly pool: PoolState;
  readonly startedAt: number;
  last: Attempt | null;
  round: Attempt | null;
  panic: boolean;
  next: number;
  spread: number;
  level: number;
  sent: number;
  copies: number;
  waiting: number;
  winner: Attempt | null;
  failed: Attempt | null;
  held: Attempt | null;
  blamed: boolean;
  trial: number;
  question: Probe | null;
  due: number;
  patience: number;
  asides: boolean;
  hedgeAfter: number;
  hedgeAt: number;
  rescueAt: number;
}

/**
 * A request for the pool came in at `now` (ms). Ask nextMove what to do.
 *
 * `last`: the latest attempt, which knows the earlier ones; from `round` back they count as untried. `next`: the origin to send to now.
 * `spread`: how many more to send to at once, a race. `level`: priority of the first attempt, where copies stay. `held`: a plain 500 that
 * waits for a comparison. `blamed`: the request is at fault. `trial`: the origin that this request tries. `question`: what must be asked
 * first; `due` answers are waited for until `patience`. `hedgeAt`, `rescueAt`: when a copy may go out, paid as a hedge or a retry.
 */
export function beginJourney(pool: PoolState, facts: Facts, now: number, random: () => number): Journey {
  const { safe, repeatable, replayable, doubtful = false, upload = null, hash, place } = facts;
  setMoment(pool, now, random);
  pool.requests++;
  earnTokens(pool.hedgeBudget, now);
  earnTokens(pool.retryBudget, now);
  if (!pool.located) guessDistances(pool, (place ?? {}) as Record<string, unknown>);
  const journey: Journey = {
    pool, safe, repeatable, replayable, doubtful, upload, hash, startedAt: now, last: null, round: null, panic: false,
    next: -1, spread: 0, level: Infinity, sent: 0, copies: 0, waiting: 0, winner: null, failed: null, held: null, blamed: false,
    trial: -1, question: null, due: 0, patience: 0, asides: pool.asides || !safe, hedgeAfter: 0, hedgeAt: Infinity, rescueAt: Infinity,
  }; // prettier-ignore
  plan(journey);
  return journey;
}

function plan(journey: Journey): void {
  const { pool, safe } = journey;
  const { origins, settings, now } = pool;
  const { balance, probe } = settings;
  const timeoutMs = probe?.timeoutMs ?? 3000;
  if (balance === 'race') {
    // The tutorial: safe requests go to all at once; for others a cheap question does, and its winner holds for a while.
    if (safe) return void (journey.spread = SLOTS);
    if (pool.winner < 0 || now - pool.winnerAt >= WINNER_MS || !isFit(origins[pool.winner]!))
      askFirst(journey, 'race', someFit(pool, SLOTS), timeoutMs);
    else journey.next = pool.winner;
  } else if (safe && settings.retries > 0) journey.next = journey.trial = takeTrial(pool);
  const asks = balance === 'adaptive' && probe !== null && origins.length > 1;
  if (asks && journey.next < 0 && !origins.some(isKnown))
    askFirst(journey, 'cold', someFit(pool, COLD_PROBES), timeoutMs);
  if (journey.next >= 0 || journey.question !== null) return;
  journey.next = chooseOrigin(journey, Infinity);
  const first = origins[journey.next];
  if (first === undefined || !asks || safe || now - first.goodAt <= FRESH_MS) return;
  const patience =
    first.floor === Infinity ? 1000 : Math.ceil(Math.min(2000, Math.max(150, 4 * first.floor)));
  askFirst(journey, 'preflight', [journey.next], Math.min(patience, timeoutMs));
  journey.next = -1;
}

/** Up to `most` origins in service on the first level, at random. */
function someFit({ origins, random }: PoolState, most: number): number[] {
  const level = Math.min(...origins.filter(isFit).map((origin) => origin.priority));
  const fit = [...origins.keys()].filter((i) => isFit(origins[i]!) && origins[i]!.priority === level);
  while (fit.length > most) fit.splice(Math.floor(random() * fit.length), 1);
  return fit;
}

function askFirst(journey: Journey, purpose: Purpose, origins: number[], timeoutMs: number): void {
  if (origins.length === 0) return;
  journey.question = probeMove(journey.pool, purpose, origins, timeoutMs);
  journey.due = origins.length;
  journey.patience = journey.startedAt + timeoutMs + 100; // each probe has a timer; this is for one that nobody reports
}

const probeMove = (
  { settings: { probe } }: PoolState,
  purpose: Purpose,
  origins: number[],
  timeoutMs: number,
  path = probe?.path ?? '/',
  method = probe?.method ?? 'HEAD',
): Probe => ({ do: 'probe', purpose, origins, path, method, timeoutMs });

/** An origin whose time is up, or one forgotten: this request finds out. If that goes wrong a copy must be payable. */
function takeTrial(pool: PoolState): number {
  const { origins, settings, hedgeBudget } = pool;
  const payable = settings.hedge.budgetPercent === 0 || hedgeBudget.tokens >= 1;
  for (let i = 0; i < origins.length; i++) {
    const origin = origins[i]!;
    if (!mayTry(origin, pool) || origin.weight === 0 || origin.sick) continue;
    if (payable) origin.trialAt = pool.now;
    return payable ? i : -1;
  }
  const adapts = payable && settings.balance === 'adaptive';
  if (!adapts || pool.requests - pool.exploredRequest < RECALL_REQUESTS) return -1;
  pool.exploredRequest = pool.requests;
  return someFit(pool, Infinity).find((i) => isForgotten(origins[i]!, pool.now)) ?? -1;
}

/** What this request takes along for the pool, once it is on its way; null for nothing. */
export function takeAside({ pool, safe }: Journey): Probe | null {
  const { origins, now } = pool;
  const { health, load, retries } = pool.settings;
  const isOverdue = (i: number): boolean =>
    origins[i]!.ejected && mayTry(origins[i]!, pool) && now - origins[i]!.ejectedUntil > UNSAFE_TRIAL_MS;
  const all = [...origins.keys()];
  const overdue = safe && retries > 0 ? undefined : all.find(isOverdue);
  if (overdue !== undefined) {
    origins[overdue]!.trialAt = now;
    return probeMove(pool, 'trial', [overdue], 2000);
  }
  if (load !== null && now - pool.loadAskedAt >= load.intervalSeconds * 1000) {
    pool.loadAskedAt = now;
    all.sort((a, b) => origins[a]!.readAt - origins[b]!.readAt);
    return probeMove(pool, 'load', all.slice(0, ASIDES), 2000, load.path, 'GET');
  }
  if (health === null) return null;
  const due = all
    .filter((i) => now - origins[i]!.checkedAt >= health.intervalSeconds * 1000)
    .slice(0, ASIDES);
  for (const i of due) origins[i]!.checkedAt = now;
  return due.length === 0 ? null : probeMove(pool, 'health', due, health.timeoutMs, health.path, 'GET');
}
