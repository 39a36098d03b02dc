/** The bench runs through once, on the smallest scale, and what it writes can be read. */
import t from 'tap';
import { findContestants } from '../../bench/contestants.ts';
import { bench as faults } from '../../bench/faults.ts';
import { bench as keys } from '../../bench/keys.ts';
import {
  drawThroughput,
  fillReadme,
  markdownTable,
  readmeSection,
  workloadTable,
} from '../../bench/report.ts';
import { bench as routes } from '../../bench/routes.ts';
import { runBench } from '../../bench/run.ts';
import { bench as sharedLimits } from '../../bench/shared-limits.ts';
import { bench as sharedWorkerd } from '../../bench/shared-workerd.ts';
import { FAR } from '../../bench/workloads.ts';

const run = (only: readonly string[], ...names: string[]) =>
  runBench(
    { full: false, smoke: true, only },
    findContestants().filter(({ name }) => names.includes(name)),
  );

t.test('floor and gateway run side by side and come out as a table and a picture', async (t) => {
  const { load, tables } = await run(['load'], 'passthrough', 'gateway');
  const figures = load[0]?.figures ?? [];
  t.same(
    figures.map(({ name, failures }) => [name, failures]),
    [
      ['passthrough', 0],
      ['gateway', 0],
    ],
  );
  t.equal(figures[0]?.throughput.median, 1, 'the floor is its own measure');
  const far = load.find(({ name }) => name === FAR)?.figures ?? [];
  t.same(
    far.map(({ p50 }) => p50.median >= 19),
    [true, true],
    'far origins are far',
  );
  t.ok(figures.every(({ cpu }) => cpu.median > 0));
  t.same(
    tables.map(({ rows }) => rows.length),
    [2, 2],
  );
  const readme = fillReadme(
    'a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n',
    readmeSection({ columns: ['', 'thousands'], rows: [['gateway', '510']] }),
  );
  t.match(readme, /^a\n<!-- bench -->\n[^]*\| gateway \| 510 \|[^]*<!-- \/bench -->\nb\n$/);
  t.notMatch(readme, 'old');
  t.match(await drawThroughput('A title', figures), /<svg[^]*A title[^]*<\/svg>/);
  t.match(
    markdownTable(workloadTable('Load', 'A note.', figures)),
    /## Load\n\nA note.\n\n\| {2}\| throughput/,
  );
});

t.test('scripts are measured: bytes, start-up, subrequests', async (t) => {
  const { tables } = await run(['scripts'], 'tutorial', 'gateway');
  const rows = new Map(tables[0]?.rows.map((row) => [row[0], row]));
  t.equal(rows.get('gateway')?.[5], '1.00', 'the gateway asks once');
  t.equal(rows.get('tutorial')?.[5], '4.00', 'the tutorial asks four times for one');
  t.ok(Number(rows.get('gateway')?.[2]) > Number(rows.get('gateway')?.[3]), 'minified is smaller');
});

for (const { name } of [routes, faults, keys, sharedLimits, sharedWorkerd])
  t.test(name, async (t) => {
    const { tables } = await run([name]);
    t.ok(tables.length > 0);
    for (const { columns, rows } of tables)
      t.ok(
        rows.length > 0 && rows.every((row) => row.length === columns.length),
        'every row has every column',
      );
  });

t.test('a bar in a cell does not break the table', async (t) => {
  const text = markdownTable({ title: 'T', note: 'N', columns: ['a'], rows: [['x|y']] });
  t.match(text, 'x\\|y');
});
