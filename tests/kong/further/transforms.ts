/** request-transformer and response-transformer: one short case for each rule that the listed cases do not cover. */
import type { Expectation, KongCase } from '../case.ts';
import { ANY_TYPE, JSON_TYPE, answering, get, one, plugin, post, received, withPlugins } from './forms.ts';
import type { Config, Headers } from './forms.ts';

type Received = NonNullable<Expectation['upstreamReceives']>;
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=BB';
const PART = '--BB\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--BB--\r\n';
const OLD = { kong: '0.14' };
const FAILED: Expectation = {
  status: 500,
  bodyExact: '{"message":"An unexpected error occurred"}',
  upstreamReceives: { hits: 0 },
};
const asked = (config: object): Config => withPlugins([plugin('request-transformer', config)]);
const answered = (config: object, headers: Headers, body = '{"p":"v"}', more: object = {}): Config =>
  withPlugins([plugin('response-transformer', config)], { ...answering(headers, body), ...more });

const headers: [name: string, config: object, sent: Headers, rules: Received['headers']][] = [
  [
    'an empty value adds nothing',
    { add: { headers: ['x-e:', 'x-f:1'] } },
    {},
    { equal: { 'x-f': '1' }, absent: ['x-e'] },
  ],
  [
    'an empty value replaces nothing',
    { replace: { headers: ['x-e:'] } },
    { 'X-E': 'own' },
    { equal: { 'x-e': 'own' } },
  ],
  [
    'colons',
    { add: { headers: ['x-e::v', 'x-u:http://a:1'] } },
    {},
    { equal: { 'x-e': 'v', 'x-u': 'http://a:1' } },
  ],
  [
    'Host stays',
    { add: { headers: ['Host:b.test'] }, remove: { headers: ['host'] } },
    {},
    { equal: { host: 'upstream.test' } },
  ],
  ['two values are appended', { append: { headers: ['x-e:1', 'X-E:2'] } }, {}, { equal: { 'x-e': '1, 2' } }],
  ['the first of two is added', { add: { headers: ['x-e:1', 'X-E:2'] } }, {}, { equal: { 'x-e': '1' } }],
  [
    'a name is free once it is renamed',
    { rename: { headers: ['x-a:x-b'] }, add: { headers: ['x-a:new', 'x-b:no'] } },
    { 'X-A': 'old' },
    { equal: { 'x-a': 'new', 'x-b': 'old' } },
  ],
  [
    'headers set after the plug-ins',
    {
      replace: { headers: ['X-Forwarded-Proto:ftp'] },
      add: { headers: ['X-Real-IP:192.0.2.9'] },
      remove: { headers: ['X-Forwarded-For'] },
    },
    { 'X-Forwarded-For': '192.0.2.4' },
    {
      equal: {
        'x-forwarded-proto': 'http',
        'x-real-ip': '127.0.0.1',
        'x-forwarded-for': '192.0.2.4, 127.0.0.1',
      },
    },
  ],
  [
    'templates',
    { add: { headers: ['x-1:$(headers.x_a or headers["x-a"])', 'x-2:a$(query_params.no)b', "x-3:$('$')5"] } },
    { 'X-A': 'v' },
    { equal: { 'x-1': 'v', 'x-2': 'ab', 'x-3': '$5' } },
  ],
];

const queries: [name: string, config: object, path: string, query: string][] = [
  ['no value, an empty value', { add: { querystring: ['z:1'] } }, '/?flag&e=&a=1', 'a=1&e=&flag&z=1'],
  ['appended to no value', { append: { querystring: ['a:2'] } }, '/?a', 'a=2'],
  ['appended', { append: { querystring: ['a:2', 'b:1'] } }, '/?a=1', 'a=1&a=2&b=1'],
  ['an empty value adds nothing', { add: { querystring: ['a:', 'b:1'] } }, '/?c=1', 'b=1&c=1'],
  ['an empty value in its place', { replace: { querystring: ['a:'] } }, '/?a=1&c=1', 'c=1'],
  ['all of one name are removed', { remove: { querystring: ['a'] } }, '/?a=1&b=2&a=3', 'b=2'],
  ['none is left', { remove: { querystring: ['a'] } }, '/?a=1', ''],
  ['one in place of all', { replace: { querystring: ['a:9'] } }, '/?a=1&a=3', 'a=9'],
  ['one in place of no value', { replace: { querystring: ['a:9'] } }, '/?a', 'a=9'],
  ['case matters', { remove: { querystring: ['A'] } }, '/?a=1', 'a=1'],
  [
    'escapes',
    { add: { querystring: ['z:a b&c=d/e?f'] } },
    "/?x=%5B1%5D&y=a%2Bb+c&u=%C3%BC~*'()!",
    'u=%C3%BC~%2A%27%28%29%21&x=%5B1%5D&y=a%2Bb%20c&z=a%20b%26c%3Dd%2Fe%3Ff',
  ],
];

