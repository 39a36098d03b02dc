import t from 'tap';
import { parseBodyFields, readFields } from '../../../lib/auth/body-key.ts';
import { LIST, type Held } from '../../../lib/auth/api-key.ts';

const FORM = 'application/x-www-form-urlencoded';
const MULTI = 'multipart/form-data; boundary=BOUND';
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const get = (type: string, body: string, name = 'apikey') => parseBodyFields(type, bytes(body))?.get(name);
const without = (type: string, body: string) => {
  const left = parseBodyFields(type, bytes(body))?.without(['apikey', 'other']);
  return Buffer.from(left ?? new ArrayBuffer(0)).toString('latin1');
};
const part = (name: string, value: string, more = '') =>
  `--BOUND\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const form = (...parts: string[]) => `${parts.join('')}--BOUND--\r\n`;

t.test('a field of a body is found as Kong finds it', async (t) => {
  const quoted = 'multipart/form-data; boundary="BOUND"';
  const utf8 = Buffer.from('ké').toString('latin1');
  const bare = part('', 'k').replace('""', 'apikey');
  const table: [why: string, type: string, body: string, expected: Held][] = [
    ['urlencoded', FORM, 'a=1&apikey=k%20y', 'k y'],
    ['urlencoded with a charset', `${FORM}; charset=utf-8`, 'apikey=k', 'k'],
    ['urlencoded twice', FORM, 'apikey=a&apikey=b', LIST],
    ['urlencoded without a value', FORM, 'apikey', null],
    ['urlencoded with brackets', FORM, 'apikey[]=a&apikey[]=b', undefined],
    ['urlencoded and empty', FORM, 'apikey=', ''],
    ['JSON', 'application/json', '{"apikey":"k"}', 'k'],
    ['JSON, whatever the case of its type', 'Application/JSON; charset=utf-8', '{"apikey":"k"}', 'k'],
    ['a JSON number', 'application/json', '{"apikey":12345}', null],
    ['JSON true', 'application/json', '{"apikey":true}', null],
    ['JSON null', 'application/json', '{"apikey":null}', null],
    ['a JSON list', 'application/json', '{"apikey":["a"]}', LIST],
    ['a JSON object', 'application/json', '{"apikey":{"a":1}}', LIST],
    ['a JSON list at the top', 'application/json', '["apikey"]', undefined],
    ['no own field of JSON', 'application/json', '{}', undefined],
    ['multipart', MULTI, form(part('a', '1'), part('apikey', 'k')), 'k'],
    ['multipart with a quoted boundary', quoted, form(part('apikey', 'k')).trimEnd(), 'k'],
    ['multipart twice', MULTI, form(part('apikey', 'a'), part('apikey', 'b')), LIST],
    ['a file of that name only', MULTI, form(part('file', 'k', '; filename="apikey"')), undefined],
    ['multipart with UTF-8', MULTI, form(part('apikey', utf8)), 'ké'],
    ['an unquoted name', MULTI, form(bare).trimEnd(), 'k'],
  ];
  for (const [why, type, body, expected] of table) t.equal(get(type, body), expected, why);
  t.equal(get('application/json', '{}', 'constructor'), undefined, 'what every object has is no field');
});

t.test('a body that cannot be decoded has no fields', async (t) => {
  t.equal(parseBodyFields('application/json', bytes('not json')), null);
  t.equal(parseBodyFields('application/json', bytes('"apikey"')), null);
  t.equal(parseBodyFields('multipart/form-data', bytes(part('apikey', 'k'))), null, 'no boundary');
});

t.test('cutting a field out leaves the others', async (t) => {
  t.equal(without(FORM, 'b=%7e&apikey=k&a=1'), 'b=%7e&a=1', 'urlencoded, byte for byte');
  const json: [body: string, rest: string][] = [
    ['{"b":[1],"apikey":"k","a":"\xc3\xbc"}', '{"b":[1],"a":"\xc3\xbc"}'],
    ['{ "apikey" : "k", "n": 12345678901234567890 }', '{ "n": 12345678901234567890 }'],
    ['{"a":{"apikey":1},"apikey":"k"}', '{"a":{"apikey":1}}'],
    ['{"apikey":"k","apikey":"l","b":"\\"apikey\\":1,"}', '{"b":"\\"apikey\\":1,"}'],
    ['{"\\u0061pikey":"k"}', '{}'],
    ['{"apikey":["a",{"b":"}"}],"c":[]}', '{"c":[]}'],
    ['["apikey"]', '["apikey"]'],
    ['{}', '{}'],
  ];
  for (const [body, rest] of json) t.equal(without('application/json', body), rest, body);
  const deep = '['.repeat(4000) + ']'.repeat(4000);
  t.equal(without('application/json', `{"apikey":"k","a":${deep}}`), `{"a":${deep}}`, 'however deep it is');
  t.equal(without(FORM, 'apikey=k&other=l&a=1'), 'a=1', 'under every name');
  const file = part('file', '\x00\xff\xfe--', '; filename="x.bin"');
  const multi = (...parts: string[]) => `pre\r\n${form(file, ...parts)}end`;
  const [key, other] = [part('apikey', 'k'), part('a', '1')];
  t.equal(without(MULTI, multi(key, other)), multi(other), 'multipart, byte for byte');
  t.equal(without(MULTI, form(key)), form());
});

const post = (type: string, body: BodyInit, headers: Record<string, string> = {}) =>
  new Request('https://a.test/', {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body,
    duplex: 'half',
  } as RequestInit);
const stream = (...pieces: string[]) =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });

t.test('a body is read only where it may hold fields and is small', async (t) => {
  const length = (body: string) => ({ 'content-length': String(body.length) });
  const small = await readFields(post(FORM, 'apikey=k', length('apikey=k')));
  t.equal(small?.fields?.get('apikey'), 'k');
  t.equal(Buffer.from(small?.bytes ?? new ArrayBuffer(0)).toString(), 'apikey=k');
  const exact = `apikey=${'k'.repeat(8185)}`;
  t.not(await readFields(post(FORM, exact, length(exact))), null, '8192 bytes are read');
  t.equal(await readFields(post(FORM, `${exact}k`, length(`${exact}k`))), null, '8193 are not');
  t.equal(await readFields(post('text/plain', 'apikey=k')), null, 'nor other types');
  t.equal(await readFields(new Request('https://a.test/')), null, 'nor no body');
  const broken = await readFields(post('application/json', 'not json', length('not json')));
  t.equal(broken?.fields, null, 'an undecodable one is read and has no fields');
});

t.test('a body without a length is read from a copy', async (t) => {
  const small = await readFields(post(FORM, stream('api', 'key=k')));
  t.equal(small?.fields?.get('apikey'), 'k');
  const request = post(FORM, stream('apikey=k&', 'a'.repeat(8192)));
  t.equal(await readFields(request), null, 'one that turns out larger has no fields');
  t.equal((await request.text()).length, 8201, 'and still goes its way');
});
