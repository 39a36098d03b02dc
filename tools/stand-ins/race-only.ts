/**
 * What to do next for one request where every pool races: a state machine, told the time.
 *
 * Promises: a safe request goes to up to six origins at once and the first good answer wins; a bad one is kept in case none comes.
 * Any other goes to one origin: the first to answer a cheap question, which is then taken for ten seconds without asking. It is sent
 * again only if it provably never left, or may be repeated. Nobody waits longer than totalTimeoutMs; weight 0 drains.
 * Nothing is learnt of origins and none is left out for its failures: whoever asks them all at once never waits for a bad one.
 */
import type { PoolSettings } from '../../lib/config.ts';
import type { Attempt, Facts, Move, Outcome, Probe } from '../../lib/attempts.ts';

interface Pool {
  readonly settings: PoolSettings;
  /** The origin that answered the last question first; -1 for none. */
  winner: number;
  winnerAt: number;
}

interface Journey extends Facts {
  readonly pool: Pool;
  readonly startedAt: number;
  /** Origins still to be asked, in this order, and how many of them at once. */
  order: number[];
  burst: number;
  /** What must be asked first, how many answers are due, and until when they are waited for. */
  question: Probe | null;
  due: number;
  readonly patience: number;
  /** Attempts, latest first. */
  last: Attempt | null;
  sent: number;
  waiting: number;
  winner: Attempt | null;
  /** The attempt that failed last, and how many answered 500. */
  failed: Attempt | null;
  errors: number;
}

/** Connections that may wait for headers at once. */
const SLOTS = 6;
const WINNER_MS = 10_000;
const ANSWERS: readonly Outcome[] = ['ok', 'error', 'gateway', 'shed'];
const BAD_STATUSES: readonly number[] = [500, 502, 503, 504];

export function createPool(settings: PoolSettings): Pool {
  return { settings, winner: -1, winnerAt: 0 };
}

/** Those with a weight, in any order: not the same one is always first. */
function shuffledOrigins({ settings }: Pool, random: () => number): number[] {
  const order: number[] = [];
  settings.origins.forEach(({ weight }, i) => {
    if (weight > 0) order.splice(Math.floor(random() * (order.length + 1)), 0, i);
  });
  return order;
}

export function beginJourney(pool: Pool, facts: Facts, now: number, random: () => number): Journey {
  const { probe } = pool.settings;
  const order = shuffledOrigins(pool, random);
  const timeoutMs = probe?.timeoutMs ?? 3000;
  const journey: Journey = {
    ...{ ...facts, pool, startedAt: now, order, burst: facts.safe ? SLOTS : 1 },
    ...{ question: null, due: 0, patience: now + timeoutMs + 100 },
    ...{ last: null, sent: 0, waiting: 0, winner: null, failed: null, errors: 0 },
  };
  if (facts.safe || order.length === 0) return journey;
  if (pool.winner >= 0 && now - pool.winnerAt < WINNER_MS) putFirst(journey, pool.winner);
  else {
    const origins = order.slice(0, SLOTS);
    const path = probe?.path ?? '/';
    const method = probe?.method ?? 'HEAD';
    journey.question = { do: 'probe', purpose: 'race', origins, path, method, timeoutMs };
    journey.due = origins.length;
  }
  return journey;
}

function putFirst(journey: Journey, origin: number): void {
  journey.order = [origin, ...journey.order.filter((other) => other !== origin)];
}

