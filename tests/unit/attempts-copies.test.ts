/** When a second copy of a request goes out while the first is silent, who pays for it, and when none does. */
import t from 'tap';
import { known, tellStory } from '../support/story.ts';

t.test('silence brings a copy; the first good answer wins and the other is cancelled', async (t) => {
  const story = known(tellStory(2));
  const get = story.begin();
  t.strictSame(get.moves(), ['send 0', 'wait 65']);
  t.strictSame(tellStory(2).begin().moves().slice(1), ['wait 300'], 'for one that nobody knows');
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
