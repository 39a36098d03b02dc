/**
 * The isolates of one data centre share what they have measured of each pool's origins (balance/board.ts). The board is
 * read before a request that would otherwise guess, which waits 5 ms at most, and written after the response.
 *
 * With a secret it is stored, sealed, in the data centre's Cache API. Without one the companion stores it by data
 * centre: meant for processes of one machine or network, where it answers within those 5 ms. Anyone who can write to
 * either store can make origins look fast or slow for a while, but nothing else.
 */
import {
  BOARD_KEPT_MS,
  BOARD_WAIT_MS,
  FRESH_MS,
  boardRowsIn,
  createBoard,
  isReadDue,
  isTellingDue,
  readBoard,
  rowsToTell,
} from '../balance/board.ts';
import type { Board } from '../balance/board.ts';
import type { Pool } from '../balance/pool.ts';
import type { RouteSettings, SharedSettings } from '../config/types.ts';
import type { Hooks } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { settledWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import { xxh32 } from '../core/xxhash.ts';
import type { State } from '../http/state.ts';
import { callCompanion, createCompanion } from './companion.ts';
import { createSealedCache } from './sealed-cache.ts';

/** Where boards are stored. `about` names the board. */
interface Store {
  readonly read: (about: string) => Promise<unknown>;
  readonly write: (about: string, rows: unknown) => Promise<unknown>;
}
/** A pool's board, and the read in flight. */
interface PoolBoard {
  readonly pool: Pool;
  readonly board: Board;
  /** Names the board by its origins, since isolates of another deployment may have different ones. */
  readonly title: string;
  /** Never rejects. */
  reading: Promise<unknown> | null;
}
interface Boards {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly timeoutMs: number;
}

export function startBoard(state: State): Hooks {
  const { settings, runtime } = state;
  const { shared } = settings;
  if (!shared?.board) return {};
  const { secret } = shared.board;
  const store = secret === null ? companionStore(shared, runtime) : cacheStore(secret);
  const poolBoards = state.pools.map(poolBoardOf);
  const boards: Boards = { store, runtime, timeoutMs: shared.timeoutMs };
  const look = (route: RouteSettings, context: Context): Promise<null> | null => {
    const poolBoard = poolBoards[context.pool < 0 ? route.pool : context.pool];
    return poolBoard ? lookAtBoard(boards, poolBoard, context) : null;
  };
  const tell = (context: Context): void => {
    const poolBoard = poolBoards[context.pool];
    if (poolBoard && isTellingDue(poolBoard.pool, poolBoard.board, runtime.now()))
      context.waitUntil(tellBoard(boards, poolBoard, context));
  };
  const isFor = ({ pool, canary }: RouteSettings): boolean =>
    Boolean(poolBoards[pool] ?? poolBoards[settings.pools.findIndex(({ name }) => name === canary?.pool)]);
  return {
    // The last step, so that requests answered without an origin read no board.
    answer: (route) => (isFor(route) ? (context) => look(route, context) : null),
    finish: (route) => (route !== null && isFor(route) ? tell : null),
  };
}

function poolBoardOf(pool: Pool): PoolBoard | null {
  const board = createBoard(pool);
  const title = JSON.stringify(pool.settings.origins.map(({ site, basePath }) => site + basePath));
  return board && { pool, board, title, reading: null };
}

function cacheStore(secret: string): Store {
  const cache = createSealedCache('board', secret);
  return {
    read: async (about) => JSON.parse((await cache.read(about)) ?? 'null') as unknown,
    write: (about, rows) => cache.write(about, JSON.stringify(rows), BOARD_KEPT_MS / 1000),
  };
}

function companionStore(shared: SharedSettings, runtime: Runtime): Store {
  const companion = createCompanion(shared, runtime);
  const nameOf = (about: string): string => xxh32(about).toString(16);
  return {
    read: (about) => callCompanion(companion, `/board?name=${nameOf(about)}`),
    write: (about, rows) => callCompanion(companion, '/board', { name: nameOf(about), rows }),
  };
}

/** By data centre, because they all share one companion. A cache belongs to one data centre anyway. */
const aboutOf = ({ title }: PoolBoard, { request }: Context): string =>
  `${(request as { cf?: { colo?: string } }).cf?.colo ?? ''}\n${title}`;

/** Requests that arrive meanwhile wait for the same read, each with its own timer. */
function lookAtBoard(boards: Boards, poolBoard: PoolBoard, context: Context): Promise<null> | null {
  const { runtime } = boards;
  const { pool, board } = poolBoard;
  const now = runtime.now();
  if (isReadDue(pool, board, now)) {
    board.readAt = now;
    poolBoard.reading = readPoolBoard(boards, poolBoard, context);
    context.waitUntil(poolBoard.reading);
  }
  const left = BOARD_WAIT_MS - Math.abs(now - board.readAt);
  if (poolBoard.reading === null || left <= 0) return null;
  return settledWithin(poolBoard.reading, left, runtime).then(() => null);
}

/** A read that is too late for its own request serves the next one. */
async function readPoolBoard(
  { store, runtime, timeoutMs }: Boards,
  poolBoard: PoolBoard,
  context: Context,
): Promise<void> {
  const value = await settledWithin(store.read(aboutOf(poolBoard, context)), timeoutMs, runtime);
  const rows = boardRowsIn(value, poolBoard.pool);
  if (rows !== null) readBoard(poolBoard.pool, poolBoard.board, rows, runtime.now());
  poolBoard.reading = null;
}

async function tellBoard(boards: Boards, poolBoard: PoolBoard, context: Context): Promise<void> {
  const { store, runtime, timeoutMs } = boards;
  const now = runtime.now();
  // Read first, so that what others wrote meanwhile is not overwritten.
  if (now - poolBoard.board.readAt >= FRESH_MS) {
    poolBoard.board.readAt = now;
    await readPoolBoard(boards, poolBoard, context);
  }
  const rows = rowsToTell(poolBoard.pool, poolBoard.board);
  if (rows !== null) await settledWithin(store.write(aboutOf(poolBoard, context), rows), timeoutMs, runtime);
}
