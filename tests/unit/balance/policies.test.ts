import t from 'tap';
import { ejectOrigin } from '../../../lib/balance/outlier-detection.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { BALANCES, known, tellStory, type Story } from '../../support/story.ts';

const counts = (asked: readonly number[], origins: number): number[] =>
  Array.from({ length: origins }, (_, i) => asked.filter((origin) => origin === i).length);
const first = (story: Story): number => story.begin().asked()[0]!;

t.test('round-robin is exact over a whole round, whatever the weights', async (t) => {
  const rows: [weights: number[], requests: number, expected: number[]][] = [
    [[10, 15], 20, [8, 12]],
    [[1, 1, 1], 9, [3, 3, 3]],
    [[10, 20, 30, 40], 10, [1, 2, 3, 4]],
    [Array(48).fill(1), 96, Array(48).fill(2)],
  ];
  for (const [weights, requests, expected] of rows) {
    const origins = weights.map((weight) => ({ weight }));
    const story = tellStory(origins, { balance: 'round-robin' }, seededRandom(1));
    t.strictSame(counts(story.requests(requests), weights.length), expected, weights.join(':'));
  }
  const smooth = tellStory([{ weight: 5 }, { weight: 1 }, { weight: 1 }], { balance: 'round-robin' });
  const asked = smooth.requests(14).join('');
  t.notMatch(asked, /000000/, 'nobody is asked more often in a row than its weight');
  t.match(asked, /^0+[12]+0+[12]+0+$/);
});

t.test('one that was away takes its turns from now on, and does not catch up', async (t) => {
  const story = tellStory(3, { balance: 'round-robin' });
  story.origin(1).ejectedUntil = Infinity;
  story.requests(60);
  story.origin(1).ejectedUntil = 0;
  const back = counts(story.requests(12), 3);
  t.ok(back[1]! >= 4 && back[1]! <= 5, back.join());
});

t.test('each isolate starts its rounds elsewhere; no tie follows the order of the list', async (t) => {
  for (const balance of BALANCES.slice(0, 5)) {
    const random = (seed: number) => seededRandom(seed * 7919);
    const firsts = Array.from({ length: 60 }, (_, seed) => first(tellStory(3, { balance }, random(seed))));
    const each = counts(firsts, 3);
    t.ok(Math.min(...each) >= 8, `${balance}: ${each.join()}`);
  }
});

t.test('random follows the weights', async (t) => {
  const story = tellStory([{ weight: 1 }, { weight: 3 }], { balance: 'random' }, seededRandom(2));
  const [one] = counts(story.requests(4000), 2);
  // 4000 draws of probability 1/4: a standard deviation of 27.
  t.ok(Math.abs(one! - 1000) < 110, `${one} of 4000`);
});

t.test("least-connections: Kong's order of picks, (open + 1) / weight", async (t) => {
  const story = tellStory([{ weight: 20 }, { weight: 50 }], { balance: 'least-connections' });
  t.strictSame([first(story), first(story), first(story)], [1, 1, 0]);
});

t.test(
  'latency: all to the faster, however many wait there; adaptive: until enough of them do',
  async (t) => {
    // 40 * (1 + n/2) passes 100 at the fourth that waits: 40, 60, 80, 100.
    for (const [balance, asked] of [
      ['latency', /^0{8}$/],
      ['adaptive', /^000.*1/],
    ] as const) {
      const story = known(tellStory(2, { balance }, seededRandom(3)), 40, 100);
      t.match(Array.from({ length: 8 }, () => first(story)).join(''), asked);
    }
  },
);

t.test('weights divide every score: a light origin must be that much better', async (t) => {
  t.equal(first(known(tellStory([{ weight: 1 }, { weight: 4 }]), 50, 150)), 1);
});

t.test('a silent origin is as slow as its silence', async (t) => {
  const story = known(tellStory(2), 40, 100);
  story.origin(0).silentSince = story.now() - 90;
  t.equal(first(story), 0);
  story.origin(0).silentSince = story.now() - 400;
  t.equal(first(story), 1);
});

for (const balance of BALANCES)
  t.test(`${balance}: 0 drains, lower priorities serve only when the higher are out`, async (t) => {
    const levels = [{ priority: 1 }, {}, { weight: 0 }, {}, { priority: 2 }];
    const story = tellStory(levels, { balance }, seededRandom(5));
    const asked = story.requests(40, 30, { hash: 1 }).concat(story.requests(40, 30, { hash: 7777 }));
    t.ok(asked.every((i) => i === 1 || i === 3));
    for (const i of [1, 3]) story.origin(i).ejectedUntil = Infinity;
    t.strictSame([...new Set(story.requests(20))], [0]);
    story.origin(0).unhealthy = true;
    t.strictSame([...new Set(story.requests(20))], [4]);
  });

t.test('all out: each of them is tried as often as the others, and one that answers is back', async (t) => {
  const random = seededRandom(3);
  const asked: number[] = [];
  for (let i = 0; i < 300; i++) {
    const story = tellStory(3, {}, random);
    for (const origin of story.pool.origins) ejectOrigin(story.pool, origin, story.now());
    const get = story.begin();
    if (!get.run().startsWith('finish')) t.fail('nobody answered');
    asked.push(get.asked()[0]!);
    if (story.ejected().length !== 2) t.fail('the one that answered is not back');
  }
  // 300 draws of a third each: a standard deviation of 8.
  const each = counts(asked, 3);
  t.ok(Math.min(...each) > 65 && Math.max(...each) < 135, each.join());
});

t.test('below the threshold of weight in service nobody is asked', async (t) => {
  const story = tellStory(4, { threshold: 50 });
  for (const i of [0, 1]) story.origin(i).unhealthy = true;
  t.strictSame(story.begin().moves(), ['refuse none'], 'exactly half is not more than half');
  story.origin(0).unhealthy = false;
  t.match(story.begin().moves()[0], 'send');
});

t.test('an origin whose caller hung up is asked again', async (t) => {
  const story = tellStory(2, {}, seededRandom(3));
  story.requests(40);
  const { pool } = story;
  const [one] = pool.origins;
  one!.pending.push(story.now() - 300);
  t.ok(story.requests(20, 100).includes(0), 'at once: an entry alone is no silence');
  story.pass(11_000);
  story.requests(2);
  t.equal(one!.pending.length, 0, 'and nothing of it is thought to be in flight');
});
