/**
 * What a companion writes to disk, and how many windows it holds. That no window is granted twice, whatever crashes and
 * whichever clock jumps, is a property: tests/properties/leases.test.ts.
 */
import t from 'tap';
import { createWindows, flushWindows, grantLease, type WindowTable } from '../../../lib/companion/windows.ts';
import { askOf, windowOf } from '../../support/companion.ts';
import { mapStorage } from '../../support/lease-world.ts';

const NOON = Date.parse('2026-03-15T12:00:00.000Z');
const HOUR = 3_600_000;

const take = (table: WindowTable, length: number, count: number, now: number, key = 'me') => {
  const ask = askOf([windowOf(length, 1000, now)], { key, need: count, want: count });
  return grantLease(table, ask, 'ann', true, now);
};
/** The row of the hour that begins at noon. */
const ROW = `me\n${HOUR}\n${NOON}`;

t.test('a busy window is rarely written, and ahead of its count', async (t) => {
  const storage = mapStorage();
  let written = 0;
  const counted = {
    ...storage,
    writeMark: (...each: Parameters<typeof storage.writeMark>) => (written++, storage.writeMark(...each)),
  };
  const table = createWindows(counted, NOON);
  for (let i = 0; i < 100; i++) {
    take(table, HOUR, 3, NOON + i * 10);
    if (i % 25 === 24) t.ok((storage.readMark(ROW) ?? 0) >= 3 * (i + 1), 'the mark is never behind');
  }
  t.ok(written < 20, `${written} writes for 100 grants`);
  flushWindows(table, NOON + 1000);
  t.equal(storage.readMark(ROW), 300);
  const back = askOf([windowOf(HOUR, 1000, NOON)], { need: 0, want: 0, back: [4] });
  grantLease(table, back, 'ann', true, NOON + 1000);
  flushWindows(table, NOON + 2000);
  t.equal(storage.readMark(ROW), 296);
  const after = createWindows(storage, NOON + 2000);
  t.match(take(after, HOUR, 1, NOON + 2000), { room: [1000 - 297] }, 'a crash grants nothing twice');
  t.match(take(after, HOUR, 1, NOON + 2000, 'other'), { granted: 1 }, 'and closes no long window');
});

t.test('a flood of callers fills the table, and known windows stay in it', async (t) => {
  const table = createWindows(mapStorage(), NOON, 100);
  take(table, 60_000, 1000, NOON);
  for (let i = 0; i < 1000; i++) take(table, 60_000, 1, NOON + i, `flood ${i}`);
  t.equal(table.windows.size, 100);
  t.match(take(table, 60_000, 1, NOON + 2000, 'late'), { unknown: true });
  t.match(take(table, 60_000, 1, NOON + 2000), { unknown: false, granted: 0, full: 0 });
  t.match(take(table, 60_000, 1, NOON + 63_000, 'late'), { granted: 1 }, 'ended windows are evicted');
  t.ok(table.windows.size < 100);
});

t.test('windows on disk are evicted too', async (t) => {
  const table = createWindows(mapStorage(), NOON, 100);
  for (let i = 0; i < 1000; i++) {
    take(table, HOUR, 1, NOON + i * 20, `caller ${i}`);
    if (i % 50 === 49) flushWindows(table, NOON + i * 20);
  }
  t.ok(table.windows.size <= 100);
  t.match(take(table, HOUR, 1, NOON + 30_000, 'caller 0'), { room: [998] });
});

t.test('a dropped window is not started again', async (t) => {
  const table = createWindows(mapStorage(), NOON, 10);
  take(table, 1000, 1000, NOON);
  for (let i = 0; i < 20; i++) take(table, 1000, 1, NOON + 5000 + i * 1000);
  t.match(take(table, 1000, 1, NOON), { unknown: true });
});

t.test('rows are deleted two days after their window; a clock set back does not revive them', async (t) => {
  const storage = mapStorage();
  const table = createWindows(storage, NOON);
  take(table, HOUR, 1000, NOON);
  flushWindows(table, NOON + 50 * HOUR);
  t.equal(storage.readMark(ROW), undefined);
  t.match(take(table, HOUR, 1, NOON), { unknown: true });
  t.match(take(createWindows(storage, NOON), HOUR, 1, NOON), { unknown: true });
});

t.test('a floor from a clock that was hours ahead closes nothing', async (t) => {
  const storage = mapStorage();
  storage.writeFloor(60_000, NOON + 24 * HOUR);
  t.match(take(createWindows(storage, NOON), 60_000, 1, NOON), { unknown: false, granted: 1 });
  t.match(take(createWindows(storage, NOON), 60_000, 1, NOON), { unknown: true });
});
