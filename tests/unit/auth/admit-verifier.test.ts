/**
 * Keys that a verifier knows: how often it is asked, how long its word holds, what it may say, and what happens while
 * it says nothing.
 */
import t from 'tap';
import { FORGED, gate, keyOf, knows, verify } from '../../support/admission.ts';

const BAD_KEY = '401 bad_key: Unauthorized';
/** A verifier that knows the key "new", with these lives of its verdicts. */
const gateFor = (cache: object) => gate({ verify, cache }, {}, knows('new'));

t.test('a verifier is asked once per life, good or bad', async (t) => {
  const { withKey, runtime } = gateFor({ ttlSeconds: 100, negativeTtlSeconds: 10 });
  for (let i = 0; i < 3; i++) t.equal((await withKey('new')).verdict, 'in');
  for (let i = 0; i < 3; i++) t.equal((await withKey('none')).verdict, BAD_KEY);
  t.equal(runtime.sent.length, 2);
  t.equal((await withKey('one')).verdict, 'in', 'who stands in the configuration is not asked about');
  t.equal(runtime.sent.length, 2);
  await runtime.advance(10_000);
  await withKey('none');
  t.equal(runtime.sent.length, 3, 'negativeTtlSeconds later');
  await runtime.advance(90_000);
  await withKey('new');
  t.equal(runtime.sent.length, 4, 'ttlSeconds later');
});

t.test('a verdict is renewed behind an answer, so that nobody waits at its end', async (t) => {
  const { withKey, runtime, work } = gateFor({ ttlSeconds: 100 });
  await withKey('new');
  await runtime.advance(85_000);
  work.length = 0;
  for (let i = 0; i < 3; i++) t.equal((await withKey('new')).verdict, 'in');
  t.equal(runtime.sent.length, 2, 'once, however many come');
  await Promise.all(work);
  await runtime.advance(60_000);
  await withKey('new');
  t.equal(runtime.sent.length, 2, 'its life began anew');
});

t.test('a revoked key is out after its ttl at the latest', async (t) => {
  let status = 200;
  const verifier = () => new Response('', { status });
  const { withKey, runtime } = gate({ verify, cache: { ttlSeconds: 100 } }, {}, verifier);
  await withKey('new');
  status = 403;
  await runtime.advance(50_000);
  t.equal((await withKey('new')).verdict, 'in', 'not before');
  await runtime.advance(50_000);
  t.equal((await withKey('new')).verdict, BAD_KEY);
});

t.test('while the verifier is down known keys go on and unknown ones wait outside', async (t) => {
  let down = false;
  const auth = { verify, cache: { ttlSeconds: 100, staleSeconds: 200 } };
  const { withKey, runtime } = gate(auth, {}, (...asked) =>
    down ? Promise.reject(new Error('down')) : knows('new')(...asked),
  );
  await withKey('new');
  down = true;
  await runtime.advance(150_000);
  t.equal((await withKey('new')).verdict, 'in');
  const unknown = await withKey('newer');
  t.equal(unknown.verdict, '503 no_verdict: API key could not be verified');
  await runtime.advance(139_000);
  t.equal((await withKey('new')).verdict, 'in', 'to the end of staleSeconds');
  await runtime.advance(11_000);
  t.match((await withKey('new')).verdict, /^503/, 'and no longer');
  down = false;
  t.equal((await withKey('new')).verdict, 'in', 'until it can be checked again');
});

t.test('a caller whose key cannot be checked is told when to come back', async (t) => {
  const { withKey } = gate({ verify });
  t.same((await withKey('new')).refusal?.headers, [['Retry-After', '5']]);
});

t.test('a warm key is admitted at once, which no digest is, while its verdict is fresh', async (t) => {
  const { withKey, admit, contextOf, runtime, work } = gateFor({ ttlSeconds: 100 });
  const now = (key: string) => admit(contextOf('/', { headers: { apikey: key } }));
  t.ok(now('new') instanceof Promise, 'unknown');
  await withKey('new');
  t.ok(now('new') instanceof Promise, 'known, by its digest');
  await withKey('new');
  t.equal(now('new'), null, 'warm');
  t.ok(now('one') instanceof Promise);
  await withKey('one');
  t.equal(now('one'), null, 'one of the configuration too');
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

t.test('the verifier’s words reach the origin, and no caller’s', async (t) => {
  const upstreamHeaders = { 'X-Plan': '/plan', 'X-Limit': '/limit' };
  const told = { ...verify, consumer: { id: '/id', username: '/name' }, upstreamHeaders };
  const { enter } = gate({ verify: told, anonymous: 'nobody' }, {}, (request) => {
    const status = keyOf(request) === 'new' ? 200 : 401;
    return new Response('{"id":7,"name":"dora","plan":"gold"}', { status });
  });
  const forged = { ...FORGED, 'x-plan': 'forged', 'x-limit': 'forged' };
  for (const why of ['checked', 'remembered']) {
    const { headers, context } = await enter('/', { headers: { ...forged, apikey: 'new' } });
    t.same(headers, { 'x-consumer-id': '7', 'x-consumer-username': 'dora', 'x-plan': 'gold' }, why);
    t.equal(context.consumer?.id, '7');
  }
  for (const who of [{ apikey: 'one' }, {}]) {
    const other = await enter('/', { headers: { ...forged, ...who } });
    t.notOk('x-plan' in other.headers, 'a consumer of the configuration has no plan, nor has nobody');
  }
  const spelt = { x_plan: 'forged', x_limit: 'forged', apikey: 'new' };
  const { headers } = await enter('/', { headers: spelt });
  t.same([headers['x_plan'], headers['x_limit']], [undefined, undefined], 'CGI would take them for the same');
});

t.test('a verifier may say an identity header itself', async (t) => {
  const told = { verify: { ...verify, upstreamHeaders: { 'X-Consumer-Username': '/name' } } };
  const { enter } = gate(told, {}, () => new Response('{"name":"dora"}'));
  const { headers } = await enter('/', { headers: { ...FORGED, apikey: 'new' } });
  t.same(headers, { 'x-consumer-username': 'dora' });
});
