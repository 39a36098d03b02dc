import t from 'tap';
import type { LeaseAsk, LeaseGrant } from '../../../lib/limits/lease-messages.ts';
import {
  createLeases,
  createLink,
  failAsk,
  nextAsk,
  receiveGrant,
  remainingOf,
  returnIdle,
  takeToken,
  useCounter,
} from '../../../lib/limits/shared-limit.ts';
import type { LeaseCounter, LeaseSettings } from '../../../lib/limits/shared-limit.ts';
import type { Windows } from '../../support/lease-world.ts';

const NOON = Date.parse('2026-03-15T12:00:00.000Z');
const MINUTE: Windows = [{ period: 'minute', limit: 60 }];
const SECOND_AND_HOUR: Windows = [
  { period: 'second', limit: 10 },
  { period: 'hour', limit: 100 },
];

/** An isolate's leases, one caller's counter, and the steps that a request takes. */
function startLeases(windows: Windows, settings: Partial<LeaseSettings> = {}, capacity?: number) {
  const leases = createLeases({ limits: 'exact', onFailure: 'local', timeoutMs: 300, ...settings }, capacity);
  const link = createLink();
  const request = (now: number, key = 'me'): [lease: string, ask: LeaseAsk | null, counter: LeaseCounter] => {
    const counter = useCounter(leases, key, windows, link, now);
    const lease = takeToken(leases, counter, now);
    return [lease, nextAsk(leases, counter, now, lease === 'wait'), counter];
  };
  return { leases, link, request };
}
const grantOf = (ask: LeaseAsk, granted: number, more: Partial<LeaseGrant> = {}): LeaseGrant => ({
  unknown: false,
  granted,
  room: ask.windows.map(({ limit }) => limit - granted),
  full: -1,
  held: 0,
  ...more,
});

t.test(
  'the first request waits, those after it join, and what is granted ahead serves without a word',
  async (t) => {
    const { leases, request } = startLeases(MINUTE);
    const [first, ask, counter] = request(NOON);
    t.equal(first, 'wait');
    t.match(ask, {
      key: 'me',
      need: 1,
      windows: [{ start: NOON, length: 60_000, limit: 60 }],
      back: [0],
      spent: 0,
    });
    const [second, none] = request(NOON + 1);
    t.same([second, none], ['wait', null], 'one ask is under way at a time');
    receiveGrant(counter, ask!, grantOf(ask!, 9), NOON + 20);
    t.same([takeToken(leases, counter, NOON + 20), takeToken(leases, counter, NOON + 20)], ['pass', 'pass']);
    t.match(request(NOON + 30), ['pass', null]);
    t.same(remainingOf(counter), [60 - 3]);
  },
);

t.test('more is asked for beside a request while some is left', async (t) => {
  const { request } = startLeases([{ period: 'second', limit: 100 }]);
  const [, ask, counter] = request(NOON);
  receiveGrant(counter, ask!, grantOf(ask!, 20), NOON + 30);
  const asks = Array.from({ length: 20 }, (_, i) => request(NOON + 30 + i)[1]);
  const sent = asks.findIndex((one) => one !== null);
  t.ok(sent > 10, 'not before half of them are spent');
  // One of those spent was waited for, and the companion knows of it.
  t.match(asks[sent], { need: 0, spent: sent });
  t.ok(asks.slice(sent + 1).every((one) => one === null));
});

t.test(
  'nothing left: refused without a word until the window ends, or until others may have given back',
  async (t) => {
    const cases: [held: number, until: number][] = [
      [0, NOON + 60_000],
      [3, NOON + 20 + 6000],
    ];
    for (const [held, until] of cases) {
      const { leases, request } = startLeases(MINUTE);
      const [, ask, counter] = request(NOON);
      receiveGrant(counter, ask!, grantOf(ask!, 0, { full: 0, held, room: [0] }), NOON + 20);
      t.equal(takeToken(leases, counter, NOON + 20), 'refuse');
      t.match(request(until - 1), ['refuse', null]);
      t.match(request(until), ['wait', { need: 1 }]);
    }
  },
);

t.test('tokens left when a second ends go back to its hour', async (t) => {
  const { request } = startLeases(SECOND_AND_HOUR);
  const [, ask, counter] = request(NOON);
  t.match(ask, { windows: [{ length: 1000 }, { length: 3_600_000, start: NOON }] });
  receiveGrant(counter, ask!, grantOf(ask!, 5), NOON + 20);
  for (let i = 0; i < 2; i++) request(NOON + 21);
  const [lease, next] = request(NOON + 1500);
  t.equal(lease, 'wait');
  t.same(next!.back, [0, 3]);
  t.same(counter.back, [0, 0], 'they have left the counter');
});

