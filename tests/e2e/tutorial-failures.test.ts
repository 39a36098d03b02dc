/** What the tutorial's Worker does not handle, on real workerd: origins that are down, hang or fail. */
import t from 'tap';
import { gatewayFor } from '../support/gateway.ts';
import { node, TUTORIAL, urls } from '../support/nodes.ts';
import { originsFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

t.test('a GET with a body keeps it, and is sent once', async (t) => {
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

t.test('if all origins are down the caller gets a reason, with CORS headers', async (t) => {
  const list = await originsFor(t, node(), node());
  await Promise.all(list.map((origin) => origin.refuse()));
  const gateway = await gatewayFor(t, { origins: urls(list), ...TUTORIAL });
  const response = await fetch(gateway.url + '/x');
  t.equal(response.status, 502);
  t.equal(response.headers.get('access-control-allow-origin'), '*');
  t.equal(response.headers.get('error'), 'origin_unreachable');
  t.match(await response.json(), { message: 'An invalid response was received from the upstream server' });
});

t.test("an origin's own error is passed on if no other succeeds", async (t) => {
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
