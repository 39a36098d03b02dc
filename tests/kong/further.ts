/**
 * Further cases, written from what Kong's code and documentation say where cases.json does not ask: the same form,
 * shorter. Their ids say what they are about.
 */
import type { Expectation, KongCase, KongRequest } from './case.ts';

type Config = KongCase['config'];
type Headers = KongRequest['headers'];

const BOB = {
  id: '11111111-1111-4111-8111-111111111111',
  username: 'bob',
  keyauth_credentials: [{ id: '22222222-2222-4222-8222-222222222222', key: 'kong' }],
};
const NOBODY = { id: '33333333-3333-4333-8333-333333333333', username: 'no-body' };
const KEY = { 'WWW-Authenticate': 'Key' };

function get(path: string, headers: Headers = {}, more: Partial<KongRequest> = {}): KongRequest {
  return { method: 'GET', path, headers: { Host: 'a.test', ...headers }, body: null, ...more };
}

function post(path: string, type: string, body: string, headers: Headers = {}): KongRequest {
  return get(path, { 'Content-Type': type, ...headers }, { method: 'POST', body });
}

/** One service, one route for everything at a.test, with these plugins. */
function withPlugins(plugins: unknown[], more: object = {}, service: object = {}): Config {
  return {
    _format_version: '3.0',
    services: [
      {
        name: 's',
        url: 'http://upstream.test',
        ...service,
        routes: [{ name: 'r', hosts: ['a.test'], plugins }],
      },
    ],
    consumers: [BOB, NOBODY],
    ...more,
  };
}
const keyAuth = (config: object = {}, more: object = {}): Config =>
  withPlugins([{ name: 'key-auth', config }], more);
const cors = (config: object = {}): Config => withPlugins([{ name: 'cors', config }]);
const limit = (config: object, more: object = {}): Config =>
  withPlugins([{ name: 'rate-limiting', config: { policy: 'local', ...config } }], more);

function one(
  id: string,
  config: Config,
  request: KongRequest,
  expect: Expectation,
  more: Partial<KongCase> = {},
): KongCase {
  return {
    id,
    area: `${id.slice(0, id.indexOf(':'))}`,
    kong: '3.10',
    level: 'blackbox',
    portability: 'ok',
    config,
    request,
    expect,
    ...more,
  };
}
const refusal = (status: number, message: string, equal: Headers = {}): Expectation => ({
  status,
  bodyJson: { message, request_id: '<hex32>' },
  headers: { equal },
  upstreamReceives: { hits: 0 },
});
const NO_KEY = refusal(401, 'No API key found in request', KEY);
const TWICE = refusal(401, 'Duplicate API key found', KEY);
const WRONG = refusal(401, 'Unauthorized', KEY);
const received = (upstreamReceives: NonNullable<Expectation['upstreamReceives']>): Expectation => ({
  status: 200,
  upstreamReceives,
});
const IS_BOB = received({ headers: { equal: { 'x-consumer-username': 'bob', 'x-consumer-id': BOB.id } } });

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';

