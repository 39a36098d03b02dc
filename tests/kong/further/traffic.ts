/** Kong's smaller plug-ins: their order, which of several configurations applies, and their effect on rejections. */
import type { Expectation, KongCase } from '../case.ts';
import {
  ANY_TYPE,
  BOB,
  JSON_TYPE,
  answering,
  get,
  one,
  plugin,
  post,
  received,
  refusal,
  withPlugins,
} from './forms.ts';
import type { Config, Headers } from './forms.ts';

const OLD = { kong: '0.14' };
const AS_OF_2018 = { _format_version: '1.1' };
const KEY: Headers = { apikey: 'kong' };
const alone = (name: string, config: object = {}, more: object = {}): Config =>
  withPlugins([plugin(name, config)], more);
const says = (value: string, on: object = {}): object =>
  plugin('response-transformer', { add: { headers: [`X-W:${value}`] } }, on);
const DENIED = plugin('ip-restriction', { deny: ['127.0.0.0/8'] });
const ONE_BYTE = plugin('request-size-limiting', { allowed_payload_size: 1, size_unit: 'bytes' });
const TOO_LARGE = refusal(413, 'Request size limit exceeded');

const NOT_BOTS = ['curl/8.4', 'Wget/1.21', 'PostmanRuntime/7.3', 'Mozilla/5.0 (Linux; CUBOT X18) Chrome/99'];
const BOTS = [
  'Googlebot/2.1',
  'bingbot/2.0',
  'Mozilla/5.0 (compatible; YandexBot/3.0)',
  'Baiduspider',
  'AdsBot-Google',
  'ia_archiver',
  'Scrapy/2.5',
  'Slurp',
  'axios/1.6.0',
  'okhttp/4.9',
  'Apache-HttpClient/4.5',
  'reqwest/0.11',
  'aws-cli/2.1',
  'Boto3/1.2',
  'Python-urllib/3.8',
  'WhatsApp/2.2',
];
const agents = (agent: string): Headers => ({ 'User-Agent': agent });

const terminations: [name: string, config: object, expect: Expectation, sent?: Headers, path?: string][] = [
  ...(
    [
      [401, 'Unauthorized'],
      [404, 'Not found'],
      [405, 'Method not allowed'],
      [500, 'An unexpected error occurred'],
      [502, 'Bad Gateway'],
      [503, 'Service unavailable'],
    ] as const
  ).map(([status_code, message]): [string, object, Expectation] => [
    String(status_code),
    { status_code },
    {
      status: status_code,
      bodyExact: JSON.stringify({ message }),
      headers: { equal: { 'Content-Type': 'application/json; charset=utf-8' } },
    },
  ]),
  ...[200, 400, 403, 410, 504].map((status_code): [string, object, Expectation] => [
    String(status_code),
    { status_code },
    {
      status: status_code,
      bodyExact: '',
      headers: { equal: { 'Content-Length': '0' }, absent: ['Content-Type'] },
    },
  ]),
  ['304 with a body', { status_code: 304, body: 'x' }, { status: 304, bodyExact: '' }],
  ['204 with a message', { status_code: 204, message: 'x' }, { status: 204, bodyExact: '' }],
  ['a trigger without a value', { trigger: 'X-Stop', status_code: 410 }, { status: 410 }, {}, '/?X-Stop'],
  [
    'a trigger as an empty header',
    { trigger: 'X-Stop', status_code: 410 },
    { status: 410 },
    { 'x-stop': '' },
  ],
  ['an argument of another case', { trigger: 'X-Stop', status_code: 410 }, { status: 200 }, {}, '/?x-stop'],
  ['quotes', { message: 'say "no" \\ ü' }, { status: 503, bodyExact: '{"message":"say \\"no\\" \\\\ ü"}' }],
];

const costs: [name: string, reported: string, rules: Expectation['headers']][] = [
  ['a fraction', 'video=1.5', { equal: { 'X-RateLimit-Remaining-video-minute': '3.5' } }],
  [
    'malformed',
    'video, audio=3, video=x=1, video=nope',
    { equal: { 'X-RateLimit-Remaining-video-minute': '5' }, absent: ['X-Kong-Limit'] },
  ],
  ['the last of a name', 'video=1, video=3', { equal: { 'X-RateLimit-Remaining-video-minute': '2' } }],
  [
    'no limit for a period that is null',
    'video=2',
    { equal: { 'X-RateLimit-Remaining-video-minute': '3' }, absent: ['X-RateLimit-Limit-video-day'] },
  ],
];
const budget = { policy: 'local', limits: { video: { minute: 5, hour: null, day: null } } };

