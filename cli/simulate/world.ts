/**
 * The types of the world around a balancer: points of presence at different distances from the origins, origins with a
 * few servers and a bounded queue, isolates that live for a while and lose their state when they end. Virtual
 * milliseconds, seeded.
 *
 * What it models: round trips of 8 to 200 ms with jitter; two more round trips on a new connection, kept alive for a
 * minute when idle; service times by size of request (the same for its hedges) and noise of the attempt (lognormal with
 * hiccups, or Pareto); probes that cost 2 ms of a server; cancelled requests that still cost the origin their work; six
 * connections per request that may wait for headers; a caller who gives up after 10 s; one response in 2000 a random
 * 500. What it omits: bodies, bursts, HTTP/2, CPU limits, connections shared between isolates. network.ts models the
 * network between isolates and origins, origin.ts the origins, simulate.ts the traffic and the clock.
 */
import type { Dice } from './dice.ts';

/** A caller gives up after this many ms. */
export const GIVE_UP_MS = 10_000;

export type FaultKind =
  | { readonly kind: 'down'; readonly warmFactor?: number; readonly warmMs?: number }
  | { readonly kind: 'hole' }
  | { readonly kind: 'slow'; readonly factor: number }
  | { readonly kind: 'errors'; readonly share: number }
  | { readonly kind: 'capacity'; readonly factor: number }
  /** Every `every`-th point of presence becomes `ms` more distant. */
  | { readonly kind: 'detour'; readonly every: number; readonly ms: number };
export type Fault = { readonly origin: number; readonly from: number; readonly to: number } & FaultKind;

export interface Scenario {
  readonly origins: number;
  /** All origins at about the same distance, instead of near and far ones. */
  readonly uniform?: boolean;
  readonly isolates: readonly { readonly count: number; readonly perSecond: number }[];
  readonly servers: number;
  readonly serviceMs: number;
  readonly queue?: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly lifeMs: number;
  readonly places: number;
  /** For divertMs and returnMs. */
  readonly windowMs: number;
  readonly beforeMs: number;
  readonly pareto?: boolean;
  /** Share of requests that are safe to repeat; default 0.8. */
  readonly safe?: number;
  readonly long?: { readonly share: number; readonly factor: number };
  /** Share of requests that fail at every origin, and how; with a 500 by default. */
  readonly poison?: number;
  readonly poisonAs?: 'error' | 'gateway' | 'reset' | 'hang';
  readonly hangUp?: number;
  /** A disconnect loses the bookkeeping: no response to that request is processed any more. */
  readonly leaks?: boolean;
  readonly surge?: { readonly from: number; readonly to: number; readonly factor: number };
  /** The metrics observe the first. */
  readonly faults?: readonly Fault[];
}

export interface Answer {
  readonly ok: boolean;
  /** 0 without an HTTP response. */
  readonly status: number;
  readonly failure?: 'refused' | 'reset' | 'timeout';
  /**
   * The origin's reported load: current requests, usual duration in ms, one-minute average per server.
   */
  readonly within?: number;
  readonly stayMs?: number;
  readonly average?: number;
}

export interface Isolate {
  readonly place: number;
  readonly perMs: number;
  readonly dice: Dice;
  readonly connections: number[][];
  /** Its policy's, from its start on. */
  handle: Handler;
  diesAt: number;
}

/** One caller's request. */
export interface Visit {
  readonly id: number;
  readonly startedAt: number;
  readonly isolate: Isolate;
  readonly safe: boolean;
  readonly size: number;
  readonly poisoned: boolean;
  done: boolean;
  hungUp: boolean;
  waiting: number;
  readonly queue: (() => void)[];
  /** Whether its request has been sent to an origin. */
  chosen: boolean;
}

/** One subrequest. */
export interface Sent {
  readonly visit: Visit;
  readonly origin: number;
  readonly probe: boolean;
  readonly startedAt: number;
  readonly callback: (answer: Answer, elapsedMs: number, sent: Sent) => void;
  done: boolean;
  rtt: number;
  work: number;
  queuedAt: number;
}

export interface World {
  readonly now: () => number;
  readonly origins: number;
  readonly leaks: boolean;
  readonly random: () => number;
  readonly distance: (place: number, origin: number) => number;
  readonly after: (ms: number, callback: () => void) => void;
  readonly send: (
    visit: Visit,
    origin: number,
    probe: boolean,
    timeoutMs: number,
    callback: Sent['callback'],
  ) => Sent;
  readonly cancel: (sent: Sent) => void;
  readonly answer: (visit: Visit, ok: boolean, by: Sent | null) => void;
}

export type Handler = (visit: Visit) => void;
/** Called for each isolate that starts: its state is in the closure, and lost with it. */
export type Policy = (isolate: Isolate) => Handler;
export type PolicyMaker = (world: World) => Policy;
