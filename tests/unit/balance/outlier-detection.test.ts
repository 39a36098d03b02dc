/** The counting rules; which failures they apply to is in race-outcome.test.ts. */
import t from 'tap';
import type { OutlierSettings } from '../../../lib/config/types.ts';
import * as rules from '../../../lib/balance/outlier-detection.ts';
import { START, poolSettings, simulatePool } from '../../support/pool-sim.ts';

const { countFailure, countSuccess, ejectOrigin, readmitOrigin, takeRetest } = rules;
const DEFAULT = poolSettings(1).outlier;
const scene = (outlier: Partial<OutlierSettings> = {}, dice = 0.5) => {
  const { pool, origin } = simulatePool(2, { outlier: { ...DEFAULT, ...outlier } }, () => dice);
  return { pool, one: origin(0) };
};

t.test('a good response resets the count, unless cumulative; under an `on` list no 404 does', async (t) => {
  const on = { unreachable: true, timeout: true, statuses: [500] };
  for (const [outlier, status, ejected] of [
    [{}, 200, false],
    [{}, 404, false],
    [{ cumulative: true }, 200, true],
    [{ on }, 302, false],
    [{ on }, 404, true],
  ] as const) {
    const { pool, one } = scene(outlier as Partial<OutlierSettings>);
    for (let i = 0; i < 5; i++) {
      countFailure(pool, one, 1, true, START);
      countSuccess(pool, one, status, START);
    }
    t.equal(one.ejectedUntil > 0, ejected, `${JSON.stringify(outlier)} ${status}`);
  }
});

t.test('fractions of a limit reach it despite rounding', async (t) => {
  const { pool, one } = scene({ consecutiveFailures: 7 });
  for (let i = 0; i < 7; i++) countFailure(pool, one, 7 / 7.0000001, true, START);
  t.ok(one.ejectedUntil > 0);
});

t.test('each ejection is twice as long as the last, up to the maximum, with 20% jitter', async (t) => {
  const { pool, one } = scene({ ejectSeconds: 2, maxEjectSeconds: 60 });
  const spans: number[] = [];
  for (let i = 0, now = START; i < 8; i++, now = one.ejectedUntil) {
    ejectOrigin(pool, one, now);
    ejectOrigin(pool, one, now + 500);
    spans.push((one.ejectedUntil - now) / 1000);
  }
  t.strictSame(spans, [2, 4, 8, 16, 32, 60, 60, 60], 'another failure does not extend it');
  for (const [dice, span] of [
    [0, 1600],
    [0.999999, 2400],
  ] as const) {
    const jittered = scene({ ejectSeconds: 2 }, dice);
    ejectOrigin(jittered.pool, jittered.one, START);
    t.equal(Math.round(jittered.one.ejectedUntil - START), span);
  }
  const off = scene({ consecutiveFailures: Infinity });
  ejectOrigin(off.pool, off.one, START);
  t.equal(off.one.ejectedUntil, 0, 'disabled');
});

t.test('a retest is due once the ejection ends and enough requests have passed, one at a time', async (t) => {
  const { pool, one } = scene({ ejectSeconds: 2 });
  const due = (requests: number, now: number): boolean => {
    pool.requests = requests;
    const taken = takeRetest(pool, 0, 0, now) === one;
    if (taken) one.retestAt = 0;
    return taken;
  };
  pool.requests = 100;
  ejectOrigin(pool, one, START);
  t.notOk(due(1000, START + 1999));
  t.notOk(due(104, START + 60_000), 'needs five requests');
  t.ok(due(105, START + 2000));
  one.retestAt = START + 2000;
  t.notOk(due(105, START + 6999), 'a retest is in flight');
  t.ok(due(105, START + 7000), 'its lease ends');
  for (const reason of [{ weight: 0 }, { unhealthy: true }]) {
    Object.assign(one, { weight: 1, unhealthy: false, ...reason });
    t.notOk(due(1000, START + 60_000), JSON.stringify(reason));
  }
});

t.test('the backoff level survives readmission, and falls after each 30 s of success', async (t) => {
  const { pool, one } = scene();
  ejectOrigin(pool, one, START);
  readmitOrigin(one, START);
  t.match(one, { ejectedUntil: 0, strikes: 0, level: 1 }, 'a flapping origin waits longer next time');
  for (const [after, level] of [
    [29_000, 1],
    [31_000, 0],
    [99_000, 0],
  ] as const) {
    countSuccess(pool, one, 200, START + after);
    t.equal(one.level, level);
  }
});
