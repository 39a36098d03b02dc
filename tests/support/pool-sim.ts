/**
 * One pool and its requests on a virtual clock, step by step:
 *
 *   const sim = simulatePool(2);
 *   const get = sim.begin();
 *   get.moves();                       ['send 0', 'sleep 300']
 *   sim.pass(20); get.settle(0, 'ok');
 *   get.moves();                       ['finish 0']
 *
 * `moves` returns what was done since the last call; sleeps are in ms from then. `pass` advances the clock and wakes
 * the races on the way. Random numbers are always 0.5 unless seeded.
 */
import type { Outcome } from '../../lib/balance/outlier-detection.ts';
import { createPool, type Origin, type SideRequest } from '../../lib/balance/pool.ts';
import type { Attempt, Network, Race, Traits } from '../../lib/balance/race-record.ts';
import { beginRace, probed, settled, woken } from '../../lib/balance/race-state.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Balance, OriginSettings, PoolSettings } from '../../lib/config/types.ts';
import { ALL_POOL_FEATURES } from './pool-features.ts';

const STATUS: Record<Outcome, number> = {
  ok: 200,
  error: 500,
  gateway: 502,
  shed: 503,
  timeout: 0,
  lost: 0,
  unsent: 0,
  rejected: 0,
  superseded: 0,
};
/** The policies that send to one origin at a time. */
export const BALANCES: readonly Balance[] = [
  'adaptive',
  'latency',
  'round-robin',
  'random',
  'least-connections',
  'consistent-hash',
  'least-load',
];
/** The clock's start; 0 means "never" to the rules. */
export const START = 1_700_000_000_000;

export const originSettings = (index: number, overrides: Partial<OriginSettings> = {}): OriginSettings => ({
  name: `o${index}`,
  site: `http://o${index}.example`,
  host: `o${index}.example`,
  basePath: '',
  hostHeader: null,
  weight: 1,
  priority: 0,
  headers: [],
  location: null,
  ...overrides,
});

const [DEFAULTS] = checkConfig({ pools: { pool: { origins: ['http://o.example'] } } }).pools;

/** A pool's settings with the product's defaults. */
export function poolSettings(
  origins: number | readonly Partial<OriginSettings>[],
  overrides: Partial<PoolSettings> = {},
): PoolSettings {
  const list = typeof origins === 'number' ? Array.from({ length: origins }, () => ({})) : origins;
  return { ...DEFAULTS!, origins: list.map((one, i) => originSettings(i, one)), ...overrides };
}

export type PoolSim = ReturnType<typeof simulatePool>;

interface LoggedTraits extends Traits {
  readonly log: string[];
  sleepUntil: number;
  request: SideRequest | null;
}

const NETWORK: Network<LoggedTraits> = {
  send: ({ traits }, { origin }) => void traits.log.push(`send ${origin.index}`),
  cancel: ({ traits }, { origin }) => void traits.log.push(`cancel ${origin.index}`),
  probe({ traits }, request) {
    const { method, path, origins } = request;
    traits.request = request;
    traits.log.push(`probe ${method} ${path} ${origins.map(({ index }) => index).join('+')}`);
  },
  sleep({ traits }, until, now) {
    traits.sleepUntil = until;
    traits.log.push(`sleep ${until - now}`);
  },
  finish(race, answer) {
    race.traits.sleepUntil = Infinity;
    race.traits.log.push(
      answer === null ? `refuse ${race.failed?.outcome ?? 'none'}` : `finish ${answer.origin.index}`,
    );
  },
};

function* attemptsOf(race: Race): Generator<Attempt> {
  for (let one = race.last; one !== null; one = one.earlier) yield one;
}

