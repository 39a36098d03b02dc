/** One request to two origins, in every order of events: each outcome of each attempt, each timer, each probe. */
import type { PoolSettings } from '../../lib/config/types.ts';
import { learnt } from '../support/pool-sim.ts';
import type { Engine } from './engine.ts';
import { ensure, type Run } from './explore.ts';
import { prove } from './proof.ts';
import { OUTCOMES, begin, createWorld, nextTimer, pass, report, reportProbe, waiting } from './world.ts';

interface Situation {
  readonly name: string;
  readonly settings: Partial<PoolSettings>;
  /** Initially: both origins unknown, both known, or the first ejected and due for a retest. */
  readonly start: 'unknown' | 'known' | 'ejected';
  readonly spent: boolean;
}

const PROBE = { path: '/up', method: 'HEAD', timeoutMs: 1000 } as const;
const NO_HEDGE = { afterMs: 'silent', budgetPercent: 0 } as const;
const SETTINGS: Record<string, Partial<PoolSettings>> = {
  adaptive: {},
  'with a probe path': { probe: PROBE },
  race: { balance: 'race' },
  'round-robin without hedges': { balance: 'round-robin', hedge: NO_HEDGE },
  'with retrySame': { balance: 'round-robin', retrySame: true, retries: 3 },
  'without retries': { retries: 0 },
};
const SITUATIONS: Situation[] = Object.entries(SETTINGS).flatMap(([name, settings]) =>
  (['unknown', 'known', 'ejected'] as const).flatMap((start) =>
    [false, true].map((spent) => {
      const title = `${name}, ${start}${spent ? ', budgets spent' : ''}`;
      return { name: title, settings, start, spent };
    }),
  ),
);
const KINDS = [
  { safe: true, repeatable: true, replayable: true },
  { safe: false, repeatable: false, replayable: true },
  { safe: false, repeatable: true, replayable: true },
  { safe: false, repeatable: false, replayable: false },
] as const;

type Event =
  | { readonly type: 'report'; readonly attempt: number; readonly outcome: (typeof OUTCOMES)[number] }
  | { readonly type: 'probe'; readonly probe: number; readonly good: boolean }
  | { readonly type: 'wake' };

function runOf(
  engine: Engine,
  { settings, start, spent }: Situation,
  kind: (typeof KINDS)[number],
): Run<Event> {
  const world = createWorld(engine, settings);
  const { pool } = world;
  if (start !== 'unknown') for (const origin of pool.origins) Object.assign(origin, learnt(world.now, 200));
  if (start === 'ejected') Object.assign(pool.origins[0]!, { ejectedUntil: world.now - 6000, level: 1 });
  if (spent) pool.hedgeBudget.tokens = pool.retryBudget.tokens = 0;
  begin(world, kind);
  const [race] = world.races;
  ensure(race !== undefined, 'no race began');
  const { traits } = race;
  return {
    events() {
      if (traits.finished) return [];
      const events: Event[] = [{ type: 'wake' }];
      for (const [attempt, { outcome }] of traits.sent.entries())
        if (outcome === null)
          for (const one of OUTCOMES) events.push({ type: 'report', attempt, outcome: one });
      for (const probe of traits.probes.keys())
        for (const good of [true, false]) events.push({ type: 'probe', probe, good });
      return events;
    },
    apply(event) {
      if (event.type === 'wake') pass(world, nextTimer(world));
      else if (event.type === 'probe') reportProbe(world, race, event.probe, event.good);
      else report(world, race, traits.sent[event.attempt]!, event.outcome);
    },
    fingerprint: () =>
      JSON.stringify([
        world.now,
        traits.finished,
        traits.probes.length,
        traits.sent.map(({ origin, outcome, startedAt }) => [origin.index, outcome, startedAt]),
        pool.origins.map(({ strikes, ejectedUntil, silentSince }) => [strikes, ejectedUntil, silentSince]),
        traits.sleepUntil,
      ]),
    settle() {
      pass(world, traits.at + pool.settings.totalTimeoutMs);
      ensure(traits.finished, 'the request was not answered within totalTimeoutMs');
      const { sent, cancelled } = traits;
      const print = () =>
        JSON.stringify([pool.origins, sent.map(({ outcome }) => outcome), cancelled.length]);
      const before = print();
      for (const attempt of sent)
        for (const outcome of OUTCOMES) engine.settled(race, attempt, outcome, 0, world.now);
      engine.woken(race, world.now);
      ensure(before === print(), 'a late report changed something');
      ensure(waiting(race).length === 0, 'an attempt is still open');
    },
  };
}

function* situations(engine: Engine): Iterable<readonly [string, () => Run<Event>]> {
  for (const situation of SITUATIONS)
    for (const kind of KINDS)
      yield [`${situation.name}, ${JSON.stringify(kind)}`, () => runOf(engine, situation, kind)];
}

const [repeats, always] = [
  '!free && !(traits.repeatable && retryBudget.tokens >= 1)',
  '!free && !(retryBudget.tokens >= 1)',
];
prove('no order of events violates an invariant', situations, {
  'race-outcome.ts': [
    ['a finished attempt stays in flight', 'if (at >= 0) pending.splice(at, 1);', '', /in flight/],
    ['totalTimeoutMs is ignored', 'state.pool.settings.totalTimeoutMs', '60_000', /no timer, or a late one/],
    [
      'a request that fails everywhere ejects',
      "outcome === 'unsent' || beaten",
      'true',
      /may be the request/,
    ],
  ],
  'race-state.ts': [
    [
      'a second report is counted',
      'if (attempt.outcome !== null) return;',
      '',
      /late|in flight|wrongly|twice/,
    ],
    [
      'unsafe requests race too',
      "balance !== 'race' || !traits.safe",
      "balance !== 'race'",
      /unsafe .* twice/,
    ],
    [
      'losers are not cancelled',
      '(outcome === null || tried.status > 0)',
      'outcome === null',
      /loser was not/,
    ],
    ['a request that may have arrived is repeated', repeats, always, /must not be repeated|twice/],
    ['hedges are free', '|| budget.tokens < 1', '', /budget is negative/],
  ],
});
