import t from 'tap';
import {
  HARD_STRIKES,
  createHealth,
  ejectOrigin,
  failurePenalty,
  mayTry,
  noteCheck,
  noteFailing,
  praiseOrigin,
  readmitOrigin,
  strikeOrigin,
} from '../../lib/health.ts';
import type { Moment } from '../../lib/moment.ts';

const OUTLIER = {
  consecutiveFailures: 3,
  ejectSeconds: 2,
  maxEjectSeconds: 60,
  on: null,
  unreachableFailures: null,
  timeoutFailures: null,
  cumulative: false,
};
const NOW = 1_000_000;
const at = (requests: number, now: number, dice = 0.5): Moment => ({
  now,
  random: () => dice,
  requests,
  service: 20,
});

t.test('one failure to connect ejects, three bad answers in a row do, two do not', async (t) => {
  const hard = createHealth();
  strikeOrigin(hard, OUTLIER, HARD_STRIKES, 'lost', at(0, NOW));
  t.ok(hard.ejected);
  t.equal(hard.ejectedFor, 'lost');
  const soft = createHealth();
  for (const expected of [false, false, true]) {
    strikeOrigin(soft, OUTLIER, 1, 'gateway', at(0, NOW));
    t.equal(soft.ejected, expected);
  }
  const mixed = createHealth();
  for (let i = 0; i < 20; i++) {
    strikeOrigin(mixed, OUTLIER, 1, 'gateway', at(0, NOW));
    strikeOrigin(mixed, OUTLIER, 1, 'gateway', at(0, NOW));
    praiseOrigin(mixed, false, NOW);
  }
  t.notOk(mixed.ejected, 'a good answer between them breaks the row');
});

t.test('failures that add up are not forgiven by a success', async (t) => {
  const health = createHealth();
  for (let i = 0; i < 3; i++) {
    praiseOrigin(health, true, NOW);
    strikeOrigin(health, OUTLIER, 1, 'error', at(0, NOW));
  }
  t.ok(health.ejected);
});

t.test('each ejection is twice as long, up to the most, with a fifth of jitter', async (t) => {
  const health = createHealth();
  const spans: number[] = [];
  let now = NOW;
  for (let i = 0; i < 8; i++) {
    ejectOrigin(health, OUTLIER, 'lost', at(0, now));
    spans.push((health.ejectedUntil - now) / 1000);
    now = health.ejectedUntil;
  }
  t.strictSame(spans, [2, 4, 8, 16, 32, 60, 60, 60]);
  for (const [dice, span] of [
    [0, 1600],
    [0.999999, 2400],
  ] as const) {
    const one = createHealth();
    ejectOrigin(one, OUTLIER, 'lost', at(0, NOW, dice));
    t.equal(Math.round(one.ejectedUntil - NOW), span);
  }
});

t.test('an origin that is out is not sent out further by what comes in late', async (t) => {
  const health = createHealth();
  ejectOrigin(health, OUTLIER, 'lost', at(0, NOW));
  const until = health.ejectedUntil;
  ejectOrigin(health, OUTLIER, 'lost', at(0, NOW + 500));
  t.equal(health.ejectedUntil, until);
  t.equal(health.level, 1);
});

t.test('it may be tried when its time is up and enough requests have passed, by one at a time', async (t) => {
  const health = createHealth();
  ejectOrigin(health, OUTLIER, 'lost', at(100, NOW));
  t.notOk(mayTry(health, at(1000, NOW + 1999)));
  t.notOk(mayTry(health, at(104, NOW + 60_000)), 'five requests must have passed');
  t.ok(mayTry(health, at(105, NOW + 2000)));
  health.trialAt = NOW + 2000;
  t.notOk(mayTry(health, at(105, NOW + 6999)), 'somebody is at it');
  t.ok(mayTry(health, at(105, NOW + 7000)), 'who may have vanished: the lease ends');
  readmitOrigin(health, NOW + 8000);
  t.notOk(health.ejected);
  t.equal(health.level, 1, 'a flapping origin waits longer next time');
});

t.test('the level falls by one for each half minute of good service', async (t) => {
  const health = createHealth();
  ejectOrigin(health, OUTLIER, 'lost', at(0, NOW));
  readmitOrigin(health, NOW);
  praiseOrigin(health, false, NOW + 29_000);
  t.equal(health.level, 1);
  praiseOrigin(health, false, NOW + 31_000);
  t.equal(health.level, 0);
});

t.test('off never ejects', async (t) => {
  const health = createHealth();
  for (let i = 0; i < 5000; i++)
    strikeOrigin(health, { ...OUTLIER, consecutiveFailures: Infinity }, HARD_STRIKES, 'lost', at(i, NOW + i));
  t.notOk(health.ejected);
});

t.test('failures cost score at once and fade within a minute', async (t) => {
  const health = createHealth();
  t.equal(failurePenalty(health, NOW), 1);
  noteFailing(health, 1, 0.2, NOW);
  t.equal(failurePenalty(health, NOW), 5);
  t.ok(failurePenalty(health, NOW + 60_000) < 1.6);
  for (let i = 0; i < 30; i++) noteFailing(health, 0, 0.2, NOW);
  t.equal(failurePenalty(health, NOW), 1);
});

t.test('an origin shunned for its failures, and idle for ten seconds, may be tried', async (t) => {
  const health = createHealth();
  noteFailing(health, 1, 0.2, NOW);
  t.notOk(mayTry(health, at(0, NOW + 9000)));
  t.ok(mayTry(health, at(0, NOW + 10_001)));
  readmitOrigin(health, NOW + 10_002);
  t.equal(failurePenalty(health, NOW + 10_002), 1, 'and is forgiven once it was good');
});

t.test('active checks count in a row', async (t) => {
  const health = createHealth();
  for (const [good, sick] of [
    [false, false],
    [false, false],
    [true, false],
    [false, false],
    [false, false],
    [false, true],
    [true, true],
    [false, true],
    [true, true],
    [true, false],
  ] as const) {
    noteCheck(health, good, 2, 3);
    t.equal(health.sick, sick);
  }
});
