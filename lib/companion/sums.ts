/**
 * The sums of all isolates' counters. Nothing is stored: a restarted companion starts at 0, which Prometheus treats as
 * a counter reset.
 *
 * A message counts once (peers.ts). The first of a session counts nothing, because its counts may have been added
 * before the isolate was dropped: the answer carries the session, and the isolate sends the same counts again.
 */
import type { Envelope } from '../limits/lease-messages.ts';
import { dropSilentPeers, notePeer } from './peers.ts';
import type { Peers } from './peers.ts';

export interface Counts {
  /** Each series and its increase. */
  readonly counts: readonly (readonly [series: string, more: number])[];
}
export interface Sums {
  readonly since: number;
  /** Isolates that report counts. Lease messages have their own peers and sequence numbers. */
  readonly peers: Peers;
  readonly series: Map<string, number>;
}
export interface SumsReport {
  /** Start of the sums, in ms since 1970. */
  readonly since: number;
  readonly isolates: number;
  readonly sums: readonly (readonly [series: string, sum: number])[];
}

/** The configuration fixes the number of series; this bounds the damage by a faulty sender. */
const MOST_SERIES = 20_000;

export function createSums(now: number): Sums {
  return { since: now, peers: new Map(), series: new Map() };
}

export function addCounts(
  { peers, series }: Sums,
  message: Envelope & Counts,
  now: number,
  newSession: () => string,
): { session: string } {
  dropSilentPeers(peers, now);
  const { session, fresh } = notePeer(peers, message, now, newSession);
  if (fresh)
    for (const [name, more] of message.counts) {
      const sum = series.get(name);
      if (sum !== undefined || series.size < MOST_SERIES) series.set(name, (sum ?? 0) + more);
    }
  return { session };
}

export function sumsReport({ since, peers, series }: Sums, now: number): SumsReport {
  dropSilentPeers(peers, now);
  return { since, isolates: peers.size, sums: [...series] };
}