/** Ask again after every event, and every move but `wait`, `answer` and `refuse`. */
export function nextMove(journey: Journey, now: number, random: () => number): Move {
  const { pool, question } = journey;
  const { timeoutMs, totalTimeoutMs } = pool.settings;
  const busy = Math.min(now, journey.upload?.doneAt ?? 0);
  let until = Math.max(busy, journey.startedAt) + totalTimeoutMs;
  if (journey.winner !== null || now >= until) return finish(journey, now);
  for (let tried = journey.last; tried !== null; tried = tried.earlier) {
    if (tried.outcome !== null) continue;
    const end = Math.max(busy, tried.startedAt) + timeoutMs;
    if (now >= end) return cancelAttempt(journey, tried, 'timeout');
    until = Math.min(until, end);
  }
  if (question !== null) {
    journey.question = null;
    return question;
  }
  if (journey.due > 0 && now < journey.patience)
    return { do: 'wait', until: Math.min(until, journey.patience) };
  journey.due = 0;
  if (journey.waiting === 0 && journey.sent > 0) journey.burst = mayRepeat(journey, random) ? 1 : 0;
  const origin = journey.burst > 0 ? journey.order.shift() : undefined;
  if (origin !== undefined) return send(journey, origin, now);
  return journey.waiting > 0 ? { do: 'wait', until } : finish(journey, now);
}

function send(journey: Journey, origin: number, now: number): Move {
  const fresh = { outcome: null, status: 0, response: null, control: null };
  const attempt = { origin, startedAt: now, earlier: journey.last, ...fresh };
  journey.last = attempt;
  journey.burst--;
  journey.sent++;
  journey.waiting++;
  return { do: 'send', attempt };
}

/** All sent has failed. Two 500s are the request's own doing; only who was never reached is asked twice. */
function mayRepeat(journey: Journey, random: () => number): boolean {
  const { pool, failed, sent, errors, replayable, repeatable } = journey;
  if (!failed) return false;
  const unsent = failed.outcome === 'unsent';
  if (errors > 1 || sent > pool.settings.retries || !replayable || !(unsent || repeatable)) return false;
  if (journey.order.length === 0 && (unsent || failed.outcome === 'lost'))
    journey.order = shuffledOrigins(pool, random);
  return journey.order.length > 0;
}

/** Cancels what still waits, one by one; then the answer, or the latest bad one, or none. */
function finish(journey: Journey, now: number): Move {
  const { failed, pool } = journey;
  let best = journey.winner;
  for (let tried = journey.last; tried !== null; tried = tried.earlier) {
    if (tried.outcome === null) return cancelAttempt(journey, tried, 'superseded');
    if (ANSWERS.includes(tried.outcome)) best ??= tried;
  }
  if (best !== null) return { do: 'answer', attempt: best };
  const late = now - journey.startedAt >= pool.settings.totalTimeoutMs || failed?.outcome === 'timeout';
  const reason = late ? 'origin_timeout' : failed === null ? 'no_origin' : 'origin_unreachable';
  return { do: 'refuse', reason };
}

function cancelAttempt(journey: Journey, attempt: Attempt, outcome: Outcome): Move {
  settle(journey, attempt, outcome, 0);
  return { do: 'cancel', attempt };
}

/** An attempt came to its end; status 0: no response. A second report is ignored. */
export function settle(journey: Journey, attempt: Attempt, outcome: Outcome, status: number): void {
  if (attempt.outcome !== null) return;
  const { pool } = journey;
  attempt.outcome = outcome;
  attempt.status = status;
  journey.waiting--;
  if (outcome === 'superseded') return;
  if (ANSWERS.includes(outcome) && !BAD_STATUSES.includes(status)) {
    journey.winner ??= attempt;
    return;
  }
  journey.failed = attempt;
  if (outcome === 'error') journey.errors++;
  if (pool.winner === attempt.origin) pool.winner = -1;
}

/** The question came back, or did not; `journey` is null once nobody waits for it. */
export function probed(
  pool: Pool,
  journey: Journey | null,
  origin: number,
  good: boolean,
  ms: number,
  now: number,
): void {
  // Of those asked at once the first is taken.
  if (good && now - pool.winnerAt > ms) {
    pool.winner = origin;
    pool.winnerAt = now;
  }
  if (journey === null || journey.due === 0) return;
  journey.due = good ? 0 : journey.due - 1;
  if (good) putFirst(journey, origin);
}
