/** The formats that Kong's configurations came in: older versions and routers, decK's placeholders, kong.conf. */
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { digestOf } from '../support/auth.ts';
import { imported, said } from './import-kong-support.ts';

t.test(
  'up to 2.1 a path is a regular expression by its characters, and the router is the older one',
  async (t) => {
    const text = (version: string): string =>
      `{_format_version: "${version}",
        services: [{name: s, host: h, routes: [{paths: ["/a.b-c_d~/%41", "/v\\\\d+"]}]}]}`;
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
  t.equal(config?.consumers?.[0]?.credentials?.[0]?.sha256, digestOf('secret'));
  t.same(
    notes.map(({ effect, text }) => `${effect}: ${text}`),
    ['lost: rate-limiting (line 12): members of a consumer group get what everybody gets'],
  );
});

t.test("decK's placeholder without a value is a fault, as it is to decK", async (t) => {
  const text = `_format_version: "3.0"
consumers:
- username: u
  keyauth_credentials: [{key: '\${{ env "DECK_KEY" }}'}]`;
  t.match(said(text), [/^fault: line 4: the environment has no DECK_KEY: set it/]);
  const { consumers } = imported(text, { env: { DECK_KEY: 'pa$SWORD ${x}' } });
  t.equal(
    consumers?.[0]?.credentials?.[0]?.sha256,
    digestOf('pa$SWORD ${x}'),
    'what it brings is no placeholder',
  );
});

t.test('kong.conf, where it can be seen from outside', async (t) => {
  const file = importKong(
    `{_format_version: "3.0", x_kong_conf: {trusted_ips: "10.0.0.0/8, ::1", 
      headers: "off", headers_upstream: "off", real_ip_header: X-Forwarded-For, real_ip_recursive: "on", 
      port_maps: "443:8443", error_default_type: text/html, nginx_http_charset: "off", router_flavor: traditional}}`,
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
