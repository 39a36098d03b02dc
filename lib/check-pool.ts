/**
 * What a pool may be, with every default of balancing in one place.
 * Off is a value here: an outlier rule that is off ejects after infinitely many failures, a hedge that is off has no budget.
 */
import {
  be,
  FLAG,
  listOf,
  number,
  offOr,
  onOr,
  oneOf,
  or,
  PATH,
  POINTER,
  shape,
  TEXT,
  derive,
  TOKEN,
  whole,
} from './check.ts';
import type { Check } from './check.ts';
import { checkOrigins } from './check-origin.ts';
import type { HashOn, OriginSettings, PoolSettings } from './config.ts';

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
const FAILURES = whole(1, 1000);
const NEVER = Object.freeze({
  consecutiveFailures: Infinity,
  ejectSeconds: 0,
  maxEjectSeconds: 0,
  on: null,
  unreachableFailures: null,
  timeoutFailures: null,
  cumulative: false,
});
const checkRetryOn = derive(
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
    derive(
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
      consecutiveFailures: or(FAILURES, 3),
      unreachableFailures: or(FAILURES, null),
      timeoutFailures: or(FAILURES, null),
      ejectSeconds: or(number(0.1, 86400), 2),
      maxEjectSeconds: or(number(0.1, 86400), 24),
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
  retrySame: or(FLAG, false),
  threshold: or(number(0, 100), -1),
};

const checkPoolRecord = shape({ origins: checkOrigins, ...POOL_FIELDS });

/** @param name how metrics and the plan call it. */
export function checkPool(name: string): Check<PoolSettings> {
  return derive(checkPoolRecord, (pool, path, faults) => {
    if (pool.balance === 'least-load' && !pool.load)
      faults.push(`${path}.load must be set where ${path}.balance is "least-load", received nothing`);
    return Object.freeze({ name, ...pool });
  });
}

/** A pool of these origins, with every default. */
export function poolOf(name: string, origins: readonly OriginSettings[]): PoolSettings {
  return Object.freeze({ ...checkPool(name)({ origins: [] }, name, []), origins });
}
