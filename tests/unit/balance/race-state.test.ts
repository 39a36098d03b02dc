/**
 * One request from its first attempt to its answer, told instant by instant: time-outs, retries, hedges, races, and
 * what it leaves behind.
 */
import t from 'tap';
import type { Outcome } from '../../../lib/balance/outlier-detection.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import type { Traits } from '../../../lib/balance/race-record.ts';
import type { PoolSettings } from '../../../lib/config/types.ts';
import { BALANCES, known, tellStory } from '../../support/story.ts';

const NO_HEDGE = { hedge: { afterMs: 'silent', budgetPercent: 0 } } as const;
const idle = ({ pool }: { pool: { origins: readonly { pending: readonly number[] }[] } }): boolean =>
  pool.origins.every(({ pending }) => pending.length === 0);

/** What is done when the first attempt ends so, at one of two origins that are known. */
function movesAfter(
  outcome: Outcome,
  overrides: Partial<PoolSettings> = {},
  traits: Partial<Traits> = {},
  status?: number,
): string[] {
  const one = known(tellStory(2, overrides), 40, 50).begin(traits);
  one.moves();
  one.settle(0, outcome, status);
  return one.moves();
}

t.test('the ordinary case: sent once, answered, one timer; in a race to six at once', async (t) => {
  const story = known(tellStory(2), 40.3);
  const get = story.begin();
  t.strictSame(get.moves(), ['send 0', 'sleep 66'], 'whole milliseconds: for parts of one a clock spins');
  story.pass(20);
  get.settle(0, 'ok');
  t.strictSame(get.moves(), ['finish 0']);
  t.ok(idle(story));
  const quick = tellStory([{}, { weight: 0 }]);
  quick.begin().settle(0, 'ok');
  t.equal(quick.origin(0).mean, 1, 'within the same millisecond: no division by zero');
  // So many connections may wait for headers.
  t.equal(tellStory(9, { balance: 'race' }).begin().asked().length, 6);
  t.strictSame(tellStory(1).begin().moves(), ['send 0', 'sleep 10000'], 'of one nobody waits for silence');
  const standBy = tellStory([{}, {}, { priority: 1 }], { balance: 'race' });
  t.strictSame(standBy.begin().asked(), [0, 1], 'no stand-by among them');
});

t.test('an attempt ends at timeoutMs, everything at totalTimeoutMs', async (t) => {
  const story = known(tellStory(3, { timeoutMs: 1000, totalTimeoutMs: 2500, ...NO_HEDGE }), 40, 50, 60);
  const get = story.begin();
  story.pass(999);
  t.notMatch(get.moves().join(), /cancel/);
  story.pass(1);
  t.strictSame(get.moves().slice(0, 2), ['cancel 0', 'send 1']);
  story.pass(1000);
  const moves = get.moves().filter((move) => !/sleep/.test(move));
  t.strictSame(moves, ['cancel 1', 'send 2']);
  story.pass(499);
  t.notMatch(get.moves().join(), /cancel/);
  story.pass(1);
  t.strictSame(get.moves(), ['cancel 2', 'refuse timeout']);
  t.strictSame(story.ejected(), [], 'all were alike: the request may be to blame');
  t.ok(idle(story));
});

t.test('the end of all time is an attempt’s fault only if it had half of it', async (t) => {
  for (const [lostAt, expected] of [
    [0, 'refuse timeout'],
    [1250, 'refuse timeout'],
    [1251, 'refuse lost'],
  ] as const) {
    const story = known(tellStory(2, { totalTimeoutMs: 2500, ...NO_HEDGE }), 40, 50);
    const get = story.begin();
    story.pass(lostAt);
    get.settle(0, 'lost');
    story.pass(2500 - lostAt);
    t.equal(get.moves().at(-1), expected, `lost after ${lostAt} ms`);
  }
});

