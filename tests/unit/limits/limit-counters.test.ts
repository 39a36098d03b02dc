import t from 'tap';
import { createLimits, type Limits } from '../../../lib/limits/limit-counters.ts';
import { takeFromLimit } from '../../../lib/limits/rate-limit.ts';
import type { RateLimit } from '../../../lib/config/types.ts';
import { limitOf } from '../../support/limits.ts';

const NOON = Date.parse('2026-03-15T12:00:30.500Z');
const passes = (limits: Limits, limit: RateLimit, identity = 'me', now = NOON): boolean =>
  takeFromLimit(limits, limitOf(limit), identity, now).allowed;
const namesIn = (limits: Limits): string[] =>
  [...limits.scopes.values()].flatMap(({ counters }) => [...counters.keys()]);

t.test('limits that share a scope each enforce their own windows', async (t) => {
  const pairs: [one: RateLimit, two: RateLimit, most: number][] = [
    [{ hour: 3 }, { hour: 3 }, 3],
    [{ hour: 3 }, { day: 3 }, 6],
    [{ minute: 1000, hour: 3 }, { hour: 3 }, 3],
    [{ hour: 3, day: 3 }, { day: 3 }, 3],
  ];
  for (const [one, two, most] of pairs) {
    const limits = createLimits();
    let passed = 0;
    for (let i = 0; i < 20; i++) if (passes(limits, { ...(i % 2 ? one : two), scope: 's' })) passed++;
    t.equal(passed, most, JSON.stringify([one, two]));
  }
});

t.test('a flood of invented callers evicts no counter that is near its limit', async (t) => {
  const limits = createLimits(100);
  for (let i = 0; i < 10; i++) passes(limits, { minute: 10 }, 'ann');
  for (let i = 0; i < 5000; i++) passes(limits, { minute: 10 }, `flood ${i}`, NOON + i);
  t.ok(limits.size <= 100, String(limits.size));
  t.equal(limits.size, namesIn(limits).length);
  t.notOk(passes(limits, { minute: 10 }, 'ann', NOON + 5000));
});

t.test('exhausted counters are never evicted from a full table; newcomers share counters', async (t) => {
  const limits = createLimits(100);
  const login = { hour: 1, scope: 'login' };
  passes(limits, login, 'me');
  let passed = 0;
  for (let i = 0; i < 5000; i++)
    if (passes(limits, { hour: 1, scope: 'tenant' }, `invented ${i}`, NOON + i)) passed++;
  t.notOk(passes(limits, login, 'me', NOON + 5000));
  t.ok(passed <= 100 + 64, `${passed} passed: one per counter, one per shared counter`);
  t.ok(passes(limits, login, 'another', NOON + 5000), 'another scope has its own shared counters');
});

t.test('expired counters are evicted first, then the least used', async (t) => {
  const limits = createLimits(100);
  passes(limits, { minute: 1, scope: 'full' }, 'old');
  for (let i = 0; i < 98; i++) passes(limits, { second: 10 }, `ended ${i}`);
  passes(limits, { second: 10 }, 'live', NOON + 5000);
  passes(limits, { second: 10 }, 'new', NOON + 5000);
  t.equal(limits.size, 51);
  for (const name of ['old', 'live', 'new']) t.ok(namesIn(limits).includes(name), name);
});

t.test('a sweep that frees nothing is not repeated at once', async (t) => {
  const limits = createLimits(20);
  for (let i = 0; i < 20; i++) passes(limits, { hour: 1 }, `full ${i}`);
  passes(limits, { hour: 1 }, 'more', NOON + 500);
  t.equal(limits.sweptInVain, NOON + 500, 'nothing could be evicted');
  passes(limits, { hour: 1 }, 'and more', NOON + 600);
  t.equal(limits.sweptInVain, NOON + 500, 'no sweep for every newcomer');
  passes(limits, { hour: 1 }, 'later', NOON + 60_000);
  t.equal(limits.sweptInVain, NOON + 60_000, 'swept again later');
  passes(limits, { hour: 1 }, 'earlier', NOON - 500);
  t.equal(limits.sweptInVain, NOON - 500, 'also if the clock was set back');
});
