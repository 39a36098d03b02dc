import t from 'tap';
import type { LeaseAsk, LeaseGrant } from '../../../lib/limits/lease-messages.ts';
import * as shared from '../../../lib/limits/shared-limit.ts';
import type { LeaseCounter, LeaseSettings } from '../../../lib/limits/shared-limit.ts';
import type { Windows } from '../../support/lease-world.ts';

const { failAsk, nextAsk, returnIdle, takeToken, useCounter } = shared;
const NOON = Date.parse('2026-03-15T12:00:00.000Z');
const MINUTE: Windows = [{ period: 'minute', limit: 60 }];
const secondOf = (limit: number): Windows => [{ period: 'second', limit }];
const SECOND_AND_HOUR: Windows = [...secondOf(10), { period: 'hour', limit: 100 }];

/** An isolate's leases, and the steps of a request. */
function startLeases(windows: Windows, settings: Partial<LeaseSettings> = {}, capacity?: number) {
  const whole: LeaseSettings = { limits: 'exact', onFailure: 'local', timeoutMs: 300, ...settings };
  const leases = shared.createLeases(whole, capacity);
  const link = shared.createLink();
  const request = (now: number, key = 'me'): [lease: string, ask: LeaseAsk | null, counter: LeaseCounter] => {
    const counter = useCounter(leases, key, windows, link, now);
    const lease = takeToken(leases, counter, now);
    return [lease, nextAsk(leases, counter, now, lease === 'wait'), counter];
  };
  const leasesOf = (count: number, now: number) => Array.from({ length: count }, () => request(now)[0]);
  return { leases, link, request, leasesOf };
}
/** The companion grants `granted` tokens of an ask. */
function grant(
  counter: LeaseCounter,
  ask: LeaseAsk | null,
  granted: number,
  now: number,
  more: Partial<LeaseGrant> = {},
): void {
  const room = ask!.windows.map(({ limit }) => limit - granted);
  shared.receiveGrant(counter, ask!, { unknown: false, granted, room, full: -1, held: 0, ...more }, now);
}
/** After the first request, at noon; `granted` tokens came 20 ms later. */
function startGranted(
  windows: Windows,
  granted: number,
  more: Partial<LeaseGrant> = {},
  settings: Partial<LeaseSettings> = {},
) {
  const started = startLeases(windows, settings);
  const [, ask, counter] = started.request(NOON);
  grant(counter, ask, granted, NOON + 20, more);
  return { ...started, ask, counter };
}

t.test('the first request waits, others join it, and surplus tokens serve later ones', async (t) => {
  const { leases, request } = startLeases(MINUTE);
  const [first, ask, counter] = request(NOON);
  t.equal(first, 'wait');
  const windows = [{ start: NOON, length: 60_000, limit: 60 }];
  t.match(ask, { key: 'me', need: 1, windows, back: [0], spent: 0 });
  t.match(request(NOON + 1), ['wait', null], 'one ask is in flight at a time');
  grant(counter, ask, 9, NOON + 20);
  for (let i = 0; i < 2; i++) t.equal(takeToken(leases, counter, NOON + 20), 'pass');
  t.match(request(NOON + 30), ['pass', null]);
  t.same(shared.remainingOf(counter), [60 - 3]);
});

t.test('more tokens are asked for in the background once half are spent', async (t) => {
  const { request } = startGranted(secondOf(100), 20);
  const asks = Array.from({ length: 20 }, (_, i) => request(NOON + 30 + i)[1]);
  const sent = asks.findIndex((one) => one !== null);
  t.ok(sent > 10);
  // The request that waited is already counted by the companion.
  t.match(asks[sent], { need: 0, spent: sent });
  t.equal(asks.filter((one) => one !== null).length, 1);
});

t.test('without tokens requests are rejected until the window ends or others return some', async (t) => {
  for (const [held, until] of [
    [0, NOON + 60_000],
    [3, NOON + 20 + 6000],
  ] as const) {
    const { leases, request, counter } = startGranted(MINUTE, 0, { full: 0, held, room: [0] });
    t.equal(takeToken(leases, counter, NOON + 20), 'refuse');
    t.match(request(until - 1), ['refuse', null]);
    t.match(request(until), ['wait', { need: 1 }]);
  }
});

