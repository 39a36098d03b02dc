import t from 'tap';
import { canPay, createBudget, earnToken } from '../../../lib/balance/retry-budget.ts';

t.test(
  'a budget pays while it has tokens, and earns a share of each request up to its maximum',
  async (t) => {
    const budget = createBudget(20, 2, 3);
    for (const expected of [true, true, false]) {
      t.equal(canPay(budget), expected);
      if (expected) budget.tokens--;
    }
    for (let i = 0; i < 4; i++) earnToken(budget);
    t.notOk(canPay(budget), 'four fifths of a token are not enough');
    for (let i = 0; i < 2; i++) earnToken(budget);
    t.ok(canPay(budget));
    for (let i = 0; i < 100; i++) earnToken(budget);
    t.equal(budget.tokens, 3);
  },
);

t.test('a budget of 0% never pays', async (t) => {
  const budget = createBudget(0, 100, 100);
  for (let i = 0; i < 1000; i++) earnToken(budget);
  t.notOk(canPay(budget));
});
