/** Validates the simulator: queueing theory, exact counts, determinism. */
import t from 'tap';
import { createEvents } from '../../cli/simulate/events.ts';
import { rollDice } from '../../cli/simulate/dice.ts';
import { drawStandings } from '../../cli/simulate/picture.ts';
import { PROBING, SMALL, LEAN, during } from '../simulations/small-world.ts';
import { askLoad, prequal, random, tutorial, twice } from '../../cli/simulate/simple.ts';
import { scenarioOf } from '../../cli/simulate/runner.ts';
import { rank } from '../../cli/simulate/standings.ts';
import { simulate } from '../../cli/simulate/simulate.ts';
import type { Scenario } from '../../cli/simulate/world.ts';

t.test('events run in order of time, then in order of insertion', async (t) => {
  const events = createEvents();
  const dice = rollDice(1);
  const seen: [number, number][] = [];
  for (let i = 0; i < 2000; i++) {
    const time = dice.below(50);
    events.at(time, () => seen.push([time, i]));
  }
  events.run(100);
  t.equal(seen.length, 2000);
  for (let i = 1; i < seen.length; i++) {
    const [a, b] = [seen[i - 1]!, seen[i]!];
    if (!(a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]))) t.fail(`${a.join()} before ${b.join()}`);
  }
});

t.test('random distributions have the expected means', async (t) => {
  const dice = rollDice(7, 3);
  const mean = (draw: () => number): number =>
    Array.from({ length: 40_000 }, draw).reduce((a, b) => a + b) / 40_000;
  // 40000 draws with a standard deviation of about 1 have an error of 0.005; the Pareto's tail is heavier.
  t.ok(Math.abs(mean(() => dice.exponential(1)) - 1) < 0.025);
  t.ok(Math.abs(mean(() => dice.lognormal(0.5)) - 1) < 0.02);
  t.ok(Math.abs(mean(() => dice.pareto(2.2)) - 1) < 0.1);
  t.not(rollDice(1, 2).unit(), rollDice(2, 1).unit());
});

t.test('the wait in a queue with c servers matches Erlang C', async (t) => {
  // Sizes (lognormal 0.5), noise (lognormal 0.45) and hiccups (1% take 8 times as long): mean 1.07, squared coefficient
  // of variation 1.24.
  for (const [servers, load] of [
    [2, 0.6],
    [4, 0.7],
  ] as const) {
    const busy = load * 1.07;
    const perSecond = (load * servers * 100) / 20;
    const scenario: Scenario = {
      ...SMALL,
      origins: 1,
      uniform: true,
      isolates: [{ count: 10, perSecond }],
      servers,
      serviceMs: 20,
      queue: 1e6,
      durationMs: 120_000,
    };
    const run = simulate(scenario, random, 3);
    const wait = run.cost - 21.4 - 23 - 5;
    // Allen and Cunneen: half the wait of M/M/c for each of the two squared coefficients of variation.
    const expected = ((erlangC(servers, busy * servers) * 21.4) / (servers * (1 - busy))) * ((1 + 1.24) / 2);
    // The cost contains service, network, and one random error in 2000, counted as 10 s. First connections and the
    // approximation itself account for a few ms.
    t.ok(Math.abs(wait - expected) < 6, `waits ${wait.toFixed(1)} ms, theory ${expected.toFixed(1)}`);
  }
});
function erlangC(servers: number, offered: number): number {
  let sum = 0;
  let term = 1;
  for (let k = 0; k < servers; k++) {
    sum += term;
    term *= offered / (k + 1);
  }
  const all = (term * servers) / (servers - offered);
  return all / (sum + all);
}

/** Runs that several tests share. */
const randomRun = simulate(SMALL, random, 1);
const leanRun = simulate(SMALL, LEAN, 1);
const loadAverage = simulate(SMALL, askLoad('average'), 1);

t.test('the same seed gives the same run, and every policy gets the same traffic', async (t) => {
  const one = simulate(during({ kind: 'hole' }), PROBING, 5);
  t.strictSame(simulate(during({ kind: 'hole' }), PROBING, 5), one);
  t.equal(randomRun.requests, leanRun.requests);
});

t.test('subrequests are counted exactly', async (t) => {
  t.equal(randomRun.subrequests, 1);
  t.ok(
    Math.abs(simulate(SMALL, tutorial(false), 1).subrequests - 6) < 0.01,
    'four probes, a version, the request',
  );
  t.equal(loadAverage.subrequests, 5);
  t.ok(Math.abs(simulate(SMALL, prequal(3, 1000, 2), 1).subrequests - 4) < 0.01);
  t.ok(Math.abs(simulate(SMALL, twice, 1).subrequests - 1.8) < 0.02, 'four fifths are safe');
});

t.test('random choice loses a quarter of the requests if one of four origins is down', async (t) => {
  const run = simulate(during({ kind: 'down' }), random, 2);
  t.ok(Math.abs(run.faultSuccess - 0.75) < 0.02, `${run.faultSuccess}`);
});

t.test('the tutorial\'s "load average" herds requests: far worse than random choice', async (t) => {
  t.ok(loadAverage.p50 > 3 * randomRun.p50, `${loadAverage.p50} against ${randomRun.p50}`);
});

t.test('random scenarios are reproducible, and differ from each other', async (t) => {
  t.strictSame(scenarioOf('random-3'), scenarioOf('random-3'));
  t.equal(new Set([1, 2, 3, 4, 5].map((i) => JSON.stringify(scenarioOf(`random-${i}`)))).size, 5);
  t.equal(scenarioOf('hole-sparse').origins, 4);
});

t.test('ranks policies and draws the standings', async (t) => {
  const results = { calm: { a: leanRun, b: randomRun } };
  const [a, b] = rank(results);
  t.equal(a!.meanRegret, 1);
  t.ok(b!.meanRegret > 1.2);
  const svg = await drawStandings([a!, b!], ['calm']);
  t.match(svg, /^<svg/);
  t.match(svg, '1.00');
});
