/**
 * From bursts to ratios.
 *
 * A round gives every contestant one burst, in an order rotated by one each round, and each burst is divided by the
 * floor's burst of the same round: other load on the machine affects both. The table shows the median of the rounds'
 * ratios with the interquartile range, so that a reader sees how far to trust it. Rejected: the mean (one burst during
 * a compiler run spoils it) and running floor and contestant at the same time (workerd's cost per request falls as more
 * requests wait at each wake-up, which favours the one served second).
 */

/** Quantile by the nearest rank; `values` need not be sorted. NaN if empty. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** "1.00 (0.95 to 1.07)": the median and the middle half. */
export function spread(values: readonly number[], digits = 2): string {
  const [middle, low, high] = [0.5, 0.25, 0.75].map((share) => quantile(values, share).toFixed(digits));
  return `${middle} (${low} to ${high})`;
}

/** Each value divided by the floor's value of the same round. */
export function ratios(values: readonly number[], floor: readonly number[]): number[] {
  return values.map((value, round) => value / floor[round]!);
}

/** Each value minus the floor's value of the same round. */
export function differences(values: readonly number[], floor: readonly number[]): number[] {
  return values.map((value, round) => value - floor[round]!);
}

/**
 * `rounds` samples of everybody, in the order of `list`. Each round starts with the next one, so that none always
 * follows the same contestant. With `warm`, one round before them does not count.
 */
export async function takeTurns<T, S>(
  list: readonly T[],
  rounds: number,
  measure: (one: T) => S | Promise<S>,
  warm = false,
): Promise<S[][]> {
  const samples = list.map((): S[] => []);
  for (let round = warm ? -1 : 0; round < rounds; round++)
    for (let turn = 0; turn < list.length; turn++) {
      const which = (round + 1 + turn) % list.length;
      const sample = await measure(list[which]!);
      if (round >= 0) samples[which]!.push(sample);
    }
  return samples;
}
