/**
 * What a request leaves behind: who is blamed, who is ejected, who comes back, and that no caller can bring any of it
 * about alone.
 */
import t from 'tap';
import type { Outcome } from '../../../lib/balance/outlier-detection.ts';
import type { Traits } from '../../../lib/balance/race-record.ts';
import { ejectOrigin } from '../../../lib/balance/outlier-detection.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { known, tellStory, type Story } from '../../support/story.ts';
import { RECALL_REQUESTS } from '../../../lib/balance/pool.ts';
import type { PoolSettings } from '../../../lib/config/types.ts';

const FAILURES: Outcome[] = ['error', 'gateway', 'shed', 'timeout', 'lost'];
const PROBE = { path: '/health', method: 'GET', timeoutMs: 3000 } as const;

/** The first attempt goes to `origin` and ends so, those at the others as `others`. */
function fails(
  story: Story,
  origin: number,
  outcome: Outcome,
  others: Outcome = 'ok',
  traits: Partial<Traits> = {},
): void {
  known(story, ...story.pool.origins.map((_, i) => (i === origin ? 10 : 90)));
  story
    .begin(traits)
    .run(5, Object.fromEntries(story.pool.origins.map((_, i) => [i, i === origin ? outcome : others])));
}

t.test(
  'what another origin answers well is the origin’s fault: hard failures eject at once, bad answers three in a row',
  async (t) => {
    const rows: [Outcome, number][] = [
      ['lost', 1],
      ['unsent', 1],
      ['timeout', 1],
      ['gateway', 3],
      ['error', 3],
      ['shed', Infinity],
    ];
    for (const [outcome, needed] of rows) {
      const story = tellStory(2);
      let failures = 0;
      while (story.ejected().length === 0 && failures < 30) {
        fails(story, 0, outcome);
        failures++;
      }
      t.equal(failures === 30 ? Infinity : failures, needed, outcome);
    }
  },
);

t.test('what fails at two origins is the request’s fault, however it fails, and however often', async (t) => {
  for (const one of FAILURES)
    for (const other of FAILURES)
      for (const origins of [2, 3]) {
        const story = tellStory(origins, {
          outlier: { ...tellStory(1).pool.settings.outlier, consecutiveFailures: 1 },
        });
        for (let i = 0; i < 12; i++) {
          story.pool.retryBudget.tokens = 5;
          fails(story, i % origins, one, other);
        }
        t.strictSame(story.ejected(), [], `${one}, ${other} at ${origins}`);
        t.ok(story.pool.origins.every(({ strikes }) => strikes === 0));
      }
});

t.test('what can be compared with nothing ejects nobody: the next request finds out', async (t) => {
  for (const outcome of FAILURES.filter((one) => one !== 'shed')) {
    const story = tellStory(2);
    for (let i = 0; i < 20; i++) fails(story, 0, outcome, 'ok', { safe: false });
    t.strictSame(story.ejected(), [], outcome);
    story.pass(5001);
    known(story, 10, 90);
    const post = story.begin({ safe: false });
    t.equal(post.moves()[1], 'probe HEAD / 0', 'beside an unsafe request');
    post.probed(0, true);
    t.strictSame([story.ejected(), story.origin(0).strikes], [[], 0], 'it is well');
    fails(story, 0, outcome, 'ok', { safe: false });
    for (let i = 0; i < 3; i++) fails(story, 0, outcome, 'ok', { safe: false });
    story.pass(5001);
    const put = story.begin({ safe: false });
    put.probed(0, false);
    t.strictSame(story.ejected(), [0], 'it is not');
    const safe = tellStory(2);
    for (let i = 0; i < 3; i++) fails(safe, 0, outcome, 'ok', { safe: false });
    safe.pass(5001);
    known(safe, 90, 10);
    const get = safe.begin();
    t.strictSame(get.asked(), [0], 'a safe request is itself the question');
    get.settle(0, outcome);
    get.run();
    t.strictSame(safe.ejected(), [0]);
  }
});

