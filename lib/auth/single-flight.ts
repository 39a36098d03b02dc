/**
 * Which keys are being checked, and who waits for which check: the books, without a promise of their own.
 *
 * A flight is one check; whoever asks for the same digest joins it. Flights queue in a few lanes and take off one after the other, so that
 * no more checks run at a time than there are lanes. Only the flight on file for its digest may be remembered: one that was overtaken or
 * forgotten says nothing any more.
 *
 * A request can be killed with its flight in the air (CPU limit, eviction). So every flight ends by time, and is ignored after that.
 */
export interface Flight<T> {
  /** Never rejects; null is no verdict. Plain data only: it crosses requests. */
  promise: Promise<T | null>;
  /** In ms since 1970: by then it has landed, or its request is dead. */
  readonly until: number;
  readonly lane: Flight<T>[];
  /** It was ordered to be forgotten while in the air: nobody may be admitted by it. */
  forgotten: boolean;
}
export interface Flights<T> {
  readonly lanes: readonly Flight<T>[][];
  /** By digest. */
  readonly aloft: Map<string, Flight<T>>;
}

/** Deep enough for a cold start with hundreds of callers, and short enough for a flood to be refused at once. */
const LANE_DEPTH = 50;

export function createFlights<T>(lanes: number): Flights<T> {
  return { lanes: Array.from({ length: lanes }, () => []), aloft: new Map() };
}

/** The flight to join; null where there is none, or none that can still land. */
export function flightOf<T>(flights: Flights<T>, digest: string, now: number): Flight<T> | null {
  const flight = flights.aloft.get(digest);
  return flight !== undefined && flight.until > now ? flight : null;
}

/** True where a flight could take off at once. */
export function hasIdleLane<T>(flights: Flights<T>, now: number): boolean {
  return flights.lanes.some((lane) => waitingIn(lane, now) === 0);
}

/** Puts a flight on file, at the end of the shortest of the first `lanes` lanes; null where all of them are full. Its promise is set by the caller. */
export function boardFlight<T>(
  flights: Flights<T>,
  digest: string,
  lanes: number,
  now: number,
  longestMs: number,
): Flight<T> | null {
  let shortest: Flight<T>[] | null = null;
  let length = LANE_DEPTH;
  // From the last lane on: those that not everybody may use are taken first by who may.
  for (let i = lanes - 1; i >= 0; i--) {
    const lane = flights.lanes[i] as Flight<T>[];
    if (waitingIn(lane, now) >= length) continue;
    shortest = lane;
    length = lane.length;
  }
  if (shortest === null) return null;
  const flight: Flight<T> = { promise: NOTHING, until: now + longestMs, lane: shortest, forgotten: false };
  shortest.push(flight);
  flights.aloft.set(digest, flight);
  return flight;
}
const NOTHING = Promise.resolve(null);

/** Takes a flight off the file. True where it was the one on file: its verdict may be remembered. */
export function landFlight<T>(flights: Flights<T>, digest: string, flight: Flight<T>): boolean {
  const place = flight.lane.indexOf(flight);
  if (place >= 0) flight.lane.splice(place, 1);
  if (flights.aloft.get(digest) !== flight) return false;
  return flights.aloft.delete(digest);
}

/** From now on nobody is admitted by a check that was asked for before. Null: by none of them. */
export function forgetFlights<T>(flights: Flights<T>, digest: string | null): void {
  for (const [each, flight] of flights.aloft) {
    if (digest !== null && each !== digest) continue;
    flight.forgotten = true;
    flights.aloft.delete(each);
  }
}

// A lane's flights end in the order of boarding, so the dead ones stand in front.
function waitingIn<T>(lane: Flight<T>[], now: number): number {
  while (lane[0] !== undefined && lane[0].until <= now) lane.shift();
  return lane.length;
}
