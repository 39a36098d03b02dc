import t from 'tap';
import type { RouteSettings } from '../../../lib/config/types.ts';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Reason } from '../../../lib/core/errors.ts';
import { countAnswer, countKey } from '../../../lib/core/metrics.ts';
import { metricFamilies, pageReport, redactedPlan, statusReport } from '../../../lib/status/report.ts';
import { familiesText } from '../../../lib/status/prometheus.ts';
import type { State } from '../../../lib/http/state.ts';
import { configured } from '../../support/config.ts';
import { stateOf } from '../../support/state.ts';
import { lintMetrics } from '../../support/lint-metrics.ts';

const SECRET = {
  token: 'secret-token',
  origin: 'sh4red-with-origin',
  digest: 'b'.repeat(64),
  verifier: 'v3rifier-key',
  query: 'qu3ry-secret',
  body: 'b0dy-secret',
  condition: 'c0ndition',
  response: 'fix3d-response',
  change: 'ch4nged-value',
  password: `pbkdf2-sha256:5000:${'c'.repeat(32)}:${'d'.repeat(64)}`,
  hook: 'h00k-in-a-path',
};
const headers = { add: { a: SECRET.change }, replace: { b: SECRET.change }, append: { c: [SECRET.change] } };
const paths = ['/one', '~/re(?<name>x=.)'];
const first = { url: 'http://a', name: 'first', headers: { 'x-secret': SECRET.origin } };
const verify = {
  url: `http://v/check?k={key}&app=${SECRET.query}`,
  headers: { authorization: SECRET.verifier },
};
const settings = checkConfig({
  pools: { api: { origins: [first, 'http://b'], health: { path: '/up' } } },
  routes: [
    {
      ...{ name: 'one', paths, pool: 'api', canary: { pool: 'api', percent: 10 } },
      headers: { 'x-beta': [SECRET.condition] },
      ...{ respondWith: { body: SECRET.response }, requestTransform: { headers, query: headers } },
    },
  ],
  consumers: [
    {
      ...{ id: '1', username: 'ada', credentials: [{ sha256: SECRET.digest }] },
      logins: [{ username: 'ada', passwordHash: SECRET.password }],
    },
  ],
  logTo: [{ url: `https://log.test/${SECRET.hook}` }],
  auth: { verify },
  responseHeaders: { version: { body: SECRET.body } },
  status: { path: '/status', token: SECRET.token },
});
const NOW = 1_800_000_000_000;
const metrics = (report: ReturnType<typeof statusReport>) => familiesText(metricFamilies(report));
const answered = (state: State, route: RouteSettings | null, status: number, reason: Reason | null) =>
  countAnswer(state.metrics, { route, startedAt: NOW - 30 }, { status, reason }, NOW);

t.test('the page gets rates, quantiles, charts and the digest of the redacted plan', async (t) => {
  const state = stateOf(settings);
  for (const status of [200, 500]) answered(state, settings.routes[0]!, status, null);
  answered(state, null, 429, 'rate_limited');
  state.metrics!.attempt(0, 1, 30);
  const report = await pageReport(state, NOW + 2000);
  t.match(report, {
    configuration: (await state.runtime.digest(redactedPlan(settings))).slice(0, 12),
    uptimeSeconds: 2,
    allIsolates: false,
    recent: { requestsPerSecond: 1.5, requests: 3, errors: 1, p50Ms: 38, limitsHit: 1, inFlight: 0 },
    charts: { slotSeconds: 5 },
    keys: { hits: 0, good: 0, bad: 0 },
    routes: [
      { name: 'one', pool: 'api', canary: { pool: 'api', percent: 10 }, recent: { requests: 2, errors: 1 } },
      { name: '(none)', pool: null, canary: null },
    ],
  });
  t.same(
    Object.values(report.charts).map((one) => (Array.isArray(one) ? one.length : one)),
    [5, 60, 60, 60, 60, 60],
  );
  const [first, second] = report.pools[0]!.origins;
  t.same([first!.latency.trail.at(-1), first!.recent.p99Ms], [null, null]);
  t.same([second!.latency.trail.at(-1), second!.recent.p99Ms], [30, 50]);
  const other = stateOf(configured({ status: { path: '/s', token: SECRET.token } }));
  t.not((await pageReport(other, NOW)).configuration, report.configuration);
});

t.test('Prometheus gets the same figures, in a valid exposition', async (t) => {
  const state = stateOf(settings);
  t.equal(statusReport(state, NOW).since, new Date(NOW).toISOString(), 'now, before the first request');
  answered(state, settings.routes[0]!, 200, null);
  answered(state, settings.routes[0]!, 401, 'no_key');
  state.metrics!.attempt(0, 0, 30);
  countKey(state.metrics, 'stale');
  const text = metrics(statusReport(state, NOW));
  t.strictSame(lintMetrics(text), []);
  for (const line of [
    'gateway_requests_total{route="one",code="2xx"} 1',
    'gateway_refusals_total{reason="no_key"} 1',
    'gateway_origin_ejected{pool="api",origin="first"} 0',
    'gateway_origin_latency_seconds_bucket{pool="api",origin="first",le="0.05"} 1',
    'gateway_origin_latency_seconds_count{pool="api",origin="http://b"} 0',
    'gateway_route_latency_seconds_bucket{route="one",le="0.05"} 2',
    'gateway_route_latency_seconds_sum{route="one"} 0.06',
    'gateway_keys_stale_total{} 1',
    `gateway_start_time_seconds{} ${NOW / 1000}`,
  ])
    t.ok(text.includes(line + '\n'), line);
});

t.test('records for log servers and collectors are counted in the report, and for Prometheus', async (t) => {
  const server = { url: 'https://log.test/in', batchSize: 2 };
  const { token } = SECRET;
  const state = stateOf(
    configured({ status: { path: '/s', token }, logTo: [server], trace: { to: server } }),
  );
  const zero = { sent: 0, failed: 0, dropped: 0 };
  const report = statusReport(state, NOW);
  t.match(report, { accessLog: zero, trace: zero });
  for (const line of ['gateway_access_log_dropped_total{} 0', 'gateway_trace_sent_total{} 0'])
    t.ok(metrics(report).includes(line + '\n'), line);
});

t.test('the plan shows what is enforced, and no secret', async (t) => {
  const plan = redactedPlan(settings);
  for (const secret of Object.values(SECRET)) t.notOk(plan.includes(secret), secret);
  const auth = { verify: { url: 'http://v/check?k={key}&app=***', headers: ['authorization'] } };
  t.match(JSON.parse(plan), {
    status: { path: '/status', token: '***' },
    routes: [{ name: 'one', paths, headers: ['x-beta'], auth, requestTransform: { query: { add: ['a'] } } }],
    pools: [{ origins: [{ name: 'first', headers: ['x-secret'] }], health: { path: '/up' } }],
    consumers: [{ id: '1', username: 'ada', credentials: [{ sha256: '***' }] }],
    logTo: [{ url: 'https://log.test' }],
  });
});
