/** Scripts of moves: what is sent, waited for, cancelled and answered, instant by instant. */
import t from 'tap';
import type { Outcome } from '../../lib/attempts.ts';
import { nextMove, settle } from '../../lib/attempts.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tellStory } from '../support/story.ts';
import type { Story } from '../support/story.ts';

/** Both origins known well: 40 ms, and a deviation that puts a copy at 65 ms. */
function known(story: Story, ms = 40): Story {
  for (const origin of story.pool.origins)
    Object.assign(origin, {
      samples: 50,
      latency: ms,
      floor: ms,
      mean: ms,
      deviation: 5,
      learntAt: story.now(),
      goodAt: story.now(),
    });
  return story;
}

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

t.test('silence brings a copy; the first good answer wins and the other is cancelled', async (t) => {
  const story = known(tellStory(2));
  const get = story.begin();
  t.strictSame(get.moves(), ['send 0', 'wait 65']);
  story.pass(65);
  t.strictSame(get.moves(), ['wait 935'], 'silence below 100 ms is no silence');
  const slow = known(tellStory(2), 200).begin();
  t.strictSame(slow.moves(), ['send 0', 'wait 225']);
  const other = known(tellStory(2), 200);
  const copied = other.begin();
  copied.moves();
  other.pass(225);
  t.strictSame(copied.moves(), ['send 1', 'wait 9775']);
  other.pass(30);
  copied.settle(1, 'ok');
  t.strictSame(copied.moves(), ['cancel 0', 'answer 1']);
  t.ok(other.pool.origins[0]!.latency > 200, 'being overtaken counts');
  t.equal(other.pool.origins[0]!.pending.length, 0);
});

t.test('an origin that answers others is not silent: no copy of a long request', async (t) => {
  const story = known(tellStory(2), 200);
  const long = story.begin();
  long.moves();
  story.pass(200);
  story.pool.origins[0]!.answeredAt = story.now();
  story.pass(25);
  t.strictSame(long.moves(), ['wait 775']);
});

t.test('a copy after a fixed time needs no silence; off sends none at all', async (t) => {
  const story = known(tellStory(2, { hedge: { afterMs: 50, budgetPercent: 3 } }), 200);
  const get = story.begin();
  t.strictSame(get.moves(), ['send 0', 'wait 50']);
  story.pass(50);
  t.strictSame(get.moves().slice(0, 1), ['send 1']);
  const off = known(tellStory(2, { hedge: { afterMs: 'silent', budgetPercent: 0 } }), 200).begin();
  t.strictSame(off.moves(), ['send 0', 'wait 10000']);
});

t.test('copies are paid for: two at once, then a share of the requests', async (t) => {
  const story = known(tellStory(2, { retryBudgetPercent: 0 }), 200);
  const held = Array.from({ length: 12 }, () => story.begin());
  for (const one of held) one.moves();
  story.pass(225);
  const copies = held.filter((one) => one.moves()[0]?.startsWith('send'));
  t.equal(copies.length, 2);
});

t.test('while load is being shed nothing is copied', async (t) => {
  const story = known(tellStory(2), 200);
  story.pool.shedAt = story.now();
  const get = story.begin();
  get.moves();
  story.pass(225);
  t.match(get.moves()[0], 'wait');
});

t.test('the rescue: after a second of silence a copy goes out of the retry budget', async (t) => {
  const story = known(tellStory(2, { hedge: { afterMs: 'silent', budgetPercent: 0.001 } }), 200);
  story.pool.hedgeBudget.tokens = 0;
  const get = story.begin();
  t.strictSame(get.moves(), ['send 0', 'wait 225']);
  story.pass(225);
  t.strictSame(get.moves(), ['wait 775']);
  story.pass(775);
  t.strictSame(get.moves().slice(0, 1), ['send 1']);
});

