/**
 * Seeded random numbers with the distributions of traffic and service times. One stream for each purpose, so that every
 * policy sees the same arrivals, sizes, noise and evictions (common random numbers).
 */
export type Dice = ReturnType<typeof rollDice>;

/** Mulberry32, seeded by a mix of the numbers given. */
export function rollDice(...seeds: number[]) {
  let state = 0x2545f491;
  for (const seed of seeds) {
    state = Math.imul(state ^ (seed + 0x9e3779b9), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
  }
  let spare = NaN;
  function unit(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  }
  function normal(): number {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(unit()));
    const angle = 2 * Math.PI * unit();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
  return {
    /** In (0, 1). */
    unit,
    /** 0 to n - 1. */
    below: (n: number) => Math.floor(unit() * n),
    exponential: (mean: number) => -mean * Math.log(unit()),
    /** Mean 1. */
    lognormal: (sigma: number) => Math.exp(sigma * normal() - (sigma * sigma) / 2),
    /** Mean 1, alpha > 1. */
    pareto: (alpha: number) => (alpha - 1) / alpha / Math.pow(unit(), 1 / alpha),
  };
}
