import t from 'tap';
import type { OutlierSettings } from '../../../lib/config/types.ts';
import * as rules from '../../../lib/balance/outlier-detection.ts';
import { START, poolSettings, tellStory } from '../../support/story.ts';

const { countFailure, countSuccess, ejectOrigin, readmitOrigin, takeRetest } = rules;
const DEFAULT = poolSettings(1).outlier;
const scene = (outlier: Partial<OutlierSettings> = {}, dice = 0.5, origins = 2) => {
  const { pool, origin } = tellStory(origins, { outlier: { ...DEFAULT, ...outlier } }, () => dice);
  return { pool, one: origin(0) };
};

t.test('no connection, a reset and a time-out weigh as much as three bad answers', async (t) => {
  const answers = { ok: 0, error: 1, gateway: 1, shed: 1 } as const;
  const hard = { timeout: 3, lost: 3, unsent: 3, rejected: 3, superseded: 3 } as const;
  for (const [outcome, strikes] of Object.entries({ ...answers, ...hard }) as [rules.Outcome, number][]) {
    t.equal(rules.isAnswer(outcome), outcome in answers, outcome);
    t.equal(rules.ANSWER_STRIKES[outcome] ?? rules.HARD_STRIKES, strikes, outcome);
  }
});

t.test('three in a row eject; a good answer breaks the row, unless failures add up', async (t) => {
  for (const cumulative of [false, true]) {
    const { pool, one } = scene({ cumulative });
    for (let i = 0; i < 5; i++) {
      countFailure(pool, one, 1, true, START);
      countSuccess(pool, one, 200, START);
    }
    t.equal(one.ejectedUntil > 0, cumulative);
  }
  const { pool, one } = scene();
  for (const expected of [false, false, true]) {
    countFailure(pool, one, 1, true, START);
    t.equal(one.ejectedUntil > 0, expected);
  }
});

t.test('shares of a limit reach it though they do not add up to it exactly', async (t) => {
  const { pool, one } = scene({ consecutiveFailures: 7 });
  for (let i = 0; i < 7; i++) countFailure(pool, one, 7 / 7.0000001, true, START);
  t.ok(one.ejectedUntil > 0);
});

t.test('unconfirmed failures eject nobody, and one that is confirmed counts them too', async (t) => {
  const { pool, one } = scene();
  for (let i = 0; i < 50; i++) countFailure(pool, one, 3, false, START);
  t.equal(one.ejectedUntil, 0);
  countFailure(pool, one, 1, true, START);
  t.ok(one.ejectedUntil > 0);
});

t.test('each ejection is twice as long, up to the most, with a fifth of jitter', async (t) => {
  const { pool, one } = scene({ ejectSeconds: 2, maxEjectSeconds: 60 });
  const spans: number[] = [];
  for (let i = 0, now = START; i < 8; i++, now = one.ejectedUntil) {
    ejectOrigin(pool, one, now);
    spans.push((one.ejectedUntil - now) / 1000);
  }
  t.strictSame(spans, [2, 4, 8, 16, 32, 60, 60, 60]);
  for (const [dice, span] of [
    [0, 1600],
    [0.999999, 2400],
  ] as const) {
    const jittered = scene({ ejectSeconds: 2 }, dice);
    ejectOrigin(jittered.pool, jittered.one, START);
    t.equal(Math.round(jittered.one.ejectedUntil - START), span);
  }
});

t.test('one that is out is not sent out further by what comes in late; off never ejects', async (t) => {
  const { pool, one } = scene();
  ejectOrigin(pool, one, START);
  const { ejectedUntil } = one;
  ejectOrigin(pool, one, START + 500);
  t.strictSame([one.ejectedUntil, one.level], [ejectedUntil, 1]);
  const off = scene({ consecutiveFailures: Infinity });
  for (let i = 0; i < 5000; i++) countFailure(off.pool, off.one, 3, true, START + i);
  ejectOrigin(off.pool, off.one, START);
  t.equal(off.one.ejectedUntil, 0);
});

t.test('a retest is due when the time is up and enough requests have passed, by one at a time', async (t) => {
  const { pool, one } = scene({ ejectSeconds: 2 });
  const due = (requests: number, now: number): boolean => {
    pool.requests = requests;
    const taken = takeRetest(pool, 0, 0, now) === one;
    if (taken) one.retestAt = 0;
    return taken;
  };
  pool.requests = 100;
  ejectOrigin(pool, one, START);
  t.notOk(due(1000, START + 1999));
  t.notOk(due(104, START + 60_000), 'five requests must have passed');
  t.ok(due(105, START + 2000));
  one.retestAt = START + 2000;
  t.notOk(due(105, START + 6999), 'somebody is at it');
  t.ok(due(105, START + 7000), 'who may have vanished: the lease ends');
  for (const reason of [{ weight: 0 }, { unhealthy: true }]) {
    const other = scene();
    ejectOrigin(other.pool, other.one, START);
    Object.assign(other.one, reason);
    other.pool.requests = 1000;
    t.not(takeRetest(other.pool, 0, 0, START + 60_000), other.one, JSON.stringify(reason));
  }
});

t.test('so it is at the limit by unconfirmed failures, unless there is nobody else to ask', async (t) => {
  for (const origins of [1, 2]) {
    const { pool, one } = scene({}, 0.5, origins);
    countFailure(pool, one, 2, false, START);
    t.equal(takeRetest(pool, 0, 0, START), null);
    countFailure(pool, one, 1, false, START);
    t.equal(takeRetest(pool, 0, 0, START), origins === 1 ? null : one);
    readmitOrigin(one, START);
    t.equal(takeRetest(pool, 0, 0, START + 6000), null, 'and not once it was found well');
  }
});

t.test('the level stays when it comes back, and falls with each half minute of good service', async (t) => {
  const { pool, one } = scene();
  ejectOrigin(pool, one, START);
  readmitOrigin(one, START);
  t.match(one, { ejectedUntil: 0, strikes: 0, level: 1 }, 'a flapping origin waits longer next time');
  for (const [after, level] of [
    [29_000, 1],
    [31_000, 0],
    [99_000, 0],
  ] as const) {
    countSuccess(pool, one, 200, START + after);
    t.equal(one.level, level);
  }
});