export function simulatePool(
  origins: number | readonly Partial<OriginSettings>[],
  overrides: Partial<PoolSettings> = {},
  random: () => number = () => 0.5,
) {
  const pool = createPool(poolSettings(origins, overrides), random, ALL_POOL_FEATURES);
  const races: Race<LoggedTraits>[] = [];
  let clock = START;

  function pass(ms: number): void {
    const end = clock + ms;
    for (;;) {
      const next = races.reduce<Race<LoggedTraits> | null>(
        (first, one) => (one.traits.sleepUntil < (first?.traits.sleepUntil ?? Infinity) ? one : first),
        null,
      );
      if (next === null || next.traits.sleepUntil > end) break;
      clock = Math.max(clock, next.traits.sleepUntil);
      next.traits.sleepUntil = Infinity;
      woken(next, clock);
    }
    clock = end;
  }

  function begin(traits: Partial<Traits> = {}) {
    const safe = traits.safe ?? true;
    const logged: LoggedTraits = {
      safe,
      repeatable: safe,
      replayable: true,
      faultUnclear: false,
      caller: () => 'the same',
      upload: null,
      hash: 0,
      ...traits,
      log: [],
      sleepUntil: Infinity,
      request: null,
    };
    const race = beginRace(pool, logged, NETWORK, clock);
    for (let i = races.length - 1; i >= 0; i--) if (races[i]!.over) races.splice(i, 1);
    if (!race.over) races.push(race);
    const waiting = () => [...attemptsOf(race)].filter((attempt) => attempt.outcome === null);
    /** The origin's latest attempt ends. */
    function settle(origin: number, outcome: Outcome, status = STATUS[outcome]): void {
      const latest = waiting().find((attempt) => attempt.origin.index === origin);
      if (!latest) throw new Error(`origin ${origin} has no open attempt`);
      settled(race, latest, outcome, status, clock);
    }
    /** What was done since the last call. */
    const moves = (): string[] => logged.log.splice(0);
    /** The outcome of the latest side request. */
    const probeEnds = (origin: number, good: boolean | null, elapsedMs = 30, reading?: number): void =>
      probed(race, logged.request!, pool.origins[origin]!, { good, elapsedMs, reading }, clock);
    /**
     * Waits `ms` and settles the latest attempt with the outcome given for its origin (default ok), until the race is
     * over; returns the last move.
     */
    function run(ms = 20, outcomes: Record<number, Outcome> = {}): string {
      let last = moves().at(-1) ?? '';
      for (let i = 0; i < 30 && !race.over; i++) {
        pass(ms);
        const [latest] = waiting();
        if (latest) settle(latest.origin.index, outcomes[latest.origin.index] ?? 'ok');
        last = moves().findLast((move) => /^(finish|refuse)/.test(move)) ?? last;
      }
      if (!race.over) throw new Error('the race does not end');
      return last;
    }
    /** Origins that got an attempt, in order. */
    const attempts = (): number[] => [...attemptsOf(race)].map(({ origin }) => origin.index).toReversed();
    return { race, moves, settle, probed: probeEnds, run, attempts };
  }

  /** Sends `count` requests, `everyMs` apart; returns the origins used. */
  const requests = (count: number, everyMs = 30, traits: Partial<Traits> = {}, outcomes = {}): number[] =>
    Array.from({ length: count }, () => {
      const one = begin(traits);
      one.run(20, outcomes);
      pass(Math.max(0, everyMs - 20));
      return one.attempts();
    }).flat();

  return {
    pool,
    origin: (index: number): Origin => pool.origins[index]!,
    now: () => clock,
    pass,
    begin,
    requests,
    /** Indices of the ejected origins. */
    ejected: () => pool.origins.filter(({ ejectedUntil }) => ejectedUntil > 0).map(({ index }) => index),
  };
}

/** The state of an origin that has long responded in `ms`; with 40 ms a hedge is due after 65. */
export const learnt = (now: number, ms = 40): Partial<Origin> => ({
  latency: ms,
  mean: ms,
  deviation: 5,
  learntAt: now,
  goodAt: now,
});

/** Makes the latency of all origins known. */
export function known(sim: PoolSim, ...ms: number[]): PoolSim {
  for (const [i, origin] of sim.pool.origins.entries())
    Object.assign(origin, learnt(sim.now(), ms[i] ?? ms.at(-1)));
  return sim;
}
