import t from 'tap';
import { createRing, stepsTo } from '../../../lib/balance/consistent-hash.ts';
import { xxh32 } from '../../../lib/core/xxhash.ts';
import { originSettings, simulatePool } from '../../support/pool-sim.ts';

const at = (host: string, weight = 1) => originSettings(0, { host, site: `http://${host}`, weight });
const callers = Array.from({ length: 4000 }, (_, i) => xxh32(`caller ${i}`));

/** Index of the nearest of these origins; -1 if there is none. */
function ownerOf(ring: Uint16Array, hash: number, among: readonly number[]): number {
  let [owner, least] = [-1, ring.length];
  for (const index of among) {
    const steps = stepsTo(ring, hash, index);
    if (steps < least) [owner, least] = [index, steps];
  }
  return owner;
}

t.test("owners match Kong's: three targets, one with half the weight", async (t) => {
  const origins = [at('10.0.0.1:8080', 100), at('10.0.0.2:8080', 100), at('10.0.0.3:8080', 50)];
  const ring = createRing(origins);
  for (const value of ['just a value', 'user-42', '11111111-1111-4111-8111-111111111111'])
    t.equal(origins[ownerOf(ring, xxh32(value), [0, 1, 2])]?.host, '10.0.0.1:8080', value);
  t.equal(ring.filter((owner) => owner > 0).length, 480, '160 points for each target, shared by weight');
  t.equal(ring.filter((owner) => owner === 3).length, 96);
});

t.test('neither the list order nor an explicit default port matters', async (t) => {
  const names = ['a.example', 'b.example', 'c.example'];
  const [one, other] = [names, names.toReversed()].map((list) => createRing(list.map((name) => at(name))));
  const owner = (ring: Uint16Array, hash: number) => ownerOf(ring, hash, [0, 1, 2]);
  t.same(
    callers.filter((hash) => owner(one!, hash) !== 2 - owner(other!, hash)),
    [],
  );
  const secure = (port: string) =>
    createRing(names.map((name) => ({ ...at(name + port), site: `https://${name}${port}` })));
  t.same(secure(''), secure(':443'));
});

t.test('if an origin is ejected, only its callers move', async (t) => {
  for (const n of [2, 5, 40]) {
    const origins = Array.from({ length: n }, (_, i) => at(`origin-${i}.example`));
    const all = [...origins.keys()];
    const ring = createRing(origins);
    const before = callers.map((hash) => ownerOf(ring, hash, all));
    const others = all.filter((i) => i !== 1);
    const moved = callers.filter((hash, i) => ownerOf(ring, hash, others) !== before[i]).length;
    t.equal(
      moved,
      before.filter((owner) => owner === 1).length,
      'callers of an ejected origin go to the next point',
    );
    // 160 points per origin: its share has a standard deviation of about 8% of 1/n; three of them, and the callers.
    t.ok(moved / callers.length < 1.4 / n, `${moved} of ${callers.length} moved`);
    const smaller = createRing(origins.filter((_, i) => i !== 1));
    const shifted = callers.filter((hash, i) => {
      const owner = ownerOf(smaller, hash, all.slice(0, -1));
      return (owner >= 1 ? owner + 1 : owner) !== before[i];
    }).length;
    // Points that collided may separate when an origin is removed: a few callers more.
    t.ok(shifted / callers.length < 1.5 / n, `${shifted} moved when it was removed from the list`);
  }
});

t.test('callers are shared by weight; the lightest origin has a point, weight 0 has none', async (t) => {
  t.equal(createRing([at('a.example', 10_000), at('b.example', 1)]).filter((owner) => owner === 2).length, 1);
  const ring = createRing([at('a.example', 3), at('b.example', 1), at('c.example', 0)]);
  const owners = callers.map((hash) => ownerOf(ring, hash, [0, 1, 2]));
  const share = owners.filter((owner) => owner === 0).length / owners.length;
  t.ok(share > 0.68 && share < 0.82, `three quarters: ${share}`);
  t.notOk(owners.includes(2));
});

t.test('a caller keeps its origin; a retry, or an ejection, moves it to the next one', async (t) => {
  const sim = simulatePool(5, { balance: 'consistent-hash' });
  const hash = xxh32('caller 7');
  const [owner] = sim.requests(1, 30, { hash }) as [number];
  t.strictSame(sim.requests(5, 30, { hash }), Array(5).fill(owner));
  const get = sim.begin({ hash });
  get.run(5, { [owner]: 'gateway' });
  const [, next] = get.attempts() as [number, number];
  t.not(next, owner);
  sim.origin(owner).ejectedUntil = Infinity;
  t.strictSame(sim.requests(3, 30, { hash }), [next, next, next]);
});