const keys: KongCase[] = [
  one('keys: a header sent twice', keyAuth(), get('/', { apikey: ['kong', 'kong'] }), TWICE),
  one('keys: a query argument given twice', keyAuth(), get('/?apikey=kong&apikey=kong'), TWICE),
  one('keys: an escaped name in the query', keyAuth(), get('/?api%6Bey=kong'), IS_BOB),
  one('keys: an escaped key in the query', keyAuth(), get('/?apikey=k%6Fng'), IS_BOB),
  one('keys: any case of the header', keyAuth(), get('/', { ApiKey: 'kong' }), IS_BOB),
  one('keys: a key of other case', keyAuth(), get('/', { apikey: 'KONG' }), WRONG),
  one('keys: a wrong header before a right query', keyAuth(), get('/?apikey=kong', { apikey: 'no' }), WRONG),
  one('keys: a list in brackets', keyAuth(), get('/?apikey[]=kong'), NO_KEY),
  one('keys: the second name', keyAuth({ key_names: ['one', 'two'] }), get('/?two=kong'), IS_BOB),
  one(
    'keys: a valueless first name, a second name',
    keyAuth({ key_names: ['one', 'two'] }),
    get('/?one&two=kong'),
    IS_BOB,
  ),
  one('keys: an empty first name', keyAuth({ key_names: ['one', 'two'] }), get('/?one=&two=kong'), NO_KEY),
  one(
    'keys: a first name found wrong',
    keyAuth({ key_names: ['one', 'two'] }),
    get('/?one=no&two=kong'),
    WRONG,
  ),
  one('keys: no header wanted', keyAuth({ key_in_header: false }), get('/', { apikey: 'kong' }), NO_KEY),
  one('keys: no query wanted', keyAuth({ key_in_query: false }), get('/?apikey=kong'), NO_KEY),
  one(
    'keys: a realm',
    keyAuth({ realm: 'mine' }),
    get('/'),
    refusal(401, 'No API key found in request', { 'WWW-Authenticate': 'Key realm="mine"' }),
  ),
  one(
    'keys: JSON list',
    keyAuth({ key_in_body: true }),
    post('/', JSON_TYPE, '{"apikey":["kong","kong"]}'),
    TWICE,
  ),
  one('keys: JSON object', keyAuth({ key_in_body: true }), post('/', JSON_TYPE, '{"apikey":{"a":1}}'), TWICE),
  one('keys: JSON null', keyAuth({ key_in_body: true }), post('/', JSON_TYPE, '{"apikey":null}'), NO_KEY),
  one('keys: JSON true', keyAuth({ key_in_body: true }), post('/', JSON_TYPE, '{"apikey":true}'), NO_KEY),
  one(
    'keys: JSON nested',
    keyAuth({ key_in_body: true }),
    post('/', JSON_TYPE, '{"x":{"apikey":"kong"}}'),
    NO_KEY,
  ),
  one(
    'keys: JSON with a charset',
    keyAuth({ key_in_body: true }),
    post('/', 'application/json; charset=utf-8', '{"apikey":"kong"}'),
    IS_BOB,
  ),
  one('keys: an empty form field', keyAuth({ key_in_body: true }), post('/', FORM, 'apikey=&x=1'), NO_KEY),
  one(
    'keys: a form above 8 KiB',
    keyAuth({ key_in_body: true }),
    post('/', FORM, `apikey=kong&x=${'y'.repeat(9000)}`),
    NO_KEY,
  ),
  one(
    'keys: body passed on as it came',
    keyAuth({ key_in_body: true }),
    post('/', JSON_TYPE, '{ "apikey" : "kong" }'),
    received({ body: '{ "apikey" : "kong" }' }),
  ),
  one(
    'keys: form hidden',
    keyAuth({ key_in_body: true, hide_credentials: true }),
    post('/', FORM, 'b=2&apikey=kong&a=1'),
    received({ bodyFields: { a: '1', b: '2' }, bodyFieldsAbsent: ['apikey'] }),
  ),
  one(
    'keys: only argument hidden',
    keyAuth({ hide_credentials: true }),
    get('/x?apikey=kong'),
    received({ pathWithQuery: '/x' }),
  ),
  one(
    'keys: hidden, flags and blanks rewritten',
    keyAuth({ hide_credentials: true }),
    get('/?flag&apikey=kong&a=b+c'),
    received({ query: 'flag=&a=b%20c' }),
  ),
  one(
    'keys: not hidden by default, query untouched',
    keyAuth(),
    get('/?flag&apikey=kong&a=b+c'),
    received({ query: 'flag&apikey=kong&a=b+c' }),
  ),
  one(
    'keys: anonymous by name',
    keyAuth({ anonymous: 'no-body' }),
    get('/'),
    received({
      headers: {
        equal: { 'x-consumer-id': NOBODY.id, 'x-anonymous-consumer': 'true' },
        absent: ['x-credential-identifier'],
      },
    }),
  ),
  one('keys: OPTIONS asks for a key too', keyAuth(), get('/', {}, { method: 'OPTIONS' }), NO_KEY),
  one(
    'keys: OPTIONS let through',
    keyAuth({ run_on_preflight: false }),
    get('/', { 'X-Consumer-Username': 'me' }, { method: 'OPTIONS' }),
    received({ headers: { equal: { 'x-consumer-username': 'me' } } }),
  ),
  one(
    'keys: a custom id',
    withPlugins([{ name: 'key-auth' }], {
      consumers: [{ custom_id: '42', keyauth_credentials: [{ key: 'kong' }] }],
    }),
    get('/?apikey=kong'),
    received({ headers: { equal: { 'x-consumer-custom-id': '42' }, absent: ['x-consumer-username'] } }),
  ),
  one(
    'keys: a consumer without an id',
    withPlugins([{ name: 'key-auth' }], {
      consumers: [{ username: 'eve', keyauth_credentials: [{ key: 'e' }] }],
    }),
    get('/?apikey=e'),
    received({
      headers: {
        equal: { 'x-consumer-username': 'eve', 'x-consumer-id': '537569ab-54d4-5d13-8e8c-692695a78eb2' },
      },
    }),
  ),
  one(
    'keys: a disabled plugin',
    withPlugins([{ name: 'key-auth', enabled: false }]),
    get('/'),
    received({ hits: 1 }),
  ),
  one('keys: the hundredth argument', keyAuth(), get(`/?${'a=1&'.repeat(99)}apikey=kong`), IS_BOB),
  one('keys: the hundred and first argument', keyAuth(), get(`/?${'a=1&'.repeat(100)}apikey=kong`), NO_KEY),
  one(
    'keys: a multipart body',
    keyAuth({ key_in_body: true }),
    post(
      '/',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="apikey"\r\n\r\nkong\r\n--b--\r\n',
    ),
    IS_BOB,
  ),
  one('keys: a value that is not decodable', keyAuth(), get('/?apikey=%zz'), WRONG),
  one('keys: HEAD', keyAuth(), get('/', {}, { method: 'HEAD' }), {
    status: 401,
    bodyExact: '',
    headers: { equal: KEY },
  }),
  one(
    'keys: 2018, missing',
    keyAuth(),
    get('/'),
    {
      status: 401,
      bodyExact: '{"message":"No API key found in request"}\n',
      headers: { equal: { 'WWW-Authenticate': 'Key realm="kong"' } },
    },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, empty',
    keyAuth(),
    get('/?apikey='),
    { status: 403, bodyExact: '{"message":"Invalid authentication credentials"}\n' },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, twice',
    keyAuth(),
    get('/?apikey=a&apikey=b'),
    {
      status: 401,
      bodyExact: '{"message":"Duplicate API key found"}\n',
      headers: { absent: ['WWW-Authenticate'] },
    },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, an anonymous consumer that is not there',
    keyAuth({ anonymous: '44444444-4444-4444-8444-444444444444' }),
    get('/'),
    { status: 500, bodyExact: '{"message":"An unexpected error occurred"}\n' },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, a body that cannot be read',
    keyAuth({ key_in_body: true }),
    post('/', 'text/plain', 'x'),
    { status: 400, bodyExact: '{"message":"Cannot process request body"}\n' },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, no identifier',
    keyAuth(),
    get('/?apikey=kong'),
    received({ headers: { equal: { 'x-consumer-username': 'bob' }, absent: ['x-credential-identifier'] } }),
    { kong: '0.14' },
  ),
];

