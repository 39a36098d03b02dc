/** Plug-ins that are carried over: their settings, notes on what is lost, and which of several applies. */
import t from 'tap';
import { parse } from 'yaml';
import { importKong } from '../../cli/import-kong/import.ts';
import {
  ID,
  imported,
  kong,
  routed,
  messagesOf,
  service,
  settingsOf,
  withBob,
} from './import-kong-support.ts';

const SERVER = 'https://log.example.net/x';
const basic = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`;
const to = 'https://a.example.net';
const CHANGES = '{add: {headers: ["X-A:1"]}, remove: {querystring: [debug]}, replace: {uri: /x}}';
const FAILED = 'respondWith: {status: 500, message: An unexpected error occurred}';
const HEADERS = 'extract: [b3, w3c, jaeger, ot], defaultFormat: b3';

/** A global plug-in; all settings that it becomes, in the same notation; and all notes. */
const PLUGINS: Readonly<Record<string, readonly [becomes: string, ...notes: RegExp[]]>> = {
  'acl, config: {allow: [x], include_consumer_groups: false}': ['groups: {allow: [x]}'],
  'basic-auth, config: {brute_force_protection: {strategy: "off"}}': ['basicAuth: {hideCredentials: false}'],
  'basic-auth, config: {brute_force_protection: {strategy: memory}}': [
    'basicAuth: {hideCredentials: false}',
    /^open: basic-auth .*password guessing is not slowed down/,
  ],
  'cors, config: {origins: [https://a.example.com], credentials: true, max_age: 60, exposed_headers: [X-A]}':
    [
      `cors: {origins: [https://a.example.com], credentials: true, maxAge: 60, exposedHeaders: [X-A],
      methods: [GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, TRACE, CONNECT]}`,
    ],
  'cors, config: {origins: ["(a*)*b"], methods: [GET]}': [
    'cors: {origins: [https://nobody.invalid], methods: [GET]}',
    /^closed: .*origins\[0\] .*such origins are not allowed/,
  ],
  'correlation-id, config: {header_name: X-Id}': ['correlationId: {header: X-Id, generator: counter}'],
  'hmac-auth': [
    `hmacAuth: {algorithms: [hmac-sha1, hmac-sha256, hmac-sha384, hmac-sha512], signed: [],
      hideCredentials: false}`,
  ],
  [`hmac-auth, config: {clock_skew: 10, algorithms: [hmac-sha512, hmac-sha256], anonymous: wilma, realm: R,
      enforce_headers: [date, request-line], validate_request_body: true, hide_credentials: true}`]: [
    `hmacAuth: {clockSkewSeconds: 10, algorithms: [hmac-sha256, hmac-sha512], anonymous: wilma, realm: R,
      signed: [date, request-line], bodyDigest: true, hideCredentials: true}`,
  ],
  [`http-log, config: {http_endpoint: "${SERVER}"}`]: [`logTo: [{url: "${SERVER}"}], service: s`],
  'http-log, config: {http_endpoint: "https://u%20x:p%40@a.example/x#y"}': [
    `logTo: [{url: "https://a.example/x", headers: {Authorization: ${basic('u x:p@')}}}], service: s`,
  ],
  'http-log, config: {http_endpoint: "https://%zz@a.example/x"}': [
    `logTo: [{url: "https://a.example/x", headers: {Authorization: ${basic('%zz:')}}}], service: s`,
  ],
  [`http-log, config: {http_endpoint: "${SERVER}", custom_fields_by_lua: {a: "return 1"}}`]: [
    `logTo: [{url: "${SERVER}"}], service: s`,
    /^lost: http-log .*fields computed by Lua are missing/,
  ],
  jwt: ['jwt: {queryNames: [jwt], claims: []}'],
  [`jwt, config: {uri_param_names: [t], cookie_names: [c], header_names: [X-Ticket], key_claim_name: kid,
      claims_to_verify: [exp, nbf], maximum_expiration: 60, secret_is_base64: true, run_on_preflight: false,
      anonymous: wilma, realm: R}`]: [
    `jwt: {queryNames: [t], cookieNames: [c], headers: [X-Ticket], keyClaim: kid, claims: [exp, nbf],
      maxExpirationSeconds: 60, base64Secrets: true, runOnPreflight: false, anonymous: wilma, realm: R}`,
  ],
  'jwt, config: {uri_param_names: [], header_names: [Authorization], anonymous: ""}': [
    'jwt: {queryNames: [], claims: []}',
  ],
  'key-auth, config: {key_names: [key], key_in_body: true, anonymous: guest, run_on_preflight: false, realm: R}':
    [
      `auth: {keyNames: [key], keyIn: [header, query, body], anonymous: guest, runOnPreflight: false, realm: R,
      hideCredentials: false}`,
    ],
  [`rate-limiting, config: {minute: 5, hour: 50, limit_by: header, header_name: x-user, error_code: 430,
      error_message: Slow down}`]: [
    'rateLimit: {minute: 5, hour: 50, by: {header: x-user}, status: 430, message: Slow down, scope: global}',
  ],
  'rate-limiting, config: {minute: 5, redis: {password: "{vault://env/redis}"}}': [
    'rateLimit: {minute: 5, scope: global}',
  ],
  [`redirect, config: {location: "${to}"}`]: [`redirect: {status: 301, to: "${to}"}`],
  [`redirect, config: {location: "${to}", status_code: 307}`]: [`redirect: {status: 307, to: "${to}"}`],
  [`redirect, config: {location: "${to}", keep_incoming_path: true}`]: [
    `redirect: {status: 301, keepPath: true, to: "${to}"}`,
  ],
  'request-termination': ['respondWith: {status: 503, message: Service unavailable}'],
  'request-termination, config: {status_code: 404}': ['respondWith: {status: 404, message: Not found}'],
  'request-termination, config: {status_code: 418}': ['respondWith: {status: 418}'],
  'request-termination, config: {body: "<b>", content_type: text/html, trigger: x-stop}': [
    'respondWith: {status: 503, trigger: x-stop, body: "<b>", contentType: text/html}',
  ],
  [`request-transformer, config: ${CHANGES}`]: [
    'requestTransform: {path: /x, headers: {add: {X-A: "1"}}, query: {remove: [debug]}}',
  ],
  'request-transformer, config: {rename: {headers: ["a:b", "a:c"]}, add: {body: ["d:1", "d:2"]}}': [
    'requestTransform: {headers: {rename: {a: b}}, body: {add: {d: "1"}}}',
  ],
  'request-transformer, config: {http_method: POST}': ['requestTransform: {method: POST}'],
  'request-transformer, config: {replace: {headers: ["Host:a.example.net"]}}': [
    'requestTransform: {headers: {replace: {Host: a.example.net}}}',
    /^lost: request-transformer .*Host is not replaced/,
  ],
  'request-transformer, config: {http_method: TRACE}': [
    FAILED,
    /^closed: request-transformer \(line 1\): 500, .*TRACE cannot be sent/,
  ],
  'request-transformer, config: {http_method: TRACE}}, {name: request-termination': [
    FAILED,
    /^closed: request-transformer/,
  ],
  'request-transformer, config: {add: {headers: ["X-A:$(require(1))"]}}': [
    FAILED,
    /^closed: .*none of the forms that are understood/,
  ],
  'request-transformer, config: {replace: {uri: elsewhere}}': [FAILED, /^closed: .*does not begin with "\/"/],
  'request-transformer, config: {rename: {querystring: ["a:$(query_params.b)"]}}': [
    FAILED,
    /^closed: .*a new name holds \$\(…\)/,
  ],
  [`request-transformer-advanced, config: ${CHANGES}`]: [
    '',
    /^lost: request-transformer-advanced .*: remove querystring debug; replace uri \/x; add headers X-A$/,
  ],
  'request-transformer-advanced, config: {http_method: POST}': ['', /^lost: .*: method POST$/],
  'response-ratelimiting, config: {limits: {v: {second: null, minute: 5, year: null}}}': [
    'costLimits: {limits: {v: {minute: 5}}, header: x-kong-limit, scope: global}',
  ],
  'response-transformer, config: {add: {headers: ["X-A:1"]}, remove: {json: [password]}}': [
    'responseTransform: {headers: {add: {X-A: "1"}}, body: {remove: [password]}}',
  ],
  'response-transformer-advanced, config: {add: {headers: ["X-A:1"]}}': [
    '',
    /^lost: response-transformer-advanced .*: add headers X-A$/,
  ],
  'response-transformer-advanced, config: {remove: {json: [password]}}': [
    '',
    /^open: response-transformer-advanced .*: remove json password$/,
  ],
  'tcp-log': ['', /^lost: tcp-log .*callers see no difference/],
  'zipkin, config: {http_endpoint: null}': [`trace: {sample: 0.001, ${HEADERS}}`],
  'opentelemetry, config: {endpoint: "https://u:p@a.example/x"}': [
    `trace: {defaultFormat: w3c, extract: [b3, w3c, jaeger, ot], sample: 0, capCallers: true,
      to: {url: "https://a.example/x", headers: {Authorization: ${basic('u:p')}}, serviceName: kong}}`,
  ],
  'correlation-id, consumer: bob': ['', /^lost: correlation-id .*cannot be set for single consumers/],
  'zipkin, consumer: bob': ['', /^lost: zipkin .*cannot be set for single consumers/],
  'opentelemetry, consumer: bob': ['', /^lost: opentelemetry .*cannot be set for single consumers/],
};

t.test('each plug-in becomes its settings, with all notes', async (t) => {
  for (const [plugin, [becomes, ...lines]] of Object.entries(PLUGINS)) {
    const text = routed(`{name: ${plugin}}`, '{username: bob}');
    t.same(settingsOf(imported(text)), parse(`{${becomes}}`), plugin);
    const notes = messagesOf(text);
    t.equal(notes.length, lines.length, notes.join('\n'));
    for (const [index, line] of lines.entries()) t.match(notes[index], line);
  }
});

t.test('under the 2018 profile responses of request-termination end with a newline', async (t) => {
  const text = routed('{name: request-termination, config: {message: x}}');
  t.same(settingsOf(imported(text, { profile: 'kong-2018' }))['respondWith'], {
    status: 503,
    body: '{"message":"x"}\n',
    contentType: 'application/json; charset=utf-8',
  });
});

t.test('two logs of a consumer both get its records; a note says that a log for all gets none', async (t) => {
  const own = `{name: http-log, config: {http_endpoint: "${SERVER}"}, consumer: bob}`;
  const file = '{name: file-log, config: {path: /x}';
  t.same(imported(withBob(`${own}, ${file}, consumer: bob}`)).consumerSettings?.[ID]?.logTo, [
    { url: SERVER },
    'console',
  ]);
  t.match(messagesOf(withBob(`${own}, ${file}}`)), [
    /^lost: http-log .*logs for all do not get the records of this consumer/,
  ]);
  t.same(messagesOf(withBob(`${own}, {name: http-log, config: {http_endpoint: "${SERVER}"}}`)), []);
});

/** A configuration with these plug-ins on its only route, on the service, and globally. */
const placed = (onRoute: string, onService: string, everywhere: string) =>
  imported(
    kong(`services: [${service(`routes: [{paths: [/], plugins: [${onRoute}]}], plugins: [${onService}]`)}],
      plugins: [${everywhere}]`),
  );

t.test('a global plug-in is set at the top level, others on the route, unmerged', async (t) => {
  const PLACED = [
    ['redirect', `{name: redirect, config: {location: "${to}"}}`, { to }],
    ['jwt', '{name: jwt}', { claims: [] }],
    ['hmacAuth', '{name: hmac-auth}', { signed: [] }],
  ] as const;
  for (const [setting, plugin, value] of PLACED) {
    const inPlaces = (config: ReturnType<typeof imported>) => [
      config[setting],
      config.routes?.[0]?.[setting],
    ];
    t.match(inPlaces(placed('', '', plugin)), [value, undefined], `${setting} global`);
    t.match(inPlaces(placed('', plugin, '')), [undefined, value], `${setting} of a service`);
    t.match(inPlaces(placed(plugin, '', '')), [undefined, value], `${setting} of a route`);
    const off = plugin.replace('{', '{enabled: false, ');
    t.match(inPlaces(placed(off, '', '')), [undefined, undefined], `${setting} disabled`);
  }
  const top = '{name: jwt, config: {realm: top}}';
  const both = placed('{name: jwt}', '', top);
  t.match([both.jwt, both.routes?.[0]?.jwt], [{ realm: 'top' }, { realm: undefined }]);
  const strict = '{name: request-size-limiting, config: {require_content_length: true}}';
  const sized = placed('{name: request-size-limiting}', '', strict);
  t.same([sized.requireContentLength, sized.routes?.[0]?.requireContentLength], [true, false]);
});

t.test('two plug-ins of one setting are combined, in any combination of scopes', async (t) => {
  const http = `{name: http-log, config: {http_endpoint: "${SERVER}"}}`;
  const file = '{name: file-log, config: {path: /x}}';
  for (const [onRoute, everywhere] of [
    [http, file],
    [file, http],
    [`${http}, ${file}`, ''],
  ] as const)
    t.same(placed(onRoute, '', everywhere).routes?.[0]?.logTo, [{ url: SERVER }, 'console']);
  const url = 'https://otel.example.net/v1/traces';
  const otel = `{name: opentelemetry, config: {traces_endpoint: "${url}"}}`;
  const trace = { defaultFormat: 'b3', sample: 0.001, to: { url } };
  t.match(placed('{name: zipkin}', '', otel).routes?.[0]?.trace, trace);
  t.match(placed(otel, '', '{name: zipkin}').routes?.[0]?.trace, trace);
  const both = placed('', '', `${otel}, {name: zipkin}`);
  t.match([both.trace, both.routes?.[0]?.trace], [trace, undefined]);
});

t.test('the most specific plugin applies, and only that one', async (t) => {
  const { routes, cors, rateLimit, consumerLimits, consumers } = imported(`
