/**
 * Counts of all isolates, added up. Nothing is stored: a reborn companion starts at 0, which Prometheus takes for a
 * counter's reset.
 *
 * A message counts once (peers.ts). The first of a session counts nothing, because an older one of the same isolate may
 * have: its answer says the session, and the isolate sends the same counts again.
 */
import type { Envelope } from '../limits/lease-messages.ts';
import { dropSilentPeers, notePeer } from './peers.ts';
import type { Peers } from './peers.ts';

export interface Counts {
  /** Series and by how much it grew. */
  readonly counts: readonly (readonly [series: string, more: number])[];
}
export interface CountAnswer {
  readonly session: string;
  /** False: nothing of the message was added, now or before, unless its session is the one that the answer says. */
  readonly counted: boolean;
}
export interface Sums {
  readonly since: number;
  /** Isolates that tell counts; those that ask for leases are others, with numbers of their own. */
  readonly peers: Peers;
  readonly series: Map<string, number>;
}
export interface SumsReport {
  /** Ms since 1970 from which the sums count. */
  readonly since: number;
  readonly isolates: number;
  readonly sums: readonly (readonly [series: string, sum: number])[];
}

/** The configuration fixes how many there are; this bounds what a mistaken sender can do. */
const MOST_SERIES = 20_000;

export function createSums(now: number): Sums {
  return { since: now, peers: new Map(), series: new Map() };
}

export function addCounts(
  { peers, series }: Sums,
  message: Envelope & Counts,
  now: number,
  newSession: () => string,
): CountAnswer {
  dropSilentPeers(peers, now);
  const { session, fresh } = notePeer(peers, message, now, newSession);
  if (fresh)
    for (const [name, more] of message.counts) {
      const sum = series.get(name);
      if (sum !== undefined || series.size < MOST_SERIES) series.set(name, (sum ?? 0) + more);
    }
  return { session, counted: fresh };
}

export function sumsReport({ since, peers, series }: Sums, now: number): SumsReport {
  dropSilentPeers(peers, now);
  return { since, isolates: peers.size, sums: [...series] };
}
