/** Whom to ask while little is known: the first of an isolate, unknown origins beside known ones, and all that are left when all are out. */
import t from 'tap';
import { createPool } from '../../lib/balance.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { START, known, poolSettings, tellStory } from '../support/story.ts';

const probe = { path: '/up', method: 'HEAD', timeoutMs: 3000 } as const;

t.test('isolates start their wheels at different places', async (t) => {
  const begins = Array.from({ length: 30 }, (_, seed) => {
    const { origins } = createPool(poolSettings(3, { balance: 'round-robin' }), seededRandom(seed * 7919));
    return origins.findIndex(({ current }) => current === Math.max(...origins.map((one) => one.current)));
  });
  t.equal(new Set(begins).size, 3);
});

t.test('with a probe path every tenth request tries an origin of which nothing is known', async (t) => {
  const story = known(tellStory(3, { probe }, seededRandom(1)));
  Object.assign(story.pool.origins[2]!, { samples: 0, prior: 0 });
  let tried = 0;
  for (let i = 0; i < 139; i++) {
    const get = story.begin();
    if (get.moves()[0] === 'send 2') tried++;
    get.settle(get.asked()[0]!, 'superseded');
    story.pass(1);
  }
  t.equal(tried, 10, 'of the hundred after the first forty');
});

t.test('a stand-by of which nothing is known is no reason to look beyond the level in service', async (t) => {
  const story = known(tellStory([{}, { priority: 1 }], { probe }));
  Object.assign(story.pool.origins[1]!, { samples: 0, prior: 0 });
  for (let i = 0; i < 60; i++) t.equal(story.begin().run(), 'answer 0');
});

t.test('all out: each of them is tried as often as the others', async (t) => {
  const random = seededRandom(3);
  const counts = [0, 0, 0];
  for (let i = 0; i < 300; i++) {
    const story = tellStory(3, {}, random);
    for (const origin of story.pool.origins)
      Object.assign(origin, { ejected: true, ejectedUntil: START + 60_000 });
    const get = story.begin();
    get.moves();
    counts[get.asked()[0]!]!++;
  }
  // 300 draws of a third each: a standard deviation of 8.
  t.ok(
    counts.every((count) => count > 65 && count < 135),
    counts.join(),
  );
});
