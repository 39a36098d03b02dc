/** What an outcome leaves behind beside ejections: scores, speeds, silence, the winner of a race. Each shows in whom the next request asks. */
import t from 'tap';
import { known, tellStory } from '../support/story.ts';
import type { Story } from '../support/story.ts';

/** The second origin is that much slower than the first. */
function uneven(story: Story, ms: number, slower: number): Story {
  known(story, ms);
  Object.assign(story.pool.origins[1]!, { latency: slower, floor: slower, mean: slower });
  return story;
}
const firstMove = (story: Story): string => story.begin().moves()[0]!;

t.test('one answer of 503 sends the next request to an origin three times slower', async (t) => {
  const story = uneven(tellStory(2), 20, 60);
  t.equal(story.begin().run(5, { 0: 'shed' }), 'answer 1');
  t.equal(firstMove(story), 'send 1');
});

t.test('shedding load ejects nobody who is chosen by score, and others after three in a row', async (t) => {
  for (const [balance, out] of [
    ['adaptive', false],
    ['latency', false],
    ['round-robin', true],
  ] as const) {
    const story = uneven(tellStory(2, { balance }), 10, 90);
    for (let i = 0; i < 12; i++) {
      story.pool.origins[0]!.failing = 0;
      story.begin().run(5, { 0: 'shed' });
      story.pass(2000);
    }
    t.equal(story.pool.origins[0]!.level > 0, out, balance);
  }
});

t.test('a failure that comes in after the time is up, and is no trial, leaves the level alone', async (t) => {
  const story = uneven(tellStory(2), 10, 900);
  const [one, two] = [story.begin(), story.begin()];
  for (const told of [one, two]) t.equal(told.moves()[0], 'send 0');
  one.settle(0, 'lost');
  const origin = story.pool.origins[0]!;
  story.pass(origin.ejectedUntil - story.now() + 1);
  two.settle(0, 'lost');
  t.strictSame([origin.ejected, origin.level], [true, 1]);
});

t.test('who comes back from a trial is as fast as it was in it, and forgiven', async (t) => {
  const story = known(tellStory(2));
  const origin = story.pool.origins[0]!;
  Object.assign(origin, {
    ejected: true,
    ejectedUntil: story.now(),
    latency: 2000,
    failing: 0.9,
    failingAt: story.now(),
  });
  const trial = story.begin();
  t.equal(trial.moves()[0], 'send 0');
  story.pass(30);
  trial.settle(0, 'ok');
  t.notOk(origin.ejected);
  t.equal(firstMove(story), 'send 0', '30 ms are less than 40');
});

t.test('a later copy that loses has overtaken nobody and is not to blame', async (t) => {
  const story = known(tellStory(2), 200);
  const get = story.begin();
  get.moves();
  story.pass(225);
  t.equal(get.moves()[0], 'send 1');
  story.pass(400);
  get.settle(0, 'ok');
  t.strictSame(get.moves(), ['cancel 1', 'answer 0']);
  const [, copied] = story.pool.origins;
  t.strictSame([copied?.ejected, copied?.latency], [false, 200]);
});

t.test('where one origin has just shed load, nothing is copied to another', async (t) => {
  for (const [outcome, expected] of [
    ['ok', /^send/],
    ['shed', /^wait/],
  ] as const) {
    const story = known(tellStory(3), 200);
    story.begin().run(5, { 0: outcome });
    const get = story.begin();
    get.moves();
    story.pass(1000);
    t.match(get.moves()[0], expected, outcome);
  }
});

t.test('any answer to another request breaks an origin’s silence', async (t) => {
  for (const answered of [true, false]) {
    const story = uneven(tellStory(2), 200, 900);
    const [long, other] = [story.begin(), story.begin()];
    for (const told of [long, other]) t.equal(told.moves()[0], 'send 0');
    story.pass(200);
    if (answered) other.settle(0, 'error');
    story.pass(25);
    t.match(long.moves()[0], answered ? 'wait' : 'send 1');
  }
});

t.test('of several probes the fastest is the guess', async (t) => {
  const probe = { path: '/up', method: 'HEAD', timeoutMs: 3000 } as const;
  const story = tellStory(2, { probe });
  const get = story.begin();
  t.match(get.moves()[0], /^cold HEAD \/up/);
  get.probed(0, true, 30);
  get.probed(0, true, 90);
  t.equal(story.pool.origins[0]!.prior, 30);
});

t.test('a race is won by who answered first, not by who answers next', async (t) => {
  const story = tellStory(3, { balance: 'race' });
  const post = story.begin({ safe: false });
  post.moves();
  story.pass(30);
  post.probed(2, true, 30);
  story.pass(20);
  post.probed(1, true, 50);
  t.equal(story.begin({ safe: false }).moves()[0], 'send 2');
});