const bodies: [name: string, config: object, type: string, body: string, rules: Received][] = [
  [
    'JSON: false is absent',
    { add: { body: ['a:1', 's:1'] } },
    JSON_TYPE,
    '{"a":false,"s":""}',
    { bodyFields: { a: '1', s: '' } },
  ],
  [
    'JSON: appended by type',
    { append: { body: ['s:x', 'l:x', 'm:x', 'n:x', 'b:x'] } },
    JSON_TYPE,
    '{"s":"a","l":[1],"n":5,"b":true}',
    { bodyFields: { s: ['a', 'x'], l: [1, 'x'], m: ['x'], n: ['x'], b: ['x'] } },
  ],
  [
    'JSON: false keeps its name',
    { rename: { body: ['f:g'] } },
    JSON_TYPE,
    '{"f":false}',
    { bodyFields: { f: false } },
  ],
  [
    'JSON: null does not',
    { rename: { body: ['f:g'] } },
    JSON_TYPE,
    '{"f":null}',
    { bodyFields: { g: null }, bodyFieldsAbsent: ['f'] },
  ],
  ['JSON: an empty value in its place', { replace: { body: ['a:'] } }, JSON_TYPE, '{"a":1}', { body: '{}' }],
  [
    'JSON: no body',
    { add: { body: ['a:1'] }, remove: { body: ['b'] } },
    JSON_TYPE,
    '',
    { bodyFields: { a: '1' } },
  ],
  ['JSON: a list', { remove: { body: ['a'] } }, JSON_TYPE, '[1,2]', { body: '[1,2]' }],
  ['JSON: another media type', { add: { body: ['a:1'] } }, 'application/vnd.api+json', '{}', { body: '{}' }],
  [
    'JSON: with a charset',
    { add: { body: ['a:1'] } },
    'Application/JSON; charset=utf-8',
    '{}',
    { body: '{"a":"1"}' },
  ],
  [
    'JSON: lists and objects',
    { add: { body: ['a:1'] } },
    JSON_TYPE,
    '{"e":[],"o":{}}',
    { bodyFields: { e: [], o: {} } },
  ],
  ['form: added', { add: { body: ['a:1', 'b:2'] } }, FORM, 'b=0&c=+x', { body: 'a=1&b=0&c=%20x' }],
  [
    'form: removed',
    { remove: { body: ['a'] } },
    FORM,
    'a=1&b=2&a=3',
    { body: 'b=2', headers: { equal: { 'content-length': '3' } } },
  ],
  ['form: renamed', { rename: { body: ['a:z'] } }, FORM, 'a=1&z=2', { body: 'z=1' }],
  ['form: replaced', { replace: { body: ['a:9', 'q:1'] } }, FORM, 'a=1&b=2', { body: 'a=9&b=2' }],
  ['form: no body', { add: { body: ['a:1'] } }, FORM, '', { body: 'a=1' }],
  ['form: appended', { append: { body: ['a:1'] } }, FORM, 'b=1', { body: 'a=1&b=1' }],
  [
    'parts: renamed, then removed',
    { rename: { body: ['a:z'] }, remove: { body: ['a'] } },
    MULTIPART,
    PART,
    { bodyFields: { z: '1' }, bodyFieldsAbsent: ['a'] },
  ],
  ['parts: added', { add: { body: ['a:2', 'n:3'] } }, MULTIPART, PART, { bodyFields: { a: '1', n: '3' } }],
  ['no type', { add: { body: ['a:1'] } }, '', 'x=1', { body: 'x=1' }],
  [
    'the type is removed',
    { add: { body: ['a:1'] }, remove: { headers: ['content-type'] } },
    JSON_TYPE,
    '{}',
    { body: '{}' },
  ],
];

