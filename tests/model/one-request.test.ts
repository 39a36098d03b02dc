/**
 * Every order of events of one request over two origins: each outcome of each attempt, each timer, each answer to a
 * probe. MODEL_DEPTH=9 goes deeper than the default of 5 events.
 */
import t from 'tap';
import type { PoolSettings } from '../../lib/config/types.ts';
import { learnt } from '../support/story.ts';
import { loadEngine, type Defect, type Engine } from './engine.ts';
import { ensure, explore, type Explored, type Run } from './explore.ts';
import { OUTCOMES, begin, createWorld, nextTimer, pass, report, tell, waiting } from './world.ts';

t.setTimeout(600_000);
const DEPTH = Number(process.env['MODEL_DEPTH'] ?? 5);

interface Situation {
  readonly name: string;
  readonly settings: Partial<PoolSettings>;
  /** What is known at the start: nothing, both, or that the first is ejected and may be tried again. */
  readonly start: 'unknown' | 'known' | 'ejected';
  readonly broke: boolean;
}

const PROBE = { path: '/up', method: 'HEAD', timeoutMs: 1000 } as const;
const NO_HEDGE = { afterMs: 'silent', budgetPercent: 0 } as const;
const SETTINGS: Record<string, Partial<PoolSettings>> = {
  adaptive: {},
  'with a path for probes': { probe: PROBE },
  race: { balance: 'race' },
  'round-robin without hedges': { balance: 'round-robin', hedge: NO_HEDGE },
  'the same again': { balance: 'round-robin', retrySame: true, retries: 3 },
  'without retries': { retries: 0 },
};
const SITUATIONS: Situation[] = Object.entries(SETTINGS).flatMap(([name, settings]) =>
  (['unknown', 'known', 'ejected'] as const).flatMap((start) =>
    [false, true].map((broke) => ({
      name: `${name}, ${start}${broke ? ', budgets spent' : ''}`,
      settings,
      start,
      broke,
    })),
  ),
);
const KINDS = [
  { safe: true, repeatable: true, replayable: true },
  { safe: false, repeatable: false, replayable: true },
  { safe: false, repeatable: true, replayable: true },
  { safe: false, repeatable: false, replayable: false },
] as const;

type Event =
  | { readonly does: 'report'; readonly attempt: number; readonly outcome: (typeof OUTCOMES)[number] }
  | { readonly does: 'tell'; readonly probe: number; readonly good: boolean }
  | { readonly does: 'wake' };

function runOf(
  engine: Engine,
  { settings, start, broke }: Situation,
  kind: (typeof KINDS)[number],
): Run<Event> {
  const world = createWorld(engine, settings);
  const { pool } = world;
  if (start !== 'unknown') for (const origin of pool.origins) Object.assign(origin, learnt(world.now, 200));
  if (start === 'ejected') Object.assign(pool.origins[0]!, { ejectedUntil: world.now - 6000, level: 1 });
  if (broke) pool.hedgeBudget.tokens = pool.retryBudget.tokens = 0;
  begin(world, kind);
  const [race] = world.races;
  ensure(race !== undefined, 'no race began');
  const { traits } = race;
  return {
    events: () =>
      traits.finished
        ? []
        : [
            ...traits.sent.flatMap((one, attempt) =>
              one.outcome === null
                ? OUTCOMES.map((outcome) => ({ does: 'report', attempt, outcome }) as const)
                : [],
            ),
            ...traits.asked.flatMap((_, probe) =>
              [true, false].map((good) => ({ does: 'tell', probe, good }) as const),
            ),
            { does: 'wake' } as const,
          ],
    apply(event) {
      if (event.does === 'wake') pass(world, nextTimer(world));
      else if (event.does === 'tell') tell(world, race, event.probe, event.good);
      else report(world, race, traits.sent[event.attempt]!, event.outcome);
    },
    fingerprint: () =>
      JSON.stringify([
        world.now,
        traits.finished,
        traits.asked.length,
        traits.sent.map(({ origin, outcome, startedAt }) => [origin.index, outcome, startedAt]),
        pool.origins.map(({ strikes, ejectedUntil, silentSince }) => [strikes, ejectedUntil, silentSince]),
        traits.sleepUntil,
      ]),
    settle() {
      pass(world, traits.at + pool.settings.totalTimeoutMs);
      ensure(traits.finished, 'nobody was answered in the time that there is for all attempts');
      const { sent, cancelled } = traits;
      const before = JSON.stringify([pool.origins, sent.map(({ outcome }) => outcome), cancelled.length]);
      for (const attempt of sent)
        for (const outcome of OUTCOMES) engine.settled(race, attempt, outcome, 0, world.now);
      engine.woken(race, world.now);
      const after = JSON.stringify([pool.origins, sent.map(({ outcome }) => outcome), cancelled.length]);
      ensure(before === after, 'a late report changed something');
      ensure(waiting(race).length === 0, 'an attempt is left open');
    },
  };
}

function exploreAll(engine: Engine, depth: number): Explored {
  let states = 0;
  for (const situation of SITUATIONS)
    for (const kind of KINDS) {
      const explored = explore(() => runOf(engine, situation, kind), depth);
      states += explored.states;
      if (explored.violation !== null)
        return { states, violation: `${situation.name}, ${JSON.stringify(kind)}: ${explored.violation}` };
    }
  return { states, violation: null };
}

t.test('no order of events breaks an invariant', async (t) => {
  const { states, violation } = exploreAll(await loadEngine(), DEPTH);
  t.equal(violation, null);
  t.comment(`${states} states`);
  t.ok(states > 10_000, `${states} states`);
});

const DEFECTS: Record<string, [defect: Defect, found: RegExp]> = {
  'what is in flight is not taken off': [
    { file: 'race-outcome.ts', from: 'if (at >= 0) pending.splice(at, 1);', to: '' },
    /in flight/,
  ],
  'a second report counts': [
    { file: 'race-state.ts', from: 'if (attempt.outcome !== null) return;', to: '' },
    /late report|in flight|counted wrongly|twice/,
  ],
  'a request that may have arrived is repeated': [
    {
      file: 'race-attempts.ts',
      from: 'if (!free && !(traits.repeatable && canPay(retryBudget))) return;',
      to: 'if (!free && !canPay(retryBudget)) return;',
    },
    /must not be repeated|twice/,
  ],
  'unsafe requests race too': [
    { file: 'race-state.ts', from: "balance !== 'race' || !traits.safe", to: "balance !== 'race'" },
    /unsafe request is under way twice/,
  ],
  'hedges are not paid for': [
    { file: 'race-attempts.ts', from: '|| !canPay(budget)', to: '' },
    /budget is negative/,
  ],
  'nobody looks at the time for all attempts': [
    { file: 'race-outcome.ts', from: 'state.pool.settings.totalTimeoutMs', to: '60_000' },
    /no timer, or a late one/,
  ],
  'losers are left alone': [
    { file: 'race-state.ts', from: '(outcome === null || tried.status > 0)', to: 'outcome === null' },
    /loser was not cancelled/,
  ],
  'a request that fails everywhere ejects': [
    {
      file: 'race-outcome.ts',
      from: "outcome === 'unsent' || beaten",
      to: 'true',
    },
    /may be the request/,
  ],
};

for (const [name, [defect, found]] of Object.entries(DEFECTS))
  t.test(`a planted defect is found: ${name}`, async (t) => {
    const broken = await loadEngine(defect);
    let violation: string | null = null;
    // Most are found early, in one of the last situations.
    for (let depth = 2; depth <= 5 && violation === null; depth++)
      ({ violation } = exploreAll(broken, depth));
    t.match(violation, found);
  });
