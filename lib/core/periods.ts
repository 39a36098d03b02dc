/** The lengths that a limit's window may have, from short to long. Counters are kept in this order. */
export const PERIODS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const;

export type Period = (typeof PERIODS)[number];
