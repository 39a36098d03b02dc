/** The instant at which a rule decides: the clock, the dice, and how far the pool has come. A pool is one; tests make their own. */
export interface Moment {
  /** Milliseconds since 1970; 0 stands for never. */
  now: number;
  /** In [0, 1). */
  random: () => number;
  /** Requests that the pool has seen: time as a quiet isolate knows it. */
  requests: number;
  /** Usual ms beyond the network. */
  service: number;
}

/** Tells the pool what time it is, before anything is decided or learnt. */
export function setMoment(at: Moment, now: number, random: () => number): void {
  at.now = now;
  at.random = random;
}
