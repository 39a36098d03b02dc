/** Transformation of requests, beyond the cases of tests/kong (request-transformer). */
import t from 'tap';
import { compileTemplate } from '../../../lib/core/template.ts';
import { fillPath, startRequestTransform } from '../../../lib/traffic/request-transform.ts';
import type { Config } from '../../../lib/config/types.ts';
import { drive, verdict } from '../../support/traffic.ts';

const transform = (requestTransform: NonNullable<Config['requestTransform']>) =>
  drive(startRequestTransform, { requestTransform });
const bodyOf = ({ body }: { body: ArrayBuffer | null }) => body && Buffer.from(body).toString('latin1');

t.test('hidden headers, and those only the gateway may set, count as absent', async (t) => {
  const add = { 'x-a': '<$(headers.apikey)$(headers["x-consumer-id"])>' };
  const one = transform({ headers: { add, rename: { apikey: 'x-b' } } });
  const headers = { apikey: 'sesame', 'x-consumer-id': 'evil' };
  const { sent } = await one.enter('/', { headers }, { claimed: [new Set(Object.keys(headers))] });
  t.same(sent, { 'x-a': '<>' });
});

t.test("a query without operations keeps its bytes; the gateway's own headers can't change", async (t) => {
  const remove = ['X-Forwarded-For', 'Via', 'Host', 'content-length'];
  const add = { 'X-Kong-Request-Id': 'x', 'transfer-encoding': 'chunked', 'x-ok': '1' };
  const one = transform({ headers: { remove, rename: { 'x-a': 'X-Real-IP' }, add } });
  const headers = { 'x-forwarded-for': '1.2.3.4' };
  const { sent, context } = await one.enter('/p?raw=$&+,/:;?@', { headers });
  t.same(sent, { 'x-ok': '1' });
  t.equal(context.originQuery, '?raw=$&+,/:;?@');
});

t.test('a path template: no value of a caller can end the path or leave its directory', async (t) => {
  const source = (values: Record<string, string>) => ({
    headers: (name: string) => values[`h.${name}`] ?? null,
    query_params: (name: string) => values[`q.${name}`] ?? null,
    uri_captures: (name: string) => values[`c.${name}`] ?? null,
  });
  const ofQuery = '/u/$(query_params.q)';
  const CASES: readonly [string, Record<string, string>, kong: boolean, string | null][] = [
    ['/fixed/path', {}, false, '/fixed/path'],
    ['/a b?c', {}, false, '/a%20b?c'],
    ['/u/$(uri_captures.a)/$(uri_captures.b)', { 'c.a': 'x/y', 'c.b': 'z' }, false, '/u/x/y/z'],
    [ofQuery, { 'q.q': 'a/b' }, false, '/u/a%2Fb'],
    [ofQuery, { 'q.q': 'a/b' }, true, '/u/a/b'],
    [ofQuery, { 'q.q': 'x?admin=1#y' }, true, '/u/x%3Fadmin=1%23y'],
    [ofQuery, { 'q.q': '..' }, false, null],
    [ofQuery, { 'q.q': '../admin' }, true, null],
    [ofQuery, { 'q.q': '%2e%2E' }, true, null],
    [ofQuery, { 'q.q': '..\\admin' }, true, '/u/..%5Cadmin'],
    [ofQuery, { 'q.q': 'é☃' }, true, '/u/%C3%A9%E2%98%83'],
    ['$(headers.p)', { 'h.p': '//evil.test' }, true, '//evil.test'],
    ['$(headers.p)', { 'h.p': 'evil' }, true, null],
    ['$(headers.p)', {}, true, null],
  ];
  for (const [template, values, kong, expected] of CASES) {
    const path = fillPath(compileTemplate(template), source(values), kong);
    t.equal(path, expected, `${template} ${JSON.stringify(values)}`);
  }
  const one = transform({ path: ofQuery });
  t.equal((await one.enter('/?q=7')).context.originPath, '/u/7');
  t.equal(verdict((await one.enter('/?q=..')).answer), '500 An unexpected error occurred');
  const ofRoute = transform({ path: '/$(uri_captures.id)/$(uri_captures[2])/$(uri_captures.none)x' });
  const captures = /^\/(?<id>\w+)\/(\w+)/.exec('/a1/b2') as RegExpExecArray;
  t.equal((await ofRoute.enter('/a1/b2', {}, { captures })).context.originPath, '/a1/b2/x');
});

const JSON_TYPE = 'application/json';
const post = (type: string, body: string | Uint8Array<ArrayBuffer>) => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

t.test('malformed JSON is forwarded unchanged; a multipart form keeps its bytes', async (t) => {
  const one = transform({ body: { remove: ['r'], add: { a: '1' } } });
  for (const body of ['no json', '[1]'])
    t.equal(bodyOf((await one.enter('/', post(JSON_TYPE, body))).context), body);
  const part = '--B\r\nContent-Disposition: form-data; name="f"\r\n\r\n\x80\xff\r\n--B--\r\n';
  const form = post('multipart/form-data; boundary=B', new Uint8Array(Buffer.from(part, 'latin1')));
  t.match(bodyOf((await one.enter('/', form)).context), /\x80\xff\r\n--B\r\n.*name="a"\r\n\r\n1\r\n--B--/s);
});

t.test('a body that cannot be read is rejected', async (t) => {
  const one = transform({ body: { remove: ['r'] } });
  const large = await one.enter('/', post(JSON_TYPE, `{"x":"${'a'.repeat(8 * 1024 * 1024)}","r":1}`));
  t.equal(verdict(large.answer), '413 Request body is too large to be changed');
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) });
  const init = { ...post(JSON_TYPE, ''), body: broken, duplex: 'half' } as RequestInit;
  t.equal(verdict((await one.enter('/', init)).answer), '400 Bad request');
});

t.test('with method GET a form becomes query arguments; other bodies are not changed', async (t) => {
  const get = transform({ method: 'GET' });
  const merged = await get.enter('/?a=1', post('application/x-www-form-urlencoded', 'a=2&b=3'));
  t.equal(merged.context.originQuery, '?a=1&a=2&b=3');
  const json = await transform({ method: 'PUT' }).enter('/', post(JSON_TYPE, '{"a":1}'));
  t.equal(json.context.originMethod, 'PUT');
  t.equal(json.context.body, null);
});
