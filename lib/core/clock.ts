/**
 * Whether so many ms have passed since a time on the same clock, or the clock was set back by as many: what waits for
 * them would else wait until the clock has caught up.
 */
export const havePassed = (ms: number, since: number, now: number): boolean => Math.abs(now - since) >= ms;
