/** The bench runs once, at the smallest scale. */
import t from 'tap';
import { CONTESTANTS } from '../../bench/contestants.ts';
import { tableText } from '../../bench/pages.ts';
import { PARTS } from '../../bench/run.ts';
import { FAR } from '../../bench/workloads.ts';

const run = async (name: string, ...names: string[]) =>
  PARTS.find((part) => part.name === name)!.run({
    full: false,
    smoke: true,
    contestants: CONTESTANTS.filter((one) => names.includes(one.name)),
    report: () => {},
  });

t.test('load: floor and gateway, as tables', async (t) => {
  const tables = await run('load', 'passthrough', 'gateway');
  const column = (title: string, name: string) => {
    const { columns, rows } = tables.find((one) => one.title === title)!;
    return rows.map((row) => row[columns.indexOf(name)]);
  };
  const near = tables[0]!.title;
  t.same(column(near, ''), ['passthrough', 'gateway']);
  t.same(column(near, 'failures'), [0, 0]);
  t.equal(column(near, 'throughput / floor')[0], '1.00 (1.00 to 1.00)', 'the floor relative to itself');
  t.ok(column(near, 'CPU µs a request').every((micros) => Number(micros) > 0));
  t.ok(
    column(FAR, 'p50 ms').every((ms) => Number(ms) >= 19),
    '20 ms away',
  );
  t.match(tableText(tables[0]!), /^## GET small JSON\n\n.*\n\n\| {2}\| throughput/);
});

t.test('scripts: bytes, start-up, subrequests', async (t) => {
  const [table] = await run('scripts', 'tutorial', 'gateway');
  const rows = new Map(table?.rows.map((row) => [row[0], row]));
  t.equal(rows.get('gateway')?.[5], '1.00', 'one subrequest');
  t.equal(rows.get('tutorial')?.[5], '4.00', 'four subrequests');
  t.ok(Number(rows.get('gateway')?.[2]) > Number(rows.get('gateway')?.[3]), 'the minified script is smaller');
});

for (const name of ['memory', 'keys', 'routes', 'faults'])
  t.test(name, async (t) => {
    const tables = await run(name);
    t.ok(tables.length > 0);
    for (const { columns, rows } of tables)
      t.ok(
        rows.length > 0 && rows.every((row) => row.length === columns.length),
        'every row has every column',
      );
  });
