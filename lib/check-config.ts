/**
 * Refuses a bad configuration at start-up with all its faults at once; applies every default; resolves names to indexes; freezes.
 *
 * Runs once, when the script starts: a fault stops it there, where a deployment can still be turned back, and never at a
 * request. The rooms that a build may leave out have their checks in files of their own (check-auth.ts and so on).
 */
import {
  FLAG,
  hidden,
  listOf,
  matching,
  number,
  offOr,
  onOr,
  oneOf,
  or,
  pairsOf,
  PATH,
  shape,
  TEXT,
  then,
  TOKEN,
  whole,
} from './check.ts';
import type { Checked } from './check.ts';
import { checkAuth, checkConsumers } from './check-auth.ts';
import { checkCors } from './check-cors.ts';
import { checkOrigins, checkPool, poolOf } from './check-pool.ts';
import { checkRateLimit } from './check-rate-limit.ts';
import { checkStamp } from './check-stamp.ts';
import type { PoolSettings, RouteSettings, Settings } from './config.ts';
import { routePatternFault } from './pattern.ts';

const SHARE = { pool: TEXT, percent: number(0, 100) };
const SCHEME = oneOf('http', 'https');

const checkRoutePath = then(
  matching(/^(~|\/)/, 'a prefix that starts with "/", or "~" and a regular expression'),
  (path, place, faults) => {
    const fault = path.startsWith('~') ? routePatternFault(path.slice(1)) : null;
    if (fault) faults.push(`${place} must be ${fault}, received ${JSON.stringify(path)}`);
    return path;
  },
);

const checkLimits = then(pairsOf(TEXT, checkRateLimit), (pairs) => Object.freeze(Object.fromEntries(pairs)));

const checkRoute = shape({
  name: or(TEXT, null),
  id: or(TEXT, null),
  hosts: or(listOf(TEXT), []),
  paths: or(listOf(checkRoutePath), []),
  methods: or(listOf(TOKEN), []),
  headers: or(pairsOf(TOKEN, listOf(TEXT, 1)), []),
  regexPriority: or(whole(0), 0),
  pool: or(TEXT, null),
  origins: or(checkOrigins, null),
  basePath: or(PATH, '/'),
  stripPath: or(FLAG, false),
  preserveHost: or(FLAG, false),
  pathHandling: or(oneOf('v0', 'v1'), 'v0'),
  protocols: or(listOf(SCHEME, 1), ['http', 'https'] as const),
  httpsRedirectStatus: or(whole(300, 599), 426),
  auth: offOr(checkAuth, null, undefined),
  cors: offOr(checkCors, null, undefined),
  rateLimit: offOr(checkRateLimit, null, undefined),
  consumerLimits: or(checkLimits, null),
  stamp: offOr(checkStamp, null, undefined),
  canary: or(shape({ ...SHARE, header: or(TOKEN, null) }), null),
  shadow: or(shape({ ...SHARE, ignoreHeaders: or(listOf(TOKEN), []) }), null),
});

const PORT = whole(1, 65535);
const checkKong = shape({
  headers: or(FLAG, true),
  upstreamRequestId: or(FLAG, true),
  realIpHeader: or(TOKEN, 'X-Real-IP'),
  realIpRecursive: or(FLAG, false),
  portMaps: or(
    then(pairsOf(TEXT, PORT), (pairs) => Object.freeze(Object.fromEntries(pairs))),
    {},
  ),
  errorType: or(TEXT, 'text/plain'),
});

const checkTop = shape({
  origins: or(checkOrigins, null),
  pools: or(
    (value, path, faults) =>
      pairsOf(TEXT, (pool) => pool)(value, path, faults).map(([name, pool]) =>
        checkPool(name)(pool, `${path}.${name}`, faults),
      ),
    [],
  ),
  routes: or(listOf(checkRoute), null),
  auth: offOr(checkAuth, null, null),
  cors: onOr(checkCors, null),
  rateLimit: offOr(checkRateLimit, null, null),
  stamp: onOr(checkStamp, null),
  consumers: or(checkConsumers, []),
  consumerLimits: or(checkLimits, null),
  trustedProxies: or(listOf(matching(/^[\da-fA-F.:]+(\/\d{1,3})?$/, 'an address or a CIDR range')), []),
  answers: or(oneOf('plain', 'kong-3', 'kong-2018'), 'plain'),
  status: offOr(
    shape({
      path: PATH,
      token: hidden(matching(/^[\x21-\x7e]{8,}$/, 'a text of at least 8 characters without spaces')),
    }),
    null,
    null,
  ),
  log: or(oneOf('off', 'errors', 'all'), 'off'),
  serverTiming: or(FLAG, true),
  rewriteLocation: or(FLAG, true),
  passThroughOnException: or(FLAG, false),
  routerFlavor: or(oneOf('traditional_compatible', 'traditional'), 'traditional_compatible'),
  kong: (value, path, faults) => checkKong(value ?? {}, path, faults),
});
type Top = Checked<typeof checkTop>;

