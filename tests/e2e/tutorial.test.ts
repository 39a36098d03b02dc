/** Everything that the tutorial's Worker does, on real workerd with real origins, done better than it does it. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayFor, node, origins, requests, urls, VERSION } from '../support/nodes.ts';
import { act } from '../support/origin.ts';
import type { Origin } from '../support/origin.ts';

t.test("an answer carries all the tutorial's headers, on the first request already", async (t) => {
  const list = await origins(t, node(), node());
  const gateway = await gatewayFor(
    t,
    { origins: urls(list) },
    { cloudflare: { clientIp: '203.0.113.9', country: 'NL' } },
  );
  const response = await fetch(gateway.url + '/v1/thing?a=1');
  t.equal(response.status, 200);
  t.equal(await response.text(), 'ok');
  t.ok(urls(list).includes(response.headers.get('origin') ?? ''), 'Origin names who served');
  t.equal(response.headers.get('version'), VERSION);
  t.equal(response.headers.get('country'), 'NL');
  t.equal(response.headers.get('cache-control'), 'max-age=3');
  t.equal(response.headers.get('access-control-allow-origin'), '*');
  t.match(response.headers.get('x-request-id'), /^[0-9a-f]{32}$/);
});

t.test('the version is asked once per origin, not once per request', async (t) => {
  const [origin] = (await origins(t, node())) as [Origin];
  const gateway = await gatewayFor(t, { origins: [origin.url] });
  for (let i = 0; i < 10; i++) t.equal((await fetch(gateway.url + '/x')).headers.get('version'), VERSION);
  t.equal(origin.received.length - requests(origin).length, 1);
  t.equal(requests(origin).length, 10, 'one subrequest per request in steady state');
});

t.test('a version call that fails or hangs never harms the answer', async (t) => {
  for (const fault of ['reset', 'hang'] as const) {
    const [origin] = (await origins(t, (received, _request, response) =>
      act(received.method === 'POST' ? { fault } : {}, response),
    )) as [Origin];
    const gateway = await gatewayFor(t, { origins: [origin.url] });
    for (let i = 0; i < 3; i++) {
      const response = await fetch(gateway.url + '/x', { signal: AbortSignal.timeout(1500) });
      t.equal(response.status, 200, fault);
      t.equal(response.headers.get('version'), null);
      await response.text();
    }
    t.equal(
      origin.received.filter((received) => received.method === 'POST').length,
      1,
      'and is not repeated at once',
    );
  }
});

t.test('each stamp can be renamed or switched off', async (t) => {
  const [origin] = (await origins(t, node({ headers: { 'cache-control': 'no-store' } }))) as [Origin];
  const version = {
    header: 'X-Version',
    path: '/',
    method: 'POST',
    body: '{}',
    field: '/result/blockchain_version',
  };
  const stamped = await gatewayFor(
    t,
    {
      origins: [{ url: origin.url, name: 'node-1' }],
      responseHeaders: { origin: 'X-Node', country: 'X-Country', cacheControl: 'max-age=9', version },
    },
    { cloudflare: { country: 'DE' } },
  );
  const response = await fetch(stamped.url + '/x');
  t.equal(response.headers.get('x-node'), 'node-1');
  t.equal(response.headers.get('x-country'), 'DE');
  t.equal(response.headers.get('x-version'), '0.23.0');
  t.equal(response.headers.get('cache-control'), 'no-store', "never over the origin's own");
  const plain = await gatewayFor(
    t,
    {
      origins: [origin.url],
      responseHeaders: { origin: false, country: false, cacheControl: false, version: false },
    },
    { cloudflare: { country: 'DE' } },
  );
  const bare = await fetch(plain.url + '/y');
  for (const name of ['origin', 'country', 'version']) t.equal(bare.headers.get(name), null, name);
});

t.test('every method reaches the origin with its path, query and body', async (t) => {
  const [origin] = (await origins(t, node())) as [Origin];
  const gateway = await gatewayFor(t, { origins: [origin.url] });
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const body = method === 'GET' || method === 'HEAD' ? null : `body of ${method}`;
    const response = await fetch(`${gateway.url}/a/${method}//b%2Fc?q=1&q=2&e=%20`, { method, body });
    t.equal(response.status, 200, method);
    t.equal(await response.text(), method === 'HEAD' ? '' : 'ok');
    const received = requests(origin).at(-1);
    t.equal(received?.method, method);
    t.equal(received?.url, `/a/${method}//b%2Fc?q=1&q=2&e=%20`);
    t.equal(String(received?.body), body ?? '');
  }
});

t.test('a method that is none of these is refused with what is allowed', async (t) => {
  const [origin] = (await origins(t, node())) as [Origin];
  const gateway = await gatewayFor(t, { origins: [origin.url] });
  const response = await fetch(gateway.url + '/', { method: 'PROPFIND' });
  t.equal(response.status, 405);
  t.equal(response.headers.get('allow'), 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  t.equal(response.headers.get('access-control-allow-origin'), '*', 'a browser may read why');
  t.equal(response.headers.get('error'), 'method_not_allowed');
  t.match(await response.json(), { message: 'Method not allowed', request_id: /^[0-9a-f]{32}$/ });
  t.equal(origin.received.length, 0);
});

t.test('a preflight is answered at the edge, any other OPTIONS says what is allowed', async (t) => {
  const [origin] = (await origins(t, node())) as [Origin];
  const gateway = await gatewayFor(t, { origins: [origin.url] });
  const preflight = await fetch(gateway.url + '/x', {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'x-a, content-type',
    },
  });
  t.ok(preflight.ok);
  t.equal(preflight.headers.get('access-control-allow-origin'), '*');
  t.match(preflight.headers.get('access-control-allow-methods'), /PUT/);
  t.equal(preflight.headers.get('access-control-allow-headers'), 'x-a, content-type');
  const plain = await fetch(gateway.url + '/x', { method: 'OPTIONS' });
  t.equal(plain.headers.get('allow'), 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  t.equal(origin.received.length, 0, 'neither costs a subrequest');
});

t.test('CORS for a list of origins tells the others nothing', async (t) => {
  const [origin] = (await origins(t, node({ headers: { vary: 'Accept' } }))) as [Origin];
  const gateway = await gatewayFor(t, {
    origins: [origin.url],
    cors: { origins: ['https://app.example', 'https://b.example'], credentials: true },
  });
  const allowed = await fetch(gateway.url + '/x', { headers: { origin: 'https://app.example' } });
  t.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example');
  t.equal(allowed.headers.get('access-control-allow-credentials'), 'true');
  t.match(allowed.headers.get('vary'), /Accept.*Origin/, "added to the origin's own");
  const refused = await fetch(gateway.url + '/x', { headers: { origin: 'https://evil.example' } });
  t.equal(refused.headers.get('access-control-allow-origin'), null);
  t.match(refused.headers.get('vary'), /Origin/, 'a cache must not mix them up');
});

t.test('race: the request itself is the question, and the first good answer wins', async (t) => {
  const list = await origins(
    t,
    node({ status: 503, body: 'fast but bad' }),
    node({ delayMs: 60, body: 'good' }),
    node({ delayMs: 2000, body: 'late' }),
  );
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), balance: 'race' } },
    responseHeaders: { version: false },
  });
  const response = await fetch(gateway.url + '/x');
  t.equal(response.status, 200);
  t.equal(await response.text(), 'good', 'a fast failure does not win');
  t.same(
    list.map((origin) => origin.received.length),
    [1, 1, 1],
    'all are asked, once, in one round trip',
  );
  for (let i = 0; i < 100 && !list[2]?.received[0]?.cancelled; i++) await sleep(10);
  t.equal(list[2]?.received[0]?.cancelled, true, 'the loser is cancelled');
});

t.test('race: a POST goes to one origin, and the probe that chose it is paid once', async (t) => {
  const list = await origins(t, node({ delayMs: 100 }), node());
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), balance: 'race', probe: { path: '/up' } } },
    responseHeaders: { version: false },
  });
  for (let i = 0; i < 5; i++)
    t.equal((await fetch(gateway.url + '/order', { method: 'POST', body: 'x' })).status, 200);
  const posts = (origin: Origin) => origin.received.filter((received) => received.method === 'POST').length;
  const probes = (origin: Origin) => origin.received.filter((received) => received.url === '/up').length;
  t.same(list.map(posts), [0, 5], 'the fast one gets them all');
  t.same(list.map(probes), [1, 1]);
});
