/** The fixed windows in which requests are counted: aligned to UTC and the calendar, as in Kong. */
import type { Period } from '../config/types.ts';

/** Kong's lengths: a month has 30 days and a year 365, although both start at the calendar's. */
export const LENGTHS_MS: Record<Period, number> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 2_592_000_000,
  year: 31_536_000_000,
};

/** When the UTC window that contains `time` began; both in ms since 1970. */
export function windowStart(period: Period, time: number): number {
  if (period !== 'month' && period !== 'year') return time - (time % LENGTHS_MS[period]);
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), period === 'month' ? date.getUTCMonth() : 0);
}

/** When that window ends: months and years are the calendar's. */
export function windowEnd(period: Period, time: number): number {
  if (period !== 'month' && period !== 'year') return windowStart(period, time) + LENGTHS_MS[period];
  const date = new Date(time);
  return period === 'month'
    ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
    : Date.UTC(date.getUTCFullYear() + 1);
}
