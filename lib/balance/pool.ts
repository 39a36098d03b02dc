/**
 * What one isolate knows of a pool: a record for each origin, and what they share. Nothing else in the engine
 * outlives a request.
 *
 * Times are ms since 1970, 0 for never. Policies and further features come from outside, so that a file carries those
 * alone that it uses.
 */
import type { Balance, PoolSettings } from '../config/types.ts';
import type { Attempt } from './race-record.ts';
import type { Context } from '../core/request.ts';
import { createBudget, type Budget } from './retry-budget.ts';

/**
 * An origin that was not asked for so many requests is asked by one: it may have been slow for a while, or has never
 * been met.
 */
export const RECALL_REQUESTS = 800;

export interface Origin {
  /** Its place in the settings' list. */
  readonly index: number;
  /** As configured; 0 while the operator drains it. */
  weight: number;
  readonly priority: number;

  /** Expected ms to response headers as of `learntAt`; from there it drifts back to `mean`. */
  latency: number;
  learntAt: number;
  /** Mean and mean deviation of its answer times, as TCP keeps them (RFC 6298); 0 where nothing is known. */
  mean: number;
  deviation: number;

  /**
   * Start times of the attempts that wait for headers, oldest first. A list, because entries of lost callers must
   * expire.
   */
  readonly pending: number[];
  /** When it last answered at all. */
  answeredAt: number;
  /**
   * Start of an attempt that waits for longer than is usual; 0 for none. Set by the request that waits, which a lost
   * caller's can't.
   */
  silentSince: number;
  /** When it last shed load: 503, 429, 529. */
  shedAt: number;
  /** When it last answered well. */
  goodAt: number;

  /** Failures in a row; no connection, a reset or a time-out count threefold. */
  strikes: number;
  /** For the operator: an outcome, or what else took it out; how often in a row, its status if any, and when. */
  lastFailure: string;
  failuresInRow: number;
  lastStatus: number;
  failedAt: number;
  /** When it was last in service. */
  ejectedAt: number;
  /** Ejected until then; 0 in service. */
  ejectedUntil: number;
  /** No retest before the pool has seen so many requests. */
  retestRequest: number;
  /** How often it was ejected lately: doubles the time. */
  level: number;
  /** When a request was last sent to find out, or when it came back. A lease: whoever holds it may have vanished. */
  retestAt: number;
  /** Out by active checks; they alone bring it back. */
  unhealthy: boolean;

  /** Its place in the round, in turns. */
  turn: number;
  /** What it last said of its own load, and when. */
  reading: number;
  readAt: number;

  /** For the operator: attempts sent, attempts failed, and how many were hedges and retries. */
  requests: number;
  failures: number;
  hedges: number;
  retries: number;
}

/** The lower, the sooner is it asked; divided by the weight. `hash` is the request's, for a ring. */
export type Rank = (origin: Origin, pool: Pool, now: number, hash: number) => number;

export interface SideResult {
  /** Null for an answer that says nothing. */
  readonly good: boolean | null;
  readonly elapsedMs: number;
  /** The load that the origin reports; undefined where it reports none. */
  readonly reading: number | undefined;
}

/** A request with nothing of the caller's, to each of these origins. */
export interface SideRequest {
  readonly origins: readonly Origin[];
  readonly path: string;
  readonly method: 'GET' | 'HEAD';
  readonly timeoutMs: number;
  /** Takes a number out of the answer; null where there is none to take. */
  readonly read: ((response: Response) => Promise<number | undefined>) | null;
  /** What its outcome says of one of them. */
  readonly learn: (pool: Pool, origin: Origin, result: SideResult, now: number) => void;
}

/** What is due now; null for nothing. */
export type SideRequests = (pool: Pool, now: number) => SideRequest | null;

/** Looks at each answer of an origin. */
export type Observe = (origin: Origin, response: Response, now: number) => void;

