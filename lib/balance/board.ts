/**
 * What isolates of one data centre tell each other of a pool's origins: five numbers each, and the newest count.
 *
 * For isolates that see a request every ten seconds: what such a one has learnt is old when it is needed. So the board
 * is read before a request, but only where one's own knowledge is older than five seconds (a busy isolate never reads),
 * and written behind answers, where nobody has told the same lately: about once in eleven requests.
 *
 * It says first guesses and no more. An entry can make an origin look fast or slow until it answers for itself; it can
 * neither eject an origin nor bring one back, whoever wrote it. An ejection is told as what a failure is: it looks five
 * times as slow for a while. Rejected: ejections that others take over (hole-sparse: 759 against 381 ms p99 in the
 * fault, for the one request that finds out is then left to chance); readmissions (no gain); reading beside the request,
 * whose news come ten seconds early for the next one.
 */
import { learnFailure } from './latency.ts';
import { followsLatency } from './outlier-detection.ts';
import type { Pool } from './pool.ts';

/** What is told of an origin; times in ms since 1970, 0 for never. */
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
  /** By origin: when the board's news of it were learnt, and the last ejection seen. */
  readonly heard: number[];
  readonly ejectedUntil: number[];
}

/** Knowledge that is older is looked up, and told again. */
export const FRESH_MS = 5000;
/** A request waits no longer: at 15 ms for each the board costs more than it saves. */
export const BOARD_WAIT_MS = 5;
/** A board is kept for so long; older entries guess as well as nobody. */
export const BOARD_KEPT_MS = 600_000;
/** Of an answer that takes longer only that much is believed, as of a failure's. */
const MOST_MS = 10_000;

/** Null for a pool that would gain nothing: one origin, or a rank that does not go by answer times. */
export function createBoard(pool: Pool): Board | null {
  if (pool.origins.length < 2 || !followsLatency(pool)) return null;
  return {
    readAt: 0,
    toldAt: 0,
    heard: pool.origins.map(() => 0),
    ejectedUntil: pool.origins.map(() => 0),
  };
}

/** Whether a request is to look at the board before it chooses. */
export function isReadDue({ origins }: Pool, board: Board, now: number): boolean {
  return now - board.readAt >= FRESH_MS && origins.every(({ learntAt }) => now - learntAt >= FRESH_MS);
}

/** What stood on the board, in the order of the pool's origins; null where it is not what this code writes. */
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
    // What is said to be of the future comes of a clock that is wrong.
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
 * Takes note of what a request did to the pool; true where it is time to tell, behind the answer. A silent origin that
 * was overtaken is ejected without having failed: now it looks as if it had.
 */
export function isTellingDue(pool: Pool, board: Board, now: number): boolean {
  let due = now - board.toldAt >= FRESH_MS;
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

/** What to write; null where the board has heard of each origin as lately as that. */
export function rowsToTell({ origins }: Pool, board: Board): BoardRow[] | null {
  if (origins.every(({ index, learntAt }) => learntAt - board.heard[index]! < FRESH_MS)) return null;
  return origins.map(({ index, latency, mean, deviation, learntAt, goodAt }) => {
    board.heard[index] = learntAt;
    return [latency, mean, deviation, learntAt, goodAt];
  });
}
