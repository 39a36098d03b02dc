/**
 * What the origin gets to see of a caller and of its key, who need not show one, and which request waits for a verifier.
 * Who is let in and what the others are told: tests/e2e/keys*.test.ts and the cases of Kong.
 */
import t from 'tap';
import type { Auth, Config } from '../../../lib/config/types.ts';
import { FORGED, gate, knows, verify } from '../../support/admission.ts';

const NO_KEY = '401 no_key: No API key found in request';

t.test('hideCredentials hides the key wherever it stands', async (t) => {
  const auth: Auth = { keyIn: ['header', 'query', 'body'] };
  const path = '/?apikey=other&[x]=1';
  const referer = 'https://page.test/?apikey=one&b=2';
  const form = 'apikey=one&c=3';
  const type = 'application/x-www-form-urlencoded';
  const init = { method: 'POST', headers: { 'content-type': type, apikey: 'one', referer }, body: form };
  const hidden = await gate(auth).enter(path, init);
  t.same([hidden.query, hidden.body], ['?[x]=1', 'c=3'], 'the rest stays as it was');
  t.same([hidden.headers['apikey'], hidden.headers['referer']], [undefined, 'https://page.test/?b=2']);
  const shown = await gate({ ...auth, hideCredentials: false }).enter(path, init);
  t.same([shown.query, shown.body], ['?apikey=other&[x]=1', form], 'read, and passed on as it was');
  t.same([shown.headers['apikey'], shown.headers['referer']], ['one', referer]);
  const headers = { apikey: 'one', Token: 'three', cookie: 'token=4; b=2', 'api-key': 'x' };
  const names = await gate({ keyNames: ['apikey', 'token', 'api_key'] }).enter('/?token=2&a=1', { headers });
  t.equal(names.query, '?a=1', 'under every name');
  t.equal(names.headers['cookie'], 'b=2');
  for (const name of ['apikey', 'token', 'api-key']) t.notOk(name in names.headers, name);
});

t.test('who is refused is told why, and counted so', async (t) => {
  for (const [path, verdict] of [
    ['/', NO_KEY],
    ['/?apikey=', NO_KEY],
    ['/?apikey=two', '401 bad_key: Unauthorized'],
    ['/?apikey=one&apikey=one', '401 duplicate_key: Duplicate API key found'],
  ] as const)
    t.equal((await gate({}).enter(path)).verdict, verdict, path);
  t.equal((await gate({ realm: 'a "b"' }).enter('/')).challenge, 'Key realm="a \\"b\\""');
});

t.test('an anonymous consumer stands for callers without a good key', async (t) => {
  const { enter } = gate({ anonymous: 'nobody' });
  for (const path of ['/', '/?apikey=two', '/?apikey=', '/?apikey=one&apikey=one']) {
    const { consumer, credentialId, anonymous } = (await enter(path)).context;
    t.same([consumer?.id, credentialId, anonymous], ['id-3', null, true], path);
  }
  t.match((await enter('/?apikey=one')).context, { credentialId: 'c-1', anonymous: false });
  t.match((await gate({ anonymous: 'nobody', verify }).withKey('new')).verdict, /^503 no_verdict/);
});

t.test('who is not asked says nothing of itself either, but to Kong’s origins', async (t) => {
  const routes: Config['routes'] = [{ paths: ['/open'], auth: false }, { paths: ['/'] }];
  const kong = { compat: 'kong-3' } as const;
  const preflight = { method: 'OPTIONS', headers: FORGED };
  const skips: Auth = { runOnPreflight: false };
  const CASES: [by: ReturnType<typeof gate>, init: RequestInit, headers: object][] = [
    [gate(skips), preflight, {}],
    [gate(skips, kong), preflight, FORGED],
    [gate({}, { routes }), { headers: FORGED }, {}],
    [gate({}, { routes, ...kong }), { headers: FORGED }, FORGED],
    // Without any auth they are headers as any other.
    [gate(false), { headers: FORGED }, FORGED],
  ];
  for (const [by, init, headers] of CASES) {
    const answer = await by.enter('/open', init);
    t.same([answer.verdict, answer.headers], ['in', headers]);
  }
  t.equal((await gate(skips).enter('/')).verdict, NO_KEY);
  t.equal((await gate({}).enter('/', preflight)).verdict, NO_KEY);
  const told = { ...verify, upstreamHeaders: { X_Plan: '/plan' } };
  const forged = { apikey: 'one', 'x-plan': 'gold', x_plan: 'gold', cookie: 'a=1; apikey=one' };
  const options = { method: 'OPTIONS', headers: forged };
  const unasked = await gate({ ...skips, verify: told }).enter('/?a=1&apikey=one', options);
  t.same([unasked.headers, unasked.query], [{ cookie: 'a=1' }, '?a=1'], 'and its key is hidden all the same');
  const plan = { apikey: 'one', x_plan: 'gold' };
  for (const profile of [{}, kong]) {
    const by = gate({ verify: told, hideCredentials: false }, profile);
    const { headers } = await by.enter('/', { headers: plan });
    t.same([headers['x_plan'], headers['apikey']], [undefined, 'one'], 'a plan that no verifier named');
  }
});

t.test('a warm key is admitted at once, which no digest is, while its verdict is fresh', async (t) => {
  const auth = { verify, cache: { ttlSeconds: 100 } };
  const { withKey, admit, contextOf, runtime, work } = gate(auth, {}, knows('new'));
  const now = (apikey: string) => admit(contextOf('/', { headers: { apikey } }));
  for (const [key, why] of Object.entries({ new: 'of the verifier', one: 'of the configuration' })) {
    t.ok(now(key) instanceof Promise, `unknown, ${why}`);
    await withKey(key);
    await withKey(key);
    t.equal(now(key), null, `warm, ${why}`);
  }
  await runtime.advance(85_000);
  t.ok(now('new') instanceof Promise, 'it has to be checked again');
  await Promise.all(work);
  await runtime.settle();
  t.equal(now('new'), null, 'renewed');
});

t.test('a known key is not held up by slots full of checks', async (t) => {
  let hangs = false;
  const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
  const { withKey, runtime } = gate({ verify, cache: { ttlSeconds: 10 } }, {}, (request, world) =>
    hangs ? new Promise(() => undefined) : knows(...keys)(request, world),
  );
  for (const key of keys) await withKey(key);
  hangs = true;
  await runtime.advance(11_000);
  const answers: string[] = [];
  for (const key of keys) void withKey(key).then(({ verdict }) => answers.push(verdict));
  await runtime.settle();
  t.equal(answers.length, 4, 'six are checked before, the others go on as they are');
});
