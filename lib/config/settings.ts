/**
 * Refuses a bad configuration with all its faults at once (names are looked up and meanings weighed once the rest is
 * right); resolves names to indexes; freezes.
 *
 * Runs once, when the script starts: a fault stops it there, where a deployment can still be turned back.
 */
import { PERIODS } from '../core/periods.ts';
import { checkMeaning, reachableHosts } from './meaning.ts';
import type { RecordName } from './rows.ts';
import { BASE, everyRow } from './schema.ts';
import { createCheck, validate } from './validate.ts';
import type { AbsentSettings, Check, NamedRows } from './validate.ts';
import type {
  AuthSettings,
  FilledAuth,
  FilledConfig,
  FilledOrigin,
  FilledPool,
  FilledRateLimit,
  FilledResponse,
  FilledRoute,
  FixedResponse,
  OriginSettings,
  PoolSettings,
  RateLimitSettings,
  RouteSettings,
  Settings,
  Traffic,
} from './types.ts';

/** What a route may take over from the whole. */
type General = Pick<Settings, 'cors' | 'responseHeaders' | 'compat'> & {
  readonly traffic: Partial<Traffic>;
  readonly auth: AuthSettings | null;
  readonly rateLimit: RateLimitSettings | null;
};

/** Every feature's rows. */
export function everyFeature(): NamedRows[] {
  return Object.entries(everyRow()).map(([name, rows]) => ({ name, rows }));
}

/** With every feature: see `createSettings`. */
export function checkConfig(input: unknown): Settings {
  return createSettings(input, everyFeature());
}

/**
 * @param input a configuration, or its JSON text.
 * @param features those that the file carries, beside what every file does.
 * @param absent what the others would have let be said.
 * @throws Error "Cannot use the configuration:" and one line a fault.
 */
