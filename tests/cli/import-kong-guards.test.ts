/** Import never opens what Kong closed: each guard, at each place that it may stand at, and beside what. */
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { isHarmless } from '../../cli/import-kong/plugins/functions.ts';
import { PLUGINS } from '../../cli/import-kong/plugins/table.ts';
import { words } from '../support/words.ts';
import { closedRoutes, imported, kong, routed, said, service } from './import-kong-support.ts';

const GUARDS = [
  ...[...PLUGINS].flatMap(([name, { fate }]) =>
    fate === 'guard' && !name.endsWith('-function') ? [name] : [],
  ),
  ...words`openid-connect opa mtls-auth key-auth-enc jwt-signer vault-auth request-validator oidc custom-jwt
    our-own rate-limiting-advanced websocket-size-limit constructor __proto__`,
];

t.test('a guard closes the routes that it stands on, and no others', async (t) => {
  for (const name of GUARDS) {
    const plugin = `plugins: [{name: ${name}}]`;
    const routes = (of = ''): string => `routes: [{name: a, paths: [/a]${of}}, {name: b, paths: [/b]}]`;
    const onRoute = imported(kong(`services: [${service(routes(`, ${plugin}`))}]`));
    t.same(closedRoutes(onRoute), { a: name }, `${name} on a route`);
    const onService = imported(kong(`services: [${service(`${routes()}, ${plugin}`)}]`));
    t.same(closedRoutes(onService), { a: name, b: name }, `${name} on a service`);
    const anywhere = imported(kong(`services: [${service(routes())}], ${plugin}`));
    t.same(closedRoutes(anywhere), { a: name, b: name }, `${name} global`);
  }
});

t.test('beside a plug-in that is carried over the guard closes all the same', async (t) => {
  const BESIDE = [
    'key-auth',
    'key-auth, config: {anonymous: nobody}',
    'rate-limiting, config: {minute: 5}',
    'request-termination, config: {trigger: x-stop}',
    'acl, config: {deny: [banned]}',
    'ip-restriction, config: {allow: [192.0.2.0/24]}',
    'bot-detection',
    'request-size-limiting',
    'redirect, config: {location: "https://a.example.net"}',
    'request-transformer, config: {replace: {uri: /x}}',
    'request-transformer, config: {http_method: TRACE}',
    'proxy-cache',
  ];
  for (const other of BESIDE) {
    const routes = `routes: [{name: a, paths: [/a]}], plugins: [{name: ${other}}, {name: ldap-auth}]`;
    const text = kong(`services: [${service(routes)}], consumers: [{username: nobody}]`);
    t.same(closedRoutes(imported(text)), { a: 'ldap-auth' }, other);
  }
});

t.test('what does not run closes nothing', async (t) => {
  for (const off of ['enabled: false', 'protocols: [grpc, grpcs]', 'protocols: [tcp]']) {
    t.same(closedRoutes(imported(routed(`{name: oauth2, ${off}}`))), {}, off);
  }
});

t.test('--assume-harmless takes one guard back, and the note says what is open', async (t) => {
  const text = routed('{name: oauth2}, {name: our-own}');
  const options = { harmless: new Set(['our-own', 'no-such']) };
  t.same(closedRoutes(imported(text, options)), { a: 'oauth2' });
  t.match(said(text, options), [
    /^open: our-own \(line 1\), route a: assumed to be harmless/,
    /^closed: oauth2/,
    /^check: --assume-harmless no-such: no plug-in of this name/,
  ]);
});

t.test('one line a plug-in, not one a route', async (t) => {
  const routes = Array.from(
    { length: 300 },
    (_, n) => `{name: r${n}, paths: [/r${n}], plugins: [{name: oauth2}]}`,
  );
  const lines = said(kong(`services: [${service(`routes: [${routes.join()}]`)}]`));
  t.equal(lines.length, 1);
  t.match(lines[0], /^closed: oauth2 \(line 1\), route r0, route r1, .* and 295 more: 503/);
});

