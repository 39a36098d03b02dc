/**
 * The geo prior: distances replace the first measurements. The caller's location (request.cf) is taken as this
 * isolate's.
 */
import { learnGuess } from '../balance/latency.ts';
import type { Locate } from '../balance/pool.ts';
import type { PoolSettings } from '../config/types.ts';

/** How much longer a response takes than the round trip. */
const GEO_SERVICE_MS = 20;
const EARTH_KM = 6371;
/** Cables carry a signal about 70 km per ms, there and back. */
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

/** Null if no origin has a location. Coordinates are strings in request.cf; applying them once is enough. */
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
