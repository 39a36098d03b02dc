import t from 'tap';
import { joinResults, type Results } from '../../bench/pages.ts';

const table = (title: string, row: string) => ({ title, note: '', columns: ['a'], rows: [[row]] });
const results = (machine: string, ...tables: Results['tables'][number][]): Results => ({
  machine,
  versions: 'old',
  load: [],
  tables,
});

t.test('a run of some parts replaces their tables where they stand, and keeps the others', (t) => {
  const earlier = results('one', table('Load', '1'), table('Memory', '1'), table('Keys', '1'));
  const joined = joinResults(earlier, {
    ...results('one', table('Memory', '2'), table('Faults', '2')),
    versions: 'new',
  });
  t.same(
    joined.tables.map(({ title, rows }) => [title, rows[0]?.[0]]),
    [
      ['Load', '1'],
      ['Memory', '2'],
      ['Faults', '2'],
      ['Keys', '1'],
    ],
  );
  const { tables } = joinResults(earlier, results('one', table('Load', '2'), table('Far load', '2')));
  t.same(
    tables.map(({ title }) => title),
    ['Load', 'Far load', 'Memory', 'Keys'],
    'a new one stands behind the one that it came after',
  );
  t.equal(joined.versions, 'old', 'the versions are those of the load');
  t.end();
});

t.test('figures of another machine are not mixed in', (t) => {
  t.throws(() => joinResults(results('one'), results('two')), /of this machine, two, received one/);
  t.end();
});
