import t from 'tap';
import { createBudget, earnTokens, spendToken } from '../../lib/budget.ts';

t.test('a share of the requests pays for repeats, and no more', async (t) => {
  const budget = createBudget(20, 0, 0, 20);
  let spent = 0;
  for (let i = 0; i < 1000; i++) {
    earnTokens(budget, 1000 + i);
    if (spendToken(budget)) spent++;
  }
  t.ok(spent >= 199 && spent <= 200, `20% of 1000 requests: ${spent}`);
});

t.test(
  'seconds fill it too, up to its brim; the first request does not count the time since 1970',
  async (t) => {
    const budget = createBudget(20, 5, 0.1, 8);
    earnTokens(budget, 1_700_000_000_000);
    t.equal(budget.tokens, 5.2);
    earnTokens(budget, 1_700_000_010_000);
    t.equal(budget.tokens, 6.4, 'ten seconds are worth one');
    earnTokens(budget, 1_700_009_000_000);
    t.equal(budget.tokens, 8);
  },
);

t.test('a clock that goes backwards takes nothing', async (t) => {
  const budget = createBudget(10, 1, 1, 5);
  earnTokens(budget, 5000);
  earnTokens(budget, 1000);
  t.ok(Math.abs(budget.tokens - 1.2) < 1e-9, 'two shares of a tenth');
});

t.test('off is a budget that never pays', async (t) => {
  const budget = createBudget(0, 5, 1, 20);
  for (let i = 0; i < 100; i++) earnTokens(budget, 1000 * i);
  t.notOk(spendToken(budget));
});

t.test('half a token pays for nothing', async (t) => {
  const budget = createBudget(20, 0.5, 0, 20);
  t.notOk(spendToken(budget));
  t.equal(budget.tokens, 0.5);
});
