/** What is added to an answer on its way out. That all else crosses unchanged: tests/e2e/fidelity*.test.ts. */
import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import type { Context } from '../../../lib/core/request.ts';
import { finishResponse } from '../../../lib/http/response.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/journeys.ts';
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
/** An answer without a body, that has these headers and perhaps another status. */
const answer = (headers: Record<string, string>, status = 200) => new Response(null, { headers, status });

t.test('a redirect to the origin, or what was created, leads to the public host', async (t) => {
  const [inside, outside] = ['http://10.0.0.1:8080/base/next', 'http://gateway.example/next'];
  for (const [status, location] of [
    [302, outside],
    [201, outside],
    [200, inside],
  ] as const)
    t.equal(finished({}, answer({ location: inside }, status)).headers.get('location'), location);
  const proxy = { trusted: true, scheme: 'https', headers: { 'x-forwarded-host': 'shop.example' } } as const;
  const { headers } = finished({}, answer({ location: inside }, 302), [], proxy);
  t.equal(headers.get('location'), 'https://shop.example/next', 'as a trusted proxy names it');
});

t.test("the gateway's own cookie stands beside the origin's, other headers of its own replace", async (t) => {
  const answerHeaders = Object.entries({ 'Set-Cookie': 'b=2', 'RateLimit-Limit': '5' });
  const { headers } = finished({}, answer({ 'set-cookie': 'a=1', 'ratelimit-limit': '7' }), answerHeaders);
  t.same(headers.getSetCookie(), ['a=1', 'b=2']);
  t.equal(headers.get('ratelimit-limit'), '5');
});

t.test('an answer goes out as it came unless something is added, and then is opened once', async (t) => {
  const config = { cors: {}, responseHeaders: { origin: 'Origin' } };
  const hop = () => answer({ connection: 'x-hop', 'x-hop': '1' });
  const plain = answer({ etag: '"1"' });
  t.equal(finished({}, plain), plain);
  const { headers } = finished(config, hop());
  t.match(Object.fromEntries(headers), {
    origin: 'http://10.0.0.1:8080/base',
    'access-control-allow-origin': '*',
  });
  t.notOk(headers.has('x-hop'));
  let reads = 0;
  // The platform's answers have headers that cannot be changed.
  const { headers: fixed } = Response.error();
  finished(config, Object.defineProperty(hop(), 'headers', { get: () => (reads++, fixed) }));
  t.ok(reads <= 1, `its own headers are fetched by the copy alone, not ${reads} times`);
});
