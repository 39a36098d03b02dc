/** What the operator gets about real traffic on real workerd: figures, metrics, log lines, timings, traces. */
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { gatewayFor } from '../support/gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { lintMetrics } from '../support/lint-metrics.ts';
import { AS_OPERATOR, STATUS } from '../support/operator.ts';
import { originFor } from '../support/origin.ts';
import type { Behaviour, Origin, Tap } from '../support/origin.ts';

const OPERATOR = { headers: AS_OPERATOR };

async function start(
  t: Tap,
  config: (origin: Origin) => Config,
  behaviour: Behaviour = {},
): Promise<[Gateway, Origin]> {
  const origin = await originFor(t, behaviour);
  return [await gatewayFor(t, config(origin), { shares: 'nothing' }), origin];
}
const get = async (gateway: Gateway, path: string, init?: RequestInit) => {
  const response = await fetch(gateway.url + path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
};
/** The Worker's own log lines. */
const logged = (gateway: Gateway) =>
  gateway.lines().map((line) => JSON.parse(line) as Record<string, unknown>);

t.test('the figures match the traffic', async (t) => {
  const [gateway, origin] = await start(t, ({ url }) => ({
    pools: { api: { origins: [{ url, name: 'only' }] } },
    routes: [
      { name: 'v1', paths: ['/v1'], pool: 'api' },
      { name: 'locked', paths: ['/locked'], pool: 'api', auth: {} },
    ],
    status: STATUS,
  }));
  for (let i = 0; i < 7; i++) await get(gateway, '/v1/x');
  origin.behave({ status: 404 });
  for (let i = 0; i < 3; i++) await get(gateway, '/v1/x', { method: 'POST', body: 'x' });
  for (let i = 0; i < 2; i++) await get(gateway, '/locked');
  for (let i = 0; i < 2; i++) await get(gateway, '/locked?apikey=wrong');
  await get(gateway, '/nowhere');
  const { status, text } = await get(gateway, '/status/json', OPERATOR);
  t.equal(status, 200);
  t.match(JSON.parse(text), {
    routes: [
      { name: 'v1', '2xx': 7, '4xx': 3, '5xx': 0 },
      { name: 'locked', '2xx': 0, '4xx': 4 },
      { name: '(none)', '4xx': 1 },
    ],
    refusals: { no_key: 2, bad_key: 2, no_route: 1 },
    keys: { hits: 2, misses: 0 },
    pools: [{ name: 'api', origins: [{ name: 'only', requests: 10, inFlight: 0, ejected: false }] }],
  });
  const report = JSON.parse(text) as { pools: { origins: { latency: { buckets: number[] } }[] }[] };
  t.equal(
    report.pools[0]!.origins[0]!.latency.buckets.reduce((sum, one) => sum + one),
    10,
  );
  const metrics = await get(gateway, '/status/metrics', OPERATOR);
  t.strictSame(lintMetrics(metrics.text), []);
  t.match(metrics.text, 'gateway_requests_total{route="v1",code="2xx"} 7\n');
  t.match(metrics.text, 'gateway_origin_requests_total{pool="api",origin="only"} 10\n');
  t.equal(
    origin.received.filter((received) => received.url.startsWith('/status')).length,
    0,
    'the origin got none of it',
  );
});

t.test('Server-Timing shows where the time went; serverTiming: false sends none', async (t) => {
  const [on] = await start(t, ({ url }) => ({ origins: [url], responseHeaders: false, log: 'all' }), {
    delayMs: 30,
    headers: { 'server-timing': 'db;dur=5' },
  });
  const timing = (await get(on, '/')).headers.get('server-timing') ?? '';
  t.match(
    timing,
    /^db;dur=5, (auth;dur=\d+, )?pick;dur=\d+, origin;dur=\d+, total;dur=\d+, attempts;desc="1"$/,
    "after the origin's own",
  );
  const part = (name: string) => Number(new RegExp(`${name};dur=(\\d+)`).exec(timing)?.[1]);
  t.ok(part('origin') >= 25 && part('total') >= part('origin'), timing);
  const [off] = await start(t, ({ url }) => ({ origins: [url], log: 'all', serverTiming: false }));
  t.equal((await get(off, '/')).headers.get('server-timing'), null);
});

t.test('the origin, the caller and the log get the same request id', async (t) => {
  const [gateway, origin] = await start(t, ({ url }) => ({
    origins: [url],
    responseHeaders: false,
    log: 'all',
  }));
  const { headers } = await get(gateway, '/', { headers: { 'x-request-id': 'mine' } });
  const id = headers.get('x-request-id');
  t.match(id, /^[0-9a-f]{32}$/, "not an untrusted caller's own");
  t.equal(origin.received[0]?.header('x-request-id'), id);
  t.equal(logged(gateway)[0]?.['id'], id);
});

t.test('a trace continues with the gateway as parent, tracestate unchanged', async (t) => {
  const [gateway, origin] = await start(t, ({ url }) => ({
    origins: [url],
    responseHeaders: false,
    log: 'all',
  }));
  const trace = '0af7651916cd43dd8448eb211c80319c';
  for (const flags of ['00', '01'])
    await get(gateway, '/', {
      headers: { traceparent: `00-${trace}-b7ad6b7169203331-${flags}`, tracestate: 'vendor=1,other=x' },
    });
  await get(gateway, '/', { headers: { traceparent: 'nonsense' } });
  await get(gateway, '/');
  const sent = origin.received.map((received) => received.header('traceparent'));
  const [first = '', second = ''] = sent as string[];
  t.match(first, new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
  t.match(second, new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  t.notMatch(first + second, 'b7ad6b7169203331');
  t.not(first.slice(36, 52), second.slice(36, 52), 'each request has its own span');
  t.strictSame(sent.slice(2), ['nonsense', null], 'none is added');
  t.equal(origin.received[0]?.header('tracestate'), 'vendor=1,other=x');
  t.match(logged(gateway)[0], { trace, span: first.slice(36, 52) });
});