_format_version: "3.0"
services:
- name: s
  host: h
  plugins: [{name: cors, config: {origins: [https://service]}}]
  routes:
  - {name: own, paths: [/own], plugins: [{name: cors, config: {origins: [https://route]}}]}
  - {name: disabled, paths: [/off], plugins: [{name: cors, enabled: false, config: {origins: [https://off]}}]}
  - {name: plain, paths: [/plain]}
- {name: other, host: h, routes: [{name: elsewhere, paths: [/elsewhere]}]}
consumers: [{username: bob}, {username: eve}]
plugins:
- {name: cors, config: {origins: [https://global]}}
- {name: rate-limiting, config: {minute: 1}}
- {name: rate-limiting, consumer: bob, config: {minute: 2}}
- {name: rate-limiting, consumer: bob, service: s, config: {minute: 3}}
- {name: rate-limiting, consumer: bob, route: own, config: {minute: 4}}
- {name: rate-limiting, service: other, route: elsewhere, config: {minute: 5}}
`);
  t.same(cors && cors.origins, ['https://global']);
  t.same(
    routes?.map((route) => route.cors && route.cors.origins),
    [['https://route'], ['https://service'], ['https://service'], undefined],
  );
  t.match(rateLimit, { minute: 1, scope: 'global' });
  const bob = consumers?.[0]?.id ?? '';
  t.match(consumerLimits, { [bob]: { minute: 2 } });
  t.same(
    routes?.map((route) => route.consumerLimits?.[bob]?.minute),
    [4, 3, 3, 5],
    'route and service without a consumer take precedence over the consumer alone',
  );
  t.match(routes?.[3]?.rateLimit, { minute: 5, scope: 'route elsewhere, service other' });
});

t.test('limits with policy cluster or redis are counted over all isolates', async (t) => {
  const LIMITS: readonly [config: string, onFailure: string | undefined][] = [
    ['{minute: 1}', undefined],
    ['{minute: 1, policy: local, fault_tolerant: false}', undefined],
    ['{minute: 1, policy: cluster}', 'open'],
    ['{minute: 1, policy: cluster}, enabled: false', undefined],
    ['{minute: 1, policy: cluster}, protocols: [grpc]', undefined],
    ['{minute: 1, policy: redis, fault_tolerant: true, redis: {host: r}}', 'open'],
    ['{minute: 1, policy: redis, fault_tolerant: false, redis: {host: r}}', 'closed'],
  ];
  for (const [limit, onFailure] of LIMITS) {
    const { config, notes } = importKong(routed(`{name: rate-limiting, config: ${limit}}`));
    const { shared } = config ?? {};
    t.equal(shared ? shared.onFailure : undefined, onFailure, limit);
    t.equal(/SHARED/.test(JSON.stringify(notes)), onFailure !== undefined);
  }
});
