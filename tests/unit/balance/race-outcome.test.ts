/**
 * What a request leaves behind: who is blamed, who is ejected, who comes back, and that no caller can bring any of it
 * about alone.
 */
import t from 'tap';
import { ejectOrigin, type Outcome } from '../../../lib/balance/outlier-detection.ts';
import { RECALL_REQUESTS } from '../../../lib/balance/pool.ts';
import type { Traits } from '../../../lib/balance/race-record.ts';
import type { PoolSettings } from '../../../lib/config/types.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { known, poolSettings, tellStory, type Story } from '../../support/story.ts';

const FAILURES: Outcome[] = ['error', 'gateway', 'shed', 'timeout', 'lost'];
const PROBE = { path: '/health', method: 'GET', timeoutMs: 3000 } as const;
const OUTLIER = poolSettings(1).outlier;

/** The first attempt goes to `origin` and ends so, those at the others as `others`; so often. */
function fails(
  story: Story,
  origin: number,
  outcome: Outcome,
  { others = 'ok', times = 1, ...traits }: Partial<Traits> & { others?: Outcome; times?: number } = {},
): void {
  const all = story.pool.origins.map((_, i) => i);
  const outcomes = Object.fromEntries(all.map((i) => [i, i === origin ? outcome : others]));
  for (let i = 0; i < times; i++) {
    known(story, ...all.map((each) => (each === origin ? 10 : 90)));
    story.begin(traits).run(5, outcomes);
  }
}
/** The first of two was ejected long enough ago to be tested again. */
function afterEjection(overrides: Partial<PoolSettings> = {}): Story {
  const story = known(tellStory(2, overrides), 40, 50);
  ejectOrigin(story.pool, story.origin(0), story.now());
  story.pool.requests = 10;
  story.pass(2400);
  return story;
}

t.test('hard failures that another origin mends eject at once, bad answers three in a row', async (t) => {
  const rows: [Outcome, needed: number][] = [
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
    for (; story.ejected().length === 0 && failures < 30; failures++) fails(story, 0, outcome);
    t.equal(failures === 30 ? Infinity : failures, needed, outcome);
  }
});

t.test('what fails at two origins is the request’s fault, however it fails, and however often', async (t) => {
  for (const one of FAILURES)
    for (const others of FAILURES)
      for (const origins of [2, 3]) {
        const story = tellStory(origins, { outlier: { ...OUTLIER, consecutiveFailures: 1 } });
        for (let i = 0; i < 12; i++) {
          story.pool.retryBudget.tokens = 5;
          fails(story, i % origins, one, { others });
        }
        t.strictSame(story.ejected(), [], `${one}, ${others} at ${origins}`);
        t.ok(story.pool.origins.every(({ strikes }) => strikes === 0));
      }
});

t.test('what can be compared with nothing ejects nobody: the next request finds out', async (t) => {
  for (const outcome of FAILURES.filter((one) => one !== 'shed')) {
    const story = tellStory(2);
    fails(story, 0, outcome, { safe: false, times: 20 });
    t.strictSame(story.ejected(), [], outcome);
    story.pass(5001);
    known(story, 10, 90);
    const post = story.begin({ safe: false });
    t.equal(post.moves()[1], 'probe HEAD / 0', 'beside an unsafe request');
    post.probed(0, true);
    t.strictSame([story.ejected(), story.origin(0).strikes], [[], 0], 'it is well');
    fails(story, 0, outcome, { safe: false, times: 4 });
    story.pass(5001);
    story.begin({ safe: false }).probed(0, false);
    t.strictSame(story.ejected(), [0], 'it is not');
    const safe = tellStory(2);
    fails(safe, 0, outcome, { safe: false, times: 3 });
    safe.pass(5001);
    known(safe, 90, 10);
    const get = safe.begin();
    t.strictSame(get.asked(), [0], 'a safe request is itself the question');
    get.settle(0, outcome);
    get.run();
    t.strictSame(safe.ejected(), [0]);
  }
});

