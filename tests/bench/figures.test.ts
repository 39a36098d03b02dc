/** From bursts to ratios: medians, pairs within a round, turning orders. */
import t from 'tap';
import { paired, quantile, spreadOf, turned } from '../../bench/figures.ts';

t.test('a quantile is a value that was measured, in any order of measuring', async (t) => {
  t.equal(quantile([9, 1, 5], 0.5), 5);
  t.equal(quantile([4, 3, 2, 1], 0), 1);
  t.equal(quantile([4, 3, 2, 1], 1), 4);
  t.ok(Number.isNaN(quantile([], 0.5)), 'nothing measured has none');
});

t.test('a spread is the median and the middle half', async (t) => {
  t.same(spreadOf([1, 2, 3, 4, 100]), { median: 3, low: 2, high: 4 });
});

t.test("each value is set against the floor's of its own round", async (t) => {
  t.same(paired([10, 30], [20, 20], 'ratio'), [0.5, 1.5]);
  t.same(paired([10, 30], [20, 20], 'difference'), [-10, 10]);
});

t.test('the order turns by one each round and keeps everybody', async (t) => {
  t.same(turned(['a', 'b', 'c'], 0), ['a', 'b', 'c']);
  t.same(turned(['a', 'b', 'c'], 1), ['b', 'c', 'a']);
  t.same(turned(['a', 'b', 'c'], 5), ['c', 'a', 'b']);
});
