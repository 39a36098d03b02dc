/** Verdicts in the Cache API, under Miniflare: plain workerd has no cache. */
import t from 'tap';
import { createHmac } from 'node:crypto';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { startMiniflareIsolates, statusesOf } from '../support/shared-gateways.ts';
import type { Isolates } from '../support/shared-gateways.ts';
import { startVerifier } from '../support/verifier.ts';

const SECRET = 'a secret of the gateway';
const config = (url: string, secret: string | null): Config => ({
  routes: [{ paths: ['/'], respondWith: { status: 204 } }],
  auth: { verify: { url, timeoutMs: 5000 } },
  shared: { limits: false, timeoutMs: 5000, ...(secret !== null && { verdicts: { secret } }) },
});
const statusOf = async ({ ask }: Isolates, isolate: number, key: string): Promise<number> =>
  (await ask(isolate, '/', { headers: { apikey: key } })).status;

t.test('new isolates read the shared cache before they ask the verifier', async (t) => {
  for (const [secret, checks] of [
    [SECRET, 1],
    [null, 3],
  ] as const) {
    const verifier = await startVerifier(t, 'good');
    const isolates = await startMiniflareIsolates(t, config(verifier.url, secret));
    // An isolate's first read may come before it has the revocations.
    t.same(await statusesOf(3, (i) => isolates.ask(i, '/'), 1), { 401: 3 });
    for (const isolate of [0, 1, 2]) {
      t.equal(await statusOf(isolates, isolate, 'good'), 204);
      t.equal(await statusOf(isolates, isolate, 'bad'), 401);
    }
    const about = (key: string): number => verifier.asked.filter((each) => each === key).length;
    t.equal(about('good'), checks);
    t.equal(about('bad'), 3, 'bad keys are not shared');
  }
});

t.test('a forged entry accepts no key', async (t) => {
  const verifier = await startVerifier(t);
  const written = config(verifier.url, SECRET);
  const isolates = await startMiniflareIsolates(t, written);
  const { auth } = checkConfig(written).routes[0]!;
  const digest = digestOf('forged');
  const name = createHmac('sha256', SECRET)
    .update(`name\n${JSON.stringify([auth!.verify, auth!.cache])}\n${digest}`)
    .digest('hex');
  const url = `https://verdicts.invalid/v1/${name.slice(0, 32)}`;
  // Later than the list of revocations, which begins with the companion's first call.
  const now = Date.now() + 60_000;
  const entry = { text: '{"consumer":{"id":"root"},"headers":[]}', askedAt: now, until: now + 60_000 };
  const put = async (seal: string): Promise<void> => {
    const body = `${seal}\n${JSON.stringify(entry)}`;
    t.equal(
      (await isolates.ask(0, '/', { method: 'POST', body, headers: { 'x-cache-put': url } })).status,
      204,
    );
  };
  await put('0'.repeat(64));
  t.equal(await statusOf(isolates, 0, 'forged'), 401);
  t.same(verifier.asked, ['forged']);
  const seal = createHmac('sha256', SECRET)
    .update(`text\n${url}\n${JSON.stringify(entry)}`)
    .digest('hex');
  await put(seal);
  t.equal(await statusOf(isolates, 1, 'forged'), 204, 'with the secret it does: the name is right');
});
