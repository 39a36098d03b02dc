/** Scripts of moves, instant by instant: one request from its first attempt to its answer, its time-outs, and races. */
import t from 'tap';
import { nextMove, settle } from '../../lib/attempts.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { known, tellStory } from '../support/story.ts';

t.test('the ordinary case: sent once, answered, one timer', async (t) => {
  const story = known(tellStory(2));
  const get = story.begin();
  t.strictSame(get.moves(), ['send 0', 'wait 65']);
  story.pass(20);
  get.settle(0, 'ok');
  t.strictSame(get.moves(), ['answer 0']);
  t.equal(story.pool.origins[0]!.pending.length, 0);
});

t.test('answers within the same millisecond are no division by zero', async (t) => {
  const story = tellStory(2);
  for (let i = 0; i < 50; i++) t.match(story.begin().run(0), 'answer');
  for (const origin of story.pool.origins)
    t.ok(origin.samples === 0 || (Number.isFinite(origin.latency) && origin.mean > 0));
});

t.test('an attempt ends at timeoutMs, everything at totalTimeoutMs', async (t) => {
  const story = known(
    tellStory(3, { timeoutMs: 1000, totalTimeoutMs: 2500, hedge: { afterMs: 'silent', budgetPercent: 0 } }),
  );
  const get = story.begin();
  t.strictSame(get.moves(), ['send 0', 'wait 1000']);
  story.pass(1000);
  t.strictSame(get.moves(), ['cancel 0', 'send 1', 'wait 1000']);
  story.pass(1000);
  t.strictSame(get.moves(), ['cancel 1', 'send 2', 'wait 500']);
  story.pass(500);
  t.strictSame(get.moves(), ['cancel 2', 'refuse origin_timeout']);
  t.ok(story.pool.origins[0]!.ejected && story.pool.origins[1]!.ejected, 'one timeout ejects');
  t.notOk(story.pool.origins[2]!.ejected, 'half a second was no fair chance');
  t.ok(story.pool.origins.every((origin) => origin.pending.length === 0));
});

t.test('out of time, a bad answer is better than none', async (t) => {
  const story = known(tellStory(2, { totalTimeoutMs: 1500, hedge: { afterMs: 'silent', budgetPercent: 0 } }));
  const get = story.begin();
  get.moves();
  get.settle(0, 'shed');
  t.equal(get.moves()[0], 'send 1');
  story.pass(1500);
  t.strictSame(get.moves(), ['cancel 1', 'answer 0']);
});

t.test('waits are whole milliseconds in the future: a clock of whole ones never spins', async (t) => {
  const random = seededRandom(9);
  const story = tellStory(3, {}, random);
  for (let i = 0; i < 300; i++) {
    const get = story.begin();
    for (let k = 0; k < 12; k++) {
      const last = get.moves().at(-1)!;
      if (!last.startsWith('wait')) break;
      const ms = Number(last.slice(5));
      t.ok(ms >= 1 && Number.isInteger(ms), last);
      if (random() < 0.5) {
        story.pass(ms);
        continue;
      }
      story.pass(Math.floor(ms * random()));
      for (let tried = get.journey.last; tried !== null; tried = tried.earlier)
        if (tried.outcome === null) {
          const ok = random() < 0.9;
          settle(get.journey, tried, ok ? 'ok' : 'gateway', ok ? 200 : 502, story.now(), random);
        }
    }
  }
});

t.test('race: all at once, the first good answer wins, fast failures do not', async (t) => {
  const story = tellStory(3, { balance: 'race' });
  const get = story.begin();
  t.strictSame(get.moves().map((move) => move.slice(0, 4)), ['send', 'send', 'send', 'wait']); // prettier-ignore
  get.settle(2, 'error');
  t.match(get.moves(), [/^wait/]);
  get.settle(1, 'ok');
  t.strictSame(get.moves(), ['cancel 0', 'answer 1']);
  const many = tellStory(9, { balance: 'race' }).begin();
  t.equal(many.moves().length, 7, 'six connections may wait for headers');
});

t.test('race: for an unsafe request a question does, and its winner holds for ten seconds', async (t) => {
  const story = tellStory(3, { balance: 'race' });
  const post = story.begin({ safe: false });
  t.strictSame(post.moves(), ['race HEAD / 0+1+2', 'wait 3100']);
  post.probed(0, false);
  post.probed(2, true, 30);
  t.equal(post.moves()[0], 'send 2');
  post.run();
  t.equal(story.begin({ safe: false }).moves()[0], 'send 2');
  story.pass(11_000);
  t.match(story.begin({ safe: false }).moves()[0], 'race');
});

t.test('a winner of the race that fails is asked no more', async (t) => {
  const story = tellStory(2, { balance: 'race' });
  const post = story.begin({ safe: false });
  post.moves();
  post.probed(1, true);
  post.run(20, { 1: 'lost' });
  t.match(story.begin({ safe: false }).moves()[0], 'race');
  const other = tellStory(2, { balance: 'race' });
  const put = other.begin({ safe: false });
  put.moves();
  put.probed(1, true);
  t.equal(put.run(20, { 1: 'gateway' }), 'answer 1');
  t.match(
    other.begin({ safe: false }).moves()[0],
    'race',
    'one bad answer is enough, though it ejects nobody',
  );
});

t.test('with nobody to ask the pool refuses', async (t) => {
  for (const origins of [[], [{ weight: 0 }]])
    t.strictSame(tellStory(origins).begin().moves(), ['refuse no_origin']);
});

t.test('a second report about an attempt, or one after the answer, changes nothing', async (t) => {
  const story = known(tellStory(2));
  const get = story.begin();
  get.moves();
  const attempt = get.journey.last!;
  get.settle(0, 'ok');
  get.moves();
  settle(get.journey, attempt, 'lost', 0, story.now(), () => 0.5);
  t.notOk(story.pool.origins[0]!.ejected);
  t.equal(nextMove(get.journey, story.now(), () => 0.5).do, 'answer');
});
