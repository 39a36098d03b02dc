/** What is added to an answer on its way out. That all else crosses unchanged: tests/e2e/fidelity*.test.ts. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
import { refuse, type Refusal } from '../../../lib/core/errors.ts';
import type { Context } from '../../../lib/core/request.ts';
import { finishResponse } from '../../../lib/http/response.ts';
import { callTo } from '../../support/journeys.ts';
import { stateOf } from '../../support/state.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

function finished(config: Partial<Config>, from: Response | Refusal, more: Partial<Context> = {}) {
  const runtime = virtualRuntime();
  const settings = checkConfig({ origins: [{ url: 'http://10.0.0.1:8080/base', name: 'one' }], ...config });
  const state = stateOf(settings, runtime);
  const context = callTo(
    '/x',
    {},
    {
      route: settings.routes[0] ?? null,
      origin: 'reason' in from ? null : (settings.pools[0]?.origins[0] ?? null),
      metrics: state.metrics,
      startedAt: runtime.now(),
      kong: settings.compat === null ? null : settings,
      ...more,
    },
  );
  return finishResponse(context, from, state);
}
/** An answer without a body, that has these headers and perhaps another status. */
const answer = (headers: Record<string, string>, status = 200) => new Response(null, { headers, status });
const NO_KEY = refuse('no_key', 401, 'No API key found in request');

t.test('a redirect to the origin, or what was created, leads to the public host', async (t) => {
  const [inside, outside] = ['http://10.0.0.1:8080/base/next', 'http://gateway.example/next'];
  for (const [status, location] of [
    [302, outside],
    [201, outside],
    [200, inside],
  ] as const)
    t.equal(finished({}, answer({ location: inside }, status)).headers.get('location'), location);
});

t.test("the gateway's own cookie stands beside the origin's, other headers of its own replace", async (t) => {
  const answerHeaders = Object.entries({ 'Set-Cookie': 'b=2', 'RateLimit-Limit': '5' });
  const { headers } = finished({}, answer({ 'set-cookie': 'a=1', 'ratelimit-limit': '7' }), {
    answerHeaders,
  });
  t.same(headers.getSetCookie(), ['a=1', 'b=2']);
  t.equal(headers.get('ratelimit-limit'), '5');
});

t.test('a refusal says why in a header too, and its answer is not taken for an origin’s', async (t) => {
  const responseHeaders = { origin: 'Origin', cacheControl: 'max-age=3' };
  const { status, headers } = finished({ responseHeaders }, NO_KEY);
  t.same(
    [status, ...['error', 'origin', 'cache-control'].map((name) => headers.get(name))],
    [401, 'no_key', null, 'no-store'],
  );
});

t.test('an answer goes out as it came unless something is added, and then is opened once', async (t) => {
  const config = { cors: {}, responseHeaders: { origin: 'Origin' } };
  const hop = () => answer({ connection: 'x-hop', 'x-hop': '1' });
  const plain = answer({ etag: '"1"' });
  t.equal(finished({}, plain), plain);
  const { headers } = finished(config, hop());
  t.match(Object.fromEntries(headers), { origin: 'one', 'access-control-allow-origin': '*' });
  t.notOk(headers.has('x-hop'));
  let reads = 0;
  finished(config, Object.defineProperty(hop(), 'headers', { get: () => (reads++, new Headers()) }));
  t.ok(reads <= 1, `its own headers are fetched by the copy alone, not ${reads} times`);
});
