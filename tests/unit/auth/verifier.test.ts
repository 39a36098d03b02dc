import t from 'tap';
import type { VerifySettings } from '../../../lib/config/types.ts';
import type { Runtime } from '../../../lib/core/runtime.ts';
import { askVerifier, readVerdict } from '../../../lib/auth/verifier.ts';
import { verifySettings } from '../../support/auth.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

const says = (verify: Partial<VerifySettings>, status: number, body: string | null = '') => {
  const verdict = readVerdict(verifySettings(verify), status, body, null);
  return verdict === null ? 'no verdict' : verdict.good ? 'good' : 'bad';
};

t.test('good, bad and no verdict are three things', async (t) => {
  t.equal(says({}, 200), 'good');
  for (const status of [401, 403, 404]) t.equal(says({}, status), 'bad', String(status));
  for (const status of [201, 204, 301, 302, 400, 407, 408, 418, 429, 500, 502, 503, 504, 521])
    t.equal(says({}, status), 'no verdict', String(status));
});

t.test('with a field, the body of a 200 decides', async (t) => {
  const verify = { field: '/data/valid' };
  t.equal(says(verify, 200, '{"data":{"valid":true}}'), 'good');
  for (const valid of ['false', '"true"', '1'])
    t.equal(says(verify, 200, `{"data":{"valid":${valid}}}`), 'bad');
  for (const body of ['{"data":null}', '{}', '[]']) t.equal(says(verify, 200, body), 'bad', body);
  for (const body of ['', '<html>', '{"data":{"valid":true}'])
    t.equal(says(verify, 200, body), 'no verdict', body);
  t.equal(says(verify, 401, '{"data":{"valid":true}}'), 'bad', 'a status that says bad is believed');
  t.equal(says(verify, 500, '{"data":{"valid":true}}'), 'no verdict');
});

t.test('the consumer and the headers come out of the body', async (t) => {
  const told = { plan: 'gold', admin: 'false', none: null, list: null, evil: null, empty: null };
  const verify = verifySettings({
    consumer: { id: '/user/id', username: '/user/name', customId: '/user/ref' },
    upstreamHeaders: Object.keys(told).map((name) => [`x-${name}`, `/${name}`]),
  });
  const user = { id: 7, name: 'bob', ref: 'r-1' };
  const body = { user, plan: 'gold', admin: false, list: [1], evil: 'a\r\nSet-Cookie: b', empty: '' };
  const read = (text: string) => readVerdict(verify, 200, text, null);
  const verdict = read(JSON.stringify(body));
  t.same(verdict?.consumer, { id: '7', username: 'bob', customId: 'r-1', credentials: [] });
  t.same(
    verdict?.headers,
    Object.entries(told).map(([name, value]) => [`x-${name}`, value]),
  );
  const named = { id: 'bob', username: 'bob', credentials: [] };
  t.same(read('{"user":{"name":"bob"}}')?.consumer, named, 'a name stands in for an id');
  t.equal(read('{}')?.consumer, null, 'nobody in particular');
  t.equal(read('no json'), null, 'who it is cannot be told: no verdict');
  t.equal(says({}, 200, 'no json'), 'good', 'where nothing is to be told, the body is nobody’s business');
});

t.test("the verifier's own freshness sets the life", async (t) => {
  const life = async (headers: Record<string, string>, status = 200) =>
    (await ask({}, 'k', () => new Response('', { status, headers }))).verdict?.lifeSeconds;
  t.equal(await life({}), null);
  t.equal(await life({ 'cache-control': 's-maxage=9, max-age=90', age: '4' }), 5);
  t.equal(await life({ 'cache-control': 'no-store' }), -1);
  t.equal(await life({ 'cache-control': 'max-age=7' }, 401), 7, 'of bad verdicts too');
});