t.test('without a comparison failures of five callers in a row eject, not of one alone', async (t) => {
  type Sent = readonly [caller: number, outcome: Outcome];
  const by = (count: number, outcome: Outcome) => Array.from({ length: count }, (_, i): Sent => [i, outcome]);
  const rows: [why: string, sent: Sent[], ejected: boolean][] = [
    ...FAILURES.flatMap((outcome): typeof rows => [
      [`four callers, ${outcome}`, Array(9).fill(by(4, outcome)).flat(), false],
      // One that sheds load still serves others.
      [`five callers, ${outcome}`, by(5, outcome), outcome !== 'shed'],
    ]),
    ['a good response ends the row', [...by(4, 'error'), [3, 'ok'], ...by(4, 'error')], false],
  ];
  for (const [why, sent, ejected] of rows) {
    const story = tellStory(2);
    for (const [caller, outcome] of sent)
      fails(story, 0, outcome, { safe: false, caller: () => `caller ${caller}` });
    t.equal(story.ejected().includes(0), ejected, why);
  }
  const never = tellStory(2, { outlier: { ...OUTLIER, consecutiveFailures: Infinity } });
  for (let i = 0; i < 9; i++) fails(never, 0, 'error', { safe: false, caller: () => String(i) });
  t.strictSame([never.ejected(), never.origin(0).failedCallers.size], [[], 5], 'no more of them are kept');
});

t.test('what failed twice at one origin is not the request’s fault', async (t) => {
  const story = tellStory([{}, { weight: 0 }], { retries: 1 });
  for (let i = 0; i < 5; i++) {
    const get = story.begin({ caller: () => String(i) });
    get.run(5, { 0: 'lost' });
    t.strictSame(get.asked(), [0, 0]);
  }
  t.strictSame(story.ejected(), [0], 'as five callers found');
});

t.test('one origin alone is never ejected for what was lost, nor asked what nobody asked for', async (t) => {
  const story = tellStory(1);
  for (let i = 0; i < 20; i++) fails(story, 0, 'lost', { safe: i % 2 === 0, caller: () => String(i) });
  t.strictSame(story.ejected(), []);
  story.pass(60_000);
  t.notMatch(story.begin({ safe: false }).moves().join(), /probe/);
});

t.test('a request that never left is nobody’s fault but the origin’s', async (t) => {
  const story = tellStory(2);
  fails(story, 0, 'unsent', { others: 'unsent', safe: false });
  t.strictSame(story.ejected(), [0, 1]);
});

t.test('silence says nothing where the caller names the origin; nor does what cannot be sent', async (t) => {
  for (const outcome of ['lost', 'timeout', 'unsent'] as const) {
    const story = tellStory(2);
    fails(story, 0, outcome, { faultUnclear: true, times: 9 });
    t.strictSame([story.ejected(), story.origin(0).latency], [[], 10], outcome);
  }
  const story = tellStory(2);
  fails(story, 0, 'rejected', { times: 9 });
  t.strictSame([story.ejected(), story.origin(0).strikes, story.origin(0).failures], [[], 0, 0]);
});

t.test('a failure teaches no speed, but the next request asks one three times slower', async (t) => {
  for (const outcome of FAILURES) {
    const story = known(tellStory(2), 20, 60);
    story.begin().run(5, { 0: outcome });
    t.strictSame([story.origin(0).mean, story.origin(0).failures], [20, 1]);
    t.strictSame(story.begin().asked(), [1], outcome);
  }
});

t.test('shedding load ejects nobody who is chosen by latency, and others after three in a row', async (t) => {
  for (const [balance, out] of [
    ['adaptive', false],
    ['latency', false],
    ['round-robin', true],
    ['least-connections', true],
  ] as const) {
    const story = tellStory(2, { balance }, seededRandom(1));
    fails(story, 0, 'shed', { times: 12 });
    t.equal(story.origin(0).level > 0, out, balance);
  }
});