t.test('what failed is retried elsewhere, each outcome by its own rule', async (t) => {
  const rows: [Outcome, string, string, string][] = [
    // outcome, a safe request, an unsafe one, an unsafe one with an idempotency key
    ['lost', 'send 1', 'refuse origin_unreachable', 'send 1'],
    ['unsent', 'send 1', 'send 1', 'send 1'],
    ['timeout', 'send 1', 'refuse origin_timeout', 'send 1'],
    ['error', 'send 1', 'answer 0', 'send 1'],
    ['gateway', 'send 1', 'answer 0', 'send 1'],
    ['shed', 'send 1', 'answer 0', 'send 1'],
  ];
  const kinds = [{ safe: true }, { safe: false, repeatable: false }, { safe: false, repeatable: true }];
  for (const [outcome, ...expected] of rows)
    for (const [i, facts] of kinds.entries()) {
      const story = known(tellStory(2));
      const one = story.begin(facts);
      one.moves();
      one.settle(0, outcome);
      t.equal(one.moves()[0], expected[i], `${outcome}, ${JSON.stringify(facts)}`);
    }
});

t.test('retryOn says what is a failure; what is not is an answer', async (t) => {
  const rows = [
    [[], 'error', 500, 'answer 0'],
    [[418], 'ok', 418, 'send 1'],
    [[503], 'shed', 429, 'answer 0'],
    [[429], 'shed', 429, 'send 1'],
  ] as const;
  for (const [statuses, outcome, status, expected] of rows) {
    const story = known(tellStory(2, { retryOn: { unreachable: true, timeout: true, statuses } }));
    const get = story.begin();
    get.moves();
    get.settle(0, outcome, status);
    t.equal(get.moves()[0], expected, `${status} with retryOn ${statuses.join()}`);
  }
  const story = known(tellStory(2, { retryOn: { unreachable: false, timeout: false, statuses: [] } }));
  for (const [outcome, expected] of [
    ['lost', 'refuse origin_unreachable'],
    ['unsent', 'refuse origin_unreachable'],
    ['timeout', 'refuse origin_timeout'],
  ] as const) {
    const get = story.begin();
    get.moves();
    get.settle(get.asked()[0]!, outcome);
    t.equal(get.moves()[0], expected, outcome);
  }
});

t.test(
  'retries are counted: 2 by default, 0 for none, and nobody is asked twice before all were asked',
  async (t) => {
    const all: Record<number, Outcome> = { 0: 'lost', 1: 'lost', 2: 'lost', 3: 'lost' };
    for (const [retries, origins, expected] of [
      [2, 4, 3],
      [0, 4, 1],
      [3, 4, 4],
      [5, 3, 6],
      [2, 1, 3],
    ] as const) {
      const story = known(tellStory(origins, { retries }));
      const get = story.begin();
      t.equal(get.run(5, all), 'refuse origin_unreachable');
      t.equal(get.asked().length, expected, `${retries} retries, ${origins} origins: ${get.asked().join()}`);
      t.equal(new Set(get.asked().slice(0, origins)).size, Math.min(origins, expected));
    }
  },
);

t.test('after bad answers nobody is asked twice, with the latency policy never', async (t) => {
  const bad = known(tellStory(2, { retries: 5 })).begin();
  t.equal(bad.run(5, { 0: 'gateway', 1: 'gateway' }), 'answer 1');
  t.equal(bad.asked().length, 2);
  const latency = known(tellStory(2, { retries: 5, balance: 'latency' })).begin();
  t.equal(latency.run(5, { 0: 'lost', 1: 'lost' }), 'refuse retry_exhausted');
  t.equal(latency.asked().length, 2);
});

t.test('retries have a budget; a request that never left costs nothing and is not counted', async (t) => {
  const story = known(
    tellStory(2, { retryBudgetPercent: 20, hedge: { afterMs: 'silent', budgetPercent: 0 } }),
  );
  let sent = 0;
  for (let i = 0; i < 1000; i++) {
    const get = story.begin();
    get.run(1, { 0: 'gateway', 1: 'gateway' });
    sent += get.asked().length;
  }
  // 20% of 1000, the 100 at the start, a tenth a second.
  t.ok(sent <= 1000 + 200 + 105, `${sent} sent for 1000`);
  t.ok(sent >= 1280, `${sent}: the budget is used`);
  const none = known(tellStory(2, { retryBudgetPercent: 0 }));
  const get = none.begin();
  get.moves();
  get.settle(0, 'unsent');
  t.equal(get.moves()[0], 'send 1');
});

t.test('an origin that has just shed load is not chased with retries', async (t) => {
  const story = known(tellStory(2));
  story.pool.origins[1]!.shedAt = story.now() - 500;
  const get = story.begin();
  get.moves();
  get.settle(0, 'shed');
  t.strictSame(get.moves(), ['answer 0']);
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
