/** The records of one request's race: the request's traits, its attempts, and the network that the race calls. */
import type { Outcome } from './outlier-detection.ts';
import type { Origin, Pool, SideRequest } from './pool.ts';

/** What the balancer needs to know of a request. */
export interface Traits {
  /** GET, HEAD and other methods that change nothing: may be hedged and retried. */
  readonly safe: boolean;
  /** May be sent again even if it has arrived: safe or with an Idempotency-Key, and its body can be sent again. */
  readonly repeatable: boolean;
  /** Its body can be sent twice; otherwise not even a request that never left can be retried. */
  readonly replayable: boolean;
  /** A missing response proves nothing about the origin, for example because the caller names the server. */
  readonly faultUnclear: boolean;
  /** Who sent it: the same string for all requests of one caller. Called only after a failure. */
  readonly caller: () => string;
  /** A body that is streamed: when all of it had been sent, Infinity until then. No timeout runs before. */
  readonly upload: { readonly doneAt: number } | null;
  /** The request's hash on a ring; 0 if the pool has none. */
  readonly hash: number;
}

export interface Attempt {
  readonly origin: Origin;
  readonly startedAt: number;
  readonly earlier: Attempt | null;
  /** Its origin was ejected when it was sent: this attempt retests it. */
  readonly retest: boolean;
  /** Null while it is pending. */
  outcome: Outcome | null;
  /** 0 if no response came. */
  status: number;
  /** It has been counted for or against its origin. */
  judged: boolean;
  /** The network's own: what came back, and what aborts it. */
  response: unknown;
  control: unknown;
}

/** What the race calls. Each method gets the race that calls it. */
export interface Network<T extends Traits> {
  /** Its outcome is reported by `settled`, never within this call. */
  send(state: Race<T>, attempt: Attempt): void;
  /** Its request or response is no longer needed. */
  cancel(state: Race<T>, attempt: Attempt): void;
  /** Sends the side request to each of its origins. */
  probe(state: Race<T>, request: SideRequest): void;
  /** Calls `woken` at `until`; replaces the time set before. */
  sleep(state: Race<T>, until: number, now: number): void;
  /** Gets the best answer, good or bad; null for none. */
  finish(state: Race<T>, answer: Attempt | null, now: number): void;
}

export interface Race<T extends Traits = Traits> {
  readonly pool: Pool;
  readonly traits: T;
  readonly network: Network<T>;
  readonly startedAt: number;
  /** The latest attempt, which links to the earlier ones; `round` and those before it count as untried. */
  last: Attempt | null;
  round: Attempt | null;
  /** The attempt whose silence triggers a hedge. */
  leader: Attempt | null;
  retriesLeft: number;
  /** Attempts without an outcome. */
  waiting: number;
  /** How long the leader may be silent, in ms. */
  stagger: number;
  hedgeAt: number;
  wakeAt: number;
  /** The probe before the first attempt, and how many origins have not answered it yet. */
  preflight: SideRequest | null;
  unanswered: number;
  /** The latest failure; a client error only if there is no other. */
  failed: Attempt | null;
  /** A retry was due, and no origin was left for it. */
  exhausted: boolean;
  /** It failed at two origins: the request is at fault. */
  atFault: boolean;
  over: boolean;
}
