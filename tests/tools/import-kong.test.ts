/** Kong configurations of every format, and what becomes of them. */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import t from 'tap';
import { checkConfig } from '../../lib/check-config.ts';
import type { Config } from '../../lib/config.ts';
import { importKong } from '../../tools/kong/import.ts';
import { imported } from './import-kong-support.ts';

const digest = (key: string): string => createHash('sha256').update(key).digest('hex');

const SHOP = `
_format_version: "3.0"
services:
- name: shop
  url: https://shop.example.com/base
  retries: 3
  read_timeout: 5000
  connect_timeout: 5000
  routes:
  - name: carts
    hosts: [api.example.com]
    paths: [/carts, '~/c/(?<id>\\d+)$']
    methods: [GET, POST]
    headers: {x-version: ["1"]}
    protocols: [https]
    https_redirect_status_code: 301
    preserve_host: yes
    plugins:
    - name: key-auth
      config: {key_names: [key], key_in_body: true, anonymous: guest, run_on_preflight: false, realm: shop}
    - name: cors
      config: {origins: [https://a.example.com], credentials: true, max_age: 60, exposed_headers: [X-A]}
  plugins:
  - name: rate-limiting
    config: {minute: 5, hour: 50, limit_by: header, header_name: x-user, error_code: 430, error_message: Slow down}
consumers:
- username: bob
  custom_id: "42"
  keyauth_credentials:
  - {key: bobs-secret, ttl: 60}
- username: guest
`;

t.test('a service with a route, plugins and consumers', async (t) => {
  const { config, faults, notes } = importKong(SHOP);
  t.same(faults, []);
  t.same(notes, []);
  t.same(config, {
    pools: {
      shop: {
        origins: ['https://shop.example.com'],
        timeoutMs: 5000,
        totalTimeoutMs: 25000,
        retries: 3,
        retryOn: ['unreachable', 'timeout'],
        retryBudgetPercent: 10000,
        retrySame: true,
        hedge: false,
        balance: 'round-robin',
        outlier: false,
      },
    },
    routes: [
      {
        name: 'carts',
        id: config?.routes?.[0]?.id,
        hosts: ['api.example.com'],
        paths: ['/carts', '~/c/(?<id>\\d+)$'],
        methods: ['GET', 'POST'],
        headers: { 'x-version': ['1'] },
        pool: 'shop',
        basePath: '/base',
        stripPath: true,
        preserveHost: true,
        protocols: ['https'],
        httpsRedirectStatus: 301,
        auth: {
          keyNames: ['key'],
          keyIn: ['header', 'query', 'body'],
          hideCredentials: false,
          anonymous: 'guest',
          runOnPreflight: false,
          realm: 'shop',
        },
        cors: {
          origins: ['https://a.example.com'],
          methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'],
          exposedHeaders: ['X-A'],
          credentials: true,
          maxAge: 60,
        },
        rateLimit: {
          minute: 5,
          hour: 50,
          by: { header: 'x-user' },
          status: 430,
          message: 'Slow down',
          scope: 'service shop',
        },
      },
    ],
    consumers: [
      {
        id: config?.consumers?.[0]?.id,
        username: 'bob',
        customId: '42',
        credentials: [
          { id: config?.consumers?.[0]?.credentials[0]?.id, sha256: digest('bobs-secret'), ttlSeconds: 60 },
        ],
      },
      { id: config?.consumers?.[1]?.id, username: 'guest', credentials: [] },
    ],
    auth: false,
    cors: false,
    rateLimit: false,
    answers: 'kong-3',
    stamp: false,
    serverTiming: false,
    rewriteLocation: false,
  });
});

t.test('no key stands in the result, and the result is a configuration', async (t) => {
  const config = imported(SHOP);
  t.notMatch(JSON.stringify(config), /bobs-secret/);
  t.doesNotThrow(() => checkConfig(JSON.parse(JSON.stringify(config))));
});

