/** Failures where the operator says what counts: which count, and that kinds do not add up. */
import t from 'tap';
import type { OutlierSettings } from '../../../lib/config/types.ts';
import { kindOf, listedFailures } from '../../../lib/balance/listed-failures.ts';
import { countSuccess, readmitOrigin, type Outcome } from '../../../lib/balance/outlier-detection.ts';
import { START, poolSettings, tellStory } from '../../support/story.ts';

const DEFAULT = poolSettings(1).outlier;
const ON = { unreachable: true, timeout: true, statuses: [429, 500, 502] as number[] };

t.test('which count a failure goes to, by the operator’s list', async (t) => {
  const kind = (retrySame: boolean, outcome: Outcome, status: number, isLast: boolean, on = ON) =>
    kindOf({ outlier: { ...DEFAULT, on }, retrySame }, outcome, status, isLast);
  type Kind = ReturnType<typeof kind>;
  const table: [outcome: Outcome, status: number, plain: Kind, ofKong?: Kind, last?: Kind][] = [
    ['ok', 200, null],
    ['ok', 429, 'answer'],
    ['error', 500, 'answer'],
    ['shed', 503, null],
    ['gateway', 502, 'answer'],
    ['gateway', 504, null, 'timeout'],
    ['timeout', 0, 'timeout'],
    ['lost', 0, 'lost', 'lost', 'answer'],
    ['unsent', 521, 'lost', 'lost', 'answer'],
  ];
  const none = { unreachable: false, timeout: false, statuses: [] };
  for (const [outcome, status, plain, ofKong = plain, last = ofKong] of table) {
    const what = `${outcome} ${status}`;
    t.equal(kind(false, outcome, status, true), plain, what);
    t.equal(kind(true, outcome, status, false), ofKong, `${what}, Kong`);
    t.equal(kind(true, outcome, status, true), last, `${what}, Kong's last`);
    t.equal(kind(true, outcome, status, true, none), null, 'nothing else counts');
  }
  t.equal(kindOf({ outlier: DEFAULT, retrySame: false }, 'lost', 0, true), null);
});

const scene = (outlier: Partial<OutlierSettings>) => {
  const { pool, origin } = tellStory(2, { outlier: { ...DEFAULT, on: ON, ...outlier } });
  const count = listedFailures(pool.settings)!;
  const one = origin(0);
  const fail = (outcome: Outcome, status = 0): boolean => {
    count(pool, one, { outcome, status }, false, START);
    return one.ejectedUntil > 0;
  };
  return { pool, one, fail };
};

t.test('each kind has its own limit, and two kinds do not add up', async (t) => {
  const limits = { consecutiveFailures: 3, unreachableFailures: 2, timeoutFailures: 4 };
  const { fail } = scene(limits);
  for (const outcome of ['error', 'error', 'lost', 'timeout', 'timeout', 'timeout'] as const)
    t.notOk(fail(outcome, outcome === 'error' ? 500 : 0));
  t.ok(fail('lost'), 'the second of its kind');
  const three = scene(limits);
  for (const ejected of [false, false, true]) t.equal(three.fail('error', 500), ejected);
  const alike = scene({ consecutiveFailures: 2 });
  for (const ejected of [false, true])
    t.equal(alike.fail('timeout'), ejected, 'without one of its own, the common one');
});

t.test('a good answer clears them unless they add up; a 404 says nothing', async (t) => {
  for (const [cumulative, status, ejected] of [
    [false, 200, false],
    [false, 302, false],
    [false, 404, true],
    [true, 200, true],
  ] as const) {
    const { pool, one, fail } = scene({ consecutiveFailures: 2, cumulative });
    fail('error', 500);
    countSuccess(pool, one, status, START);
    t.equal(fail('error', 500), ejected, `${status}`);
  }
  const { one, fail } = scene({ consecutiveFailures: 2 });
  fail('lost');
  t.ok(fail('lost'));
  readmitOrigin(one, START);
  t.notOk(fail('lost'), 'and so does its coming back');
});

t.test('a pool without a list has none of this', async (t) => {
  t.equal(listedFailures(poolSettings(2)), null);
});
