/** proxy-cache, http-log, and the headers of zipkin and opentelemetry. */
import type { Expectation, KongCase } from '../case.ts';
import { JSON_TYPE, answering, get, one, plugin, post, received, withPlugins } from './forms.ts';
import type { Headers } from './forms.ts';

const JSON_ANSWER: Headers = { 'Content-Type': JSON_TYPE };
const FRESH: Headers = { ...JSON_ANSWER, 'Cache-Control': 'max-age=10' };
const status = (is: string): Expectation => ({ headers: { equal: { 'X-Cache-Status': is } } });
type Ask = readonly [path: string, headers?: Headers];
const twice: Ask[] = [['/'], ['/']];
const HIDDEN = { response_headers: { age: false, 'X-Cache-Status': false, 'X-Cache-Key': false } };
const obeying = { cache_control: true };

/** The last request of each is the one that is looked at. */
const cached: [name: string, config: object, answer: object, asks: Ask[], expect: Expectation][] = [
  [
    'Kong-Debug shows hidden headers, whatever its value',
    HIDDEN,
    answering(JSON_ANSWER),
    [['/'], ['/', { 'Kong-Debug': '0' }]],
    { headers: { equal: { 'X-Cache-Status': 'Hit' }, present: ['Age', 'X-Cache-Key'] } },
  ],
  [
    'a response to a range is not reused',
    { response_code: [200, 206] },
    answering({ ...JSON_ANSWER, 'Content-Range': 'bytes 0-1/9' }, '{}', 206),
    [['/', { Range: 'bytes=0-1' }], ['/']],
    status('Bypass'),
  ],
  [
    'listed arguments',
    { vary_query_params: ['a', 'b'] },
    answering(JSON_ANSWER),
    [['/?b=2&a=1&c=3'], ['/?a=1&b=2&d=4']],
    status('Hit'),
  ],
  [
    'a listed argument differs',
    { vary_query_params: ['a'] },
    answering(JSON_ANSWER),
    [['/?a=1'], ['/?a=2']],
    status('Miss'),
  ],
  [
    'a listed header differs',
    { vary_headers: ['X-L'] },
    answering(JSON_ANSWER),
    [
      ['/', { 'X-L': 'de' }],
      ['/', { 'X-L': 'en' }],
    ],
    status('Miss'),
  ],
  ['no type', {}, answering({}), twice, status('Bypass')],
  [
    'Cache-Control that is ignored',
    {},
    answering({ ...JSON_ANSWER, 'Cache-Control': 'private, no-store' }),
    twice,
    status('Hit'),
  ],
  [
    'Expires',
    obeying,
    answering({ ...JSON_ANSWER, Expires: 'Thu, 01 Dec 2099 16:00:00 GMT' }),
    twice,
    status('Hit'),
  ],
  [
    'no lifetime',
    obeying,
    answering(JSON_ANSWER),
    twice,
    { headers: { equal: { 'X-Cache-Status': 'Bypass' }, present: ['X-Cache-Key'] } },
  ],
  [
    'a caller who sends no-store',
    obeying,
    answering(FRESH),
    [['/', { 'Cache-Control': 'no-store' }]],
    { headers: { equal: { 'X-Cache-Status': 'Bypass' }, absent: ['X-Cache-Key'] } },
  ],
  [
    'min-fresh',
    obeying,
    answering(FRESH),
    [['/'], ['/', { 'Cache-Control': 'min-fresh=60' }]],
    status('Refresh'),
  ],
  [
    'only-if-cached',
    obeying,
    answering(FRESH),
    [['/'], ['/', { 'Cache-Control': 'only-if-cached' }]],
    status('Hit'),
  ],
  ['404', {}, answering(JSON_ANSWER, '{}', 404), twice, { status: 404, ...status('Hit') }],
  ['500', {}, answering(JSON_ANSWER, '{}', 500), twice, { status: 500, ...status('Bypass') }],
];

