/** What is added to a response. That all else is unchanged: tests/e2e/fidelity*.test.ts. */
import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import type { Context } from '../../../lib/core/request.ts';
import { finishResponse } from '../../../lib/http/response.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/context.ts';
import { stateOf } from '../../support/state.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

function finished(
  config: Partial<Config>,
  from: Response,
  answerHeaders: Context['answerHeaders'] = [],
  { headers, ...more }: Partial<Omit<Context, 'headers'>> & { headers?: Record<string, string> } = {},
) {
  const state = stateOf(configured({ origins: ['http://10.0.0.1:8080/base'], ...config }), virtualRuntime());
  const { pools, routes } = state.settings;
  const parts = { route: routes[0]!, origin: pools[0]!.origins[0]!, pool: 0, answerHeaders, ...more };
  return finishResponse(callTo('/x', headers ? { headers } : {}, parts), from, state);
}
/** A response without a body. */
const reply = (headers: Record<string, string>, status = 200) => new Response(null, { headers, status });

t.test('a redirect to the origin, or to a created resource, names the public host', async (t) => {
  const [inside, outside] = ['http://10.0.0.1:8080/base/next', 'http://gateway.example/next'];
  for (const [status, location] of [
    [302, outside],
    [201, outside],
    [200, inside],
  ] as const)
    t.equal(finished({}, reply({ location: inside }, status)).headers.get('location'), location);
  const proxy = { trusted: true, scheme: 'https', headers: { 'x-forwarded-host': 'shop.example' } } as const;
  const { headers } = finished({}, reply({ location: inside }, 302), [], proxy);
  t.equal(headers.get('location'), 'https://shop.example/next', 'as a trusted proxy names it');
});

t.test("the gateway's cookie is added to the origin's, its other headers replace the origin's", async (t) => {
  const answerHeaders = Object.entries({ 'Set-Cookie': 'b=2', 'RateLimit-Limit': '5' });
  const { headers } = finished({}, reply({ 'set-cookie': 'a=1', 'ratelimit-limit': '7' }), answerHeaders);
  t.same(headers.getSetCookie(), ['a=1', 'b=2']);
  t.equal(headers.get('ratelimit-limit'), '5');
});

t.test('a response is returned unchanged unless something is added; its headers are read once', async (t) => {
  const config = { cors: {}, responseHeaders: { origin: 'Origin' } };
  const hop = () => reply({ connection: 'x-hop', 'x-hop': '1' });
  const plain = reply({ etag: '"1"' });
  t.equal(finished({}, plain), plain);
  const { headers } = finished(config, hop());
  t.match(Object.fromEntries(headers), {
    origin: 'http://10.0.0.1:8080/base',
    'access-control-allow-origin': '*',
  });
  t.notOk(headers.has('x-hop'));
  let reads = 0;
  // The platform's responses have immutable headers.
  const { headers: fixed } = Response.error();
  finished(config, Object.defineProperty(hop(), 'headers', { get: () => (reads++, fixed) }));
  t.ok(reads <= 1, `only the copy reads its headers, not ${reads} times`);
});
