/**
 * What a pool and its origins may be, with every default of balancing in one place.
 * Off is a value here: an outlier rule that is off ejects after infinitely many failures, a hedge that is off has no budget.
 */
import {
  be,
  FLAG,
  listOf,
  matching,
  number,
  offOr,
  onOr,
  oneOf,
  or,
  pairsOf,
  PATH,
  POINTER,
  shape,
  TEXT,
  then,
  TOKEN,
  whole,
} from './check.ts';
import type { Check } from './check.ts';
import type { HashOn, OriginSettings, PoolSettings } from './config.ts';

const LOCATION = be<readonly [number, number]>(
  (value) =>
    Array.isArray(value) && value.length === 2 && Math.abs(value[0]) <= 90 && Math.abs(value[1]) <= 180,
  'a latitude from -90 to 90 and a longitude from -180 to 180',
);

const checkOriginRecord = shape({
  url: TEXT,
  name: or(matching(/^[\x20-\x7e]+$/, 'a text of printable ASCII: it travels in a header'), null),
  weight: or(number(0, 65535), 1),
  priority: or(whole(0, 100), 0),
  headers: or(pairsOf(TOKEN, TEXT), []),
  location: or(LOCATION, null),
  hostHeader: or(matching(/^[^\s/:?#@]+$/, 'a host name without port'), null),
});

/** URL.canParse would do, but scripts that keep a compatibility date before 2022-10-31 lack it. */
function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function originFrom(
  record: ReturnType<typeof checkOriginRecord>,
  path: string,
  faults: string[],
): OriginSettings {
  const url = parseUrl(record.url);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    faults.push(
      `${path} must be an http or https URL without query or user, received ${JSON.stringify(record.url)}`,
    );
    return undefined as unknown as OriginSettings;
  }
  return Object.freeze({
    name: record.name ?? record.url,
    site: url.origin,
    host: url.host,
    basePath: url.pathname.replace(/\/$/, ''),
    weight: record.weight,
    priority: record.priority,
    headers: record.headers,
    location: record.location,
    hostHeader: record.hostHeader && record.hostHeader + (url.port && `:${url.port}`),
  });
}

/** An origin, or its URL alone. */
const checkOrigin: Check<OriginSettings> = (value, path, faults) =>
  then(checkOriginRecord, originFrom)(typeof value === 'string' ? { url: value } : value, path, faults);

export const checkOrigins = listOf(checkOrigin);

const HASH_RECORD = shape({
  header: or(TOKEN, null),
  query: or(TEXT, null),
  cookie: or(TOKEN, null),
  path: or(PATH, null),
  uriCapture: or(TEXT, null),
});
const HASH_WORD = oneOf('consumer', 'ip', 'path');
const checkHashOn: Check<HashOn> = (value, path, faults) => {
  if (typeof value === 'string') return HASH_WORD(value, path, faults);
  const made = HASH_RECORD(value, path, faults);
  const named = [made.header, made.query, made.cookie, made.uriCapture].filter((name) => name != null).length;
  if (named !== 1)
    faults.push(
      `${path} must be one of "consumer", "ip", "path", {header}, {query}, {cookie}, {uriCapture}, received ${JSON.stringify(value)}`,
    );
  return value as HashOn;
};

const STATUS = whole(100, 999);
const NEVER = Object.freeze({
  consecutiveFailures: Infinity,
  ejectSeconds: 0,
  maxEjectSeconds: 0,
  on: null,
  cumulative: false,
});
const checkRetryOn = then(
  listOf(
    be<'unreachable' | 'timeout' | number>(
      (value) =>
        value === 'unreachable' ||
        value === 'timeout' ||
        (Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599),
      '"unreachable", "timeout" or a status from 400 to 599',
    ),
  ),
  (list) => ({
    unreachable: list.includes('unreachable'),
    timeout: list.includes('timeout'),
    statuses: list.filter((item) => typeof item === 'number'),
  }),
);

/** Every key of a pool but its origins. */
export const POOL_FIELDS = {
  balance: or(
    oneOf(
      'adaptive',
      'race',
      'least-load',
      'round-robin',
      'least-connections',
      'latency',
      'consistent-hash',
      'random',
    ),
    'adaptive',
  ),
  hashOn: or(checkHashOn, 'ip' as const),
  hashFallback: or(checkHashOn, null),
  load: or(
    then(
      shape({
        path: PATH,
        pointer: or(POINTER, null),
        header: or(TOKEN, null),
        intervalSeconds: or(number(0.1, 3600), 5),
      }),
      (load) => Object.freeze({ ...load, pointer: load.pointer ?? (load.header === null ? '' : null) }),
    ),
    null,
  ),
  timeoutMs: or(whole(1), 10000),
  totalTimeoutMs: or(whole(1), 30000),
  retries: or(whole(0, 32767), 2),
  retryOn: or(checkRetryOn, { unreachable: true, timeout: true, statuses: [500, 502, 503, 504] }),
  retryBudgetPercent: or(number(0, 10000), 20),
  hedge: onOr(
    shape({
      afterMs: or(
        be<number | 'silent'>(
          (value) => value === 'silent' || (typeof value === 'number' && value >= 0),
          '"silent" or a number of milliseconds',
        ),
        'silent' as const,
      ),
      budgetPercent: or(number(0, 100), 3),
    }),
    { afterMs: 'silent', budgetPercent: 0 } as const,
  ),
  probe: offOr(
    shape({ path: PATH, method: or(oneOf('GET', 'HEAD'), 'GET'), timeoutMs: or(whole(1), 3000) }),
    null,
    null,
  ),
  outlier: onOr(
    shape({
      consecutiveFailures: or(whole(1, 1000), 3),
      ejectSeconds: or(number(0.1, 86400), 2),
      maxEjectSeconds: or(number(0.1, 86400), 60),
      on: or(checkRetryOn, null),
      cumulative: or(FLAG, false),
    }),
    NEVER,
  ),
  health: offOr(
    shape({
      path: PATH,
      intervalSeconds: or(number(0.1, 86400), 10),
      timeoutMs: or(whole(1), 2000),
      statuses: or(listOf(STATUS, 1), null),
      healthyAfter: or(whole(1, 255), 2),
      unhealthyAfter: or(whole(1, 255), 3),
    }),
    null,
    null,
  ),
  idempotencyKey: or(FLAG, true),
  threshold: or(number(0, 100), -1),
};

const checkPoolRecord = shape({ origins: checkOrigins, ...POOL_FIELDS });

/** @param name how metrics and the plan call it. */
export function checkPool(name: string): Check<PoolSettings> {
  return then(checkPoolRecord, (pool, path, faults) => {
    if (pool.balance === 'least-load' && !pool.load)
      faults.push(`${path}.load must be set where ${path}.balance is "least-load", received nothing`);
    return Object.freeze({ name, ...pool });
  });
}

/** A pool of these origins, with every default. */
export function poolOf(name: string, origins: readonly OriginSettings[]): PoolSettings {
  return Object.freeze({ ...checkPool(name)({ origins: [] }, name, []), origins });
}
