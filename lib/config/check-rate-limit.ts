/** What `rateLimit` may be, with its defaults. */
import { FLAG, oneOf, or, PATH, shape, TEXT, derive, TOKEN, whole } from './validate.ts';
import type { Check } from './validate.ts';
import type { Period, RateLimitSettings } from './types.ts';

const LIMIT = or(whole(1), null);
const BY_WORD = oneOf('consumer', 'credential', 'ip', 'path', 'service');
const BY_HEADER = shape({ header: TOKEN });
const BY_PATH = shape({ path: PATH });
const checkBy: Check<RateLimitSettings['by']> = (value, path, faults) =>
  (typeof value === 'object' ? (value && 'path' in value ? BY_PATH : BY_HEADER) : BY_WORD)(
    value,
    path,
    faults,
  );

const checkLimitRecord = shape({
  second: LIMIT,
  minute: LIMIT,
  hour: LIMIT,
  day: LIMIT,
  month: LIMIT,
  year: LIMIT,
  by: or(checkBy, 'consumer' as const),
  hideHeaders: or(FLAG, false),
  message: or(TEXT, 'API rate limit exceeded'),
  status: or(whole(400, 599), 429),
  scope: or(TEXT, null),
});
const PERIODS: readonly Period[] = ['second', 'minute', 'hour', 'day', 'month', 'year'];

export const checkRateLimit: Check<RateLimitSettings> = derive(checkLimitRecord, (limit, path, faults) => {
  const windows = PERIODS.flatMap((period) =>
    limit[period] === null ? [] : [{ period, limit: limit[period] }],
  );
  if (windows.length === 0)
    faults.push(`${path} must be set for at least one of ${PERIODS.join(', ')}, received none`);
  const { by, hideHeaders, message, status } = limit;
  return Object.freeze({ windows, by, hideHeaders, message, status, scope: limit.scope ?? path });
});
