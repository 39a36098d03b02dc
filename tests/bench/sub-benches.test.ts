/** The benches that the run takes along work on the smallest scale and tell what they measured. */
import t from 'tap';
import { bench as faults } from '../../bench/faults.ts';
import { bench as keys } from '../../bench/keys.ts';
import { bench as routes } from '../../bench/routes.ts';
import { bench as sharedLimits } from '../../bench/shared-limits.ts';
import { bench as sharedWorkerd } from '../../bench/shared-workerd.ts';

const SMOKE = { seconds: 1, full: false, smoke: true, tell: () => undefined };

for (const bench of [routes, faults, keys, sharedLimits, sharedWorkerd])
  t.test(bench.name, async (t) => {
    const tables = await bench.run(SMOKE);
    t.ok(tables.length > 0);
    for (const { columns, rows } of tables)
      t.ok(
        rows.length > 0 && rows.every((row) => row.length === columns.length),
        'every row has every column',
      );
  });
