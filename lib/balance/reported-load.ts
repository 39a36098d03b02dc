/**
 * The tutorial's "load average API": the origin that reports the lowest number is asked. See the warning in docs/balancing.md.
 */
import type { PoolSettings } from '../config/types.ts';
import type { Origin, Pool, Rank, SideRequests, SideResult } from './pool.ts';

/** A reading older than this says nothing any more. */
const READING_MS = 60_000;
/** With the request and its hedge they fill the six connections that may wait for headers. */
const AT_ONCE = 4;
const TIMEOUT_MS = 2000;

const byReading: Rank = ({ reading, readAt }, { random }, now) =>
  (now - readAt < READING_MS ? reading : 1e9) + 1e-6 * random();

/** The policy. */
export const leastLoad = (): Rank => byReading;

/** What an origin says of its load, in a header of any answer of its or when asked. */
export function noteReading(origin: Origin, reading: number, now: number): void {
  origin.reading = reading;
  origin.readAt = now;
}

function learnReading(_pool: Pool, origin: Origin, { reading }: SideResult, now: number): void {
  if (reading !== undefined) noteReading(origin, reading, now);
}

/** Asks the origins whose readings are oldest, once an interval. */
export function loadRequests({ load }: PoolSettings): SideRequests | null {
  if (load === null) return null;
  let askedAt = 0;
  return ({ origins }, now) => {
    if (now - askedAt < load.intervalSeconds * 1000) return null;
    askedAt = now;
    const stalest = origins.toSorted((a, b) => a.readAt - b.readAt).slice(0, AT_ONCE);
    return { origins: stalest, path: load.path, method: 'GET', timeoutMs: TIMEOUT_MS, learn: learnReading };
  };
}
