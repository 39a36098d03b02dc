/**
 * What a route may be, and what becomes of it: pools by index instead of by name, defaults of the whole where it sets none of its own.
 */
import {
  be,
  FLAG,
  listOf,
  matching,
  number,
  offOr,
  oneOf,
  or,
  pairsOf,
  PATH,
  shape,
  TEXT,
  derive,
  TOKEN,
  whole,
} from './validate.ts';
import type { Checked } from './validate.ts';
import { checkAuth } from './check-auth.ts';
import { checkCors } from './check-cors.ts';
import { checkOrigins } from './check-origin.ts';
import { poolOf } from './check-pool.ts';
import { checkRateLimit } from './check-rate-limit.ts';
import { checkResponseHeaders } from './check-response-headers.ts';
import { checkConsumerResponses, checkRespondWith } from './check-respond-with.ts';
import type { PoolSettings, RouteSettings } from './types.ts';
import { checkPattern } from '../core/regex.ts';

const SHARE = { pool: TEXT, percent: number(0, 100) };
const SCHEME = oneOf('http', 'https');

/** What could never match is a slip: a URL for a host, a query behind a path, a method in small letters. */
const HOST_NAME = matching(/^[^\s/?#@]+$/, 'a host name, with or without a port');
const METHOD = matching(/^[A-Z][A-Z-]*$/, 'a method in capitals');
const REDIRECT = be<number>(
  (status) => [426, 301, 302, 307, 308].includes(status as number),
  '426, 301, 302, 307 or 308',
);
const checkRoutePath = derive(
  matching(/^(~|\/[^?#]*$)/, 'a prefix that starts with "/", without query, or "~" and a regular expression'),
  (path, place, faults) => (path.startsWith('~') ? checkPattern(path, place, faults, 1) : path),
);
const checkValues = derive(listOf(TEXT, 1), (values, place, faults) => {
  if (values.length === 1 && values[0]?.startsWith('~*')) checkPattern(values[0], place, faults, 2);
  return values;
});

export const checkLimits = derive(pairsOf(TEXT, checkRateLimit), (pairs) =>
  Object.freeze(Object.fromEntries(pairs)),
);

export const checkRoute = shape({
  name: or(TEXT, null),
  id: or(TEXT, null),
  hosts: or(listOf(HOST_NAME), []),
  paths: or(listOf(checkRoutePath), []),
  methods: or(listOf(METHOD), []),
  headers: or(pairsOf(TOKEN, checkValues), []),
  regexPriority: or(whole(-2_147_483_648), 0),
  pool: or(TEXT, null),
  origins: or(checkOrigins, null),
  basePath: or(PATH, '/'),
  stripPath: or(FLAG, false),
  preserveHost: or(FLAG, false),
  pathHandling: or(oneOf('v0', 'v1'), 'v0'),
  protocols: or(listOf(SCHEME, 1), ['http', 'https'] as const),
  httpsRedirectStatus: or(REDIRECT, 426),
  auth: offOr(checkAuth, null, undefined),
  cors: offOr(checkCors, null, undefined),
  rateLimit: offOr(checkRateLimit, null, undefined),
  consumerLimits: or(checkLimits, null),
  respondWith: offOr(checkRespondWith, null, null),
  consumerResponses: or(checkConsumerResponses, null),
  responseHeaders: offOr(checkResponseHeaders, null, undefined),
  canary: or(shape({ ...SHARE, header: or(TOKEN, null) }), null),
  shadow: or(shape({ ...SHARE, ignoreHeaders: or(listOf(TOKEN), []) }), null),
});

/** What a route takes over from the whole. */
export type RouteDefaults = Pick<RouteSettings, 'auth' | 'cors' | 'rateLimit' | 'responseHeaders'>;

/** `pools` grows by the route's own, where it lists origins. `lone` lets a route without a pool use the only one there is. */
export function resolveRoute(
  written: Checked<typeof checkRoute>,
  path: string,
  defaults: RouteDefaults,
  pools: PoolSettings[],
  lone: boolean,
  faults: string[],
): RouteSettings {
  const name = written.name ?? path;
  const poolNamed = (wanted: string, place: string): number => {
    const index = pools.findIndex((one) => one.name === wanted);
    if (index < 0)
      faults.push(
        `${place} must be the name of a pool (${pools.map((one) => one.name).join(', ')}), received "${wanted}"`,
      );
    return index;
  };
  let pool = pools.findIndex((candidate) => candidate.name === 'default');
  if (written.origins) {
    if (written.pool !== null) faults.push(`${path} must be set either pool or origins, received both`);
    pool = pools.push(poolOf(name, written.origins)) - 1;
  } else if (written.pool !== null) pool = poolNamed(written.pool, `${path}.pool`);
  else if (lone && pools.length === 1) pool = 0;
  return Object.freeze({
    ...written,
    name,
    id: written.id ?? name,
    pool,
    auth: written.auth === undefined ? defaults.auth : written.auth,
    cors: written.cors === undefined ? defaults.cors : written.cors,
    rateLimit: written.rateLimit === undefined ? defaults.rateLimit : written.rateLimit,
    responseHeaders:
      written.responseHeaders === undefined ? defaults.responseHeaders : written.responseHeaders,
    canary: written.canary && {
      ...written.canary,
      pool: poolNamed(written.canary.pool, `${path}.canary.pool`),
    },
    shadow: written.shadow && {
      pool: poolNamed(written.shadow.pool, `${path}.shadow.pool`),
      percent: written.shadow.percent,
      ignoreHeaders: written.shadow.ignoreHeaders.map((header) => header.toLowerCase()),
    },
  });
}
