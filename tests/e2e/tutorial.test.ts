/** Everything that the tutorial's Worker does, on real workerd with real origins, done better than it does it. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayFor } from '../support/gateway.ts';
import { node, requests, TUTORIAL, urls, VERSION } from '../support/nodes.ts';
import { act, originFor, originsFor } from '../support/origin.ts';
import type { Origin } from '../support/origin.ts';
import { until } from '../support/until.ts';

/** The first answer with a version: an isolate asks for it behind the answers before. */
async function versioned(url: string, header = 'version'): Promise<Response> {
  for (;;) {
    const response = await fetch(url);
    if (response.headers.has(header)) return response;
    await response.text();
    await sleep(20);
  }
}

t.test("an answer carries the tutorial's headers where they are written", async (t) => {
  const list = await originsFor(t, node(), node());
  const gateway = await gatewayFor(
    t,
    { origins: urls(list), requestId: true, ...TUTORIAL },
    { cloudflare: { clientIp: '203.0.113.9', country: 'NL' } },
  );
  const response = await fetch(gateway.url + '/v1/thing?a=1');
  t.equal(response.status, 200);
  t.equal(await response.text(), 'ok');
  t.ok(urls(list).includes(response.headers.get('origin') ?? ''), 'Origin names who served');
  t.equal(response.headers.get('version'), null, 'no answer waits for the version call');
  t.equal(response.headers.get('country'), 'NL');
  t.equal(response.headers.get('cache-control'), 'max-age=3');
  t.equal(response.headers.get('access-control-allow-origin'), '*');
  t.match(response.headers.get('x-request-id'), /^[0-9a-f]{32}$/);
  t.equal((await versioned(gateway.url + '/v1/thing')).headers.get('version'), VERSION);
});

t.test('a configuration that names only origins adds nothing, and asks nothing of its own', async (t) => {
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
  t.equal(
    origin.received.length,
    6,
    "OPTIONS is the origin's business too, and it is asked for nothing else",
  );
  const names = origin.received.flatMap(({ headers }) => headers.map(([name]) => name.toLowerCase()));
  t.same(
    names.filter((name) => name.startsWith('x-')),
    Array.from({ length: 3 }, () => 'x-forwarded-for'),
  );
});

t.test('the version is asked once per origin, not once per request', async (t) => {
  const origin = await originFor(t, node());
  const version = { ttlSeconds: 3600 };
  const gateway = await gatewayFor(t, { origins: [origin.url], responseHeaders: { version } });
  await versioned(gateway.url + '/x');
  const before = requests(origin).length;
  for (let i = 0; i < 10; i++) t.equal((await fetch(gateway.url + '/x')).headers.get('version'), VERSION);
  t.equal(origin.received.length - requests(origin).length, 1);
  t.equal(requests(origin).length - before, 10, 'one subrequest per request in steady state');
});

t.test('a version call that fails or hangs never harms the answer', async (t) => {
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

t.test('each response header can be renamed or switched off', async (t) => {
  const origin = await originFor(t, node({ headers: { 'cache-control': 'no-store' } }));
  const version = {
    header: 'X-Version',
    path: '/',
    method: 'POST',
    body: '{}',
    field: '/result/blockchain_version',
  };
  const renamed = await gatewayFor(
    t,
    {
      origins: [{ url: origin.url, name: 'node-1' }],
      responseHeaders: { origin: 'X-Node', country: 'X-Country', cacheControl: 'max-age=9', version },
    },
    { cloudflare: { country: 'DE' } },
  );
  const response = await versioned(renamed.url + '/x', 'x-version');
  t.equal(response.headers.get('x-node'), 'node-1');
  t.equal(response.headers.get('x-country'), 'DE');
  t.equal(response.headers.get('x-version'), '0.23.0');
  t.equal(response.headers.get('cache-control'), 'no-store', "never over the origin's own");
  origin.behave(node());
  t.equal((await fetch(renamed.url + '/x')).headers.get('cache-control'), 'max-age=9');
  const plain = await gatewayFor(
    t,
    {
      origins: [origin.url],
      responseHeaders: { origin: false, country: false, cacheControl: false, version: false },
    },
    { cloudflare: { country: 'DE' } },
  );
  const bare = await fetch(plain.url + '/y');
  for (const name of ['origin', 'country', 'cache-control', 'version'])
    t.equal(bare.headers.get(name), null, name);
});

t.test('every method reaches the origin with its path, query and body', async (t) => {
  const origin = await originFor(t, node());
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
  const origin = await originFor(t, node());
  const gateway = await gatewayFor(t, { origins: [origin.url], requestId: true, ...TUTORIAL });
  const response = await fetch(gateway.url + '/', { method: 'PROPFIND' });
  t.equal(response.status, 405);
  t.equal(response.headers.get('allow'), 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  t.equal(response.headers.get('access-control-allow-origin'), '*', 'a browser may read why');
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

t.test('a preflight is answered at the edge, any other OPTIONS says what is allowed', async (t) => {
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

t.test('CORS for a list of origins tells the others nothing', async (t) => {
  const origin = await originFor(t, node({ headers: { vary: 'Accept' } }));
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
  const list = await originsFor(
    t,
    node({ status: 503, body: 'fast but bad' }),
    node({ delayMs: 60, body: 'good' }),
    node({ delayMs: 2000, body: 'late' }),
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
    'all are asked, once, in one round trip',
  );
  t.ok(await until(() => list[2]?.received[0]?.cancelled === true), 'the loser is cancelled');
});

t.test('race: a POST goes to one origin, and the probe that chose it is paid once', async (t) => {
  const list = await originsFor(t, node({ delayMs: 100 }), node());
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), balance: 'race', probe: { path: '/up' } } },
  });
  for (let i = 0; i < 5; i++)
    t.equal((await fetch(gateway.url + '/order', { method: 'POST', body: 'x' })).status, 200);
  const posts = (origin: Origin) => origin.received.filter((received) => received.method === 'POST').length;
  const probes = (origin: Origin) => origin.received.filter((received) => received.url === '/up').length;
  t.same(list.map(posts), [0, 5], 'the fast one gets them all');
  t.same(list.map(probes), [1, 1]);
});
