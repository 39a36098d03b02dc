/** The hash ring: an owner for everybody, the same one always, and few who move. */
import t from 'tap';
import fc from 'fast-check';
import { createRing, stepsTo } from '../../lib/balance/consistent-hash.ts';
import { xxh32 } from '../../lib/core/xxhash.ts';
import { originSettings } from '../support/story.ts';

const CALLERS = Array.from({ length: 1000 }, (_, i) => `caller-${i}`);
const hosts = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 2, maxLength: 8 });
/** The nearest of the accepted origins; -1 for none. */
function ringOwner(ring: Uint16Array, text: string, accept: (index: number) => boolean): number {
  let owner = -1;
  let least = ring.length;
  for (let index = 0; index < 8; index++) {
    const steps = accept(index) ? stepsTo(ring, xxh32(text), index) : least;
    if (steps < least) [owner, least] = [index, steps];
  }
  return owner;
}
const RUNS = { numRuns: 25, seed: 20261122 };
const ringOf = (names: readonly string[], weights: readonly number[] = []): ReturnType<typeof createRing> =>
  createRing(
    names.map((name, i) =>
      originSettings(i, { site: `http://${name}`, host: name, weight: weights[i] ?? 1 }),
    ),
  );

t.test('whoever does not lose their origin stays when one is out', async (t) => {
  fc.assert(
    fc.property(hosts, fc.nat(), (names, which) => {
      const ring = ringOf(names);
      const out = which % names.length;
      return CALLERS.every((caller) => {
        const before = ringOwner(ring, caller, () => true);
        const after = ringOwner(ring, caller, (index) => index !== out);
        return before === out ? after !== out && after >= 0 : after === before;
      });
    }),
    RUNS,
  );
  t.pass();
});

t.test('the order in which origins are written does not matter', async (t) => {
  fc.assert(
    fc.property(hosts, (names) => {
      const turned = [...names].reverse();
      const [ring, other] = [ringOf(names), ringOf(turned)];
      return CALLERS.slice(0, 300).every(
        (caller) =>
          names[ringOwner(ring, caller, () => true)] === turned[ringOwner(other, caller, () => true)],
      );
    }),
    RUNS,
  );
  t.pass();
});

t.test('each gets about its weight, and weight 0 nobody', async (t) => {
  fc.assert(
    fc.property(hosts, (names) => {
      const weights = names.map((_, i) => i % 3);
      if (weights.every((weight) => weight === 0)) return true;
      const ring = ringOf(names, weights);
      const counts = names.map(() => 0);
      for (const caller of CALLERS) counts[ringOwner(ring, caller, () => true)]!++;
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return counts.every((count, i) =>
        weights[i] === 0 ? count === 0 : Math.abs(count / CALLERS.length - weights[i]! / total) < 0.15,
      );
    }),
    RUNS,
  );
  t.pass();
});

t.test('any text has an owner, and the same one each time', async (t) => {
  const ring = ringOf(['a', 'b', 'c']);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const owner = ringOwner(ring, text, () => true);
      return owner >= 0 && owner < 3 && ringOwner(ring, text, () => true) === owner;
    }),
    { numRuns: 1000, seed: 20261122 },
  );
  t.pass();
});
