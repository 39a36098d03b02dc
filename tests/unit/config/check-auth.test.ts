import t from 'tap';
import { checkAuth, checkConsumers } from '../../../lib/config/check-auth.ts';
import { authSettings } from '../../support/auth.ts';

function faultsOf(auth: unknown): string[] {
  const faults: string[] = [];
  checkAuth(auth, 'auth', faults);
  return faults;
}

t.test(
  'keys are looked for in the header and the query, under "apikey", and hidden from the origin',
  async (t) => {
    t.same(checkAuth({}, 'auth', []), authSettings());
  },
);

t.test('a verifier gets the key under the first of its names unless told otherwise', async (t) => {
  const auth = checkAuth(
    { keyNames: ['x-key', 'k'], verify: { url: 'https://api.example/keys' } },
    'auth',
    [],
  );
  t.match(auth.verify, {
    method: 'GET',
    keyHeader: 'x-key',
    timeoutMs: 2000,
    field: null,
    consumer: { id: null },
    upstreamHeaders: [],
  });
  t.equal(
    checkAuth({ verify: { url: 'https://a/{key}', keyHeader: 'x-other' } }, 'auth', []).verify?.keyHeader,
    'x-other',
  );
});

t.test('what cannot be is refused with its place', async (t) => {
  const table: [auth: unknown, place: string][] = [
    [{ keyNames: [] }, 'auth.keyNames'],
    [{ keyNames: ['a b'] }, 'auth.keyNames[0]'],
    [{ keyIn: ['cookie'] }, 'auth.keyIn[0]'],
    [{ verify: { url: 'keys' } }, 'auth.verify.url'],
    [{ verify: { url: 'https://{key}.example/' } }, 'auth.verify.url'],
    [{ verify: { url: 'https://a:{key}/' } }, 'auth.verify.url'],
    [{ verify: { url: 'https://a', timeoutMs: 60000 } }, 'auth.verify.timeoutMs'],
    [{ verify: { url: 'https://a', field: 'valid' } }, 'auth.verify.field'],
    [
      { verify: { url: 'https://a', upstreamHeaders: { 'X-Plan': 'plan' } } },
      'auth.verify.upstreamHeaders.X-Plan',
    ],
    [{ cache: { ttlSeconds: -1 } }, 'auth.cache.ttlSeconds'],
    [{ cache: { maxEntries: 0 } }, 'auth.cache.maxEntries'],
    [{ realm: 'a"b' }, 'auth.realm'],
    [{ hideCredentials: 'yes' }, 'auth.hideCredentials'],
  ];
  for (const [auth, place] of table) t.ok(faultsOf(auth)[0]?.startsWith(place), place);
});

t.test('consumers hold digests; what looks like a key is refused without being repeated', async (t) => {
  const faults: string[] = [];
  checkConsumers(
    [{ id: '1', username: 'bob', credentials: [{ id: 'c', sha256: 'b'.repeat(64), ttlSeconds: 60 }] }],
    'consumers',
    faults,
  );
  t.same(faults, []);
  checkConsumers(
    [{ id: '1', credentials: [{ sha256: 'raw-key-of-bob' }] }, { credentials: [] }],
    'consumers',
    faults,
  );
  t.notMatch(faults.join(), /raw-key/);
  t.match(faults, [
    /^consumers\[0\].credentials\[0\].sha256 must be 64 lower-case hex/,
    /^consumers\[1\].id must be a text, received nothing/,
  ]);
});
