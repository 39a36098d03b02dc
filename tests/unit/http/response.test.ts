/** What is added to a response. That all else is unchanged: tests/e2e/fidelity*.test.ts. */
import t from 'tap';
import { finished } from '../../support/exit.ts';

/** A response without a body. */
const reply = (headers: Record<string, string>, status = 200) => new Response(null, { headers, status });

t.test('a redirect to the origin, or to a created resource, names the public host', async (t) => {
  const origins = ['http://10.0.0.1:8080/base'];
  const [inside, outside] = ['http://10.0.0.1:8080/base/next', 'http://gateway.example/next'];
  for (const [status, location] of [
    [302, outside],
    [201, outside],
    [200, inside],
  ] as const)
    t.equal(finished({ origins }, reply({ location: inside }, status)).headers.get('location'), location);
  const shop = { headers: { 'x-forwarded-host': 'shop.example' } };
  const proxy = { trusted: true, scheme: 'https' } as const;
  const { headers } = finished({ origins }, reply({ location: inside }, 302), shop, proxy);
  t.equal(headers.get('location'), 'https://shop.example/next', 'as a trusted proxy names it');
});

t.test("the gateway's cookie is added to the origin's, its other headers replace the origin's", async (t) => {
  const answerHeaders = Object.entries({ 'Set-Cookie': 'b=2', 'RateLimit-Limit': '5' });
  const { headers } = finished(
    {},
    reply({ 'set-cookie': 'a=1', 'ratelimit-limit': '7' }),
    {},
    { answerHeaders },
  );
  t.same(headers.getSetCookie(), ['a=1', 'b=2']);
  t.equal(headers.get('ratelimit-limit'), '5');
});

t.test('a response is returned unchanged unless something is added; its headers are read once', async (t) => {
  const config = { cors: {}, responseHeaders: { origin: 'Origin' } };
  const hop = () => reply({ connection: 'x-hop', 'x-hop': '1' });
  const plain = reply({ etag: '"1"' });
  t.equal(finished({}, plain).response, plain);
  const { headers } = finished(config, hop());
  t.match(Object.fromEntries(headers), { origin: 'http://a', 'access-control-allow-origin': '*' });
  t.notOk(headers.has('x-hop'));
  let reads = 0;
  // The platform's responses have immutable headers.
  const { headers: fixed } = Response.error();
  finished(config, Object.defineProperty(hop(), 'headers', { get: () => (reads++, fixed) }));
  t.ok(reads <= 1, `only the copy reads its headers, not ${reads} times`);
});