export function createSettings(
  input: unknown,
  features: readonly NamedRows[],
  absent: AbsentSettings = {},
): Settings {
  const check = createCheck([...BASE, ...features], absent);
  const written = parseConfig(input, check.faults);
  const filled = validate(check, { type: 'ref', to: 'config' }, written, '') as FilledConfig;
  const settings = check.faults.length > 0 ? null : resolveConfig(filled, check);
  if (check.faults.length > 0 || !settings)
    throw new Error(`Cannot use the configuration:\n  ${check.faults.join('\n  ')}`);
  return settings;
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

function resolveConfig(filled: FilledConfig, check: Check): Settings {
  const { faults } = check;
  const {
    $schema: _,
    origins,
    routes: written,
    auth,
    rateLimit,
    consumerLimits,
    consumerResponses,
    consumerSettings,
    ...rest
  } = filled;
  const pools = filled.pools.map(([name, pool]) => resolvePool(name, pool, check));
  if (origins) {
    if (pools.some((pool) => pool.name === 'default'))
      faults.push('origins must be left out where pools.default is set, received both');
    if (origins.length === 0) faults.push('origins must be a list of at least 1, received []');
    pools.push(
      plainPool(
        'default',
        origins.map((origin) => resolveOrigin(origin, check)),
        check,
      ),
    );
  }
  // Of a feature that this file does not carry nothing is known, not even a default.
  const {
    compat = null,
    cors = null,
    responseHeaders = null,
    status = null,
    healthPath = null,
    routerFlavor = 'traditional_compatible',
    shared = null,
    log = 'off',
    consumers = [],
  } = rest as Partial<typeof rest>;
  const general: General = {
    compat,
    cors,
    responseHeaders,
    auth: auth ? resolveAuth(auth) : null,
    rateLimit: rateLimit ? resolveLimit(rateLimit, 'rateLimit', faults) : null,
    traffic: rest,
  };
  const routes = (written ?? [fillRecord(check, 'route', { name: 'default' }) as FilledRoute]).map(
    (route, i) => resolveRoute(route, { path: `routes[${i}]`, general, pools, lone: !written, check }),
  );
  if (!written && routes[0]?.pool === -1)
    faults.push('origins must be a list of at least 1 where there are no routes, received nothing');
  checkMeaning({ ...filled, compat, cors, consumers }, faults);
  const watched = status !== null || log !== 'off';
  return Object.freeze({
    ...rest,
    compat,
    cors,
    responseHeaders,
    status,
    healthPath,
    routerFlavor,
    shared,
    log,
    consumers,
    consumerLimits: resolveById(consumerLimits, 'consumerLimits', resolveLimit, faults),
    consumerResponses: resolveById(consumerResponses, 'consumerResponses', resolveResponse, faults),
    consumerSettings: resolveById(consumerSettings, 'consumerSettings', (own) => own, faults),
    requestId: rest.requestId ?? watched,
    serverTiming: rest.serverTiming ?? watched,
    ipv6Prefix: rest.ipv6Prefix ?? (compat === null ? null : 128),
    pools: Object.freeze(pools),
    routes: Object.freeze(routes),
    tutorial: !written,
  });
}

function resolveOrigin(written: string | FilledOrigin, check: Check): OriginSettings {
  const { url: text, ...rest } =
    typeof written === 'string' ? (fillRecord(check, 'origin', { url: written }) as FilledOrigin) : written;
  const url = new URL(text);
  return Object.freeze({
    ...rest,
    name: rest.name ?? text,
    site: url.origin,
    host: url.host,
    basePath: url.pathname.replace(/\/$/, ''),
    hostHeader: rest.hostHeader ? rest.hostHeader + (url.port && `:${url.port}`) : null,
  });
}

function resolvePool(name: string, filled: FilledPool, check: Check): PoolSettings {
  if (filled.balance === 'least-load' && !filled.load)
    check.faults.push(
      `pools.${name}.load must be set where pools.${name}.balance is "least-load", received nothing`,
    );
  const origins = Object.freeze(filled.origins.map((origin) => resolveOrigin(origin, check)));
  // Of a feature that this file does not carry nothing is filled in.
  const { retrySame = false } = filled as Partial<FilledPool>;
  const outlier: Partial<FilledPool['outlier']> = filled.outlier;
  const { on = null, unreachableFailures = null, timeoutFailures = null, cumulative = false } = outlier;
  return Object.freeze({
    ...filled,
    name,
    origins,
    retrySame,
    outlier: Object.freeze({ ...filled.outlier, on, unreachableFailures, timeoutFailures, cumulative }),
    threshold: filled.threshold ?? -1,
  });
}

/** A pool with every default of the whole table. */
export function poolOf(name: string, origins: readonly OriginSettings[]): PoolSettings {
  return plainPool(name, origins, createCheck(everyFeature()));
}

function plainPool(name: string, origins: readonly OriginSettings[], check: Check): PoolSettings {
  const filled = fillRecord(check, 'pool', { origins: [] }) as FilledPool;
  return Object.freeze({ ...resolvePool(name, filled, check), origins: Object.freeze([...origins]) });
}

function resolveAuth(filled: FilledAuth): AuthSettings {
  const { verify, keyNames } = filled;
  return Object.freeze({
    ...filled,
    verify: verify && Object.freeze({ ...verify, keyHeader: verify.keyHeader ?? (keyNames[0] as string) }),
  });
}

function resolveLimit(filled: FilledRateLimit, path: string, faults: string[]): RateLimitSettings {
  const { by, hideHeaders, message, status, scope } = filled;
  const windows = PERIODS.flatMap((period) => {
    const limit = filled[period];
    return limit === null ? [] : [{ period, limit }];
  });
  if (windows.length === 0)
    faults.push(`${path} must be set for at least one of ${PERIODS.join(', ')}, received none`);
  return Object.freeze({ windows, by, hideHeaders, message, status, scope: scope ?? path });
}

const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';

function resolveResponse(filled: FilledResponse, path: string, faults: string[]): FixedResponse {
  const { status, message, body, contentType, headers, trigger } = filled;
  if (message !== null && body !== null)
    faults.push(`${path} must be set either message or body, received both`);
  if (contentType !== null && body === null)
    faults.push(`${path}.contentType must be left out where there is no body, received "${contentType}"`);
  const told = message ?? (status === 503 && body === null ? 'Service unavailable' : null);
  const type = told === null ? contentType : JSON_CONTENT_TYPE;
  return Object.freeze({
    status,
    text: told === null ? (body ?? '') : JSON.stringify({ message: told }),
    headers: type === null ? headers : [...headers, ['Content-Type', type] as const],
    trigger,
  });
}

/** By consumer id. A Map, for a verifier names consumers too. */
function resolveById<F, S>(
  filled: readonly (readonly [string, F])[] | null | undefined,
  path: string,
  resolve: (one: F, path: string, faults: string[]) => S,
  faults: string[],
): ReadonlyMap<string, S> | null {
  return filled ? new Map(filled.map(([id, one]) => [id, resolve(one, `${path}.${id}`, faults)])) : null;
}

interface Place {
  readonly path: string;
  readonly general: General;
  /** Grows by the route's own, where it lists origins. */
  readonly pools: PoolSettings[];
  /** No routes are written: the one there is may use the only pool. */
  readonly lone: boolean;
  readonly check: Check;
}

function resolveRoute(filled: FilledRoute, place: Place): RouteSettings {
  const { path, general, check } = place;
  const { origins: _origins, canary, shadow, auth, rateLimit, ...rest } = filled;
  const name = filled.name ?? path;
  return Object.freeze({
    ...rest,
    ...inherited(rest, general.traffic),
    consumerSettings: resolveById(
      filled.consumerSettings,
      `${path}.consumerSettings`,
      (own) => own,
      check.faults,
    ),
    name,
    id: filled.id ?? name,
    headers: filled.headers ?? [],
    hosts:
      general.compat === null ? reachableHosts(filled.hosts, `${path}.hosts`, check.faults) : filled.hosts,
    pool: poolIndex(filled, name, place),
    auth: auth ? resolveAuth(auth) : auth === undefined ? general.auth : null,
    cors: filled.cors === undefined ? general.cors : filled.cors,
    rateLimit:
      rateLimit === undefined
        ? general.rateLimit
        : rateLimit && resolveLimit(rateLimit, `${path}.rateLimit`, check.faults),
    consumerLimits: resolveById(filled.consumerLimits, `${path}.consumerLimits`, resolveLimit, check.faults),
    consumerResponses: resolveById(
      filled.consumerResponses,
      `${path}.consumerResponses`,
      resolveResponse,
      check.faults,
    ),
    respondWith: filled.respondWith
      ? resolveResponse(filled.respondWith, `${path}.respondWith`, check.faults)
      : null,
    responseHeaders: filled.responseHeaders === undefined ? general.responseHeaders : filled.responseHeaders,
    canary: canary && Object.freeze({ ...canary, pool: indexOf(canary.pool, `${path}.canary.pool`, place) }),
    shadow:
      shadow &&
      Object.freeze({
        ...shadow,
        pool: indexOf(shadow.pool, `${path}.shadow.pool`, place),
        ignoreHeaders: shadow.ignoreHeaders.map((header) => header.toLowerCase()),
      }),
  });
}

const TRAFFIC: readonly (keyof Traffic)[] = [
  'jwt',
  'basicAuth',
  'hmacAuth',
  'correlationId',
  'trace',
  'agents',
  'addresses',
  'groups',
  'maxBodyBytes',
  'requireContentLength',
  'costLimits',
  'requestTransform',
  'responseTransform',
  'redirect',
  'webhook',
  'cache',
  'logTo',
];

/** What the route says itself, else the general one; null where neither does, or this file does not carry the feature. */
function inherited(own: Partial<Traffic>, general: Partial<Traffic>): Traffic {
  const chosen = TRAFFIC.map((name) => [name, own[name] === undefined ? (general[name] ?? null) : own[name]]);
  return Object.fromEntries(chosen) as Traffic;
}

function poolIndex(filled: FilledRoute, name: string, place: Place): number {
  const { path, pools, lone, check } = place;
  if (filled.origins) {
    if (filled.pool !== null) check.faults.push(`${path} must be set either pool or origins, received both`);
    return (
      pools.push(
        plainPool(
          name,
          filled.origins.map((origin) => resolveOrigin(origin, check)),
          check,
        ),
      ) - 1
    );
  }
  if (filled.pool !== null) return indexOf(filled.pool, `${path}.pool`, place);
  return lone && pools.length === 1 ? 0 : pools.findIndex((pool) => pool.name === 'default');
}

function indexOf(wanted: string, path: string, { pools, check }: Place): number {
  const index = pools.findIndex(({ name }) => name === wanted);
  const known = pools.map(({ name }) => name).join(', ');
  if (index < 0) check.faults.push(`${path} must be the name of a pool (${known}), received "${wanted}"`);
  return index;
}

/** A record of the table with its defaults. */
function fillRecord(check: Check, record: RecordName, written: object): unknown {
  return validate(check, { type: 'ref', to: record }, written, record);
}
