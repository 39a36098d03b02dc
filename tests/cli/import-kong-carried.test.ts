/** Plug-ins that are carried over: what they become, and what is said of what they lose. */
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { imported, kong, routed, said, service } from './import-kong-support.ts';

const CHANGES = 'config: {add: {headers: ["X-A:1"]}, remove: {querystring: [debug]}, replace: {uri: /x}}';

t.test('what is lost is named: headers, paths, and what callers were not to see', async (t) => {
  const LOST: readonly [plugin: string, line: RegExp][] = [
    [
      `request-transformer-advanced, ${CHANGES}`,
      /^lost: request-transformer-advanced .*: remove querystring debug; replace uri \/x; add headers X-A$/,
    ],
    ['request-transformer-advanced, config: {http_method: POST}', /: method POST$/],
    [
      'response-transformer-advanced, config: {add: {headers: ["X-A:1"]}}',
      /^lost: response-transformer-advanced .*: add headers X-A$/,
    ],
    [
      'response-transformer-advanced, config: {remove: {json: [password]}}',
      /^open: response-transformer-advanced .*: remove json password$/,
    ],
    [
      'request-transformer, config: {replace: {headers: ["Host:a.example.net"]}}',
      /^lost: request-transformer .*Host is not replaced/,
    ],
    [
      'http-log, config: {http_endpoint: "https://log.example.net", custom_fields_by_lua: {a: "return 1"}}',
      /^lost: http-log .*fields that Lua makes are missing/,
    ],
    [
      'basic-auth, config: {brute_force_protection: {strategy: memory}}',
      /^open: basic-auth .*who guesses passwords/,
    ],
    ['correlation-id, consumer: bob', /^lost: correlation-id .*cannot be set for single consumers/],
    ['zipkin, consumer: bob', /^lost: zipkin .*cannot be set for single consumers/],
    [
      'opentelemetry, consumer: bob, config: {endpoint: "https://spans.example.net"}',
      /^lost: opentelemetry .*cannot be set for single consumers/,
    ],
    ['tcp-log', /^lost: tcp-log .*callers see no difference/],
  ];
  for (const [plugin, line] of LOST) t.match(said(routed(`{name: ${plugin}}`, '{username: bob}')), [line]);
});

t.test('what these do is carried over whole, and nothing is said', async (t) => {
  const KEPT: readonly [plugin: string, becomes: object][] = [
    [
      `request-transformer, ${CHANGES}`,
      { requestTransform: { path: '/x', headers: { add: { 'X-A': '1' } }, query: { remove: ['debug'] } } },
    ],
    ['request-transformer, config: {http_method: POST}', { requestTransform: { method: 'POST' } }],
    [
      'response-transformer, config: {add: {headers: ["X-A:1"]}}',
      { responseTransform: { headers: { add: { 'X-A': '1' } } } },
    ],
    [
      'response-transformer, config: {remove: {json: [password]}}',
      { responseTransform: { body: { remove: ['password'] } } },
    ],
    [
      'correlation-id, config: {header_name: X-Id}',
      { correlationId: { header: 'X-Id', generator: 'counter' } },
    ],
    [
      'http-log, config: {http_endpoint: "https://log.example.net/x"}',
      { logTo: [{ url: 'https://log.example.net/x' }], service: { name: 's' } },
    ],
  ];
  for (const [plugin, becomes] of KEPT) {
    const routes = `routes: [{name: a, paths: [/]}], plugins: [{name: ${plugin}}]`;
    const { config, notes } = importKong(kong(`services: [${service(routes)}]`));
    const { id: _, ...route } = config?.routes?.[0] ?? {};
    delete (route.service as { id?: string } | undefined)?.id;
    t.same(route, { name: 'a', paths: ['/'], pool: 's', stripPath: true, ...becomes }, plugin);
    t.same(notes, [], plugin);
  }
});

