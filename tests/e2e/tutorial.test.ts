/** Everything that the tutorial's Worker does, on real workerd with real origins, done better than it does it. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../lib/config.ts';
import { currentScript, startGateway } from '../support/gateway.ts';
import type { Gateway, GatewayOptions } from '../support/gateway.ts';
import { act, startOrigin } from '../support/origin.ts';
import type { Behaviour, Handler, Origin } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

type Tap = Pick<typeof t, 'teardown'>;
const VERSION = '{"id":0,"jsonrpc":"2.0","result":{"blockchain_version":"0.23.0"}}';

/** An origin that answers the version call like a Steem-like node, and everything else as told. */
const node =
  (behaviour: Behaviour = {}): Handler =>
  (received, _request, response) =>
    received.method === 'POST' && received.url === '/'
      ? act({ body: VERSION }, response)
      : act(behaviour, response);

async function origins(t: Tap, ...behaviours: (Behaviour | Handler)[]): Promise<Origin[]> {
  const started = await Promise.all(behaviours.map((behaviour) => startOrigin(behaviour)));
  t.teardown(() => Promise.all(started.map((origin) => origin.stop())));
  return started;
}
async function gatewayFor(t: Tap, config: Config | null, options?: GatewayOptions): Promise<Gateway> {
  const gateway = await startGateway(config, options);
  t.teardown(gateway.stop);
  return gateway;
}
const urls = (list: Origin[]) => list.map((origin) => origin.url);
const requests = (origin: Origin) =>
  origin.received.filter((received) => !(received.method === 'POST' && received.url === '/'));

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
      stamp: { origin: 'X-Node', country: 'X-Country', cacheControl: 'max-age=9', version },
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
    { origins: [origin.url], stamp: { origin: false, country: false, cacheControl: false, version: false } },
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
    stamp: { version: false },
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
    stamp: { version: false },
  });
  for (let i = 0; i < 5; i++)
    t.equal((await fetch(gateway.url + '/order', { method: 'POST', body: 'x' })).status, 200);
  const posts = (origin: Origin) => origin.received.filter((received) => received.method === 'POST').length;
  const probes = (origin: Origin) => origin.received.filter((received) => received.url === '/up').length;
  t.same(list.map(posts), [0, 5], 'the fast one gets them all');
  t.same(list.map(probes), [1, 1]);
});

t.test('a dead origin is invisible to safe requests', async (t) => {
  for (const behaviour of [
    { fault: 'reset' },
    { fault: 'garbage' },
    { status: 502 },
    { status: 503 },
    { status: 504 },
    { status: 521 },
    { status: 530 },
  ] as Behaviour[]) {
    const list = await origins(t, () => undefined, node());
    list[0]?.behave(node(behaviour));
    const gateway = await gatewayFor(t, { origins: urls(list), stamp: { version: false } });
    for (let i = 0; i < 6; i++)
      t.equal((await fetch(gateway.url + '/x')).status, 200, JSON.stringify(behaviour));
  }
  const list = await origins(t, node(), node());
  await list[0]?.refuse();
  const gateway = await gatewayFor(t, { origins: urls(list), stamp: { version: false } });
  for (let i = 0; i < 6; i++) t.equal((await fetch(gateway.url + '/x')).status, 200, 'refused');
});

t.test('a hung origin costs a safe request its time-out at most, and POST is never sent twice', async (t) => {
  const list = await origins(t, node({ fault: 'hang' }), node());
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), timeoutMs: 300, totalTimeoutMs: 1500 } },
    stamp: { version: false },
  });
  for (let i = 0; i < 6; i++) t.equal((await fetch(gateway.url + '/x')).status, 200);
  list.forEach((origin) => origin.behave({ fault: 'reset' }));
  const before = list.reduce((sum, origin) => sum + origin.received.length, 0);
  const response = await fetch(gateway.url + '/order', { method: 'POST', body: '{}' });
  t.equal(response.status, 502);
  t.equal(list.reduce((sum, origin) => sum + origin.received.length, 0) - before, 1);
});

t.test('a GET with a body keeps it, and goes out once', async (t) => {
  const list = await origins(t, node({ fault: 'reset' }), node());
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), balance: 'round-robin', outlier: false } },
    stamp: { version: false },
  });
  const statuses = [];
  for (let i = 0; i < 4; i++)
    statuses.push((await rawRequest(gateway.port, { path: '/search', body: '{"q":1}' })).status);
  t.same(
    statuses.sort((a, b) => a - b),
    [200, 200, 502, 502],
  );
  t.same(
    list.map((origin) => origin.received.length),
    [2, 2],
  );
  t.equal(String(list[1]?.received[0]?.body), '{"q":1}');
});

