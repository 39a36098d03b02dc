/** Property tests, with the same generated values in every run. */
import fc from 'fast-check';
import t from 'tap';

const SEED = 20261122;

/** `holds` returns false, or throws, for a counterexample. */
export function testProperty<Values extends [unknown, ...unknown[]]>(
  title: string,
  arbitraries: { readonly [At in keyof Values]: fc.Arbitrary<Values[At]> },
  numRuns: number,
  holds: (...values: Values) => boolean | void,
): void {
  t.test(title, async () => fc.assert(fc.property(...arbitraries, holds), { numRuns, seed: SEED }));
}
