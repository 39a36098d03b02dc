/** Revocations and sums over several isolates, with the built files on plain workerd. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { AS_OPERATOR, STATUS } from '../support/operator.ts';
import { startIsolates } from '../support/shared-gateways.ts';
import type { Isolates } from '../support/shared-gateways.ts';
import { startVerifier } from '../support/verifier.ts';
import { until } from '../support/until.ts';

const OPERATOR = { headers: AS_OPERATOR };
const ISOLATES = [0, 1, 2];

const config = (url: string, more: Partial<Config> = {}): Config => ({
  routes: [{ paths: ['/'], respondWith: { status: 204 } }],
  auth: { verify: { url }, cache: { ttlSeconds: 600, staleSeconds: 600 } },
  status: STATUS,
  shared: { limits: false, revocations: { pollSeconds: 1 }, timeoutMs: 5000 },
  ...more,
});
const statusOf = async ({ ask }: Isolates, isolate: number, key: string): Promise<number> =>
  (await ask(isolate, '/', { headers: { apikey: key } })).status;
const forget = ({ ask }: Isolates, isolate: number, digest = ''): Promise<Response> =>
  ask(isolate, `/status/forget?${digest}`, { method: 'POST', ...OPERATOR });

t.test('a key that one isolate forgets is verified again in every isolate', async (t) => {
  const verifier = await startVerifier(t, 'good', 'other');
  const isolates = await startIsolates(t, config(verifier.url));
  for (const isolate of ISOLATES)
    for (const key of ['good', 'other']) t.equal(await statusOf(isolates, isolate, key), 204);
  verifier.good.clear();
  for (const isolate of ISOLATES) t.equal(await statusOf(isolates, isolate, 'good'), 204, 'remembered');
  t.same(await (await forget(isolates, 0, digestOf('good'))).json(), { forgotten: 1, everywhere: true });
  t.equal(await statusOf(isolates, 0, 'good'), 401, 'at once in the isolate that got the request');
  for (const isolate of [1, 2]) {
    const isRejected = await until(async () => (await statusOf(isolates, isolate, 'good')) === 401);
    t.ok(isRejected, `isolate ${isolate}`);
    t.equal(await statusOf(isolates, isolate, 'other'), 204, 'and no other key');
  }
  await forget(isolates, 2);
  for (const isolate of ISOLATES)
    t.ok(await until(async () => (await statusOf(isolates, isolate, 'other')) === 401), 'all keys');
});

t.test('an isolate without news for two polls reads the list before it accepts a cached key', async (t) => {
  const verifier = await startVerifier(t, 'good');
  const isolates = await startIsolates(t, config(verifier.url), 2);
  for (const isolate of [0, 1]) t.equal(await statusOf(isolates, isolate, 'good'), 204);
  verifier.good.clear();
  await forget(isolates, 0, digestOf('good'));
  await sleep(2500);
  t.equal(await statusOf(isolates, 1, 'good'), 401, 'its first request after that');
});

t.test('sums: all requests of all isolates, counted once each', async (t) => {
  const everySeconds = 1;
  const isolates = await startIsolates(t, {
    routes: [{ name: 'all', paths: ['/'], respondWith: { status: 204 } }],
    status: STATUS,
    shared: { limits: false, metrics: { everySeconds }, timeoutMs: 5000 },
  });
  const read = async (isolate: number): Promise<string> =>
    (await isolates.ask(isolate, '/status/metrics?all', OPERATOR)).text();
  for (let i = 0; i < 60; i++) await isolates.ask(i % 3);
  const all60 = /^gateway_requests_total\{route="all",code="2xx"\} 60$/m;
  let text = '';
  t.ok(await until(async () => all60.test((text = await read(0)))), text);
  for (let i = 0; i < 30; i++) await isolates.ask(i % 3);
  const more = /^gateway_requests_total\{route="all",code="2xx"\} 90$/m;
  t.ok(await until(async () => more.test((text = await read(1)))), text);
  t.match(text, /^gateway_isolates 3$/m);
  const own = await (await isolates.ask(2, '/status/metrics', OPERATOR)).text();
  t.match(own, /^gateway_requests_total\{route="all",code="2xx"\} 30$/m, 'its own figures are as before');
});

t.test('without a companion, forget reports that it affected one isolate only', async (t) => {
  const verifier = await startVerifier(t, 'good');
  const isolates = await startIsolates(t, config(verifier.url, { shared: false }), 1);
  t.same(await (await forget(isolates, 0)).json(), { forgotten: 0 });
  const answer = await isolates.ask(0, '/status/metrics?all', OPERATOR);
  t.equal(answer.status, 503);
  t.match(await answer.json(), { message: /shared\.metrics/ });
});
