/** Rate limits over several isolates and processes, with the built files on real runtimes. */
import t from 'tap';
import type { Config, Shared } from '../../lib/config/types.ts';
import { gatewayFor } from '../support/gateway.ts';
import {
  startCompanionProcess,
  startGatewayProcess,
  startIsolates,
  startMiniflareIsolates,
  statusesOf,
} from '../support/shared-gateways.ts';
import { until } from '../support/until.ts';

/** A year's window does not end during a test. The time-out is long enough for a busy machine. */
const limited = (shared: Shared | false, limit = 60): Config => ({
  routes: [{ paths: ['/'], respondWith: { status: 204 } }],
  rateLimit: { year: limit, by: 'service' },
  shared: shared && { revocations: false, timeoutMs: 10_000, ...shared },
});

const runtimes = { workerd: startIsolates, miniflare: startMiniflareIsolates };
for (const [name, start] of Object.entries(runtimes))
  t.test(`${name}: three isolates together admit no more than the limit`, async (t) => {
    const { ask } = await start(t, limited({}));
    const statuses = await statusesOf(150, (i) => ask(i % 3));
    t.same(statuses, { 204: 60, 429: 90 });
    const refused = await ask(1);
    t.equal(refused.status, 429);
    t.match(Object.fromEntries(refused.headers), {
      'x-ratelimit-limit-year': '60',
      'x-ratelimit-remaining-year': '0',
      'ratelimit-remaining': '0',
    });
  });

t.test('without it each isolate counts by itself', async (t) => {
  const { ask } = await startIsolates(t, limited(false, 20));
  t.same(await statusesOf(90, (i) => ask(i % 3)), { 204: 60, 429: 30 });
});

t.test('shards: each caller has one object that counts it', async (t) => {
  const config = limited({ shards: 4 }, 5);
  const { ask } = await startIsolates(t, { ...config, rateLimit: { year: 5, by: { header: 'x-user' } } });
  const users = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay'];
  const statuses = await statusesOf(120, (i) =>
    ask(i % 3, '/', { headers: { 'x-user': users[Math.floor(i / 3) % 6]! } }),
  );
  t.same(statuses, { 204: 30, 429: 90 });
});

t.test(
  'loose: an isolate admits a first request without a call, and gets the count afterwards',
  async (t) => {
    const { ask } = await startIsolates(t, limited({ limits: 'loose' }, 1));
    for (const isolate of [0, 1, 2]) t.equal((await ask(isolate)).status, 204, `isolate ${isolate}`);
    for (const isolate of [0, 1, 2])
      t.ok(await until(async () => (await ask(isolate)).status === 429), `isolate ${isolate} has the count`);
  },
);

t.test(
  'remaining is what this isolate knows: the rest at its last call, minus its own requests',
  async (t) => {
    const { ask } = await startIsolates(t, limited({}));
    const left: number[] = [];
    for (let i = 0; i < 30; i++)
      left.push(Number((await ask(i % 3)).headers.get('x-ratelimit-remaining-year')));
    t.ok(left.every((rest) => rest >= 0 && rest < 60));
    t.ok(left[29]! < left[0]!);
  },
);

t.test('a gateway without the binding counts by itself, and logs so once', async (t) => {
  const gateway = await gatewayFor(t, limited({}, 5), { shares: 'nothing' });
  t.same(await statusesOf(20, () => fetch(gateway.url)), { 204: 5, 429: 15 });
  t.same(gateway.lines().filter((line) => line.includes('SHARED')).length, 1);
});

t.test('closed: two processes, and a companion that is killed and restarted under load', async (t) => {
  const companion = await startCompanionProcess(t);
  const config = limited({ onFailure: 'closed' }, 400);
  const gateways = await Promise.all([0, 1].map(() => startGatewayProcess(t, config, companion)));
  const send = (i: number): Promise<Response> => gateways[i % 2]!.ask(0);
  const passed = async (count: number): Promise<number> => (await statusesOf(count, send))[204] ?? 0;
  const before = await passed(150);
  t.equal(before, 150);
  await companion.kill();
  const held = await passed(300);
  t.ok(held < 250, `${held} with tokens that they held`);
  const refused = await send(0);
  t.equal(refused.status, 503);
  t.equal(refused.headers.get('retry-after'), '1');
  t.equal(await passed(50), 0);
  await companion.start();
  let after = 0;
  const isFull = async () => {
    const statuses = await statusesOf(100, send);
    after += statuses[204] ?? 0;
    return statuses[429] === 100;
  };
  t.ok(await until(isFull));
  const total = before + held + after;
  t.ok(total <= 400, `${total} of 400`);
  t.ok(total > 300, `${total} of 400: what a crash loses is little`);
});

t.test('local: requests pass while the companion is down, within the share of each isolate', async (t) => {
  const companion = await startCompanionProcess(t);
  const config = limited({ onFailure: 'local' }, 400);
  const gateways = await Promise.all([0, 1].map(() => startGatewayProcess(t, config, companion)));
  const send = (i: number): Promise<Response> => gateways[i % 2]!.ask(0);
  await statusesOf(100, send);
  await companion.kill();
  const without = await statusesOf(600, send);
  t.same(Object.keys(without), ['204', '429'], 'served or limited, never an error');
  t.ok(100 + without[204]! >= 300 && 100 + without[204]! <= 480, `${100 + without[204]!} of 400`);
  await companion.start();
  t.ok(await until(async () => (await statusesOf(20, send))[429] === 20), 'debts were reported');
});
