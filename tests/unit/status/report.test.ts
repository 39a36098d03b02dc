import t from 'tap';
import type { RouteSettings } from '../../../lib/config/types.ts';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Reason } from '../../../lib/core/errors.ts';
import { countAnswer, countKey } from '../../../lib/core/metrics.ts';
import { metricsText, pageReport, redactedPlan, statusReport } from '../../../lib/status/report.ts';
import type { State } from '../../../lib/http/state.ts';
import { stateOf } from '../../support/state.ts';
import { lintMetrics } from '../../support/lint-metrics.ts';

const SECRETS = [
  'secret-token',
  'sh4red-with-origin',
  'b'.repeat(64),
  'v3rifier-key',
  'qu3ry-secret',
  'b0dy-secret',
  'c0ndition',
];
const settings = checkConfig({
  pools: {
    api: {
      origins: [{ url: 'http://a', name: 'first', headers: { 'x-secret': SECRETS[1]! } }, 'http://b'],
      health: { path: '/up' },
    },
  },
  routes: [
    { name: 'one', paths: ['/one', '~/re(?<name>x=.)'], pool: 'api', headers: { 'x-beta': [SECRETS[6]!] } },
  ],
  consumers: [{ id: '1', username: 'ada', credentials: [{ sha256: SECRETS[2]! }] }],
  auth: {
    verify: { url: 'http://v/check?k={key}&app=' + SECRETS[4], headers: { authorization: SECRETS[3]! } },
  },
  responseHeaders: { version: { body: SECRETS[5]! } },
  status: { path: '/status', token: SECRETS[0]! },
});
const NOW = 1_800_000_000_000;
const answered = (state: State, route: RouteSettings | null, status: number, reason: Reason | null) =>
  countAnswer(state.metrics, { route, startedAt: NOW - 30 }, { status, reason }, NOW);

t.test("the report has everybody's figures", async (t) => {
  const state = stateOf(settings);
  answered(state, settings.routes[0]!, 200, null);
  answered(state, null, 404, 'no_route');
  state.metrics!.attempt(0, 1, 30);
  countKey(state.metrics, 'stale');
  const report = statusReport(state, NOW);
  t.match(report, {
    since: new Date(NOW).toISOString(),
    routes: [
      { name: 'one', '2xx': 1 },
      { name: '(none)', '4xx': 1 },
    ],
    refusals: { no_route: 1 },
    keys: { hits: 0, misses: 0, stale: 1, good: 0, bad: 0 },
    pools: [
      {
        name: 'api',
        balance: 'adaptive',
        origins: [
          { name: 'first', ejected: false },
          { name: 'http://b', latency: { sumMs: 30 } },
        ],
      },
    ],
  });
});

t.test(
  'the page gets it with digest, rates, quantiles and charts; the digest is of the redacted plan',
  async (t) => {
    const state = stateOf(settings);
    answered(state, settings.routes[0]!, 200, null);
    answered(state, settings.routes[0]!, 500, null);
    answered(state, null, 429, 'rate_limited');
    state.metrics!.attempt(0, 1, 30);
    const report = await pageReport(state, state.metrics!, NOW + 2000);
    t.match(report, {
      configuration: (await state.runtime.digest(redactedPlan(settings))).slice(0, 12),
      uptimeSeconds: 2,
      allIsolates: false,
      recent: { requestsPerSecond: 1.5, requests: 3, errors: 1, p50Ms: 38, limitsHit: 1, inFlight: 0 },
      charts: { slotSeconds: 5 },
      routes: [
        { name: 'one', pool: 'api', canary: null, recent: { requests: 2, errors: 1 } },
        { name: '(none)', pool: null },
      ],
    });
    t.same(
      Object.values(report.charts).map((one) => (Array.isArray(one) ? one.length : one)),
      [5, 60, 60, 60, 60, 60],
    );
    const [first, second] = report.pools[0]!.origins;
    t.same([first!.latency.trail.at(-1), first!.recent.p99Ms], [null, null]);
    t.same([second!.latency.trail.at(-1), second!.recent.p99Ms], [30, 50]);
    const other = stateOf(
      checkConfig({ origins: ['http://a'], status: { path: '/s', token: 'secret-token' } }),
    );
    t.not((await pageReport(other, other.metrics!, NOW)).configuration, report.configuration);
  },
);

t.test('Prometheus gets the same, and finds nothing to object to', async (t) => {
  const state = stateOf(settings);
  answered(state, settings.routes[0]!, 200, null);
  answered(state, settings.routes[0]!, 401, 'no_key');
  state.metrics!.attempt(0, 0, 30);
  const text = metricsText(statusReport(state, NOW));
  t.strictSame(lintMetrics(text), []);
  for (const line of [
    'gateway_requests_total{route="one",code="2xx"} 1',
    'gateway_refusals_total{reason="no_key"} 1',
    'gateway_origin_ejected{pool="api",origin="first"} 0',
    'gateway_origin_latency_seconds_bucket{pool="api",origin="first",le="0.05"} 1',
    'gateway_origin_latency_seconds_count{pool="api",origin="http://b"} 0',
    'gateway_origin_drained{pool="api",origin="first"} 0',
    'gateway_route_latency_seconds_bucket{route="one",le="0.05"} 2',
    'gateway_route_latency_seconds_sum{route="one"} 0.06',
    'gateway_keys_hits_total{} 0',
    `gateway_start_time_seconds{} ${NOW / 1000}`,
  ])
    t.ok(text.includes(line + '\n'), line);
});

t.test('the plan shows what is enforced and no secret', async (t) => {
  const plan = redactedPlan(settings);
  for (const secret of SECRETS) t.notOk(plan.includes(secret), secret);
  t.match(JSON.parse(plan), {
    status: { path: '/status', token: '***' },
    routes: [
      {
        name: 'one',
        paths: ['/one', '~/re(?<name>x=.)'],
        headers: ['x-beta'],
        auth: { verify: { url: 'http://v/check?k={key}&app=***', headers: ['authorization'] } },
      },
    ],
    pools: [{ origins: [{ name: 'first', headers: ['x-secret'] }], health: { path: '/up' } }],
    consumers: [{ id: '1', username: 'ada', credentials: [{ sha256: '***' }] }],
  });
});

t.test('before the first request the figures begin now', async (t) => {
  t.equal(statusReport(stateOf(settings), NOW).since, new Date(NOW).toISOString());
});
