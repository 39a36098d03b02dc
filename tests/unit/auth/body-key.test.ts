import t from 'tap';
import { parseBodyFields, readFields } from '../../../lib/auth/body-key.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const MULTI = 'multipart/form-data; boundary=BOUND';
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const part = (name: string, value: string, more = '') =>
  `--BOUND\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const form = (...parts: string[]) => `${parts.join('')}--BOUND--\r\n`;

t.test('a field of a body is found as Kong finds it', async (t) => {
  const quoted = 'multipart/form-data; boundary="BOUND"';
  const utf8 = Buffer.from('ké').toString('latin1');
  const bare = part('', 'k').replace('""', 'apikey');
  const table: [why: string, type: string, body: string, expected: string[]][] = [
    ['urlencoded with a charset', `${FORM}; charset=utf-8`, 'a=1&apikey=k%20y', ['k y']],
    ['JSON, its type in any case', 'Application/JSON; charset=utf-8', '{"apikey":"k"}', ['k']],
    ['a JSON array', JSON_TYPE, '["apikey"]', []],
    ['multipart', MULTI, form(part('a', '1'), part('apikey', utf8)), ['ké']],
    ['multipart with a quoted boundary', quoted, form(part('apikey', 'k')).trimEnd(), ['k']],
    ['multipart twice', MULTI, form(part('apikey', 'a'), part('apikey', 'b')), ['a', 'b']],
    ['only a file of that name', MULTI, form(part('file', 'k', '; filename="apikey"')), []],
    ['an unquoted name', MULTI, form(bare).trimEnd(), ['k']],
  ];
  for (const [why, type, body, expected] of table)
    t.same(parseBodyFields(type, bytes(body))?.valuesOf('apikey'), expected, why);
  const inherited = parseBodyFields(JSON_TYPE, bytes('{}'))?.valuesOf('constructor');
  t.same(inherited, [], 'an inherited property is not a field');
  for (const text of ['not json', '"apikey"']) t.equal(parseBodyFields(JSON_TYPE, bytes(text)), null, text);
  t.equal(parseBodyFields('multipart/form-data', bytes(part('apikey', 'k'))), null, 'no boundary');
});

t.test('removing a field leaves the others, byte for byte', async (t) => {
  const deep = '['.repeat(4000) + ']'.repeat(4000);
  const file = part('file', '\x00\xff\xfe--', '; filename="x.bin"');
  const multi = (...parts: string[]) => `pre\r\n${form(file, ...parts)}end`;
  const [key, other] = [part('apikey', 'k'), part('a', '1')];
  const table: [type: string, body: string, rest: string][] = [
    [FORM, 'apikey=k&other=l&b=%7e', 'b=%7e'],
    [JSON_TYPE, '{"b":[1],"apikey":"k","a":"\xc3\xbc"}', '{"b":[1],"a":"\xc3\xbc"}'],
    [JSON_TYPE, '{ "apikey" : "k", "n": 12345678901234567890 }', '{ "n": 12345678901234567890 }'],
    [JSON_TYPE, '{"a":{"apikey":1},"apikey":"k"}', '{"a":{"apikey":1}}'],
    [JSON_TYPE, '{"apikey":"k","apikey":"l","b":"\\"apikey\\":1,"}', '{"b":"\\"apikey\\":1,"}'],
    [JSON_TYPE, '{"\\u0061pikey":"k"}', '{}'],
    [JSON_TYPE, '{"apikey":["a",{"b":"}"}],"c":[]}', '{"c":[]}'],
    [JSON_TYPE, '["apikey"]', '["apikey"]'],
    [JSON_TYPE, '{}', '{}'],
    [JSON_TYPE, `{"apikey":"k","a":${deep}}`, `{"a":${deep}}`],
    [MULTI, multi(key, other), multi(other)],
    [MULTI, form(key), form()],
  ];
  for (const [type, body, rest] of table) {
    const left = parseBodyFields(type, bytes(body))!.without(['apikey', 'other']);
    t.equal(Buffer.from(left).toString('latin1'), rest, body.slice(0, 80));
  }
});

const post = (type: string, body: BodyInit, length: number | null = null) =>
  new Request('https://a.test/', {
    method: 'POST',
    headers: { 'content-type': type, ...(length !== null && { 'content-length': String(length) }) },
    body,
    duplex: 'half',
  } as RequestInit);

t.test('only a small body of a type with fields is read', async (t) => {
  const key = 'apikey=k';
  const small = await readFields(post(FORM, key, key.length));
  t.equal(Buffer.from(small!.bytes).toString(), key);
  const exact = `apikey=${'k'.repeat(8185)}`;
  t.not(await readFields(post(FORM, exact, 8192)), null);
  t.equal(await readFields(post(FORM, `${exact}k`, 8193)), null);
  t.equal(await readFields(post('text/plain', key)), null, 'another type');
  t.equal(await readFields(new Request('https://a.test/')), null, 'no body');
  const broken = await readFields(post(JSON_TYPE, key, key.length));
  t.equal(broken?.fields, null, 'a malformed one is read and has no fields');
});

t.test('a body without a length is read from a copy', async (t) => {
  const pieces = (...all: string[]) => new Blob(all).stream();
  t.same((await readFields(post(FORM, pieces('api', 'key=k'))))?.fields?.valuesOf('apikey'), ['k']);
  const request = post(FORM, pieces('apikey=k&', 'a'.repeat(8192)));
  t.equal(await readFields(request), null, 'one that is too large has no fields');
  t.equal((await request.text()).length, 8201, 'and is still forwarded');
});
