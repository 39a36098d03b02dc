import t from 'tap';
import { BALANCE_FIELDS } from '../../lib/check-balance.ts';
import { shape } from '../../lib/check.ts';

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

t.test('what cannot be is refused with its place', async (t) => {
  const table: [key: string, value: unknown][] = [
    ['hashOn', 'user'],
    ['hashOn', {}],
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
  }
});
