import t from 'tap';
import type { Balance } from '../../lib/config/types.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tellStory } from '../support/story.ts';

const counts = (asked: readonly number[], origins: number): number[] =>
  Array.from({ length: origins }, (_, i) => asked.filter((origin) => origin === i).length);

t.test('round-robin is exact over a whole turn, whatever the weights', async (t) => {
  for (const [weights, requests, expected] of [
    [[10, 15], 20, [8, 12]],
    [[10, 15], 5, [2, 3]],
    [[1, 1, 1], 9, [3, 3, 3]],
    [[5, 1, 1], 14, [10, 2, 2]],
    [[100, 0], 10, [10, 0]],
    [[10, 20, 30, 40], 10, [1, 2, 3, 4]],
  ] as const) {
    const story = tellStory(weights.map((weight) => ({ weight })), { balance: 'round-robin' }, seededRandom(1)); // prettier-ignore
    t.strictSame(counts(story.requests(requests), weights.length), [...expected], weights.join(':'));
  }
});

t.test('round-robin is smooth: the heavy one is not asked in one row', async (t) => {
  const story = tellStory([{ weight: 5 }, { weight: 1 }, { weight: 1 }], { balance: 'round-robin' });
  t.strictSame(story.requests(7), [0, 0, 1, 0, 2, 0, 0], "nginx's published order");
});

t.test('random follows the weights', async (t) => {
  const story = tellStory(
    [{ weight: 1 }, { weight: 3 }, { weight: 0 }],
    { balance: 'random' },
    seededRandom(2),
  );
  const [one, three, none] = counts(story.requests(4000), 3);
  // 4000 draws of probability 1/4: a standard deviation of 27.
  t.ok(Math.abs(one! - 1000) < 110, `${one} of 4000`);
  t.equal(one! + three!, 4000);
  t.equal(none, 0);
});

t.test("least-connections: Kong's order of picks, (open + 1) / weight", async (t) => {
  const story = tellStory([{ weight: 20 }, { weight: 50 }], { balance: 'least-connections' });
  const picks = [0, 0, 0].map(() => story.begin().moves()[0]);
  t.strictSame(picks, ['send 1', 'send 1', 'send 0']);
});

t.test('latency: all to the faster of two that are known', async (t) => {
  const story = tellStory([{ weight: 20 }, { weight: 20 }], { balance: 'latency' });
  for (const [i, ms] of [200, 400].entries()) {
    const origin = story.pool.origins[i]!;
    Object.assign(origin, {
      samples: 5,
      latency: ms,
      floor: ms,
      mean: ms,
      deviation: 1,
      learntAt: story.now(),
    });
  }
  const asked: number[] = [];
  for (let i = 0; i < 70; i++) {
    const told = story.begin();
    told.run(200);
    asked.push(...told.asked());
  }
  t.strictSame(counts(asked, 2), [70, 0]);
});

t.test('adaptive: the nearer origin gets the requests, until enough of them wait there', async (t) => {
  const story = tellStory(2, {}, seededRandom(3));
  for (const [i, ms] of [40, 100].entries())
    Object.assign(story.pool.origins[i]!, {
      samples: 9,
      latency: ms,
      floor: ms,
      mean: ms,
      deviation: 5,
      learntAt: story.now(),
    });
  const firsts = Array.from({ length: 8 }, () => story.begin().moves()[0]);
  // 40 * (1 + n/2) passes 100 at the fourth that waits: 40, 60, 80, 100.
  t.strictSame(firsts.slice(0, 3), ['send 0', 'send 0', 'send 0']);
  t.ok(firsts.includes('send 1'));
});

t.test('weights divide every score: a light origin must be that much better', async (t) => {
  const story = tellStory([{ weight: 1 }, { weight: 4 }]);
  for (const [i, ms] of [50, 150].entries())
    Object.assign(story.pool.origins[i]!, {
      samples: 9,
      latency: ms,
      floor: ms,
      mean: ms,
      deviation: 5,
      learntAt: story.now(),
    });
  t.equal(story.begin().moves()[0], 'send 1');
});

t.test('least-load: the lowest number reported, those without one last', async (t) => {
  const load = { path: '/load', pointer: '', header: null, intervalSeconds: 5 };
  const story = tellStory(3, { balance: 'least-load', load }, seededRandom(4));
  const first = story.begin();
  t.strictSame(first.moves().slice(1, 2), ['load GET /load 0+1+2'], 'asked beside the first request');
  first.probed(0, true, 5, 2.5);
  first.probed(1, true, 5, 0.25);
  first.run();
  t.strictSame(story.requests(5, 100), [1, 1, 1, 1, 1]);
  story.pass(5000);
  const later = story.begin();
  t.match(later.moves()[1], 'load GET /load 2+', 'asked again after the interval, the stalest first');
  later.probed(1, true, 5, 9);
  later.run();
  t.strictSame(story.requests(2), [0, 0]);
  story.pass(61_000);
  const asked = new Set(story.requests(60, 1000));
  t.equal(asked.size, 3, 'a minute later no number counts any more');
});