const scopes: [name: string, plugins: object[], on: object[], wins: string][] = [
  [
    'a service and consumer before a route',
    [says('route')],
    [says('pair', { consumer: 'bob', service: 's' })],
    'pair',
  ],
  ['a consumer before a route', [says('route')], [says('bob', { consumer: 'bob' })], 'bob'],
  [
    'a route and service before a consumer',
    [],
    [says('bob', { consumer: 'bob' }), says('pair', { route: 'r', service: 's' })],
    'pair',
  ],
  ['not a disabled one', [says('route')], [says('bob', { consumer: 'bob', enabled: false })], 'route'],
];

const order: [name: string, plugins: object[], expect: Expectation, sent?: Headers][] = [
  ['a key before an address', [DENIED, plugin('key-auth')], { status: 401 }],
  ['an address before a size', [ONE_BYTE, DENIED], refusal(403, 'IP address not allowed: 127.0.0.1')],
  ['a size before a group', [plugin('acl', { allow: ['x'] }), plugin('key-auth'), ONE_BYTE], TOO_LARGE, KEY],
  [
    'a redirect before a cache and a fixed response',
    [
      plugin('request-termination'),
      plugin('redirect', { location: 'https://n.example' }),
      plugin('proxy-cache', { strategy: 'memory' }),
    ],
    { status: 301, headers: { absent: ['X-Cache-Status'] } },
  ],
  [
    'a rejected size still gets the response headers',
    [ONE_BYTE, says('1')],
    { status: 413, headers: { equal: { 'X-W': '1' } } },
  ],
];

