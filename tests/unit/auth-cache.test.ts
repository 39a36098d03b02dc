/** How long a verdict holds, what replaces it, and how many are kept. */
import t from 'tap';
import {
  lookUpVerdict,
  CHECK_RETRY_MS,
  remember,
  shortDigest,
  warmKey,
  warmUp,
} from '../../lib/auth-cache.ts';
import { digestOf } from '../support/auth.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { BAD, GOOD, START, cacheOf, freshness, learn, warm } from '../support/verifier-cache.ts';

t.test("a good verdict's life", async (t) => {
  const known = cacheOf();
  learn(known, 'a', GOOD, START);
  for (const [seconds, state, why] of [
    [0, 'fresh'],
    [79.9, 'fresh'],
    [80, 'renewing', 'refreshed ahead of its end'],
    [99.9, 'renewing'],
    [100, 'stale', 'nobody is let in past its ttl unasked'],
    [1099.9, 'stale'],
    [1100, 'expired', 'staleSeconds later it is gone'],
  ] as const)
    t.equal(freshness(known, 'a', START + seconds * 1000), state, why ?? `${seconds} s`);
});

t.test('while the verifier gives no verdict nobody waits for it twice', async (t) => {
  const known = cacheOf();
  learn(known, 'a', GOOD, START);
  const failed = START + 90_000;
  learn(known, 'a', null, failed);
  t.equal(freshness(known, 'a', failed), 'fresh', 'no second question at once');
  t.equal(freshness(known, 'a', failed + CHECK_RETRY_MS), 'renewing', 'then one behind an answer');
  const later = START + 200_000;
  learn(known, 'a', null, later);
  t.equal(freshness(known, 'a', later + CHECK_RETRY_MS - 1), 'fresh', 'stale, and it goes on working');
  t.equal(freshness(known, 'a', later + CHECK_RETRY_MS), 'renewing');
  const long = later + 2 * CHECK_RETRY_MS;
  t.equal(freshness(known, 'a', long), 'stale', 'a failure long ago says nothing of now');
  learn(known, 'a', null, START + 1_099_000);
  t.equal(freshness(known, 'a', START + 1_100_000), 'expired', 'but not beyond staleSeconds');
  learn(known, 'b', null, START);
  t.equal(freshness(known, 'b', START), 'expired', 'no verdict on an unknown key is not remembered');
});

t.test('a bad verdict lives its own, shorter life', async (t) => {
  const known = cacheOf();
  learn(known, 'a', BAD, START);
  t.equal(freshness(known, 'a', START + 9_999), 'bad');
  t.equal(freshness(known, 'a', START + 10_000), 'expired');
});

t.test("the verifier's own life wins", async (t) => {
  const known = cacheOf();
  learn(known, 'a', { ...GOOD, lifeSeconds: 5 }, START);
  t.equal(freshness(known, 'a', START + 4_999), 'renewing');
  t.equal(freshness(known, 'a', START + 5_000), 'stale');
  learn(known, 'b', { ...BAD, lifeSeconds: 50 }, START);
  t.equal(freshness(known, 'b', START + 49_999), 'bad');
  learn(known, 'c', { ...GOOD, lifeSeconds: 0 }, START);
  t.equal(freshness(known, 'c', START), 'stale', 'max-age=0: asked each time, kept for bad days');
  learn(known, 'a', { ...GOOD, lifeSeconds: -1 }, START);
  t.equal(freshness(known, 'a', START), 'expired', 'no-store: not kept, and what was kept is dropped');
  learn(known, 'd', { ...BAD, lifeSeconds: -1 }, START);
  t.equal(freshness(known, 'd', START), 'expired');
});