/** Counts what an attempt says of its origin, and ejects it. `isLast`: no other attempt follows. */
export type CountFailures = (
  pool: Pool,
  origin: Origin,
  attempt: Pick<Attempt, 'outcome' | 'status'>,
  isLast: boolean,
  now: number,
) => void;

/** `place` is the platform's request.cf; true once it said where this is. */
export type Locate = (pool: Pool, place: unknown, now: number) => boolean;

/** What a file carries of the balancer beyond the race itself. */
export interface PoolFeatures {
  readonly policies: Partial<Record<Balance, (settings: PoolSettings) => Rank>>;
  /** Null for a pool that does not use it. */
  readonly sideRequests: readonly ((settings: PoolSettings) => SideRequests | null)[];
  readonly observe: ((settings: PoolSettings) => Observe | null) | null;
  /** The geo prior. */
  readonly locate: ((settings: PoolSettings) => Locate | null) | null;
  /** Counts failures by the operator's list. */
  readonly countFailures: ((settings: PoolSettings) => CountFailures | null) | null;
  /** What a ring hashes of a request. */
  readonly hash: ((settings: PoolSettings) => PoolHash | null) | null;
}

/** `makeId` gives 32 hex digits; it is asked only for a cookie that is missing. */
export type PoolHash = (context: Context, makeId: () => string) => number;

export interface Pool {
  readonly settings: PoolSettings;
  readonly origins: readonly Origin[];
  readonly rank: Rank;
  /** In [0, 1). */
  readonly random: () => number;
  readonly sideRequests: readonly SideRequests[];
  /** Null for a pool without a ring. */
  readonly hash: PoolHash | null;
  readonly observe: Observe | null;
  /** Null where all failures count. */
  readonly countFailures: CountFailures | null;
  /** Null where no origin has a place, or once all distances are known. */
  locate: Locate | null;
  readonly hedgeBudget: Budget;
  readonly retryBudget: Budget;
  /** Requests seen: time as a quiet isolate knows it. */
  requests: number;
  /** What answers take on the whole, in ms: expected of an origin of which nothing is known. */
  usual: number;
  /** How far the round is. */
  turn: number;
}

/** `settings.balance` is one of `features.policies`. */
export function createPool(settings: PoolSettings, random: () => number, features: PoolFeatures): Pool {
  const { hedge, retryBudgetPercent, balance } = settings;
  const origins = settings.origins.map(({ weight, priority }, index): Origin => ({
    index,
    weight,
    priority,
    latency: 0,
    learntAt: 0,
    mean: 0,
    deviation: 0,
    pending: [],
    answeredAt: 0,
    silentSince: 0,
    shedAt: -Infinity,
    goodAt: 0,
    strikes: 0,
    lastFailure: '',
    failuresInRow: 0,
    lastStatus: 0,
    failedAt: 0,
    ejectedAt: 0,
    ejectedUntil: 0,
    retestRequest: RECALL_REQUESTS,
    level: 0,
    retestAt: 0,
    unhealthy: false,
    // Isolates start their rounds at different places, or all first requests would meet at the first origin.
    turn: 1e-6 * random(),
    reading: 0,
    readAt: 0,
    requests: 0,
    failures: 0,
    hedges: 0,
    retries: 0,
  }));
  return {
    settings,
    origins,
    rank: features.policies[balance]!(settings),
    random,
    sideRequests: features.sideRequests.flatMap((create) => create(settings) ?? []),
    observe: features.observe?.(settings) ?? null,
    countFailures: features.countFailures?.(settings) ?? null,
    locate: features.locate?.(settings) ?? null,
    hash: features.hash?.(settings) ?? null,
    hedgeBudget: createBudget(hedge.budgetPercent, 2, 10),
    retryBudget: createBudget(retryBudgetPercent, 100, 100),
    requests: 0,
    usual: 100,
    turn: 0,
  };
}

/** Takes requests: has a weight, is neither ejected nor failing its checks. */
export const inService = ({ weight, ejectedUntil, unhealthy }: Origin): boolean =>
  weight > 0 && ejectedUntil === 0 && !unhealthy;
