/** The lengths of a limit's window, shortest first. Counters are stored in this order. */
export const PERIODS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const;

export type Period = (typeof PERIODS)[number];
