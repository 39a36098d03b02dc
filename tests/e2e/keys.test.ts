/** Single flight, and a shielded verifier: the built script on real workerd, with a real verifier. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Route } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { gatewayFor } from '../support/gateway.ts';
import { AS_OPERATOR, STATUS, TOKEN } from '../support/operator.ts';
import { keyScene, tally, times } from '../support/keys.ts';
import { originsFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import { until } from '../support/until.ts';
import { startVerifier } from '../support/verifier.ts';

t.test('a valid key is checked once and accepted, an invalid one never reaches the origin', async (t) => {
  const { verifier, origin, status } = await keyScene(t);
  t.equal(await status(null), 401);
  t.equal(verifier.asked.length, 0, 'without a key the verifier is not called');
  for (let i = 0; i < 5; i++) t.equal(await status('good'), 200);
  t.same(verifier.asked, ['good']);
  for (let i = 0; i < 5; i++) t.equal(await status('bad'), 401);
  t.same(verifier.asked, ['good', 'bad']);
  t.equal(origin.received.length, 5);
});

t.test(
  'two hundred concurrent requests with one unknown key cause one check, and all get a response',
  async (t) => {
    for (const date of ['2024-09-01', '2026-07-01']) {
      const { verifier, status } = await keyScene(t, {}, {}, { date });
      verifier.delayMs = 300;
      t.same(
        tally(await Promise.all(times(200, () => status('good')))),
        { 200: 200 },
        `compatibility date ${date}`,
      );
      t.same(verifier.asked, ['good']);
    }
  },
);

t.test('other callers get their response if the first one disconnects', async (t) => {
  for (const workerd of ['nov', 'jul'] as const) {
    const { gateway, verifier, status } = await keyScene(t, {}, {}, { workerd });
    const release = verifier.hold();
    const asked = until(() => verifier.asked.length === 1);
    // Then the followers have most likely come; those that come later find the same check under way.
    const reset = asked.then(() => sleep(200));
    const headers = [['apikey', 'good']] as const;
    const leader = rawRequest(gateway.port, { path: '/v1', headers }, { reset }).catch(() => null);
    t.ok(await asked);
    const followers = times(20, () => status('good'));
    await leader;
    release();
    t.same(tally(await Promise.all(followers)), { 200: 20 }, `followers on ${workerd}`);
    t.equal(await status('good'), 200, 'and later callers');
    t.same(verifier.asked, ['good'], 'the check was not aborted');
  }
});

t.test('thirty different keys are checked a few at a time, and all requests get a response', async (t) => {
  const { verifier, status } = await keyScene(t);
  const keys = times(30, (index) => `key-${index}`);
  for (const key of keys) verifier.good.add(key);
  verifier.delayMs = 40;
  t.same(tally(await Promise.all(keys.map((key) => status(key)))), { 200: 30 });
  t.equal(verifier.asked.length, 30);
  t.ok(verifier.most() <= 6, `received ${verifier.most()} at a time`);
});

t.test('during a flood of made-up keys known callers are served and the verifier is shielded', async (t) => {
  const { gateway, verifier, status } = await keyScene(t, {}, {}, { shares: 'isolate' });
  t.equal(await status('good'), 200);
  verifier.delayMs = 20;
  const answers: number[] = [];
  const known: number[] = [];
  for (let round = 0; round < 10; round++) {
    const flood = times(20, (lane) => status(`made-up-${lane}-${round}`));
    known.push(...(await Promise.all([status('good'), status('good')])));
    answers.push(...(await Promise.all(flood)));
    await gateway.advance(20_000);
  }
  t.same(tally(known), { 200: 20 }, 'over three lifetimes of its verdict');
  t.ok(verifier.asked.filter((key) => key === 'good').length > 1, 'and it was checked again meanwhile');
  t.ok(verifier.most() <= 6, `received ${verifier.most()} at a time`);
  t.notOk(answers.includes(200), 'no other caller was accepted');
});

t.test('the operator can make it forget one key, or all', async (t) => {
  const { gateway, verifier, status } = await keyScene(t, {}, { status: STATUS });
  verifier.good.add('other');
  const forget = async (what: string, init: RequestInit = {}, token = TOKEN) => {
    const response = await fetch(`${gateway.url}/status/forget${what}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
      ...(init.body ? { body: init.body } : {}),
    });
    return `${response.status} ${await response.text()}`;
  };
  const digest = digestOf('good');
  for (const key of ['good', 'other', 'bad']) await status(key);
  t.match(await forget('', {}, 'guess'), /^401/);
  t.match(await forget('?sha256=abc'), /^400/, 'a typo does not drop them all');
  t.match(
    await forget('', { headers: { origin: 'https://evil.example' } }),
    /^403/,
    'nor can a page of another site',
  );
  verifier.asked.length = 0;
  for (const key of ['good', 'other', 'bad']) await status(key);
  t.same(verifier.asked, []);

  verifier.good.delete('good');
  t.equal(await forget(`?sha256=${digest}`), '200 {"forgotten":1}');
  t.equal(await status('good'), 401, 'revoked at once');
  t.equal(await status('other'), 200);
  t.same(verifier.asked, ['good']);
  verifier.good.add('good');
  t.equal(
    await forget('', { body: JSON.stringify({ sha256: digest.toUpperCase() }) }),
    '200 {"forgotten":1}',
  );
  t.equal(await status('good'), 200, 'a bad verdict is forgotten too');
  t.equal(await forget(''), '200 {"forgotten":3}');
  for (const all of ['{}', '{"all": true}', 'all'])
    t.equal(await forget('', { body: all }), '200 {"forgotten":0}', all);
  verifier.asked.length = 0;
  for (const key of ['good', 'other', 'bad']) await status(key);
  t.same(verifier.asked, ['good', 'other', 'bad']);
});

t.test('a check that began before a forget accepts no one', async (t) => {
  const { gateway, verifier, status } = await keyScene(t, {}, { status: STATUS });
  const release = verifier.hold();
  const waiting = times(3, () => status('good'));
  t.ok(await until(() => verifier.asked.length === 1));
  verifier.good.delete('good');
  await fetch(`${gateway.url}/status/forget`, {
    method: 'POST',
    headers: AS_OPERATOR,
  });
  release();
  t.same(tally(await Promise.all(waiting)), { 401: 3 });
  t.equal(await status('good'), 401, 'and the old verdict was not cached');
  t.same(verifier.asked, ['good', 'good']);
});

t.test('each route has its own verifier and origins', async (t) => {
  const [orders, users] = await originsFor(t, { body: 'orders' }, { body: 'users' });
  const [one, two] = await Promise.all([startVerifier(t, 'a'), startVerifier(t, 'b')]);
  const routes: Route[] = [
    { paths: ['/orders'], origins: [orders.url] },
    { paths: ['/users'], origins: [users.url], auth: { keyNames: ['x-user-key'], verify: { url: two.url } } },
    { paths: ['/health'], origins: [users.url], auth: false },
  ];
  const gateway = await gatewayFor(t, { routes, auth: { verify: { url: one.url } } });
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(gateway.url + path, { headers });
    return `${response.status} ${response.ok ? await response.text() : ''}`;
  };
  t.equal(await ask('/orders', { apikey: 'a' }), '200 orders');
  t.equal(await ask('/orders', { apikey: 'b' }), '401 ');
  t.equal(await ask('/users', { 'x-user-key': 'b' }), '200 users');
  t.equal(
    await ask('/users', { 'x-user-key': 'a' }),
    '401 ',
    'a verdict of one verifier does not count for the other',
  );
  t.equal(await ask('/users', { apikey: 'b' }), '401 ');
  t.equal(await ask('/health'), '200 users');
  t.same(
    [one.asked, two.asked],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
  );
});