t.test('ids are those that Kong makes of names, and the same every time', async (t) => {
  const text =
    '{"_format_version":"3.0","services":[{"name":"my-service","host":"h","routes":[{"name":"my-route","paths":["/"]},{"paths":["/x"]}]}],"consumers":[{"username":"u","keyauth_credentials":[{"key":"k"}]}]}';
  const [first, second] = [imported(text), imported(text)];
  t.same(first, second);
  t.equal(first.routes?.[0]?.id, '481a9539-f49c-51b6-b2e2-fe99ee68866c');
  t.match(first.routes?.[1]?.id, /^[0-9a-f-]{36}$/);
  t.match(first.consumers?.[0]?.credentials[0]?.id, /^[0-9a-f-]{36}$/);
});

t.test(
  'up to 2.1 a path is a regular expression by its characters, and the router is the older one',
  async (t) => {
    const text = (version: string): string =>
      `{_format_version: "${version}", services: [{name: s, host: h, routes: [{paths: ["/a.b-c_d~/%41", "/v\\\\d+"]}]}]}`;
    for (const version of ['1.1', '2.1']) {
      const { routes, routerFlavor } = imported(text(version));
      t.same(routes?.[0]?.paths, ['/a.b-c_d~/%41', '~/v\\d+'], version);
      t.equal(routerFlavor, 'traditional', version);
    }
    const { routes, routerFlavor } = imported(text('3.0'));
    t.same(routes?.[0]?.paths, ['/a.b-c_d~/%41', '/v\\d+']);
    t.equal(routerFlavor, undefined);
  },
);

t.test('what only the older router reads asks for it; an option decides', async (t) => {
  const text =
    '{_format_version: "3.0", services: [{name: s, host: h, routes: [{paths: [/x], path_handling: v1}]}]}';
  t.equal(imported(text).routerFlavor, 'traditional');
  t.equal(imported(text, { flavor: 'traditional_compatible' }).routerFlavor, undefined);
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
    'route and service without a consumer go before the consumer alone',
  );
  t.match(routes?.[3]?.rateLimit, { minute: 5, scope: 'route elsewhere, service other' });
});

t.test("decK's dialect: placeholders, defaults, shared settings, references as objects", async (t) => {
  const text = `
_format_version: "3.0"
_workspace: default
_konnect: {control_plane_name: cp}
_info:
  select_tags: [team]
  defaults: {service: {retries: 9}, route: {strip_path: false}}
_plugin_configs:
  shared: {key_names: [token], hide_credentials: true}
services: [{name: s, host: '\${{ env "DECK_HOST" }}', port: '\${{ env "DECK_PORT" | toInt }}'}]
routes: [{name: r, service: {name: s}, paths: [/]}]
consumer_groups: [{name: gold, plugins: [{name: rate-limiting, config: {minute: 9}}]}]
consumers: [{username: u, groups: [{name: gold}], keyauth_credentials: [{key: '\${{ env "DECK_KEY" }}'}]}]
plugins: [{name: key-auth, route: r, _config: shared}]
`;
  const env = { DECK_HOST: 'h.example.com', DECK_PORT: '8080', DECK_KEY: 'secret' };
  const { config, notes } = importKong(text, { env });
  t.same(config?.pools?.['s']?.origins, ['http://h.example.com:8080']);
  t.equal(config?.pools?.['s']?.retries, 9);
  t.match(config?.routes?.[0], { stripPath: false, auth: { keyNames: ['token'], hideCredentials: true } });
  t.equal(config?.consumers?.[0]?.credentials[0]?.sha256, digest('secret'));
  t.equal(notes.length, 1);
  t.match(notes[0], /^consumer_groups \(line 12\): .*not carried over/);
});

t.test('a placeholder without a value is told, and no key is made of it', async (t) => {
  const { config, notes } = importKong(
    '{_format_version: "3.0", consumers: [{username: u, keyauth_credentials: [{key: \'${{ env "DECK_KEY" }}\'}]}]}',
  );
  t.same(config?.consumers?.[0]?.credentials, []);
  t.match(notes.join('\n'), /the environment has no DECK_KEY/);
});

