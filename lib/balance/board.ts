/**
 * The board: isolates of one data centre share five numbers per origin of a pool, and the newest win.
 *
 * It serves isolates that see a request every ten seconds, whose own measurements are old when they are needed. The
 * board is read before a request, but only if the isolate's own data is older than five seconds (a busy isolate never
 * reads). It is written after the response, if no isolate has written the same lately: about once in eleven requests.
 *
 * Entries are first guesses only. One can make an origin look fast or slow until the origin answers a request here; it
 * can neither eject an origin nor readmit one, whoever wrote it. An ejection is shared like a failure: the origin looks
 * five times as slow for a while. Rejected: sharing ejections (hole-sparse: p99 during the fault 759 instead of 381 ms,
 * because it is then left to chance which request retests); sharing readmissions (no gain); reading the board in
 * parallel with the request (its data is then ten seconds old by the next one).
 */
import { havePassed } from '../core/clock.ts';
import { learnFailure } from './latency.ts';
import { followsLatency } from './outlier-detection.ts';
import type { Pool } from './pool.ts';

/** What is shared of an origin; times in ms since 1970, 0 for never. */
export type BoardRow = readonly [
  latency: number,
  mean: number,
  deviation: number,
  learntAt: number,
  goodAt: number,
];

/** This isolate's side of a pool's board. */
export interface Board {
  readAt: number;
  toldAt: number;
  /** By origin: when the board's entry was learnt, and the last ejection seen. */
  readonly heard: number[];
  readonly ejectedUntil: number[];
}

/** Data older than this is looked up, and shared again. */
export const FRESH_MS = 5000;
/** How long a request waits for the board: at 15 ms a request the board costs more than it saves. */
export const BOARD_WAIT_MS = 5;
/** How long a board is stored; an older entry is no better than none. */
export const BOARD_KEPT_MS = 600_000;
/** Upper bound of the times that are read from a board, as for a failure's. */
const MOST_MS = 10_000;

/** Null for a pool that would gain nothing: one origin, or a policy that ignores response times. */
export function createBoard(pool: Pool): Board | null {
  if (pool.origins.length < 2 || !followsLatency(pool)) return null;
  return {
    readAt: 0,
    toldAt: 0,
    heard: pool.origins.map(() => 0),
    ejectedUntil: pool.origins.map(() => 0),
  };
}

/** Whether a request is to read the board before it chooses an origin. */
export function isReadDue({ origins }: Pool, board: Board, now: number): boolean {
  return isOld(board.readAt, now) && origins.every(({ learntAt }) => isOld(learntAt, now));
}

/** Math.abs, since the clock may have been set back. */
const isOld = (since: number, now: number): boolean => havePassed(FRESH_MS, since, now);

/** The rows of a board, in the order of the pool's origins; null if this code would not write such a value. */
export function boardRowsIn(value: unknown, { origins }: Pool): readonly BoardRow[] | null {
  const isRow = (row: unknown): boolean =>
    Array.isArray(row) && row.length === 5 && row.every((one) => Number.isFinite(one) && one >= 0);
  return Array.isArray(value) && value.length === origins.length && value.every(isRow)
    ? (value as BoardRow[])
    : null;
}

export function readBoard(pool: Pool, board: Board, rows: readonly BoardRow[], now: number): void {
  for (const origin of pool.origins) {
    const [latency, mean, deviation, learntAt, goodAt] = rows[origin.index]!;
    // A time in the future comes from a wrong clock.
    if (mean === 0 || learntAt > now || now - learntAt > BOARD_KEPT_MS) continue;
    board.heard[origin.index] = learntAt;
    if (goodAt <= now) origin.goodAt = Math.max(origin.goodAt, goodAt);
    if (learntAt <= origin.learntAt) continue;
    origin.latency = Math.min(MOST_MS, Math.max(1, latency));
    origin.mean = Math.min(MOST_MS, Math.max(1, mean));
    origin.deviation = Math.min(MOST_MS, deviation);
    origin.learntAt = learntAt;
  }
}

/**
 * Records what a request did to the pool; true if the board is to be written, after the response. A silent origin that
 * was overtaken is ejected without a failure: here it gets a failure's latency.
 */
export function isTellingDue(pool: Pool, board: Board, now: number): boolean {
  let due = isOld(board.toldAt, now);
  for (const origin of pool.origins) {
    const { index, ejectedUntil } = origin;
    if (ejectedUntil === board.ejectedUntil[index]) continue;
    board.ejectedUntil[index] = ejectedUntil;
    if (ejectedUntil === 0) continue;
    if (origin.learntAt < now) learnFailure(origin, pool, now);
    board.heard[index] = 0;
    due = true;
  }
  if (due) board.toldAt = now;
  return due;
}

/** The rows to write; null if the board's entry of each origin is recent enough. */
export function rowsToTell({ origins }: Pool, board: Board): BoardRow[] | null {
  if (origins.every(({ index, learntAt }) => learntAt - board.heard[index]! < FRESH_MS)) return null;
  return origins.map(({ index, latency, mean, deviation, learntAt, goodAt }) => {
    board.heard[index] = learntAt;
    return [latency, mean, deviation, learntAt, goodAt];
  });
}
