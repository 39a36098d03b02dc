/**
 * The product's own rules, lib/balance, driven in virtual time exactly as lib/race.ts drives them in real time. Whole
 * milliseconds only, like a Worker's clock.
 */
import {
  BOARD_WAIT_MS,
  FRESH_MS,
  createBoard,
  isReadDue,
  isTellingDue,
  readBoard,
  rowsToTell,
} from '../../lib/balance/board.ts';
import type { Board, BoardRow } from '../../lib/balance/board.ts';
import { learnGuess } from '../../lib/balance/latency.ts';
import type { Outcome } from '../../lib/balance/outlier-detection.ts';
import { createPool, type Pool } from '../../lib/balance/pool.ts';
import { beginRace, probed, settled, woken } from '../../lib/balance/race-state.ts';
import type { Attempt, Network, Race, Traits } from '../../lib/balance/race-record.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Pool as WrittenPool, PoolSettings } from '../../lib/config/types.ts';
import { xxh32 } from '../../lib/core/xxhash.ts';
import { FEATURES } from '../../lib/features-full.ts';
import { balanceOf } from '../../lib/http/state.ts';
import { rollDice } from './dice.ts';
import { GIVE_UP_MS, type Answer, type PolicyMaker, type Sent, type Visit, type World } from './world.ts';

const POOL_FEATURES = balanceOf(FEATURES);

/** The start of virtual time, in ms since 1970: to the rules, 0 means "never". */
const EPOCH = 1_700_000_000_000;

interface Extras {
  /** Distances are known before any measurement, with an error of a third. */
  readonly located?: boolean;
  /** Isolates of a place share a board, `shared.board`. */
  readonly board?: boolean;
}

/** An isolate's state, and the board of its place. */
interface Memory {
  readonly pool: Pool;
  readonly board: Board | null;
  readonly written: { rows: readonly BoardRow[] | null };
}
/** Mean time to read the board, lognormal; a request waits at most `BOARD_WAIT_MS`. */
const BOARD_READ_MS = 2;

/** A pool as its operator would configure it; callers in the simulation give up after ten seconds. */
function simulatedPool(count: number, settings: Partial<WrittenPool>): PoolSettings {
  const origins = Array.from({ length: count }, (_, i) => ({ url: `http://o${i}.example`, name: `o${i}` }));
  const simulated = { totalTimeoutMs: GIVE_UP_MS, ...settings, origins };
  return checkConfig({ pools: { simulated }, routes: [{ pool: 'simulated' }] }).pools[0]!;
}

export const PROBE = { path: '/health' };

interface Drive extends Traits {
  readonly world: World;
  readonly visit: Visit;
  readonly memory: Memory;
}

export function product(configured: Partial<WrittenPool>, extras: Extras = {}): PolicyMaker {
  return (world) => {
    const settings = simulatedPool(world.origins, configured);
    const boards = new Map<number, Memory['written']>();
    const dice = rollDice(world.origins, 5);
    return ({ place }) => {
      const pool = createPool(settings, world.random, POOL_FEATURES);
      if (extras.located)
        for (const origin of pool.origins) {
          const distance = world.distance(place, origin.index) * Math.exp(0.3 * gauss(world.random));
          learnGuess(origin, distance + 20, timeOf(world));
        }
      const written = boards.get(place) ?? { rows: null };
      boards.set(place, written);
      const board = extras.board ? createBoard(pool) : null;
      return (visit) => {
        const { safe } = visit;
        const drive: Drive = {
          safe,
          repeatable: safe,
          replayable: true,
          faultUnclear: false,
          // A hundred callers in turn.
          caller: () => String(visit.id % 100),
          upload: null,
          hash: xxh32(`caller ${visit.id}`),
          world,
          visit,
          memory: { pool, board, written },
        };
        const begin = (): void => void beginRace(pool, drive, NETWORK, timeOf(world));
        if (board === null || !isReadDue(pool, board, timeOf(world))) return begin();
        board.readAt = timeOf(world);
        const { rows } = written;
        const ms = BOARD_READ_MS * dice.lognormal(0.6);
        world.after(ms, () => rows && readBoard(pool, board, rows, timeOf(world)));
        world.after(Math.min(ms, BOARD_WAIT_MS), begin);
      };
    };
  };
}
const gauss = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const timeOf = ({ now }: World): number => EPOCH + Math.floor(now());

const NETWORK: Network<Drive> = {
  send,
  cancel: (race, { control }) => race.traits.world.cancel(control as Sent),
  probe(race, request) {
    const { world, visit } = race.traits;
    for (const origin of request.origins)
      world.send(visit, origin.index, true, request.timeoutMs, ({ ok, average }, ms) => {
        const result = {
          good: ok,
          elapsedMs: Math.max(1, Math.round(ms)),
          reading: ok ? average : undefined,
        };
        probed(race, request, origin, result, timeOf(world));
      });
  },
  sleep(race, until) {
    const { world, visit } = race.traits;
    world.after(Math.max(0, until - EPOCH - world.now()), () => {
      if (race.wakeAt === until && !(world.leaks && visit.hungUp)) woken(race, timeOf(world));
    });
  },
  finish(race, answer) {
    const { world, visit, memory } = race.traits;
    world.answer(visit, answer?.outcome === 'ok', (answer?.control ?? null) as Sent | null);
    updateBoard(memory, timeOf(world));
  },
};

/** Updates the board, as lib/shared/board.ts does after a response, but without delay. */
function updateBoard({ pool, board, written }: Memory, now: number): void {
  if (board === null || !isTellingDue(pool, board, now)) return;
  if (now - board.readAt >= FRESH_MS && written.rows) readBoard(pool, board, written.rows, now);
  written.rows = rowsToTell(pool, board) ?? written.rows;
}

function send(race: Race<Drive>, attempt: Attempt): void {
  const { world, visit } = race.traits;
  const { index } = attempt.origin;
  attempt.control = world.send(visit, index, false, Infinity, (answer) => {
    const now = timeOf(world);
    settled(race, attempt, outcomeOf(answer), answer.status, now);
  });
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.failure === 'refused') return 'unsent';
  if (answer.failure === 'reset') return 'lost';
  if (answer.failure === 'timeout') return 'timeout';
  if (answer.status === 502) return 'gateway';
  return answer.status === 503 ? 'shed' : answer.status >= 500 ? 'error' : 'ok';
}