const ANY = { 'Access-Control-Allow-Origin': '*' };
const preflight = (origin: string, headers: Headers = {}): KongRequest =>
  get('/', { Origin: origin, 'Access-Control-Request-Method': 'GET', ...headers }, { method: 'OPTIONS' });
const allows = (equal: Headers, absent: string[] = []): Expectation => ({
  status: 200,
  headers: { equal, absent },
});

const browsers: KongCase[] = [
  one(
    'cors: headers echoed',
    cors(),
    preflight('http://x.test', { 'Access-Control-Request-Headers': 'a, B' }),
    allows({ ...ANY, 'Access-Control-Allow-Headers': 'a, B', 'Content-Length': '0' }, ['Vary']),
  ),
  one(
    'cors: headers configured',
    cors({ headers: ['a', 'b'], max_age: 7 }),
    preflight('http://x.test', { 'Access-Control-Request-Headers': 'z' }),
    allows({ 'Access-Control-Allow-Headers': 'a,b', 'Access-Control-Max-Age': '7' }),
  ),
  one(
    'cors: private network',
    cors({ private_network: true }),
    preflight('http://x.test', { 'Access-Control-Request-Private-Network': 'true' }),
    allows({ 'Access-Control-Allow-Private-Network': 'true' }),
  ),
  one(
    'cors: preflight refused',
    cors({ origins: ['http://a.test', 'http://b.test'] }),
    preflight('http://c.test'),
    allows(
      {
        Vary: 'Origin',
        'Access-Control-Allow-Methods': 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT',
      },
      ['Access-Control-Allow-Origin'],
    ),
  ),
  one(
    'cors: default port dropped',
    cors({ origins: ['http://a.test', 'http://b.test'] }),
    get('/', { Origin: 'http://a.test:80' }),
    allows({ 'Access-Control-Allow-Origin': 'http://a.test' }),
  ),
  one(
    'cors: one plain entry whoever asks',
    cors({ origins: ['http://a.test'] }),
    get('/', { Origin: 'http://b.test' }),
    allows({ 'Access-Control-Allow-Origin': 'http://a.test', Vary: 'Origin' }),
  ),
  one(
    'cors: a pattern over the host',
    cors({ origins: ['.*[.]a[.]test'] }),
    get('/', { Origin: 'https://x.a.test:8443' }),
    allows({ 'Access-Control-Allow-Origin': 'https://x.a.test:8443' }),
  ),
  one(
    'cors: a pattern is anchored',
    cors({ origins: ['a[.]test'] }),
    get('/', { Origin: 'https://a.test.evil.org' }),
    allows({ Vary: 'Origin' }, ['Access-Control-Allow-Origin']),
  ),
  one(
    'cors: credentials refused still say so',
    cors({ origins: ['http://a.test', 'http://b.test'], credentials: true }),
    get('/', { Origin: 'http://c.test' }),
    allows({ 'Access-Control-Allow-Credentials': 'true' }, ['Access-Control-Allow-Origin']),
  ),
  one(
    'cors: credentials for any, nobody asks',
    cors({ credentials: true }),
    get('/'),
    allows(ANY, ['Access-Control-Allow-Credentials', 'Vary']),
  ),
  one(
    'cors: an upstream header replaced',
    cors({ origins: ['http://a.test', 'http://b.test'] }),
    get('/response-headers?Access-Control-Allow-Origin=*', { Origin: 'http://b.test' }),
    allows({ 'Access-Control-Allow-Origin': 'http://b.test' }),
  ),
  one(
    'cors: absent origin, not told',
    cors({ allow_origin_absent: false }),
    get('/'),
    allows({}, ['Access-Control-Allow-Origin']),
  ),
  one('cors: on an upstream error', cors(), get('/status/503', { Origin: 'http://x.test' }), {
    status: 503,
    headers: { equal: ANY },
  }),
  one(
    'cors: a global one on no route',
    withPlugins([], { plugins: [{ name: 'cors' }] }),
    get('/', { Host: 'b.test', Origin: 'http://x.test' }),
    { status: 404, headers: { equal: ANY } },
  ),
  one(
    'cors: a route of its own, not the global one',
    withPlugins([{ name: 'cors', config: { origins: ['http://a.test'] } }], { plugins: [{ name: 'cors' }] }),
    get('/'),
    allows({ 'Access-Control-Allow-Origin': 'http://a.test' }),
  ),
  one(
    'cors: disabled on the route, the global one',
    withPlugins([{ name: 'cors', enabled: false }], {
      plugins: [{ name: 'cors', config: { origins: ['http://g.test'] } }],
    }),
    get('/'),
    allows({ 'Access-Control-Allow-Origin': 'http://g.test' }),
  ),
  one(
    'cors: none',
    withPlugins([]),
    get('/', { Origin: 'http://x.test' }),
    allows({}, ['Access-Control-Allow-Origin', 'Vary']),
  ),
  one(
    'cors: 2018, Vary overwrites',
    cors({ origins: ['http://a.test'] }),
    get('/response-headers?Vary=Accept'),
    allows({ Vary: 'Origin' }),
    { kong: '0.14' },
  ),
  one(
    'cors: 2018, a refusal leaves the upstream header',
    cors({ origins: ['http://a.test', 'http://b.test'] }),
    get('/response-headers?Access-Control-Allow-Origin=*', { Origin: 'http://c.test' }),
    allows(ANY),
    { kong: '0.14' },
  ),
];