const log = plugin('http-log', { http_endpoint: 'http://log.test/in' });
const SERVICE = '12121212-1212-4212-8212-121212121212';
const logged: [
  name: string,
  plugins: object[],
  receives: Expectation['logReceives'],
  path?: string,
  sent?: Headers,
  more?: object,
][] = [
  [
    'by default',
    [log],
    { method: 'POST', path: '/in', headers: { equal: { 'content-type': 'application/json' } } },
  ],
  [
    'its type',
    [
      plugin('http-log', {
        http_endpoint: 'http://log.test/in',
        content_type: 'application/json; charset=utf-8',
      }),
    ],
    { headers: { equal: { 'content-type': 'application/json; charset=utf-8' } } },
  ],
  [
    'the request, the response and the origin',
    [log],
    {
      bodyJsonSubset: {
        request: {
          method: 'GET',
          uri: '/a?x=1&y&z=2&z=3&z=4',
          url: 'http://a.test:<gatewayPort>/a?x=1&y&z=2&z=3&z=4',
          querystring: { x: '1', z: ['2', '3', '4'] },
        },
        response: { status: 200 },
        upstream_uri: '/a?x=1&y&z=2&z=3&z=4',
        upstream_status: '200',
        tries: [{ origin: 'http://upstream.test' }],
        client_ip: '127.0.0.1',
        source: 'upstream',
        service: { name: 's', host: 'upstream.test' },
        route: { name: 'r' },
      },
    },
    '/a?x=1&y&z=2&z=3&z=4',
  ],
  [
    'a refusal',
    [plugin('key-auth'), log],
    {
      bodyJsonSubset: {
        response: { status: 401 },
        source: 'kong',
        latencies: { proxy: -1 },
        upstream_status: '',
        tries: [],
      },
      bodyFieldsAbsent: ['consumer', 'authenticated_entity'],
    },
  ],
  [
    'no secret, wherever it is',
    [log],
    { bodyMustNotContain: ['s3cret'] },
    '/?token=s3cret&apikey=s3cret',
    { Cookie: 'sid=s3cret', 'X-Api-Key': 's3cret', Referer: 'https://x.example/p?token=s3cret&a=1#f' },
    answering({ 'Set-Cookie': 'sid=s3cret', Location: '/next?access_token=s3cret' }, '', 302),
  ],
  [
    'a service and a route without a name',
    [],
    { bodyJsonSubset: { service: { id: SERVICE, host: 'upstream.test' } } },
    '/',
    {},
    {
      services: [
        { id: SERVICE, url: 'http://upstream.test', routes: [{ hosts: ['a.test'], plugins: [log] }] },
      ],
    },
  ],
];

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const ZIPKIN = { http_endpoint: 'http://log.test/api', sample_ratio: 1 };
const OTEL = { endpoint: 'http://log.test/v1/traces' };
const sampling = { x_kong_conf: { tracing_instrumentations: 'all', tracing_sampling_rate: '1' } };
const b3 = (more: Headers): Headers => ({ 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN, ...more });
const w3c = { traceparent: `00-${TRACE}-${SPAN}-01` };

type Rules = NonNullable<Expectation['upstreamReceives']>['headers'];
const traced: [name: string, config: object, sent: Headers, rules: Rules, more?: object][] = [
  [
    'zipkin: a caller who does not sample',
    ZIPKIN,
    b3({ 'X-B3-Sampled': '0' }),
    { equal: { 'x-b3-traceid': TRACE, 'x-b3-sampled': '0', 'x-b3-parentspanid': SPAN } },
  ],
  [
    'zipkin: the debug flag',
    ZIPKIN,
    b3({ 'X-B3-Flags': '1' }),
    { equal: { 'x-b3-traceid': TRACE, 'x-b3-flags': '1' } },
  ],
  [
    'zipkin: b3 with only a decision',
    ZIPKIN,
    { b3: '1' },
    { matches: { b3: '^[0-9a-f]{32}-[0-9a-f]{16}-1' } },
  ],
  [
    'zipkin: b3 with a parent',
    ZIPKIN,
    { b3: `${TRACE}-${SPAN}-1-0102030405060708` },
    { matches: { b3: `^${TRACE}-[0-9a-f]{16}-1-${SPAN}$` } },
  ],
  [
    'zipkin: w3c',
    ZIPKIN,
    w3c,
    { matches: { traceparent: `^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-01$` }, absent: ['x-b3-traceid'] },
  ],
  [
    'zipkin: jaeger with baggage',
    ZIPKIN,
    { 'uber-trace-id': `${TRACE}:${SPAN}:0:1`, 'uberctx-a': 'b' },
    { matches: { 'uber-trace-id': `^${TRACE}:[0-9a-f]{16}:${SPAN}:01$` }, equal: { 'uberctx-a': 'b' } },
  ],
  [
    'zipkin: ignore',
    { ...ZIPKIN, header_type: 'ignore' },
    w3c,
    { equal: w3c, matches: { 'x-b3-traceid': `^(?!${TRACE})` } },
  ],
  [
    'zipkin: b3 and jaeger',
    { ...ZIPKIN, header_type: 'jaeger' },
    b3({ 'X-B3-Sampled': '1' }),
    { equal: { 'x-b3-traceid': TRACE }, matches: { 'uber-trace-id': `^${TRACE}:[0-9a-f]{16}:${SPAN}:01$` } },
  ],
  [
    'zipkin: another default',
    { ...ZIPKIN, default_header_type: 'w3c' },
    {},
    { present: ['traceparent'], absent: ['x-b3-traceid'] },
  ],
  [
    'zipkin: extracted, injected, cleared',
    {
      ...ZIPKIN,
      propagation: { extract: ['w3c'], inject: ['b3'], clear: ['traceparent'], default_format: 'b3' },
    },
    w3c,
    { equal: { 'x-b3-traceid': TRACE }, absent: ['traceparent'] },
  ],
  [
    'zipkin: a short id in w3c',
    { ...ZIPKIN, header_type: 'w3c' },
    b3({ 'X-B3-TraceId': SPAN, 'X-B3-Sampled': '1' }),
    { equal: { 'x-b3-traceid': SPAN }, matches: { traceparent: `^00-0{16}${SPAN}-[0-9a-f]{16}-01$` } },
  ],
  ['zipkin: none is sampled', { ...ZIPKIN, sample_ratio: 0 }, {}, { equal: { 'x-b3-sampled': '0' } }],
  ['opentelemetry: off', OTEL, {}, { matches: { traceparent: '^00-[0-9a-f]{32}-[0-9a-f]{16}-00$' } }],
  [
    'opentelemetry: a caller who does not sample',
    { ...OTEL, sampling_rate: 1 },
    { traceparent: `00-${TRACE}-${SPAN}-00` },
    { matches: { traceparent: `^00-${TRACE}-[0-9a-f]{16}-00$` } },
    sampling,
  ],
  ['opentelemetry: the rate of kong.conf', OTEL, {}, { matches: { traceparent: '-01$' } }, sampling],
];

