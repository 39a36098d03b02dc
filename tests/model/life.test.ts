/**
 * An origin's life over three requests, in every order of their events: begun, failed or answered, timed out, given
 * up by their callers. From every state an origin that is well again comes back, in bounded time.
 */
import type { PoolSettings } from '../../lib/config/types.ts';
import type { Engine } from './engine.ts';
import { ensure, type Run } from './explore.ts';
import { prove } from './proof.ts';
import { begin, createWorld, nextTimer, pass, report, tell, waiting, type World } from './world.ts';

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
    events() {
      const events: Event[] = [{ does: 'pass' }];
      const either = [true, false];
      if (begun < REQUESTS) for (const safe of either) events.push({ does: 'begin', safe });
      for (const [race, one] of races.entries()) {
        const { asked, finished } = one.traits;
        if (waiting(one).length > 0)
          for (const outcome of LIFE_OUTCOMES) events.push({ does: 'report', race, outcome });
        if (asked.length > 0) for (const good of either) events.push({ does: 'tell', race, good });
        if (!finished) events.push({ does: 'hang up', race });
      }
      if (nextTimer(world) < Infinity) events.push({ does: 'wake' });
      return events;
    },
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
        races.map(({ traits: { safe, finished, sleepUntil, asked, sent } }) => [
          { safe, finished, sleepUntil, asked: asked.length },
          sent.map(({ origin, outcome }) => [origin.index, outcome]),
        ]),
        pool.origins.map(({ strikes, ejectedUntil, level, retestAt, silentSince, pending }) =>
          [strikes, ejectedUntil, level, retestAt, silentSince, pending].flat(),
        ),
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

function* situations(engine: Engine): Iterable<readonly [string, () => Run<Event>]> {
  for (const settings of SETTINGS) yield [JSON.stringify(settings), () => runOf(engine, settings)];
}

const LOST = /does not come back/;
const lease = 'now - origin.retestAt < RETEST_LEASE_MS';
prove('from every state an origin that is well comes back', situations, {
  'outlier-detection.ts': [
    ['a retest is a flag, not a lease', lease, 'origin.retestAt > 0', LOST],
    ['an ejection has no end', 'const jitter =', 'const jitter = 100 *', LOST],
  ],
  'race-outcome.ts': [
    ['a good retest does not readmit', 'readmitOrigin(origin, now);', 'void origin;', LOST],
  ],
});
