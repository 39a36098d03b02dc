import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { countAnswer, countKey, createMetrics, LATENCY_BOUNDS } from '../../../lib/core/metrics.ts';
import type { RouteSettings } from '../../../lib/config/types.ts';
import type { Reason } from '../../../lib/core/errors.ts';
import type { Metrics } from '../../../lib/core/metrics.ts';

const NOW = 1_800_000_000_000;
const settings = checkConfig({
  pools: { api: { origins: ['http://a', 'http://b'] }, other: { origins: ['http://c'] } },
  routes: [
    { name: 'one', paths: ['/one'], pool: 'api' },
    { name: 'two', paths: ['/two'], pool: 'other' },
  ],
  status: { path: '/status', token: 'secret-token' },
});
const fresh = (): Metrics => createMetrics(settings)!;
type Route = RouteSettings | null;
type Counted = Metrics | null;
const answer = (metrics: Counted, route: Route, status: number, reason: Reason | null = null, at = NOW) =>
  countAnswer(metrics, { route, startedAt: at - 30 }, { status, reason }, at);

t.test('where status is off there are no counters, and counting is nothing', async (t) => {
  const metrics = createMetrics(checkConfig({ origins: ['http://a'] }));
  t.equal(metrics, null);
  answer(metrics, null, 200);
  countKey(metrics, 'hits');
});

t.test('answers count by route and status class, refusals by reason', async (t) => {
  const metrics = fresh();
  const [one, two] = settings.routes;
  for (const status of [200, 204, 301, 404, 499, 500, 599, 101]) answer(metrics, one!, status);
  answer(metrics, two!, 401, 'no_key', NOW + 5);
  answer(metrics, two!, 401, 'no_key', NOW + 6);
  answer(metrics, null, 404, 'no_route', NOW + 7);
  const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 };
  t.match(
    [...metrics.routes.values()],
    [
      { name: 'one', '1xx': 1, '2xx': 2, '3xx': 1, '4xx': 2, '5xx': 2 },
      { ...none, name: 'two', '4xx': 2 },
      { ...none, name: '(none)', '4xx': 1 },
    ],
  );
  t.strictSame(metrics.refusals, { no_key: 2, no_route: 1 });
  t.equal(metrics.since, NOW, 'the first answer starts the count');
});

t.test('an origin may answer with a status that no class has', async (t) => {
  const metrics = fresh();
  for (const status of [0, 99, 600, 999]) answer(metrics, null, status);
  t.match(metrics.routes.get(null), { '1xx': 2, '5xx': 2 });
});

t.test('a latency falls into the first bucket whose bound it does not exceed', async (t) => {
  const metrics = fresh();
  for (const ms of [0, 5, 5.1, 10, 10_000, 10_001]) metrics.attempt(0, 1, ms);
  const { buckets, sumMs } = metrics.origins[0]![1]!;
  t.strictSame(buckets, [2, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  t.equal(buckets.length, LATENCY_BOUNDS.length + 1);
  t.equal(Math.round(sumMs), 20_021);
  t.equal(metrics.origins[0]![0]!.sumMs, 0, 'its neighbour has none');
  answer(metrics, settings.routes[1]!, 200);
  const { latency } = metrics.routes.get(settings.routes[1]!)!;
  t.match(latency, { buckets: [0, 0, 0, 1], sumMs: 30 }, 'so do routes');
});

t.test('nothing grows with traffic', async (t) => {
  const metrics = fresh();
  const size = () =>
    JSON.stringify(metrics, (_, value: unknown) => {
      if (typeof value === 'number') return 0;
      return value instanceof Map ? [...(value as Map<unknown, unknown>)] : value;
    }).length;
  const drive = () => {
    for (let i = 0; i < 5000; i++) {
      answer(metrics, settings.routes[i % 2]!, 200 + (i % 400), 'no_route', NOW + 977 * i);
      metrics.attempt(0, i % 2, i);
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
  metrics.attempt(-1, 0, 5);
  metrics.attempt(0, 7, 5);
  t.strictSame(metrics.origins, fresh().origins);
});