const routes = (...list: object[]): Config => ({
  _format_version: '3.0',
  services: list.map((route, index) => ({
    name: `s${index}`,
    host: `r${index}.test`,
    routes: [{ name: `r${index}`, ...route }],
  })),
});
const wins = (index: number, more: object = {}): Expectation =>
  received({ headers: { equal: { host: `r${index}.test` } }, ...more });

const router: KongCase[] = [
  one(
    'router: service disabled',
    {
      _format_version: '3.0',
      services: [
        {
          name: 's',
          url: 'http://upstream.test',
          enabled: false,
          routes: [{ name: 'r', hosts: ['a.test'] }],
        },
      ],
    },
    get('/'),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: regex before an exact prefix',
    routes({ paths: ['/ab'] }, { paths: ['~/a'] }),
    get('/ab'),
    wins(1),
  ),
  one('router: longer prefix', routes({ paths: ['/a'] }, { paths: ['/a/b'] }), get('/a/b/c'), wins(1)),
  one(
    'router: host and path before a long path',
    routes({ paths: ['/a/b/c'] }, { hosts: ['a.test'], paths: ['/a'] }),
    get('/a/b/c'),
    wins(1),
  ),
  one(
    'router: plain host before wildcard',
    routes({ hosts: ['*.test'] }, { hosts: ['a.test'] }),
    get('/'),
    wins(1),
  ),
  one(
    'router: host case as sent',
    routes({ hosts: ['a.test'] }),
    get('/', { Host: 'A.test' }),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: a port that the entry lacks',
    routes({ hosts: ['a.test'] }),
    get('/', { Host: 'a.test:81' }),
    wins(0),
  ),
  one(
    'router: another port than the entry',
    routes({ hosts: ['a.test:80'] }),
    get('/', { Host: 'a.test:81' }),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: header values in any case',
    routes({ headers: { version: ['V1'] } }),
    get('/', { Version: 'v1' }),
    wins(0),
  ),
  one(
    'router: a header pattern',
    routes({ headers: { version: ['~*^v[0-9]+$'] } }),
    get('/', { version: 'v12' }),
    wins(0),
  ),
  one(
    'router: a header pattern that fails',
    routes({ headers: { version: ['~*^v[0-9]+$'] } }),
    get('/', { version: 'w' }),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: methods',
    routes({ methods: ['PUT'], paths: ['/'] }),
    get('/'),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: double slashes merge',
    routes({ paths: ['/a/b'], strip_path: false }),
    get('//a///b'),
    wins(0, { path: '/a/b' }),
  ),
  one('router: prefix is text', routes({ paths: ['/foo'] }), get('/foobar'), wins(0, { path: '/bar' })),
  one(
    'router: escapes in upper case',
    routes({ paths: ['/a'], strip_path: false }),
    get('/a/x%2fy%7ez'),
    wins(0, { path: '/a/x%2Fy~z' }),
  ),
  one(
    'router: a header needs one of its values',
    routes({ headers: { a: ['1', '2'] } }),
    get('/', { a: '3' }),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: two headers before one',
    routes({ headers: { a: ['1'] } }, { headers: { a: ['1'], b: ['2'] } }),
    get('/', { a: '1', b: '2' }),
    wins(1),
  ),
  one(
    'router: regex priority',
    routes({ paths: ['~/a.*'], regex_priority: 1 }, { paths: ['~/a/b'], regex_priority: 5 }),
    get('/a/b'),
    wins(1),
  ),
  one(
    'router: a wildcard is no empty label',
    routes({ hosts: ['*.a.test'] }),
    get('/'),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: a wildcard spans labels',
    routes({ hosts: ['*.test'] }),
    get('/', { Host: 'x.y.test' }),
    wins(0),
  ),
  one(
    'router: host before header, older router',
    { ...routes({ headers: { a: ['1'] } }, { hosts: ['a.test'] }), _format_version: '2.1' },
    get('/', { a: '1' }),
    wins(1),
  ),
  one(
    'router: unicode is escaped',
    routes({ paths: ['/a'], strip_path: false }),
    get('/a/%C3%A9%20'),
    wins(0, { path: '/a/%C3%A9%20' }),
  ),
  one(
    'router: a lone question mark',
    routes({ paths: ['/'] }),
    get('/x?'),
    wins(0, { pathWithQuery: '/x?' }),
  ),
  one(
    'router: regex captures only what matched',
    routes({ paths: ['~/v\\d'] }),
    get('/v1/x'),
    wins(0, { path: '/x' }),
  ),
  one('router: inline flags', routes({ paths: ['~/(?i)abc'] }), get('/ABC'), wins(0)),
  one(
    'router: service path',
    {
      _format_version: '3.0',
      services: [{ name: 's', url: 'http://upstream.test/base/', routes: [{ name: 'r', paths: ['/x'] }] }],
    },
    get('/x/y'),
    received({ path: '/base/y' }),
  ),
  one(
    'router: preserve host, port and all',
    routes({ hosts: ['a.test'], preserve_host: true }),
    get('/', { Host: 'a.test:8000' }),
    received({ headers: { equal: { host: 'a.test:8000' } } }),
  ),
  one(
    'router: 308',
    { ...routes({ hosts: ['a.test'], protocols: ['https'], https_redirect_status_code: 308 }) },
    get('/x%20y?b=1', { Host: 'a.test:80' }),
    { status: 308, bodyExact: '', headers: { equal: { Location: 'https://a.test/x%20y?b=1' } } },
  ),
  one(
    'router: 426',
    routes({ hosts: ['a.test'], protocols: ['https'] }),
    get('/'),
    refusal(426, 'Please use HTTPS protocol'),
  ),
  one(
    'router: format 2.1 guesses regexes',
    { ...routes({ paths: ['/v\\d+/x'] }), _format_version: '2.1' },
    get('/v12/x'),
    wins(0, { path: '/' }),
  ),
  one('router: no service', { _format_version: '3.0', routes: [{ name: 'r', paths: ['/'] }] }, get('/'), {
    status: 503,
    bodyJson: { message: 'no Service found with those values', request_id: '<hex32>' },
  }),
  one(
    'router: preflight of a route of GET alone',
    withPlugins([], {
      services: [
        {
          name: 's',
          url: 'http://upstream.test',
          routes: [{ name: 'r', methods: ['GET'], plugins: [{ name: 'cors' }] }],
        },
      ],
    }),
    preflight('http://x.test'),
    refusal(404, 'no Route matched with those values'),
  ),
];