t.test('lives are jittered, and never longer than promised', async (t) => {
  const random = seededRandom(7);
  const known = cacheOf({ maxEntries: 1000 });
  for (let i = 0; i < 1000; i++) learn(known, `k${i}`, GOOD, START, random());
  const endOf = (key: string) => (lookUpVerdict(known, digestOf(key))!.freshUntil - START) / 1000;
  const ends = Array.from({ length: 1000 }, (_, i) => endOf(`k${i}`));
  t.ok(Math.max(...ends) <= 100, `longest ${Math.max(...ends)}`);
  t.ok(Math.min(...ends) >= 90, `shortest ${Math.min(...ends)}`);
  const perSecond = ends.filter((end) => end < 91).length;
  t.ok(perSecond > 60 && perSecond < 140, `a tenth of them ends in each second of ten: ${perSecond}`);
});

t.test('a life counts from the question, not from the answer', async (t) => {
  const known = cacheOf();
  remember(known, digestOf('a'), GOOD, { askedAt: START, now: START + 2000, random: 0 });
  t.equal(freshness(known, 'a', START + 99_999), 'renewing');
  t.equal(freshness(known, 'a', START + 100_000), 'stale');
});

t.test('ten thousand bad keys move no good one out, and the store of bad ones is bounded', async (t) => {
  const known = cacheOf({ maxEntries: 100 });
  for (let i = 0; i < 100; i++) learn(known, `good-${i}`, GOOD, START);
  for (let i = 0; i < 10_000; i++) learn(known, `bad-${i}`, BAD, START);
  t.equal(known.good.entries.size, 100);
  t.equal(known.bad.entries.size, 25);
  t.equal(freshness(known, 'bad-9999', START), 'bad', 'the newest are known');
  t.equal(freshness(known, 'bad-0', START), 'expired');
});

t.test('what is used stays, what is not goes', async (t) => {
  const known = cacheOf({ maxEntries: 100 });
  for (let i = 0; i < 100; i++) learn(known, `k${i}`, GOOD, START);
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

t.test('a store of one works', async (t) => {
  const known = cacheOf({ maxEntries: 1 });
  for (const digest of ['a', 'b', 'b', 'c']) learn(known, digest, GOOD, START);
  t.same([...known.good.entries.keys()], [shortDigest(digestOf('c'))]);
});

t.test(
  'a warm key is held by its text for as long as its entry; one that was evicted until its next use',
  async (t) => {
    const known = cacheOf({ maxEntries: 2 });
    const use = (key: string) => {
      learn(known, key, GOOD, START);
      warm(known, key);
    };
    const size = () => [...known.warm.keys()].filter((key) => warmKey(known, key)).length;
    use('a');
    t.equal(warmKey(known, 'a')?.entry.good, true);
    learn(known, 'a', null, START + 90_000);
    t.equal(warmKey(known, 'a')?.entry.failedAt, START + 90_000, 'what is learnt of it is known there too');
    learn(known, 'a', { ...GOOD, consumer: { id: 'new', credentials: [] } }, START + 95_000);
    t.equal(warmKey(known, 'a')?.entry.consumer?.id, 'new');
    learn(known, 'a', BAD, START + 96_000);
    t.equal(known.warm.size, 0, 'revoked');
    t.equal(warmKey(known, 'a'), undefined);
    use('a');
    learn(known, 'a', { ...GOOD, lifeSeconds: -1 }, START);
    t.equal(known.warm.size, 0, 'no-store');
    for (const key of ['a', 'b', 'c', 'd']) use(key);
    t.equal(known.good.entries.size, 2);
    t.equal(size(), 2, 'evicted');
    t.equal(known.warm.size, 2);
    warmUp(known, digestOf('gone'), 'gone', lookUpVerdict(known, digestOf('d'))!);
    t.notOk(known.warm.has('gone'), 'there is no warm key without an entry');
  },
);

t.test('the text of few keys is held', async (t) => {
  const known = cacheOf({ maxEntries: 10_000 });
  for (let i = 0; i < 3000; i++) {
    learn(known, `k${i}`, GOOD, START);
    warm(known, `k${i}`);
  }
  t.equal(known.warm.size, 2000);
  t.notOk(known.warm.has('k0'));
  t.equal(freshness(known, 'k0', START), 'fresh', 'and the others are known all the same');
});
