/**
 * What the origin receives of a caller and its key, who needs no key, and which requests wait for a verifier.
 * Who is admitted and what the others are sent: tests/e2e/keys*.test.ts and the cases of Kong.
 */
import t from 'tap';
import type { Auth, Config } from '../../../lib/config/types.ts';
import { FORGED, gate, knows, verify } from '../../support/admission.ts';

const NO_KEY = '401 no_key: No API key found in request';

t.test('hideCredentials removes the key from headers, query, cookies, Referer and body', async (t) => {
  const auth: Auth = { keyIn: ['header', 'query', 'body'] };
  const path = '/?apikey=other&[x]=1';
  const referer = 'https://page.test/?apikey=one&b=2';
  const form = 'apikey=one&c=3';
  const type = 'application/x-www-form-urlencoded';
  const init = { method: 'POST', headers: { 'content-type': type, apikey: 'one', referer }, body: form };
  const hidden = await gate(auth).enter(path, init);
  t.same([hidden.query, hidden.body], ['?[x]=1', 'c=3'], 'the rest is unchanged');
  t.same([hidden.headers['apikey'], hidden.headers['referer']], [undefined, 'https://page.test/?b=2']);
  const shown = await gate({ ...auth, hideCredentials: false }).enter(path, init);
  t.same([shown.query, shown.body], ['?apikey=other&[x]=1', form], 'read, and forwarded unchanged');
  t.same([shown.headers['apikey'], shown.headers['referer']], ['one', referer]);
  const headers = { apikey: 'one', Token: 'three', cookie: 'token=4; b=2', 'api-key': 'x' };
  const names = await gate({ keyNames: ['apikey', 'token', 'api_key'] }).enter('/?token=2&a=1', { headers });
  t.equal(names.query, '?a=1', 'under every name');
  t.equal(names.headers['cookie'], 'b=2');
  for (const name of ['apikey', 'token', 'api-key']) t.notOk(name in names.headers, name);
});

t.test('a refusal names its reason, and the realm', async (t) => {
  for (const [path, verdict] of [
    ['/', NO_KEY],
    ['/?apikey=', NO_KEY],
    ['/?apikey=two', '401 bad_key: Unauthorized'],
    ['/?apikey=one&apikey=one', '401 duplicate_key: Duplicate API key found'],
  ] as const)
    t.equal((await gate({}).enter(path)).verdict, verdict, path);
  t.equal((await gate({ realm: 'a "b"' }).enter('/')).challenge, 'Key realm="a \\"b\\""');
});

t.test('callers without a good key get the anonymous consumer', async (t) => {
  const { enter } = gate({ anonymous: 'nobody' });
  for (const path of ['/', '/?apikey=two', '/?apikey=', '/?apikey=one&apikey=one']) {
    const { consumer, credentialId, anonymous } = (await enter(path)).context;
    t.same([consumer?.id, credentialId, anonymous], ['id-3', null, true], path);
  }
  t.match((await enter('/?apikey=one')).context, { credentialId: 'c-1', anonymous: false });
  t.match((await gate({ anonymous: 'nobody', verify }).withKey('new')).verdict, /^503 no_verdict/);
});

