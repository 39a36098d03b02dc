import t from 'tap';
import type { RateLimit } from '../../../lib/config/types.ts';
import { createLimits, takeFromLimit } from '../../../lib/limits/rate-limit.ts';
import { windowStart } from '../../../lib/limits/windows.ts';
import { limitOf } from '../../support/limits.ts';

const at = (text: string): number => Date.parse(text);
const NOON = at('2026-03-15T12:00:30.500Z');

const take = (limits: ReturnType<typeof createLimits>, limit: RateLimit, now: number, identity = 'me') =>
  takeFromLimit(limits, limitOf(limit), identity, now);

t.test('six a minute: 5, 4, 3, 2, 1, 0 left, then refused until the minute ends', async (t) => {
  const limits = createLimits();
  const left = Array.from({ length: 8 }, () => {
    const { allowed, headers } = take(limits, { minute: 6 }, NOON);
    return `${allowed} ${Object.fromEntries(headers)['RateLimit-Remaining']}`;
  });
  t.same(left, ['true 5', 'true 4', 'true 3', 'true 2', 'true 1', 'true 0', 'false 0', 'false 0']);
  t.equal(take(limits, { minute: 6 }, at('2026-03-15T12:00:59.999Z')).allowed, false);
  t.equal(take(limits, { minute: 6 }, at('2026-03-15T12:01:00.000Z')).allowed, true);
});

t.test('the headers of an answer that may pass and of one that may not', async (t) => {
  const limits = createLimits();
  const asked = () => Object.fromEntries(take(limits, { minute: 1, hour: 5 }, NOON).headers);
  const told = {
    'X-RateLimit-Limit-Minute': '1',
    'X-RateLimit-Remaining-Minute': '0',
    'X-RateLimit-Limit-Hour': '5',
    'X-RateLimit-Remaining-Hour': '4',
    'RateLimit-Limit': '1',
    'RateLimit-Remaining': '0',
    'RateLimit-Reset': '30',
  };
  t.same(asked(), told);
  t.same(asked(), { ...told, 'Retry-After': '30' });
});

t.test('of windows with as little left the longer one is told', async (t) => {
  const { headers } = take(createLimits(), { second: 3, hour: 3 }, NOON);
  t.match(Object.fromEntries(headers), { 'RateLimit-Limit': '3', 'RateLimit-Reset': String(3600 - 30) });
});

t.test('windows begin where the calendar has them, and are as long as Kong says', async (t) => {
  const cases: [
    period: 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year',
    start: string,
    reset: number,
  ][] = [
    ['second', '2026-03-15T12:00:30.000Z', 1],
    ['minute', '2026-03-15T12:00:00.000Z', 30],
    ['hour', '2026-03-15T12:00:00.000Z', 3570],
    ['day', '2026-03-15T00:00:00.000Z', 86400 - 43230],
    ['month', '2026-03-01T00:00:00.000Z', 30 * 86400 - 14 * 86400 - 43230],
    ['year', '2026-01-01T00:00:00.000Z', 365 * 86400 - 73 * 86400 - 43230],
  ];
  for (const [period, start, reset] of cases) {
    t.equal(windowStart(period, NOON), at(start), period);
    const told = Object.fromEntries(take(createLimits(), { [period]: 9 }, NOON).headers);
    t.equal(told['RateLimit-Reset'], String(reset), period);
    t.equal(told[`X-RateLimit-Limit-${period[0]!.toUpperCase()}${period.slice(1)}`], '9');
  }
  t.match(
    Object.fromEntries(take(createLimits(), { month: 9 }, at('2026-03-31T23:59:59Z')).headers),
    { 'RateLimit-Reset': '1' },
    'never less than a second',
  );
});

t.test('only requests that are let through are counted', async (t) => {
  const limits = createLimits();
  take(limits, { second: 1, hour: 3 }, NOON);
  for (let i = 0; i < 5; i++) take(limits, { second: 1, hour: 3 }, NOON);
  const told = Object.fromEntries(take(limits, { second: 1, hour: 3 }, NOON + 1000).headers);
  t.equal(told['X-RateLimit-Remaining-Hour'], '1');
});

t.test('identities and scopes have counts of their own, a shared scope shares one', async (t) => {
  const limits = createLimits();
  t.equal(take(limits, { minute: 1 }, NOON, 'a').allowed, true);
  t.equal(take(limits, { minute: 1 }, NOON, 'b').allowed, true);
  t.equal(take(limits, { minute: 1, scope: 'shared' }, NOON, 'a').allowed, true);
  t.equal(take(limits, { minute: 1, scope: 'shared', message: 'other' }, NOON, 'a').allowed, false);
});

t.test('hideHeaders hides them all, Retry-After too; Kong before 2.0 had fewer', async (t) => {
  const limits = createLimits();
  const hidden = { minute: 1, hideHeaders: true };
  t.same(
    [take(limits, hidden, NOON), take(limits, hidden, NOON)],
    [
      { allowed: true, headers: [] },
      { allowed: false, headers: [] },
    ],
  );
  const settings = limitOf({ minute: 1 });
  takeFromLimit(limits, settings, 'old', NOON, true);
  t.same(takeFromLimit(limits, settings, 'old', NOON, true).headers, [
    ['X-RateLimit-Limit-Minute', '1'],
    ['X-RateLimit-Remaining-Minute', '0'],
  ]);
});

t.test('a flood of invented callers fills the table, and frees nobody who is near a limit', async (t) => {
  const limits = createLimits(100);
  const limit = limitOf({ minute: 10 });
  for (let i = 0; i < 10; i++)
    for (const name of ['ann', 'bob', 'cid']) takeFromLimit(limits, limit, name, NOON);
  for (let i = 0; i < 5000; i++) takeFromLimit(limits, limit, `flood ${i}`, NOON);
  t.ok(limits.counters.size <= 100, String(limits.counters.size));
  for (const name of ['ann', 'bob', 'cid'])
    t.equal(takeFromLimit(limits, limit, name, NOON).allowed, false, name);
});

t.test('ended counters make room first, then the oldest of the full ones', async (t) => {
  const limits = createLimits(100);
  const settings = limitOf({ second: 10 });
  const full = limitOf({ minute: 1, scope: 'full' });
  const names = () => new Set([...limits.counters.keys()].map((key) => key.split('\n')[1]));
  takeFromLimit(limits, full, 'old', NOON);
  for (let i = 0; i < 98; i++) takeFromLimit(limits, settings, `ended ${i}`, NOON);
  takeFromLimit(limits, settings, 'live', NOON + 5000);
  takeFromLimit(limits, settings, 'new', NOON + 5000);
  t.equal(limits.counters.size, 51);
  for (const name of ['old', 'live', 'new']) t.ok(names().has(name), name);
  for (let i = 0; i < 300; i++) takeFromLimit(limits, full, `full ${i}`, NOON + 5000);
  t.ok(limits.counters.size <= 100, 'the table is bounded whatever is in it');
  t.notOk(names().has('old'));
  t.ok(names().has('full 280'), 'those of a moment ago are kept');
});