t.test('a route whose only wall is gone is closed', async (t) => {
  const { config, notes } = importKong(`{_format_version: "3.0", services: [{name: s, host: h, routes: [
    {name: walled, paths: [/a], plugins: [{name: jwt}]},
    {name: keyed, paths: [/b], plugins: [{name: acl, config: {allow: [x]}}, {name: key-auth}]},
    {name: free, paths: [/c], plugins: [{name: http-log}]}]}]}`);
  t.same(
    config?.routes?.map((route) => route.pool),
    [undefined, 's', 's'],
  );
  t.match(notes.join('\n'), /route walled is closed \(503\): nothing but jwt guarded it/);
  t.match(notes.join('\n'), /route keyed: a good key alone lets callers in, acl asked for more/);
  t.match(notes.join('\n'), /http-log not carried over: callers see no difference/);
});

t.test('what no Worker can do is told with its place', async (t) => {
  const { config, notes } = importKong(`_format_version: "3.0"
services:
- name: s
  host: 10.1.2.3
  connect_timeout: 2000
  routes:
  - {name: tcp, protocols: [tcp], destinations: [{port: 1}]}
  - {name: sni, snis: [a.example.com], protocols: [https]}
  - {name: wild, paths: ['~/(a*)*b', /x]}
  - {name: gone, paths: ['~/(a*)*b']}
certificates: [{cert: x, key: y}]
`);
  t.same(
    config?.routes?.map(({ name, hosts, paths }) => ({ name, hosts, paths })),
    [
      { name: 'sni', hosts: ['a.example.com'], paths: undefined },
      { name: 'wild', hosts: undefined, paths: ['/x'] },
    ],
  );
  const told = notes.join('\n');
  t.match(told, /services\[0\] \(line 3\): 10\.1\.2\.3 is an address/);
  t.match(told, /services\[0\]\.connect_timeout \(line 5\): not carried over/);
  t.match(
    told,
    /routes\[0\]\.protocols \(line 7\): the route is not carried over: only HTTP passes a Worker, not tcp/,
  );
  t.match(told, /routes\[1\]\.snis \(line 8\)/);
  t.match(told, /routes\[2\]\.paths\[0\] \(line 9\): not carried over/);
  t.match(told, /certificates \(line 11\): 1 of certificates not carried over/);
});

t.test('kong.conf, where it can be seen from outside', async (t) => {
  const file = importKong(
    '{_format_version: "3.0", x_kong_conf: {trusted_ips: "10.0.0.0/8, ::1", headers: "off", headers_upstream: "off", real_ip_header: X-Forwarded-For, real_ip_recursive: "on", port_maps: "443:8443", error_default_type: text/html, nginx_http_charset: "off", router_flavor: traditional}}',
  ).config;
  t.same(file?.trustedProxies, ['10.0.0.0/8', '::1/128']);
  t.same(file?.kong, {
    headers: false,
    charset: false,
    upstreamRequestId: false,
    realIpHeader: 'X-Forwarded-For',
    realIpRecursive: true,
    errorType: 'text/html',
    portMaps: { 8443: 443 },
  });
  t.equal(file?.routerFlavor, 'traditional');
});

t.test('the command', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  const run = (args: string[], text = ''): { status: number | null; stdout: string; stderr: string } => {
    const file = join(folder, 'kong.yml');
    writeFileSync(file, text);
    return spawnSync(
      process.execPath,
      ['tools/import-kong.ts', ...args.map((word) => (word === 'FILE' ? file : word))],
      { encoding: 'utf8' },
    );
  };
  const good = run(['FILE'], SHOP);
  t.equal(good.status, 0);
  t.equal((JSON.parse(good.stdout) as Config).answers, 'kong-3');
  t.equal(good.stderr, '');
  const old = run(
    ['--profile', '2018', 'FILE'],
    SHOP.replace('consumers:', 'certificates: [{cert: a}]\nconsumers:'),
  );
  t.equal((JSON.parse(old.stdout) as Config).answers, 'kong-2018');
  t.match(old.stderr, /^\S+kong\.yml: certificates \(line \d+\): .*\n$/, 'a line for each thing');
  const bad = run(['FILE'], '{_format_version: "3.0", nothing: 1}');
  t.equal(bad.status, 1);
  t.equal(bad.stdout, '');
  t.match(bad.stderr, /^Cannot import \S+kong\.yml: nothing \(line 1\) is no part of a Kong configuration/);
  t.equal(run(['no-such-file']).status, 1);
  t.equal(run([]).status, 2);
});
