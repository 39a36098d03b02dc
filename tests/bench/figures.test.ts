/** From bursts to ratios: medians, pairs within a round, rotation. */
import t from 'tap';
import { differences, quantile, ratios, spread, takeTurns } from '../../bench/figures.ts';

t.test('a quantile is one of the samples, whatever their order', async (t) => {
  t.equal(quantile([9, 1, 5], 0.5), 5);
  t.equal(quantile([4, 3, 2, 1], 0), 1);
  t.equal(quantile([4, 3, 2, 1], 1), 4);
  t.ok(Number.isNaN(quantile([], 0.5)), 'none without samples');
});

t.test('a spread is the median and the interquartile range', async (t) => {
  t.equal(spread([1, 2, 3, 4, 100], 1), '3.0 (2.0 to 4.0)');
});

t.test('each value is compared with the floor of the same round', async (t) => {
  t.same(ratios([10, 30], [20, 40]), [0.5, 0.75]);
  t.same(differences([10, 30], [20, 40]), [-10, -10]);
});

t.test('each round starts with the next contestant, and the warm-up round does not count', async (t) => {
  const order: string[] = [];
  const samples = await takeTurns(['a', 'b', 'c'], 2, (one) => order.push(one), true);
  t.equal(order.join(''), 'abcbcacab');
  t.same(samples, [
    [6, 8],
    [4, 9],
    [5, 7],
  ]);
});