t.test('one origin alone is never ejected, nor asked what nobody asked for', async (t) => {
  const story = tellStory(1);
  for (let i = 0; i < 20; i++) fails(story, 0, 'lost', 'lost', { safe: i % 2 === 0 });
  t.strictSame(story.ejected(), []);
  story.pass(60_000);
  t.notMatch(story.begin({ safe: false }).moves().join(), /probe/);
});

t.test('a request that never left is nobody’s fault but the origin’s', async (t) => {
  const story = tellStory(2);
  fails(story, 0, 'unsent', 'unsent', { safe: false });
  t.strictSame(story.ejected(), [0, 1]);
});

t.test(
  'where the caller says which server is asked, no answer says nothing; nor does what cannot be sent',
  async (t) => {
    for (const outcome of ['lost', 'timeout', 'unsent'] as const) {
      const story = tellStory(2);
      for (let i = 0; i < 9; i++) fails(story, 0, outcome, 'ok', { faultUnclear: true });
      t.strictSame([story.ejected(), story.origin(0).latency], [[], 10], outcome);
    }
    const story = tellStory(2);
    for (let i = 0; i < 9; i++) fails(story, 0, 'rejected');
    t.strictSame([story.ejected(), story.origin(0).strikes, story.origin(0).failures], [[], 0, 0]);
  },
);

t.test(
  'failures teach no speed but make it look worse at once: the next request asks one three times slower',
  async (t) => {
    for (const outcome of FAILURES) {
      const story = known(tellStory(2), 20, 60);
      story.begin().run(5, { 0: outcome });
      t.strictSame([story.origin(0).mean, story.origin(0).failures], [20, 1]);
      t.strictSame(story.begin().asked(), [1], outcome);
    }
  },
);

t.test('shedding load ejects nobody who is chosen by latency, and others after three in a row', async (t) => {
  for (const [balance, out] of [
    ['adaptive', false],
    ['latency', false],
    ['round-robin', true],
    ['least-connections', true],
  ] as const) {
    const story = tellStory(2, { balance }, seededRandom(1));
    for (let i = 0; i < 12; i++) fails(story, 0, 'shed');
    t.equal(story.origin(0).level > 0, out, balance);
  }
});

t.test(
  'a hedge that wins after long silence ejects the silent one, unless it took long itself',
  async (t) => {
    for (const [afterMs, wonAt, out] of [
      [150, 290, []],
      [150, 310, [0]],
      [150, 440, [0]],
      [150, 600, []],
    ] as const) {
      const story = known(tellStory(2, { hedge: { afterMs, budgetPercent: 3 } }), 10, 20);
      const get = story.begin();
      story.pass(wonAt);
      get.settle(1, 'ok');
      t.strictSame(story.ejected(), out, `${wonAt} ms`);
    }
  },
);

t.test(
  'a retest is one live, safe request; if it is good the origin is back, as fast as it was then',
  async (t) => {
    const story = known(tellStory(2), 40, 50);
    story.begin().run(20, { 0: 'lost' });
    t.strictSame(story.ejected(), [0]);
    t.strictSame(
      story.requests(5).filter((origin) => origin === 0),
      [],
      'out',
    );
    story.pass(2400);
    t.strictSame(story.begin({ safe: false }).asked(), [1], 'not an unsafe one');
    const retest = story.begin();
    t.strictSame(retest.asked(), [0]);
    t.strictSame(story.begin().asked(), [1], 'one at a time');
    story.pass(30);
    retest.settle(0, 'ok');
    t.strictSame([story.ejected(), story.origin(0).latency], [[], 30]);
  },
);

t.test(
  'a retest that fails doubles the time, and its caller pays nothing; one whose caller vanished ends with its lease',
  async (t) => {
    const story = known(tellStory(2), 40, 50);
    ejectOrigin(story.pool, story.origin(0), story.now());
    story.pool.requests = 10;
    story.pass(2400);
    const retest = story.begin();
    t.strictSame(retest.asked(), [0]);
    retest.settle(0, 'lost');
    t.equal(retest.run(), 'finish 1');
    t.strictSame([story.ejected(), story.origin(0).level], [[0], 2]);
    story.pool.requests = 100;
    story.pass(5000);
    t.strictSame(story.begin().asked(), [0], 'whose caller goes away');
    story.pass(4990);
    t.strictSame(story.begin().asked(), [1]);
    story.pass(20);
    t.strictSame(story.begin().asked(), [0]);
  },
);

