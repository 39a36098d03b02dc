/** Routes of a native configuration, without a Kong profile. */
import t from 'tap';
import { gatewayFor } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

t.test('the best-ranked route wins and sets the path at the origin', async (t) => {
  const origin = await originFor(t);
  const gateway = await gatewayFor(t, {
    origins: [origin.url],
    routes: [
      { paths: ['/api'], stripPath: true, basePath: '/v2' },
      { paths: ['/api/raw'] },
      { paths: ['~/u/(?<id>\\d+)$'], stripPath: true },
      { paths: ['/post'], methods: ['POST'] },
    ],
  });
  const paths = ['/api/x%2fy//z?q=%20', '/api/raw/%7e', '/u/12', '/post'];
  const statuses = [];
  for (const path of paths) statuses.push((await rawRequest(gateway.port, { path })).status);
  t.same(statuses, [200, 200, 200, 404]);
  t.same(
    origin.received.map(({ url }) => url),
    ['/v2/x%2fy//z?q=%20', '/api/raw/%7e', '/'],
  );
});

t.test('without a route or an origin: short JSON with the request id', async (t) => {
  const gateway = await gatewayFor(t, { routes: [{ paths: ['/nowhere'] }], requestId: true });
  for (const [path, status, message] of [
    ['/', 404, 'no Route matched with those values'],
    ['/nowhere', 503, 'no Service found with those values'],
  ] as const) {
    const answer = await rawRequest(gateway.port, { path, headers: [['Accept', 'text/html']] });
    t.equal(answer.status, status);
    t.same(JSON.parse(answer.text), { message, request_id: answer.header('x-request-id') });
    t.equal(answer.header('cache-control'), 'no-store');
    t.equal(answer.header('server'), null, 'nothing names Kong');
    t.equal(answer.header('x-kong-request-id'), null);
  }
});

t.test('only a trusted proxy can set the client address, IPv4 or IPv6', async (t) => {
  const origin = await originFor(t);
  const gateway = await gatewayFor(
    t,
    {
      origins: [origin.url],
      trustedProxies: ['10.0.0.0/8', '2001:db8::/32'],
      addresses: { deny: ['8.8.8.0/24', '2001:4860::/32'] },
    },
    { cloudflare: {} },
  );
  for (const [peer, forwardedFor, status] of [
    ['10.1.2.3', '8.8.8.8', 403],
    ['10.1.2.3', '9.9.9.9', 200],
    ['10.1.2.3', '2001:4860::8888', 403],
    ['11.1.2.3', '8.8.8.8', 200],
    ['2001:db8::7', '8.8.8.8', 403],
    ['2001:db8::7', '2001:4861::8888', 200],
    ['2001:db9::7', '8.8.8.8', 200],
    ['2001:4860::1', '9.9.9.9', 403],
  ] as const) {
    const headers: [string, string][] = [
      ['Test-Client-IP', peer],
      ['X-Forwarded-For', forwardedFor],
    ];
    t.equal((await rawRequest(gateway.port, { headers })).status, status, `${peer} for ${forwardedFor}`);
  }
});