t.test('a hedge that wins after long silence ejects the silent one, unless it was slow itself', async (t) => {
  for (const [wonAt, out] of [
    [290, []],
    [310, [0]],
    [440, [0]],
    [600, []],
  ] as const) {
    const story = known(tellStory(2, { hedge: { afterMs: 150, budgetPercent: 3 } }), 10, 20);
    const get = story.begin();
    story.pass(wonAt);
    get.settle(1, 'ok');
    t.strictSame(story.ejected(), out, `${wonAt} ms`);
  }
  const story = known(tellStory(2, { hedge: { afterMs: 150, budgetPercent: 3 } }), 10, 20);
  const [get, other] = [story.begin(), story.begin()];
  story.pass(340);
  other.settle(0, 'ok');
  story.pass(100);
  get.settle(1, 'ok');
  t.strictSame(story.ejected(), [], 'who has just answered another is not silent');
  const on = { statuses: [500], unreachable: true, timeout: true };
  const listed = known(
    tellStory(2, { hedge: { afterMs: 150, budgetPercent: 3 }, outlier: { ...OUTLIER, on } }),
    10,
    20,
  );
  const hedged = listed.begin();
  listed.pass(440);
  hedged.settle(1, 'ok');
  t.strictSame(listed.ejected(), [], 'nor does it count where the operator says what does');
});

t.test('a status that is to be retried counts as a failure', async (t) => {
  const retryOn = { unreachable: true, timeout: true, statuses: [418] };
  const story = tellStory(2, { retryOn });
  for (let i = 0; i < 3; i++) {
    t.strictSame(story.ejected(), []);
    const get = known(story, 10, 90).begin();
    get.settle(0, 'ok', 418);
    get.run();
  }
  t.strictSame(story.ejected(), [0]);
});

t.test('a retest is one live, safe request; a good one brings the origin back', async (t) => {
  const story = known(tellStory(2), 40, 50);
  story.begin().run(20, { 0: 'lost' });
  t.strictSame(story.ejected(), [0]);
  t.notOk(story.requests(5).includes(0), 'out');
  story.pass(2400);
  t.strictSame(story.begin({ safe: false }).asked(), [1], 'not an unsafe one');
  const retest = story.begin();
  t.strictSame(retest.asked(), [0]);
  t.strictSame(story.begin().asked(), [1], 'one at a time');
  story.pass(30);
  retest.settle(0, 'ok');
  t.strictSame([story.ejected(), story.origin(0).latency], [[], 30]);
});

t.test('a retest that no hedge could save waits for the budget, unless there are no hedges', async (t) => {
  for (const [budgetPercent, asked] of [
    [3, 1],
    [0, 0],
  ] as const) {
    const story = afterEjection({ hedge: { afterMs: 'silent', budgetPercent } });
    story.pool.hedgeBudget.tokens = 0;
    t.strictSame(story.begin().asked(), [asked], `${budgetPercent} %`);
    story.pass(5001);
    t.notMatch(story.begin().moves().join(), /probe/, 'nor is a probe sent along');
  }
});

t.test(
  'a retest that fails, or is overtaken, has failed; one that nobody did better than has not',
  async (t) => {
    for (const [outcomes, level] of [
      [{ 0: 'lost' }, 2],
      [{ 0: 'shed' }, 2],
      [{ 0: 'gateway', 1: 'gateway' }, 1],
    ] as const) {
      const story = afterEjection();
      t.match(story.begin().run(5, outcomes), 'finish', 'which costs no caller');
      t.strictSame([story.ejected(), story.origin(0).level], [[0], level]);
    }
    for (const ms of [200, 1010]) {
      const overtaken = afterEjection({ hedge: { afterMs: 150, budgetPercent: 3 } });
      const slow = overtaken.begin();
      overtaken.pass(ms);
      slow.settle(1, 'ok');
      t.equal(overtaken.origin(0).level, 2, `${ms} ms`);
    }
  },
);

