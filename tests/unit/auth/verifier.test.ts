/** Which responses of a verifier are a verdict, and what it is sent. */
import t from 'tap';
import type { VerifySettings } from '../../../lib/config/types.ts';
import type { Runtime } from '../../../lib/core/runtime.ts';
import { askVerifier, readVerdict } from '../../../lib/auth/verifier.ts';
import { verifySettings, type Verify } from '../../support/auth.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

t.test('a response is good, bad or no verdict', async (t) => {
  const verdictOf = (verify: Verify, status: number, body: string) => {
    const verdict = readVerdict(verifySettings(verify), status, body, null);
    return verdict === null ? 'no verdict' : verdict.good ? 'good' : 'bad';
  };
  t.equal(verdictOf({}, 200, 'no json'), 'good', 'if no field is needed, the body is ignored');
  for (const status of [401, 403, 404]) t.equal(verdictOf({}, status, ''), 'bad', String(status));
  for (const status of [201, 204, 301, 302, 400, 407, 408, 418, 429, 500, 502, 503, 504, 521])
    t.equal(verdictOf({}, status, ''), 'no verdict', String(status));
  const valid = (value: string) => `{"data":{"valid":${value}}}`;
  const good = valid('true');
  const CASES: [verdict: string, status: number, ...bodies: string[]][] = [
    ['good', 200, good],
    ['bad', 200, valid('false'), valid('"true"'), valid('1'), '{"data":null}', '[]'],
    ['no verdict', 200, '', '<html>', good.slice(0, -1)],
    ['bad', 401, good],
    ['no verdict', 500, good],
  ];
  for (const [verdict, status, ...bodies] of CASES)
    for (const body of bodies)
      t.equal(verdictOf({ field: '/data/valid' }, status, body), verdict, `${status} ${body}`);
});

t.test('the consumer and the headers are read from the body', async (t) => {
  const expected = { plan: 'gold', admin: 'false', none: null, list: null, evil: null, empty: null };
  const verify = verifySettings({
    consumer: { id: '/user/id', username: '/user/name', customId: '/user/ref' },
    upstreamHeaders: Object.fromEntries(Object.keys(expected).map((name) => [`x-${name}`, `/${name}`])),
  });
  const user = { id: 7, name: 'bob', ref: 'r-1' };
  const body = { user, plan: 'gold', admin: false, list: [1], evil: 'a\r\nSet-Cookie: b', empty: '' };
  const read = (text: string) => readVerdict(verify, 200, text, null);
  const verdict = read(JSON.stringify(body));
  t.same(verdict?.consumer, { id: '7', username: 'bob', customId: 'r-1', credentials: [] });
  const headers = Object.entries(expected).map(([name, value]) => [`x-${name}`, value]);
  t.same(verdict?.headers, headers);
  const named = { id: 'bob', username: 'bob', credentials: [] };
  t.same(read('{"user":{"name":"bob"}}')?.consumer, named, 'without an id the name is the id');
  t.equal(read('{}')?.consumer, null, 'no consumer');
  t.equal(read('no json'), null, 'the consumer cannot be read: no verdict');
});

/** A response as the runtime returns it; Node's Response would read the body ahead. */
const responseOf = (body: ReadableStream) =>
  ({ status: 200, headers: new Headers(), body }) as unknown as Response;

async function ask(
  verify: Verify,
  key = 'k',
  respond: () => Response | Promise<Response> = () => new Response(''),
) {
  const runtime = virtualRuntime({ fetch: async (request) => (request.signal.throwIfAborted(), respond()) });
  const verdict = await askVerifier(verifySettings(verify), key, runtime);
  return { verdict, runtime, request: runtime.sent[0] as Request };
}

t.test('at most 64 KiB of a body are read; a longer one is no verdict if it is needed', async (t) => {
  const bodyOf = (length: number) => `{"ok":true,"x":"${'y'.repeat(length - 18)}"}`;
  const verdict = async (verify: Verify, body: BodyInit) =>
    (await ask(verify, 'k', () => new Response(body))).verdict?.good;
  const field = '/ok';
  t.equal(await verdict({ field }, bodyOf(65_536)), true);
  t.equal(await verdict({ field }, bodyOf(65_537)), undefined);
  t.equal(await verdict({}, bodyOf(65_537)), true, 'the status suffices');
  let pulled = 0;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1024).fill(++pulled)),
  });
  t.equal(await verdict({ field }, endless), undefined);
  t.ok(pulled < 70, `pulled ${pulled} KiB`);
});

t.test('the key is encoded wherever it is in the URL, and the request is not cached', async (t) => {
  const { request } = await ask({ url: 'https://v.test/k/{key}?again={key}' }, 'a/b ?&#é$&');
  const key = 'a%2Fb%20%3F%26%23%C3%A9%24%26';
  t.match(request, { url: `https://v.test/k/${key}?again=${key}`, redirect: 'manual' });
  t.equal(request.headers.get('apikey'), null, 'in the URL, so not in a header');
  let cf: unknown;
  const fetch: Runtime['fetch'] = async (_url, init) => ((cf = init?.cf), new Response('') as never);
  await askVerifier(verifySettings(), 'k', { ...virtualRuntime(), fetch });
  t.same(cf, { cacheTtl: -1 });
});

t.test('a key that would change the request is bad without one', async (t) => {
  const inHeader = { url: 'https://v.test/' };
  for (const key of ['.', '..', '...', 'k\ud800']) {
    const { verdict, runtime } = await ask({}, key);
    t.same([verdict?.good, runtime.sent.length], [false, 0], key);
  }
  for (const key of [' k', 'k ', 'k\r\nx: y', 'k\0'])
    t.equal((await ask(inHeader, key)).verdict?.good, false, JSON.stringify(key));
});

t.test('a truncated response, a hung one and an invalid request are no verdict', async (t) => {
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error('cut off')) });
  t.equal((await ask({}, 'k', () => responseOf(broken))).verdict, null);
  const unsendable: VerifySettings = { ...verifySettings(), headers: [['x', 'a\nb']] };
  const answers = virtualRuntime({ fetch: async () => new Response('') });
  t.equal(await askVerifier(unsendable, 'k', answers), null);
  const hang = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  const runtime = virtualRuntime({
    fetch: async (request) => responseOf(new ReadableStream({ pull: () => hang(request.signal) })),
  });
  let verdict: unknown = 'none yet';
  void askVerifier(verifySettings({ timeoutMs: 300 }), 'k', runtime).then((value) => (verdict = value));
  await runtime.advance(299);
  t.equal(verdict, 'none yet');
  await runtime.advance(1);
  t.equal(verdict, null);
});