t.test('no time-out counts while the body is on its way, and the answer is timed from its end', async (t) => {
  for (const answered of [true, false]) {
    const upload = { doneAt: Infinity };
    const story = tellStory([{}, { weight: 0 }], { timeoutMs: 1000, totalTimeoutMs: 1500 });
    const post = story.begin({ safe: false, upload });
    story.pass(30_000);
    upload.doneAt = story.now();
    story.pass(999);
    t.notOk(post.race.over);
    if (answered) post.settle(0, 'ok');
    story.pass(1);
    t.equal(post.moves().at(-1), answered ? 'finish 0' : 'refuse timeout');
    t.equal(story.origin(0).mean, answered ? 999 : 0);
  }
});

t.test('what failed is retried elsewhere, each outcome by its own rule', async (t) => {
  const rows: [Outcome, string, string, string][] = [
    // outcome, a safe request, an unsafe one, an unsafe one that may be repeated
    ['lost', 'send 1', 'refuse lost', 'send 1'],
    ['unsent', 'send 1', 'send 1', 'send 1'],
    ['timeout', 'send 1', 'refuse timeout', 'send 1'],
    ['error', 'send 1', 'finish 0', 'send 1'],
    ['gateway', 'send 1', 'finish 0', 'send 1'],
    ['shed', 'send 1', 'finish 0', 'send 1'],
    ['rejected', 'refuse rejected', 'refuse rejected', 'refuse rejected'],
  ];
  const kinds = [{ safe: true }, { safe: false, repeatable: false }, { safe: false, repeatable: true }];
  for (const [outcome, ...expected] of rows)
    for (const [i, traits] of kinds.entries())
      t.equal(movesAfter(outcome, {}, traits)[0], expected[i], `${outcome}, ${JSON.stringify(traits)}`);
  const [streamed] = movesAfter('unsent', {}, { replayable: false });
  t.equal(streamed, 'refuse unsent', 'a body that cannot go out twice goes out once');
});

t.test('retryOn says what is a failure; what is not is an answer', async (t) => {
  for (const [statuses, outcome, status, expected] of [
    [[], 'error', 500, 'finish 0'],
    [[418], 'ok', 418, 'send 1'],
    [[503], 'shed', 429, 'finish 0'],
    [[429], 'shed', 429, 'send 1'],
  ] as const) {
    const retryOn = { unreachable: true, timeout: true, statuses };
    const [move] = movesAfter(outcome, { retryOn }, {}, status);
    t.equal(move, expected, `${status} with retryOn ${statuses.join()}`);
  }
  const never = { unreachable: false, timeout: false, statuses: [] };
  for (const outcome of ['lost', 'unsent', 'timeout'] as const)
    t.equal(movesAfter(outcome, { retryOn: never })[0], `refuse ${outcome}`);
});

t.test('retries are counted, and nobody is asked twice before all were asked', async (t) => {
  const all: Record<number, Outcome> = { 0: 'lost', 1: 'lost', 2: 'lost', 3: 'lost' };
  for (const [retries, origins, expected] of [
    [2, 4, 3],
    [0, 4, 1],
    [3, 4, 4],
    [5, 3, 6],
    [2, 1, 3],
  ] as const) {
    const get = known(tellStory(origins, { retries }), 40).begin();
    t.equal(get.run(5, all), 'refuse lost');
    t.equal(get.asked().length, expected, `${retries} retries, ${origins} origins: ${get.asked().join()}`);
    t.equal(new Set(get.asked().slice(0, origins)).size, Math.min(origins, expected));
  }
  const bad = known(tellStory(2, { retries: 5 }), 40, 50).begin();
  t.equal(bad.run(5, { 0: 'gateway', 1: 'gateway' }), 'finish 1');
  t.equal(bad.asked().length, 2, 'after bad answers nobody is asked twice');
  const latency = known(tellStory(2, { retries: 5, balance: 'latency' }), 40, 50).begin();
  latency.run(5, { 0: 'lost', 1: 'lost' });
  t.equal(latency.asked().length, 2, 'with the latency policy never');
});

