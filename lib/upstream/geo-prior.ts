/**
 * The geo prior: distances stand in for the first measurements. Where the caller is (request.cf), so is this isolate.
 */
import { learnGuess } from '../balance/latency.ts';
import type { Locate } from '../balance/pool.ts';
import type { PoolSettings } from '../config/types.ts';

/** An answer takes that much longer than the distance. */
const GEO_SERVICE_MS = 20;
const EARTH_KM = 6371;
/** Cables lead about 70 km a ms, there and back. */
const KM_PER_MS = 70;

type Place = readonly [latitude: number, longitude: number];

/** A round trip over the great circle between two points in degrees, in ms. */
export function distanceMs([latitude, longitude]: Place, [toLatitude, toLongitude]: Place): number {
  const rad = Math.PI / 180;
  const cosine =
    Math.sin(latitude * rad) * Math.sin(toLatitude * rad) +
    Math.cos(latitude * rad) * Math.cos(toLatitude * rad) * Math.cos((longitude - toLongitude) * rad);
  return 5 + (EARTH_KM * Math.acos(Math.min(1, Math.max(-1, cosine)))) / KM_PER_MS;
}

/** Null where no origin has a place. Coordinates are strings in request.cf; once is enough. */
export function geoPrior({ origins }: PoolSettings): Locate | null {
  if (origins.every(({ location }) => location === null)) return null;
  return (pool, place, now) => {
    const { latitude, longitude } = (place ?? {}) as Record<string, unknown>;
    if (!latitude || !longitude) return false;
    for (const [i, { location }] of origins.entries())
      if (location !== null)
        learnGuess(pool.origins[i]!, distanceMs([+latitude, +longitude], location) + GEO_SERVICE_MS, now);
    return true;
  };
}
