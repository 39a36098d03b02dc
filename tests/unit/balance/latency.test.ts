import t from 'tap';
import * as rules from '../../../lib/balance/latency.ts';
import { START, simulatePool } from '../../support/pool-sim.ts';

const { expectedLatency, expirePending, learnAnswer, learnFailure, learnGuess } = rules;
const PROBE = { path: '/up', method: 'HEAD', timeoutMs: 3000 } as const;
const scene = (probe: typeof PROBE | null = null) => {
  const { pool, origin } = simulatePool(2, { probe });
  return { pool, one: origin(0), expected: (now = START) => expectedLatency(origin(0), pool, now) };
};

t.test('how an estimate changes', async (t) => {
  type Learnt = 'a failure' | { guess: number } | number;
  const rows: [why: string, learnt: Learnt[], expected: number][] = [
    ['the first answer is taken as it is', [100], 100],
    ['later ones count a third', [100, 200], 130],
    ['each of them', [100, 200, 100], 121],
    ['one very long answer counts as three times the estimate', [100, 60_000], 160],
    ['a guess is used until the first answer', [{ guess: 60 }], 60],
    ['and is blended with that, which includes the handshake', [{ guess: 60 }, 160], 90],
    ['a guess does not replace a measurement', [100, { guess: 5 }], 100],
    ['a failure counts as five times the estimate', [40, 'a failure'], 200],
    ['at most ten seconds', [...Array<number>(9).fill(40), ...Array<Learnt>(9).fill('a failure')], 10_000],
    ['a failure of an unknown origin counts as five times the default', ['a failure'], 500],
  ];
  for (const [why, learnt, estimate] of rows) {
    const { pool, one, expected } = scene();
    for (const each of learnt)
      if (each === 'a failure') learnFailure(one, pool, START);
      else if (typeof each === 'number') learnAnswer(one, pool, each, START);
      else learnGuess(one, each.guess, START);
    t.equal(expected(), estimate, why);
  }
});

t.test('without requests an estimate decays to the mean, after a failure too', async (t) => {
  const { pool, one, expected } = scene();
  for (let i = 0; i < 40; i++) learnAnswer(one, pool, 50, START);
  for (let i = 0; i < 3; i++) learnAnswer(one, pool, 500, START);
  const [now, later] = [expected() - one.mean, expected(START + 5000) - one.mean];
  t.ok(later > 0 && later < now);
  t.ok(expected(START + 60_000) - one.mean < 1, 'fully decayed after a minute');
  learnFailure(one, pool, START);
  t.ok(expected(START + 60_000) < 2 * one.mean);
});

t.test('a clock that is set back leaves an estimate as it is', async (t) => {
  for (const first of [20, 100]) {
    const { pool, one, expected } = scene();
    for (const ms of [50, first]) learnAnswer(one, pool, ms, START);
    const before = expected();
    for (const back of [10_000, 600_000, 86_400_000]) t.equal(expected(START - back), before);
    learnAnswer(one, pool, 50, START - 86_400_000);
    t.ok(expected(START - 86_400_000) > 20 && expected(START - 86_400_000) < 100);
  }
});

t.test('an unknown origin is expected at the usual latency; with probes, at three times that', async (t) => {
  for (const [probe, factor] of [
    [null, 1],
    [PROBE, 3],
  ] as const) {
    const { pool, one, expected } = scene(probe);
    t.equal(one.mean, 0);
    t.equal(expected(), factor * 100, 'at the start');
    for (let i = 0; i < 30; i++) learnAnswer(pool.origins[1]!, pool, 20, START);
    t.ok(Math.abs(expected() - factor * 20) < 1, 'the mean of the others');
  }
});

t.test('an attempt 100 ms slower than usual does not count as load', async (t) => {
  const { one } = scene();
  Object.assign(one, { mean: 40, deviation: 5 });
  for (const ago of [500, 170, 150, 0]) one.pending.push(START - ago);
  t.equal(rules.busyWith(one, START), 2);
});

t.test('entries of callers who hung up expire, and so does the silence they reported', async (t) => {
  const { one } = scene();
  for (let i = 0; i < 50; i++) one.pending.push(START + i);
  one.silentSince = START;
  expirePending(one, START + 10_000, 10_000);
  t.strictSame([one.pending.length, one.silentSince], [50, START]);
  expirePending(one, START + 10_025, 10_000);
  t.strictSame([one.pending.length, one.silentSince], [25, 0]);
});
