/** A new pool tried on a share of the callers, on real workerd. */
import t from 'tap';
import type { Config, Route } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originsFor } from '../support/origin.ts';
import type { Tap } from '../support/origin.ts';

const CALLERS = Array.from({ length: 200 }, (_, i) => ({ id: `customer-${i}`, key: `key-of-${i}` }));

/** Two pools that say their name; answers which side each caller is on. */
async function startSides(t: Tap, percent: number, route: Partial<Route> = {}, more: Config = {}) {
  const [old, next] = await originsFor(t, { body: 'old' }, { body: 'new' });
  const gateway = await gatewayFor(
    t,
    {
      pools: { old: { origins: [old.url] }, next: { origins: [next.url] } },
      routes: [
        { paths: ['/'], pool: 'old', canary: { pool: 'next', percent, header: 'X-Canary' }, ...route },
        { name: 'other', paths: ['/other'], pool: 'old', canary: { pool: 'next', percent }, ...route },
      ],
      ...more,
    },
    { cloudflare: {} },
  );
  return async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(gateway.url + path, { headers });
    return response.status === 200 ? response.text() : `status ${response.status}`;
  };
}

const AUTH: Config = {
  auth: {},
  consumers: CALLERS.map(({ id, key }) => ({ id, credentials: [{ sha256: digestOf(key) }] })),
};

t.test(
  'a consumer is on the same side at every time, from every address, on every route, with every method',
  async (t) => {
    const ask = await startSides(t, 30, { auth: {} }, AUTH);
    let moved = 0;
    for (const [i, { key }] of CALLERS.entries()) {
      const first = await ask('/', { apikey: key, 'Test-Client-IP': `192.0.2.${i % 250}` });
      const second = await ask('/other/x?y', { apikey: key, 'Test-Client-IP': `198.51.100.${i % 250}` });
      t.equal(first, second, key);
      if (first === 'new') moved++;
    }
    t.ok(moved > 30 && moved < 90, `${moved} of 200 at 30 %`);
  },
);

t.test('callers without a key are told apart by address', async (t) => {
  const ask = await startSides(t, 50);
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const headers = { 'Test-Client-IP': `203.0.113.${i}` };
    const side = await ask('/', headers);
    t.equal(await ask('/', headers), side);
    seen.add(side);
  }
  t.same([...seen].sort(), ['new', 'old']);
});

t.test('the header forces a side, for testers before anybody and for a caller in trouble', async (t) => {
  const nobody = await startSides(t, 0);
  t.equal(await nobody('/'), 'old');
  t.equal(await nobody('/', { 'X-Canary': 'always' }), 'new');
  const everybody = await startSides(t, 100);
  t.equal(await everybody('/'), 'new');
  t.equal(await everybody('/', { 'X-Canary': 'never' }), 'old');
});

t.test('a key is asked for before a side is chosen', async (t) => {
  const ask = await startSides(t, 100, { auth: {} }, AUTH);
  t.equal(await ask('/', { 'X-Canary': 'always' }), 'status 401');
});
