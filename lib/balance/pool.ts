/**
 * One isolate's state of a pool: a record for each origin, and what they share. Nothing else in the engine outlives a
 * request.
 *
 * Times are ms since 1970, 0 for never. Policies and further features are passed in, so that a file carries only those
 * that it uses.
 */
import type { Balance, OriginSettings, PoolSettings } from '../config/types.ts';
import type { Attempt } from './race-record.ts';
import type { Context } from '../core/request.ts';

/**
 * An origin that was not asked during this many requests is retested by one: it may have been slow for a while only, or
 * has never been asked.
 */
export const RECALL_REQUESTS = 800;

/** A response with a listed status, no connection, no response in time. */
export type FailureKind = 'answer' | 'lost' | 'timeout';

export interface Origin {
  /** Its index in the settings' list. */
  readonly index: number;
  readonly settings: OriginSettings;
  /** As configured; 0 while the operator drains it. */
  weight: number;
  readonly priority: number;

  /** Expected ms to response headers as of `learntAt`; from there it drifts back to `mean`. */
  latency: number;
  learntAt: number;
  /** Mean and mean deviation of its response times, computed as in TCP (RFC 6298); 0 if unknown. */
  mean: number;
  deviation: number;

  /**
   * Start times of the attempts that wait for headers, oldest first. A list, because the entries of callers that
   * disconnected must expire.
   */
  readonly pending: number[];
  /** When it last sent a response, good or bad. */
  answeredAt: number;
  /**
   * Start of an attempt that has waited for longer than usual; 0 for none. The waiting request sets it, so an abandoned
   * request can't.
   */
  silentSince: number;
  /** When it last shed load: 503, 429, 529. */
  shedAt: number;
  /** When it last sent a good response. */
  goodAt: number;

  /** Failures in a row; no connection, a reset or a timeout count three times. `endRow` resets these three. */
  strikes: number;
  /** Whose requests failed in this row without a comparison; a few of them. */
  readonly failedCallers: Set<string>;
  /** The row by kind of failure, if the operator lists what counts. */
  readonly listed: Record<FailureKind, number>;
  /** For the operator: the last failure (an outcome or another cause), how often in a row, its status if any, when. */
  lastFailure: string;
  failuresInRow: number;
  lastStatus: number;
  failedAt: number;
  /** When it was last in service. */
  ejectedAt: number;
  /** When its ejection ends; 0 if it is not ejected. */
  ejectedUntil: number;
  /** No retest before the pool has seen this many requests. */
  retestRequest: number;
  /** How often it was ejected recently: each time doubles the duration. */
  level: number;
  /** When it was last retested or readmitted. A lease, because the request that holds it may be aborted. */
  retestAt: number;
  /** Failed its active health checks; only they can bring it back. */
  unhealthy: boolean;

  /** Its position in the round, in turns. */
  turn: number;
  /** The load that it last reported, and when. */
  reading: number;
  readAt: number;

  /** For the operator: attempts sent, attempts failed, and how many were hedges and retries. */
  requests: number;
  failures: number;
  hedges: number;
  retries: number;
}

/** The lowest is asked first, after division by the weight. `hash` is the request's, for a ring. */
export type Rank = (origin: Origin, pool: Pool, now: number, hash: number) => number;

export interface SideResult {
  /** Null for a response that counts as neither. */
  readonly good: boolean | null;
  readonly elapsedMs: number;
  /** The load that the origin reports; undefined if it reports none. */
  readonly reading: number | undefined;
}

/** How many origins get one at a time: with the request and its hedge, they fill the six connections that may wait. */
export const SIDE_REQUEST_MOST = 4;
/** A request that carries nothing of the caller's, to each of these origins. */
export interface SideRequest {
  readonly origins: readonly Origin[];
  readonly path: string;
  readonly method: 'GET' | 'HEAD';
  readonly timeoutMs: number;
  /** Reads a number from the response; null if there is none to read. */
  readonly read: ((response: Response) => Promise<number | undefined>) | null;
  /** Applies the result to one of the origins. */
  readonly learn: (pool: Pool, origin: Origin, result: SideResult, now: number) => void;
}

/** The side request that is due now; null for none. */
export type SideRequests = (pool: Pool, now: number) => SideRequest | null;

/** Sees each response of an origin. */
export type Observe = (origin: Origin, response: Response, now: number) => void;

/** Counts an attempt against its origin, and ejects the origin at the limit. `isLast`: no other attempt follows. */
export type CountFailures = (
  pool: Pool,
  origin: Origin,
  attempt: Pick<Attempt, 'outcome' | 'status'>,
  isLast: boolean,
  now: number,
) => void;

/** `place` is the platform's request.cf; true once it has given a location. */
export type Locate = (pool: Pool, place: unknown, now: number) => boolean;

/** What a file carries of the balancer beyond the race itself. */
export interface PoolFeatures {
  readonly policies: Partial<Record<Balance, (settings: PoolSettings) => Rank>>;
  /** Null for a pool that does not use it. */
  readonly sideRequests: readonly ((settings: PoolSettings) => SideRequests | null)[];
  readonly observe?: (settings: PoolSettings) => Observe | null;
  /** The geo prior. */
  readonly locate?: (settings: PoolSettings) => Locate | null;
  /** Counts failures by the operator's list. */
  readonly countFailures?: (settings: PoolSettings) => CountFailures | null;
  /** What a ring hashes of a request. */
  readonly hash?: (settings: PoolSettings) => PoolHash | null;
}

/** `makeId` returns 32 hex digits; it is called only if the cookie is missing. */
export type PoolHash = (context: Context, makeId: () => string) => number;

/**
 * Limits extra attempts: a token bucket that requests fill and extra attempts drain, one token each.
 *
 * A pool that fails as a whole gets its requests plus a share, never a multiple (Finagle's retry budget; Google's SRE
 * book, "Handling Overload"). Rejected: a fixed number of retries per request, which multiplies the load just when the
 * origins can bear it least.
 */
interface Budget {
  tokens: number;
  /** Tokens that one request adds. */
  readonly share: number;
  readonly most: number;
}

/** `percent` of the requests, and `tokens` to start with; with 0 percent the bucket is always empty. */
const createBudget = (percent: number, tokens: number, most: number): Budget => ({
  tokens: percent > 0 ? tokens : 0,
  share: percent / 100,
  most,
});

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
  /** Null if all failures count. */
  readonly countFailures: CountFailures | null;
  /** Null if no origin has a location, or once all distances are known. */
  locate: Locate | null;
  readonly hedgeBudget: Budget;
  readonly retryBudget: Budget;
  /** Requests seen: the measure of time in an isolate with little traffic. */
  requests: number;
  /** The pool's usual response time in ms: the estimate for an unknown origin. */
  usual: number;
  /** The round's position, in turns. */
  turn: number;
}

/** `settings.balance` is one of `features.policies`. */
export function createPool(settings: PoolSettings, random: () => number, features: PoolFeatures): Pool {
  const { hedge, retryBudgetPercent, balance } = settings;
  const origins = settings.origins.map((one, index): Origin => ({
    index,
    settings: one,
    weight: one.weight,
    priority: one.priority,
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
    failedCallers: new Set(),
    listed: { answer: 0, lost: 0, timeout: 0 },
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
    // Isolates start their rounds at different positions, or all first requests would go to the first origin.
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
