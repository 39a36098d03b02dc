/** What a run writes, and what it keeps. */
import t from 'tap';
import { joinResults, type Results } from '../../bench/pages.ts';
import { between, markdownTable } from '../../cli/markdown.ts';

const table = (title: string, row: string) => ({ title, note: '', columns: ['a'], rows: [[row]] });
const results = (machine: string, ...tables: Results['tables'][number][]): Results => ({
  machine,
  versions: 'old',
  tables,
});

t.test('a partial run replaces its own tables in place and keeps the others', async (t) => {
  const earlier = results('one', table('Load', '1'), table('Memory', '1'), table('Keys', '1'));
  const titles = (...fresh: Results['tables'][number][]) => {
    const { versions, tables } = joinResults(earlier, { ...results('one', ...fresh), versions: 'new' });
    t.equal(versions, 'old', 'the versions are those of the whole run');
    return tables.map(({ title, rows }) => `${title} ${rows[0]?.[0]}`);
  };
  t.same(titles(table('Memory', '2'), table('Faults', '2')), ['Load 1', 'Memory 2', 'Faults 2', 'Keys 1']);
  t.same(
    titles(table('Load', '2'), table('Far load', '2')),
    ['Load 2', 'Far load 2', 'Memory 1', 'Keys 1'],
    'a new table follows the one it came after',
  );
});

t.test('figures of another machine are rejected', async (t) => {
  t.throws(() => joinResults(results('one'), results('two')), /of this machine, two, received one/);
});

t.test('a table is written between the markers of its page', async (t) => {
  t.equal(
    between('a\n<!-- x -->\nold\n<!-- /x -->\nb\n', 'x', 'new'),
    'a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n',
  );
  t.throws(() => between('a', 'x', 'new'), /must hold <!-- x --> and <!-- \/x -->/);
  t.equal(
    markdownTable(['', 'b'], [['x|y', 1]]),
    '|  | b |\n| --- | --- |\n| x\\|y | 1 |',
    'a bar is escaped',
  );
});
