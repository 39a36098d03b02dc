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