t.test('a request that cannot be transformed gets a 500, as where Kong’s template fails', async (t) => {
  const FAILING: readonly [config: string, why: RegExp][] = [
    ['http_method: TRACE', /TRACE cannot be sent/],
    ['add: {headers: ["X-A:$(require(1))"]}', /none of the forms that are understood/],
    ['replace: {uri: elsewhere}', /does not begin with "\/"/],
    ['rename: {querystring: ["a:$(query_params.b)"]}', /a new name holds \$\(…\)/],
  ];
  for (const [config, why] of FAILING) {
    const text = routed(`{name: request-transformer, config: {${config}}}`);
    t.match(imported(text).routes?.[0], {
      respondWith: { status: 500, message: 'An unexpected error occurred' },
      requestTransform: undefined,
    });
    t.match(said(text), [/^closed: request-transformer \(line 1\): 500/]);
    t.match(said(text)[0], why);
  }
});

t.test('what an export of Kong’s spells out means the same as its absence', async (t) => {
  const of = (plugin: string) => {
    const text = routed(`{name: ${plugin}}`);
    t.same(said(text), [], plugin);
    return imported(text);
  };
  t.match(
    of('response-ratelimiting, config: {limits: {v: {second: null, minute: 5, year: null}}}').costLimits,
    { limits: { v: { minute: 5, second: undefined, year: undefined } } },
  );
  t.same(of('acl, config: {allow: [x], include_consumer_groups: false}').groups, { allow: ['x'] });
  t.ok(of('basic-auth, config: {brute_force_protection: {strategy: "off"}}').basicAuth);
  t.ok(of('zipkin, config: {http_endpoint: null}').trace);
  const groups = kong(`services: [${service('routes: [{paths: [/]}]')}],
    plugins: [{name: acl, config: {allow: [x], include_consumer_groups: true}}]`);
  t.match(imported(groups).routes?.[0]?.respondWith, { status: 503 });
  t.ok(of('rate-limiting, config: {minute: 5, redis: {password: "{vault://env/redis}"}}').rateLimit);
});

t.test('a user in the URL of a log server or collector becomes a header', async (t) => {
  const of = (plugin: string) =>
    imported(kong(`services: [${service('routes: [{paths: [/]}]')}], plugins: [{name: ${plugin}}]`));
  const headers = (user: string) => ({ Authorization: `Basic ${Buffer.from(user).toString('base64')}` });
  t.match(of('http-log, config: {http_endpoint: "https://u%20x:p%40@a.example/x#y"}').logTo, [
    { url: 'https://a.example/x', headers: headers('u x:p@') },
  ]);
  t.match(of('http-log, config: {http_endpoint: "https://%zz@a.example/x"}').logTo, [
    { url: 'https://a.example/x', headers: headers('%zz:') },
  ]);
  t.match(of('opentelemetry, config: {endpoint: "https://u:p@a.example/x"}').trace, {
    to: { url: 'https://a.example/x', headers: headers('u:p') },
  });
});

t.test('a consumer’s two logs get its records, and a log for all is said to get none', async (t) => {
  const server = 'http-log, config: {http_endpoint: "https://log.example.net"}';
  const of = (plugins: string) => routed(plugins, `{username: bob, id: ${BOB}}`);
  const own = `{name: ${server}, consumer: bob}`;
  t.same(
    imported(of(`${own}, {name: file-log, config: {path: /x}, consumer: bob}`)).consumerSettings?.[BOB]
      ?.logTo,
    [{ url: 'https://log.example.net/' }, 'console'],
  );
  t.match(said(of(`${own}, {name: file-log, config: {path: /x}}`)), [
    /^lost: http-log .*logs for all do not get the records of this consumer/,
  ]);
  t.same(said(of(`${own}, {name: ${server}}`)), []);
});
const BOB = '11111111-1111-4111-8111-111111111111';

