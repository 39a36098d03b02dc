/**
 * Leases under a network that loses, doubles, delays and reorders, with isolates and a companion that die and clocks
 * that jump.
 */
import t from 'tap';
import fc from 'fast-check';
import {
  crashCompanion,
  createWorld,
  deliver,
  deliverAnswer,
  flushCompanion,
  fullest,
  giveBackIdle,
  killIsolate,
  request,
  settleNetwork,
  timeOut,
} from '../support/lease-world.ts';
import type { Windows, World } from '../support/lease-world.ts';

const START = Date.parse('2026-03-15T11:59:58.300Z');
const ISOLATES = 3;
const RUNS = { numRuns: 10_000, seed: 20261127 };

const isolate = fc.nat(ISOLATES - 1);
const place = fc.nat(5);
const skew = fc.constantFrom(0, 40, -40, 900, -1500, 30_000, -70_000, 3_700_000, -90_000_000);
/** The companion's promise holds for steps of up to an hour. */
const companionSkew = fc.constantFrom(0, 40, -40, 900, -1500, 30_000, -70_000, 1_700_000, -1_700_000);
/** Weights: most of it is traffic that arrives. */
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('request' as const), isolate, key: fc.constantFrom('a', 'b') }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), place, stays: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('answer' as const), place, stays: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lose' as const), place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('loseAnswer' as const), place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('timeOut' as const), isolate }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 40, 300, 1000, 7000, 61_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('skew' as const), isolate, skew }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('skewCompanion' as const), skew: companionSkew }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), isolate }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('idle' as const), isolate }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function play(world: World, one: Step): void {
  switch (one.do) {
    case 'request':
      return request(world, world.isolates[one.isolate]!, one.key);
    case 'deliver':
      return deliver(world, one.place, one.stays);
    case 'answer':
      return deliverAnswer(world, one.place, one.stays);
    case 'settle':
      return settleNetwork(world);
    case 'lose':
      return void world.messages.splice(one.place, 1);
    case 'loseAnswer':
      return void world.answers.splice(one.place, 1);
    case 'timeOut':
      return timeOut(world, world.isolates[one.isolate]!);
    case 'wait':
      world.now += one.ms;
      return;
    case 'skew':
      world.isolates[one.isolate]!.skew = one.skew;
      return;
    case 'skewCompanion':
      world.companionSkew = one.skew;
      return;
    case 'kill':
      return killIsolate(world, one.isolate);
    case 'crash':
      return crashCompanion(world);
    case 'idle':
      return giveBackIdle(world, world.isolates[one.isolate]!);
    case 'flush':
      return flushCompanion(world);
  }
}

const limit = fc.constantFrom<Windows>(
  [{ period: 'second', limit: 5 }],
  [{ period: 'minute', limit: 4 }],
  [{ period: 'hour', limit: 7 }],
  [
    { period: 'second', limit: 3 },
    { period: 'minute', limit: 6 },
    { period: 'hour', limit: 9 },
  ],
);
const steps = fc.array(step, { minLength: 20, maxLength: 200 });

t.test('closed: no window ever passes more than its limit', async (t) => {
  let full = 0;
  fc.assert(
    fc.property(limit, steps, (windows, all) => {
      const world = createWorld(
        { limits: 'exact', onFailure: 'closed', timeoutMs: 300 },
        windows,
        ISOLATES,
        START,
      );
      for (const one of all) play(world, one);
      const most = fullest(world);
      if (most === 1) full++;
      return most <= 1;
    }),
    RUNS,
  );
  t.ok(full > RUNS.numRuns / 20, `the limit was reached in ${full} runs`);
});

t.test('nothing is stuck once the companion answers again', async (t) => {
  fc.assert(
    fc.property(limit, fc.constantFrom('closed', 'open', 'local'), steps, (windows, onFailure, all) => {
      const world = createWorld({ limits: 'exact', onFailure, timeoutMs: 300 }, windows, ISOLATES, START);
      for (const one of all) play(world, one);
      for (const each of world.isolates) each.skew = 0;
      world.companionSkew = 0;
      // Past every window that a wrong clock may have begun.
      world.now += 3 * 3_600_000;
      world.now += 3_600_000 - (world.now % 3_600_000) + 500;
      world.messages.length = world.answers.length = 0;
      flushCompanion(world);
      world.passed.clear();
      const most = Math.min(...windows.map((window) => window.limit));
      for (let i = 0; i < most; i++) {
        request(world, world.isolates[0]!, 'a');
        settleNetwork(world);
      }
      const [passed = 0] = world.passed.values();
      return passed === most;
    }),
    RUNS,
  );
  t.pass();
});