const proxy = withPlugins([]);
const origin = (upstreamReceives: NonNullable<Expectation['upstreamReceives']>['headers']): Expectation =>
  received({ headers: upstreamReceives! });
const conf = (settings: Record<string, string>, more: object = {}): Config =>
  ({ ...proxy, x_kong_conf: settings, ...more }) as Config;

const headers: KongCase[] = [
  one(
    'headers: charset added',
    { ...proxy, x_mock: { default: { headers: { 'Content-Type': 'text/html' }, body: 'x' } } },
    get('/'),
    { status: 200, headers: { equal: { 'Content-Type': 'text/html; charset=UTF-8' } } },
  ),
  one(
    'headers: charset kept',
    {
      ...proxy,
      x_mock: { default: { headers: { 'Content-Type': 'text/html; charset=latin1' }, body: 'x' } },
    },
    get('/'),
    { status: 200, headers: { equal: { 'Content-Type': 'text/html; charset=latin1' } } },
  ),
  one('headers: JSON without charset', proxy, get('/'), {
    status: 200,
    headers: { equal: { 'Content-Type': 'application/json' } },
  }),
  one(
    'headers: host without port',
    proxy,
    get('/', { Host: 'a.test:8000' }),
    origin({ equal: { 'x-forwarded-host': 'a.test', 'x-forwarded-port': '8000' } }),
  ),
  one(
    'headers: trusted host',
    conf({ trusted_ips: '<clientIp>' }),
    get('/', { 'X-Forwarded-Host': 'b.test' }),
    origin({ equal: { 'x-forwarded-host': 'b.test' } }),
  ),
  one(
    'headers: trusted, nothing sent',
    conf({ trusted_ips: '0.0.0.0/0' }),
    get('/'),
    origin({ equal: { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'a.test' } }),
  ),
  one(
    'headers: real ip',
    conf({ trusted_ips: '<clientIp>' }),
    get('/', { 'X-Real-IP': '9.9.9.9' }),
    origin({ equal: { 'x-real-ip': '9.9.9.9', 'x-forwarded-for': '127.0.0.1' } }),
  ),
  one(
    'headers: Location untouched',
    proxy,
    get('/response-headers?Location=http%3A%2F%2Fupstream.test%2Fx'),
    { status: 200, headers: { equal: { Location: 'http://upstream.test/x' } } },
  ),
  one(
    'headers: no redirect followed',
    { ...proxy, x_mock: { default: { status: 302, headers: { Location: '/elsewhere' } } } },
    get('/'),
    { status: 302, upstreamReceives: { hits: 1 } },
  ),
  one(
    'headers: underscores pass',
    proxy,
    get('/', { x_y: '1', Cookie: 'a=b' }),
    origin({ equal: { x_y: '1', cookie: 'a=b' } }),
  ),
  one('headers: Server of Kong on its own answers', proxy, get('/', { Host: 'b.test' }), {
    status: 404,
    headers: { equal: { Server: 'kong/3.10.0' } },
  }),
  one('headers: off', conf({ headers: 'off' }), get('/', { Host: 'b.test' }), {
    status: 404,
    headers: { absent: ['Server', 'X-Kong-Request-Id', 'X-Kong-Response-Latency'] },
  }),
  one(
    'headers: 2018, Via',
    { ...proxy, x_mock: { default: { headers: { Via: '1.1 x' } } } },
    get('/'),
    {
      status: 200,
      headers: { matches: { Via: '^kong/0[.]' }, absent: ['X-Kong-Request-Id'] },
      upstreamReceives: { headers: { absent: ['via', 'x-forwarded-path', 'x-kong-request-id'] } },
    },
    { kong: '0.14' },
  ),
];

