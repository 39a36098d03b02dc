/**
 * Turns a configuration into settings: rejects an invalid one with all its faults at once (names and meanings are
 * checked once the rest is valid), resolves names to indexes, and freezes the result.
 *
 * Runs once, when the script starts: a fault stops the script there, where a deployment can still be rolled back.
 */
import { ref } from './rows.ts';
import type { RecordName, Whole } from './rows.ts';
import { BASE, everyRow } from './schema.ts';
import { createCheck, validate, validateConfig } from './validate.ts';
import type { AbsentSettings, Check, NamedRows } from './validate.ts';
import type {
  FilledConfig,
  FilledOrigin,
  FilledPool,
  FilledRoute,
  OriginSettings,
  PoolSettings,
  RouteSettings,
  Settings,
} from './types.ts';

/** The rows of every feature. */
export function everyFeature(): NamedRows[] {
  return Object.entries(everyRow()).map(([name, rows]) => ({ name, rows }));
}

/** `createSettings` with every feature. */
export function checkConfig(input: unknown): Settings {
  return createSettings(input, everyFeature());
}

/**
 * @param input a configuration, or its JSON text.
 * @param features the features that the build includes, besides those of every build.
 * @param absent the settings of all other features.
 * @throws Error "Cannot use the configuration:" and one line per fault.
 */
export function createSettings(
  input: unknown,
  features: readonly NamedRows[],
  absent: AbsentSettings = {},
): Settings {
  const check = createCheck([...BASE, ...features], absent);
  const written = parseConfig(input, check.faults);
  const filled = validateConfig(check, written) as FilledConfig;
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
  const { faults, reviews, records } = check;
  const { $schema: _, origins, pools: named, routes: written, ...general } = filled;
  const pools = named.map(([name, pool]) => resolvePool(name, pool, check));
  if (origins) {
    if (pools.some((pool) => pool.name === 'default'))
      faults.push('origins must be left out where pools.default is set, received both');
    if (origins.length === 0) faults.push('origins must be a list of at least 1, received []');
    pools.push(plainPool('default', origins, check));
  }
  // What a route may set, it inherits.
  const inherited = Object.fromEntries(
    Object.entries(general).filter(([name]) => records.route && name in records.route),
  );
  const routes = (written ?? [loneRoute(pools, check)]).map((route, i): RouteSettings => {
    const { origins: own, pool, ...rest } = route;
    const name = rest.name ?? `routes[${i}]`;
    if (own && pool !== null) faults.push(`routes[${i}] must be set either pool or origins, received both`);
    const index = own
      ? pools.push(plainPool(name, own, check)) - 1
      : pools.findIndex((one) => one.name === (pool ?? 'default'));
    return Object.freeze({ ...inherited, ...rest, name, id: rest.id ?? name, pool: index }) as RouteSettings;
  });
  if (!written && routes[0]?.pool === -1)
    faults.push('origins must be a list of at least 1 where there are no routes, received nothing');
  for (const review of reviews) review(filled as Whole);
  return Object.freeze({
    ...general,
    requestId: general.requestId ?? (general.status !== null || general.log !== 'off'),
    pools: Object.freeze(pools),
    routes: Object.freeze(routes),
    tutorial: !written,
  });
}

/** The route of a configuration without routes. It uses the only pool, whatever its name. */
function loneRoute(pools: readonly PoolSettings[], check: Check): FilledRoute {
  const pool = pools.length === 1 ? pools[0]!.name : null;
  return { ...(fillRecord(check, 'route', {}) as FilledRoute), name: 'default', pool };
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
    hostHeader: rest.hostHeader && rest.hostHeader + (url.port && `:${url.port}`),
  });
}

function resolvePool(name: string, filled: FilledPool, check: Check): PoolSettings {
  const origins = filled.origins.map((origin) => resolveOrigin(origin, check));
  return Object.freeze({ ...filled, name, origins: Object.freeze(origins) });
}

function plainPool(name: string, origins: FilledPool['origins'], check: Check): PoolSettings {
  const filled = fillRecord(check, 'pool', { origins: [] }) as FilledPool;
  return resolvePool(name, { ...filled, origins }, check);
}

/** A record of the schema with its defaults. */
function fillRecord(check: Check, record: RecordName, written: object): unknown {
  return validate(check, ref(record), written, record);
}