t.test('a guard of a consumer closes the consumer, wherever it comes in', async (t) => {
  const REFUSED = { status: 503, message: 'closed: our-own is not carried over' };
  const of = (plugins: string) => {
    const { consumerResponses, routes } = imported(withConsumers(plugins));
    return [
      consumerResponses?.[ID],
      routes?.[0]?.consumerResponses?.[ID],
      Object.keys(consumerResponses ?? {}).length,
    ];
  };
  t.same(of('{name: our-own, consumer: bob}'), [REFUSED, undefined, 1]);
  t.same(of('{name: our-own, consumer: bob, route: a}'), [undefined, REFUSED, 0]);
  t.same(of('{name: our-own, consumer: bob, service: s}'), [undefined, REFUSED, 0]);
  t.same(of('{name: our-own, consumer_group: gold}'), [REFUSED, undefined, 1]);
  t.same(of('{name: our-own, consumer_group: iron}'), [undefined, undefined, 0]);
  const trigger = '{name: request-termination, consumer: bob, route: a, config: {trigger: x-stop}}';
  t.same(of(`${trigger}, {name: our-own, consumer: bob}`), [REFUSED, undefined, 1], 'closed stays closed');
  t.same(
    of('{name: request-termination, consumer: bob, config: {status_code: 403}}'),
    [{ status: 403 }, undefined, 1],
    'what is carried over says what Kong said',
  );
});

t.test('a carried guard of a consumer is a setting of the consumer; of a group it closes', async (t) => {
  const of = (plugins: string) => {
    const { consumerSettings, consumerResponses, routes } = imported(withConsumers(plugins));
    const [route] = routes ?? [];
    return [consumerSettings?.[ID], route?.consumerSettings?.[ID], consumerResponses?.[ID]];
  };
  const GUARD = 'name: ip-restriction, config: {deny: [192.0.2.1]}';
  const addresses = { deny: ['192.0.2.1'] };
  const refused = { status: 503, message: 'closed: ip-restriction is not carried over' };
  t.same(of(`{${GUARD}, consumer: bob}`), [{ addresses }, undefined, undefined]);
  t.same(of(`{${GUARD}, consumer: bob, route: a}`), [undefined, { addresses }, undefined]);
  t.same(of(`{${GUARD}, consumer: bob, service: s}`), [undefined, { addresses }, undefined]);
  t.same(of(`{${GUARD}, consumer_group: gold}`), [undefined, undefined, refused]);
  t.same(of(`{${GUARD}, consumer_group: iron}`), [undefined, undefined, undefined]);
  for (const plugin of [
    'acl, config: {allow: [x]}',
    'bot-detection',
    'standard-webhooks, config: {secret_v1: x}',
    'request-size-limiting',
    'redirect, config: {location: "https://a.example.net"}',
  ])
    t.match(of(`{name: ${plugin}, consumer_group: gold}`)[2], { status: 503 }, plugin);
  t.same(
    of(`{${GUARD}, consumer: bob}, {name: request-size-limiting, consumer: bob}`),
    [{ addresses, maxBodyBytes: 134_217_728, requireContentLength: false }, undefined, undefined],
    'two of them stand side by side',
  );
  t.same(
    of('{name: ip-restriction, config: {deny: [no-address]}, consumer: bob}'),
    [undefined, undefined, refused],
    'what cannot be carried over closes',
  );
});

const withConsumers = (plugins: string): string =>
  kong(`services: [${service('routes: [{name: a, paths: [/a]}], plugins: [{name: key-auth}]')}],
    consumers: [{username: bob, id: ${ID}, groups: [{name: gold}]}, {username: eve}],
    consumer_groups: [{name: gold}, {name: iron}], plugins: [${plugins}]`);
const ID = '11111111-1111-4111-8111-111111111111';

t.test('a closed route never falls to the pool called "default"', async (t) => {
  const services = service('routes: [{name: a, paths: [/a], plugins: [{name: oauth2}]}]', 'default');
  const { pools, routes } = imported(kong(`services: [${services}], routes: [{name: bare, paths: [/b]}]`));
  t.same(Object.keys(pools ?? {}), ['default (default)']);
  t.same(
    routes?.map(({ pool }) => pool),
    [undefined, undefined],
  );
});