t.test(
  'consistent-hash: a caller stays; who has no text shares one origin; ejected owners hand over',
  async (t) => {
    const story = tellStory(5, { balance: 'consistent-hash' });
    const owner = story.requests(1, 30, { hash: 'caller 7' })[0]!;
    t.strictSame(story.requests(5, 30, { hash: 'caller 7' }), Array(5).fill(owner));
    t.equal(new Set(story.requests(20, 30, { hash: null })).size, 1);
    Object.assign(story.pool.origins[owner]!, { ejected: true, ejectedUntil: Infinity });
    const next = story.requests(1, 30, { hash: 'caller 7' })[0]!;
    t.not(next, owner);
    t.strictSame(story.requests(3, 30, { hash: 'caller 7' }), [next, next, next]);
  },
);

for (const balance of [
  'adaptive',
  'round-robin',
  'least-connections',
  'latency',
  'random',
  'consistent-hash',
] as Balance[])
  t.test(
    `${balance}: a weight of 0 drains, lower priorities are used only when the higher are out`,
    async (t) => {
      const story = tellStory(
        [{ priority: 1 }, {}, { weight: 0 }, {}, { priority: 2 }],
        { balance },
        seededRandom(5),
      );
      t.strictSame([...new Set(story.requests(40, 30, { hash: 'a' }).concat(story.requests(40, 30, { hash: 'zz' })))].filter((i) => i !== 1 && i !== 3), []); // prettier-ignore
      const { origins } = story.pool;
      for (const i of [1, 3]) Object.assign(origins[i]!, { ejected: true, ejectedUntil: Infinity });
      t.strictSame([...new Set(story.requests(20, 30, { hash: 'a' }))], [0]);
      origins[0]!.sick = true;
      t.strictSame([...new Set(story.requests(20, 30, { hash: 'a' }))], [4]);
    },
  );

t.test('all out: they are all tried rather than none', async (t) => {
  const story = tellStory(3, {}, seededRandom(6));
  for (const origin of story.pool.origins)
    Object.assign(origin, { ejected: true, ejectedUntil: story.now() + 60_000 });
  t.match(story.begin().run(20), 'answer');
  t.ok(
    story.pool.origins.some((origin) => !origin.ejected),
    'and one that answers is back',
  );
});

t.test('below the threshold of weight in service nobody is asked', async (t) => {
  const story = tellStory(4, { threshold: 50 });
  for (const i of [0, 1]) story.pool.origins[i]!.sick = true;
  t.strictSame(story.begin().moves(), ['refuse no_origin'], 'exactly half is not more than half');
  story.pool.origins[0]!.sick = false;
  t.match(story.begin().moves()[0], 'send');
});

t.test('new isolates do not all begin at the first origin', async (t) => {
  for (const balance of ['adaptive', 'least-connections', 'latency', 'random'] as Balance[]) {
    const firsts = Array.from(
      { length: 60 },
      (_, seed) => tellStory(3, { balance }, seededRandom(seed * 7919)).requests(1)[0]!,
    );
    t.ok(counts(firsts, 3).every((count) => count >= 8), `${balance}: ${counts(firsts, 3).join()}`); // prettier-ignore
  }
});

t.test('distances stand in for measurements where both ends are known', async (t) => {
  const cities = [{ location: [52.4, 4.9] }, { location: [40.7, -74] }, { location: [35.7, 139.7] }] as const;
  const story = tellStory(cities);
  t.equal(
    story.begin({ place: { latitude: '48.9', longitude: '2.4' } }).moves()[0],
    'send 0',
    'Paris asks Amsterdam',
  );
  const other = tellStory(cities);
  t.equal(
    other.begin({ place: { latitude: '34.7', longitude: '135.5' } }).moves()[0],
    'send 2',
    'Osaka asks Tokyo',
  );
});

t.test('dozens of origins are no matter', async (t) => {
  const story = tellStory(48, { balance: 'round-robin' });
  t.strictSame(counts(story.requests(96), 48), Array(48).fill(2));
});

t.test('an origin whose callers hung up is asked again', async (t) => {
  const story = tellStory(2, {}, seededRandom(3));
  story.requests(40);
  const left = story.begin();
  left.moves(); // the caller goes away: nobody settles this attempt any more
  const [origin] = left.asked();
  story.pass(5000);
  const during = story.requests(20, 1000);
  t.ok(during.slice(-10).includes(origin!), `${origin} is among ${during.join()}`);
  t.equal(story.pool.origins[origin!]!.pending.length, 0, 'and nothing of it is thought to be under way');
});
