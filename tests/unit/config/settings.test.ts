import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';

function faultsOf(config: unknown): string[] {
  try {
    checkConfig(config);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ');
  }
}

t.test("the tutorial's two nodes are a whole configuration", async (t) => {
  const settings = checkConfig({ origins: ['https://api.justyy.com', 'https://api.steemyy.com'] });
  t.equal(settings.tutorial, true);
  t.equal(settings.routes.length, 1);
  t.equal(settings.routes[0]?.pool, 0);
  t.match(settings.pools[0], {
    name: 'default',
    balance: 'adaptive',
    timeoutMs: 10000,
    totalTimeoutMs: 30000,
    retries: 2,
    idempotencyKey: true,
  });
  t.match(settings.pools[0]?.origins[0], {
    name: 'https://api.justyy.com',
    site: 'https://api.justyy.com',
    host: 'api.justyy.com',
    basePath: '',
    weight: 1,
    priority: 0,
    headers: [],
    location: null,
  });
  t.same(settings.routes[0]?.responseHeaders, {
    origin: 'Origin',
    country: 'Country',
    cacheControl: 'max-age=3',
    version: {
      header: 'Version',
      path: '/',
      method: 'POST',
      body: '{"id":0,"jsonrpc":"2.0","method":"call","params":["login_api","get_version",[]]}',
      field: null,
      ttlSeconds: 60,
    },
  });
  t.equal(settings.routes[0]?.auth, null);
  t.match(settings.routes[0]?.cors, { origins: [], credentials: false });
});

t.test('JSON text is as good as an object, and broken text says where', async (t) => {
  t.same(checkConfig('{"origins":["http://a"]}'), checkConfig({ origins: ['http://a'] }));
  t.match(faultsOf('{"origins":'), [/Cannot use the configuration:/, /GATEWAY_CONFIG must be JSON/]);
});

t.test('every fault is listed at once', async (t) => {
  const faults = faultsOf({
    pools: { api: { origins: ['ftp://x', 'http://a'], hegde: false, timeoutMs: 0 } },
    routes: [{ paths: ['v1'], pool: 'apj' }],
    log: 'loud',
  }).join('\n');
  for (const fault of [
    'pools.api.hegde: unknown key, did you mean "hedge"?',
    'pools.api.origins[0] must be an http or https URL without query or user, received "ftp://x"',
    'pools.api.timeoutMs must be a whole number from 1 to 2147483647, received 0',
    'routes[0].paths[0] must be a prefix that starts with "/"',
    'log must be "off" or "errors" or "all", received "loud"',
  ])
    t.ok(faults.includes(fault), fault);
});

t.test('names are resolved to indexes, and a name that nobody bears is a fault', async (t) => {
  const settings = checkConfig({
    origins: ['http://d'],
    pools: { api: { origins: ['http://a'] } },
    routes: [
      { paths: ['/a'], pool: 'api' },
      { paths: ['/b'] },
      { paths: ['/c'], origins: ['http://c'] },
      { paths: ['/e'], canary: { pool: 'api', percent: 5 } },
    ],
  });
  t.same(
    settings.routes.map((route) => settings.pools[route.pool]?.origins[0]?.host),
    ['a', 'd', 'c', 'd'],
  );
  t.equal(settings.routes[3]?.canary?.pool, 0);
  const fault = (config: unknown) => faultsOf(config)[1];
  t.equal(
    fault({ origins: ['http://d'], routes: [{ pool: 'apj' }] }),
    'routes[0].pool must be the name of a pool (default), received "apj"',
  );
  t.match(
    fault({ origins: ['http://d'], routes: [{ shadow: { pool: 'x', percent: 1 } }] }),
    /routes\[0\].shadow.pool must be/,
  );
  t.match(
    fault({ routes: [{ pool: 'a', origins: ['http://a'] }], pools: { a: { origins: ['http://a'] } } }),
    /received both/,
  );
  t.match(fault({ origins: ['http://d'], pools: { default: { origins: [] } } }), /origins must be left out/);
  t.match(fault({}), /origins must be a list of at least 1/);
  t.match(fault({ origins: [] }), /origins must be a list of at least 1/);
});