t.test('a late success or failure of one that is out, not its retest, changes nothing', async (t) => {
  for (const outcome of ['ok', 'lost'] as const) {
    const story = known(tellStory(2), 10, 900);
    const [one, two] = [story.begin(), story.begin()];
    for (const told of [one, two]) t.strictSame(told.asked(), [0]);
    one.settle(0, 'lost');
    one.run();
    const origin = story.origin(0);
    story.pass(origin.ejectedUntil - story.now() + 1);
    two.settle(0, outcome);
    if (!two.race.over) two.run();
    t.strictSame([story.ejected(), origin.level], [[0], 1], outcome);
  }
});

t.test('where no safe request comes, or none is retried, a probe asks the ejected one', async (t) => {
  for (const [overrides, safe] of [
    [{}, false],
    [{ retries: 0 }, true],
  ] as const)
    for (const good of [true, false]) {
      const story = afterEjection(overrides);
      t.notMatch(story.begin({ safe }).moves().join(), /probe/, 'a live one is better, and may come');
      story.pass(5001);
      const get = story.begin({ safe });
      t.strictSame(get.moves().slice(0, 2), ['send 1', 'probe HEAD / 0']);
      t.notMatch(story.begin({ safe }).moves().join(), /probe/, 'one at a time');
      get.probed(0, good);
      t.strictSame(story.ejected(), good ? [] : [0]);
    }
});

t.test('who knows nothing and has a path for probes asks first; the first to answer serves', async (t) => {
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
  t.match(tellStory(1, { probe: PROBE }).begin().moves()[0], 'send', 'of one origin nothing is asked');
});

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
  for (const [mean, timeoutMs] of [
    [20, 150],
    [50, 200],
    [5000, 2000],
  ] as const) {
    const story = known(tellStory(2, { probe: PROBE, balance: 'race' }), 50, 60);
    for (const origin of story.pool.origins) origin.mean = mean;
    story.pass(10_001);
    t.equal(story.begin({ safe: false }).race.preflight?.timeoutMs, timeoutMs, `usually ${mean} ms`);
  }
});

t.test('an answer to a question that comes when the race is over sends nothing', async (t) => {
  const story = tellStory(2, { probe: PROBE, totalTimeoutMs: 1000 });
  const get = story.begin();
  story.pass(1000);
  t.equal(get.moves().at(-1), 'refuse none');
  get.probed(0, true);
  t.strictSame(get.moves(), []);
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

t.test('a slow one is asked again by one request in 800, and serves once it is quick', async (t) => {
  for (const [ms, again] of [
    [399, false],
    [20, true],
  ] as const) {
    const story = slowSince();
    t.equal(askedLast(story, RECALL_REQUESTS - 1), 0, 'not before');
    const get = story.begin();
    t.strictSame(get.asked(), [2]);
    story.pass(ms);
    get.settle(2, 'ok');
    t.strictSame(story.ejected(), []);
    // A third of the requests would be a hundred.
    t.equal(askedLast(story, 300) > 50, again, `${ms} ms`);
  }
});

t.test('nobody is recalled by unsafe requests, unpaid, as a stand-by, or under other policies', async (t) => {
  const most = RECALL_REQUESTS + 100;
  t.equal(askedLast(slowSince(), most, { safe: false }), 0);
  const poor = slowSince();
  poor.requests(RECALL_REQUESTS - 1, 20);
  poor.pool.hedgeBudget.tokens = 0;
  t.notSame(poor.begin().asked(), [2]);
  t.equal(askedLast(slowSince({}, [{}, {}, { priority: 1 }]), most), 0);
  const light = slowSince({ balance: 'round-robin' }, [{ weight: 5000 }, { weight: 5000 }, {}]);
  t.ok(askedLast(light, most) <= 1);
});
