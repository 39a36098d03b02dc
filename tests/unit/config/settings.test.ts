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

/** What is on in a record: neither null nor false nor empty. */
const partsOn = (record: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).filter(
      ([, value]) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0),
    ),
  );

t.test('origins alone are a whole configuration, which adds nothing that nobody asked for', async (t) => {
  const { pools, routes, kong, ...rest } = checkConfig({
    origins: ['https://a.example', 'http://b.example:8080/v1/'],
  });
  t.ok(kong);
  t.same(partsOn(rest), {
    forwardedHeaders: 'for',
    rewriteLocation: true,
    log: 'off',
    routerFlavor: 'traditional_compatible',
    tutorial: true,
  });
  t.same(routes.map(partsOn), [
    {
      name: 'default',
      id: 'default',
      regexPriority: 0,
      pool: 0,
      basePath: '/',
      pathHandling: 'v0',
      protocols: ['http', 'https'],
      httpsRedirectStatus: 426,
    },
  ]);
  const [a, b] = pools[0]!.origins;
  const [site, url] = ['https://a.example', 'http://b.example:8080/v1/'];
  t.same(partsOn(a!), { name: site, site, host: 'a.example', basePath: '', weight: 1, priority: 0 });
  t.match(b, { name: url, site: 'http://b.example:8080', host: 'b.example:8080', basePath: '/v1' });
  t.match(pools[0], { name: 'default', balance: 'adaptive', hashOn: 'ip' });
});

t.test('what is left out follows from what is written beside it', async (t) => {
  const settings = checkConfig({
    origins: ['http://a'],
    auth: { keyNames: ['x-key', 'k'], verify: { url: 'https://v.example/keys' } },
    rateLimit: { second: 1 },
    responseHeaders: { version: {} },
    compat: 'kong-3',
    routes: [{ canary: { pool: 'default', percent: 1 }, shadow: { pool: 'default', percent: 1 } }],
  });
  const [route] = settings.routes;
  t.equal(route?.auth?.verify?.keyHeader, 'x-key', 'the first name of a key');
  t.match(route?.rateLimit, {
    windows: [{ period: 'second', limit: 1 }],
    by: 'consumer',
    scope: 'rateLimit',
  });
  t.match(route?.responseHeaders, {
    origin: null,
    version: { header: 'Version', path: '/', method: 'POST' },
  });
  t.match(route, {
    canary: { pool: 'default', header: null },
    shadow: { pool: 'default', ignoreHeaders: [] },
  });
});

t.test('what is written is what the rules get', async (t) => {
  const limit = { year: 9, second: 1, minute: 2, hour: 3, day: 4, month: 5 };
  const settings = checkConfig({
    $schema: './schema.json',
    pools: {
      default: {
        origins: [
          {
            url: 'http://b:8080',
            name: 'b',
            weight: 0,
            priority: 2,
            headers: { 'X-Secret': 's' },
            location: [52.4, 4.9],
            hostHeader: 'b.example',
          },
        ],
        hashOn: { cookie: 'sid', path: '/' },
        hashFallback: 'path',
        load: { path: '/load', header: 'x-load', intervalSeconds: 1 },
        retryOn: ['timeout', 429],
        hedge: { afterMs: 50 },
        outlier: { on: [503], unreachableFailures: 5 },
        threshold: 50,
      },
    },
    rateLimit: { ...limit, by: { header: 'x-user' }, scope: 'shared', status: 420 },
    responseHeaders: { origin: 'X-Node', country: false, cacheControl: 'max-age=9' },
    kong: { headers: ['Via'], portMaps: { '80': 8000 } },
    routes: [
      {
        hosts: ['*.example.com'],
        headers: { 'x-v': ['1', '2'] },
        httpsRedirectStatus: 301,
        shadow: { pool: 'default', percent: 1, ignoreHeaders: ['Date'] },
      },
    ],
    log: 'all',
  });
  const statuses = (list: number[], timeout = false) => ({ unreachable: false, timeout, statuses: list });
  t.match(settings.pools[0], {
    origins: [
      {
        name: 'b',
        site: 'http://b:8080',
        host: 'b:8080',
        basePath: '',
        weight: 0,
        priority: 2,
        headers: [['X-Secret', 's']],
        location: [52.4, 4.9],
        hostHeader: 'b.example:8080',
      },
    ],
    hashOn: { cookie: 'sid', path: '/' },
    hashFallback: 'path',
    load: { pointer: null, header: 'x-load', intervalSeconds: 1 },
    retryOn: statuses([429], true),
    hedge: { afterMs: 50, budgetPercent: 3 },
    outlier: { on: statuses([503]), unreachableFailures: 5, consecutiveFailures: 3 },
    threshold: 50,
  });
  t.match(settings.routes[0], {
    rateLimit: { by: { header: 'x-user' }, scope: 'shared', status: 420 },
    headers: [['x-v', ['1', '2']]],
    httpsRedirectStatus: 301,
    responseHeaders: { origin: 'X-Node', country: null, cacheControl: 'max-age=9', version: null },
    shadow: { ignoreHeaders: ['date'] },
  });
  t.same(
    settings.routes[0]?.rateLimit?.windows.map(({ period, limit }) => [period, limit]),
    [
      ['second', 1],
      ['minute', 2],
      ['hour', 3],
      ['day', 4],
      ['month', 5],
      ['year', 9],
    ],
    'shortest first',
  );
  t.match(settings.kong, { headers: ['Via'], portMaps: { '80': 8000 } });
  t.match(settings, { requestId: true }, 'where there is a log, requests have ids');
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
  t.equal(settings.routes[3]?.canary?.pool, 'api');
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
      { auth: false, cors: false, rateLimit: false, responseHeaders: { origin: 'X-By' } },
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
    [undefined, 'X-By', undefined],
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
  t.match(fault, /status.token must be a string of at least 8 characters/);
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
    'consumers[1].credentials must be unique, received a sha256 that consumers[0] has',
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
      /hashOn\.query: unknown key/,
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
