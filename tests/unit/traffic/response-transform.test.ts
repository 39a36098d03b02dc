/** Transformation of responses. */
import t from 'tap';
import { isJsonType, startResponseTransform } from '../../../lib/traffic/response-transform.ts';
import { drive } from '../../support/traffic.ts';

const body = { add: { a: '1' } };

async function changed(
  original: BodyInit | null,
  init: ResponseInit = {},
  change = { body } as object,
  method = 'GET',
) {
  const one = drive(startResponseTransform, { responseTransform: change });
  const { context } = await one.enter('/', { method });
  const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>) };
  return one.leave(context, new Response(original, { ...init, headers }));
}

t.test('content types that are JSON', async (t) => {
  const parameters = ['', '; charset=utf-8', ' ; a="b c"'].map((one) => `application/json${one}`);
  for (const type of [...parameters, 'APPLICATION/JSON', 'application/problem+json'])
    t.equal(isJsonType(type), true, type);
  const others = [null, '', 'text/json', 'application/jsonp', 'text/plain; x=application/json'];
  for (const type of [...others, 'application/json;', 'application/json; charset'])
    t.equal(isJsonType(type), false, String(type));
});

t.test('any other body keeps its bytes', async (t) => {
  const headersOnly = { headers: { remove: ['x-h'] } };
  const CASES: [text: string, headers?: Record<string, string>, change?: object][] = [
    ['not json'],
    ['[1, 2]'],
    ['{ "k" :  1}', { 'content-type': 'text/plain' }],
    ['{}', { 'content-encoding': 'zstd' }],
    ['{\n "k": 1 }', {}, headersOnly],
    // A body that is too large is streamed.
    [`{"x":"${'a'.repeat(9 * 1024 * 1024)}"}`],
  ];
  for (const [text, headers = {}, change] of CASES)
    t.ok((await (await changed(text, { headers }, change)).text()) === text, text.slice(0, 80));
  t.equal((await changed(null, { status: 204 })).status, 204);
  t.equal(await (await changed(null, {}, { body }, 'HEAD')).text(), '');
  for (const [type, length] of [
    ['application/json', null],
    ['text/plain', '9'],
  ] as const) {
    const head = { headers: { 'content-type': type, 'content-length': '9' } };
    t.equal((await changed(null, head, { body }, 'HEAD')).headers.get('content-length'), length, type);
  }
  const raw = new Uint8Array([0xff, 0x80, 0x7b]);
  t.same(new Uint8Array(await (await changed(raw)).arrayBuffer()), raw);
});
