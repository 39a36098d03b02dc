/**
 * Consistent hashing. The ring is Kong's, point for point, so that a migration moves no caller to another origin.
 *
 * A string maps to the same origin in every isolate. If one of n origins goes, only its own callers (about one in n)
 * move, to the next point on the ring. The cost is 160 hashes per origin at start-up, and one hash and a short walk per
 * request. Points are at `hash("host::port i") mod size`, and the walk goes downwards
 * (kong/runloop/balancer/consistent_hashing.lua). Kong hashes resolved addresses; here the host is hashed as written,
 * so that owners agree with Kong's if the targets were written as addresses. Rejected: rendezvous hashing (n hashes per
 * request), modulo (all callers move).
 */
import type { OriginSettings, PoolSettings } from '../config/types.ts';
import { xxh32 } from '../core/xxhash.ts';
import type { Rank } from './pool.ts';

const POINTS = 160;

const addressOf = ({ host, site }: OriginSettings): string => {
  const [name, port = site.startsWith('https') ? 443 : 80] = host.split(/:(\d+)$/);
  return `${name}::${port}`;
};

/** For each slot its owner's index + 1, or 0 if the slot is free. */
export function createRing(origins: readonly OriginSettings[]): Uint16Array {
  const weights = origins.reduce((sum, origin) => sum + origin.weight, 0);
  const ring = new Uint16Array(Math.max(1, Math.ceil(origins.length / 30)) * 10_000);
  // A comma occurs in no address, and sorts before any character that may follow in one.
  for (const text of origins.map((origin, index) => `${addressOf(origin)},${index}`).sort()) {
    const [address, at] = text.split(',');
    const index = Number(at);
    const { weight } = origins[index]!;
    if (weight === 0) continue;
    let left = Math.max(1, Math.floor((weight / weights) * origins.length * POINTS));
    for (let i = 1; left > 0 && i < 100 * POINTS * origins.length; i++) {
      const place = xxh32(`${address} ${i}`) % ring.length;
      if (ring[place] !== 0) continue;
      ring[place] = index + 1;
      left--;
    }
  }
  return ring;
}

/** Steps downwards from the hash's slot to the origin's first point. */
export function stepsTo(ring: Uint16Array, hash: number, index: number): number {
  const { length } = ring;
  const start = length + (hash % length);
  let step = 0;
  while (step < length && ring[(start - step) % length] !== index + 1) step++;
  return step;
}

/** The policy: the nearest origin on the ring. Weight has set the number of points, so its division is undone. */
export function consistentHash({ origins }: PoolSettings): Rank {
  const ring = createRing(origins);
  return ({ index, weight }, _pool, _now, hash) => stepsTo(ring, hash, index) * weight;
}
