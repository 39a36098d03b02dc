import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
import { refuse, type Refusal } from '../../../lib/core/errors.ts';
import type { Context } from '../../../lib/core/request.ts';
import { finishResponse } from '../../../lib/http/response.ts';
import { callTo } from '../../support/journeys.ts';
import { stateOf } from '../../support/state.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

function finished(
  config: Partial<Config>,
  from: Response | Refusal,
  init: RequestInit = {},
  more: Partial<Context> = {},
) {
  const runtime = virtualRuntime();
  const settings = checkConfig({ origins: [{ url: 'http://10.0.0.1:8080/base', name: 'one' }], ...config });
  const state = stateOf(settings, runtime);
  const context = callTo('/x', init, {
    route: settings.routes[0] ?? null,
    origin: 'reason' in from ? null : (settings.pools[0]?.origins[0] ?? null),
    metrics: state.metrics,
    startedAt: runtime.now(),
    kong: settings.compat === null ? null : settings,
    ...more,
  });
  const response = finishResponse(context, from, state);
  return { response, headers: response.headers, lines: runtime.lines };
}
/** An answer without a body, that has these headers and perhaps another status. */
const answer = (headers: Record<string, string>, status = 200) => new Response(null, { headers, status });
const NO_KEY = refuse('no_key', 401, 'No API key found in request');

t.test("an origin's answer keeps status, body and headers, and several cookies stay several", async (t) => {
  const headers = { etag: '"1"', 'content-type': 'text/plain' };
  const from = new Response('body', { status: 207, statusText: 'Multi-Status', headers });
  from.headers.append('set-cookie', 'a=1');
  from.headers.append('set-cookie', 'b=2');
  const { response } = finished({}, from);
  t.match(response, { status: 207, statusText: 'Multi-Status' });
  t.equal(response.headers.get('etag'), '"1"');
  t.same(response.headers.getSetCookie(), ['a=1', 'b=2']);
  t.equal(await response.text(), 'body');
});

t.test('headers that the answer names in Connection stay on their hop', async (t) => {
  const { headers } = finished({}, answer({ connection: 'x-hop', 'x-hop': '1', 'x-end': '2' }));
  t.equal(headers.get('x-hop'), null);
  t.equal(headers.get('x-end'), '2');
});

t.test('a redirect to the origin leads to the public host, unless that is switched off', async (t) => {
  const [inside, outside] = ['http://10.0.0.1:8080/base/next', 'http://gateway.example/next'];
  for (const [status, location, config] of [
    [302, outside, {}],
    [302, inside, { rewriteLocation: false }],
    // What was created too; elsewhere it is a text.
    [201, outside, {}],
    [200, inside, {}],
  ] as const)
    t.equal(finished(config, answer({ location: inside }, status)).headers.get('location'), location);
});

t.test("the gateway's own cookie stands beside the origin's, other headers of its own replace", async (t) => {
  const answerHeaders = Object.entries({ 'Set-Cookie': 'b=2', 'RateLimit-Limit': '5' });
  const from = answer({ 'set-cookie': 'a=1', 'ratelimit-limit': '7' });
  const { headers } = finished({}, from, {}, { answerHeaders });
  t.same(headers.getSetCookie(), ['a=1', 'b=2']);
  t.equal(headers.get('ratelimit-limit'), '5');
});

t.test('a preflight that the origin was left to answer keeps its words', async (t) => {
  const headers = { origin: 'http://a.test', 'access-control-request-method': 'PUT' };
  const config = { cors: { preflightContinue: true } };
  const allowed = (method: string) =>
    finished(config, answer({}), { method, headers }).headers.get('access-control-allow-origin');
  t.equal(allowed('OPTIONS'), null);
  t.equal(allowed('GET'), '*');
});

t.test('the request id, CORS and timings are on answers and refusals alike', async (t) => {
  for (const from of [answer({}), NO_KEY]) {
    const { headers } = finished({ cors: {}, requestId: true }, from);
    t.equal(headers.get('x-request-id'), 'f'.repeat(32));
    t.equal(headers.get('access-control-allow-origin'), '*');
  }
  const timing = (config: Partial<Config>) => finished(config, answer({})).headers.get('server-timing');
  t.equal(timing({}), null, 'nobody watches, nobody is told');
  const status = { path: '/s', token: 'a-long-token' };
  for (const config of [{ log: 'all' }, { status }, { serverTiming: true }] as const)
    t.match(timing(config), /total;dur=0/);
  t.equal(timing({ log: 'all', serverTiming: false }), null);
  t.equal(finished({ cors: false }, answer({})).headers.get('access-control-allow-origin'), null);
});

t.test('a refusal says why in a header too, and its answer is not taken for an origin', async (t) => {
  const responseHeaders = { origin: 'Origin', cacheControl: 'max-age=3' };
  const { response, headers } = finished({ responseHeaders }, NO_KEY);
  t.equal(response.status, 401);
  t.equal(headers.get('error'), 'no_key');
  t.equal(headers.get('origin'), null);
  t.equal(headers.get('cache-control'), 'no-store', 'a refusal is kept by no cache');
  const own = finished({ responseHeaders }, answer({ 'cache-control': 'no-store' }));
  t.equal(own.headers.get('cache-control'), 'no-store', "never over the origin's own");
});

t.test('one line is logged for what the setting asks for', async (t) => {
  const CASES: [log: NonNullable<Config['log']>, from: Response | Refusal, lines: number][] = [
    ['off', answer({}), 0],
    ['errors', answer({}), 0],
    ['all', answer({}), 1],
    ['errors', NO_KEY, 1],
    ['errors', answer({}, 502), 1],
  ];
  for (const [log, from, lines] of CASES) t.equal(finished({ log }, from).lines.length, lines, log);
});

t.test("under a Kong profile a refusal is the origin's where one was asked, else Kong's own", async (t) => {
  for (const [reason, sentAt, proxied] of [
    ['origin_unreachable', 5, true],
    ['no_origin', 5, false],
    ['no_key', 0, false],
  ] as const) {
    const { headers } = finished({ compat: 'kong-3' }, refuse(reason, 503, 'x'), {}, { sentAt });
    t.same([headers.has('via'), headers.has('x-kong-response-latency')], [proxied, !proxied], reason);
  }
});

t.test('an answer goes out as it came unless something is added, and then is opened once', async (t) => {
  const config = { cors: {}, responseHeaders: { origin: 'Origin' } };
  const hop = () => answer({ connection: 'x-hop', 'x-hop': '1' });
  const plain = answer({ etag: '"1"' });
  t.equal(finished({}, plain).response, plain);
  const { headers } = finished(config, hop());
  t.match(Object.fromEntries(headers), { origin: 'one', 'access-control-allow-origin': '*' });
  t.notOk(headers.has('x-hop'));
  let reads = 0;
  const watched = Object.defineProperty(hop(), 'headers', { get: () => (reads++, new Headers()) });
  finished(config, watched);
  t.ok(reads <= 1, `its own headers are fetched by the copy alone, not ${reads} times`);
});
