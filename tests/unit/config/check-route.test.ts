import t from 'tap';
import { checkRoute, resolveRoute } from '../../../lib/config/check-route.ts';
import { poolOf } from '../../../lib/config/check-pool.ts';
import type { PoolSettings } from '../../../lib/config/types.ts';

const NONE = { auth: null, cors: null, rateLimit: null, responseHeaders: null };

function resolved(route: Record<string, unknown>, pools: PoolSettings[] = [], lone = false) {
  const faults: string[] = [];
  const checked = checkRoute(route, 'routes[0]', faults);
  return {
    route: faults.length > 0 ? null : resolveRoute(checked, 'routes[0]', NONE, pools, lone, faults),
    faults,
    pools,
  };
}

t.test('a route that says nothing takes everything, path untouched', async (t) => {
  t.match(resolved({}).route, {
    name: 'routes[0]',
    id: 'routes[0]',
    hosts: [],
    paths: [],
    methods: [],
    headers: [],
    regexPriority: 0,
    pool: -1,
    basePath: '/',
    stripPath: false,
    preserveHost: false,
    pathHandling: 'v0',
    protocols: ['http', 'https'],
    httpsRedirectStatus: 426,
    canary: null,
    shadow: null,
  });
});

t.test('each key is taken', async (t) => {
  const written = {
    name: 'orders',
    hosts: ['*.example.com'],
    paths: ['/v1', '~/users/\\d+'],
    methods: ['GET'],
    regexPriority: 5,
    basePath: '/srv',
    stripPath: true,
    preserveHost: true,
    pathHandling: 'v1',
    protocols: ['https'],
    httpsRedirectStatus: 301,
  };
  t.match(resolved({ ...written, headers: { 'x-v': ['1', '2'] } }).route, {
    ...written,
    headers: [['x-v', ['1', '2']]],
    id: 'orders',
  });
  t.equal(resolved({ name: 'orders', id: 'abc' }).route?.id, 'abc');
});

t.test('its pool is the one it names, its own, the default one, or none', async (t) => {
  const pools = () => [poolOf('a', []), poolOf('default', [])];
  t.equal(resolved({ pool: 'a' }, pools()).route?.pool, 0);
  t.equal(resolved({}, pools()).route?.pool, 1);
  const own = resolved({ name: 'r', origins: ['http://x'] }, pools());
  t.equal(own.pools[own.route?.pool ?? -1]?.name, 'r');
  t.equal(resolved({}, [poolOf('a', [])]).route?.pool, -1);
  t.equal(
    resolved({}, [poolOf('a', [])], true).route?.pool,
    0,
    'where no routes are written the only pool serves',
  );
  t.match(resolved({ pool: 'b' }, pools()).faults, [
    /^routes\[0\]\.pool must be the name of a pool \(a, default\), received "b"$/,
  ]);
});

t.test('canary and shadow name a pool and a share', async (t) => {
  const pools = [poolOf('a', []), poolOf('b', [])];
  t.match(
    resolved(
      {
        pool: 'a',
        canary: { pool: 'b', percent: 5, header: 'x-canary' },
        shadow: { pool: 'b', percent: 1, ignoreHeaders: ['date'] },
      },
      pools,
    ).route,
    {
      canary: { pool: 1, percent: 5, header: 'x-canary' },
      shadow: { pool: 1, percent: 1, ignoreHeaders: ['date'] },
    },
  );
  t.match(resolved({ canary: { pool: 'b', percent: 101 } }, pools).faults, [/canary\.percent must be/]);
  t.match(resolved({ shadow: { pool: 'c', percent: 1 } }, pools).faults, [/shadow\.pool must be/]);
});

t.test('what cannot be is refused with its place', async (t) => {
  const table: [key: string, value: unknown][] = [
    ['hosts', 'a.example'],
    ['paths', ['v1']],
    ['paths', ['~(']],
    ['methods', ['GE T']],
    ['methods', ['get']],
    ['headers', { 'x-v': [] }],
    ['regexPriority', 1.5],
    ['basePath', 'srv'],
    ['stripPath', 1],
    ['preserveHost', 1],
    ['pathHandling', 'v2'],
    ['protocols', ['grpc']],
    ['protocols', []],
    ['httpsRedirectStatus', 200],
  ];
  for (const [key, value] of table)
    t.match(
      resolved({ [key]: value }).faults,
      [new RegExp(`^routes\\[0\\]\\.${key}`)],
      `${key}: ${JSON.stringify(value)}`,
    );
});
