/**
 * The tutorial's "load average API": the origin that reports the lowest number is asked. It reports in a header of its
 * responses, or in the response to a separate request. See the warning in docs/balancing.md.
 */
import { SIDE_REQUEST_MOST } from '../balance/pool.ts';
import type { Observe, Origin, Pool, Rank, SideRequests, SideResult } from '../balance/pool.ts';
import type { PoolSettings } from '../config/types.ts';
import { jsonAt } from '../core/json-pointer.ts';
import { havePassed } from '../core/clock.ts';
import { readText } from '../core/read-at-most.ts';

/** A reading older than this is ignored. */
const READING_MS = 60_000;
const TIMEOUT_MS = 2000;

const byReading: Rank = ({ reading, readAt }, { random }, now) =>
  (now - readAt < READING_MS ? reading : 1e9) + 1e-6 * random();

/** The policy. */
export const leastLoad = (): Rank => byReading;

function noteReading(origin: Origin, reading: number | undefined, now: number): void {
  if (reading === undefined) return;
  origin.reading = reading;
  origin.readAt = now;
}

const learnReading = (_pool: Pool, origin: Origin, { reading }: SideResult, now: number): void =>
  noteReading(origin, reading, now);

/** Asks the origins with the oldest readings, once per interval. */
export function loadRequests({ load }: PoolSettings): SideRequests | null {
  if (load === null) return null;
  const { path, intervalSeconds } = load;
  const read = (response: Response): Promise<number | undefined> => readLoad(response, load);
  let askedAt = 0;
  return ({ origins }, now) => {
    if (!havePassed(intervalSeconds * 1000, askedAt, now)) return null;
    askedAt = now;
    const stalest = origins.toSorted((a, b) => a.readAt - b.readAt).slice(0, SIDE_REQUEST_MOST);
    return { origins: stalest, path, method: 'GET', timeoutMs: TIMEOUT_MS, read, learn: learnReading };
  };
}

/** Records the load that any response reports, if the pool names a header. */
export function observeLoad({ load }: PoolSettings): Observe | null {
  const header = load?.header ?? null;
  if (header === null) return null;
  return (origin, { headers }, now) => noteReading(origin, toReading(headers.get(header)), now);
}

/** The load in the response to a load request: in the header or in the body, which is then read. */
export async function readLoad(
  response: Response,
  { header, pointer }: NonNullable<PoolSettings['load']>,
): Promise<number | undefined> {
  if (header !== null) return toReading(response.headers.get(header));
  // An error page reports no load, though it may begin with a number.
  const text = response.ok ? await readText(response) : null;
  return toReading(text && pointer ? jsonAt(text, pointer) : text);
}

/** "0.42 0.40 0.38", the format of uptime, is read as its first number. */
function toReading(value: unknown): number | undefined {
  const reading = typeof value === 'string' ? Number.parseFloat(value) : value;
  return typeof reading === 'number' && Number.isFinite(reading) ? reading : undefined;
}
