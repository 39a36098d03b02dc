import t from 'tap';
import * as rules from '../../../lib/balance/latency.ts';
import { START, tellStory } from '../../support/story.ts';

const { expectedLatency, expirePending, learnAnswer, learnFailure, learnGuess } = rules;
const PROBE = { path: '/up', method: 'HEAD', timeoutMs: 3000 } as const;
const scene = (probe: typeof PROBE | null = null) => {
  const { pool, origin } = tellStory(2, { probe });
  return { pool, one: origin(0), expected: (now = START) => expectedLatency(origin(0), pool, now) };
};

t.test('the first answer is believed, later ones to a third', async (t) => {
  const { pool, one, expected } = scene();
  for (const [ms, estimate] of [
    [100, 100],
    [200, 130],
    [100, 121],
  ] as const) {
    learnAnswer(one, pool, ms, START);
    t.equal(expected(), estimate, `after ${ms} ms`);
  }
});

t.test('one very long answer counts as three times the estimate', async (t) => {
  const { pool, one, expected } = scene();
  learnAnswer(one, pool, 100, START);
  learnAnswer(one, pool, 60_000, START);
  t.equal(expected(), 160);
});

t.test('an estimate drifts back to the mean while nobody asks', async (t) => {
  const { pool, one, expected } = scene();
  for (let i = 0; i < 40; i++) learnAnswer(one, pool, 50, START);
  for (let i = 0; i < 3; i++) learnAnswer(one, pool, 500, START);
  t.ok(expected() > 2 * one.mean || expected() > one.mean, 'just now');
  const early = expected(START + 5000) - one.mean;
  t.ok(early > 0 && early < expected() - one.mean);
  t.ok(expected(START + 60_000) - one.mean < 1, 'a minute later nothing is left');
});

t.test('an unknown origin is expected to be as usual; with probes, three times that', async (t) => {
  for (const [probe, factor] of [
    [null, 1],
    [PROBE, 3],
  ] as const) {
    const { pool, one, expected } = scene(probe);
    t.notOk(rules.isKnown(one));
    t.equal(expected(), factor * 100, 'at the start');
    for (let i = 0; i < 30; i++) learnAnswer(pool.origins[1]!, pool, 20, START);
    t.ok(Math.abs(expected() - factor * 20) < 1, 'as the others turn out');
  }
});

t.test('a guess stands in until the first answer and is blended with it', async (t) => {
  const { pool, one, expected } = scene();
  learnGuess(one, 60, START);
  t.equal(expected(), 60);
  learnAnswer(one, pool, 160, START);
  t.equal(expected(), 90, 'the handshake is in the first answer');
  learnGuess(one, 5, START);
  t.equal(expected(), 90, 'what is known is not guessed');
});

t.test('a failure makes it look five times as slow, ten seconds at most, and fades', async (t) => {
  const { pool, one, expected } = scene();
  for (let i = 0; i < 9; i++) learnAnswer(one, pool, 40, START);
  learnFailure(one, pool, START);
  t.equal(Math.round(expected()), 200);
  for (let i = 0; i < 9; i++) learnFailure(one, pool, START);
  t.equal(expected(), 10_000);
  t.ok(expected(START + 60_000) < 80);
  const unknown = scene();
  learnFailure(unknown.one, unknown.pool, START);
  t.equal(unknown.expected(), 500, 'an unknown one five times the usual');
});

t.test('answers within the same millisecond are no division by zero', async (t) => {
  const story = tellStory(2);
  for (let i = 0; i < 50; i++) t.match(story.begin().run(0), 'finish');
  for (const { latency, mean } of story.pool.origins)
    t.ok(Number.isFinite(latency) && Number.isFinite(mean) && mean > 0 === latency > 0);
});

t.test('what waits for a tenth of a second more than is usual is no load', async (t) => {
  const { one } = scene();
  Object.assign(one, { mean: 40, deviation: 5 });
  for (const ago of [500, 170, 150, 0]) one.pending.push(START - ago);
  t.equal(rules.busyWith(one, START), 2);
});

t.test('entries of callers who hung up expire, and so does the silence that one told of', async (t) => {
  const { one } = scene();
  for (let i = 0; i < 50; i++) one.pending.push(START + i);
  one.silentSince = START;
  expirePending(one, START + 10_000, 10_000);
  t.strictSame([one.pending.length, one.silentSince], [50, START]);
  expirePending(one, START + 10_025, 10_000);
  t.strictSame([one.pending.length, one.silentSince], [25, 0]);
});