t.test('a retest that is overtaken has failed; one that nobody did better than has not', async (t) => {
  const story = known(tellStory(2), 40, 50);
  ejectOrigin(story.pool, story.origin(0), story.now());
  story.pool.requests = 10;
  story.pass(2400);
  const slow = story.begin();
  story.pass(110);
  story.pass(900);
  slow.settle(1, 'ok');
  t.equal(story.origin(0).level, 2);
  const alike = known(tellStory(2), 40, 50);
  ejectOrigin(alike.pool, alike.origin(0), alike.now());
  alike.pool.requests = 10;
  alike.pass(2400);
  alike.begin().run(5, { 0: 'gateway', 1: 'gateway' });
  t.equal(alike.origin(0).level, 1, 'the request was at fault');
});

t.test('a late success or failure of one that is out, not its retest, changes nothing', async (t) => {
  for (const outcome of ['ok', 'lost'] as const) {
    const story = known(tellStory(2), 10, 900);
    const [one, two] = [story.begin(), story.begin()];
    for (const told of [one, two]) t.strictSame(told.asked(), [0]);
    one.settle(0, 'lost');
    one.run();
    const origin = story.origin(0);
    story.pass(origin.ejectedUntil - story.now() + 1);
    if (two.race.last!.outcome === null) two.settle(0, outcome);
    t.strictSame([story.ejected(), origin.level], [[0], 1], outcome);
  }
});

t.test(
  'where safe requests do not come, or nothing is retried, an origin that is out is asked by a question beside',
  async (t) => {
    for (const [overrides, traits] of [
      [{}, { safe: false }],
      [{ retries: 0 }, { safe: true }],
    ] as const) {
      for (const good of [true, false]) {
        const story = known(tellStory(2, overrides), 40, 50);
        ejectOrigin(story.pool, story.origin(0), story.now());
        story.pool.requests = 10;
        story.pass(2400);
        t.notMatch(story.begin(traits).moves().join(), /probe/, 'a live one is better, and may come');
        story.pass(5001);
        const get = story.begin(traits);
        t.strictSame(get.moves().slice(0, 2), ['send 1', 'probe HEAD / 0']);
        t.notMatch(story.begin(traits).moves().join(), /probe/, 'one at a time');
        get.probed(0, good);
        t.strictSame(story.ejected(), good ? [] : [0]);
      }
    }
  },
);

t.test(
  'who knows nothing and has a path for probes asks first; the first good answer gets the request',
  async (t) => {
    const story = tellStory(6, { probe: PROBE }, seededRandom(1));
    const get = story.begin();
    const [question] = get.moves();
    t.match(question, /^probe GET \/health \d\+\d\+\d\+\d$/, 'four of six');
    const [first, second] = question!.match(/\d/g)!.map(Number) as [number, number];
    story.pass(25);
    get.probed(first, false);
    t.strictSame(get.moves(), []);
    get.probed(second, true, 25);
    t.equal(get.moves()[0], `send ${second}`);
    t.strictSame(story.ejected(), [first], 'who does not answer is out');
    t.equal(story.origin(second).mean, 45, 'an answer takes longer than a probe');
  },
);

t.test('all questions unanswered: somebody is asked all the same, and nobody waits for ever', async (t) => {
  const story = tellStory(2, { probe: PROBE });
  const get = story.begin();
  get.probed(0, false);
  get.probed(1, false);
  t.match(get.run(), 'finish');
  const deaf = tellStory(2, { probe: PROBE });
  const other = deaf.begin();
  deaf.pass(30_000);
  t.ok(other.race.over);
});

t.test(
  'without a path for probes nothing is asked first; with one origin there is nothing to ask',
  async (t) => {
    t.match(tellStory(3).begin().moves()[0], 'send');
    t.match(tellStory(1, { probe: PROBE }).begin().moves()[0], 'send');
  },
);

