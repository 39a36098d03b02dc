/** Import never opens what Kong closed: each guard in each scope, and next to other plug-ins. */
import t from 'tap';
import { isHarmless } from '../../cli/import-kong/plugins/functions.ts';
import { PLUGINS } from '../../cli/import-kong/plugins/table.ts';
import { words } from '../support/words.ts';
import {
  ID,
  closedRoutes,
  imported,
  kong,
  routed,
  messagesOf,
  service,
  withBob,
} from './import-kong-support.ts';

const GUARDS = [
  ...[...PLUGINS].flatMap(([name, { fate }]) =>
    fate === 'guard' && !name.endsWith('-function') ? [name] : [],
  ),
  ...words`openid-connect opa mtls-auth key-auth-enc jwt-signer vault-auth request-validator oidc custom-jwt
    our-own rate-limiting-advanced websocket-size-limit constructor __proto__`,
];

t.test('a guard closes the routes that it applies to, and no others', async (t) => {
  for (const name of GUARDS) {
    const plugin = `plugins: [{name: ${name}}]`;
    const routes = (of = ''): string => `routes: [{name: a, paths: [/a]${of}}, {name: b, paths: [/b]}]`;
    const closed = (services: string, more = ''): unknown =>
      closedRoutes(imported(kong(`services: [${service(services)}]${more}`)));
    t.same(closed(routes(`, ${plugin}`)), { a: name }, `${name} on a route`);
    t.same(closed(`${routes()}, ${plugin}`), { a: name, b: name }, `${name} on a service`);
    t.same(closed(routes(), `, ${plugin}`), { a: name, b: name }, `${name} global`);
  }
});

t.test('a guard closes its route even next to a plug-in that is carried over', async (t) => {
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
    const text = routed(`{name: ${other}}, {name: ldap-auth}`, '{username: nobody}');
    t.same(closedRoutes(imported(text)), { a: 'ldap-auth' }, other);
  }
});

t.test('a guard with an unsupported setting closes its route', async (t) => {
  const CLOSED = [
    'request-termination, config: {echo: true}',
    'request-termination, config: {status_code: 103}',
    'redirect, config: {location: /elsewhere}',
    'redirect, config: {location: "https://a.example.net", status_code: 103}',
    'acl, config: {allow: [x], include_consumer_groups: true}',
    'ip-restriction, config: {allow: [no-address]}',
    'bot-detection, config: {deny: ["(a*)*b"]}',
    'key-auth, ordering: {before: {access: [cors]}}',
  ];
  for (const plugin of CLOSED)
    t.same(closedRoutes(imported(routed(`{name: ${plugin}}`))), { a: plugin.split(',')[0] }, plugin);
});

t.test('a guard that is disabled, or for gRPC or TCP only, closes nothing', async (t) => {
  for (const off of ['enabled: false', 'protocols: [grpc, grpcs]', 'protocols: [tcp]'])
    t.same(closedRoutes(imported(routed(`{name: oauth2, ${off}}`))), {}, off);
});

t.test('--assume-harmless exempts one guard, and a note says what is open', async (t) => {
  const text = routed('{name: oauth2}, {name: our-own}');
  const options = { harmless: new Set(['our-own', 'no-such']) };
  t.same(closedRoutes(imported(text, options)), { a: 'oauth2' });
  t.match(messagesOf(text, options), [
    /^open: our-own \(line 1\), route a: assumed to be harmless/,
    /^closed: oauth2/,
    /^check: --assume-harmless no-such: no plug-in of this name/,
  ]);
});

t.test('notes have one line per plug-in, not per route', async (t) => {
  const plugins = 'plugins: [{name: oauth2}]';
  const routes = Array.from({ length: 300 }, (_, n) => `{name: r${n}, paths: [/r${n}], ${plugins}}`);
  const lines = messagesOf(kong(`services: [${service(`routes: [${routes.join()}]`)}]`));
  t.equal(lines.length, 1);
  t.match(lines[0], /^closed: oauth2 \(line 1\), route r0, route r1, .* and 295 more: 503/);
});

