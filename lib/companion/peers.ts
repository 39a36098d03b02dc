/**
 * Which messages of an isolate have been seen: the anti-replay window of IPsec (RFC 4303, section 3.4.3), 32 messages
 * wide.
 *
 * An isolate that is unknown, or was dropped after a minute of silence, gets a new session, and messages of an older
 * session are never fresh. So a message that arrives an hour late cannot count again, although no record of its sender
 * is left.
 */
import type { Envelope } from '../limits/lease-messages.ts';

interface Peer {
  readonly session: string;
  heardAt: number;
  /** The highest sequence number. */
  top: number;
  /** Bit n: the message `top - n` has been seen. */
  seen: number;
}
export type Peers = Map<string, Peer>;

const SILENT_MS = 60_000;
const WIDTH = 32;

/**
 * Records a message. `fresh`: nothing in it has been counted before; also false for the first message of a session.
 */
export function notePeer(
  peers: Peers,
  { isolate, session, sequence }: Envelope,
  now: number,
  newSession: () => string,
): { session: string; fresh: boolean } {
  const peer = peers.get(isolate);
  if (peer === undefined) {
    const made = { session: newSession(), heardAt: now, top: sequence, seen: 1 };
    peers.set(isolate, made);
    return { session: made.session, fresh: false };
  }
  peer.heardAt = now;
  return { session: peer.session, fresh: session === peer.session && isUnseen(peer, sequence) };
}

function isUnseen(peer: Peer, sequence: number): boolean {
  const later = sequence - peer.top;
  if (later > 0) {
    peer.seen = (later < WIDTH ? peer.seen << later : 0) | 1;
    peer.top = sequence;
    return true;
  }
  const bit = 1 << -later;
  if (-later >= WIDTH || (peer.seen & bit) !== 0) return false;
  peer.seen |= bit;
  return true;
}

/**
 * Drops isolates that have been silent for a minute. Math.abs, so that a clock set back does not retain them forever.
 */
export function dropSilentPeers(peers: Peers, now: number): void {
  for (const [isolate, { heardAt }] of peers) if (Math.abs(now - heardAt) > SILENT_MS) peers.delete(isolate);
}