t.test('retries have a budget; a request that never left costs nothing', async (t) => {
  const story = known(tellStory(2, NO_HEDGE), 40, 50);
  story.pool.retryBudget.tokens = 1;
  for (const expected of ['send 1', 'finish 0']) {
    const get = story.begin();
    get.moves();
    get.settle(0, 'gateway');
    t.equal(get.moves()[0], expected);
    known(story, 40, 50);
  }
  t.equal(movesAfter('unsent', { retryBudgetPercent: 0 })[0], 'send 1');
});

t.test('silence brings a hedge; the first good answer wins and the other is cancelled', async (t) => {
  t.strictSame(tellStory(2).begin().moves().slice(1), ['sleep 300'], 'for one that nobody knows');
  const near = known(tellStory(2), 40, 50);
  const get = near.begin();
  near.pass(65);
  t.strictSame(get.moves(), ['send 0', 'sleep 65', 'sleep 935'], 'silence below 100 ms is no silence');
  const story = known(tellStory(2), 200, 300);
  const hedged = story.begin();
  story.pass(225);
  t.strictSame(hedged.moves().slice(0, 3), ['send 0', 'sleep 225', 'send 1']);
  t.equal(story.origin(1).hedges, 1);
  story.pass(30);
  hedged.settle(1, 'ok');
  t.strictSame(hedged.moves().slice(-2), ['cancel 0', 'finish 1']);
  t.ok(idle(story));
});

t.test('two are asked at once at most, however long both are silent', async (t) => {
  const story = known(tellStory(3), 200, 300, 400);
  const get = story.begin();
  story.pass(9000);
  t.strictSame(get.asked(), [0, 1]);
});

t.test('a bad answer that is not sent is cancelled; of what was lost nothing is left', async (t) => {
  for (const [outcome, expected] of [
    ['error', ['cancel 0', 'finish 1']],
    ['lost', ['finish 1']],
  ] as const) {
    const get = known(tellStory(2), 40, 50).begin();
    get.settle(0, outcome);
    get.moves();
    get.settle(1, 'ok');
    t.strictSame(get.moves(), expected);
  }
});

t.test('what an origin cannot be sent is told only where nothing else failed', async (t) => {
  const get = known(tellStory(2, { retries: 1 }), 40, 50).begin();
  get.settle(0, 'lost');
  get.settle(1, 'rejected');
  t.equal(get.moves().at(-1), 'refuse lost');
});

t.test('a retry takes no turn', async (t) => {
  const story = tellStory(3, { balance: 'round-robin' });
  const firsts = [];
  for (let i = 0; i < 6; i++) {
    const get = story.begin();
    firsts.push(get.asked()[0]);
    get.run(5, i === 0 ? { [firsts[0]!]: 'error' } : {});
  }
  t.strictSame(firsts.slice(3), firsts.slice(0, 3));
  t.equal(new Set(firsts).size, 3);
});

t.test('a later attempt that loses is not to blame', async (t) => {
  const story = known(tellStory(2), 200, 300);
  const get = story.begin();
  story.pass(625);
  get.settle(0, 'ok');
  t.strictSame(get.moves().slice(-2), ['cancel 1', 'finish 0']);
  t.strictSame([story.ejected(), story.origin(1).latency], [[], 300]);
});

t.test('an origin that answers others, well or not, is not silent: this request is long', async (t) => {
  const fixed = { hedge: { afterMs: 225, budgetPercent: 3 } };
  for (const [outcome, settings, hedged] of [
    [null, {}, true],
    ['ok', {}, false],
    ['error', {}, false],
    ['ok', fixed, true],
  ] as const) {
    const story = known(tellStory(2, settings), 200, 900);
    const [long, other] = [story.begin(), story.begin()];
    for (const told of [long, other]) t.equal(told.moves()[0], 'send 0');
    story.pass(200);
    if (outcome !== null) other.settle(0, outcome);
    story.pass(25);
    t.equal(/send 1/.test(long.moves().join()), hedged, `${outcome} ${JSON.stringify(settings)}`);
  }
});

t.test('after five seconds it is asked elsewhere all the same', async (t) => {
  const story = known(tellStory(2), 200, 900);
  const long = story.begin();
  for (let ms = 90; ms < 5400; ms += 90) {
    const other = story.begin();
    story.pass(90);
    t.strictSame(long.asked(), ms < 5000 ? [0] : [0, 1], `${ms} ms`);
    other.settle(0, 'ok');
  }
});

