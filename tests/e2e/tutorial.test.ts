/** Everything that the tutorial's Worker does, and its mistakes corrected, on real workerd with real origins. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayFor } from '../support/gateway.ts';
import { node, requests, TUTORIAL, urls, VERSION } from '../support/nodes.ts';
import { act, originFor, originsFor } from '../support/origin.ts';
import type { Origin } from '../support/origin.ts';
import { until } from '../support/until.ts';

/** The first response with a version: an isolate requests it after earlier responses. */
async function versioned(url: string, header = 'version'): Promise<Response> {
  for (;;) {
    const response = await fetch(url);
    if (response.headers.has(header)) return response;
    await response.text();
    await sleep(20);
  }
}

t.test("a response has the tutorial's headers if they are configured", async (t) => {
  const list = await originsFor(t, node(), node());
  const gateway = await gatewayFor(
    t,
    { origins: urls(list), requestId: true, ...TUTORIAL },
    { cloudflare: { clientIp: '203.0.113.9', country: 'NL' } },
  );
  const response = await fetch(gateway.url + '/v1/thing?a=1');
  t.equal(response.status, 200);
  t.equal(await response.text(), 'ok');
  t.ok(urls(list).includes(response.headers.get('origin') ?? ''), 'Origin names the origin that served it');
  t.equal(response.headers.get('version'), null, 'no response waits for the version call');
  t.equal(response.headers.get('country'), 'NL');
  t.equal(response.headers.get('cache-control'), 'max-age=3');
  t.equal(response.headers.get('access-control-allow-origin'), '*');
  t.match(response.headers.get('x-request-id'), /^[0-9a-f]{32}$/);
  t.equal((await versioned(gateway.url + '/v1/thing')).headers.get('version'), VERSION);
});

t.test('a configuration with only origins adds no headers and sends no requests of its own', async (t) => {
  const origin = await originFor(t, node());
  const gateway = await gatewayFor(
    t,
    { origins: [origin.url] },
    { cloudflare: { clientIp: '203.0.113.9', country: 'NL' } },
  );
  const page = { origin: 'https://app.example' };
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    const bare = await fetch(origin.url + '/x', { method, headers: page });
    const response = await fetch(gateway.url + '/x', { method, headers: page });
    const ofTheHop = ['connection', 'keep-alive'];
    t.same(
      [...response.headers.keys()],
      [...bare.headers.keys()].filter((name) => !ofTheHop.includes(name)),
      method,
    );
  }
  t.equal(origin.received.length, 6, 'OPTIONS is forwarded too, and the origin gets no other request');
  const names = origin.received.flatMap(({ headers }) => headers.map(([name]) => name.toLowerCase()));
  t.same(
    names.filter((name) => name.startsWith('x-')),
    Array.from({ length: 3 }, () => 'x-forwarded-for'),
  );
});

t.test('the version is requested once per origin, not once per request', async (t) => {
  const origin = await originFor(t, node());
  const version = { ttlSeconds: 3600 };
  const gateway = await gatewayFor(t, { origins: [origin.url], responseHeaders: { version } });
  await versioned(gateway.url + '/x');
  const before = requests(origin).length;
  for (let i = 0; i < 10; i++) t.equal((await fetch(gateway.url + '/x')).headers.get('version'), VERSION);
  t.equal(origin.received.length - requests(origin).length, 1);
  t.equal(requests(origin).length - before, 10, 'one subrequest per request in steady state');
});

t.test('a version call that fails or hangs does not affect the response', async (t) => {
  for (const fault of ['reset', 'hang'] as const) {
    const origin = await originFor(t, (received, _request, response) =>
      act(received.method === 'POST' ? { fault } : {}, response),
    );
    const version = { ttlSeconds: 3600 };
    const gateway = await gatewayFor(t, { origins: [origin.url], responseHeaders: { version } });
    const ask = async () => {
      const response = await fetch(gateway.url + '/x');
      t.equal(response.status, 200, fault);
      t.equal(response.headers.get('version'), null);
      await response.text();
    };
    const calls = () => origin.received.filter((received) => received.method === 'POST').length;
    await ask();
    while (calls() === 0) await sleep(20);
    for (let i = 0; i < 3; i++) await ask();
    t.equal(calls(), 1, 'and is not repeated at once');
  }
});

t.test('any other method is rejected with a list of those allowed', async (t) => {
  const origin = await originFor(t, node());
  const gateway = await gatewayFor(t, { origins: [origin.url], requestId: true, ...TUTORIAL });
  const response = await fetch(gateway.url + '/', { method: 'PROPFIND' });
  t.equal(response.status, 405);
  t.equal(response.headers.get('allow'), 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  t.equal(response.headers.get('access-control-allow-origin'), '*', 'a browser may read the reason');
  t.equal(response.headers.get('error'), 'method_not_allowed');
  t.equal(response.headers.get('cache-control'), 'no-store');
  t.same(await response.json(), {
    message: 'Method not allowed',
    request_id: response.headers.get('x-request-id'),
  });
  t.match(response.headers.get('x-request-id'), /^[0-9a-f]{32}$/);
  const plain = await gatewayFor(t, { origins: [origin.url] });
  const short = await fetch(plain.url + '/', { method: 'PROPFIND' });
  t.same([short.status, await short.json()], [405, { message: 'Method not allowed' }]);
  for (const name of ['x-request-id', 'access-control-allow-origin', 'error'])
    t.equal(short.headers.get(name), null, name);
  t.equal(origin.received.length, 0);
});

t.test('a preflight is answered at the edge, any other OPTIONS lists the allowed methods', async (t) => {
  const origin = await originFor(t, node());
  const gateway = await gatewayFor(t, { origins: [origin.url], cors: {} });
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

t.test('race: the request itself is the probe, and the first good response wins', async (t) => {
  const list = await originsFor(
    t,
    node({ status: 503, body: 'fast but bad' }),
    node({ delayMs: 60, body: 'good' }),
    node({ fault: 'hang' }),
  );
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), balance: 'race' } },
  });
  const response = await fetch(gateway.url + '/x');
  t.equal(response.status, 200);
  t.equal(await response.text(), 'good', 'a fast failure does not win');
  t.same(
    list.map((origin) => origin.received.length),
    [1, 1, 1],
    'all get the request, once, in one round trip',
  );
  t.ok(await until(() => list[2]?.received[0]?.cancelled === true), 'the loser is cancelled');
});

t.test('race: a POST goes to one origin, which a probe selects', async (t) => {
  const list = await originsFor(t, node({ fault: 'hang' }), node());
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), balance: 'race', probe: { path: '/up', timeoutMs: 60_000 } } },
  });
  for (let i = 0; i < 5; i++)
    t.equal((await fetch(gateway.url + '/order', { method: 'POST', body: 'x' })).status, 200);
  const posts = (origin: Origin) => origin.received.filter((received) => received.method === 'POST').length;
  const probes = (origin: Origin) => origin.received.filter((received) => received.url === '/up').length;
  t.same(list.map(posts), [0, 5], 'the one that responds gets them all');
  // On a slow machine this origin is slow, and the other may be probed again.
  t.ok(list.map(probes).every((count) => count > 0));
});