const methods: [name: string, config: object, type: string, body: string, query: string][] = [
  ['a form', {}, FORM, 'a=2&b=3', 'a=1&a=2&b=3'],
  [
    'a form stays unchanged',
    { add: { body: ['c:4'] }, remove: { body: ['b'] } },
    FORM,
    'a=2&b=3',
    'a=1&a=2&b=3',
  ],
  ['a form, and rules of the query', { remove: { querystring: ['b'] } }, FORM, 'a=2&b=3', 'a=1&a=2'],
  ['not a form', {}, JSON_TYPE, '{"b":1}', 'a=1'],
];

const fields: [name: string, config: object, body: string, expected: unknown, type?: string][] = [
  [
    'strings unchanged, except backslashes',
    { add: { json: ['a:say "hi"', 'b:a/b', 'c:x\\y', 'd:'] } },
    '{}',
    { a: 'say "hi"', b: 'a/b', c: 'x\\\\y', d: 'null' },
  ],
  [
    'types',
    {
      add: {
        json: ['a:1.5', 'b:true', 'c:x', 'd:1', 'e:'],
        json_types: ['number', 'boolean', 'boolean', 'string', 'number'],
      },
    },
    '{}',
    { a: 1.5, b: true, c: false, d: '1' },
  ],
  [
    'replaced: a type for the first',
    { replace: { json: ['a:1', 'b:2', 'c:3'], json_types: ['number'] } },
    '{"a":"x","b":false,"c":null}',
    { a: 1, b: false, c: '3' },
  ],
  [
    'appended',
    { append: { json: ['a:1', 'b:2', 'c:3', 'd:4'], json_types: ['string', 'number'] } },
    '{"a":"x","b":[0],"c":5}',
    { a: ['x', '1'], b: [0, 2], c: ['3'], d: ['4'] },
  ],
  ['a list', { remove: { json: ['a'] } }, '[1,{"a":1}]', '[1,{"a":1}]'],
  ['renamed', { rename: { json: ['a:b', 'f:g'] } }, '{"a":1,"b":2,"f":false}', { b: 1, g: false }],
  ['colons', { add: { json: ['a::b', 'u:http://x'] } }, '{}', { a: 'b', u: 'http://x' }],
  ['of another name', { remove: { json: ['a'] } }, '{"a":1}', '{}', 'application/hal+json; charset=utf-8'],
  ['text/json is not JSON', { remove: { json: ['a'] } }, '{"a": 1}', '{"a": 1}', 'text/json'],
  ['no body', { add: { json: ['a:1'] } }, '', ''],
];

const lines: [name: string, config: object, sent: Headers, rules: Expectation['headers']][] = [
  [
    'renamed',
    { rename: { headers: ['X-A:X-B'] } },
    { 'X-A': '1', 'X-B': '2' },
    { equal: { 'X-B': '1' }, absent: ['X-A'] },
  ],
  [
    'added if absent',
    { add: { headers: ['X-A:new', 'X-C:3'] } },
    { 'X-A': '1' },
    { equal: { 'X-A': '1', 'X-C': '3' } },
  ],
  [
    'appended',
    { append: { headers: ['X-A:2', 'X-N:1'] } },
    { 'X-A': '1' },
    { equal: { 'X-A': '1, 2', 'X-N': '1' } },
  ],
  [
    'renamed, and added under the new name',
    { rename: { headers: ['X-A:X-B'] }, add: { headers: ['X-B:v'] } },
    { 'X-A': '1' },
    { equal: { 'X-B': 'v' }, absent: ['X-A'] },
  ],
  [
    'renamed, and replaced under the old name',
    { rename: { headers: ['X-A:X-B'] }, replace: { headers: ['X-A:v'] } },
    { 'X-A': '1' },
    { equal: { 'X-B': '1', 'X-A': 'v' } },
  ],
  ['an empty value adds nothing', { add: { headers: ['X-A:'] } }, {}, { absent: ['X-A'] }],
  [
    'headers set after the plug-ins',
    { remove: { headers: ['Via', 'X-Kong-Request-Id', 'X-Kong-Proxy-Latency', 'Server'] } },
    { Server: 'nginx' },
    { present: ['Via', 'X-Kong-Request-Id', 'X-Kong-Proxy-Latency'], equal: { Server: 'kong/3.10.0' } },
  ],
];

