/** Tests of properties: what holds for whatever values, the same ones in every run. */
import fc from 'fast-check';
import t from 'tap';

const SEED = 20261122;

/** `holds` returns false, or throws, for values that contradict the title. */
export function testProperty<Values extends [unknown, ...unknown[]]>(
  title: string,
  arbitraries: { readonly [At in keyof Values]: fc.Arbitrary<Values[At]> },
  numRuns: number,
  holds: (...values: Values) => boolean | void,
): void {
  t.test(title, async () => fc.assert(fc.property(...arbitraries, holds), { numRuns, seed: SEED }));
}
