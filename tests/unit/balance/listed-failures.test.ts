/** Failures under an `on` list; how they are counted is in the cases of tests/kong ("balancer: ..."). */
import t from 'tap';
import { kindOf, listedFailures } from '../../../lib/balance/listed-failures.ts';
import { readmitOrigin, type Outcome } from '../../../lib/balance/outlier-detection.ts';
import { START, poolSettings, simulatePool } from '../../support/pool-sim.ts';

const DEFAULT = poolSettings(1).outlier;
const ON = { unreachable: true, timeout: true, statuses: [429, 500, 502] as number[] };

t.test('the `on` list decides which counter a failure goes to', async (t) => {
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

t.test('a kind without its own limit uses the common one; readmission clears all counters', async (t) => {
  const { pool, origin } = simulatePool(2, { outlier: { ...DEFAULT, on: ON, consecutiveFailures: 2 } });
  const count = listedFailures(pool.settings)!;
  const one = origin(0);
  for (const [outcome, ejected] of [
    ['timeout', false],
    ['lost', false],
    ['timeout', true],
  ] as const) {
    count(pool, one, { outcome, status: 0 }, false, START);
    t.equal(one.ejectedUntil > 0, ejected);
  }
  readmitOrigin(one, START);
  count(pool, one, { outcome: 'timeout', status: 0 }, false, START);
  t.equal(one.ejectedUntil, 0);
  t.equal(listedFailures(poolSettings(2)), null, 'a pool without a list');
});
