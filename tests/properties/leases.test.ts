/**
 * Leases under a network that loses, duplicates, delays and reorders, with crashing isolates and companion and clock
 * jumps.
 */
import fc from 'fast-check';
import t from 'tap';
import * as leases from '../support/lease-world.ts';
import type { Windows, World } from '../support/lease-world.ts';
import { testProperty } from '../support/property.ts';

const START = Date.parse('2026-03-15T11:59:58.300Z');
const ISOLATES = 3;
const RUNS = 3000;

type Step = (world: World) => void;
const isolate = fc.nat(ISOLATES - 1);
const place = fc.nat(5);
const stays = fc.boolean();
const key = fc.constantFrom('a', 'b');
const waited = fc.constantFrom(1, 40, 300, 1000, 7000, 61_000);
const skew = fc.constantFrom(0, 40, -40, 900, -1500, 30_000, -70_000, 3_700_000, -90_000_000);
/** The companion tolerates clock steps of up to an hour. */
const companionSkew = fc.constantFrom(0, 40, -40, 900, -1500, 30_000, -70_000, 1_700_000, -1_700_000);

/** An event and its frequency; printed as its name and values in a counterexample. */
function step<Values extends unknown[]>(
  weight: number,
  name: string,
  values: { readonly [At in keyof Values]: fc.Arbitrary<Values[At]> },
  play: (world: World, ...values: Values) => void,
): fc.WeightedArbitrary<Step> {
  const arbitrary = fc.tuple(...values).map((given) => {
    const one: Step = (world) => play(world, ...(given as Values));
    return Object.assign(one, { toString: () => `${name} ${given.join()}` });
  });
  return { weight, arbitrary };
}
/** Mostly traffic that arrives. */
const anyStep = fc.oneof(
  step(12, 'request', [isolate, key], (world, at, of) => leases.request(world, world.isolates[at]!, of)),
  step(8, 'deliver', [place, stays], leases.deliver),
  step(8, 'answer', [place, stays], leases.deliverAnswer),
  step(4, 'settle', [], leases.settleNetwork),
  step(2, 'lose', [place], (world, at) => world.messages.splice(at, 1)),
  step(2, 'lose an answer', [place], (world, at) => world.answers.splice(at, 1)),
  step(2, 'time out', [isolate], (world, at) => leases.timeOut(world, world.isolates[at]!)),
  step(4, 'wait', [waited], (world, ms) => (world.now += ms)),
  step(1, 'skew', [isolate, skew], (world, at, by) => (world.isolates[at]!.skew = by)),
  step(1, 'skew the companion', [companionSkew], (world, by) => (world.companionSkew = by)),
  step(1, 'kill', [isolate], leases.killIsolate),
  step(1, 'crash', [], leases.crashCompanion),
  step(2, 'idle', [isolate], (world, at) => leases.giveBackIdle(world, world.isolates[at]!)),
  step(1, 'flush', [], leases.flushCompanion),
);
const steps = fc.array(anyStep, { minLength: 20, maxLength: 200, size: 'max' });

const windowsOf = (limits: Partial<Record<'second' | 'minute' | 'hour', number>>) =>
  Object.entries(limits).map(([period, most]) => ({ period, limit: most })) as Windows;
const LIMITS = [{ second: 5 }, { minute: 4 }, { hour: 7 }, { second: 3, minute: 6, hour: 9 }];
const limit = fc.constantFrom(...LIMITS.map(windowsOf));

let full = 0;
testProperty('closed: no window ever admits more than its limit', [limit, steps], RUNS, (windows, all) => {
  const settings = { limits: 'exact', onFailure: 'closed', timeoutMs: 300 } as const;
  const world = leases.createWorld(settings, windows, ISOLATES, START);
  for (const one of all) one(world);
  const most = leases.fullest(world);
  if (most === 1) full++;
  return most <= 1;
});
t.test('the limit is reached in more than a twentieth of the runs', async (t) => {
  t.ok(full > RUNS / 20, `in ${full}`);
});

const failing = fc.constantFrom('closed' as const, 'open' as const, 'local' as const);
const title = 'leases recover once the companion answers again';
testProperty(title, [limit, failing, steps], RUNS, (windows, onFailure, all) => {
  const settings = { limits: 'exact', onFailure, timeoutMs: 300 } as const;
  const world = leases.createWorld(settings, windows, ISOLATES, START);
  for (const one of all) one(world);
  for (const each of world.isolates) each.skew = 0;
  world.companionSkew = 0;
  // Past every window that a wrong clock may have started.
  world.now += 3 * 3_600_000;
  world.now += 3_600_000 - (world.now % 3_600_000) + 500;
  world.messages.length = world.answers.length = 0;
  leases.flushCompanion(world);
  world.passed.clear();
  const most = Math.min(...windows.map((window) => window.limit));
  for (let i = 0; i < most; i++) {
    leases.request(world, world.isolates[0]!, 'a');
    leases.settleNetwork(world);
  }
  const [passed = 0] = world.passed.values();
  return passed === most;
});
