import t from 'tap';
import { seededRandom } from '../support/seeded-random.ts';
import { tellStory } from '../support/story.ts';

/** What is known of an origin that has answered in 50 ms nine times. */
const learnt = (now: number) => ({
  samples: 9,
  latency: 50,
  floor: 50,
  mean: 50,
  deviation: 5,
  learntAt: now,
  goodAt: now,
});

const PROBE = { probe: { path: '/health', method: 'GET', timeoutMs: 3000 } } as const;

t.test(
  'who knows nothing and has a probe path asks first; the first good answer gets the request',
  async (t) => {
    const story = tellStory(6, PROBE, seededRandom(1));
    const get = story.begin();
    const [question, wait] = get.moves();
    t.match(question, /^cold GET \/health \d\+\d\+\d\+\d$/, 'four of six');
    t.equal(wait, 'wait 3100');
    const [first, second] = question!.match(/\d/g)!.map(Number) as [number, number];
    story.pass(25);
    get.probed(first, false);
    t.match(get.moves(), [/^wait/]);
    get.probed(second, true, 25);
    t.equal(get.moves()[0], `send ${second}`);
    t.ok(story.pool.origins[first]!.ejected, 'who does not answer is out');
    t.equal(story.pool.origins[second]!.prior, 25);
  },
);

t.test('all questions unanswered: somebody is asked all the same', async (t) => {
  const story = tellStory(2, PROBE);
  const get = story.begin();
  get.moves();
  get.probed(0, false);
  get.probed(1, false);
  t.match(get.moves()[0], /^send/);
  const deaf = tellStory(2, PROBE);
  const other = deaf.begin();
  other.moves();
  deaf.pass(3100);
  t.match(other.moves()[0], /^send/, 'nor does it depend on their being reported');
});

t.test('without a probe path nothing is asked first; with one origin there is nothing to ask', async (t) => {
  t.match(tellStory(3).begin().moves()[0], /^send/);
  t.equal(tellStory(1, PROBE).begin().moves()[0], 'send 0');
});

t.test('before an unsafe request an origin not heard from for ten seconds is asked', async (t) => {
  const story = tellStory(2, PROBE);
  for (const origin of story.pool.origins) Object.assign(origin, learnt(story.now()));
  story.pool.origins[1]!.latency = 60;
  t.equal(story.begin({ safe: false }).run(), 'answer 0', 'heard from just now');
  story.pass(10_001);
  const post = story.begin({ safe: false });
  t.strictSame(post.moves(), ['preflight GET /health 0', 'wait 250'], 'four times its usual, and the slack');
  post.probed(0, false, 200);
  t.equal(post.moves()[0], 'send 1', 'no answer: the next');
  t.ok(story.pool.origins[0]!.ejected);
  const get = story.begin();
  t.match(get.moves()[0], /^send/, 'a safe request is not worth a question');
});

t.test('an ejected origin gets one live, safe request when its time is up', async (t) => {
  const story = tellStory(2, {}, seededRandom(2));
  story.requests(10);
  const first = story.begin();
  first.moves();
  const bad = first.asked()[0]!;
  first.settle(bad, 'lost');
  first.run();
  t.ok(story.pool.origins[bad]!.ejected);
  t.ok(!story.requests(5, 30).includes(bad), 'out');
  story.pass(2400);
  t.equal(story.begin({ safe: false }).moves()[0], `send ${1 - bad}`, 'not an unsafe one');
  const trial = story.begin();
  t.equal(trial.moves()[0], `send ${bad}`);
  t.equal(story.begin().moves()[0], `send ${1 - bad}`, 'one at a time');
  trial.run();
  t.notOk(story.pool.origins[bad]!.ejected);
});

t.test(
  'a trial that fails doubles the time; a trial whose caller vanished ends with its lease',
  async (t) => {
    const story = tellStory(2);
    story.requests(10);
    const origin = story.pool.origins[0]!;
    Object.assign(origin, { ejected: true, ejectedUntil: story.now(), level: 1 });
    const trial = story.begin();
    t.equal(trial.moves()[0], 'send 0');
    trial.settle(0, 'lost');
    t.ok(origin.ejected && origin.level === 2);
    t.equal(trial.run(), 'answer 1', 'nobody pays for it with a failure');
    story.pass(10_000);
    story.requests(12);
    const fresh = story.pool.origins[0]!;
    Object.assign(fresh, { ejected: true, ejectedUntil: story.now(), ejectedUntilRequest: 0, trialAt: 0 });
    story.begin().moves();
    story.pass(4900);
    t.equal(story.begin().moves()[0], 'send 1');
    story.pass(200);
    t.equal(story.begin().moves()[0], 'send 0');
  },
);

t.test('where only unsafe requests come, a question beside one of them finds out', async (t) => {
  const story = tellStory(2);
  story.requests(10, 30, { safe: false });
  Object.assign(story.pool.origins[0]!, { ejected: true, ejectedUntil: story.now() });
  t.strictSame(story.begin({ safe: false }).moves().slice(0, 2).map((move) => move.slice(0, 5)), ['send ', 'wait ']); // prettier-ignore
  story.pass(5001);
  const post = story.begin({ safe: false });
  t.strictSame(post.moves().slice(0, 2), ['send 1', 'trial HEAD / 0']);
  post.probed(0, true);
  t.notOk(story.pool.origins[0]!.ejected);
});

t.test('active checks ride on requests, not more often than their interval', async (t) => {
  const health = {
    path: '/up',
    intervalSeconds: 10,
    timeoutMs: 500,
    statuses: null,
    healthyAfter: 2,
    unhealthyAfter: 2,
  };
  const story = tellStory(2, { health });
  const check = (good: boolean): void => {
    const get = story.begin();
    t.strictSame(get.moves().slice(1, 2), ['health GET /up 0+1']);
    get.probed(0, true);
    get.probed(1, good);
    get.run();
    t.match(story.begin().moves()[1], 'wait', 'once');
    story.pass(10_000);
  };
  check(false);
  t.notOk(story.pool.origins[1]!.sick);
  check(false);
  t.ok(story.pool.origins[1]!.sick, 'two in a row');
  t.strictSame([...new Set(story.requests(10, 0))], [0]);
  story.pass(10_000);
  check(true);
  check(true);
  t.notOk(story.pool.origins[1]!.sick);
});

t.test('unknown origins get one safe request in ten once the isolate is warm', async (t) => {
  const story = tellStory(3, PROBE, seededRandom(3));
  Object.assign(story.pool.origins[0]!, learnt(story.now()));
  t.strictSame([...new Set(story.requests(38))], [0], 'not before the fortieth request');
  t.strictSame([...new Set(story.requests(60, 30, { safe: false }))], [0], 'never an unsafe one');
  const asked = story.requests(30);
  t.ok(asked.includes(1) && asked.includes(2), 'then all are found out');
});

t.test('where nothing is retried no caller is risked on a trial either', async (t) => {
  const story = tellStory(2, { retries: 0 });
  story.requests(10);
  Object.assign(story.pool.origins[0]!, { ejected: true, ejectedUntil: story.now() });
  story.pass(5001);
  const get = story.begin();
  t.strictSame(get.moves().slice(0, 2), ['send 1', 'trial HEAD / 0']);
  get.probed(0, true);
  t.notOk(story.pool.origins[0]!.ejected);
});
