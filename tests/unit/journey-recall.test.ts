/** An origin that was slow when an isolate met it is asked again now and then, or it would idle for all of the isolate's life. */
import t from 'tap';
import type { PoolSettings } from '../../lib/config/types.ts';
import type { Facts } from '../../lib/attempts.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { known, poolSettings, tellStory, type Story } from '../support/story.ts';

/** The last origin was ten times as slow as the others when it was last asked. */
function slowSince(
  ms: number,
  overrides: Partial<PoolSettings> = {},
  origins: Parameters<typeof tellStory>[0] = 3,
): Story {
  const story = known(tellStory(origins, overrides, seededRandom(1)));
  const last = story.pool.origins.at(-1)!;
  Object.assign(last, { latency: 400, floor: 400, mean: 400, learntAt: story.now() });
  story.pass(ms);
  for (const origin of story.pool.origins)
    if (origin !== last) Object.assign(origin, { learntAt: story.now(), goodAt: story.now() });
  return story;
}
const asked = (story: Story, count: number, facts: Partial<Facts> = {}): number =>
  story.requests(count, 20, facts).filter((origin) => origin === 2).length;

t.test('one request in a thousand goes to it, and once it was quick it serves like the others', async (t) => {
  const story = slowSince(31_000);
  t.equal(asked(story, 999), 0, 'not before the thousandth');
  t.equal(story.begin().moves()[0], 'send 2');
  const again = slowSince(31_000);
  again.requests(1000, 20);
  t.ok(asked(again, 300) > 50, 'a third of the requests would be a hundred');
});

t.test('it stays far where it still is slow', async (t) => {
  const story = slowSince(31_000);
  story.requests(999, 20);
  const get = story.begin();
  t.equal(get.moves()[0], 'send 2');
  story.pass(400);
  get.settle(2, 'ok');
  t.equal(asked(story, 999), 0);
});

t.test('not where it was asked within half a minute', async (t) => {
  t.equal(asked(slowSince(0), 1200), 0);
});

t.test('no request that must not be repeated, none without a copy to pay for it', async (t) => {
  t.equal(asked(slowSince(31_000), 1200, { safe: false, repeatable: false }), 0);
  const poor = slowSince(31_000);
  poor.requests(999, 20);
  poor.pool.hedgeBudget.tokens = 0;
  t.not(poor.begin().moves()[0], 'send 2');
});

t.test('stand-bys and other policies are left alone', async (t) => {
  t.equal(asked(slowSince(31_000, {}, [{}, {}, { priority: 1 }]), 1200), 0);
  t.equal(asked(slowSince(31_000, { balance: 'latency' }), 1200), 0);
  t.equal(poolSettings(1).balance, 'adaptive', 'the default is the one that recalls');
});
