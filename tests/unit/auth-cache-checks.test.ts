/** Checks of keys: one for many callers, a few at a time. */
import t from 'tap';
import { checkKey, lookUpVerdict, CHECK_SLOTS } from '../../lib/auth-cache.ts';
import { forgetKey } from '../../lib/auth/forget.ts';
import { digestOf } from '../support/auth.ts';
import { cacheOf } from '../support/verifier-cache.ts';
import { virtualRuntime, type VirtualRuntime } from '../support/virtual-runtime.ts';

/** A verifier that answers each question after `delayMs` with `status()`; null never answers. */
function world(delayMs: number, status: () => number | null = () => 200) {
  let now = 0;
  let most = 0;
  const runtime: VirtualRuntime = virtualRuntime({
    fetch: (request, { after }) =>
      new Promise((resolve, reject) => {
        most = Math.max(most, ++now);
        request.signal.addEventListener('abort', () => (now--, reject(new Error('aborted'))));
        const answer = status();
        if (answer !== null) after(delayMs, () => (now--, resolve(new Response('', { status: answer }))));
      }),
  });
  const cache = cacheOf({ maxEntries: 1000 });
  const kept: Promise<unknown>[] = [];
  const results: Record<string, string[]> = {};
  const ask = (key: string, known = false) => {
    const asker = { runtime, waitUntil: (work: Promise<unknown>) => void kept.push(work) };
    void checkKey(cache, digestOf(key), key, known, asker).then((verdict) =>
      (results[key] ??= []).push(verdict === null ? 'none' : verdict.good ? 'good' : 'bad'),
    );
  };
  const known = (key: string) => lookUpVerdict(cache, digestOf(key));
  return { cache, runtime, ask, known, results, kept, most: () => most };
}

t.test('many keys are checked a few at a time, and the last slot is for known ones', async (t) => {
  const { runtime, ask, results, kept, most } = world(100);
  for (let i = 0; i < 20; i++) ask(`k${i}`);
  await runtime.advance(0);
  t.equal(runtime.sent.length, CHECK_SLOTS - 1);
  ask('known', true);
  await runtime.advance(0);
  t.equal(runtime.sent.length, CHECK_SLOTS, 'it does not queue behind strangers');
  await runtime.advance(400);
  t.equal(Object.keys(results).length, 21);
  t.equal(most(), CHECK_SLOTS);
  t.equal(kept.length, 21, 'those that ask are kept alive');
  t.equal(runtime.pending(), 0, 'no timer stays behind');
});

t.test('who cannot be checked in time is told so, and the verifier is not asked for nobody', async (t) => {
  const { runtime, ask, results, cache } = world(0, () => null);
  for (let i = 0; i < 300; i++) ask(`k${i}`);
  await runtime.advance(0);
  t.equal(Object.keys(results).length, 50, 'beyond fifty a slot they are turned away at once');
  await runtime.advance(13_000);
  const all = Object.values(results).flat();
  t.equal(all.length, 300, 'and all the others after ten seconds and a time-out');
  t.ok(all.every((each) => each === 'none'));
  t.ok(runtime.sent.length <= 30, `received ${runtime.sent.length} questions`);
  t.equal(cache.flights.inFlight.size, 0);
  t.equal(runtime.pending(), 0);
});

t.test('nobody is let in by a check from before a forget', async (t) => {
  const answers = [200, 401];
  const { runtime, ask, known, results, cache } = world(100, () => answers.shift() ?? 500);
  ask('k');
  ask('k');
  await runtime.advance(50);
  forgetKey(cache, null);
  ask('k');
  await runtime.advance(50);
  t.equal(known('k'), undefined);
  await runtime.advance(100);
  t.same(results, { k: ['bad', 'bad', 'bad'] }, 'those who waited were checked anew');
  t.equal(runtime.sent.length, 2);
  t.equal(known('k')?.good, false);
});

t.test('no verdict is remembered of a good entry alone', async (t) => {
  let status = 200;
  const { runtime, ask, known } = world(10, () => status);
  ask('k');
  await runtime.advance(10);
  status = 503;
  ask('k', true);
  ask('stranger');
  await runtime.advance(10);
  t.equal(known('k')?.good, true);
  t.equal(known('k')?.failedAt, runtime.now());
  t.equal(known('stranger'), undefined);
});
