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

/**
 * When the UTC window that contains `time` began, or one `later`; in ms since 1970. Months and years are the
 * calendar's.
 */
export function windowStart(period: Period, time: number, later = 0): number {
  const length = LENGTHS_MS[period];
  if (period !== 'month' && period !== 'year') return time - (time % length) + later * length;
  const date = new Date(time);
  const year = date.getUTCFullYear();
  return period === 'month' ? Date.UTC(year, date.getUTCMonth() + later) : Date.UTC(year + later, 0);
}

/** When that window ends. */
export const windowEnd = (period: Period, time: number): number => windowStart(period, time, 1);
