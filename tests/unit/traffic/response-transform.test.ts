/** What the caller gets in place of what was answered. */
import t from 'tap';
import { isJsonType, startResponseTransform } from '../../../lib/traffic/response-transform.ts';
import type { ResponseTransform } from '../../../lib/config/types.ts';
import { operations } from '../../support/operations.ts';
import { drive } from '../../support/traffic.ts';

const transformer = (change: Partial<ResponseTransform>) =>
  drive(startResponseTransform, { responseTransform: { headers: null, body: null, ...change } });

async function changed(
  transform: Partial<ResponseTransform>,
  body: BodyInit | null,
  init: ResponseInit = {},
  method = 'GET',
): Promise<Response> {
  const one = transformer(transform);
  const { context } = await one.enter('/', { method });
  const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>) };
  return one.leave(context, new Response(body, { ...init, headers }));
}

t.test('which types are JSON', async (t) => {
  const parameters = ['', '; charset=utf-8', ' ; a="b c"'].map((text) => `application/json${text}`);
  for (const type of [...parameters, 'APPLICATION/JSON', 'application/problem+json'])
    t.equal(isJsonType(type), true, type);
  const others = [null, '', 'text/json', 'application/jsonp', 'text/plain; x=application/json'];
  for (const type of [...others, 'application/json;', 'application/json; charset'])
    t.equal(isJsonType(type), false, String(type));
  const started = performance.now();
  isJsonType(`application/json${'; a=b'.repeat(20_000)};`);
  isJsonType(`application/json${' '.repeat(100_000)};`);
  t.ok(performance.now() - started < 1000);
});

t.test('a JSON object is written anew; length and coding go', async (t) => {
  const body = operations<string | number | boolean>({ remove: ['p1'], add: { n: -1, s: '7', t: true } });
  const response = await changed({ body }, '{"p1":"x","k":1}', { headers: { 'content-length': '16' } });
  t.equal(await response.text(), '{"k":1,"n":-1,"s":"7","t":true}');
  t.equal(response.headers.get('content-length'), null);
});

t.test('anything else keeps its bytes', async (t) => {
  const body = operations({ add: { a: '1' } });
  const CASES: [text: string, headers?: Record<string, string>, change?: Partial<ResponseTransform>][] = [
    ['not json'],
    ['[1, 2]'],
    ['{ "k" :  1}', { 'content-type': 'text/plain' }],
    ['{}', { 'content-encoding': 'zstd' }],
    ['{\n "k": 1 }', {}, { headers: operations({ remove: ['x-h'] }) }],
  ];
  for (const [text, headers = {}, change = { body }] of CASES)
    t.equal(await (await changed(change, text, { headers })).text(), text);
  t.equal((await changed({ body }, null, { status: 204 })).status, 204);
  t.equal(await (await changed({ body }, null, {}, 'HEAD')).text(), '');
  const raw = new Uint8Array([0xff, 0x80, 0x7b]);
  t.same(new Uint8Array(await (await changed({ body }, raw)).arrayBuffer()), raw);
});

t.test('a large body streams through unchanged', async (t) => {
  const body = operations({ add: { a: '1' } });
  const large = `{"x":"${'a'.repeat(9 * 1024 * 1024)}"}`;
  t.equal((await (await changed({ body }, large)).text()).length, large.length);
});

t.test('the gateway’s own answers too, and those that match no route by the general setting', async (t) => {
  const one = transformer({ headers: operations({ add: { 'X-Gw': 'g' } }) });
  const { context } = await one.enter('/', {}, { route: null });
  const response = one.leave(context, new Response('{"message":"no Route"}', { status: 404 }), 'no_route');
  t.equal(response.headers.get('x-gw'), 'g');
  t.equal(response.status, 404);
});
