/** Ways to deploy the script: pasted, as a module, configured by a string, with passThroughOnException. */
import t from 'tap';
import { currentScript, gatewayFor, refusalOf } from '../support/gateway.ts';
import { node, TUTORIAL, urls } from '../support/nodes.ts';
import { originFor, originsFor } from '../support/origin.ts';

t.test('passThroughOnException applies to GET and HEAD only, and only if configured', async (t) => {
  const origin = await originFor(t, node());
  // The test plants the exception in the bundle: nothing that a caller sends makes the gateway throw.
  const whole = await currentScript();
  const script = whole.replace(
    'function answerRequest(context, state) {',
    "$&\n  if (context.path === '/boom') throw new Error('planted');",
  );
  t.not(script, whole, 'the exception is planted');
  for (const [passThroughOnException, method, status] of [
    [true, 'GET', 200],
    [true, 'POST', 500],
    [false, 'GET', 500],
  ] as const) {
    const gateway = await gatewayFor(
      t,
      { origins: [origin.url], passThroughOnException, ...TUTORIAL },
      { script, internet: origin.port },
    );
    const response = await fetch(gateway.url + '/boom', { method, body: method === 'POST' ? 'x' : null });
    t.equal(response.status, status, `${method} with ${passThroughOnException}`);
    if (status === 500) t.match(await response.json(), { message: 'An unexpected error occurred' });
    if (status === 500) t.equal(response.headers.get('error'), 'internal');
  }
});

t.test('a script that is pasted as an ES module still finds its binding', async (t) => {
  const origin = await originFor(t, node());
  const gateway = await gatewayFor(t, { origins: [origin.url] }, { asModule: true });
  t.equal((await fetch(gateway.url + '/x')).status, 200);
  t.equal(origin.received.length, 1);
});

t.test(
  'the configuration may be a string, and an invalid one stops the script with a list of all errors',
  async (t) => {
    const origin = await originFor(t, node());
    const gateway = await gatewayFor(t, { origins: [origin.url] }, { text: true });
    t.equal((await fetch(gateway.url + '/x')).status, 200);
    const faulty = { origins: ['nonsense'], hegde: 1, log: 'loud' };
    const refusal = await refusalOf(faulty);
    for (const fault of ['origins[0]', 'hegde: unknown key', 'log must be'])
      t.ok(refusal.includes(fault), refusal);
  },
);

t.test('the same on Miniflare: a GET, a failover, a preflight, a POST', async (t) => {
  const list = await originsFor(t, node({ status: 503 }), node());
  const gateway = await gatewayFor(t, { origins: urls(list), ...TUTORIAL }, { runtime: 'miniflare' });
  for (let i = 0; i < 5; i++) {
    const response = await fetch(gateway.url + '/x?y=1');
    t.equal(response.status, 200);
    t.equal(response.headers.get('origin'), list[1]?.url);
  }
  list[0]?.behave(node());
  t.equal((await fetch(gateway.url + '/x', { method: 'POST', body: 'hello' })).status, 200);
  const headers = { origin: 'https://a', 'access-control-request-method': 'GET' };
  const preflight = await fetch(gateway.url + '/x', { method: 'OPTIONS', headers });
  t.equal(preflight.headers.get('access-control-allow-origin'), '*');
});
