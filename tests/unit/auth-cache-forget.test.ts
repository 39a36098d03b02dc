/** What routes share of what is known, and what forgetting does to it. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { lookUpVerdict, warmKey, type VerifierCache } from '../../lib/auth-cache.ts';
import { forgetKey } from '../../lib/auth/forget.ts';
import { cachesOf } from '../../lib/auth/key-auth.ts';
import type { AuthSettings, RouteSettings } from '../../lib/config/types.ts';
import { authSettings, digestOf, verifySettings } from '../support/auth.ts';
import { testProperty } from '../support/property.ts';
import { BAD, cacheOf, freshness, GOOD, learn, START, warm } from '../support/verifier-cache.ts';

const route = (auth: AuthSettings | null) => ({ auth }) as RouteSettings;

t.test('routes with the same verifier and cache settings share what is known', async (t) => {
  const auths = [
    authSettings({ verify: verifySettings() }),
    authSettings({ verify: verifySettings(), realm: 'x' }),
    authSettings({ verify: verifySettings({ timeoutMs: 1 }) }),
    authSettings(),
  ];
  const caches = cachesOf([...auths, null].map(route));
  const [one, two, three, four] = auths.map((auth) => caches.get(auth));
  t.equal(one, two);
  t.not(one, three);
  t.equal(four, undefined, 'where nobody is asked nothing is remembered');
  t.equal(cachesOf([route(null)]).size, 0);
});

t.test('forgetting one digest, or all', async (t) => {
  const known = cacheOf();
  for (const key of ['a', 'b']) {
    learn(known, key, GOOD, START);
    warm(known, key);
  }
  learn(known, 'c', BAD, START);
  t.equal(forgetKey(known, digestOf('a')), 1);
  t.same([...known.warm.keys()], ['b'], 'its text goes with it');
  t.equal(warmKey(known, 'a'), undefined);
  t.equal(freshness(known, 'a', START), 'expired');
  t.equal(freshness(known, 'b', START), 'fresh');
  t.equal(forgetKey(known, null), 2);
  t.same([...known.warm.keys()], []);
  t.equal(warmKey(known, 'b'), undefined);
  t.equal(freshness(known, 'b', START), 'expired');
  learn(known, 'd', GOOD, START);
  t.equal(freshness(known, 'd', START), 'fresh', 'and learns again');
});

type What = 'good' | 'bad' | 'none' | 'use' | 'forget' | 'forget all';

/** Does it, and says whether everything that must hold still does. */
function stepHolds(known: VerifierCache, key: string, what: What): boolean {
  const digest = digestOf(key);
  const before = lookUpVerdict(known, digest);
  if (what === 'use' && before?.good) warm(known, key);
  else if (what === 'forget') forgetKey(known, digest);
  else if (what === 'forget all') forgetKey(known, null);
  else if (what !== 'use') learn(known, key, what === 'none' ? null : what === 'good' ? GOOD : BAD, START);
  const { good, bad } = known;
  const after = lookUpVerdict(known, digest);
  return (
    good.entries.size <= 4 &&
    bad.entries.size <= 1 &&
    ![...good.entries.keys()].some((each) => bad.entries.has(each)) &&
    [...known.warm.keys()].every((each) => {
      const entry = lookUpVerdict(known, digestOf(each));
      return isDeepStrictEqual(warmKey(known, each)?.entry, entry?.good ? entry : undefined);
    }) &&
    (what === 'good' || what === 'bad' ? after?.good === (what === 'good') : true) &&
    (what.startsWith('forget') ? after === undefined : true) &&
    (what === 'none' ? after?.good === before?.good : true)
  );
}

const step = fc.record({
  key: fc.nat(12).map(String),
  what: fc.constantFrom<What>('good', 'bad', 'none', 'use', 'forget', 'forget all'),
});
const title = 'whatever happens, the stores stay bounded and know the newest verdict alone';
testProperty(title, [fc.array(step, { maxLength: 60 })], 100, (steps) => {
  const known = cacheOf();
  return steps.every(({ key, what }) => stepHolds(known, key, what));
});
