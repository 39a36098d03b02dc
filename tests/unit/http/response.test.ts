import t from 'tap';
import type { Context } from '../../../lib/core/request.ts';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
import { refuse } from '../../../lib/core/errors.ts';
import { finishResponse } from '../../../lib/http/response.ts';
import { stateOf } from '../../support/state.ts';
import { callTo } from '../../support/journeys.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

function finished(
  config: Partial<Config>,
  from: Response | ReturnType<typeof refuse>,
  init: RequestInit = {},
  more: Partial<Context> = {},
) {
  const runtime = virtualRuntime();
  const settings = checkConfig({ origins: [{ url: 'http://10.0.0.1:8080/base', name: 'one' }], ...config });
  const state = stateOf(settings, runtime);
  const origin = 'reason' in from ? null : (state.settings.pools[0]?.origins[0] ?? null);
  const context = callTo('/x', init, {
    route: state.settings.routes[0] ?? null,
    origin,
    metrics: state.metrics,
    startedAt: runtime.now(),
    kong: state.settings.compat === null ? null : state.settings,
    ...more,
  });
  const response = finishResponse(context, from, state);
  return { response, headers: response.headers, lines: runtime.lines };
}

t.test(
  "an origin's answer keeps its status, body and headers, and several cookies stay several",
  async (t) => {
    const from = new Response('body', {
      status: 207,
      statusText: 'Multi-Status',
      headers: { etag: '"1"', 'content-type': 'text/plain' },
    });
    from.headers.append('set-cookie', 'a=1');
    from.headers.append('set-cookie', 'b=2');
    const { response, headers } = finished({}, from);
    t.equal(response.status, 207);
    t.equal(response.statusText, 'Multi-Status');
    t.equal(headers.get('etag'), '"1"');
    t.same(headers.getSetCookie(), ['a=1', 'b=2']);
    t.equal(await response.text(), 'body');
  },
);

t.test('headers that the answer names in Connection stay on their hop', async (t) => {
  const { headers } = finished(
    {},
    new Response(null, { headers: { connection: 'x-hop', 'x-hop': '1', 'x-end': '2' } }),
  );
  t.equal(headers.get('x-hop'), null);
  t.equal(headers.get('x-end'), '2');
});

t.test(
  'a redirect that names the origin names the public host instead, unless that is switched off',
  async (t) => {
    const redirect = () =>
      new Response(null, { status: 302, headers: { location: 'http://10.0.0.1:8080/base/next' } });
    t.equal(finished({}, redirect()).headers.get('location'), 'http://gateway.example/next');
    t.equal(
      finished({ rewriteLocation: false }, redirect()).headers.get('location'),
      'http://10.0.0.1:8080/base/next',
    );
    const located = (status: number) =>
      finished({}, new Response(null, { status, headers: { location: 'http://10.0.0.1:8080/base/new' } }));
    t.equal(located(201).headers.get('location'), 'http://gateway.example/new', 'what was created too');
    t.equal(located(200).headers.get('location'), 'http://10.0.0.1:8080/base/new', 'elsewhere it is a text');
  },
);

t.test("the gateway's own cookie stands beside the origin's, other headers of its own replace", async (t) => {
  const from = new Response(null, { headers: { 'set-cookie': 'a=1', 'ratelimit-limit': '7' } });
  const answerHeaders: [string, string][] = [
    ['Set-Cookie', 'b=2'],
    ['RateLimit-Limit', '5'],
  ];
  const { headers } = finished({}, from, {}, { answerHeaders });
  t.same(headers.getSetCookie(), ['a=1', 'b=2']);
  t.equal(headers.get('ratelimit-limit'), '5');
});

t.test('a preflight that the origin was left to answer keeps its words', async (t) => {
  const headers = { origin: 'http://a.test', 'access-control-request-method': 'PUT' };
  const config = { cors: { preflightContinue: true } };
  const allowed = (method: string) =>
    finished(config, new Response(null), { method, headers }).headers.get('access-control-allow-origin');
  t.equal(allowed('OPTIONS'), null);
  t.equal(allowed('GET'), '*');
});

