/**
 * Refuses a bad configuration with all its faults at once (names of pools are looked up once the rest is right); applies every default;
 * resolves names to indexes; freezes.
 *
 * Runs once, when the script starts: a fault stops it there, where a deployment can still be turned back.
 */
import { be, FLAG, listOf, offOr, onOr, oneOf, or, pairsOf, shape, TEXT } from './validate.ts';
import { checkAuth, checkConsumers } from './check-auth.ts';
import { checkCors } from './check-cors.ts';
import { checkKong } from './check-kong.ts';
import { checkOrigins } from './check-origin.ts';
import { checkPool, poolOf } from './check-pool.ts';
import { checkRateLimit } from './check-rate-limit.ts';
import { checkConsumerResponses } from './check-respond-with.ts';
import { checkLimits, checkRoute, resolveRoute } from './check-route.ts';
import { checkResponseHeaders } from './check-response-headers.ts';
import { checkShared } from './check-shared.ts';
import { checkStatus } from './check-status.ts';
import { parseNetwork } from '../core/ip.ts';
import type { PoolSettings, Settings } from './types.ts';

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
  responseHeaders: onOr(checkResponseHeaders, null),
  consumers: or(checkConsumers, []),
  consumerLimits: or(checkLimits, null),
  consumerResponses: or(checkConsumerResponses, null),
  trustedProxies: or(
    listOf(be<string>((text) => parseNetwork(String(text)) !== null, 'an address or a CIDR range')),
    [],
  ),
  compat: or(oneOf('kong-3', 'kong-2018'), null),
  status: offOr(checkStatus, null, null),
  shared: offOr(checkShared, null, null),
  log: or(oneOf('off', 'errors', 'all'), 'off'),
  forwardedHeaders: or(oneOf('for', 'all', 'none'), 'for'),
  requestId: or(FLAG, null),
  serverTiming: or(FLAG, null),
  rewriteLocation: or(FLAG, true),
  passThroughOnException: or(FLAG, false),
  routerFlavor: or(oneOf('traditional_compatible', 'traditional'), 'traditional_compatible'),
  kong: (value, path, faults) => checkKong(value ?? {}, path, faults),
});

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
  if (faults.length > 0) return null;
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
  const routes = written.map((route, i) =>
    resolveRoute(route, `routes[${i}]`, top, pools, !top.routes, faults),
  );
  if (!top.routes && routes[0]?.pool === -1)
    faults.push('origins must be a list of at least 1 where there are no routes, received nothing');
  const { origins: _origins, auth: _auth, rateLimit: _rateLimit, ...rest } = top;
  return Object.freeze({
    ...rest,
    requestId: top.requestId ?? (top.status !== null || top.log !== 'off'),
    serverTiming: top.serverTiming ?? (top.status !== null || top.log !== 'off'),
    pools: Object.freeze(pools),
    routes: Object.freeze(routes),
    tutorial: !top.routes,
  });
}
