/** Every order of events of one request over two origins: each outcome of each attempt, each timer, each probe. */
import type { PoolSettings } from '../../lib/config/types.ts';
import { learnt } from '../support/pool-sim.ts';
import type { Engine } from './engine.ts';
import { ensure, type Run } from './explore.ts';
import { prove } from './proof.ts';
import { OUTCOMES, begin, createWorld, nextTimer, pass, report, tell, waiting } from './world.ts';

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
    [false, true].map((broke) => {
      const title = `${name}, ${start}${broke ? ', budgets spent' : ''}`;
      return { name: title, settings, start, broke };
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
    events() {
      if (traits.finished) return [];
      const events: Event[] = [{ does: 'wake' }];
      for (const [attempt, { outcome }] of traits.sent.entries())
        if (outcome === null)
          for (const one of OUTCOMES) events.push({ does: 'report', attempt, outcome: one });
      for (const probe of traits.asked.keys())
        for (const good of [true, false]) events.push({ does: 'tell', probe, good });
      return events;
    },
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
      const print = () =>
        JSON.stringify([pool.origins, sent.map(({ outcome }) => outcome), cancelled.length]);
      const before = print();
      for (const attempt of sent)
        for (const outcome of OUTCOMES) engine.settled(race, attempt, outcome, 0, world.now);
      engine.woken(race, world.now);
      ensure(before === print(), 'a late report changed something');
      ensure(waiting(race).length === 0, 'an attempt is left open');
    },
  };
}

function* situations(engine: Engine): Iterable<readonly [string, () => Run<Event>]> {
  for (const situation of SITUATIONS)
    for (const kind of KINDS)
      yield [`${situation.name}, ${JSON.stringify(kind)}`, () => runOf(engine, situation, kind)];
}

const [repeats, always] = [
  '!free && !(traits.repeatable && canPay(retryBudget))',
  '!free && !canPay(retryBudget)',
];
prove('no order of events breaks an invariant', situations, {
  'race-outcome.ts': [
    ['what is in flight is not taken off', 'if (at >= 0) pending.splice(at, 1);', '', /in flight/],
    [
      'nobody looks at the total time',
      'state.pool.settings.totalTimeoutMs',
      '60_000',
      /no timer, or a late one/,
    ],
    [
      'a request that fails everywhere ejects',
      "outcome === 'unsent' || beaten",
      'true',
      /may be the request/,
    ],
  ],
  'race-state.ts': [
    ['a second report counts', 'if (attempt.outcome !== null) return;', '', /late|in flight|wrongly|twice/],
    [
      'unsafe requests race too',
      "balance !== 'race' || !traits.safe",
      "balance !== 'race'",
      /unsafe .* twice/,
    ],
    ['losers are left alone', '(outcome === null || tried.status > 0)', 'outcome === null', /loser was not/],
  ],
  'race-attempts.ts': [
    ['what may have arrived is repeated', repeats, always, /must not be repeated|twice/],
    ['hedges are not paid for', '|| !canPay(budget)', '', /budget is negative/],
  ],
});
