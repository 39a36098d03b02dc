/**
 * The result of checkConfig. Single settings are tested by schema.test.ts and, in use, by tests/settings; their
 * defaults are printed in docs/configuration.md, which is compared with the table.
 */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { configured, faultsOf } from '../../support/config.ts';

/** The members that are neither null nor false nor empty. */
const partsOn = (record: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).filter(
      ([, value]) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0),
    ),
  );

t.test('origins alone are a complete configuration, with all else off or at its default', async (t) => {
  const [site, url] = ['https://a.example', 'http://b.example:8080/v1/'];
  const settings = checkConfig({ origins: [site, url] });
  const { pools, routes, kong, ...rest } = settings;
  t.same(partsOn(rest), {
    forwardedHeaders: 'for',
    rewriteLocation: true,
    log: 'off',
    routerFlavor: 'traditional_compatible',
    tutorial: true,
  });
  const [a, b] = pools[0]!.origins;
  t.same(partsOn(a!), { name: site, site, host: 'a.example', basePath: '', weight: 1, priority: 0 });
  t.match(b, { name: url, site: 'http://b.example:8080', host: 'b.example:8080', basePath: '/v1' });
  t.match(pools[0], { name: 'default', balance: 'adaptive', hashOn: 'ip' });
  for (const part of [settings, pools, routes, routes[0], pools[0], pools[0]?.origins, kong])
    t.ok(Object.isFrozen(part));
});

t.test('settings are resolved as configured, with what follows from them', async (t) => {
  const { pools, routes, requestId } = checkConfig({
    $schema: './schema.json',
    pools: {
      default: {
        origins: [{ url: 'http://b:8080', hostHeader: 'b.example', headers: { 'X-Secret': 's' } }],
        load: { path: '/load', header: 'x-load', intervalSeconds: 1 },
        retryOn: ['timeout', 429],
        hedge: false,
        outlier: { on: [503] },
      },
    },
    auth: { keyNames: ['x-key', 'k'], verify: { url: 'https://v.example/keys' } },
    rateLimit: { year: 9, second: 1, minute: 2, hour: 3, day: 4, month: 5 },
    routes: [{ headers: { 'x-v': ['1'] }, shadow: { pool: 'default', percent: 1, ignoreHeaders: ['Date'] } }],
    log: 'all',
  });
  const statuses = (list: number[], timeout = false) => ({ unreachable: false, timeout, statuses: list });
  t.match(pools[0], {
    origins: [{ host: 'b:8080', hostHeader: 'b.example:8080', headers: [['X-Secret', 's']] }],
    load: { pointer: null, header: 'x-load' },
    retryOn: statuses([429], true),
    hedge: { budgetPercent: 0 },
    outlier: { on: statuses([503]), consecutiveFailures: 3 },
  });
  const periods = ['second', 'minute', 'hour', 'day', 'month', 'year'];
  const windows = periods.map((period, i) => ({ period, limit: [1, 2, 3, 4, 5, 9][i] }));
  t.match(routes[0], {
    // Shortest window first.
    rateLimit: { windows },
    headers: [['x-v', ['1']]],
    shadow: { ignoreHeaders: ['date'] },
    auth: { verify: { keyHeader: 'x-key' } },
  });
  t.equal(requestId, true, 'with a log, requests have ids');
});

t.test('an inconsistent configuration is rejected with all its faults', async (t) => {
  const origins = ['http://a'];
  const CASES: [config: unknown, ...faults: RegExp[]][] = [
    ['{"origins":', /GATEWAY_CONFIG must be JSON/],
    [{}, /^origins must be a list of at least 1/],
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

t.test('a route inherits a setting, overrides it or switches it off', async (t) => {
  const { routes } = configured({
    auth: { keyNames: ['k'] },
    rateLimit: { minute: 5 },
    cors: { origins: ['https://a'] },
    responseHeaders: false,
    pools: { api: { origins: ['http://b'] } },
    routes: [
      { name: 'all' },
      { pool: 'api', auth: false, cors: false, rateLimit: false, responseHeaders: { origin: 'X-By' } },
      { auth: {}, rateLimit: { hour: 1 } },
    ],
  });
  const off = { auth: null, rateLimit: null, cors: null, responseHeaders: null };
  const minute = { windows: [{ period: 'minute', limit: 5 }], scope: 'rateLimit' };
  const hour = { windows: [{ period: 'hour', limit: 1 }], scope: 'routes[2].rateLimit' };
  const cors = { origins: ['https://a'] };
  t.match(routes, [
    // Routes that inherit a limit share its counter.
    { pool: 1, auth: { keyNames: ['k'] }, rateLimit: minute, cors, responseHeaders: null },
    { pool: 0, ...off, responseHeaders: { origin: 'X-By' } },
    { auth: { keyNames: ['apikey'] }, rateLimit: hour, cors, responseHeaders: null },
  ]);
  // The status page prints every route.
  t.notOk('consumers' in routes[0]!, 'what only the whole can have is not repeated in routes');
});
