/** The geo prior: distances stand in for the first measurements. Where the caller is (request.cf), so is this isolate. */
import { learnGuess } from './latency.ts';
import type { Pool } from './pool.ts';

/** An answer takes that much longer than the distance. */
const SERVICE_MS = 20;
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

/** `place` is the platform's request.cf, whose coordinates are strings; true where it says where this is. Once is enough. */
export function locateOrigins(pool: Pool, place: unknown, now: number): boolean {
  const { latitude, longitude } = (place ?? {}) as Record<string, unknown>;
  if (!latitude || !longitude) return false;
  pool.settings.origins.forEach(({ location }, i) => {
    if (location !== null)
      learnGuess(pool.origins[i]!, distanceMs([+latitude, +longitude], location) + SERVICE_MS, now);
  });
  return true;
}
