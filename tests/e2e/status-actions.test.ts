/** The effect of the operator's buttons on traffic, on real workerd: each request as the page sends it. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { gatewayFor, type GatewayOptions } from '../support/gateway.ts';
import { AS_OPERATOR, STATUS, statesOf } from '../support/operator.ts';
import { originsFor } from '../support/origin.ts';
import type { Tap } from '../support/origin.ts';
import { until } from '../support/until.ts';

type PoolConfig = Partial<NonNullable<Config['pools']>[string]>;

async function scene(t: Tap, pool: PoolConfig, options: GatewayOptions = {}) {
  const origins = await originsFor(t, {}, {});
  const config: Config = {
    pools: {
      api: {
        origins: origins.map(({ url }, i) => ({ url, name: ['first', 'second'][i]! })),
        hedge: false,
        ...pool,
      },
    },
    routes: [{ name: 'all', paths: ['/'], pool: 'api' }],
    status: STATUS,
  };
  const gateway = await gatewayFor(t, config, options);
  const post = async (action: string, origin: string) => {
    const query = new URLSearchParams({ pool: 'api', origin });
    const response = await fetch(`${gateway.url}/status/${action}?${query.toString()}`, {
      method: 'POST',
      headers: AS_OPERATOR,
    });
    await response.text();
    return response.status;
  };
  return {
    origins,
    gateway,
    post,
    /** The statuses of this many requests, and how many of them each origin got. */
    ask: async (times: number, init: RequestInit = {}) => {
      const before = origins.map(({ received }) => received.length);
      const statuses = new Set<number>();
      for (let i = 0; i < times; i++) {
        const response = await fetch(`${gateway.url}/${i}`, init);
        statuses.add(response.status);
        await response.text();
      }
      return {
        statuses: [...statuses],
        received: origins.map(({ received }, i) => received.length - before[i]!),
      };
    },
    state: async (index: number) => (await statesOf(gateway.url))[index]!,
  };
}

t.test(
  'a drained origin gets no request, whatever the policy and the method, until it is undrained',
  async (t) => {
    const pools = [
      { balance: 'round-robin' },
      { balance: 'adaptive' },
      { balance: 'race' },
      { balance: 'least-connections' },
      { balance: 'consistent-hash' },
    ] as PoolConfig[];
    const scenes = await Promise.all(pools.map((pool) => scene(t, pool)));
    for (const [at, pool] of pools.entries()) {
      const { ask, post, state, origins } = scenes[at]!;
      const name = String(pool.balance);
      // The hash ring may have assigned all of this caller's requests to the second.
      const [most = 0] = (await ask(8)).received;
      const [index, other] = most > 0 ? [0, 1] : [1, 0];
      const which = ['first', 'second'][index]!;
      t.equal(await post('drain', which), 200, name);
      t.equal(await state(index), 'drained by hand');
      const received = (count: number) => (index === 0 ? [0, count] : [count, 0]);
      t.same(await ask(8), { statuses: [200], received: received(8) }, name);
      t.same(await ask(4, { method: 'POST', body: 'x' }), { statuses: [200], received: received(4) }, name);
      await origins[other]!.refuse();
      t.equal((await ask(1)).received[index], 0, `${name}: not even if no other is left`);
      await origins[other]!.accept();
      t.equal(await post('undrain', which), 200);
      let again = 0;
      for (let i = 0; again === 0 && i < 50; i++) again = (await ask(8)).received[index]!;
      t.ok(again > 0, `${name}: undrained`);
    }
  },
);

t.test(
  'requests in flight at a drained origin finish; with all origins drained the pool refuses',
  async (t) => {
    const { origins, gateway, ask, post } = await scene(t, { balance: 'round-robin' });
    for (const origin of origins) origin.behave({ delayMs: 300 });
    const inFlight = [1, 2].map(() => fetch(gateway.url).then((response) => response.status));
    while (origins.some(({ received }) => received.length === 0)) await sleep(5);
    for (const name of ['first', 'second']) t.equal(await post('drain', name), 200);
    t.same(await Promise.all(inFlight), [200, 200]);
    t.same(await ask(2), { statuses: [503], received: [0, 0] });
  },
);

t.test('an origin ejected by the operator gets no request, then one retest, and returns', async (t) => {
  const pool: PoolConfig = { balance: 'round-robin', outlier: { ejectSeconds: 60 } };
  const { gateway, ask, post, state } = await scene(t, pool, { shares: 'isolate' });
  t.same((await ask(8)).received, [4, 4]);
  t.equal(await post('eject', 'first'), 200);
  t.match(await state(0), /^ejected \d s ago: by hand, retest in/);
  t.same(await ask(8), { statuses: [200], received: [0, 8] });
  await gateway.advance(61_000);
  t.ok(await until(async () => (await ask(1), (await state(0)) === 'in rotation')));
  const { received } = await ask(8);
  t.ok(
    received.every((count) => count > 0),
    String(received),
  );
});
