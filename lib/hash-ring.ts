/**
 * Which origin is this caller's? Kong's ring, point for point, so that a migration moves nobody.
 *
 * Promises that a text names the same origin in every isolate, and that when one of n origins goes, only its own callers
 * (about one in n) move, to the next point on the ring. Costs 160 hashes an origin at start-up and one hash and a short
 * walk a request. Places are `hash("host::port i") mod size`, and the walk goes downwards
 * (kong/runloop/balancer/consistent_hashing.lua). Kong hashes resolved addresses; here the host is hashed as written,
 * so owners agree with Kong's where targets were written as addresses.
 * Rejected: rendezvous hashing (n hashes a request), modulo (all callers move).
 */
import type { OriginSettings } from './config/types.ts';
import { xxh32 } from './core/xxhash.ts';

const POINTS = 160;

/** Owner's index + 1 of each place; 0 where nobody stands. */
export type Ring = Uint16Array;

const addressOf = (origin: OriginSettings): string => {
  const [, name, port] = /^(.*?)(?::(\d+))?$/.exec(origin.host)!;
  return `${name}::${port ?? (origin.site.startsWith('https') ? 443 : 80)}`;
};

export function createRing(origins: readonly OriginSettings[]): Ring {
  const total = origins.reduce((sum, origin) => sum + origin.weight, 0);
  const ring = new Uint16Array(Math.max(1, Math.ceil(origins.length / 30)) * 10_000);
  const order = origins.map((origin, index) => ({
    index,
    weight: origin.weight,
    address: addressOf(origin),
  }));
  order.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  for (const { index, weight, address } of order) {
    if (weight === 0) continue;
    let left = Math.max(1, Math.floor((weight / total) * origins.length * POINTS));
    for (let i = 1; left > 0 && i < 100 * POINTS * origins.length; i++) {
      const place = xxh32(`${address} ${i}`) % ring.length;
      if (ring[place] !== 0) continue;
      ring[place] = index + 1;
      left--;
    }
  }
  return ring;
}

/** The first owner downwards from the text's place whom `accept` takes; -1 for none. */
export function ringOwner(ring: Ring, text: string, accept: (index: number) => boolean): number {
  const start = xxh32(text) % ring.length;
  for (let step = 0; step < ring.length; step++) {
    const owner = ring[(start - step + ring.length) % ring.length]! - 1;
    if (owner >= 0 && accept(owner)) return owner;
  }
  return -1;
}