t.test('consumer headers of a request without auth are dropped, except for Kong', async (t) => {
  const routes: Config['routes'] = [{ paths: ['/open'], auth: false }, { paths: ['/'] }];
  const kong = { compat: 'kong-3' } as const;
  const preflight = { method: 'OPTIONS', headers: FORGED };
  const skips: Auth = { runOnPreflight: false };
  const CASES: [by: ReturnType<typeof gate>, init: RequestInit, headers: object][] = [
    [gate(skips), preflight, {}],
    [gate(skips, kong), preflight, FORGED],
    [gate({}, { routes }), { headers: FORGED }, {}],
    [gate({}, { routes, ...kong }), { headers: FORGED }, FORGED],
    // Without any auth they are ordinary headers.
    [gate(false), { headers: FORGED }, FORGED],
  ];
  for (const [by, init, headers] of CASES) {
    const entered = await by.enter('/open', init);
    t.same([entered.verdict, entered.headers], ['in', headers]);
  }
  t.equal((await gate(skips).enter('/')).verdict, NO_KEY);
  t.equal((await gate({}).enter('/', preflight)).verdict, NO_KEY);
  const mapped = { ...verify, upstreamHeaders: { X_Plan: '/plan' } };
  const forged = { apikey: 'one', 'x-plan': 'gold', x_plan: 'gold', cookie: 'a=1; apikey=one' };
  const options = { method: 'OPTIONS', headers: forged };
  const skipped = await gate({ ...skips, verify: mapped }).enter('/?a=1&apikey=one', options);
  t.same([skipped.headers, skipped.query], [{ cookie: 'a=1' }, '?a=1'], 'its key is removed all the same');
  const plan = { apikey: 'one', x_plan: 'gold' };
  for (const profile of [{}, kong]) {
    const by = gate({ verify: mapped, hideCredentials: false }, profile);
    const { headers } = await by.enter('/', { headers: plan });
    t.same([headers['x_plan'], headers['apikey']], [undefined, 'one'], 'a plan that no verifier set');
  }
});

t.test('a warm key with a valid verdict is admitted synchronously, without a digest', async (t) => {
  const auth = { verify, cache: { ttlSeconds: 100 } };
  const { withKey, admit, contextOf, runtime, work } = gate(auth, {}, knows('new'));
  const now = (apikey: string) => admit(contextOf('/', { headers: { apikey } }));
  for (const [key, why] of Object.entries({ new: 'verified', one: 'configured' })) {
    t.ok(now(key) instanceof Promise, `unknown, ${why}`);
    await withKey(key);
    await withKey(key);
    t.equal(now(key), null, `warm, ${why}`);
  }
  await runtime.advance(85_000);
  const checks = runtime.sent.length;
  t.equal(now('new'), null, 'checked again in the background');
  await Promise.all(work);
  t.equal(runtime.sent.length, checks + 1);
  await runtime.advance(79_000);
  t.equal(now('new'), null, 'renewed');
  await runtime.advance(21_000);
  t.ok(now('new') instanceof Promise, 'past its ttl it waits for a check');
});

t.test('a key is warm from its second use on, until its verdict is evicted or bad', async (t) => {
  const good = ['a', 'b'];
  const auth = { verify, cache: { ttlSeconds: 100, maxEntries: 1 } };
  const { withKey, runtime, warm } = gate(auth, {}, (...call) => knows(...good)(...call));
  const use = async (...keys: string[]) => {
    for (const key of keys) await withKey(key);
    return warm();
  };
  t.same(await use('one', 'other', 'other', 'a'), ['one'], 'a configured key, no bad one, no new one');
  t.same(await use('a'), ['one', 'a']);
  t.same(await use('b', 'a'), ['one'], 'evicted');
  t.same(await use('a'), ['one', 'a']);
  good.length = 0;
  await runtime.advance(101_000);
  t.same(await use('a'), ['one'], 'revoked');
  t.match((await withKey('a')).verdict, /^401 bad_key/);
});

t.test('a known key does not wait while all slots are taken', async (t) => {
  let hangs = false;
  const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
  const { withKey, runtime } = gate({ verify, cache: { ttlSeconds: 10 } }, {}, (request, world) =>
    hangs ? new Promise(() => undefined) : knows(...keys)(request, world),
  );
  for (const key of keys) await withKey(key);
  hangs = true;
  await runtime.advance(11_000);
  const verdicts: string[] = [];
  for (const key of keys) void withKey(key).then(({ verdict }) => verdicts.push(verdict));
  await runtime.settle();
  t.equal(verdicts.length, 4, 'six are being checked, the others are accepted as stale');
});
