/** Cached verdicts: lifetime, replacement, number, removal. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import {
  checkKey,
  CHECK_RETRY_MS,
  lookUpVerdict,
  remember,
  type VerifierCache,
} from '../../lib/auth-cache.ts';
import { forgetKey } from '../../lib/auth/forget.ts';
import { cacheOf as sharedCache } from '../../lib/auth/key-auth.ts';
import { authSettings, digestOf, verifiedBy } from '../support/auth.ts';
import { testProperty } from '../support/property.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { BAD, GOOD, START, cacheOf, entryOf, freshness, learn, warm } from '../support/verifier-cache.ts';
import { virtualRuntime } from '../support/virtual-runtime.ts';

t.test('the states of a verdict over its lifetime', async (t) => {
  const lasting = (lifeSeconds: number, verdict = GOOD) => ({ ...verdict, lifeSeconds });
  const CASES: [verdict: typeof GOOD, seconds: number, state: string][] = [
    [GOOD, 79.9, 'fresh'],
    [GOOD, 80, 'renewing'],
    [GOOD, 99.9, 'renewing'],
    // Past the ttl no key is admitted without a check.
    [GOOD, 100, 'stale'],
    [GOOD, 1099.9, 'stale'],
    [GOOD, 1100, 'expired'],
    [BAD, 9.999, 'bad'],
    [BAD, 10, 'expired'],
    // The verifier's own lifetime overrides the ttl.
    [lasting(5), 4.999, 'renewing'],
    [lasting(5), 5, 'stale'],
    [lasting(50, BAD), 49.999, 'bad'],
    // max-age=0: checked each time, cached in case the verifier fails. no-store: not cached.
    [lasting(0), 0, 'stale'],
    [lasting(-1), 0, 'expired'],
    [lasting(-1, BAD), 0, 'expired'],
  ];
  for (const [verdict, seconds, state] of CASES) {
    const known = cacheOf();
    // It starts with the request, not the response, and replaces the cached verdict.
    learn(known, 'a', lasting(9), START - 1);
    remember(known, digestOf('a'), verdict, { askedAt: START, now: START + 2000, random: 0 });
    t.equal(freshness(known, 'a', START + seconds * 1000), state, `${JSON.stringify(verdict)}, ${seconds} s`);
  }
});

t.test('a check without a verdict is not repeated before CHECK_RETRY_MS', async (t) => {
  const known = cacheOf();
  learn(known, 'a', GOOD, START);
  const fail = (at: number, ...after: [ms: number, state: string, why: string][]) => {
    learn(known, 'a', null, at);
    for (const [ms, state, why] of after) t.equal(freshness(known, 'a', at + ms), state, why);
  };
  fail(START + 90_000, [0, 'fresh', 'no second check at once'], [CHECK_RETRY_MS, 'renewing', 'then one']);
  fail(
    START + 200_000,
    [CHECK_RETRY_MS - 1, 'fresh', 'stale, but still accepted'],
    [CHECK_RETRY_MS, 'renewing', 'one check in the background'],
    [2 * CHECK_RETRY_MS, 'stale', 'a failure long ago is ignored'],
  );
  fail(START + 1_099_000, [1000, 'expired', 'but not beyond staleSeconds']);
  learn(known, 'b', null, START);
  t.equal(freshness(known, 'b', START), 'expired', 'a failed check of an unknown key is not cached');
});

t.test('lifetimes are jittered, and never longer than the ttl', async (t) => {
  const random = seededRandom(7);
  const known = cacheOf({ maxEntries: 1000 });
  const ends = Array.from({ length: 1000 }, (_, i) => {
    learn(known, `k${i}`, GOOD, START, random());
    return (entryOf(known, `k${i}`)!.freshUntil - START) / 1000;
  });
  t.ok(Math.max(...ends) <= 100, `longest ${Math.max(...ends)}`);
  t.ok(Math.min(...ends) >= 90, `shortest ${Math.min(...ends)}`);
  const perSecond = ends.filter((end) => end < 91).length;
  t.ok(perSecond > 60 && perSecond < 140, `a tenth of them ends in each of the ten seconds: ${perSecond}`);
});

t.test('used entries stay, unused ones are evicted, and no bad key evicts a good one', async (t) => {
  const known = cacheOf({ maxEntries: 100 });
  for (let i = 0; i < 100; i++) learn(known, `k${i}`, GOOD, START);
  for (let i = 0; i < 1000; i++) learn(known, `bad-${i}`, BAD, START);
  t.same([known.good.entries.size, known.bad.entries.size], [100, 25]);
  t.equal(freshness(known, 'bad-999', START), 'bad', 'the newest are cached');
  let most = 0;
  for (let round = 0; round < 500; round++) {
    for (let i = 0; i < 10; i++) warm(known, `k${i}`);
    learn(known, `passer-by-${round}`, GOOD, START);
    most = Math.max(most, known.good.entries.size);
  }
  t.equal(most, 100);
  for (let i = 0; i < 10; i++)
    t.equal(freshness(known, `k${i}`, START), 'fresh', `k${i} was used in each round`);
  t.equal(freshness(known, 'k50', START), 'expired');
});

t.test('few keys are checked at a time, and the last slot is reserved for known ones', async (t) => {
  let status = 200;
  const runtime = virtualRuntime({
    fetch: (_, { after }) =>
      new Promise((resolve) => after(100, () => resolve(new Response('', { status })))),
  });
  const known = cacheOf({ maxEntries: 1000 });
  const ask = (key: string, isKnown = false) =>
    void checkKey(known, digestOf(key), key, isKnown, { runtime, waitUntil: () => undefined });
  for (let i = 0; i < 20; i++) ask(`k${i}`);
  await runtime.settle();
  t.equal(runtime.sent.length, 5);
  ask('known', true);
  await runtime.settle();
  t.equal(runtime.sent.length, 6);
  await runtime.advance(1000);
  status = 503;
  ask('known', true);
  ask('stranger');
  await runtime.advance(100);
  // A failed check is recorded for a known key only.
  t.match(entryOf(known, 'known'), { good: true, failedAt: runtime.now() });
  t.equal(entryOf(known, 'stranger'), undefined);
});

t.test('routes with the same verifier and cache settings share a cache', async (t) => {
  const auths = [verifiedBy(), verifiedBy({}, { realm: 'x' }), verifiedBy({ timeoutMs: 1 }), authSettings()];
  const caches = new Map<string, VerifierCache>();
  const [one, two, ...others] = auths.map((auth) => sharedCache(caches, auth, null));
  t.equal(one, two);
  t.notOk(others.includes(one!));
});

type Action = 'good' | 'bad' | 'none' | 'use' | 'forget' | 'forget all';

/** Performs the action; returns whether every invariant still holds. */
function stepHolds(known: VerifierCache, key: string, action: Action): boolean {
  const { good, bad } = known;
  const digest = digestOf(key);
  const before = entryOf(known, key);
  const size = good.entries.size + bad.entries.size;
  const all = action === 'forget all';
  let forgotten: number | null = null;
  if (action === 'use' && before?.good) warm(known, key);
  else if (action === 'forget' || all) forgotten = forgetKey(known, all ? null : digest);
  else if (action !== 'use')
    learn(known, key, action === 'none' ? null : action === 'good' ? GOOD : BAD, START);
  const after = entryOf(known, key);
  // A key is dropped with its verdict.
  const isCold = !known.warm.has(key);
  return (
    (isCold || (forgotten === null && !(action === 'bad' && before?.good))) &&
    good.entries.size <= 4 &&
    bad.entries.size <= 1 &&
    ![...good.entries.keys()].some((each) => bad.entries.has(each)) &&
    // What a warm key was last told does not outlive its verdict.
    [...known.warm].every(([each, hashed]) =>
      isDeepStrictEqual(lookUpVerdict(known, hashed), entryOf(known, each)),
    ) &&
    (action === 'good' || action === 'bad' ? after?.good === (action === 'good') : true) &&
    (forgotten === null ||
      (after === undefined && forgotten === (all ? size : Number(before !== undefined)))) &&
    (action === 'none' ? after?.good === before?.good : true)
  );
}

/** More keys than there is room for; mostly good ones in use, so that there is something to drop. */
const step = fc.record({
  key: fc.nat(5).map(String),
  action: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom<Action>('good', 'use') },
    { weight: 6, arbitrary: fc.constantFrom<Action>('bad', 'none', 'forget') },
    { weight: 1, arbitrary: fc.constant<Action>('forget all') },
  ),
});
const title = 'after any actions the tables are bounded and hold only the newest verdict';
testProperty(title, [fc.array(step, { maxLength: 60, size: 'max' })], 100, (steps) => {
  const known = cacheOf();
  return steps.every(({ key, action }) => stepHolds(known, key, action));
});
