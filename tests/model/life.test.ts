/**
 * An origin's life over three requests, in every order of their events: begun, failed or answered, timed out, given
 * up by their callers. From every state an origin that is well again comes back, in bounded time. MODEL_DEPTH goes
 * deeper than the default of 5 events.
 */
import t from 'tap';
import type { PoolSettings } from '../../lib/config/types.ts';
import { loadEngine, type Defect, type Engine } from './engine.ts';
import { ensure, explore, type Explored, type Run } from './explore.ts';
import { begin, createWorld, nextTimer, pass, report, tell, waiting, type World } from './world.ts';

t.setTimeout(600_000);
const DEPTH = Number(process.env['MODEL_DEPTH'] ?? 5);
const REQUESTS = 3;
const LIFE_OUTCOMES = ['ok', 'gateway', 'lost', 'unsent'] as const;

type Event =
  | { readonly does: 'begin'; readonly safe: boolean }
  | { readonly does: 'report'; readonly race: number; readonly outcome: (typeof LIFE_OUTCOMES)[number] }
  | { readonly does: 'tell'; readonly race: number; readonly good: boolean }
  | { readonly does: 'hang up'; readonly race: number }
  | { readonly does: 'wake' }
  | { readonly does: 'pass' };

const SETTINGS: Partial<PoolSettings>[] = [
  { balance: 'round-robin' },
  { balance: 'adaptive' },
  { balance: 'adaptive', probe: { path: '/up', method: 'HEAD', timeoutMs: 1000 } },
];

function runOf(engine: Engine, settings: Partial<PoolSettings>): Run<Event> {
  const world = createWorld(engine, settings);
  const { pool, races } = world;
  let begun = 0;
  return {
    events: () => [
      ...(begun < REQUESTS ? [true, false].map((safe) => ({ does: 'begin', safe }) as const) : []),
      ...races.flatMap((race, index) => [
        ...(waiting(race).length > 0
          ? LIFE_OUTCOMES.map((outcome) => ({ does: 'report', race: index, outcome }) as const)
          : []),
        ...(race.traits.asked.length > 0
          ? [true, false].map((good) => ({ does: 'tell', race: index, good }) as const)
          : []),
        ...(race.traits.finished ? [] : [{ does: 'hang up', race: index } as const]),
      ]),
      ...(nextTimer(world) < Infinity ? [{ does: 'wake' } as const] : []),
      { does: 'pass' } as const,
    ],
    apply(event) {
      const race = 'race' in event ? races[event.race]! : null;
      if (event.does === 'begin') {
        begun++;
        begin(world, { safe: event.safe, repeatable: event.safe, replayable: true });
      } else if (event.does === 'wake') pass(world, nextTimer(world));
      else if (event.does === 'pass') pass(world, world.now + 3000);
      else if (event.does === 'tell') tell(world, race!, 0, event.good);
      else if (event.does === 'report') report(world, race!, waiting(race!)[0]!, event.outcome);
      else hangUp(world, event.race);
    },
    fingerprint: () =>
      JSON.stringify([
        begun,
        world.now,
        races.map(({ traits }) => [
          traits.safe,
          traits.finished,
          traits.sleepUntil,
          traits.asked.length,
          traits.sent.map(({ origin, outcome }) => [origin.index, outcome]),
        ]),
        pool.origins.map(({ strikes, ejectedUntil, level, retestAt, silentSince, pending }) => [
          strikes,
          ejectedUntil,
          level,
          retestAt,
          silentSince,
          pending,
        ]),
      ]),
    settle: () => recover(world),
  };
}

/** The caller takes the bookkeeping along: nothing of its request is heard any more. */
function hangUp(world: World, index: number): void {
  const [race] = world.races.splice(index, 1);
  // What it left in flight expires; the model's own count is of those that still live.
  for (const { origin, startedAt } of waiting(race!))
    origin.pending.splice(origin.pending.indexOf(startedAt), 1);
}

/**
 * Everything is well from now on: with a safe request every second nobody stays out, or silent, for longer than a
 * minute.
 */
function recover(world: World): void {
  const { pool, races } = world;
  for (let second = 0; second < 60; second++) {
    begin(world, { safe: true, repeatable: true, replayable: true });
    for (const race of races.slice()) {
      while (race.traits.asked.length > 0) tell(world, race, 0, true);
      while (waiting(race).length > 0) report(world, race, waiting(race)[0]!, 'ok');
    }
    ensure(races.at(-1)!.traits.finished, 'a request is not answered though all is well');
    pass(world, world.now + 1000);
    if (pool.origins.every(({ ejectedUntil, silentSince }) => ejectedUntil === 0 && silentSince === 0))
      return;
  }
  throw new Error('an origin that is well does not come back');
}

function exploreAll(engine: Engine, depth: number): Explored {
  let states = 0;
  for (const settings of SETTINGS) {
    const explored = explore(() => runOf(engine, settings), depth);
    states += explored.states;
    if (explored.violation !== null)
      return { states, violation: `${JSON.stringify(settings)}: ${explored.violation}` };
  }
  return { states, violation: null };
}

t.test('from every state an origin that is well comes back', async (t) => {
  const { states, violation } = exploreAll(await loadEngine(), DEPTH);
  t.equal(violation, null);
  t.comment(`${states} states`);
  t.ok(states > 10_000, `${states} states`);
});

const DEFECTS: Record<string, [defect: Defect, found: RegExp]> = {
  'a retest is a flag, not a lease': [
    {
      file: 'outlier-detection.ts',
      from: 'now - origin.retestAt < RETEST_LEASE_MS',
      to: 'origin.retestAt > 0',
    },
    /does not come back/,
  ],
  'a good retest does not readmit': [
    { file: 'race-outcome.ts', from: 'readmitOrigin(origin, now);', to: 'void origin;' },
    /does not come back/,
  ],
  'an ejection has no end': [
    {
      file: 'outlier-detection.ts',
      from: 'const jitter =',
      to: 'const jitter = 100 *',
    },
    /does not come back/,
  ],
};

for (const [name, [defect, found]] of Object.entries(DEFECTS))
  t.test(`a planted defect is found: ${name}`, async (t) => {
    t.match(exploreAll(await loadEngine(defect), 4).violation, found);
  });
