/** The records of one request's race: what it is told of the request, its attempts, and what it has done for it. */
import type { Outcome } from './outlier-detection.ts';
import type { Origin, Pool, SideRequest } from './pool.ts';

/** What the balancer needs to know of a request. */
export interface Traits {
  /** GET, HEAD and other methods that change nothing: may be hedged and repeated. */
  readonly safe: boolean;
  /** May be sent again though it may have arrived: safe or with an Idempotency-Key, and its body can be sent again. */
  readonly repeatable: boolean;
  /** Its body can go out twice; without that not even a request that never left can be sent again. */
  readonly replayable: boolean;
  /** It is the caller who says which server is asked: no answer then says nothing of the origin. */
  readonly faultUnclear: boolean;
  /** A body on its way: when all of it had been sent, Infinity until then. No time-out counts before. */
  readonly upload: { readonly doneAt: number } | null;
  /** What a ring hashes of it; 0 where there is none. */
  readonly hash: number;
}

export interface Attempt {
  readonly origin: Origin;
  readonly startedAt: number;
  readonly earlier: Attempt | null;
  /** Its origin was ejected when it was sent: it finds out. */
  readonly retest: boolean;
  /** Null while it waits. */
  outcome: Outcome | null;
  /** 0 where no response came. */
  status: number;
  /** What it says of its origin has been counted. */
  judged: boolean;
  /** The network's own: what came back, and what stops it. */
  response: unknown;
  control: unknown;
}

/** What the race has done for it. Each is told the race that it works for. */
export interface Network<T extends Traits> {
  send(state: Race<T>, attempt: Attempt): void;
  /** Its request or its response is not wanted any more. */
  cancel(state: Race<T>, attempt: Attempt): void;
  /** Asks each of its origins. */
  probe(state: Race<T>, request: SideRequest): void;
  /** Calls `woken` at `until`, instead of any earlier time. */
  sleep(state: Race<T>, until: number, now: number): void;
  /** The best answer there is, good or bad; null for none. */
  finish(state: Race<T>, answer: Attempt | null, now: number): void;
}

export interface Race<T extends Traits = Traits> {
  readonly pool: Pool;
  readonly traits: T;
  readonly network: Network<T>;
  readonly startedAt: number;
  /** The latest attempt, which knows the earlier ones; from `round` back they count as untried. */
  last: Attempt | null;
  round: Attempt | null;
  /** The attempt whose silence calls for a hedge. */
  leader: Attempt | null;
  retriesLeft: number;
  /** Attempts without an outcome. */
  waiting: number;
  /** How long the leader may be silent, in ms. */
  stagger: number;
  hedgeAt: number;
  wakeAt: number;
  /** What is asked before the first attempt, and how many have not answered it yet. */
  preflight: SideRequest | null;
  unanswered: number;
  /** The latest failure, the caller's own only where there is no other. */
  failed: Attempt | null;
  /** It was to be sent again, and nobody was left to send it to. */
  exhausted: boolean;
  /** It failed at two origins: its own fault. */
  atFault: boolean;
  over: boolean;
}