t.test('early hedges are paid for, two at once, and stay on the level; later ones are retries', async (t) => {
  const story = known(tellStory(2, { retryBudgetPercent: 0 }), 200, 300);
  const many = Array.from({ length: 12 }, () => story.begin());
  for (const { race } of many) race.pool.origins[0]!.silentSince = 0;
  story.pass(225);
  t.equal(many.filter(({ race }) => race.last!.earlier !== null).length, 2);
  for (const origins of [
    [{}, {}],
    [{}, { priority: 1 }],
  ]) {
    const poor = known(tellStory(origins), 200, 300);
    if (origins[1]!.priority !== 1) poor.pool.hedgeBudget.tokens = 0;
    const get = poor.begin();
    poor.pass(999);
    t.strictSame(get.asked(), [0]);
    poor.pass(1);
    t.strictSame(get.asked(), [0, 1], 'after a second of silence out of the retry budget');
    t.ok(poor.pool.retryBudget.tokens <= 99);
  }
  const slow = known(tellStory(2), 400, 500);
  slow.pool.hedgeBudget.tokens = 0;
  const get = slow.begin();
  slow.pass(3 * 425 - 1);
  t.strictSame(get.asked(), [0]);
  slow.pass(1);
  t.strictSame(get.asked(), [0, 1], 'of a slow one, after three times what it usually takes');
});

t.test('a request that waits for long tells the others, until something comes back', async (t) => {
  for (const safe of [true, false]) {
    const story = known(tellStory(2, { retryBudgetPercent: 0 }), 200, 300);
    story.pool.hedgeBudget.tokens = 0;
    const long = story.begin({ safe });
    story.pass(2000);
    t.ok(story.origin(0).silentSince > 0);
    t.strictSame(story.begin().asked(), [1]);
    long.settle(0, safe ? 'error' : 'ok');
    t.equal(story.origin(0).silentSince, 0);
  }
});

t.test('one that still waits is silent, until it answers anybody or the request ends', async (t) => {
  for (const [ends, outcome] of [
    ['other', 'ok'],
    ['long', 'lost'],
  ] as const) {
    const story = known(tellStory(2, { retryBudgetPercent: 0 }), 200, 900);
    story.pool.hedgeBudget.tokens = 0;
    const long = story.begin();
    story.pass(1);
    const other = story.begin();
    story.pass(2000);
    t.ok(story.origin(0).silentSince > 0);
    (ends === 'long' ? long : other).settle(0, outcome);
    t.equal(story.origin(0).silentSince, 0, ends);
  }
});

t.test('one that shed load within the last second gets no retry of what was shed elsewhere', async (t) => {
  for (const [ms, next] of [
    [999, 'finish 0'],
    [1000, 'send 1'],
  ] as const) {
    const story = known(tellStory(2), 40, 50);
    const first = story.begin();
    for (const origin of [0, 1]) first.settle(origin, 'shed');
    story.pass(ms);
    known(story, 40, 50);
    const get = story.begin();
    get.moves();
    get.settle(0, 'shed');
    t.equal(get.moves()[0], next, `${ms} ms`);
  }
});

t.test('one of three always fails: no safe request is lost, and few are sent twice', async (t) => {
  for (const balance of BALANCES)
    for (const outcome of ['shed', 'error', 'gateway', 'lost'] as const) {
      const story = tellStory(3, { balance }, seededRandom(1));
      let sent = 0;
      for (let i = 0; i < 1000; i++) {
        const told = story.begin({ hash: i * 7919 });
        const last = told.run(8, { 1: outcome });
        sent += told.asked().length;
        if (last === 'finish 1' || last.startsWith('refuse')) t.fail(`${balance}, ${outcome} ${i}: ${last}`);
      }
      // Three in a row and retests after 2, 4, 8 s; by score hardly any.
      t.ok(sent <= 1060, `${balance}, ${outcome}: ${sent} sent for 1000`);
    }
});
