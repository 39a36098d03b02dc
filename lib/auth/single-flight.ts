/**
 * Single flight: concurrent requests for the same id share one piece of work, even if some of their callers disconnect
 * (Go's singleflight, for Workers).
 *
 * On Workers a promise belongs to the request that created it and dies with it; another request that awaits it then
 * hangs forever. Therefore the shared promise never rejects and resolves to plain data; waitUntil keeps its request
 * alive from the same tick on; every waiting request, the first included, has its own timer; and a request that finds a
 * flight overdue starts the next one. A request can be killed during its flight (CPU limit, eviction), so every flight
 * has a deadline.
 *
 * Flights queue in a few slots, one after the other in each, so that at most as many run at a time as there are slots.
 * Only the current flight of an id may have its result stored: that of one that was superseded or forgotten is ignored.
 *
 * Rejected: a promise that another request resolves (the runtime kills a request that waits for nothing of its own,
 * before the compatibility date 2024-10-14 even with a timer), and polling (late by half a period).
 */
import { settledWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';

interface Flight<T> {
  /** Never rejects; null is no result. Plain data only, since requests share it. */
  result: Promise<T | null>;
  /** Deadline in ms since 1970: after it the flight has finished, or its request is dead. */
  readonly until: number;
  readonly slot: Flight<T>[];
  /** It was forgotten while in flight: its result must not be used. */
  forgotten: boolean;
}
export interface Flights<T> {
  readonly slots: readonly Flight<T>[][];
  /** By id. */
  readonly inFlight: Map<string, Flight<T>>;
}
/** What to do once for all requests with this id. */
export interface Work<T> {
  readonly id: string;
  /** How many of the slots it may use: the last ones can be reserved for more important work. */
  readonly slots: number;
  /** The longest time that `start` takes, in ms. */
  readonly timeoutMs: number;
  /** Does the work. Must not reject. */
  readonly start: () => Promise<T | null>;
  /** Stores a result that is still current; `startedAt` in ms since 1970. */
  readonly finish: (result: T | null, startedAt: number) => void;
}
/** A request's own clock, timers and waitUntil. */
export interface Asker {
  readonly runtime: Runtime;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Long enough for a cold start with hundreds of callers, and short enough to refuse a flood at once. */
const SLOT_DEPTH = 50;
/**
 * The longest wait for a slot. Together with the work it stays within the 30 s that waitUntil gives after a caller has
 * disconnected.
 */
const QUEUE_MS = 10_000;
const FLIGHT_GRACE_MS = 250;

export function createFlights<T>(slots: number): Flights<T> {
  return { slots: Array.from({ length: slots }, () => []), inFlight: new Map() };
}

/** Whether there is a flight to join. */
export function isInFlight<T>(flights: Flights<T>, id: string, now: number): boolean {
  return flightOf(flights, id, now) !== null;
}

/** Whether work could start at once. */
export function hasFreeSlot<T>(flights: Flights<T>, now: number): boolean {
  return flights.slots.some((slot) => waitingIn(slot, now) === 0);
}

/** The result of work that started after the last forget; null if there is none, or the queues are full. */
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

/** Results of work that started before are no longer used. `id` null: of all work. */
export function forgetFlights(
  { inFlight }: { readonly inFlight: Map<string, { forgotten: boolean }> },
  id: string | null,
): void {
  for (const [each, flight] of inFlight) {
    if (id !== null && each !== id) continue;
    flight.forgotten = true;
    inFlight.delete(each);
  }
}

/** The flight to join; null if there is none, or it is past its deadline. */
function flightOf<T>(flights: Flights<T>, id: string, now: number): Flight<T> | null {
  const flight = flights.inFlight.get(id);
  return flight !== undefined && flight.until > now ? flight : null;
}

/** Queues a flight in the shortest slot that it may use; null if all of them are full. */
function startFlight<T>(flights: Flights<T>, work: Work<T>, asker: Asker, now: number): Flight<T> | null {
  let shortest: Flight<T>[] | null = null;
  let length = SLOT_DEPTH;
  // From the last slot backwards, so that work with access to the reserved slots uses those first.
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

/** Frees its place in the slot. True if it was the current flight of its id, so that its result may be stored. */
function finishFlight<T>(flights: Flights<T>, id: string, flight: Flight<T>): boolean {
  const place = flight.slot.indexOf(flight);
  if (place >= 0) flight.slot.splice(place, 1);
  return flights.inFlight.get(id) === flight && flights.inFlight.delete(id);
}

// A slot's flights end in the order of their start, so the dead ones are at the front.
function waitingIn<T>(slot: Flight<T>[], now: number): number {
  while (slot[0] !== undefined && slot[0].until <= now) slot.shift();
  return slot.length;
}