t.test('the next second is asked for before it begins, and its tokens serve from then on', async (t) => {
  const { request } = startLeases([{ period: 'second', limit: 10 }]);
  const [, ask, counter] = request(NOON + 900);
  receiveGrant(counter, ask!, grantOf(ask!, 8), NOON + 930);
  const [lease, ahead] = request(NOON + 960);
  t.equal(lease, 'pass');
  t.match(ahead, { need: 0, windows: [{ start: NOON + 1000 }] });
  receiveGrant(counter, ahead!, grantOf(ahead!, 4), NOON + 990);
  const leases = [0, 1, 2, 3, 4].map(() => request(NOON + 1001)[0]);
  t.same(leases, ['pass', 'pass', 'pass', 'pass', 'wait']);
});

t.test('an answer counts once, and only for the ask that is under way', async (t) => {
  const { request } = startLeases(MINUTE);
  const [, ask, counter] = request(NOON);
  failAsk(counter, ask!, NOON + 300);
  receiveGrant(counter, ask!, grantOf(ask!, 9), NOON + 400);
  t.equal(counter.left, 0, 'a late one');
  const [, again] = request(NOON + 1400);
  receiveGrant(counter, again!, grantOf(again!, 2), NOON + 1500);
  receiveGrant(counter, again!, grantOf(again!, 2), NOON + 1500);
  t.equal(counter.left, 2, 'a doubled one');
});

t.test('an ask whose request was killed is given up', async (t) => {
  const { request } = startLeases(MINUTE);
  request(NOON);
  t.match(request(NOON + 500), ['wait', null]);
  t.match(request(NOON + 551), ['wait', { need: 1 }]);
});

t.test('while the companion is away: a share, all, or none', async (t) => {
  const cases: [onFailure: LeaseSettings['onFailure'], passed: number][] = [
    ['local', 15],
    ['open', 40],
    ['closed', 0],
  ];
  for (const [onFailure, passed] of cases) {
    const { link, request } = startLeases(MINUTE, { onFailure });
    const [, ask, counter] = request(NOON);
    receiveGrant(counter, ask!, grantOf(ask!, 0, { room: [60] }), NOON + 20);
    link.isolates = 4;
    const [, lost] = request(NOON + 30);
    failAsk(counter, lost!, NOON + 330);
    const leases = Array.from({ length: 40 }, () => request(NOON + 400));
    t.equal(leases.filter(([lease]) => lease === 'pass').length, passed, onFailure);
    t.ok(
      leases.every(([, asked]) => asked === null),
      'nobody asks for a second',
    );
  }
});

t.test('one request a second finds out, is told what passed meanwhile, and all is as before', async (t) => {
  for (const onFailure of ['local', 'open', 'closed'] as const) {
    const { leases, request } = startLeases(MINUTE, { onFailure });
    const [, lost, counter] = request(NOON);
    failAsk(counter, lost!, NOON + 300);
    for (let i = 0; i < 3; i++) request(NOON + 400);
    const alone = onFailure === 'closed' ? 0 : 4;
    const [lease, probe] = request(NOON + 1300);
    t.equal(lease, alone > 0 ? 'pass' : 'wait', onFailure);
    t.same(probe!.back.map(Math.abs), [alone]);
    t.equal(request(NOON + 1310)[1], null);
    receiveGrant(counter, probe!, grantOf(probe!, 6), NOON + 1330);
    t.equal(takeToken(leases, counter, NOON + 1330), 'pass');
    t.equal(counter.link.down, false);
  }
});

t.test('a debt that may not have arrived is told again', async (t) => {
  const { request } = startLeases(MINUTE, { onFailure: 'open' });
  const [, lost, counter] = request(NOON);
  failAsk(counter, lost!, NOON + 300);
  request(NOON + 400);
  const [, probe] = request(NOON + 1300);
  t.same(probe!.back, [-2]);
  failAsk(counter, probe!, NOON + 1600);
  const [, again] = request(NOON + 2700);
  t.same(again!.back, [-3]);
});

t.test('a window that the companion does not know is counted alone, and soon asked for again', async (t) => {
  const { leases, request } = startLeases([{ period: 'second', limit: 3 }]);
  const [, ask, counter] = request(NOON);
  receiveGrant(counter, ask!, { unknown: true, granted: 0, room: [], full: -1, held: 0 }, NOON + 20);
  const taken = Array.from({ length: 5 }, () => takeToken(leases, counter, NOON + 20));
  t.same(taken, ['pass', 'pass', 'pass', 'refuse', 'refuse']);
  t.equal(request(NOON + 269)[1], null);
  const [lease, again] = request(NOON + 270);
  t.equal(lease, 'wait');
  t.match(again, { need: 1, back: [-3] }, 'the debt was not noted');
  receiveGrant(counter, again!, grantOf(again!, 1), NOON + 290);
  t.equal(takeToken(leases, counter, NOON + 290), 'pass');
});

t.test('a month that the companion does not know is not counted alone for a month', async (t) => {
  const { request } = startLeases([{ period: 'month', limit: 5 }], { onFailure: 'closed' });
  const [, ask, counter] = request(NOON);
  receiveGrant(counter, ask!, { unknown: true, granted: 0, room: [], full: -1, held: 0 }, NOON + 20);
  t.equal(request(NOON + 30)[0], 'unavailable');
  t.equal(request(NOON + 20_020)[0], 'wait');
});