t.test('the request id and CORS are on answers and refusals alike', async (t) => {
  for (const from of [new Response('x'), refuse('no_key', 401, 'No API key found in request')]) {
    const { headers } = finished({ cors: {}, requestId: true }, from);
    t.equal(headers.get('x-request-id'), 'f'.repeat(32));
    t.equal(headers.get('access-control-allow-origin'), '*');
  }
  const timing = (config: Partial<Config>) =>
    finished(config, new Response('x')).headers.get('server-timing');
  t.equal(timing({}), null, 'nobody watches, nobody is told');
  t.match(timing({ log: 'all' }), /total;dur=0/);
  t.match(timing({ status: { path: '/s', token: 'a-long-token' } }), /total;dur=0/);
  t.match(timing({ serverTiming: true }), /total;dur=0/);
  t.equal(timing({ log: 'all', serverTiming: false }), null);
  t.equal(finished({ cors: false }, new Response('x')).headers.get('access-control-allow-origin'), null);
});

t.test('a refusal says why in a header too, and its answer is not taken for an origin', async (t) => {
  const { response, headers } = finished(
    { responseHeaders: { origin: 'Origin', cacheControl: 'max-age=3' } },
    refuse('no_key', 401, 'No API key found in request'),
  );
  t.equal(response.status, 401);
  t.equal(headers.get('error'), 'no_key');
  t.equal(headers.get('origin'), null);
  t.equal(headers.get('cache-control'), 'no-store', 'a refusal is kept by no cache');
  const own = new Response(null, { headers: { 'cache-control': 'no-store' } });
  t.equal(
    finished({ responseHeaders: { cacheControl: 'max-age=3' } }, own).headers.get('cache-control'),
    'no-store',
    "never over the origin's own",
  );
});

t.test('one line is logged for what the setting asks for', async (t) => {
  const lines = (log: Config['log'], from: Response | ReturnType<typeof refuse>) =>
    finished({ log: log ?? 'off' }, from).lines.length;
  t.same(
    [lines('off', new Response('x')), lines('errors', new Response('x')), lines('all', new Response('x'))],
    [0, 0, 1],
  );
  t.same(
    [lines('errors', refuse('no_key', 401, 'x')), lines('errors', new Response('x', { status: 502 }))],
    [1, 1],
  );
});

t.test(
  "under a Kong profile a refusal is the origin's where one was asked, and Kong's own where none was found",
  async (t) => {
    for (const [reason, sentAt, proxied] of [
      ['origin_unreachable', 5, true],
      ['no_origin', 5, false],
      ['no_key', 0, false],
    ] as const) {
      const { headers } = finished({ compat: 'kong-3' }, refuse(reason, 503, 'x'), {}, { sentAt });
      t.same([headers.has('via'), headers.has('x-kong-response-latency')], [proxied, !proxied], reason);
    }
  },
);

t.test('an answer goes out as it came unless something is added, and then is opened once', async (t) => {
  const answer = () => new Response('body', { headers: { connection: 'x-hop', 'x-hop': '1' } });
  const plain = new Response('body', { headers: { etag: '"1"' } });
  t.equal(finished({}, plain).response, plain);
  const { headers } = finished({ cors: {}, responseHeaders: { origin: 'Origin' } }, answer());
  t.same(
    ['x-hop', 'origin', 'access-control-allow-origin'].map((name) => headers.get(name)),
    [null, 'one', '*'],
  );
  let reads = 0;
  const watched = Object.defineProperty(answer(), 'headers', {
    get: () => {
      reads++;
      return new Headers();
    },
  });
  finished({ cors: {}, responseHeaders: { origin: 'Origin' } }, watched);
  t.ok(reads <= 1, `its own headers are fetched by the copy alone, not ${reads} times`);
  t.end();
});
