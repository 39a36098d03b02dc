import fc from 'fast-check';
import t from 'tap';
import {
  createBook,
  createVerdicts,
  credentialOf,
  forgetVerdict,
  lookUp,
  remember,
  RETRY_MS,
  standingOf,
} from '../../lib/auth-cache.ts';
import type { Book } from '../../lib/auth-cache.ts';
import type { AuthSettings, Consumer, RouteSettings, VerdictCache } from '../../lib/config.ts';
import { boardFlight } from '../../lib/flights.ts';
import type { Verdict } from '../../lib/verify.ts';
import { authSettings, digestOf, verifySettings } from '../support/auth.ts';
import { seededRandom } from '../support/seeded-random.ts';

const START = 1_000_000;
const GOOD: Verdict = { good: true, consumer: null, headers: [], lifeSeconds: null };
const BAD: Verdict = { ...GOOD, good: false };
const CACHE = { ttlSeconds: 100, negativeTtlSeconds: 10, staleSeconds: 1000, maxEntries: 4 };
const book = (cache: VerdictCache = {}): Book =>
  createBook(authSettings({ verify: verifySettings(), cache: { ...CACHE, ...cache } }));
const learn = (into: Book, digest: string, verdict: Verdict | null, now: number, random = 0): void =>
  remember(into, digest, verdict, now, now, random);
const standing = (of: Book, digest: string, now: number): string => {
  const entry = lookUp(of, digest);
  const worth = standingOf(of, entry, now);
  return entry?.good === false && worth === 'holds' ? 'bad' : worth;
};

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

const route = (auth: AuthSettings | null) => ({ auth }) as RouteSettings;
const CONSUMERS: Consumer[] = [
  {
    id: 'id-1',
    username: 'bob',
    credentials: [
      { id: 'c-1', sha256: digestOf('one') },
      { sha256: digestOf('two'), ttlSeconds: 60 },
    ],
  },
  { id: 'bob', credentials: [] },
];

t.test("the configuration's own credentials", (t) => {
  const verdicts = createVerdicts({ routes: [route(authSettings())], consumers: CONSUMERS });
  t.equal(credentialOf(verdicts, digestOf('one'), START)?.consumer?.username, 'bob');
  t.equal(credentialOf(verdicts, digestOf('one'), START)?.id, 'c-1');
  t.equal(credentialOf(verdicts, digestOf('two'), START)?.id, undefined, 'not every credential has a name');
  t.equal(credentialOf(verdicts, digestOf('three'), START), null);
  t.equal(credentialOf(verdicts, digestOf('two'), START + 59_999)?.consumer?.id, 'id-1');
  t.equal(
    credentialOf(verdicts, digestOf('two'), START + 60_000),
    null,
    'its life counts from the first request',
  );
  t.equal(credentialOf(verdicts, digestOf('one'), START + 1e12)?.id, 'c-1');
  t.end();
});

t.test('the anonymous consumer is named by id or by username', (t) => {
  const named = (anonymous: string | null) => {
    const auth = authSettings({ anonymous });
    return createVerdicts({ routes: [route(auth)], consumers: CONSUMERS }).anonymous.get(auth)?.consumer;
  };
  t.equal(named('id-1'), CONSUMERS[0]);
  t.equal(named('bob'), CONSUMERS[1], 'an id goes before a name');
  t.equal(named('nobody'), undefined);
  t.equal(named(null), undefined);
  t.end();
});

t.test('routes with the same verifier and cache share what is known', (t) => {
  const auths = [
    authSettings({ verify: verifySettings() }),
    authSettings({ verify: verifySettings(), realm: 'x' }),
    authSettings({ verify: verifySettings({ timeoutMs: 1 }) }),
  ];
  const { books } = createVerdicts({ routes: [...auths, null].map(route), consumers: [] });
  const [one, two, three] = auths.map((auth) => books.get(auth));
  t.equal(one, two);
  t.not(one, three);
  t.equal(createVerdicts({ routes: [route(null)], consumers: [] }).books.size, 0);
  t.end();
});

t.test('forgetting one digest, or all, in every book', (t) => {
  const auths = [
    authSettings({ verify: verifySettings() }),
    authSettings({ verify: verifySettings({ url: 'https://w.test/{key}' }) }),
  ];
  const verdicts = createVerdicts({ routes: auths.map(route), consumers: CONSUMERS });
  const [one, two] = auths.map((auth) => verdicts.books.get(auth)) as [Book, Book];
  learn(one, 'a', GOOD, START);
  learn(one, 'b', GOOD, START);
  learn(two, 'a', BAD, START);
  const flight = boardFlight(one.flights, 'a', 1, START, 1000);
  t.equal(forgetVerdict(verdicts, 'a'), 2);
  t.equal(flight?.forgotten, true);
  t.same(
    [standing(one, 'a', START), standing(one, 'b', START), standing(two, 'a', START)],
    ['unknown', 'holds', 'unknown'],
  );
  t.equal(forgetVerdict(verdicts, null), 1);
  t.equal(standing(one, 'b', START), 'unknown');
  learn(one, 'c', GOOD, START);
  t.equal(standing(one, 'c', START), 'holds', 'and learns again');
  t.equal(credentialOf(verdicts, digestOf('one'), START)?.id, 'c-1', 'the configuration is not forgotten');
  t.end();
});

t.test(
  'whatever happens, the stores stay bounded, hold no digest twice, and the newest verdict is known',
  (t) => {
    const step = fc.record({
      digest: fc.integer({ min: 0, max: 12 }).map(String),
      what: fc.constantFrom('good', 'bad', 'none', 'use', 'forget', 'forget all'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const auth = authSettings({ verify: verifySettings(), cache: CACHE });
        const verdicts = createVerdicts({ routes: [route(auth)], consumers: [] });
        const known = verdicts.books.get(auth) as Book;
        for (const { digest, what } of steps) {
          const before = lookUp(known, digest);
          if (what === 'use' && before) before.used = true;
          else if (what === 'forget') forgetVerdict(verdicts, digest);
          else if (what === 'forget all') forgetVerdict(verdicts, null);
          else learn(known, digest, what === 'none' ? null : what === 'good' ? GOOD : BAD, START);
          const { good, bad } = known;
          if (good.entries.size > 4 || bad.entries.size > 1) return false;
          if ([...good.entries.keys()].some((each) => bad.entries.has(each))) return false;
          const after = lookUp(known, digest);
          if ((what === 'good' || what === 'bad') && after?.good !== (what === 'good')) return false;
          if (what.startsWith('forget') && after !== undefined) return false;
          if (what === 'none' && after !== before) return false;
        }
        return true;
      }),
    );
    t.end();
  },
);