/**
 * @param input a configuration, or its JSON text.
 * @throws Error "Cannot use the configuration:" and one line a fault.
 */
export function checkConfig(input: unknown): Settings {
  const faults: string[] = [];
  const settings = resolveConfig(parseConfig(input, faults), faults);
  if (faults.length > 0) throw new Error(`Cannot use the configuration:\n  ${faults.join('\n  ')}`);
  return settings as Settings;
}

function parseConfig(input: unknown, faults: string[]): unknown {
  if (typeof input !== 'string') return input;
  try {
    return JSON.parse(input);
  } catch (error) {
    faults.push(`GATEWAY_CONFIG must be JSON: ${(error as Error).message}`);
    return {};
  }
}

function resolveConfig(input: unknown, faults: string[]): Settings | null {
  const top = checkTop(input, '', faults);
  if (faults.length > 0) return null;
  const pools: PoolSettings[] = [...top.pools];
  if (top.origins) {
    if (pools.some((pool) => pool.name === 'default'))
      faults.push('origins must be left out where pools.default is set, received both');
    if (top.origins.length === 0) faults.push('origins must be a list of at least 1, received []');
    pools.push(poolOf('default', top.origins));
  }
  const written = top.routes ?? [checkRoute({ name: 'default' }, 'routes[0]', faults)];
  const routes = written.map((route, i) => resolveRoute(route, `routes[${i}]`, top, pools, faults));
  if (!top.routes && routes[0]?.pool === -1)
    faults.push('origins must be a list of at least 1 where there are no routes, received nothing');
  const {
    consumers,
    consumerLimits,
    trustedProxies,
    answers,
    status,
    log,
    serverTiming,
    rewriteLocation,
    passThroughOnException,
    routerFlavor,
    kong,
    cors,
    stamp,
  } = top;
  return Object.freeze({
    pools: Object.freeze(pools),
    routes: Object.freeze(routes),
    tutorial: !top.routes,
    consumers,
    consumerLimits,
    trustedProxies,
    answers,
    status,
    log,
    serverTiming,
    rewriteLocation,
    passThroughOnException,
    routerFlavor,
    kong,
    cors,
    stamp,
  });
}

function resolveRoute(
  route: Checked<typeof checkRoute>,
  path: string,
  top: Top,
  pools: PoolSettings[],
  faults: string[],
): RouteSettings {
  const name = route.name ?? path;
  const poolNamed = (wanted: string, place: string): number => {
    const index = pools.findIndex((pool) => pool.name === wanted);
    if (index < 0)
      faults.push(
        `${place} must be the name of a pool (${pools.map((pool) => pool.name).join(', ')}), received "${wanted}"`,
      );
    return index;
  };
  let pool = pools.findIndex((candidate) => candidate.name === 'default');
  if (route.origins) {
    if (route.pool !== null) faults.push(`${path} must be set either pool or origins, received both`);
    pool = pools.push(poolOf(name, route.origins)) - 1;
  } else if (route.pool !== null) pool = poolNamed(route.pool, `${path}.pool`);
  else if (!top.routes && pools.length === 1) pool = 0;
  const { origins: _, ...rest } = route;
  return Object.freeze({
    ...rest,
    name,
    id: route.id ?? name,
    pool,
    auth: route.auth === undefined ? top.auth : route.auth,
    cors: route.cors === undefined ? top.cors : route.cors,
    rateLimit: route.rateLimit === undefined ? top.rateLimit : route.rateLimit,
    stamp: route.stamp === undefined ? top.stamp : route.stamp,
    canary: route.canary && { ...route.canary, pool: poolNamed(route.canary.pool, `${path}.canary.pool`) },
    shadow: route.shadow && { ...route.shadow, pool: poolNamed(route.shadow.pool, `${path}.shadow.pool`) },
  });
}