t.test('tokens left when a second ends are returned to its hour', async (t) => {
  const { request, ask, counter } = startGranted(SECOND_AND_HOUR, 5);
  t.match(ask, { windows: [{ length: 1000 }, { length: 3_600_000, start: NOON }] });
  for (let i = 0; i < 2; i++) request(NOON + 21);
  t.match(request(NOON + 1500), ['wait', { back: [0, 3] }]);
  t.match(counter.windows, [{ back: 0 }, { back: 0 }], 'no longer in the counter');
});

t.test('tokens for the next second are asked for ahead, and are used once it begins', async (t) => {
  const { request, leasesOf } = startLeases(secondOf(10));
  const [, ask, counter] = request(NOON + 900);
  grant(counter, ask, 8, NOON + 930);
  const [lease, ahead] = request(NOON + 960);
  t.equal(lease, 'pass');
  t.match(ahead, { need: 0, windows: [{ start: NOON + 1000 }] });
  grant(counter, ahead, 4, NOON + 990);
  t.same(leasesOf(5, NOON + 1001), ['pass', 'pass', 'pass', 'pass', 'wait']);
});

t.test('without the companion a share, all, or none of the requests pass', async (t) => {
  for (const [onFailure, passed] of [
    ['local', 15],
    ['open', 40],
    ['closed', 0],
  ] as const) {
    const { link, request, counter } = startGranted(MINUTE, 0, {}, { onFailure });
    link.isolates = 4;
    failAsk(counter, request(NOON + 30)[1]!, NOON + 330);
    const all = Array.from({ length: 40 }, () => request(NOON + 400));
    t.equal(all.filter(([lease]) => lease === 'pass').length, passed, onFailure);
    t.notOk(
      all.find(([, asked]) => asked !== null),
      'no ask for a second',
    );
  }
});

t.test('one ask per second retries the companion and reports what passed; then leases resume', async (t) => {
  for (const onFailure of ['local', 'open', 'closed'] as const) {
    const { leases, request, leasesOf } = startLeases(MINUTE, { onFailure });
    const [, ask, counter] = request(NOON);
    failAsk(counter, ask!, NOON + 300);
    leasesOf(3, NOON + 400);
    const alone = onFailure === 'closed' ? 0 : 4;
    const [lease, lost] = request(NOON + 1300);
    t.equal(lease, alone > 0 ? 'pass' : 'wait', onFailure);
    t.same(lost!.back.map(Math.abs), [alone]);
    t.equal(request(NOON + 1310)[1], null);
    failAsk(counter, lost!, NOON + 1600);
    const [, probe] = request(NOON + 2700);
    t.same(probe!.back.map(Math.abs), [alone && alone + 2], 'reported again, since the first may be lost');
    grant(counter, probe, 6, NOON + 2730);
    t.equal(takeToken(leases, counter, NOON + 2730), 'pass');
    t.equal(counter.link.down, false);
  }
});

t.test('a window unknown to the companion is counted locally, and asked for again soon', async (t) => {
  const { leases, request, leasesOf, counter } = startGranted(secondOf(3), 0, { unknown: true, room: [] });
  t.same(leasesOf(5, NOON + 20), ['pass', 'pass', 'pass', 'refuse', 'refuse']);
  t.equal(request(NOON + 269)[1], null);
  t.match(request(NOON + 270), ['wait', { need: 1, back: [-3] }], 'the debt was not recorded');
  grant(counter, counter.ask!.message, 1, NOON + 290);
  t.equal(takeToken(leases, counter, NOON + 290), 'pass');
  const months: Windows = [{ period: 'month', limit: 5 }];
  const month = startGranted(months, 0, { unknown: true, room: [] }, { onFailure: 'closed' });
  t.same(month.leasesOf(1, NOON + 30), ['unavailable']);
  t.same(month.leasesOf(1, NOON + 20_020), ['wait'], 'a month is retried within a month');
});

