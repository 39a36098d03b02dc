/** Counters. Their values in use: tests/e2e/status.test.ts. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { countAnswer, createMetrics, LATENCY_BOUNDS } from '../../../lib/core/metrics.ts';
import type { RouteSettings } from '../../../lib/config/types.ts';
import type { Reason } from '../../../lib/core/errors.ts';
import type { Metrics } from '../../../lib/core/metrics.ts';

const NOW = 1_800_000_000_000;
const settings = checkConfig({
  origins: ['http://a', 'http://b'],
  routes: [{ name: 'one', paths: ['/one'] }, { name: 'two' }],
  status: { path: '/status', token: 'secret-token' },
});
const [ONE, TWO] = settings.routes as [RouteSettings, RouteSettings];
const count = (metrics: Metrics, route: typeof ONE | null, status: number, reason: Reason | null = null) =>
  countAnswer(metrics, { route, startedAt: NOW - 30 }, { status, reason }, NOW);

t.test('responses are counted by route and status class, refusals by reason', async (t) => {
  const metrics = createMetrics(settings)!;
  // An origin may respond with a status of no class.
  for (const status of [200, 204, 301, 404, 499, 500, 599, 101, 0, 999]) count(metrics, ONE, status);
  for (const reason of ['no_key', 'no_key'] as const) count(metrics, TWO, 401, reason);
  count(metrics, null, 404, 'no_route');
  t.match(
    [...metrics.routes.values()],
    [
      { name: 'one', '1xx': 2, '2xx': 2, '3xx': 1, '4xx': 2, '5xx': 3 },
      { name: 'two', '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 2, '5xx': 0 },
      { name: '(none)', '4xx': 1, latency: { buckets: [0, 0, 0, 1], sumMs: 30 } },
    ],
  );
  t.strictSame(metrics.refusals, { no_key: 2, no_route: 1 });
  t.equal(createMetrics(checkConfig({ origins: ['http://a'] })), null, 'no metrics without a status page');
});

t.test('a latency falls into the first bucket whose bound it does not exceed', async (t) => {
  const { attempt, origins } = createMetrics(settings)!;
  for (const ms of [0, 5, 5.1, 10, 10_000, 10_001, -60_000]) attempt(0, 1, ms);
  // An origin that is not configured is not counted.
  attempt(0, 7, 5);
  const [[other, { buckets, sumMs } = other!] = []] = origins;
  t.strictSame(buckets, [3, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  t.equal(buckets.length, LATENCY_BOUNDS.length + 1);
  t.equal(Math.round(sumMs), 20_021, 'it never decreases, though the clock be set back');
  t.equal(other!.sumMs, 0, 'the other origin has none');
});
