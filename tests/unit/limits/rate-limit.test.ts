import t from 'tap';
import type { RateLimit } from '../../../lib/config/types.ts';
import { createLimits } from '../../../lib/limits/limit-counters.ts';
import { takeFromLimit } from '../../../lib/limits/rate-limit.ts';
import { windowEnd, windowStart } from '../../../lib/limits/windows.ts';
import { limitOf } from '../../support/limits.ts';

const at = (iso: string): number => Date.parse(iso);
const NOON = at('2026-03-15T12:00:30.500Z');

type Compat = 'kong-3' | 'kong-2018' | null;
/** One request; `headers` by name. */
function take(limit: RateLimit, limits = createLimits(), now = NOON, identity = 'me', compat: Compat = null) {
  const { allowed, headers } = takeFromLimit(limits, limitOf(limit), identity, now, compat);
  return { allowed, headers: Object.fromEntries(headers) as Record<string, string> };
}

t.test('headers of an allowed and of a rejected request', async (t) => {
  const limits = createLimits();
  const request = () => take({ minute: 1, hour: 5 }, limits).headers;
  const expected = {
    'X-RateLimit-Limit-Minute': '1',
    'X-RateLimit-Remaining-Minute': '0',
    'X-RateLimit-Limit-Hour': '5',
    'X-RateLimit-Remaining-Hour': '4',
    'RateLimit-Limit': '1',
    'RateLimit-Remaining': '0',
    'RateLimit-Reset': '30',
  };
  t.same(request(), expected);
  t.same(request(), { ...expected, 'Retry-After': '30' });
});

t.test('of windows with the same remainder the longer one is reported', async (t) => {
  const { headers } = take({ second: 3, hour: 3 });
  t.match(headers, { 'RateLimit-Limit': '3', 'RateLimit-Reset': String(3600 - 30) });
});

t.test('windows follow the calendar; Kong computes other ends of months and years', async (t) => {
  const CASES: [period: Parameters<typeof windowStart>[0], start: string, end: string, kong: number][] = [
    ['second', '2026-03-15T12:00:30Z', '2026-03-15T12:00:31Z', 1],
    ['minute', '2026-03-15T12:00:00Z', '2026-03-15T12:01:00Z', 30],
    ['hour', '2026-03-15T12:00:00Z', '2026-03-15T13:00:00Z', 3570],
    ['day', '2026-03-15T00:00:00Z', '2026-03-16T00:00:00Z', 86400 - 43230],
    ['month', '2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z', 30 * 86400 - 14 * 86400 - 43230],
    ['year', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', 365 * 86400 - 73 * 86400 - 43230],
  ];
  for (const [period, start, end, kong] of CASES) {
    t.same([windowStart(period, NOON), windowEnd(period, NOON)], [at(start), at(end)], period);
    const { headers } = take({ [period]: 9 });
    t.equal(headers['RateLimit-Reset'], String(Math.ceil((at(end) - NOON) / 1000)), period);
    t.equal(headers[`X-RateLimit-Limit-${period[0]!.toUpperCase()}${period.slice(1)}`], '9');
    const asKong = take({ [period]: 9 }, createLimits(), NOON, 'me', 'kong-3').headers;
    t.equal(asKong['RateLimit-Reset'], String(kong), `${period} under Kong's profiles`);
  }
  t.equal(windowEnd('month', at('2028-02-29T12:00:00Z')), at('2028-03-01T00:00:00Z'));
  const last = at('2026-03-31T23:59:59Z');
  for (const compat of [null, 'kong-3'] as const) {
    const { headers } = take({ month: 9 }, createLimits(), last, 'me', compat);
    t.equal(headers['RateLimit-Reset'], '1', 'never less than a second');
  }
});
