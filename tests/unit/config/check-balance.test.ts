import t from 'tap';
import { BALANCE_FIELDS } from '../../../lib/config/check-balance.ts';
import { shape } from '../../../lib/config/validate.ts';

const check = shape(BALANCE_FIELDS);

t.test(
  'off is a value: no outlier rule ejects after infinitely many failures, no hedge has no budget',
  async (t) => {
    const faults: string[] = [];
    const made = check({ outlier: false, hedge: false, health: false }, 'pool', faults);
    t.same(faults, []);
    t.match(made, { outlier: { consecutiveFailures: Infinity }, hedge: { budgetPercent: 0 }, health: null });
  },
);

t.test('what is written is what the rules get, whole', async (t) => {
  const written = {
    hashOn: { header: 'x-user' },
    hashFallback: 'path',
    load: { path: '/load', pointer: '/one', header: 'x-load', intervalSeconds: 1 },
    retryBudgetPercent: 7,
    hedge: { afterMs: 50, budgetPercent: 9 },
    outlier: {
      consecutiveFailures: 4,
      unreachableFailures: 5,
      timeoutFailures: 6,
      ejectSeconds: 7,
      maxEjectSeconds: 8,
      cumulative: true,
    },
    health: {
      path: '/up',
      intervalSeconds: 1,
      timeoutMs: 2,
      statuses: [204],
      healthyAfter: 4,
      unhealthyAfter: 5,
    },
    retrySame: true,
    threshold: 50,
  };
  const faults: string[] = [];
  const made = check(
    { ...written, outlier: { ...written.outlier, on: [503] }, retryOn: [429] },
    'pool',
    faults,
  );
  const statuses = (...list: number[]) => ({ unreachable: false, timeout: false, statuses: list });
  t.same(made, { ...written, outlier: { ...written.outlier, on: statuses(503) }, retryOn: statuses(429) });
  t.same(faults, []);
});

t.test('what cannot be is refused with its place', async (t) => {
  const table: [key: string, value: unknown][] = [
    ['hashOn', 'user'],
    ['hashOn', {}],
    ['hashOn', 5],
    ['hashOn', null],
    ['hashFallback', { header: '' }],
    ['load', {}],
    ['retryOn', ['refused']],
    ['retryOn', [200]],
    ['retryBudgetPercent', -1],
    ['hedge', true],
    ['hedge', { afterMs: 'soon' }],
    ['outlier', { ejectSeconds: 0 }],
    ['health', { path: '/h', statuses: [] }],
  ];
  for (const [key, value] of table) {
    const faults: string[] = [];
    check({ [key]: value }, 'pool', faults);
    t.match(faults, [new RegExp(`^pool\\.${key}`)], `${key}: ${JSON.stringify(value)}`);
    t.equal(faults.length, 1, 'one mistake, one line');
  }
});