export const transforms: KongCase[] = [
  ...headers.map(([name, config, sent, rules]) =>
    one(`request-transformer: header, ${name}`, asked(config), get('/', sent), received({ headers: rules! })),
  ),
  ...queries.map(([name, config, path, query]) =>
    one(`request-transformer: query, ${name}`, asked(config), get(path), received({ query })),
  ),
  ...bodies.map(([name, config, type, body, rules]) =>
    one(`request-transformer: body, ${name}`, asked(config), post('/', type, body), received(rules)),
  ),
  ...methods.map(([name, config, type, body, query]) =>
    one(
      `request-transformer: GET in place of POST, ${name}`,
      asked({ http_method: 'GET', ...config }),
      post('/?a=1', type, body),
      received({ method: 'GET', query }),
    ),
  ),
  one(
    'request-transformer: a path is escaped',
    asked({ replace: { uri: '/a b/$(query_params.q)/ü' } }),
    get('/?q=x%20y'),
    received({ path: '/a%20b/x%20y/%C3%BC', query: 'q=x%20y' }),
  ),
  one('request-transformer: a path without a slash', asked({ replace: { uri: 'abc' } }), get('/'), FAILED),
  one(
    'request-transformer: a path that a template leaves without a slash',
    asked({ replace: { uri: '$(query_params.q)' } }),
    get('/?q=abc'),
    FAILED,
  ),
  one(
    'request-transformer: a template sees the request after authentication',
    withPlugins([
      plugin('key-auth', { hide_credentials: true }),
      plugin('request-transformer', {
        add: { headers: ['x-d:$(query_params.apikey or "gone")', 'x-e:$(headers["x-consumer-username"])'] },
        replace: { headers: ['x-consumer-username:alias'] },
      }),
    ]),
    get('/?apikey=kong'),
    received({ headers: { equal: { 'x-d': 'gone', 'x-e': 'bob', 'x-consumer-username': 'alias' } } }),
  ),
  ...fields.map(([name, config, body, expected, type = JSON_TYPE]) =>
    one(
      `response-transformer: JSON, ${name}`,
      answered(config, { 'Content-Type': type }, body),
      get('/', ANY_TYPE),
      {
        status: 200,
        ...(typeof expected === 'string' ? { bodyExact: expected } : { bodyJson: expected }),
      },
    ),
  ),
  ...lines.map(([name, config, sent, rules]) =>
    one(`response-transformer: header, ${name}`, answered(config, sent), get('/'), {
      status: 200,
      headers: rules!,
    }),
  ),
  one(
    'response-transformer 0.14: each operation sees the result of the previous one',
    answered({ remove: { headers: ['X-A'] }, add: { headers: ['X-A:new'] } }, { 'X-A': '1' }, '', {
      _format_version: '1.1',
    }),
    get('/'),
    { status: 200, headers: { equal: { 'X-A': 'new' } } },
    OLD,
  ),
  one(
    'response-transformer: a refusal',
    withPlugins([
      plugin('key-auth'),
      plugin('response-transformer', {
        add: { json: ['x:1'], headers: ['x-h:1'] },
        remove: { headers: ['WWW-Authenticate'], json: ['request_id'] },
      }),
    ]),
    get('/', ANY_TYPE),
    {
      status: 401,
      bodyJson: { message: 'No API key found in request', x: '1' },
      headers: { equal: { 'x-h': '1' }, absent: ['WWW-Authenticate'] },
    },
  ),
  one(
    'response-transformer: a fixed response',
    withPlugins([
      plugin('request-termination', { status_code: 200, body: '{"a":1}', content_type: JSON_TYPE }),
      plugin('response-transformer', { add: { json: ['b:2'], json_types: ['number'] } }),
    ]),
    get('/'),
    { status: 200, bodyJson: { a: 1, b: 2 } },
  ),
];
