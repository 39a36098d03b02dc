/**
 * How a pool chooses, repeats and leaves out, with every default.
 * Off is a value here: an outlier rule that is off ejects after infinitely many failures, a hedge that is off has no budget.
 */
import {
  be,
  FLAG,
  listOf,
  number,
  offOr,
  onOr,
  or,
  PATH,
  POINTER,
  shape,
  showReceived,
  TEXT,
  derive,
  TOKEN,
  whole,
} from './validate.ts';
import type { Check } from './validate.ts';
import type { HashOn } from './types.ts';

const HASH_RECORD = shape({
  header: or(TOKEN, null),
  query: or(TEXT, null),
  cookie: or(TOKEN, null),
  path: or(PATH, null),
  uriCapture: or(TEXT, null),
});
const checkHashOn: Check<HashOn> = (value, path, faults) => {
  if (value === 'consumer' || value === 'ip' || value === 'path') return value;
  const before = faults.length;
  const made = HASH_RECORD(typeof value === 'object' ? value : {}, path, faults);
  const named = [made.header, made.query, made.cookie, made.uriCapture].filter((name) => name != null).length;
  if (named !== 1 && faults.length === before)
    faults.push(
      `${path} must be one of "consumer", "ip", "path", {header}, {query}, {cookie}, {uriCapture}, received ${showReceived(value)}`,
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

/** Every key of a pool that a race does without. */
export const BALANCE_FIELDS = {
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
  retryOn: or(checkRetryOn, { unreachable: true, timeout: true, statuses: [500, 502, 503, 504] }),
  retryBudgetPercent: or(number(0, 10_000), 20),
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
  outlier: onOr(
    shape({
      consecutiveFailures: or(FAILURES, 3),
      unreachableFailures: or(FAILURES, null),
      timeoutFailures: or(FAILURES, null),
      ejectSeconds: or(number(0.1, 86_400), 2),
      maxEjectSeconds: or(number(0.1, 86_400), 24),
      on: or(checkRetryOn, null),
      cumulative: or(FLAG, false),
    }),
    NEVER,
  ),
  health: offOr(
    shape({
      path: PATH,
      intervalSeconds: or(number(0.1, 86_400), 10),
      timeoutMs: or(whole(1), 2000),
      statuses: or(listOf(STATUS, 1), null),
      healthyAfter: or(whole(1, 255), 2),
      unhealthyAfter: or(whole(1, 255), 3),
    }),
    null,
    null,
  ),
  retrySame: or(FLAG, false),
  threshold: or(number(0, 100), -1),
};