t.test('a route takes the default of the whole, its own, or none', async (t) => {
  const settings = checkConfig({
    origins: ['http://d'],
    auth: { keyNames: ['k'] },
    rateLimit: { minute: 5 },
    cors: { origins: ['https://a'] },
    responseHeaders: false,
    routes: [
      { name: 'all' },
      { auth: false, cors: false, rateLimit: false, responseHeaders: {} },
      { auth: {}, rateLimit: { hour: 1 } },
    ],
  });
  const each = <T>(read: (route: (typeof settings.routes)[number]) => T) => settings.routes.map(read);
  t.same(
    each((route) => route.auth?.keyNames),
    [['k'], undefined, ['apikey']],
  );
  t.same(
    each((route) => route.rateLimit?.windows[0]),
    [{ period: 'minute', limit: 5 }, undefined, { period: 'hour', limit: 1 }],
  );
  t.same(
    each((route) => route.rateLimit?.scope),
    ['rateLimit', undefined, 'routes[2].rateLimit'],
    'the default is one count for all who share it',
  );
  t.same(
    each((route) => route.cors?.origins),
    [['https://a'], undefined, ['https://a']],
  );
  t.same(
    each((route) => route.responseHeaders?.origin),
    [undefined, 'Origin', undefined],
  );
});

t.test('off is a value: no branch of its own anywhere else', async (t) => {
  const [pool] = checkConfig({
    pools: {
      default: {
        origins: ['http://a'],
        hedge: false,
        outlier: false,
        probe: false,
        health: false,
        retries: 0,
      },
    },
  }).pools;
  t.match(pool, {
    hedge: { budgetPercent: 0 },
    outlier: { consecutiveFailures: Infinity },
    probe: null,
    health: null,
    retries: 0,
  });
});

t.test('an operator token is never shown in a fault', async (t) => {
  const fault = faultsOf({ origins: ['http://a'], status: { path: '/s', token: 'hush' } })[1];
  t.match(fault, /status.token must be a text of at least 8 characters/);
  t.notMatch(fault, /hush/);
});

t.test('the same digest twice would make two consumers of one key', async (t) => {
  const sha256 = 'a'.repeat(64);
  const twice = {
    origins: ['http://a'],
    consumers: ['1', '2'].map((id) => ({ id, credentials: [{ sha256 }] })),
  };
  t.equal(
    faultsOf(twice)[1],
    'consumers[1].credentials must be unique, received a digest that consumers[0] has',
  );
  t.match(
    faultsOf({ origins: ['http://a'], consumers: [{ id: '1', credentials: [{ sha256: 'my-key' }] }] })[1],
    /64 lower-case hex digits/,
  );
});

t.test(
  'a limit without a window, a load policy without a load path, a hash of two things are refused',
  async (t) => {
    t.match(
      faultsOf({ origins: ['http://a'], rateLimit: {} })[1],
      /rateLimit must be set for at least one of/,
    );
    t.match(
      faultsOf({ pools: { default: { origins: ['http://a'], balance: 'least-load' } } })[1],
      /pools.default.load must be set/,
    );
    t.match(
      faultsOf({ pools: { default: { origins: ['http://a'], hashOn: { header: 'a', query: 'b' } } } })[1],
      /hashOn must be one of/,
    );
  },
);

t.test('everything is frozen', async (t) => {
  const settings = checkConfig({ origins: ['http://a'] });
  for (const part of [
    settings,
    settings.pools,
    settings.routes,
    settings.routes[0],
    settings.pools[0],
    settings.pools[0]?.origins,
  ])
    t.ok(Object.isFrozen(part));
});