export const records: KongCase[] = [
  ...cached.map(([name, config, answer, asks, expect]) => {
    const requests = asks.map(([path, headers]) => get(path, headers));
    const plugins = [plugin('proxy-cache', { strategy: 'memory', ...config })];
    return one(`proxy-cache: ${name}`, withPlugins(plugins, answer), requests.at(-1)!, expect, {
      before: requests.slice(0, -1).map((request) => ({ request })),
    });
  }),
  ...[{ replace: { uri: '/u/$(headers["x-u"])' } }, { add: { querystring: ['u:$(headers["x-u"])'] } }].map(
    (config) =>
      one(
        `proxy-cache: what a template sends is in the key, ${Object.keys(config).join()}`,
        withPlugins(
          [plugin('proxy-cache', { strategy: 'memory' }), plugin('request-transformer', config)],
          answering(JSON_ANSWER),
        ),
        get('/', { 'X-U': '2' }),
        status('Miss'),
        { before: [{ request: get('/', { 'X-U': '1' }) }] },
      ),
  ),
  one(
    'proxy-cache: a listed header has the value that the origin gets',
    withPlugins(
      [
        plugin('proxy-cache', { strategy: 'memory', vary_headers: ['X-Tenant'] }),
        plugin('request-transformer', { rename: { headers: ['X-U:X-Tenant'] } }),
      ],
      answering(JSON_ANSWER),
    ),
    get('/', { 'X-U': '2' }),
    status('Miss'),
    { before: [{ request: get('/', { 'X-U': '1' }) }] },
  ),
  one(
    'proxy-cache: the method is the one that the origin gets',
    withPlugins(
      [plugin('proxy-cache', { strategy: 'memory' }), plugin('request-transformer', { http_method: 'GET' })],
      answering(JSON_ANSWER),
    ),
    post('/', JSON_TYPE, '{}'),
    status('Miss'),
  ),
  ...logged.map(([name, plugins, receives, path = '/', sent = {}, more = {}]) =>
    one(`http-log: ${name}`, withPlugins(plugins, more), get(path, sent), { logReceives: receives! }),
  ),
  ...traced.map(([name, config, sent, rules, more = {}]) =>
    one(
      name,
      withPlugins([plugin(name.slice(0, name.indexOf(':')), config)], more),
      get('/', sent),
      received({ headers: rules! }),
    ),
  ),
  one(
    'opentelemetry: the id of the trace, on a refusal',
    withPlugins([
      plugin('key-auth'),
      plugin('opentelemetry', { ...OTEL, http_response_header_for_traceid: 'X-T' }),
    ]),
    get('/'),
    { status: 401, headers: { matches: { 'X-T': '^[0-9a-f]{32}$' } } },
  ),
];
