/**
 * What the origin gets to see of a caller and of its key, who need not show one, and which request waits for a verifier.
 * Who is let in and what the others are told: tests/e2e/keys*.test.ts and the cases of Kong.
 */
import t from 'tap';
import type { Auth, Config } from '../../../lib/config/types.ts';
import { FORGED, gate, keyOf, knows, verify } from '../../support/admission.ts';

const NO_KEY = '401 no_key: No API key found in request';
/** What the origin is told of the key "one". */
const BOB = {
  'x-consumer-id': 'id-1',
  'x-consumer-username': 'bob',
  'x-consumer-custom-id': 'ref-1',
  'x-credential-identifier': 'c-1',
};
const post = (type: string, body: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': type, ...headers },
  body,
});

t.test('a good key is its consumer’s, and nobody can say so but the gateway', async (t) => {
  const { enter } = gate({});
  const { headers, context } = await enter('/?apikey=one&a=1', { headers: FORGED });
  t.same(headers, BOB);
  t.same([context.consumer?.id, context.credentialId, context.anonymous], ['id-1', 'c-1', false]);
  const carol = await enter('/', { headers: { ...FORGED, apikey: 'a, b' } });
  const told = { 'x-consumer-id': 'id-2', 'x-credential-identifier': 'c-2' };
  t.same(carol.headers, told, 'what this consumer does not have is removed');
});

t.test('an empty key is none, in 2018 a bad one; there a body that cannot be read is refused', async (t) => {
  const auth: Auth = { keyIn: ['header', 'body'] };
  const [plain, old] = [gate(auth), gate(auth, { compat: 'kong-2018' })];
  t.equal((await plain.withKey('')).verdict, NO_KEY);
  t.match((await old.withKey('')).verdict, /bad_key/);
  const text = post('text/plain', 'x', { apikey: 'one' });
  t.equal((await old.enter('/', text)).verdict, '400 bad_body: Cannot process request body');
  t.equal((await plain.enter('/', text)).verdict, 'in');
});

t.test('hideCredentials hides the key wherever it stands', async (t) => {
  const auth: Auth = { keyIn: ['header', 'query', 'body'] };
  const [path, referer, form] = [
    '/?apikey=other&[x]=1',
    'https://page.test/?apikey=one&b=2',
    'apikey=one&c=3',
  ];
  const init = post('application/x-www-form-urlencoded', form, { apikey: 'one', referer });
  const hidden = await gate(auth).enter(path, init);
  t.match(hidden, { query: '?[x]=1', body: 'c=3' }, 'the rest of the query stays as it was');
  t.match(hidden.headers, { apikey: undefined, referer: 'https://page.test/?b=2' });
  const shown = await gate({ ...auth, hideCredentials: false }).enter(path, init);
  t.match(shown, { query: '?apikey=other&[x]=1', body: form }, 'read, and passed on as it was');
  t.match(shown.headers, { apikey: 'one', referer });
  const headers = { apikey: 'one', Token: 'three', cookie: 'token=4; b=2', 'api-key': 'x' };
  const names = await gate({ keyNames: ['apikey', 'token', 'api_key'] }).enter('/?token=2&a=1', { headers });
  t.same([names.headers, names.query], [{ cookie: 'b=2', ...BOB }, '?a=1'], 'under every name and spelling');
});

t.test('an anonymous consumer stands for callers without a good key', async (t) => {
  const { enter } = gate({ anonymous: 'nobody' });
  for (const path of ['/', '/?apikey=two', '/?apikey=', '/?apikey=one&apikey=one']) {
    const { headers, context } = await enter(path, { headers: FORGED });
    const told = { 'x-consumer-id': 'id-3', 'x-consumer-username': 'nobody' };
    t.same(headers, { ...told, 'x-anonymous-consumer': 'true' }, path);
    t.same([context.consumer?.id, context.credentialId, context.anonymous], ['id-3', null, true]);
  }
  const unchecked = await gate({ anonymous: 'nobody', verify }).withKey('new');
  t.match(unchecked.verdict, /^503/, 'but who cannot be checked is not nobody');
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
  const unasked = await gate({ ...skips, verify: told }).enter('/?a=1&apikey=one', {
    method: 'OPTIONS',
    headers: forged,
  });
  t.same([unasked.headers, unasked.query], [{ cookie: 'a=1' }, '?a=1'], 'and its key is hidden all the same');
});

t.test('the verifier’s words reach the origin, and no caller’s', async (t) => {
  const upstreamHeaders = { 'X-Plan': '/plan', 'X-Limit': '/limit', 'X-Consumer-Username': '/name' };
  const { enter } = gate({ verify: { ...verify, upstreamHeaders }, anonymous: 'nobody' }, {}, (request) => {
    const status = keyOf(request) === 'new' ? 200 : 401;
    return new Response('{"name":"dora","plan":"gold"}', { status });
  });
  // CGI would take the last two for the same.
  const forged = { ...FORGED, 'x-plan': 'forged', 'x-limit': 'forged', x_plan: 'forged', x_limit: 'forged' };
  for (const why of ['checked', 'remembered']) {
    const { headers } = await enter('/', { headers: { ...forged, apikey: 'new' } });
    t.same(headers, { 'x-consumer-username': 'dora', 'x-plan': 'gold' }, why);
  }
  for (const who of [{ apikey: 'one' }, {}]) {
    const { headers } = await enter('/', { headers: { ...forged, ...who } });
    t.notOk('x-plan' in headers, 'a consumer of the configuration has no plan, nor has nobody');
  }
});

t.test('a warm key is admitted at once, which no digest is, while its verdict is fresh', async (t) => {
  const { withKey, admit, contextOf, runtime, work } = gate(
    { verify, cache: { ttlSeconds: 100 } },
    {},
    knows('new'),
  );
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

t.test('a hanging verifier is waited for once, then known keys pass at once', async (t) => {
  let hangs = false;
  const auth = { verify: { ...verify, timeoutMs: 1000 }, cache: { ttlSeconds: 10 } };
  const { withKey, runtime } = gate(auth, {}, (request, world) => {
    if (!hangs) return knows('new')(request, world);
    const { signal } = request;
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  });
  await withKey('new');
  hangs = true;
  await runtime.advance(11_000);
  let answer: string | null = null;
  void withKey('new').then(({ verdict }) => (answer = verdict));
  await runtime.advance(999);
  t.equal(answer, null, 'past its ttl nobody is let in unasked');
  await runtime.advance(1);
  t.equal(answer, 'in');
  t.equal((await withKey('new')).verdict, 'in', 'at once');
  t.equal(runtime.sent.length, 2);
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
