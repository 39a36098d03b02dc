/** Failures where the operator says what counts: which count, and that kinds do not add up. */
import t from 'tap';
import type { OutlierSettings } from '../../../lib/config/types.ts';
import { kindOf, listedFailures } from '../../../lib/balance/listed-failures.ts';
import { countSuccess, readmitOrigin } from '../../../lib/balance/outlier-detection.ts';
import type { Outcome } from '../../../lib/balance/outlier-detection.ts';
import { START, poolSettings, tellStory } from '../../support/story.ts';

const DEFAULT = poolSettings(1).outlier;
const ON = { unreachable: true, timeout: true, statuses: [429, 500, 502] };

t.test('which count a failure goes to, by the operator’s list', (t) => {
  const table: [
    outcome: Outcome,
    status: number,
    plain: string | null,
    ofKong: string | null,
    last: string | null,
  ][] = [
    ['ok', 200, null, null, null],
    ['ok', 429, 'answer', 'answer', 'answer'],
    ['error', 500, 'answer', 'answer', 'answer'],
    ['shed', 503, null, null, null],
    ['gateway', 502, 'answer', 'answer', 'answer'],
    ['gateway', 504, null, 'timeout', 'timeout'],
    ['timeout', 0, 'timeout', 'timeout', 'timeout'],
    ['lost', 0, 'lost', 'lost', 'answer'],
    ['unsent', 521, 'lost', 'lost', 'answer'],
  ];
  for (const [outcome, status, plain, ofKong, last] of table) {
    const kind = (retrySame: boolean, isLast: boolean) =>
      kindOf({ outlier: { ...DEFAULT, on: ON }, retrySame }, outcome, status, isLast);
    t.same(
      [kind(false, true), kind(true, false), kind(true, true)],
      [plain, ofKong, last],
      `${outcome} ${status}`,
    );
  }
  const none = {
    outlier: { ...DEFAULT, on: { unreachable: false, timeout: false, statuses: [] } },
    retrySame: true,
  };
  for (const [outcome, status] of table)
    t.equal(kindOf(none, outcome, status, true), null, 'nothing else counts');
  t.equal(kindOf({ outlier: DEFAULT, retrySame: false }, 'lost', 0, true), null);
  t.end();
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

t.test('each kind has its own limit, and two kinds do not add up', (t) => {
  const limits = { consecutiveFailures: 3, unreachableFailures: 2, timeoutFailures: 4 };
  const { fail } = scene(limits);
  t.same(
    [fail('error', 500), fail('error', 500), fail('lost'), fail('timeout'), fail('timeout'), fail('timeout')],
    [false, false, false, false, false, false],
  );
  t.ok(fail('lost'), 'the second of its kind');
  t.same(
    [1, 2, 3].map(() => scene(limits).fail('error', 500)),
    [false, false, false],
  );
  const three = scene(limits);
  t.same(
    [1, 2, 3].map(() => three.fail('error', 500)),
    [false, false, true],
  );
  const alike = scene({ consecutiveFailures: 2 });
  t.same(
    [alike.fail('timeout'), alike.fail('timeout')],
    [false, true],
    'without one of its own, the common one',
  );
  t.end();
});

t.test('a good answer clears them unless they add up; a 404 says nothing', (t) => {
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
  t.end();
});

t.test('a pool without a list has none of this', (t) => {
  t.equal(listedFailures(poolSettings(2)), null);
  t.end();
});
