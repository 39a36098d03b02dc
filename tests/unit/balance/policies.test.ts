import t from 'tap';
import { ejectOrigin } from '../../../lib/balance/outlier-detection.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { BALANCES, known, simulatePool, type PoolSim } from '../../support/pool-sim.ts';

const counts = (used: readonly number[], origins: number): number[] =>
  Array.from({ length: origins }, (_, i) => used.filter((origin) => origin === i).length);
const first = (sim: PoolSim): number => sim.begin().attempts()[0]!;

t.test('round-robin is exact over a full cycle, for any weights', async (t) => {
  const rows: [weights: number[], requests: number, expected: number[]][] = [
    [[10, 15], 20, [8, 12]],
    [[1, 1, 1], 9, [3, 3, 3]],
    [[10, 20, 30, 40], 10, [1, 2, 3, 4]],
    [Array(48).fill(1), 96, Array(48).fill(2)],
  ];
  for (const [weights, requests, expected] of rows) {
    const origins = weights.map((weight) => ({ weight }));
    const sim = simulatePool(origins, { balance: 'round-robin' }, seededRandom(1));
    t.strictSame(counts(sim.requests(requests), weights.length), expected, weights.join(':'));
  }
  const smooth = simulatePool([{ weight: 5 }, { weight: 1 }, { weight: 1 }], { balance: 'round-robin' });
  const used = smooth.requests(14).join('');
  t.notMatch(used, /000000/, 'no origin is picked more often in a row than its weight');
  t.match(used, /^0+[12]+0+[12]+0+$/);
});

t.test('a readmitted origin gets its share from then on, and does not catch up', async (t) => {
  const sim = simulatePool(3, { balance: 'round-robin' });
  sim.origin(1).ejectedUntil = Infinity;
  sim.requests(60);
  sim.origin(1).ejectedUntil = 0;
  const back = counts(sim.requests(12), 3);
  t.ok(back[1]! >= 4 && back[1]! <= 5, back.join());
});

t.test('each isolate starts its cycle at a random origin; ties are not broken by list order', async (t) => {
  for (const balance of BALANCES.slice(0, 5)) {
    const random = (seed: number) => seededRandom(seed * 7919);
    const firsts = Array.from({ length: 60 }, (_, seed) => first(simulatePool(3, { balance }, random(seed))));
    const each = counts(firsts, 3);
    t.ok(Math.min(...each) >= 8, `${balance}: ${each.join()}`);
  }
});

t.test('random follows the weights', async (t) => {
  const sim = simulatePool([{ weight: 1 }, { weight: 3 }], { balance: 'random' }, seededRandom(2));
  const [one] = counts(sim.requests(4000), 2);
  // 4000 draws of probability 1/4: a standard deviation of 27.
  t.ok(Math.abs(one! - 1000) < 110, `${one} of 4000`);
});

t.test("least-connections: Kong's order of picks, (open + 1) / weight", async (t) => {
  const sim = simulatePool([{ weight: 20 }, { weight: 50 }], { balance: 'least-connections' });
  t.strictSame([first(sim), first(sim), first(sim)], [1, 1, 0]);
});

t.test('latency sends all to the fastest origin, whatever is in flight; adaptive spills over', async (t) => {
  // 40 * (1 + n/2) reaches 100 with the fourth request in flight: 40, 60, 80, 100.
  for (const [balance, expected] of [
    ['latency', /^0{8}$/],
    ['adaptive', /^000.*1/],
  ] as const) {
    const sim = known(simulatePool(2, { balance }, seededRandom(3)), 40, 100);
    t.match(Array.from({ length: 8 }, () => first(sim)).join(''), expected);
  }
});

t.test('every score is divided by the weight', async (t) => {
  t.equal(first(known(simulatePool([{ weight: 1 }, { weight: 4 }]), 50, 150)), 1);
});

t.test('a silent origin counts as slow as its silence is long', async (t) => {
  const sim = known(simulatePool(2), 40, 100);
  sim.origin(0).silentSince = sim.now() - 90;
  t.equal(first(sim), 0);
  sim.origin(0).silentSince = sim.now() - 400;
  t.equal(first(sim), 1);
});

for (const balance of BALANCES)
  t.test(`${balance}: weight 0 drains; lower priorities serve only if no higher one can`, async (t) => {
    const levels = [{ priority: 1 }, {}, { weight: 0 }, {}, { priority: 2 }];
    const sim = simulatePool(levels, { balance }, seededRandom(5));
    const used = sim.requests(40, 30, { hash: 1 }).concat(sim.requests(40, 30, { hash: 7777 }));
    t.ok(used.every((i) => i === 1 || i === 3));
    for (const i of [1, 3]) sim.origin(i).ejectedUntil = Infinity;
    t.strictSame([...new Set(sim.requests(20))], [0]);
    sim.origin(0).unhealthy = true;
    t.strictSame([...new Set(sim.requests(20))], [4]);
  });

t.test('panic: if all are ejected, each is picked as often; one that answers is readmitted', async (t) => {
  const random = seededRandom(3);
  const used: number[] = [];
  for (let i = 0; i < 300; i++) {
    const sim = simulatePool(3, {}, random);
    for (const origin of sim.pool.origins) ejectOrigin(sim.pool, origin, sim.now());
    const get = sim.begin();
    if (!get.run().startsWith('finish')) t.fail('no origin answered');
    used.push(get.attempts()[0]!);
    if (sim.ejected().length !== 2) t.fail('the origin that answered was not readmitted');
  }
  // 300 draws of a third each: a standard deviation of 8.
  const each = counts(used, 3);
  t.ok(Math.min(...each) > 65 && Math.max(...each) < 135, each.join());
});

t.test('below the threshold of available weight nothing is sent', async (t) => {
  const sim = simulatePool(4, { threshold: 50 });
  for (const i of [0, 1]) sim.origin(i).unhealthy = true;
  t.strictSame(sim.begin().moves(), ['refuse none'], 'exactly half is not more than half');
  sim.origin(0).unhealthy = false;
  t.match(sim.begin().moves()[0], 'send');
});

t.test('an origin gets requests again after a caller hung up', async (t) => {
  const sim = simulatePool(2, {}, seededRandom(3));
  sim.requests(40);
  const { pool } = sim;
  const [one] = pool.origins;
  one!.pending.push(sim.now() - 300);
  t.ok(sim.requests(20, 100).includes(0), 'at once: a pending entry alone is not silence');
  sim.pass(11_000);
  sim.requests(2);
  t.equal(one!.pending.length, 0, 'the entry expires');
});
