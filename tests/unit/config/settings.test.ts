/** What a configuration becomes. Single settings are tested by schema.test.ts, and in use by tests/settings. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { configured, faultsOf } from '../../support/config.ts';

/** What is on in a record: neither null nor false nor empty. */
const partsOn = (record: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).filter(
      ([, value]) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0),
    ),
  );

t.test('origins alone are a whole configuration, which adds nothing that nobody asked for', async (t) => {
  const [site, url] = ['https://a.example', 'http://b.example:8080/v1/'];
  const { pools, routes, kong, ...rest } = checkConfig({ origins: [site, url] });
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
  t.same(partsOn(a!), { name: site, site, host: 'a.example', basePath: '', weight: 1, priority: 0 });
  t.match(b, { name: url, site: 'http://b.example:8080', host: 'b.example:8080', basePath: '/v1' });
  t.match(pools[0], { name: 'default', balance: 'adaptive', hashOn: 'ip' });
});

t.test('what is left out follows from what is written beside it', async (t) => {
  const [route] = configured({
    auth: { keyNames: ['x-key', 'k'], verify: { url: 'https://v.example/keys' } },
    rateLimit: { second: 1 },
    responseHeaders: { version: {} },
    compat: 'kong-3',
    routes: [{ canary: { pool: 'default', percent: 1 }, shadow: { pool: 'default', percent: 1 } }],
  }).routes;
  t.equal(route?.auth?.verify?.keyHeader, 'x-key', 'the first name of a key');
  t.match(route, {
    rateLimit: { windows: [{ period: 'second', limit: 1 }], by: 'consumer', scope: 'rateLimit' },
    responseHeaders: { origin: null, version: { header: 'Version', path: '/', method: 'POST' } },
    canary: { pool: 'default', header: null },
    shadow: { pool: 'default', ignoreHeaders: [] },
  });
});

t.test('what is written is what the rules get', async (t) => {
  const origin = { name: 'b', weight: 0, priority: 2, location: [52.4, 4.9] } as const;
  const hash = { hashOn: { cookie: 'sid', path: '/' }, hashFallback: 'path', threshold: 50 } as const;
  const written = { year: 9, second: 1, minute: 2, hour: 3, day: 4, month: 5 };
  const limit = { by: { header: 'x-user' }, scope: 'shared', status: 420 };
  const { pools, routes, kong, requestId } = checkConfig({
    $schema: './schema.json',
    pools: {
      default: {
        ...hash,
        origins: [{ ...origin, url: 'http://b:8080', headers: { 'X-Secret': 's' }, hostHeader: 'b.example' }],
        load: { path: '/load', header: 'x-load', intervalSeconds: 1 },
        retryOn: ['timeout', 429],
        hedge: { afterMs: 50 },
        outlier: { on: [503], unreachableFailures: 5 },
      },
    },
    rateLimit: { ...written, ...limit },
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
  const where = { site: 'http://b:8080', host: 'b:8080', basePath: '', hostHeader: 'b.example:8080' };
  t.match(pools[0], {
    ...hash,
    origins: [{ ...origin, ...where, headers: [['X-Secret', 's']] }],
    load: { pointer: null, header: 'x-load', intervalSeconds: 1 },
    retryOn: statuses([429], true),
    hedge: { afterMs: 50, budgetPercent: 3 },
    outlier: { on: statuses([503]), unreachableFailures: 5, consecutiveFailures: 3 },
  });
  const periods = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const;
  const windows = periods.map((period) => ({ period, limit: written[period] }));
  t.match(routes[0], {
    // Windows go from the shortest to the longest.
    rateLimit: { ...limit, windows },
    headers: [['x-v', ['1', '2']]],
    httpsRedirectStatus: 301,
    responseHeaders: { origin: 'X-Node', country: null, cacheControl: 'max-age=9', version: null },
    shadow: { ignoreHeaders: ['date'] },
  });
  t.match(kong, { headers: ['Via'], portMaps: { '80': 8000 } });
  t.equal(requestId, true, 'where there is a log, requests have ids');
});

t.test('JSON text is as good as an object, and broken text says where', async (t) => {
  t.same(checkConfig('{"origins":["http://a"]}'), checkConfig({ origins: ['http://a'] }));
  t.match(faultsOf('{"origins":'), [/GATEWAY_CONFIG must be JSON/]);
});

t.test('names are resolved to indexes', async (t) => {
  const { pools, routes } = configured({
    pools: { api: { origins: ['http://b'] } },
    routes: [
      { paths: ['/a'], pool: 'api' },
      { paths: ['/b'] },
      { paths: ['/c'], origins: ['http://c'] },
      { paths: ['/e'], canary: { pool: 'api', percent: 5 } },
    ],
  });
  t.same(
    routes.map((route) => pools[route.pool]?.origins[0]?.host),
    ['b', 'a', 'c', 'a'],
  );
  t.equal(routes[3]?.canary?.pool, 'api');
});

t.test('what does not fit together is refused, all faults at once', async (t) => {
  const origins = ['http://a'];
  const CASES: [config: object, ...faults: RegExp[]][] = [
    [{}, /^origins must be a list of at least 1/],
    [{ origins: [] }, /^origins must be a list of at least 1/],
    [{ origins, pools: { default: { origins: [] } } }, /origins must be left out/],
    [{ origins, routes: [{ pool: 'b' }] }, /^routes\[0\]\.pool must be .* \(default\), received "b"$/],
    [{ origins, routes: [{ shadow: { pool: 'x', percent: 1 } }] }, /^routes\[0\].shadow.pool must be/],
    [{ routes: [{ pool: 'a', origins }], pools: { a: { origins } } }, /received both/],
    [{ origins, rateLimit: {} }, /^rateLimit must be set for at least one of/],
    [{ pools: { default: { origins, balance: 'least-load' } } }, /^pools.default.load must be set/],
    [{ origins: ['ftp://x'], log: 'loud' }, /^origins\[0\] must be an http.* URL/, /^log must be "off" or/],
  ];
  for (const [config, ...faults] of CASES) t.match(faultsOf(config), faults, JSON.stringify(config));
});

t.test('a route takes the default of the whole, its own, or none', async (t) => {
  const { routes } = configured({
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
  const off = { auth: null, rateLimit: null, cors: null, responseHeaders: null };
  const minute = { windows: [{ period: 'minute', limit: 5 }], scope: 'rateLimit' };
  const hour = { windows: [{ period: 'hour', limit: 1 }], scope: 'routes[2].rateLimit' };
  const cors = { origins: ['https://a'] };
  t.match(routes, [
    // The default is one count for all who share it.
    { auth: { keyNames: ['k'] }, rateLimit: minute, cors, responseHeaders: null },
    { ...off, responseHeaders: { origin: 'X-By' } },
    { auth: { keyNames: ['apikey'] }, rateLimit: hour, cors, responseHeaders: null },
  ]);
});

t.test('off is a value: no branch of its own anywhere else', async (t) => {
  const off = { hedge: false, outlier: false, probe: false, health: false, retries: 0 } as const;
  const [pool] = checkConfig({ pools: { default: { origins: ['http://a'], ...off } } }).pools;
  t.match(pool, {
    hedge: { budgetPercent: 0 },
    outlier: { consecutiveFailures: Infinity },
    probe: null,
    health: null,
    retries: 0,
  });
});

t.test('everything is frozen', async (t) => {
  const settings = configured();
  const { pools, routes } = settings;
  for (const part of [settings, pools, routes, routes[0], pools[0], pools[0]?.origins])
    t.ok(Object.isFrozen(part));
});