t.test('alone, an hour holds although its seconds begin anew', async (t) => {
  const windows: Windows = [
    { period: 'second', limit: 5 },
    { period: 'hour', limit: 12 },
  ];
  const { request } = startLeases(windows);
  const [, lost, counter] = request(NOON);
  failAsk(counter, lost!, NOON + 300);
  let passed = 0;
  for (let second = 1; second < 10; second++)
    for (let i = 0; i < 9; i++) {
      const now = NOON + second * 1000 + i;
      const [lease, ask] = request(now);
      if (lease === 'pass') passed++;
      if (ask !== null) failAsk(counter, ask, now + 300);
    }
  t.equal(passed, 12);
});

t.test('loose: the first requests of a window pass unasked and are told at once', async (t) => {
  const { link, request } = startLeases(MINUTE, { limits: 'loose' });
  link.isolates = 100;
  const [first, ask, counter] = request(NOON);
  t.equal(first, 'pass', 'one in each isolate');
  t.match(ask, { need: 0, back: [-1] });
  t.equal(request(NOON + 1)[0], 'wait');
  receiveGrant(counter, ask!, grantOf(ask!, 0, { full: 0 }), NOON + 20);
  t.equal(request(NOON + 30)[0], 'refuse');
  link.isolates = 1;
  const taken = Array.from({ length: 4 }, () => request(NOON + 60_000)[0]);
  t.same(taken, ['pass', 'pass', 'pass', 'wait'], 'together a twentieth of the limit');
});

t.test('idle counters give back what they hold, in one message', async (t) => {
  const { leases, link, request } = startLeases(MINUTE);
  for (const key of ['a', 'b', 'c']) {
    const [, ask, counter] = request(NOON, key);
    receiveGrant(counter, ask!, grantOf(ask!, 3), NOON + 20);
  }
  request(NOON + 13_000, 'c');
  t.same(
    returnIdle(leases, link, NOON + 13_000).map(({ key, back, need, want }) => [key, back, need, want]),
    [
      ['a', [3], 0, 0],
      ['b', [3], 0, 0],
    ],
  );
  t.same(returnIdle(leases, link, NOON + 13_000), []);
  t.match(request(NOON + 13_001, 'a'), ['wait', { back: [0] }]);
});

t.test('the table is bounded, and idle counters make room first', async (t) => {
  const { leases, request } = startLeases(MINUTE, {}, 100);
  for (let i = 0; i < 40; i++) {
    const [, ask, counter] = request(NOON, `old ${i}`);
    receiveGrant(counter, ask!, grantOf(ask!, 1), NOON);
  }
  for (let i = 0; i < 60; i++) request(NOON + 20_000, `busy ${i}`);
  request(NOON + 20_000, 'new');
  t.equal(leases.counters.size, 61);
  t.notOk([...leases.counters.values()].some(({ key }) => key === 'old 0'));
  for (let i = 0; i < 1000; i++) request(NOON + 20_000, `flood ${i}`);
  t.ok(leases.counters.size <= 100);
});

t.test(
  'a clock that was set back: nothing of another window is spent, and nobody waits for what will not come',
  async (t) => {
    const { leases, request } = startLeases(MINUTE, { onFailure: 'closed' });
    const [, ask, counter] = request(NOON);
    receiveGrant(counter, ask!, grantOf(ask!, 9), NOON + 20);
    const back = NOON - 86_400_000;
    t.match(request(back), ['wait', { windows: [{ start: back }], back: [0] }]);
    failAsk(counter, counter.ask!.message, NOON);
    t.match(request(back + 1), ['wait', { need: 1 }], 'it does not stay down for a day');
    const full = counter.ask!.message;
    receiveGrant(counter, full, grantOf(full, 0, { full: 0 }), back + 2);
    t.equal(takeToken(leases, counter, back + 3), 'refuse');
    t.equal(request(back - 3_600_000)[0], 'wait');
  },
);

t.test('limits of one scope have windows of their own kinds, under one name at the companion', async (t) => {
  const leases = createLeases({ limits: 'exact', onFailure: 'local', timeoutMs: 300 });
  const link = createLink();
  const counters = [MINUTE, SECOND_AND_HOUR].map((windows) => useCounter(leases, 'me', windows, link, NOON));
  const asks = counters.map((counter) => nextAsk(leases, counter, NOON, true)!);
  t.same(
    asks.map(({ key, windows }) => [key, windows.map(({ length }) => length)]),
    [
      ['me', [60_000]],
      ['me', [1000, 3_600_000]],
    ],
  );
});

t.test('a month of 31 days is over when it is', async (t) => {
  const { request } = startLeases([{ period: 'month', limit: 5 }]);
  const last = Date.parse('2026-03-31T12:00:00Z');
  const [, ask, counter] = request(last);
  receiveGrant(counter, ask!, grantOf(ask!, 0, { full: 0 }), last + 20);
  t.match(request(Date.parse('2026-03-31T23:59:59Z')), ['refuse', null]);
  t.equal(request(Date.parse('2026-04-01T00:00:00Z'))[0], 'wait');
});
