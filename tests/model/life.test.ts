/**
 * Ejection and readmission over three requests, in every order of their events: sent, failed or answered, timed out,
 * aborted by their callers. From every state an origin that is healthy again is readmitted, in bounded time.
 */
import type { PoolSettings } from '../../lib/config/types.ts';
import type { Engine } from './engine.ts';
import { ensure, type Run } from './explore.ts';
import { prove } from './proof.ts';
import { begin, createWorld, nextTimer, pass, report, reportProbe, waiting, type World } from './world.ts';

const REQUESTS = 3;
const LIFE_OUTCOMES = ['ok', 'gateway', 'lost', 'unsent'] as const;

type Event =
  | { readonly type: 'begin'; readonly safe: boolean }
  | { readonly type: 'report'; readonly race: number; readonly outcome: (typeof LIFE_OUTCOMES)[number] }
  | { readonly type: 'probe'; readonly race: number; readonly good: boolean }
  | { readonly type: 'hang up'; readonly race: number }
  | { readonly type: 'wake' }
  | { readonly type: 'pass' };

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
      const events: Event[] = [{ type: 'pass' }];
      const either = [true, false];
      if (begun < REQUESTS) for (const safe of either) events.push({ type: 'begin', safe });
      for (const [race, one] of races.entries()) {
        const { probes, finished } = one.traits;
        if (waiting(one).length > 0)
          for (const outcome of LIFE_OUTCOMES) events.push({ type: 'report', race, outcome });
        if (probes.length > 0) for (const good of either) events.push({ type: 'probe', race, good });
        if (!finished) events.push({ type: 'hang up', race });
      }
      if (nextTimer(world) < Infinity) events.push({ type: 'wake' });
      return events;
    },
    apply(event) {
      const race = 'race' in event ? races[event.race]! : null;
      if (event.type === 'begin') {
        begun++;
        begin(world, { safe: event.safe, repeatable: event.safe, replayable: true });
      } else if (event.type === 'wake') pass(world, nextTimer(world));
      else if (event.type === 'pass') pass(world, world.now + 3000);
      else if (event.type === 'probe') reportProbe(world, race!, 0, event.good);
      else if (event.type === 'report') report(world, race!, waiting(race!)[0]!, event.outcome);
      else hangUp(world, event.race);
    },
    fingerprint: () =>
      JSON.stringify([
        begun,
        world.now,
        races.map(({ traits: { safe, finished, sleepUntil, probes, sent } }) => [
          { safe, finished, sleepUntil, probes: probes.length },
          sent.map(({ origin, outcome }) => [origin.index, outcome]),
        ]),
        pool.origins.map(({ strikes, ejectedUntil, level, retestAt, silentSince, pending }) =>
          [strikes, ejectedUntil, level, retestAt, silentSince, pending].flat(),
        ),
      ]),
    settle: () => recover(world),
  };
}

/** The caller hangs up: the platform drops the request, and no result of it is reported any more. */
function hangUp(world: World, index: number): void {
  const [race] = world.races.splice(index, 1);
  // Its pending entries would expire; the model counts live requests only.
  for (const { origin, startedAt } of waiting(race!))
    origin.pending.splice(origin.pending.indexOf(startedAt), 1);
}

/**
 * All origins are healthy from now on: with a safe request every second, none stays ejected or silent for longer than a
 * minute.
 */
function recover(world: World): void {
  const { pool, races } = world;
  for (let second = 0; second < 60; second++) {
    begin(world, { safe: true, repeatable: true, replayable: true });
    for (const race of races.slice()) {
      while (race.traits.probes.length > 0) reportProbe(world, race, 0, true);
      while (waiting(race).length > 0) report(world, race, waiting(race)[0]!, 'ok');
    }
    ensure(races.at(-1)!.traits.finished, 'a request is not answered although all origins are healthy');
    pass(world, world.now + 1000);
    if (pool.origins.every(({ ejectedUntil, silentSince }) => ejectedUntil === 0 && silentSince === 0))
      return;
  }
  throw new Error('a healthy origin is not readmitted');
}

function* situations(engine: Engine): Iterable<readonly [string, () => Run<Event>]> {
  for (const settings of SETTINGS) yield [JSON.stringify(settings), () => runOf(engine, settings)];
}

const LOST = /is not readmitted/;
const lease = '!havePassed(RETEST_LEASE_MS, origin.retestAt, now)';
prove('a healthy origin is readmitted from every state', situations, {
  'outlier-detection.ts': [
    ['a retest is a flag, not a lease', lease, 'origin.retestAt > 0', LOST],
    ['an ejection has no end', 'ejectionLeft(pool, origin, now) <= -waitMs', 'false', LOST],
  ],
  'race-outcome.ts': [
    ['a good retest does not readmit', 'readmitOrigin(origin, now);', 'void origin;', LOST],
  ],
});