const down: Config = { ...proxy, x_mock: { default: { fault: 'connect-refused' } } };
const errors: KongCase[] = [
  one('errors: type of the request', down, post('/', JSON_TYPE, '{}'), {
    status: 502,
    bodyExact:
      '{\n  "message":"An invalid response was received from the upstream server",\n  "request_id":"<hex32>"\n}',
  }),
  one('errors: Accept before type', down, post('/', JSON_TYPE, '{}', { Accept: 'text/plain' }), {
    status: 502,
    bodyExact: 'An invalid response was received from the upstream server\nrequest_id: <hex32>\n',
  }),
  one(
    'errors: default type',
    {
      ...conf({ error_default_type: 'application/xml' }),
      x_mock: { default: { fault: 'connect-refused' } },
    } as Config,
    get('/'),
    { status: 502, headers: { equal: { 'Content-Type': 'application/xml; charset=utf-8' } } },
  ),
  one('errors: q decides', proxy, get('/', { Host: 'b.test', Accept: 'text/html;q=0.5, text/plain;q=0.8' }), {
    status: 404,
    headers: { equal: { 'Content-Type': 'text/plain; charset=utf-8' } },
  }),
  one('errors: the first of equals', proxy, get('/', { Host: 'b.test', Accept: 'text/plain, text/html' }), {
    status: 404,
    headers: { equal: { 'Content-Type': 'text/plain; charset=utf-8' } },
  }),
  one('errors: unknown is JSON', proxy, get('/', { Host: 'b.test', Accept: 'application/vnd.api+json' }), {
    status: 404,
    headers: { equal: { 'Content-Type': 'application/json; charset=utf-8' } },
  }),
  one(
    'errors: TRACE',
    proxy,
    get('/', { Accept: '*/*' }, { method: 'TRACE' }),
    refusal(405, 'Method not allowed'),
  ),
  one('errors: Via on a proxy error', down, get('/'), {
    status: 502,
    headers: {
      present: ['X-Kong-Upstream-Latency', 'X-Kong-Proxy-Latency', 'Via'],
      absent: ['X-Kong-Response-Latency'],
    },
  }),
  one(
    'errors: 2018, HTML',
    down,
    get('/', { Accept: 'text/html' }),
    { status: 502, bodyContains: '<title>Kong Error</title>' },
    { kong: '0.14' },
  ),
];

const remains = (left: string, of = '3'): Expectation => ({
  status: 200,
  headers: { equal: { 'X-RateLimit-Limit-Minute': of, 'X-RateLimit-Remaining-Minute': left } },
});
const BLOCKED = { status: 429 };
const twice = (request: KongRequest, expect: Expectation) => [{ request, expect }];
const shared = {
  services: [
    {
      name: 's',
      url: 'http://upstream.test',
      plugins: [{ name: 'rate-limiting', config: { minute: 3, limit_by: 'ip' } }],
      routes: [
        { name: 'r', paths: ['/a'] },
        { name: 'q', paths: ['/b'] },
      ],
    },
  ],
};

