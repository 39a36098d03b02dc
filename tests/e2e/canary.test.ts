/** Canary by consumer, on real workerd; examples.test.ts has callers without a key, and the header. */
import t from 'tap';
import { digestOf } from '../support/auth.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originsFor } from '../support/origin.ts';

const CALLERS = Array.from({ length: 60 }, (_, i) => ({ id: `customer-${i}`, key: `key-of-${i}` }));

t.test(
  'a consumer is on the same side from every address and on every route; its key is verified first',
  async (t) => {
    const [old, next] = await originsFor(t, { body: 'old' }, { body: 'new' });
    const canary = { pool: 'next', percent: 30 };
    const gateway = await gatewayFor(
      t,
      {
        pools: { old: { origins: [old.url] }, next: { origins: [next.url] } },
        routes: [
          { paths: ['/'], pool: 'old', canary: { ...canary, header: 'X-Canary' } },
          { name: 'other', paths: ['/other'], pool: 'old', canary },
        ],
        auth: {},
        consumers: CALLERS.map(({ id, key }) => ({ id, credentials: [{ sha256: digestOf(key) }] })),
      },
      { cloudflare: {} },
    );
    const ask = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(gateway.url + path, { headers });
      return response.status === 200 ? response.text() : `status ${response.status}`;
    };
    let moved = 0;
    for (const [i, { key }] of CALLERS.entries()) {
      const first = await ask('/', { apikey: key, 'Test-Client-IP': `192.0.2.${i}` });
      const second = await ask('/other/x?y', { apikey: key, 'Test-Client-IP': `198.51.100.${i}` });
      t.equal(first, second, key);
      if (first === 'new') moved++;
    }
    t.ok(moved > 5 && moved < 35, `${moved} of ${CALLERS.length} at 30 %`);
    t.equal(await ask('/', { 'X-Canary': 'always' }), 'status 401');
  },
);

t.test('each side has cached responses of its own', async (t) => {
  const [old, next] = await originsFor(t, { body: 'old' }, { body: 'new' });
  const gateway = await gatewayFor(t, {
    pools: { old: { origins: [old.url] }, next: { origins: [next.url] } },
    routes: [{ pool: 'old', canary: { pool: 'next', percent: 0, header: 'X-Canary' }, cache: {} }],
    responseHeaders: { origin: 'Origin' },
  });
  const ask = async (side: string) => {
    const response = await fetch(gateway.url, { headers: { 'X-Canary': side } });
    const { headers } = response;
    return [headers.get('x-cache-status'), headers.get('origin'), await response.text()];
  };
  for (const status of ['Miss', 'Hit']) {
    t.same(await ask('always'), [status, next.url, 'new']);
    t.same(await ask('never'), [status, old.url, 'old']);
  }
});
