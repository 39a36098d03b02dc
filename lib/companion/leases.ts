/**
 * Answers one message about limits: notes which isolate sent it and whether it was seen before, and grants each of its
 * asks.
 */
import type { LeaseAnswer, LeaseRequest } from '../limits/lease-messages.ts';
import { dropSilentPeers, notePeer } from './peers.ts';
import type { Peers } from './peers.ts';
import { grantLease } from './windows.ts';
import type { WindowTable } from './windows.ts';

export interface CompanionState {
  readonly peers: Peers;
  readonly windows: WindowTable;
  readonly newSession: () => string;
}

export function answerLeases(state: CompanionState, request: LeaseRequest, now: number): LeaseAnswer {
  const { peers, windows, newSession } = state;
  dropSilentPeers(peers, now);
  const { session, fresh } = notePeer(peers, request, now, newSession);
  const grants = request.asks.map((ask) => grantLease(windows, ask, request.isolate, fresh, now));
  return { session, isolates: peers.size, grants };
}
