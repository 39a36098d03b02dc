import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import {
  countAnswer,
  countKey,
  createMetrics,
  LATENCY_BOUNDS,
  readOrigin,
  TRAIL_SLOT_MS,
  TRAIL_SLOTS,
} from '../../../lib/core/metrics.ts';
import type { Metrics } from '../../../lib/core/metrics.ts';

const STATUS = { path: '/status', token: 'secret-token' };
const NOW = 1_800_000_000_000;
const settings = checkConfig({
  pools: { api: { origins: ['http://a', 'http://b'] }, other: { origins: ['http://c'] } },
  routes: [
    { name: 'one', paths: ['/one'], pool: 'api' },
    { name: 'two', paths: ['/two'], pool: 'other' },
  ],
  status: STATUS,
});
const fresh = (): Metrics => createMetrics(settings)!;

t.test('where status is off there are no counters, and counting is nothing', async (t) => {
  const metrics = createMetrics(checkConfig({ origins: ['http://a'] }));
  t.equal(metrics, null);
  countAnswer(metrics, null, 200, null, NOW);
  countKey(metrics, 'hits');
});

t.test('answers count by route and status class, refusals by reason', async (t) => {
  const metrics = fresh();
  const [one, two] = settings.routes;
  for (const status of [200, 204, 301, 404, 499, 500, 599, 101])
    countAnswer(metrics, one!, status, null, NOW);
  countAnswer(metrics, two!, 401, 'no_key', NOW + 5);
  countAnswer(metrics, two!, 401, 'no_key', NOW + 6);
  countAnswer(metrics, null, 404, 'no_route', NOW + 7);
  t.strictSame(
    [...metrics.routes.values()],
    [
      { name: 'one', '1xx': 1, '2xx': 2, '3xx': 1, '4xx': 2, '5xx': 2 },
      { name: 'two', '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 2, '5xx': 0 },
      { name: '(none)', '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 1, '5xx': 0 },
    ],
  );
  t.strictSame(metrics.refusals, { no_key: 2, no_route: 1 });
  t.equal(metrics.since, NOW, 'the first answer starts the count');
});

t.test('an origin may answer with a status that no class has', async (t) => {
  const metrics = fresh();
  for (const status of [0, 99, 600, 999]) countAnswer(metrics, null, status, null, NOW);
  t.match(metrics.routes.get(null), { '1xx': 2, '5xx': 2 });
});

t.test('a latency falls into the first bucket whose bound it does not exceed', async (t) => {
  const metrics = fresh();
  for (const ms of [0, 5, 5.1, 10, 10_000, 10_001]) metrics.attempt(0, 1, ms, NOW);
  const { buckets, sumMs } = readOrigin(metrics.origins[0]![1], NOW);
  t.strictSame(buckets, [2, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  t.equal(buckets.length, LATENCY_BOUNDS.length + 1);
  t.equal(Math.round(sumMs), 20_021);
  t.strictSame(readOrigin(metrics.origins[0]![0], NOW).sumMs, 0, 'its neighbour has none');
});

t.test(
  'the course of latency is the mean of each slot, oldest first, and forgets what is older than it is long',
  async (t) => {
    const metrics = fresh();
    metrics.attempt(1, 0, 10, NOW);
    metrics.attempt(1, 0, 30, NOW + TRAIL_SLOT_MS - 1);
    metrics.attempt(1, 0, 7, NOW + 3 * TRAIL_SLOT_MS);
    const trail = (now: number) => readOrigin(metrics.origins[1]![0], now).trail;
    t.strictSame(trail(NOW + 3 * TRAIL_SLOT_MS).slice(-5), [null, 20, null, null, 7]);
    t.equal(trail(NOW).length, TRAIL_SLOTS);
    const length = TRAIL_SLOTS * TRAIL_SLOT_MS;
    t.equal(trail(NOW + length - 1)[0], 20, 'still there, at the left end');
    t.notOk(trail(NOW + length).includes(20), 'then gone');
    metrics.attempt(1, 0, 99, NOW + length);
    t.equal(trail(NOW + length).at(-1), 99, 'its slot is used again from nothing');
  },
);

t.test('nothing grows with traffic', async (t) => {
  const metrics = fresh();
  const size = () =>
    JSON.stringify(metrics, (_, value: unknown) => {
      if (typeof value === 'number') return 0;
      return value instanceof Map ? [...(value as Map<unknown, unknown>)] : value;
    }).length;
  const drive = () => {
    for (let i = 0; i < 5000; i++) {
      countAnswer(metrics, settings.routes[i % 2]!, 200 + (i % 400), 'no_route', NOW + 977 * i);
      metrics.attempt(0, i % 2, i, NOW + 977 * i);
      countKey(metrics, i % 3 ? 'hits' : 'misses');
    }
  };
  drive();
  const before = size();
  drive();
  t.equal(size(), before);
});

t.test('what is not configured is not counted', async (t) => {
  const metrics = fresh();
  metrics.attempt(-1, 0, 5, NOW);
  metrics.attempt(0, 7, 5, NOW);
  t.strictSame(metrics.origins, fresh().origins);
});
