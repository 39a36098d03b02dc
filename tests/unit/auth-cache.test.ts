/** How long a verdict holds, what replaces it, and how many are kept. */
import t from 'tap';
import { RETRY_MS, remember } from '../../lib/auth-cache.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { BAD, GOOD, START, book, learn, standing } from '../support/book.ts';

t.test("a good verdict's life", (t) => {
  const known = book();
  learn(known, 'a', GOOD, START);
  const at = (seconds: number) => standing(known, 'a', START + seconds * 1000);
  t.equal(at(0), 'holds');
  t.equal(at(79.9), 'holds');
  t.equal(at(80), 'renew', 'refreshed ahead of its end');
  t.equal(at(99.9), 'renew');
  t.equal(at(100), 'check', 'nobody is let in past its ttl unasked');
  t.equal(at(1099.9), 'check');
  t.equal(at(1100), 'unknown', 'staleSeconds later it is gone');
  t.end();
});

t.test('while the verifier gives no verdict nobody waits for it twice', (t) => {
  const known = book();
  learn(known, 'a', GOOD, START);
  const failed = START + 90_000;
  learn(known, 'a', null, failed);
  t.equal(standing(known, 'a', failed), 'holds', 'no second question at once');
  t.equal(standing(known, 'a', failed + RETRY_MS), 'renew', 'then one behind an answer');
  const later = START + 200_000;
  learn(known, 'a', null, later);
  t.equal(standing(known, 'a', later + RETRY_MS - 1), 'holds', 'stale, and it goes on working');
  t.equal(standing(known, 'a', later + RETRY_MS), 'renew');
  t.equal(standing(known, 'a', later + 2 * RETRY_MS), 'check', 'a failure long ago says nothing of now');
  learn(known, 'a', null, START + 1_099_000);
  t.equal(standing(known, 'a', START + 1_100_000), 'unknown', 'but not beyond staleSeconds');
  learn(known, 'b', null, START);
  t.equal(standing(known, 'b', START), 'unknown', 'no verdict on an unknown key is not remembered');
  t.end();
});

t.test('a bad verdict lives its own, shorter life', (t) => {
  const known = book();
  learn(known, 'a', BAD, START);
  t.equal(standing(known, 'a', START + 9_999), 'bad');
  t.equal(standing(known, 'a', START + 10_000), 'unknown');
  t.end();
});

t.test("the verifier's own life wins", (t) => {
  const known = book();
  learn(known, 'a', { ...GOOD, lifeSeconds: 5 }, START);
  t.equal(standing(known, 'a', START + 4_999), 'renew');
  t.equal(standing(known, 'a', START + 5_000), 'check');
  learn(known, 'b', { ...BAD, lifeSeconds: 50 }, START);
  t.equal(standing(known, 'b', START + 49_999), 'bad');
  learn(known, 'c', { ...GOOD, lifeSeconds: 0 }, START);
  t.equal(standing(known, 'c', START), 'check', 'max-age=0: asked each time, kept for bad days');
  learn(known, 'a', { ...GOOD, lifeSeconds: -1 }, START);
  t.equal(standing(known, 'a', START), 'unknown', 'no-store: not kept, and what was kept is dropped');
  learn(known, 'd', { ...BAD, lifeSeconds: -1 }, START);
  t.equal(standing(known, 'd', START), 'unknown');
  t.end();
});

t.test('lives are jittered, and never longer than promised', (t) => {
  const random = seededRandom(7);
  const known = book({ maxEntries: 1000 });
  for (let i = 0; i < 1000; i++) learn(known, `k${i}`, GOOD, START, random());
  const ends = [...known.good.entries.values()].map((entry) => (entry.freshUntil - START) / 1000);
  t.ok(Math.max(...ends) <= 100, `longest ${Math.max(...ends)}`);
  t.ok(Math.min(...ends) >= 90, `shortest ${Math.min(...ends)}`);
  const perSecond = ends.filter((end) => end < 91).length;
  t.ok(perSecond > 60 && perSecond < 140, `a tenth of them ends in each second of ten: ${perSecond}`);
  t.end();
});

t.test('a life counts from the question, not from the answer', (t) => {
  const known = book();
  remember(known, 'a', GOOD, START, START + 2000, 0);
  t.equal(standing(known, 'a', START + 99_999), 'renew');
  t.equal(standing(known, 'a', START + 100_000), 'check');
  t.end();
});

t.test('one verdict replaces the other', (t) => {
  const known = book();
  learn(known, 'a', GOOD, START);
  learn(known, 'a', BAD, START + 1);
  t.equal(standing(known, 'a', START + 2), 'bad', 'revoked');
  learn(known, 'a', GOOD, START + 3);
  t.equal(standing(known, 'a', START + 4), 'holds', 'reinstated');
  t.equal(known.bad.entries.size, 0);
  t.end();
});

t.test('a million bad keys move no good one out, and the store of bad ones is bounded', (t) => {
  const known = book({ maxEntries: 100 });
  for (let i = 0; i < 100; i++) learn(known, `good-${i}`, GOOD, START);
  for (let i = 0; i < 1_000_000; i++) learn(known, `bad-${i}`, BAD, START);
  t.equal(known.good.entries.size, 100);
  t.equal(known.bad.entries.size, 25);
  t.equal(standing(known, 'bad-999999', START), 'bad', 'the newest are known');
  t.equal(standing(known, 'bad-0', START), 'unknown');
  t.end();
});

t.test('what is used stays, what is not goes', (t) => {
  const known = book({ maxEntries: 100 });
  for (let i = 0; i < 100; i++) learn(known, `k${i}`, GOOD, START);
  for (let round = 0; round < 500; round++) {
    for (let i = 0; i < 10; i++) {
      const entry = known.good.entries.get(`k${i}`);
      if (entry !== undefined) entry.used = true;
    }
    learn(known, `passer-by-${round}`, GOOD, START);
    t.ok(known.good.entries.size <= 100);
  }
  for (let i = 0; i < 10; i++)
    t.equal(standing(known, `k${i}`, START), 'holds', `k${i} was used in each round`);
  t.equal(standing(known, 'k50', START), 'unknown');
  t.end();
});

t.test('a store of one works', (t) => {
  const known = book({ maxEntries: 1 });
  for (const digest of ['a', 'b', 'b', 'c']) learn(known, digest, GOOD, START);
  t.same([...known.good.entries.keys()], ['c']);
  t.end();
});
