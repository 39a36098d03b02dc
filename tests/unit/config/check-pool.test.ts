import t from 'tap';
import { checkPool, poolOf } from '../../../lib/config/check-pool.ts';
import type { PoolSettings } from '../../../lib/config/types.ts';

function made(pool: Record<string, unknown>): { pool: PoolSettings; faults: string[] } {
  const faults: string[] = [];
  return { pool: checkPool('api')({ origins: ['http://a'], ...pool }, 'pools.api', faults), faults };
}

t.test('each key of a pool has its default, and is taken where it is set', async (t) => {
  t.match(made({}).pool, {
    balance: 'adaptive',
    hashOn: 'ip',
    hashFallback: null,
    load: null,
    timeoutMs: 10000,
    totalTimeoutMs: 30000,
    retries: 2,
    retryOn: { unreachable: true, timeout: true, statuses: [500, 502, 503, 504] },
    retryBudgetPercent: 20,
    hedge: { afterMs: 'silent', budgetPercent: 3 },
    probe: null,
    health: null,
    idempotencyKey: true,
    outlier: { consecutiveFailures: 3, ejectSeconds: 2, maxEjectSeconds: 24 },
  });
  const { pool, faults } = made({
    balance: 'least-load',
    hashOn: { header: 'x-user' },
    hashFallback: 'ip',
    load: { path: '/load', intervalSeconds: 1 },
    timeoutMs: 1,
    totalTimeoutMs: 2,
    retries: 0,
    retryOn: ['timeout', 429],
    retryBudgetPercent: 0,
    hedge: { afterMs: 50 },
    probe: { path: '/up', method: 'HEAD' },
    health: { path: '/health', statuses: [204] },
    outlier: { ejectSeconds: 5 },
    idempotencyKey: false,
  });
  t.same(faults, []);
  t.match(pool, {
    balance: 'least-load',
    hashOn: { header: 'x-user' },
    hashFallback: 'ip',
    load: { path: '/load', pointer: '', intervalSeconds: 1 },
    timeoutMs: 1,
    totalTimeoutMs: 2,
    retries: 0,
    retryOn: { unreachable: false, timeout: true, statuses: [429] },
    retryBudgetPercent: 0,
    hedge: { afterMs: 50, budgetPercent: 3 },
    probe: { path: '/up', method: 'HEAD', timeoutMs: 3000 },
    health: {
      path: '/health',
      statuses: [204],
      intervalSeconds: 10,
      timeoutMs: 2000,
      healthyAfter: 2,
      unhealthyAfter: 3,
    },
    outlier: { consecutiveFailures: 3, ejectSeconds: 5 },
    idempotencyKey: false,
  });
});

t.test('what cannot be is refused with its place', async (t) => {
  const table: [key: string, value: unknown][] = [
    ['balance', 'fastest'],
    ['timeoutMs', 0],
    ['totalTimeoutMs', 1.5],
    ['retries', -1],
    ['probe', { path: 'up' }],
    ['idempotencyKey', 1],
  ];
  for (const [key, value] of table)
    t.match(
      made({ [key]: value }).faults,
      [new RegExp(`^pools\\.api\\.${key}`)],
      `${key}: ${JSON.stringify(value)}`,
    );
});

t.test('a pool of given origins has every default of a written one', async (t) => {
  const { origins } = made({}).pool;
  t.same(poolOf('api', origins), made({}).pool);
});