/** Plug-ins that apply to bob, and his settings: at the top level, and on the route. */
const closedFor = (what: string) => ({
  consumerResponses: { [ID]: { status: 503, message: `closed: ${what} is not carried over` } },
});
const addresses = { deny: ['192.0.2.1'] };
const DENY = 'name: ip-restriction, config: {deny: [192.0.2.1]}';
const TRIGGER = '{name: request-termination, consumer: bob, route: a, config: {trigger: x-stop}}';
const REFUSE = '{name: request-termination, consumer: bob, config: {status_code: 403}}';
const OF_BOB: readonly [plugins: string, everywhere: object, onRoute: object][] = [
  ['{name: our-own, consumer: bob}', closedFor('our-own'), {}],
  ['{name: our-own, consumer: bob, route: a}', {}, closedFor('our-own')],
  ['{name: our-own, consumer: bob, service: s}', {}, closedFor('our-own')],
  ['{name: our-own, consumer_group: gold}', closedFor('our-own'), {}],
  ['{name: our-own, consumer_group: iron}', {}, {}],
  // A closed consumer stays closed.
  [`${TRIGGER}, {name: our-own, consumer: bob}`, closedFor('our-own'), {}],
  [`${REFUSE}, {name: our-own, consumer: bob}`, closedFor('our-own'), {}],
  [`{name: our-own, consumer: bob}, ${REFUSE}`, closedFor('our-own'), {}],
  [REFUSE, { consumerResponses: { [ID]: { status: 403 } } }, {}],
  [`{${DENY}, consumer: bob}`, { consumerSettings: { [ID]: { addresses } } }, {}],
  [`{${DENY}, consumer: bob, route: a}`, {}, { consumerSettings: { [ID]: { addresses } } }],
  [`{${DENY}, consumer: bob, service: s}`, {}, { consumerSettings: { [ID]: { addresses } } }],
  [`{${DENY}, consumer_group: gold}`, closedFor('ip-restriction'), {}],
  [`{${DENY}, consumer_group: iron}`, {}, {}],
  [
    `{${DENY}, consumer: bob}, {name: request-size-limiting, consumer: bob}`,
    { consumerSettings: { [ID]: { addresses, maxBodyBytes: 134_217_728, requireContentLength: false } } },
    {},
  ],
  ['{name: ip-restriction, config: {deny: [no-address]}, consumer: bob}', closedFor('ip-restriction'), {}],
  [
    '{name: request-transformer, config: {http_method: TRACE}, consumer: bob}',
    closedFor('request-transformer'),
    {},
  ],
  ...[
    'acl, config: {allow: [x]}',
    'bot-detection',
    'standard-webhooks, config: {secret_v1: x}',
    'request-size-limiting',
    'redirect, config: {location: "https://a.example.net"}',
  ].map((plugin): [string, object, object] => [
    `{name: ${plugin}, consumer_group: gold}`,
    closedFor(plugin.split(',')[0]!),
    {},
  ]),
];

t.test('a guard of a consumer or group applies to it if carried over, or closes its consumers', async (t) => {
  const tables = ({ consumerSettings, consumerResponses }: ReturnType<typeof imported>) => ({
    ...(consumerSettings ? { consumerSettings } : {}),
    ...(consumerResponses ? { consumerResponses } : {}),
  });
  for (const [plugins, everywhere, onRoute] of OF_BOB) {
    const config = imported(withBob(plugins));
    t.same(tables(config), everywhere, `${plugins} everywhere`);
    t.same(tables({ ...config.routes?.[0] }), onRoute, `${plugins} on the route`);
  }
});