t.test('loose: the first requests of a window pass without an ask and are reported at once', async (t) => {
  const { link, request, leasesOf } = startLeases(MINUTE, { limits: 'loose' });
  link.isolates = 100;
  const [first, ask, counter] = request(NOON);
  t.equal(first, 'pass', 'one per isolate');
  t.match(ask, { need: 0, back: [-1] });
  t.equal(request(NOON + 1)[0], 'wait');
  grant(counter, ask, 0, NOON + 20, { full: 0 });
  t.equal(request(NOON + 30)[0], 'refuse');
  link.isolates = 1;
  const taken = leasesOf(4, NOON + 60_000);
  t.same(taken, ['pass', 'pass', 'pass', 'wait'], 'a twentieth of the limit in total');
});

t.test('idle counters return their tokens in one message', async (t) => {
  const { leases, link, request } = startLeases(MINUTE);
  for (const key of ['a', 'b', 'c']) {
    const [, ask, counter] = request(NOON, key);
    grant(counter, ask, 3, NOON + 20);
  }
  request(NOON + 13_000, 'c');
  const returned = returnIdle(leases, link, NOON + 13_000);
  t.match(returned, [{ key: 'a' }, { key: 'b' }]);
  for (const one of returned) t.match(one, { back: [3], need: 0, want: 0 });
  t.equal(returned.length, 2);
  t.same(returnIdle(leases, link, NOON + 13_000), []);
  t.match(request(NOON + 13_001, 'a'), ['wait', { back: [0] }]);
});

t.test('the table is bounded, and idle counters are evicted first', async (t) => {
  const { leases, request } = startLeases(MINUTE, {}, 100);
  for (let i = 0; i < 40; i++) {
    const [, ask, counter] = request(NOON, `old ${i}`);
    grant(counter, ask, 1, NOON);
  }
  for (let i = 0; i < 60; i++) request(NOON + 20_000, `busy ${i}`);
  request(NOON + 20_000, 'new');
  t.equal(leases.counters.size, 61);
  t.notOk([...leases.counters.values()].some(({ key }) => key === 'old 0'));
  for (let i = 0; i < 1000; i++) request(NOON + 20_000, `flood ${i}`);
  t.ok(leases.counters.size <= 100);
});

t.test('if the clock is set back, no tokens of another window are spent and no request hangs', async (t) => {
  const { leases, request, counter } = startGranted(MINUTE, 9, {}, { onFailure: 'closed' });
  const back = NOON - 86_400_000;
  t.match(request(back), ['wait', { windows: [{ start: back }], back: [0] }]);
  failAsk(counter, counter.ask!.message, NOON);
  t.match(request(back + 1), ['wait', { need: 1 }], 'it does not stay down for a day');
  grant(counter, counter.ask!.message, 0, back + 2, { full: 0 });
  t.equal(takeToken(leases, counter, back + 3), 'refuse');
  t.equal(request(back - 3_600_000)[0], 'wait');
});

t.test('limits of one scope keep their own windows under one key at the companion', async (t) => {
  const { leases, link } = startLeases(MINUTE);
  for (const [windows, lengths] of [
    [MINUTE, [60_000]],
    [SECOND_AND_HOUR, [1000, 3_600_000]],
  ] as const) {
    const ask = nextAsk(leases, useCounter(leases, 'me', windows, link, NOON), NOON, true)!;
    t.same([ask.key, ...ask.windows.map(({ length }) => length)], ['me', ...lengths]);
  }
});

t.test('a month of 31 days ends after 31 days', async (t) => {
  const { request } = startLeases([{ period: 'month', limit: 5 }]);
  const last = Date.parse('2026-03-31T12:00:00Z');
  const [, ask, counter] = request(last);
  grant(counter, ask, 0, last + 20, { full: 0 });
  t.match(request(Date.parse('2026-03-31T23:59:59Z')), ['refuse', null]);
  t.equal(request(Date.parse('2026-04-01T00:00:00Z'))[0], 'wait');
});
