/**
 * A verifier that is slow, wrong, down or flapping, or revokes keys, and what its verdicts mean: on real workerd, with
 * a clock that the test moves. A verdict is fresh for a minute, a bad one for ten seconds, stale for ten minutes more.
 */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Auth } from '../../lib/config/types.ts';
import { keyScene, tally, times } from '../support/keys.ts';
import type { Tap } from '../support/origin.ts';
import { until } from '../support/until.ts';

const [PAST_TTL, PAST_NEGATIVE_TTL, PAST_STALE] = [61_000, 11_000, 700_000];
const scene = (t: Tap, auth: Omit<Auth, 'verify'> & { verify?: Partial<Auth['verify']> } = {}) =>
  keyScene(t, auth, {}, { shares: 'isolate' });

t.test('while the verifier is down known keys work and unknown ones get 503', async (t) => {
  const { gateway, verifier, origin, status } = await scene(t);
  t.equal(await status('good'), 200);
  await verifier.origin.refuse();
  await gateway.advance(PAST_TTL);
  t.same(tally(await Promise.all(times(20, () => status('good')))), { 200: 20 });
  const before = origin.received.length;
  const response = await fetch(gateway.url, { headers: { apikey: 'unknown' } });
  t.equal(response.status, 503, 'not 401: it may be valid');
  t.equal(response.headers.get('retry-after'), '5');
  t.match(await response.text(), /could not be verified/);
  t.equal(origin.received.length, before);
  await verifier.origin.accept();
  t.equal(await status('unknown'), 401, 'and is checked once the verifier is back');
});

t.test('only a response that is a verdict counts as one', async (t) => {
  const { gateway, verifier, status } = await scene(t, { verify: { timeoutMs: 3000 } });
  t.equal(await status('good'), 200);
  await gateway.advance(PAST_TTL);
  for (const instead of [
    { status: 500 },
    { status: 302, headers: { location: verifier.origin.url } },
    { status: 429 },
    { fault: 'hang' },
    { fault: 'reset' },
    { fault: 'hang-in-body' },
  ] as const) {
    verifier.instead = instead;
    t.equal(await status(`new ${JSON.stringify(instead)}`), 503, JSON.stringify(instead));
    t.equal(await status('good'), 200, 'no lock-out');
  }
});

t.test('after staleSeconds a known key counts as unknown', async (t) => {
  const { gateway, verifier, status } = await scene(t, { cache: { staleSeconds: 600 } });
  t.equal(await status('good'), 200);
  verifier.instead = { status: 503 };
  await gateway.advance(PAST_TTL);
  t.equal(await status('good'), 200);
  await gateway.advance(PAST_STALE);
  t.equal(await status('good'), 503);
});

t.test('a flapping verifier rejects no good key and accepts no bad one', async (t) => {
  const { gateway, verifier, status } = await scene(t);
  t.equal(await status('good'), 200);
  const good: number[] = [];
  const bad: number[] = [];
  for (let i = 0; i < 12; i++) {
    verifier.instead = i % 2 === 0 ? { status: 500 } : null;
    good.push(...(await Promise.all(times(5, () => status('good')))));
    bad.push(await status('bad'));
    await gateway.advance(PAST_TTL / 2);
  }
  t.same(tally(good), { 200: 60 });
  t.ok(
    bad.every((each) => each === 401 || each === 503),
    JSON.stringify(tally(bad)),
  );
});

t.test('a revoked key is rejected within its ttl, and accepted once it is valid again', async (t) => {
  const { gateway, verifier, status } = await scene(t);
  t.equal(await status('good'), 200);
  verifier.good.delete('good');
  t.equal(await status('good'), 200, 'remembered');
  await gateway.advance(PAST_TTL);
  t.equal(await status('good'), 401);
  verifier.good.add('good');
  t.equal(await status('good'), 401, 'cached, too');
  await gateway.advance(PAST_NEGATIVE_TTL);
  t.equal(await status('good'), 200);
});

t.test(
  'a verdict is renewed in the background: only the first request waits for a slow verifier',
  async (t) => {
    const { gateway, verifier, status } = await scene(t);
    t.equal(await status('good'), 200);
    const release = verifier.hold();
    for (let second = 0; second < 60 && verifier.asked.length < 2; second++) {
      await gateway.advance(1000);
      t.equal(await status('good'), 200);
      await sleep(5);
    }
    t.equal(verifier.asked.length, 2);
    t.equal(verifier.answered(), 1, 'the caller that triggered the renewal was served before it answered');
    release();
    t.ok(await until(() => verifier.answered() === 2));
    t.equal(await status('good'), 200);
    t.equal(verifier.asked.length, 2, 'its verdict applies from then on');
  },
);