t.test('before an unsafe request one not heard from for ten seconds is asked', async (t) => {
  for (const balance of ['adaptive', 'race'] as const) {
    const story = known(tellStory(2, { probe: PROBE, balance }), 50, 60);
    t.equal(story.begin({ safe: false }).run(), 'finish 0', 'heard from just now');
    story.pass(10_001);
    const post = story.begin({ safe: false });
    t.equal(post.moves()[0], 'probe GET /health 0');
    post.probed(0, false, 200);
    t.equal(post.moves()[0], 'send 1', 'no answer: the next');
    t.strictSame(story.ejected(), [0]);
    t.match(story.begin().moves()[0], 'send', 'a safe request is not worth a question');
  }
});

t.test(
  'the operator may say what counts, also of requests that fail everywhere, and that nothing else does',
  async (t) => {
    const { outlier } = tellStory(1).pool.settings;
    const on = { unreachable: false, timeout: true, statuses: [429, 503] };
    const story = tellStory(2, { outlier: { ...outlier, consecutiveFailures: 2, on, cumulative: true } });
    for (let i = 0; i < 9; i++) fails(story, 0, 'lost');
    t.strictSame(story.ejected(), []);
    for (const outcome of ['shed', 'ok', 'shed'] as const) {
      t.strictSame(story.ejected(), []);
      fails(story, 0, outcome, 'shed');
    }
    t.ok(story.ejected().includes(0));
  },
);

t.test('off never ejects, whatever comes', async (t) => {
  const { outlier } = tellStory(1).pool.settings;
  const story = tellStory(3, { outlier: { ...outlier, consecutiveFailures: Infinity } }, seededRandom(1));
  for (let i = 0; i < 60; i++)
    fails(story, i % 3, (['lost', 'error', 'timeout', 'gateway', 'unsent'] as const)[i % 5]!);
  t.strictSame(story.ejected(), []);
});

/** The last origin was ten times as slow as the others when it was last asked. */
function slowSince(
  overrides: Partial<PoolSettings> = {},
  origins: Parameters<typeof tellStory>[0] = 3,
): Story {
  const story = known(tellStory(origins, overrides, seededRandom(1)), 20, 20, 400);
  for (const origin of story.pool.origins) origin.retestRequest = RECALL_REQUESTS;
  return story;
}
const askedLast = (story: Story, count: number, traits: Partial<Traits> = {}): number =>
  story.requests(count, 20, traits).filter((origin) => origin === 2).length;

t.test(
  'one that was slow is asked again by one request in 800, and serves like the others once it was quick',
  async (t) => {
    const story = slowSince();
    t.equal(askedLast(story, RECALL_REQUESTS - 1), 0, 'not before');
    t.strictSame(story.begin().asked(), [2]);
    const again = slowSince();
    again.requests(RECALL_REQUESTS, 20);
    t.ok(askedLast(again, 300) > 50, 'a third of the requests would be a hundred');
  },
);

t.test('it stays far where it still is slow', async (t) => {
  const story = slowSince();
  story.requests(RECALL_REQUESTS - 1, 20);
  const get = story.begin();
  story.pass(399);
  get.settle(2, 'ok');
  t.strictSame(story.ejected(), []);
  t.equal(askedLast(story, RECALL_REQUESTS - 1), 0);
});

t.test(
  'nobody is recalled by unsafe requests, without a hedge to pay for it, as a stand-by, or under other policies',
  async (t) => {
    const most = RECALL_REQUESTS + 100;
    const unsafe = slowSince();
    t.equal(askedLast(unsafe, most, { safe: false }), 0);
    const poor = slowSince();
    poor.requests(RECALL_REQUESTS - 1, 20);
    poor.pool.hedgeBudget.tokens = 0;
    t.notSame(poor.begin().asked(), [2]);
    t.equal(askedLast(slowSince({}, [{}, {}, { priority: 1 }]), most), 0);
    const light = slowSince({ balance: 'round-robin' }, [{ weight: 5000 }, { weight: 5000 }, {}]);
    t.ok(askedLast(light, most) <= 1);
  },
);
