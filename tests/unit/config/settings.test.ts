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

const KONG_METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];
/** What has no part in a request unless it is asked for, of routes and of the whole. */
const UNASKED = {
  correlationId: null,
  trace: null,
  agents: null,
  addresses: null,
  maxBodyBytes: null,
  requireContentLength: false,
  groups: null,
  costLimits: null,
  requestTransform: null,
  jwt: null,
  basicAuth: null,
  hmacAuth: null,
  responseTransform: null,
  redirect: null,
  webhook: null,
  cache: null,
  logTo: null,
  consumerLimits: null,
  consumerResponses: null,
  consumerSettings: null,
};
const ORIGIN = { basePath: '', weight: 1, priority: 0, headers: [], location: null, hostHeader: null };

t.test('origins alone are a whole configuration, which adds nothing that nobody asked for', async (t) => {
  const {
    pools,
    routes,
    kong: _kong,
    ...rest
  } = checkConfig({ origins: ['https://a.example', 'http://b.example:8080/v1/'] });
  t.same(rest, {
    ...UNASKED,
    trustedProxies: [],
    forwardedHeaders: 'for',
    ipv6Prefix: null,
    healthPath: null,
    rewriteLocation: true,
    passThroughOnException: false,
    consumers: [],
    cors: null,
    responseHeaders: null,
    requestId: false,
    log: 'off',
    compat: null,
    routerFlavor: 'traditional_compatible',
    serverTiming: false,
    shared: null,
    status: null,
    tutorial: true,
  });
  t.same(routes, [
    {
      ...UNASKED,
      name: 'default',
      id: 'default',
      hosts: [],
      paths: [],
      methods: [],
      headers: [],
      regexPriority: 0,
      pool: 0,
      basePath: '/',
      stripPath: false,
      preserveHost: false,
      pathHandling: 'v0',
      service: null,
      protocols: ['http', 'https'],
      httpsRedirectStatus: 426,
      auth: null,
      cors: null,
      rateLimit: null,
      responseHeaders: null,
      respondWith: null,
      canary: null,
      shadow: null,
    },
  ]);
  t.same(pools, [
    {
      name: 'default',
      origins: [
        { ...ORIGIN, name: 'https://a.example', site: 'https://a.example', host: 'a.example' },
        {
          ...ORIGIN,
          name: 'http://b.example:8080/v1/',
          site: 'http://b.example:8080',
          host: 'b.example:8080',
          basePath: '/v1',
        },
      ],
      balance: 'adaptive',
      timeoutMs: 10_000,
      totalTimeoutMs: 30_000,
      retries: 2,
      retryOn: { unreachable: true, timeout: true, statuses: [500, 502, 503, 504] },
      retryBudgetPercent: 20,
      hedge: { afterMs: 'silent', budgetPercent: 3 },
      probe: null,
      outlier: {
        consecutiveFailures: 3,
        ejectSeconds: 2,
        maxEjectSeconds: 24,
        on: null,
        unreachableFailures: null,
        timeoutFailures: null,
        cumulative: false,
      },
      idempotencyKey: true,
      hashOn: 'ip',
      hashFallback: null,
      load: null,
      health: null,
      retrySame: false,
      threshold: -1,
    },
  ]);
});

t.test('each part has its defaults where no more than its presence is written', async (t) => {
  const settings = checkConfig({
    pools: {
      default: {
        origins: ['http://a'],
        balance: 'least-load',
        load: { path: '/load' },
        probe: { path: '/up' },
        health: { path: '/up' },
      },
    },
    auth: { keyNames: ['x-key', 'k'], verify: { url: 'https://v.example/keys' } },
    cors: {},
    rateLimit: { second: 1 },
    responseHeaders: { version: {} },
    compat: 'kong-3',
    routes: [
      { canary: { pool: 'default', percent: 1 }, shadow: { pool: 'default', percent: 1 }, respondWith: {} },
    ],
  });
  const [route] = settings.routes;
  t.match(settings.pools[0], {
    load: { path: '/load', pointer: '', header: null, intervalSeconds: 5 },
    probe: { path: '/up', method: 'GET', timeoutMs: 3000 },
    health: {
      path: '/up',
      intervalSeconds: 10,
      timeoutMs: 2000,
      statuses: null,
      healthyAfter: 2,
      unhealthyAfter: 3,
    },
  });
  t.same(route?.auth, {
    keyNames: ['x-key', 'k'],
    keyIn: ['header', 'query'],
    hideCredentials: true,
    anonymous: null,
    runOnPreflight: true,
    realm: null,
    verify: {
      url: 'https://v.example/keys',
      method: 'GET',
      keyHeader: 'x-key',
      headers: [],
      timeoutMs: 2000,
      field: null,
      consumer: { id: null, username: null, customId: null },
      upstreamHeaders: [],
    },
    cache: { ttlSeconds: 60, negativeTtlSeconds: 10, staleSeconds: 600, maxEntries: 100_000 },
  });
  t.same(route?.cors, {
    origins: [],
    methods: KONG_METHODS,
    headers: null,
    exposedHeaders: [],
    credentials: false,
    maxAge: null,
    preflightContinue: false,
    privateNetwork: false,
    allowOriginAbsent: true,
  });
  t.same(route?.rateLimit, {
    windows: [{ period: 'second', limit: 1 }],
    by: 'consumer',
    hideHeaders: false,
    message: 'API rate limit exceeded',
    status: 429,
    scope: 'rateLimit',
  });
  t.same(route?.responseHeaders, {
    origin: null,
    country: null,
    cacheControl: null,
    version: {
      header: 'Version',
      path: '/',
      method: 'POST',
      body: '{"id":0,"jsonrpc":"2.0","method":"call","params":["login_api","get_version",[]]}',
      field: null,
      ttlSeconds: 60,
    },
  });
  t.same(settings.kong, {
    headers: true,
    upstreamRequestId: true,
    realIpHeader: 'X-Real-IP',
    realIpRecursive: false,
    portMaps: {},
    charset: true,
    errorType: 'text/plain',
    debugHeaders: false,
    maxBodyBytes: null,
  });
  t.same(settings.ipv6Prefix, 128, 'Kong counts whole addresses');
  t.same(route?.canary, { pool: 0, percent: 1, header: null });
  t.same(route?.shadow, { pool: 0, percent: 1, ignoreHeaders: [] });
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
  t.match(settings, { requestId: true, serverTiming: true }, 'where there is a log, requests have ids');
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
