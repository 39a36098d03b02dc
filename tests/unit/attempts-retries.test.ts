/** What is sent again after a failure, to whom, how often, and out of which budget. */
import t from 'tap';
import type { Outcome } from '../../lib/attempts.ts';
import { known, tellStory } from '../support/story.ts';

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
