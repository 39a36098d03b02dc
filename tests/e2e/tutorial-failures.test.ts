/** What the tutorial's Worker leaves to luck, on real workerd: origins that are down, hang or fail, and what the caller gets then. */
import t from 'tap';
import { gatewayFor } from '../support/gateway.ts';
import { node, TUTORIAL, urls } from '../support/nodes.ts';
import { originsFor } from '../support/origin.ts';
import type { Behaviour } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

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
    const list = await originsFor(t, () => undefined, node());
    list[0]?.behave(node(behaviour));
    const gateway = await gatewayFor(t, { origins: urls(list) });
    for (let i = 0; i < 6; i++)
      t.equal((await fetch(gateway.url + '/x')).status, 200, JSON.stringify(behaviour));
  }
  const list = await originsFor(t, node(), node());
  await list[0]?.refuse();
  const gateway = await gatewayFor(t, { origins: urls(list) });
  for (let i = 0; i < 6; i++) t.equal((await fetch(gateway.url + '/x')).status, 200, 'refused');
});

t.test('a hung origin costs a safe request its time-out at most, and POST is never sent twice', async (t) => {
  const list = await originsFor(t, node({ fault: 'hang' }), node());
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), timeoutMs: 3000, totalTimeoutMs: 60_000 } },
  });
  for (let i = 0; i < 6; i++) t.equal((await fetch(gateway.url + '/x')).status, 200);
  list.forEach((origin) => origin.behave({ fault: 'reset' }));
  const before = list.reduce((sum, origin) => sum + origin.received.length, 0);
  const response = await fetch(gateway.url + '/order', { method: 'POST', body: '{}' });
  t.equal(response.status, 502);
  t.equal(list.reduce((sum, origin) => sum + origin.received.length, 0) - before, 1);
});

t.test('a GET with a body keeps it, and goes out once', async (t) => {
  const list = await originsFor(t, node({ fault: 'reset' }), node());
  const gateway = await gatewayFor(t, {
    pools: { default: { origins: urls(list), balance: 'round-robin', outlier: false } },
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

t.test('all origins down is a clear answer with CORS headers and a reason', async (t) => {
  const list = await originsFor(t, node(), node());
  await Promise.all(list.map((origin) => origin.refuse()));
  const gateway = await gatewayFor(t, { origins: urls(list), ...TUTORIAL });
  const response = await fetch(gateway.url + '/x');
  t.equal(response.status, 502);
  t.equal(response.headers.get('access-control-allow-origin'), '*');
  t.equal(response.headers.get('error'), 'origin_unreachable');
  t.match(await response.json(), { message: 'An invalid response was received from the upstream server' });
  const hung = await originsFor(t, node({ fault: 'hang' }));
  const slow = await gatewayFor(t, {
    pools: { default: { origins: urls(hung), timeoutMs: 100, totalTimeoutMs: 250 } },
  });
  t.equal((await fetch(slow.url + '/x')).status, 504);
});

t.test("an origin's own failure is handed over when no other does better", async (t) => {
  const list = await originsFor(
    t,
    node({ status: 503, body: 'busy', headers: { 'retry-after': '7' } }),
    node({ status: 503, body: 'busy', headers: { 'retry-after': '7' } }),
  );
  const gateway = await gatewayFor(t, { origins: urls(list) });
  const response = await fetch(gateway.url + '/x');
  t.equal(response.status, 503);
  t.equal(response.headers.get('retry-after'), '7');
  t.equal(await response.text(), 'busy');
});
