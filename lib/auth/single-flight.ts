/**
 * Single flight: one piece of work for all who ask for the same thing, whoever of them hangs up (Go's singleflight, for
 * Workers).
 *
 * On Workers a promise belongs to the request that made it and dies with it; whoever awaits it then waits for ever.
 * Therefore the shared promise never rejects and is plain data; waitUntil keeps its request alive from the same tick
 * on; everyone who waits, the first included, has a timer of their own; and whoever finds a flight overdue starts the
 * next one. A request can be killed with its flight under way (CPU limit, eviction): every flight ends by time. Flights
 * wait in a few slots and start one after the other, so that no more work runs at a time than there are slots. Only the
 * flight in flight for its id may be remembered: one that was overtaken or forgotten says nothing any more.
 *
 * Rejected: a promise that another request resolves (the runtime kills a request that waits for nothing of its own,
 * before the compatibility date 2024-10-14 even with a timer), and polling (late by half a period).
 */
import { settledWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';

interface Flight<T> {
  /** Never rejects; null is no result. Plain data only: it crosses requests. */
  result: Promise<T | null>;
  /** In ms since 1970: by then it has finished, or its request is dead. */
  readonly until: number;
  readonly slot: Flight<T>[];
  /** It was ordered to be forgotten while under way: nobody may go by its result. */
  forgotten: boolean;
}
export interface Flights<T> {
  readonly slots: readonly Flight<T>[][];
  /** By id. */
  readonly inFlight: Map<string, Flight<T>>;
}
/** What is to be done once for all who ask for it by this id. */
export interface Work<T> {
  readonly id: string;
  /** How many of the slots it may use: the last ones can be kept for work that matters more. */
  readonly slots: number;
  /** Longest time that `start` takes, in ms. */
  readonly timeoutMs: number;
  /** Does the work. Must not reject. */
  readonly start: () => Promise<T | null>;
  /** Remembers a result that still counts; `startedAt` in ms since 1970. */
  readonly finish: (result: T | null, startedAt: number) => void;
}
/** The asking request's own clock, timers, and hold on its life. */
export interface Asker {
  readonly runtime: Runtime;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Deep enough for a cold start with hundreds of callers, and short enough for a flood to be refused at once. */
const SLOT_DEPTH = 50;
/**
 * Longest wait for a slot. With the work itself it stays within the 30 s that waitUntil lives on after a caller has
 * gone.
 */
const QUEUE_MS = 10_000;
const FLIGHT_GRACE_MS = 250;

export function createFlights<T>(slots: number): Flights<T> {
  return { slots: Array.from({ length: slots }, () => []), inFlight: new Map() };
}

/** True where somebody is at it. */
export function isInFlight<T>(flights: Flights<T>, id: string, now: number): boolean {
  return flightOf(flights, id, now) !== null;
}

/** True where work could start at once. */
export function hasFreeSlot<T>(flights: Flights<T>, now: number): boolean {
  return flights.slots.some((slot) => waitingIn(slot, now) === 0);
}

/** The result of work that started after the last forget; null where there is none, or too many are waiting. */
export async function joinFlight<T>(flights: Flights<T>, work: Work<T>, asker: Asker): Promise<T | null> {
  for (let turn = 0; turn < 3; turn++) {
    const now = asker.runtime.now();
    const flight = flightOf(flights, work.id, now) ?? startFlight(flights, work, asker, now);
    if (flight === null) return null;
    const result = await settledWithin(flight.result, flight.until - now, asker.runtime);
    if (result === undefined) finishFlight(flights, work.id, flight);
    else if (!flight.forgotten) return result;
  }
  return null;
}

/** From now on nobody goes by work that started before. Null: by none of it. */
export function forgetFlights<T>(flights: Flights<T>, id: string | null): void {
  for (const [each, flight] of flights.inFlight) {
    if (id !== null && each !== id) continue;
    flight.forgotten = true;
    flights.inFlight.delete(each);
  }
}

/** The flight to join; null where there is none, or none that can still finish. */
function flightOf<T>(flights: Flights<T>, id: string, now: number): Flight<T> | null {
  const flight = flights.inFlight.get(id);
  return flight !== undefined && flight.until > now ? flight : null;
}

/** Puts a flight at the end of the shortest slot that it may use; null where all of them are full. */
function startFlight<T>(flights: Flights<T>, work: Work<T>, asker: Asker, now: number): Flight<T> | null {
  let shortest: Flight<T>[] | null = null;
  let length = SLOT_DEPTH;
  // From the last slot on: those that not everybody may use are taken first by who may.
  for (let i = work.slots - 1; i >= 0; i--) {
    const slot = flights.slots[i] as Flight<T>[];
    if (waitingIn(slot, now) >= length) continue;
    shortest = slot;
    length = slot.length;
  }
  if (shortest === null) return null;
  const until = now + QUEUE_MS + work.timeoutMs + FLIGHT_GRACE_MS;
  const flight: Flight<T> = { result: NO_RESULT, until, slot: shortest, forgotten: false };
  shortest.push(flight);
  flights.inFlight.set(work.id, flight);
  flight.result = run(flights, work, flight, asker.runtime);
  asker.waitUntil(flight.result);
  return flight;
}
const NO_RESULT = Promise.resolve(null);

async function run<T>(
  flights: Flights<T>,
  work: Work<T>,
  flight: Flight<T>,
  runtime: Runtime,
): Promise<T | null> {
  const lastCall = runtime.now() + QUEUE_MS;
  const before = flight.slot[flight.slot.length - 2];
  if (before !== undefined) await settledWithin(before.result, before.until - runtime.now(), runtime);
  const startedAt = runtime.now();
  const result = startedAt > lastCall || flight.forgotten ? null : await work.start();
  if (finishFlight(flights, work.id, flight)) work.finish(result, startedAt);
  return result;
}

/** Frees its slot. True where it was the one in flight: its result may be remembered. */
function finishFlight<T>(flights: Flights<T>, id: string, flight: Flight<T>): boolean {
  const place = flight.slot.indexOf(flight);
  if (place >= 0) flight.slot.splice(place, 1);
  return flights.inFlight.get(id) === flight && flights.inFlight.delete(id);
}

// A slot's flights end in the order of their start, so the dead ones stand in front.
function waitingIn<T>(slot: Flight<T>[], now: number): number {
  while (slot[0] !== undefined && slot[0].until <= now) slot.shift();
  return slot.length;
}
