import t from 'tap';
import { createRing, ringOwner } from '../../lib/hash-ring.ts';
import { originSettings } from '../support/story.ts';

const at = (host: string, weight = 1) => originSettings(0, { host, site: `http://${host}`, weight });
const anybody = () => true;
const callers = Array.from({ length: 20_000 }, (_, i) => `caller ${i}`);

t.test("Kong's owners: three targets, one of half the weight", async (t) => {
  const origins = [at('10.0.0.1:8080', 100), at('10.0.0.2:8080', 100), at('10.0.0.3:8080', 50)];
  const ring = createRing(origins);
  for (const text of ['just a value', 'user-42', '11111111-1111-4111-8111-111111111111'])
    t.equal(origins[ringOwner(ring, text, anybody)]?.host, '10.0.0.1:8080', text);
  t.equal(ring.filter((owner) => owner > 0).length, 480, '160 points for each target, shared by weight');
  t.equal(ring.filter((owner) => owner === 3).length, 96);
});

t.test('the order of the list is of no matter, nor is the isolate', async (t) => {
  const one = [at('a.example'), at('b.example'), at('c.example')];
  const other = one.toReversed();
  const [first, second] = [createRing(one), createRing(other)];
  for (const text of callers.slice(0, 500))
    t.equal(one[ringOwner(first, text, anybody)]?.host, other[ringOwner(second, text, anybody)]?.host);
});

for (const n of [2, 3, 5, 10, 40])
  t.test(`when one of ${n} goes, its callers move and no others`, async (t) => {
    const origins = Array.from({ length: n }, (_, i) => at(`origin-${i}.example`));
    const ring = createRing(origins);
    const before = callers.map((text) => ringOwner(ring, text, anybody));
    const ejected = callers.map((text) => ringOwner(ring, text, (i) => i !== 1));
    const moved = before.filter((owner, i) => owner !== ejected[i]).length;
    t.equal(
      moved,
      before.filter((owner) => owner === 1).length,
      'an ejected one hands over to the next point',
    );
    // 160 points an origin: its share has a standard deviation of about 8% of 1/n; three of them, and 20000 callers.
    t.ok(moved / callers.length < 1.35 / n, `${moved} of ${callers.length} moved`);
    const smaller = createRing(origins.filter((_, i) => i !== 1));
    const shifted = callers.filter((text, i) => {
      const owner = ringOwner(smaller, text, anybody);
      return (owner >= 1 ? owner + 1 : owner) !== before[i];
    }).length;
    // Points that met on one place may fall apart when an origin is taken off the list: a few callers more.
    t.ok(
      shifted / callers.length < 1.5 / n,
      `${shifted} of ${callers.length} moved when it was taken off the list`,
    );
  });

t.test('the lightest origin has a point of its own', async (t) => {
  const ring = createRing([at('a.example', 10_000), at('b.example', 1)]);
  t.equal(ring.filter((owner) => owner === 2).length, 1);
});

t.test('weights share the callers; 0 has none; nobody accepted is nobody', async (t) => {
  const ring = createRing([at('a.example', 3), at('b.example', 1), at('c.example', 0)]);
  const owners = callers.map((text) => ringOwner(ring, text, anybody));
  const share = owners.filter((owner) => owner === 0).length / owners.length;
  t.ok(share > 0.68 && share < 0.82, `three quarters: ${share}`);
  t.notOk(owners.includes(2));
  t.equal(
    ringOwner(ring, 'x', () => false),
    -1,
  );
});

t.test('ports default by scheme', async (t) => {
  const bare = [
    originSettings(0, { host: 'a.example', site: 'https://a.example' }),
    originSettings(1, { host: 'b.example', site: 'https://b.example' }),
  ];
  const full = [
    originSettings(0, { host: 'a.example:443', site: 'https://a.example:443' }),
    originSettings(1, { host: 'b.example:443', site: 'https://b.example:443' }),
  ];
  t.same(createRing(bare), createRing(full));
});