t.test('a revocation found by a background renewal takes effect', async (t) => {
  const { gateway, verifier, status } = await scene(t);
  await status('good');
  verifier.good.delete('good');
  for (let second = 0; second < 60 && verifier.asked.length < 2; second++) {
    await gateway.advance(1000);
    await status('good');
    await sleep(5);
  }
  t.equal(verifier.asked.length, 2);
  t.ok(await until(async () => (await status('good')) === 401));
});

t.test("the verifier's Cache-Control takes precedence", async (t) => {
  const { gateway, verifier, status } = await scene(t);
  verifier.headers = { 'cache-control': 'private, max-age=600' };
  await status('good');
  await status('bad');
  await gateway.advance(PAST_TTL);
  t.equal(await status('good'), 200);
  t.equal(await status('bad'), 401);
  t.same(verifier.asked, ['good', 'bad'], 'longer than ttlSeconds');
  const strict = await scene(t);
  strict.verifier.headers = { 'cache-control': 'no-store' };
  for (let i = 0; i < 3; i++) t.equal(await strict.status('good'), 200);
  t.equal(strict.verifier.asked.length, 3, 'no-store: called each time');
  strict.verifier.delayMs = 5000;
  await Promise.all(times(20, () => strict.status('good')));
  t.equal(strict.verifier.asked.length, 4, 'but only once for concurrent requests');
  await strict.verifier.origin.refuse();
  t.equal(await strict.status('good'), 503, 'and no stale verdict is kept');
});

t.test('with a field configured, the body of a 200 decides', async (t) => {
  const { verifier, status } = await scene(t, { verify: { field: '/result/valid' } });
  verifier.always200 = true;
  verifier.body = (_key, good) => JSON.stringify({ result: { valid: good } });
  t.equal(await status('good'), 200);
  t.equal(await status('bad'), 401);
  verifier.body = () => '<html>maintenance</html>';
  t.equal(await status('other'), 503);
});

t.test('the verifier is called as configured, and values of its response reach the origin', async (t) => {
  const { verifier, origin, status } = await scene(t, { verify: { field: '/valid' } });
  t.equal(await status('good'), 200);
  t.equal(verifier.origin.received[0]?.method, 'GET');
  t.equal(verifier.origin.received[0]?.url, '/keys/good');
  t.equal(origin.received[0]?.header('x-consumer-id'), null);
  const forwarding = await scene(t, {
    verify: {
      url: `${verifier.origin.url}/keys`,
      method: 'POST',
      keyHeader: 'X-Key',
      headers: { 'X-Secret': 'between us' },
      consumer: { id: '/user/id', username: '/user/name', customId: '/user/ref' },
      upstreamHeaders: { 'X-Plan': '/plan', 'X-Quota': '/quota' },
    },
  });
  verifier.body = () => '{"user":{"id":42,"name":"bob","ref":"r-7"},"plan":"gold","valid":true}';
  const headers = {
    apikey: 'good',
    'x-plan': 'forged',
    'x-quota': 'forged',
    'x-consumer-username': 'forged',
  };
  t.equal((await fetch(forwarding.gateway.url, { headers })).status, 200);
  const verification = verifier.origin.received[1];
  t.same(
    [
      verification?.method,
      verification?.url,
      verification?.header('x-key'),
      verification?.header('x-secret'),
    ],
    ['POST', '/keys', 'good', 'between us'],
  );
  const received = forwarding.origin.received[0];
  const names = [
    'x-consumer-id',
    'x-consumer-username',
    'x-consumer-custom-id',
    'x-plan',
    'x-quota',
    'x-anonymous-consumer',
    'apikey',
  ];
  t.same(
    names.map((name) => received?.header(name)),
    ['42', 'bob', 'r-7', 'gold', null, null, null],
  );
});

t.test('a key cannot change the request to the verifier', async (t) => {
  const { verifier, status } = await scene(t);
  for (const key of ['..', '../admin', 'a/../../b', 'good?x=1', 'good#', '%2e%2e'])
    t.equal(await status(null, `/v1?apikey=${encodeURIComponent(key)}`), 401, key);
  t.ok(
    verifier.origin.received.every(({ url }) => url.startsWith('/keys/')),
    JSON.stringify(verifier.origin.received.map(({ url }) => url)),
  );
});

t.test('maxEntries limits the cached verdicts', async (t) => {
  const { verifier, status } = await scene(t, { cache: { maxEntries: 2 } });
  for (const key of ['a', 'b', 'c']) verifier.good.add(key);
  for (const key of ['a', 'b', 'c', 'c', 'a']) t.equal(await status(key), 200);
  t.same(verifier.asked, ['a', 'b', 'c', 'a']);
});