const limits: KongCase[] = [
  one(
    'limits: by header',
    limit({ minute: 3, limit_by: 'header', header_name: 'x-user' }),
    get('/', { 'x-user': 'b' }),
    remains('2'),
    { before: twice(get('/', { 'x-user': 'a' }), remains('2')) },
  ),
  one(
    'limits: by header, none sent, by address',
    limit({ minute: 3, limit_by: 'header', header_name: 'x-user' }),
    get('/'),
    remains('1'),
    { before: twice(get('/'), remains('2')) },
  ),
  one('limits: by path', limit({ minute: 3, limit_by: 'path', path: '/x' }), get('/x'), remains('1'), {
    before: twice(get('/x'), remains('2')),
  }),
  one(
    'limits: by service',
    limit({ minute: 3, limit_by: 'service' }),
    get('/', {}, { clientIp: '127.0.0.2' }),
    remains('1'),
    { before: twice(get('/'), remains('2')) },
  ),
  one(
    'limits: routes of a service share',
    { _format_version: '3.0', ...shared },
    get('/b', { Host: 'x' }),
    remains('1'),
    { before: twice(get('/a', { Host: 'x' }), remains('2')) },
  ),
  one(
    'limits: a global one is shared',
    withPlugins([], {
      plugins: [{ name: 'rate-limiting', config: { minute: 3, limit_by: 'ip' } }],
      services: [
        {
          name: 's',
          url: 'http://upstream.test',
          routes: [
            { name: 'r', paths: ['/a'] },
            { name: 'q', paths: ['/b'] },
          ],
        },
      ],
    }),
    get('/b'),
    remains('1'),
    { before: twice(get('/a'), remains('2')) },
  ),
  one(
    'limits: own words',
    limit({ minute: 1, limit_by: 'ip', error_code: 404, error_message: 'Go away' }),
    get('/'),
    { status: 404, bodyJson: { message: 'Go away', request_id: '<hex32>' } },
    { before: twice(get('/'), { status: 200 }) },
  ),
  one(
    'limits: not on a preflight',
    withPlugins([{ name: 'cors' }, { name: 'rate-limiting', config: { minute: 1, limit_by: 'ip' } }]),
    get('/'),
    remains('0', '1'),
    { before: twice(preflight('http://x.test'), { status: 200 }) },
  ),
  one(
    'limits: cors on a refusal',
    withPlugins([{ name: 'cors' }, { name: 'rate-limiting', config: { minute: 1, limit_by: 'ip' } }]),
    get('/'),
    { ...BLOCKED, headers: { equal: ANY, present: ['Retry-After'] } },
    { before: twice(get('/'), { status: 200 }) },
  ),
  one('limits: an upstream 500 counts', limit({ minute: 3, limit_by: 'ip' }), get('/'), remains('1'), {
    before: twice(get('/status/500'), { status: 500 }),
  }),
  one(
    'limits: a bad key does not count',
    withPlugins([{ name: 'key-auth' }, { name: 'rate-limiting', config: { minute: 3 } }]),
    get('/?apikey=kong'),
    remains('2'),
    { before: twice(get('/?apikey=no'), { status: 401 }) },
  ),
  one(
    'limits: a consumer before its route',
    withPlugins([{ name: 'key-auth' }, { name: 'rate-limiting', config: { minute: 3 } }], {
      plugins: [{ name: 'rate-limiting', consumer: 'bob', config: { minute: 9 } }],
    }),
    get('/?apikey=kong'),
    remains('8', '9'),
  ),
  one(
    'limits: route and service before a consumer',
    withPlugins([{ name: 'key-auth' }], {
      plugins: [
        { name: 'rate-limiting', route: 'r', service: 's', config: { minute: 3 } },
        { name: 'rate-limiting', consumer: 'bob', config: { minute: 9 } },
      ],
    }),
    get('/?apikey=kong'),
    remains('2'),
  ),
  one(
    'limits: a consumer on a route before all',
    withPlugins([{ name: 'key-auth' }], {
      plugins: [
        { name: 'rate-limiting', route: 'r', consumer: 'bob', config: { minute: 3 } },
        { name: 'rate-limiting', consumer: 'bob', config: { minute: 9 } },
      ],
    }),
    get('/?apikey=kong'),
    remains('2'),
  ),
  one(
    'limits: a refusal takes of the exceeded period alone',
    limit({ minute: 1, hour: 10, limit_by: 'ip' }),
    get('/'),
    {
      status: 429,
      headers: {
        equal: {
          'X-RateLimit-Remaining-Minute': '0',
          'X-RateLimit-Remaining-Hour': '9',
          'RateLimit-Limit': '1',
        },
      },
    },
    {
      before: twice(get('/'), {
        status: 200,
        headers: { equal: { 'X-RateLimit-Remaining-Minute': '0', 'X-RateLimit-Remaining-Hour': '9' } },
      }),
    },
  ),
  one(
    'limits: 2018 headers',
    limit({ minute: 1, limit_by: 'ip' }),
    get('/'),
    {
      ...BLOCKED,
      bodyExact: '{"message":"API rate limit exceeded"}\n',
      headers: { absent: ['Retry-After', 'RateLimit-Limit'], equal: { 'X-RateLimit-Limit-Minute': '1' } },
    },
    { kong: '0.14', before: twice(get('/'), { status: 200, headers: { absent: ['RateLimit-Limit'] } }) },
  ),
];

