/**
 * From bursts to ratios.
 *
 * A round gives every contestant one burst, in an order rotated by one each round, and each burst is divided by the
 * floor's burst of the same round: other load on the machine affects both. The table shows the median of the rounds'
 * ratios with the interquartile range, so that a reader sees how far to trust it. Rejected: the mean (one burst during
 * a compiler run spoils it) and running floor and contestant at the same time (workerd's cost per request falls as more
 * requests wait at each wake-up, which favours the one served second).
 */

export interface Spread {
  readonly median: number;
  /** The middle half: first and third quartile. */
  readonly low: number;
  readonly high: number;
}

/** Quantile by the nearest rank; `values` need not be sorted. NaN if empty. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** Each value over (or minus) the floor's value of the same round. */
export function paired(
  values: readonly number[],
  floor: readonly number[],
  how: 'ratio' | 'difference',
): number[] {
  return values.map((value, round) => (how === 'ratio' ? value / floor[round]! : value - floor[round]!));
}

/** The order of this round's bursts: rotated by one each round, so that no one always follows the same contestant. */
export function turned<T>(list: readonly T[], round: number): T[] {
  const start = round % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