t.test(
  'passThroughOnException is asked for by GET and HEAD alone, and only where it is configured',
  async (t) => {
    const [origin] = (await origins(t, node())) as [Origin];
    // The exception is planted by the test, in the bundle: nothing that a caller sends makes the gateway throw.
    const script = (await currentScript()).replace(
      'function answerCall(call',
      "async function answerCall(call) {\n  if (call.path === '/boom') throw new Error('planted');\n  return answerCallReally(call);\n}\nfunction answerCallReally(call",
    );
    for (const [passThroughOnException, method, status] of [
      [true, 'GET', 200],
      [true, 'POST', 500],
      [false, 'GET', 500],
    ] as const) {
      const gateway = await gatewayFor(
        t,
        { origins: [origin.url], passThroughOnException },
        { script, internet: origin.port },
      );
      const response = await fetch(gateway.url + '/boom', { method, body: method === 'POST' ? 'x' : null });
      t.equal(response.status, status, `${method} with ${passThroughOnException}`);
      if (status === 500) t.match(await response.json(), { message: 'An unexpected error occurred' });
      if (status === 500) t.equal(response.headers.get('error'), 'internal');
    }
  },
);

t.test('pasted where it is taken for an ES module, the script finds its binding all the same', async (t) => {
  const [origin] = (await origins(t, node())) as [Origin];
  const gateway = await gatewayFor(
    t,
    { origins: [origin.url], stamp: { version: false } },
    { asModule: true },
  );
  t.equal((await fetch(gateway.url + '/x')).status, 200);
  t.equal(origin.received.length, 1);
});

t.test('all origins down is a clear answer with CORS headers and a reason', async (t) => {
  const list = await origins(t, node(), node());
  await Promise.all(list.map((origin) => origin.refuse()));
  const gateway = await gatewayFor(t, { origins: urls(list) });
  const response = await fetch(gateway.url + '/x');
  t.equal(response.status, 502);
  t.equal(response.headers.get('access-control-allow-origin'), '*');
  t.equal(response.headers.get('error'), 'origin_unreachable');
  t.match(await response.json(), { message: 'An invalid response was received from the upstream server' });
  const hung = await origins(t, node({ fault: 'hang' }));
  const slow = await gatewayFor(t, {
    pools: { default: { origins: urls(hung), timeoutMs: 100, totalTimeoutMs: 250 } },
    stamp: { version: false },
  });
  t.equal((await fetch(slow.url + '/x')).status, 504);
});

t.test("an origin's own failure is handed over when no other does better", async (t) => {
  const list = await origins(
    t,
    node({ status: 503, body: 'busy', headers: { 'retry-after': '7' } }),
    node({ status: 503, body: 'busy', headers: { 'retry-after': '7' } }),
  );
  const gateway = await gatewayFor(t, { origins: urls(list), stamp: { version: false } });
  const response = await fetch(gateway.url + '/x');
  t.equal(response.status, 503);
  t.equal(response.headers.get('retry-after'), '7');
  t.equal(await response.text(), 'busy');
});

t.test('the configuration may come as text, and a bad one stops the script with every fault', async (t) => {
  const [origin] = (await origins(t, node())) as [Origin];
  const gateway = await gatewayFor(t, { origins: [origin.url] }, { text: true });
  t.equal((await fetch(gateway.url + '/x')).status, 200);
  const faulty = { origins: ['nonsense'], hegde: 1, log: 'loud' } as unknown as Config;
  await t.rejects(
    startGateway(faulty),
    /hegde: unknown key[\s\S]*log must be|log must be[\s\S]*hegde: unknown key/,
  );
});

for (const [name, options] of [
  ['Miniflare', { runtime: 'miniflare' }],
  ['the older workerd', { workerd: 'jul' }],
] as [string, GatewayOptions][]) {
  t.test(`the same on ${name}: an answer, a failover, a preflight, a POST`, async (t) => {
    const list = await origins(t, node({ status: 503 }), node());
    const gateway = await gatewayFor(t, { origins: urls(list) }, options);
    for (let i = 0; i < 5; i++) {
      const response = await fetch(gateway.url + '/x?y=1');
      t.equal(response.status, 200);
      t.equal(response.headers.get('origin'), list[1]?.url);
    }
    list[0]?.behave(node());
    t.equal((await fetch(gateway.url + '/x', { method: 'POST', body: 'hello' })).status, 200);
    t.equal(
      (
        await fetch(gateway.url + '/x', {
          method: 'OPTIONS',
          headers: { origin: 'https://a', 'access-control-request-method': 'GET' },
        })
      ).headers.get('access-control-allow-origin'),
      '*',
    );
  });
}