const upstream = (fields: object, service: object = {}, mock: object = {}): Config =>
  ({
    _format_version: '3.0',
    services: [
      {
        name: 's',
        host: 'up',
        ...service,
        routes: [{ name: 'r', hosts: ['a.test'], paths: ['/', '~/u/(?<id>\\d+)'] }],
      },
    ],
    upstreams: [
      {
        name: 'up',
        targets: [
          { target: '127.0.0.1:10001', weight: 10 },
          { target: '127.0.0.1:10002', weight: 10 },
        ],
        ...fields,
      },
    ],
    x_mock: mock,
  }) as Config;
const B_RESETS = { '127.0.0.1:10002': { fault: 'connect-refused' } };

const balancing: KongCase[] = [
  one(
    'balancer: default port 8000',
    upstream({ targets: [{ target: 'one.test' }] }),
    get('/'),
    received({ headers: { equal: { host: 'one.test:8000' } } }),
  ),
  one(
    'balancer: weight 0 gets nothing',
    upstream({ targets: [{ target: '127.0.0.1:10001', weight: 0 }, { target: '127.0.0.1:10002' }] }),
    get('/', {}, { repeat: 4 }),
    { status: 200, distribution: { '127.0.0.1:10002': 4 } },
  ),
  one(
    'balancer: a refused target is retried elsewhere',
    upstream({}, {}, B_RESETS),
    get('/', {}, { repeat: 10 }),
    { statusCounts: { 200: 10 } },
  ),
  one(
    'balancer: ejected after one refusal',
    upstream({ healthchecks: { passive: { unhealthy: { tcp_failures: 1 } } } }, {}, B_RESETS),
    get('/', {}, { repeat: 10 }),
    { statusCounts: { 200: 10 }, distribution: { near: { '127.0.0.1:10002': 1 } } },
  ),
  one(
    'balancer: failures add up',
    upstream(
      {
        targets: [{ target: '127.0.0.1:10001' }],
        healthchecks: { passive: { unhealthy: { http_failures: 2 } } },
      },
      {},
      { '127.0.0.1:10001': { sequence: [500, 200, 500, 200] } },
    ),
    get('/', {}, { repeat: 4 }),
    { statusCounts: { 200: 1, 500: 2, 503: 1 } },
  ),
  one(
    'balancer: statuses that count',
    upstream(
      { healthchecks: { passive: { unhealthy: { http_failures: 1, http_statuses: [418] } } } },
      {},
      { '127.0.0.1:10002': { status: 418 } },
    ),
    get('/', {}, { repeat: 10 }),
    { statusCounts: { 200: 9, 418: 1 } },
  ),
  one(
    'balancer: statuses that do not',
    upstream(
      { healthchecks: { passive: { unhealthy: { http_failures: 1, http_statuses: [418] } } } },
      {},
      { '127.0.0.1:10002': { status: 500 } },
    ),
    get('/', {}, { repeat: 10 }),
    { statusCounts: { 200: 5, 500: 5 } },
  ),
  one(
    'balancer: POST is not sent twice',
    upstream(
      { targets: [{ target: '127.0.0.1:10001' }] },
      { read_timeout: 500 },
      { default: { fault: 'hang' } },
    ),
    post('/', JSON_TYPE, '{}', { Accept: '*/*' }),
    { status: 504, upstreamReceives: { attempts: 1 } },
  ),
  one(
    'balancer: PUT is',
    upstream(
      { targets: [{ target: '127.0.0.1:10001' }] },
      { read_timeout: 500, retries: 2 },
      { default: { fault: 'hang' } },
    ),
    { ...post('/', JSON_TYPE, '{}', { Accept: '*/*' }), method: 'PUT' },
    { status: 504, upstreamReceives: { attempts: 3 } },
  ),
  one(
    'balancer: no hash value goes to one target',
    upstream({ hash_on: 'header', hash_on_header: 'x' }),
    get('/', {}, { repeat: 10 }),
    { status: 200, distribution: { allToOneTarget: true } },
  ),
  one(
    'balancer: by consumer without one',
    upstream({ hash_on: 'consumer', hash_fallback: 'ip' }),
    get('/', {}, { repeat: 10 }),
    { status: 200, distribution: { allToOneTarget: true } },
  ),
  one(
    'balancer: cookie path',
    upstream({ hash_on: 'cookie', hash_on_cookie: 'c', hash_on_cookie_path: '/p' }),
    get('/'),
    {
      status: 200,
      headers: { matches: { 'Set-Cookie': '^c=[0-9a-f-]{36}; Path=/p; Same-Site=Lax; HttpOnly$' } },
    },
  ),
  one(
    'balancer: host header',
    upstream({ host_header: 'h.test', targets: [{ target: 'one.test:10001' }] }),
    get('/'),
    received({ headers: { equal: { host: 'h.test:10001' } } }),
  ),
  one(
    'balancer: hash_on none is round robin',
    upstream({ algorithm: 'consistent-hashing', hash_on: 'none' }),
    get('/', {}, { repeat: 4 }),
    { status: 200, distribution: { '127.0.0.1:10001': 2 } },
  ),
];

export const FURTHER: readonly KongCase[] = [
  ...keys,
  ...browsers,
  ...router,
  ...headers,
  ...errors,
  ...limits,
  ...balancing,
];
