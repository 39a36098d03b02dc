/**
 * One pool and its requests on a virtual clock, told move by move:
 *
 *   const story = tellStory(2);
 *   const get = story.begin();
 *   get.moves();                       ['send 0', 'wait 300']
 *   story.pass(20); get.settle(0, 'ok');
 *   get.moves();                       ['answer 0']
 *
 * Waits are told in ms from now. The dice always fall in the middle unless seeded.
 */
import { beginJourney, createPool, nextMove, probed, settle } from '../../lib/attempts.ts';
import type { Attempt, Facts, Journey, Outcome, PoolState, Probe } from '../../lib/attempts.ts';
import { poolOf } from '../../lib/config/settings.ts';
import type { OriginSettings, PoolSettings } from '../../lib/config/types.ts';

const STATUS: Record<Outcome, number> = {
  ok: 200,
  error: 500,
  gateway: 502,
  shed: 503,
  timeout: 0,
  lost: 0,
  unsent: 0,
  superseded: 0,
};
/** The clock's start; 0 means "never" to the rules. */
export const START = 1_700_000_000_000;

export const originSettings = (index: number, overrides: Partial<OriginSettings> = {}): OriginSettings => ({
  name: `o${index}`, site: `http://o${index}.example`, host: `o${index}.example`, basePath: '', hostHeader: null,
  weight: 1, priority: 0, headers: [], location: null, ...overrides,
}); // prettier-ignore

/** A pool's settings with the product's own defaults. */
export function poolSettings(
  origins: number | readonly Partial<OriginSettings>[],
  overrides: Partial<PoolSettings> = {},
): PoolSettings {
  const list = typeof origins === 'number' ? Array.from({ length: origins }, () => ({})) : origins;
  return {
    ...poolOf(
      'pool',
      list.map((one, i) => originSettings(i, one)),
    ),
    ...overrides,
  };
}

export interface Told {
  readonly journey: Journey;
  /** Everything until it waits or is over. */
  readonly moves: () => string[];
  /** The origin's latest attempt ends. */
  readonly settle: (origin: number, outcome: Outcome, status?: number) => void;
  /** The answer to the side request that was told last. */
  readonly probed: (origin: number, good: boolean, ms?: number, reading?: number) => void;
  /** Sends, waits `ms`, settles with the outcome given for each origin (default ok), until it is over; the last move. */
  readonly run: (ms?: number, outcomes?: Record<number, Outcome>) => string;
  /** Origins asked, in order. */
  readonly asked: () => number[];
}
export interface Story {
  readonly pool: PoolState;
  readonly now: () => number;
  readonly pass: (ms: number) => void;
  readonly begin: (facts?: Partial<Facts>) => Told;
  /** That many ordinary requests, `everyMs` apart; the origins asked. */
  readonly requests: (
    count: number,
    everyMs?: number,
    facts?: Partial<Facts>,
    outcomes?: Record<number, Outcome>,
  ) => number[];
}

export function tellStory(
  origins: number | readonly Partial<OriginSettings>[],
  overrides: Partial<PoolSettings> = {},
  random: () => number = () => 0.5,
): Story {
  const pool = createPool(poolSettings(origins, overrides));
  let clock = START;
  const begin = (facts: Partial<Facts> = {}): Told => {
    const journey = beginJourney(
      pool,
      { safe: true, repeatable: facts.safe ?? true, replayable: true, hash: null, ...facts },
      clock,
      random,
    );
    let asked: Probe | null = null;
    const latest = (origin: number): Attempt => {
      for (let tried = journey.last; tried !== null; tried = tried.earlier)
        if (tried.origin === origin && tried.outcome === null) return tried;
      throw new Error(`origin ${origin} has no attempt that waits`);
    };
    const told: Told = {
      journey,
      moves() {
        const list: string[] = [];
        for (let i = 0; i < 30; i++) {
          const move = nextMove(journey, clock, random);
          if (move.do === 'probe') asked = move;
          list.push(
            move.do === 'wait' ? `wait ${move.until - clock}`
            : move.do === 'probe' ? `${move.purpose} ${move.method} ${move.path} ${move.origins.join('+')}`
            : move.do === 'refuse' ? `refuse ${move.reason}`
            : `${move.do} ${move.attempt.origin}`,
          ); // prettier-ignore
          if (move.do === 'wait' || move.do === 'answer' || move.do === 'refuse') return list;
        }
        throw new Error(`no end of moves: ${list.join(', ')}`);
      },
      settle: (origin, outcome, status = STATUS[outcome]) =>
        settle(journey, latest(origin), outcome, status, clock, random),
      probed: (origin, good, ms = 30, reading) =>
        probed(pool, journey, origin, good, ms, clock, random, reading, asked!.purpose),
      run(ms = 20, outcomes = {}) {
        for (let i = 0; i < 30; i++) {
          const last = told.moves().at(-1)!;
          if (!last.startsWith('wait')) return last;
          clock += ms;
          for (let tried = journey.last; tried !== null; tried = tried.earlier)
            if (tried.outcome === null) {
              const outcome = outcomes[tried.origin] ?? 'ok';
              settle(journey, tried, outcome, STATUS[outcome], clock, random);
              break;
            }
        }
        throw new Error('no end');
      },
      asked() {
        const list: number[] = [];
        for (let tried = journey.last; tried !== null; tried = tried.earlier) list.unshift(tried.origin);
        return list;
      },
    };
    return told;
  };
  return {
    pool,
    now: () => clock,
    pass: (ms) => void (clock += ms),
    begin,
    requests: (count, everyMs = 30, facts = {}, outcomes = {}) =>
      Array.from({ length: count }, () => {
        const told = begin(facts);
        told.run(20, outcomes);
        clock += Math.max(0, everyMs - 20);
        return told.asked();
      }).flat(),
  };
}

/** All origins known well: 40 ms, and a deviation that puts a copy at 65 ms. */
export function known(story: Story, ms = 40): Story {
  for (const origin of story.pool.origins)
    Object.assign(origin, {
      samples: 50,
      latency: ms,
      floor: ms,
      mean: ms,
      deviation: 5,
      learntAt: story.now(),
      goodAt: story.now(),
    });
  return story;
}