t.test('what a route loses does not fall to a route with fewer guards', async (t) => {
  const routes = (path: string, of = ''): string =>
    kong(
      `services: [${service(`routes: [{name: all, paths: [/]}, {name: admin, paths: ['${path}']${of}}]`)}]`,
    );
  const keyed = ', plugins: [{name: key-auth}]';
  const closed = imported(routes('~/admin/(a*)*b', keyed)).routes?.find(({ name }) => name === 'admin');
  t.match(closed, { paths: ['~/admin/'], respondWith: { status: 503 } });
  t.equal(closed?.pool, undefined);
  t.match(said(routes('~/admin/(a*)*b', keyed)), [/^closed: .*all that starts with \/admin\/ answers 503/]);
  t.match(said(routes('~/(a*)*b', keyed)), [/^fault: .*what it guards cannot be told apart/]);
  t.match(said(routes('~/admin|/(a*)*b', keyed)), [/^fault: /], 'an alternative begins anywhere');
  t.match(said(routes('~/(a*)*b')), [/^lost: .*match other routes or none/], 'nothing guarded it');
  const expression = kong(
    `services: [${service(`routes: [{name: e, expression: 'http.path == "/x"', protocols: [http]${keyed}}]`)}]`,
  );
  t.match(said(expression), [/^fault: .*expression .*is not read here/]);
  const header = routes('/admin', `, headers: {x-a: ['~*(a*)*b']}${keyed}`);
  t.match(
    imported(header).routes?.find(({ name }) => name === 'admin'),
    {
      headers: { 'x-a': ['~*.*'] },
      respondWith: { status: 503 },
    },
  );
  const grpc = kong(`services: [${service('routes: [{name: g, paths: [/g], protocols: [grpc]}]')}]`);
  t.same(closedRoutes(imported(grpc)), { g: 'gRPC' });
});

t.test('both a TLS server name and a host: no more than both allow', async (t) => {
  const hosts = (list: string): unknown =>
    imported(
      kong(`services: [${service(`routes: [{name: a, snis: [a.example.com, b.example.com], ${list}}]`)}]`),
    ).routes?.map((route) => route.hosts);
  t.same(hosts('paths: [/a]'), [['a.example.com', 'b.example.com']]);
  t.same(hosts('hosts: [b.example.com, c.example.com]'), [['b.example.com']]);
  t.same(hosts('hosts: ["*.example.com"]'), [['a.example.com', 'b.example.com']]);
  t.same(hosts('hosts: [c.example.com]'), []);
});

const HARMLESS = [
  'kong.service.request.set_header("X-A", "b")',
  '-- exit\nlocal v = kong.request.get_header("X")\nkong.service.request.set_header("X-Y", v)',
  'return function(conf) kong.log.info("kong.response.exit(403)") end',
  'ngx.header["X-A"] = "b"',
  '--[[ error() ]] kong.response.set_header("x", tostring(ngx.now()))',
  'if kong.request.get_method() == "GET" then kong.log("x") end',
];
const EXITING = [
  'return kong.response.exit(403, "no")',
  'local e = kong.response.exit e(403)',
  'local r = kong.response; r["exit"](403)',
  'kong["response"]["ex" .. "it"](403)',
  'pcall(kong.response.exit, 403)',
  'string.gsub("a", "a", kong.response.exit)',
  'load("kong.response." .. "exit(403)")()',
  'error("x")',
  'local x = kong.request.get_header("x"); x:match("a")',
  'kong.request.get_header("x"):lower()',
  'local t = nil; t[1] = 2',
  'ngx.redirect("/x")',
  'kong.service.set_target("a", 1)',
  '--[==[ ]==] kong.response.exit(403)',
  "kong.log('it\\'s') kong.response.exit(1)",
  'local f = function(exit) exit(403) end',
];

t.test('Lua that can end a request is a guard', async (t) => {
  for (const code of HARMLESS) t.ok(isHarmless(code), code);
  for (const code of EXITING) t.notOk(isHarmless(code), code);
  for (const phase of ['access', 'rewrite', 'header_filter', 'body_filter', 'functions', 'certificate']) {
    const text = routed(`{name: pre-function, config: {${phase}: ["kong.response.exit(403)"]}}`);
    t.same(closedRoutes(imported(text)), { a: 'pre-function' }, phase);
  }
  const text = routed('{name: post-function, config: {log: ["error()"], access: ["kong.log(1)"]}}');
  t.same(closedRoutes(imported(text)), {}, 'the log phase comes after the answer');
  t.match(said(text), [/^lost: post-function/]);
});

t.test('an order or a response that cannot be kept closes', async (t) => {
  const CLOSED: readonly string[] = [
    'request-termination, config: {echo: true}',
    'request-termination, config: {status_code: 103}',
    'redirect, config: {location: /elsewhere}',
    'redirect, config: {location: "https://a.example.net", status_code: 103}',
    'ip-restriction, config: {allow: [no-address]}',
    'bot-detection, config: {deny: ["(a*)*b"]}',
    'key-auth, ordering: {before: {access: [cors]}}',
  ];
  for (const plugin of CLOSED) {
    const { config } = importKong(routed(`{name: ${plugin}}`));
    t.same(config && closedRoutes(config), { a: plugin.split(',')[0] }, plugin);
  }
});