t.test('request-termination, as it is answered', async (t) => {
  const ANSWERS: readonly [plugin: string, respondWith: object][] = [
    ['request-termination', { status: 503, message: 'Service unavailable' }],
    ['request-termination, config: {status_code: 404}', { status: 404, message: 'Not found' }],
    ['request-termination, config: {status_code: 418}', { status: 418 }],
    [
      'request-termination, config: {body: "<b>", content_type: text/html, trigger: x-stop}',
      { status: 503, trigger: 'x-stop', body: '<b>', contentType: 'text/html' },
    ],
  ];
  for (const [plugin, respondWith] of ANSWERS) {
    t.same(imported(routed(`{name: ${plugin}}`)).routes?.[0]?.respondWith, respondWith, plugin);
  }
  const text = kong(`routes: [{paths: [/]}], plugins: [{name: request-termination, config: {message: x}}]`);
  t.same(imported(text, { profile: 'kong-2018' }).routes?.[0]?.respondWith, {
    status: 503,
    body: '{"message":"x"}\n',
    contentType: 'application/json; charset=utf-8',
  });
});

t.test('redirect, as it is answered', async (t) => {
  const to = 'https://a.example.net';
  const ANSWERS: readonly [config: string, redirect: object][] = [
    ['', { to, status: 301 }],
    [', status_code: 307', { to, status: 307 }],
    [', keep_incoming_path: true', { to, status: 301, keepPath: true }],
  ];
  for (const [config, redirect] of ANSWERS) {
    const plugin = `{name: redirect, config: {location: "${to}"${config}}}`;
    const everywhere = imported(routed(plugin));
    t.same([everywhere.redirect, everywhere.routes?.[0]?.redirect], [redirect, undefined], 'global');
    const routes = `routes: [{paths: [/]}], plugins: [${plugin}]`;
    const onService = imported(kong(`services: [${service(routes)}]`));
    t.same([onService.redirect, onService.routes?.[0]?.redirect], [undefined, redirect], 'of a service');
  }
});

t.test('two plug-ins of one setting hold together, wherever each of them stands', async (t) => {
  const SERVER = '{name: http-log, config: {http_endpoint: "https://log.example.net/x"}}';
  const FILE = '{name: file-log, config: {path: /x}}';
  const url = 'https://otel.example.net/v1/traces';
  const OTEL = `{name: opentelemetry, config: {traces_endpoint: "${url}"}}`;
  const of = (onRoute: string, everywhere: string) =>
    imported(
      kong(
        `services: [${service(`routes: [{paths: [/], plugins: [${onRoute}]}]`)}], plugins: [${everywhere}]`,
      ),
    );
  for (const [onRoute, everywhere] of [
    [SERVER, FILE],
    [FILE, SERVER],
    [`${SERVER}, ${FILE}`, ''],
  ] as const)
    t.same(of(onRoute, everywhere).routes?.[0]?.logTo, [{ url: 'https://log.example.net/x' }, 'console']);
  for (const [onRoute, everywhere] of [
    ['{name: zipkin}', OTEL],
    [OTEL, '{name: zipkin}'],
  ] as const)
    t.match(of(onRoute, everywhere).routes?.[0]?.trace, { defaultFormat: 'b3', sample: 0.001, to: { url } });
  const both = of('', `${OTEL}, {name: zipkin}`);
  t.match(both.trace, { defaultFormat: 'b3', to: { url } });
  t.equal(both.routes?.[0]?.trace, undefined);
});

t.test('a route’s own configuration takes the place of the general one, whole', async (t) => {
  const strict = '{name: request-size-limiting, config: {require_content_length: true}}';
  const routes = 'routes: [{paths: [/], plugins: [{name: request-size-limiting}]}]';
  const { requireContentLength, routes: [route] = [] } = imported(
    kong(`services: [${service(routes)}], plugins: [${strict}]`),
  );
  t.same([requireContentLength, route?.requireContentLength], [true, false]);
});
