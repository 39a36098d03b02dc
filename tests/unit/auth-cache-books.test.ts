/** What routes share of their books, the credentials beside them, and what forgetting does to them. */
import fc from 'fast-check';
import t from 'tap';
import { createVerdicts, credentialOf, forgetVerdict, lookUp } from '../../lib/auth-cache.ts';
import type { Book } from '../../lib/auth-cache.ts';
import type { AuthSettings, Consumer, RouteSettings } from '../../lib/config/types.ts';
import { boardFlight } from '../../lib/auth/single-flight.ts';
import { authSettings, digestOf, verifySettings } from '../support/auth.ts';
import { BAD, CACHE, GOOD, START, learn, standing } from '../support/book.ts';

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