t.test('members of a group are read from the consumer, the group or a list of pairs', async (t) => {
  const MEMBERS = [
    `consumers: [{username: bob, id: ${ID}, groups: [gold]}], consumer_groups: [{name: gold}]`,
    `consumers: [{username: bob, id: ${ID}}], consumer_groups: [{name: gold, consumers: [{username: bob}]}]`,
    `consumers: [{username: bob, id: ${ID}}], consumer_groups: [{name: gold}],
      consumer_group_consumers: [{consumer: bob, consumer_group: gold}]`,
  ];
  for (const members of MEMBERS) {
    const config = imported(kong(`${members}, plugins: [{name: our-own, consumer_group: gold}]`));
    t.match(config, closedFor('our-own'), members);
  }
});

t.test('a closed route never uses the pool named "default"', async (t) => {
  const services = service('routes: [{name: a, paths: [/a], plugins: [{name: oauth2}]}]', 'default');
  const { pools, routes } = imported(kong(`services: [${services}], routes: [{name: bare, paths: [/b]}]`));
  t.same(Object.keys(pools ?? {}), ['default (default)']);
  t.same(
    routes?.map(({ pool }) => pool),
    [undefined, undefined],
  );
});

t.test('requests a route loses never reach a route with fewer guards', async (t) => {
  const admin = (of: string): string =>
    kong(`services: [${service(`routes: [{name: all, paths: [/]}, {name: admin, ${of}}]`)}]`);
  const KEYED = ', plugins: [{name: key-auth}]';
  const LINES: Readonly<Record<string, RegExp>> = {
    [`paths: ['~/admin/(a*)*b']${KEYED}`]: /^closed: .*every path that starts with \/admin\/ answers 503/,
    [`paths: ['~/(a*)*b']${KEYED}`]: /^fault: .*the requests that it guards cannot be identified/,
    // No literal prefix covers both alternatives.
    [`paths: ['~/admin|/(a*)*b']${KEYED}`]: /^fault: /,
    // No guard applies.
    [`paths: ['~/(a*)*b']`]: /^lost: .*match other routes or none/,
    'paths: [/g], protocols: [grpc]': /^closed: .*a Worker forwards only HTTP, not gRPC: 503/,
    [`expression: 'http.path == "/x"', protocols: [http]${KEYED}`]: /^fault: .*expression .*is not supported/,
  };
  for (const [route, line] of Object.entries(LINES)) t.match(messagesOf(admin(route)), [line], route);
  const CLOSED: Readonly<Record<string, object>> = {
    // An optional character is not part of the prefix.
    [`paths: ['~/admin/x?(a*)*b']${KEYED}`]: { paths: ['~/admin/'], respondWith: { status: 503 } },
    [`paths: ['~/admin/(a*)*b']${KEYED}`]: { paths: ['~/admin/'], respondWith: { status: 503 } },
    [`paths: [/admin], headers: {x-a: ['~*(a*)*b']}${KEYED}`]: {
      headers: { 'x-a': ['~*.*'] },
      respondWith: { status: 503 },
    },
    'paths: [/g], protocols: [grpc]': { respondWith: { message: 'closed: gRPC is not carried over' } },
  };
  for (const [route, becomes] of Object.entries(CLOSED)) {
    const closed = imported(admin(route)).routes?.find(({ name }) => name === 'admin');
    t.match(closed, { ...becomes, pool: undefined }, route);
  }
});

t.test('a route with TLS server names and hosts matches only names that both allow', async (t) => {
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

t.test('Lua code that can end a request is a guard', async (t) => {
  for (const code of HARMLESS) t.ok(isHarmless(code), code);
  for (const code of EXITING) t.notOk(isHarmless(code), code);
  for (const phase of words`access rewrite header_filter body_filter functions certificate`) {
    const text = routed(`{name: pre-function, config: {${phase}: ["kong.response.exit(403)"]}}`);
    t.same(closedRoutes(imported(text)), { a: 'pre-function' }, phase);
  }
  const text = routed('{name: post-function, config: {log: ["error()"], access: ["kong.log(1)"]}}');
  t.same(closedRoutes(imported(text)), {}, 'the log phase runs after the response');
  t.match(messagesOf(text), [/^lost: post-function/]);
});