export const traffic: KongCase[] = [
  ...NOT_BOTS.map((agent) =>
    one(`bot-detection: ${agent}`, alone('bot-detection'), get('/', agents(agent)), { status: 200 }),
  ),
  ...BOTS.map((agent) =>
    one(
      `bot-detection: ${agent}`,
      alone('bot-detection'),
      get('/', agents(agent)),
      refusal(403, 'Forbidden'),
    ),
  ),
  one(
    'bot-detection 0.14: a rejection without a body',
    alone('bot-detection', {}, AS_OF_2018),
    get('/', agents('Googlebot/2.1')),
    { status: 403, bodyExact: '' },
    OLD,
  ),
  one(
    'bot-detection 0.14: HTTP libraries pass',
    alone('bot-detection', {}, AS_OF_2018),
    get('/', agents('axios/1.1')),
    { status: 200 },
    OLD,
  ),
  one(
    'bot-detection: a rejected preflight gets the CORS headers of an ordinary response',
    withPlugins([plugin('bot-detection'), plugin('cors', { origins: ['https://a.example'] })]),
    get(
      '/',
      { ...agents('Googlebot/2.1'), Origin: 'https://a.example', 'Access-Control-Request-Method': 'GET' },
      { method: 'OPTIONS' },
    ),
    {
      status: 403,
      headers: {
        equal: { 'Access-Control-Allow-Origin': 'https://a.example' },
        absent: ['Access-Control-Allow-Methods'],
      },
    },
  ),
  one('acl: no consumer', alone('acl', { allow: ['g'] }), get('/'), {
    ...refusal(401, 'Unauthorized'),
    headers: { absent: ['WWW-Authenticate'] },
  }),
  one(
    'acl: the origin gets the groups, not the header of the caller',
    withPlugins([plugin('key-auth'), plugin('acl', { allow: ['g'], include_consumer_groups: false })], {
      consumers: [{ ...BOB, acls: [{ group: 'g' }] }],
    }),
    get('/', { ...KEY, 'X-Consumer-Groups': 'admin', 'X-Authenticated-Groups': 'mine' }),
    received({ headers: { equal: { 'x-consumer-groups': 'g', 'x-authenticated-groups': 'mine' } } }),
  ),
  one(
    'ip-restriction: status and message',
    alone('ip-restriction', { deny: ['127.0.0.1'], status: 451, message: 'Not here' }),
    get('/'),
    refusal(451, 'Not here'),
  ),
  one(
    'ip-restriction: a status below 400 becomes 500',
    alone('ip-restriction', { deny: ['127.0.0.1'], status: 200, message: 'Not here' }),
    get('/', ANY_TYPE),
    { status: 500, bodyJsonSubset: { message: 'An unexpected error occurred' } },
  ),
  one(
    'rate-limiting: a status below 400 becomes 500',
    alone('rate-limiting', { minute: 1, policy: 'local', error_code: 204 }),
    get('/', ANY_TYPE),
    { status: 500, bodyJsonSubset: { message: 'An unexpected error occurred' } },
    { before: [{ request: get('/'), expect: { status: 200 } }] },
  ),
  ...terminations.map(([name, config, expect, sent = {}, path = '/']) =>
    one(`request-termination: ${name}`, alone('request-termination', config), get(path, sent), expect),
  ),
  one(
    'request-termination: a consumer’s own, which is not triggered',
    withPlugins([plugin('key-auth'), plugin('request-termination')], {
      plugins: [plugin('request-termination', { trigger: 'stop' }, { consumer: 'bob' })],
    }),
    get('/', KEY),
    { status: 200 },
  ),
  one(
    'request-size-limiting: a consumer’s bodies need a length',
    withPlugins([plugin('key-auth'), plugin('request-size-limiting')], {
      plugins: [plugin('request-size-limiting', { require_content_length: true }, { consumer: 'bob' })],
    }),
    get('/', KEY),
    refusal(411, 'A valid Content-Length header is required'),
  ),
  one(
    'request-size-limiting: a consumer’s bodies need no length',
    withPlugins([plugin('key-auth'), plugin('request-size-limiting', { require_content_length: true })], {
      plugins: [plugin('request-size-limiting', {}, { consumer: 'bob' })],
    }),
    get('/', KEY),
    { status: 200 },
  ),
  one(
    'request-size-limiting: in chunks, then transformed',
    withPlugins([plugin('request-transformer', { add: { body: ['a:1'] } }), plugin('request-size-limiting')]),
    post('/', JSON_TYPE, '{}', { 'Transfer-Encoding': 'chunked' }),
    received({ bodyFields: { a: '1' } }),
  ),
  one(
    'correlation-id: an empty id',
    alone('correlation-id', { echo_downstream: true }),
    get('/', { 'Kong-Request-ID': '' }),
    { headers: { matches: { 'Kong-Request-ID': '^[0-9a-f-]{36}#\\d+$' } } },
  ),
  one(
    'correlation-id: in place of the origin’s',
    alone('correlation-id', { echo_downstream: true, header_name: 'X-C' }, answering({ 'X-C': 'up' })),
    get('/', { 'X-C': 'mine' }),
    { headers: { equal: { 'X-C': 'mine' } } },
  ),
  one(
    'correlation-id: on a refusal',
    withPlugins([
      plugin('key-auth'),
      plugin('correlation-id', { echo_downstream: true, header_name: 'X-C' }),
    ]),
    get('/', { 'X-C': 'mine' }),
    { status: 401, headers: { equal: { 'X-C': 'mine' } } },
  ),
  one(
    'correlation-id 0.14: not on a refusal',
    withPlugins(
      [plugin('key-auth'), plugin('correlation-id', { echo_downstream: true, header_name: 'X-C' })],
      AS_OF_2018,
    ),
    get('/'),
    { status: 401, headers: { absent: ['X-C'] } },
    OLD,
  ),
  one(
    'correlation-id 0.14: an empty id stays',
    alone('correlation-id', { header_name: 'X-C' }, AS_OF_2018),
    get('/', { 'X-C': '' }),
    received({ headers: { equal: { 'x-c': '' } } }),
    OLD,
  ),
  one(
    'correlation-id: a consumer’s has no effect',
    withPlugins([plugin('key-auth')], {
      plugins: [plugin('correlation-id', { header_name: 'X-C' }, { consumer: 'bob' })],
    }),
    get('/', KEY),
    received({ headers: { absent: ['x-c'] } }),
  ),
  ...[204, 304].map((status_code) =>
    one(
      `redirect: ${status_code}`,
      alone('redirect', { location: 'https://n.example', status_code }),
      get('/'),
      {
        status: status_code,
        bodyExact: '',
      },
    ),
  ),
  one(
    'redirect: port and fragment stay, the path is normalised',
    alone('redirect', { location: 'https://n.example:8443/x#frag', keep_incoming_path: true }),
    get('/a//b/../c%20d%2F%7Ee?x=%27y'),
    { headers: { equal: { Location: 'https://n.example:8443/a/c%20d%2F~e?x=%27y#frag' } } },
  ),
  one(
    'redirect: a hidden key is not sent to the other host',
    withPlugins([
      plugin('key-auth', { hide_credentials: true }),
      plugin('redirect', { location: 'https://n.example', keep_incoming_path: true }),
    ]),
    get('/a?apikey=kong&x=1'),
    { headers: { equal: { Location: 'https://n.example/a?x=1' } } },
  ),
  ...(
    [
      ['a redirect', plugin('redirect', { location: 'https://n.example' }), {}, 301],
      ['a fixed response', plugin('request-termination'), {}, 503],
      ['an origin that fails', plugin('correlation-id'), { x_mock: { default: { fault: 'reset' } } }, 502],
    ] as const
  ).map(([name, other, mock, status]) =>
    one(
      `response-ratelimiting: the limits are sent with ${name}`,
      withPlugins([plugin('response-ratelimiting', budget), other], mock, { retries: 0 }),
      get('/'),
      {
        status,
        headers: {
          equal: {
            'X-RateLimit-Limit-video-minute': '5',
            'X-RateLimit-Remaining-video-minute': '5',
          },
        },
      },
    ),
  ),
  one(
    'response-ratelimiting: no limits are sent with a refusal of a plugin before it',
    withPlugins([plugin('response-ratelimiting', budget), ONE_BYTE]),
    post('/', JSON_TYPE, '{}'),
    { status: 413, headers: { absent: ['X-RateLimit-Limit-video-minute'] } },
  ),
  ...costs.map(([name, reported, rules]) =>
    one(
      `response-ratelimiting: ${name}`,
      alone('response-ratelimiting', budget, answering({ 'X-Kong-Limit': reported })),
      get('/'),
      { status: 200, headers: rules! },
    ),
  ),
  one(
    'response-ratelimiting: used up',
    alone('response-ratelimiting', budget, answering({ 'X-Kong-Limit': 'video=5', 'X-A': '1' })),
    get('/'),
    {
      status: 429,
      bodyExact: '',
      headers: {
        equal: { 'Content-Length': '0', 'X-RateLimit-Remaining-video-minute': '0', 'X-A': '1' },
        absent: ['Retry-After', 'RateLimit-Remaining'],
      },
    },
    { before: [{ request: get('/'), expect: { status: 200 } }] },
  ),
  ...scopes.map(([name, plugins, on, wins]) =>
    one(`scope: ${name}`, withPlugins([plugin('key-auth'), ...plugins], { plugins: on }), get('/', KEY), {
      status: 200,
      headers: { equal: { 'X-W': wins } },
    }),
  ),
  one(
    'scope: a consumer’s does not apply to a rejection',
    withPlugins([plugin('key-auth'), says('route')], { plugins: [says('bob', { consumer: 'bob' })] }),
    get('/'),
    { status: 401, headers: { equal: { 'X-W': 'route' } } },
  ),
  ...order.map(([name, plugins, expect, sent = {}]) =>
    one(`order: ${name}`, withPlugins(plugins), post('/', 'text/plain', 'xx', sent), expect),
  ),
  one(
    'order: without a route only plugins that change responses run',
    withPlugins([], {
      plugins: [
        plugin('correlation-id', { header_name: 'X-C', echo_downstream: true }),
        plugin('response-transformer', { add: { headers: ['X-W:1'], json: ['x:1'] } }),
        plugin('key-auth'),
        plugin('rate-limiting', { minute: 1, policy: 'local' }),
        plugin('request-termination', { status_code: 410 }),
        plugin('proxy-cache', { strategy: 'memory' }),
        plugin('bot-detection'),
        DENIED,
      ],
    }),
    get('/', { Host: 'no.test', ...ANY_TYPE, ...agents('Googlebot') }),
    {
      status: 404,
      bodyJsonSubset: { message: 'no Route matched with those values', x: '1' },
      headers: { equal: { 'X-W': '1' }, present: ['X-C'], absent: ['X-Cache-Status', 'RateLimit-Limit'] },
    },
  ),
];