t.test('a body is read to 64 KiB, and what is longer is no verdict where it had to be read', async (t) => {
  const long = `{"ok":true,"x":"${'y'.repeat(65_536)}"}`;
  t.equal((await ask({ field: '/ok' }, 'k', () => new Response(long))).verdict, null);
  t.equal((await ask({}, 'k', () => new Response(long))).verdict?.good, true, 'the status said it');
  const exact = `{"ok":true,"x":"${'y'.repeat(65_536 - 18)}"}`;
  t.equal(exact.length, 65_536);
  t.equal((await ask({ field: '/ok' }, 'k', () => new Response(exact))).verdict?.good, true);
  let pulled = 0;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1024).fill(++pulled)),
  });
  t.equal((await ask({ field: '/ok' }, 'k', () => new Response(endless))).verdict, null);
  t.ok(pulled < 70, `pulled ${pulled} KiB`);
});

/** What a runtime hands over: a body that Node would read ahead of. */
const answerOf = (body: ReadableStream) =>
  ({ status: 200, headers: new Headers(), body }) as unknown as Response;

async function ask(
  verify: Partial<VerifySettings>,
  key: string,
  answer: () => Response | Promise<Response> = () => new Response(''),
) {
  const runtime = virtualRuntime({ fetch: async (request) => (request.signal.throwIfAborted(), answer()) });
  const verdict = await askVerifier(verifySettings(verify), key, runtime);
  return { verdict, runtime, request: runtime.sent[0] as Request };
}

t.test('the question is asked as configured', async (t) => {
  const inUrl = await ask({ url: 'https://v.test/k/{key}?again={key}' }, 'a/b ?&#é$&');
  const key = 'a%2Fb%20%3F%26%23%C3%A9%24%26';
  const url = `https://v.test/k/${key}?again=${key}`;
  t.match(inUrl.request, { url, method: 'GET', redirect: 'manual' }, 'encoded, everywhere');
  t.equal(inUrl.request.headers.get('apikey'), null, 'in the URL, so not in a header');
  const headers = Object.entries({ 'x-secret': 's', 'x-key': 'mine' });
  const written = { url: 'https://v.test/k', keyHeader: 'x-key', method: 'POST', headers } as const;
  const { request, runtime } = await ask(written, 'k');
  t.match(request, { url: 'https://v.test/k', method: 'POST' });
  t.same(Object.fromEntries(request.headers), { 'x-secret': 's', 'x-key': 'k' });
  t.equal(runtime.pending(), 0, 'no timer stays behind');
});

t.test('no cache on the way keeps the key or its verdict', async (t) => {
  let cf: unknown;
  const runtime: Runtime = {
    ...virtualRuntime(),
    fetch: (_url, init) => ((cf = init?.cf), Promise.resolve(new Response('') as never)),
  };
  await askVerifier(verifySettings(), 'k', runtime);
  t.same(cf, { cacheTtl: -1 });
});

t.test('a key that would make it another question is bad, unasked', async (t) => {
  for (const key of ['.', '..', '...']) {
    const { verdict, runtime } = await ask({}, key);
    t.equal(verdict?.good, false, key);
    t.equal(runtime.sent.length, 0);
  }
  t.equal((await ask({}, 'k\ud800')).verdict?.good, false, 'half a character');
  for (const key of [' k', 'k ', 'k\r\nx: y', 'k\0'])
    t.equal((await ask({ url: 'https://v.test/' }, key)).verdict?.good, false, JSON.stringify(key));
});

t.test('a verifier that fails gives no verdict', async (t) => {
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error('cut off')) });
  const lost = () => Promise.reject(new Error('Network connection lost.'));
  for (const answer of [lost, () => answerOf(broken)]) t.equal((await ask({}, 'k', answer)).verdict, null);
  t.equal((await ask({ headers: [['x', 'a\nb']] }, 'k')).verdict, null, 'nor one that cannot be asked');
});

t.test('a verifier that takes longer than its time gives no verdict', async (t) => {
  const hang = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  for (const where of ['headers', 'body']) {
    const runtime = virtualRuntime({
      fetch: (request) =>
        where === 'headers'
          ? hang(request.signal)
          : Promise.resolve(answerOf(new ReadableStream({ pull: () => hang(request.signal) }))),
    });
    let verdict: unknown = 'none yet';
    void askVerifier(verifySettings({ timeoutMs: 300 }), 'k', runtime).then((value) => (verdict = value));
    await runtime.advance(299);
    t.equal(verdict, 'none yet', `${where}: still waiting`);
    await runtime.advance(1);
    t.equal(verdict, null, `${where}: given up`);
  }
});
