/** Formats of a Kong configuration: older versions, decK's dialect, wrappers; and files commonly mistaken for one. */
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { digestOf } from '../support/auth.ts';
import { imported, kong, messagesOf } from './import-kong-support.ts';

t.test('up to format 2.1 the characters of a path decide whether it is a regular expression', async (t) => {
  const paths = (version: string) =>
    imported(`{_format_version: "${version}", routes: [{paths: ["/a.b-c_d~/%41", "/v\\\\d+"]}]}`).routes?.[0]
      ?.paths;
  for (const version of ['1.1', '2.1']) t.same(paths(version), ['/a.b-c_d~/%41', '~/v\\d+'], version);
  t.same(paths('3.0'), ['/a.b-c_d~/%41', '/v\\d+']);
});

t.test('an old format or a traditional field selects that router, unless an option is set', async (t) => {
  const v1 = kong('routes: [{paths: [/x], path_handling: v1}]');
  t.equal(imported('{_format_version: "2.1"}').routerFlavor, 'traditional');
  t.equal(imported(kong('routes: [{paths: [/x]}]')).routerFlavor, undefined);
  t.equal(imported(v1).routerFlavor, 'traditional');
  t.equal(imported(v1, { flavor: 'traditional_compatible' }).routerFlavor, undefined);
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
  // Values from the environment are literal.
  const env = { DECK_HOST: 'h.example.com', DECK_PORT: '8080', DECK_KEY: 'pa$SWORD ${x}' };
  t.match(imported(text, { env }), {
    pools: { s: { origins: ['http://h.example.com:8080'], retries: 9 } },
    routes: [{ stripPath: false, auth: { keyNames: ['token'], hideCredentials: true } }],
    consumers: [{ credentials: [{ sha256: digestOf('pa$SWORD ${x}') }] }],
  });
  t.same(messagesOf(text, { env }), [
    'lost: rate-limiting (line 12): members of a consumer group are treated like every other consumer',
  ]);
  t.match(
    messagesOf(text),
    [/^fault: line 10: the environment has no DECK_HOST: set it/],
    'an error, as in decK',
  );
});

t.test('settings of kong.conf that callers and origins can notice', async (t) => {
  const {
    trustedProxies,
    kong: visible,
    routerFlavor,
  } = imported(
    kong(`x_kong_conf: {trusted_ips: "10.0.0.0/8, ::1", headers: "off", headers_upstream: "off",
      real_ip_header: X-Forwarded-For, real_ip_recursive: "on", port_maps: "443:8443",
      error_default_type: text/html, nginx_http_charset: "off", router_flavor: traditional}`),
  );
  t.same(trustedProxies, ['10.0.0.0/8', '::1/128']);
  t.same(visible, {
    headers: false,
    charset: false,
    upstreamRequestId: false,
    realIpHeader: 'X-Forwarded-For',
    realIpRecursive: true,
    errorType: 'text/html',
    portMaps: { 8443: 443 },
  });
  t.equal(routerFlavor, 'traditional');
});

const NEWS = `_format_version: "3.0"
services:
  - name: news
    host: news.example.net
    routes: [{ name: news, paths: [/news], hots: [x] }]
`;
const GOOD = NEWS.replace(', hots: [x]', '');
const indent = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));
const encoded = (text: string): string => Buffer.from(text).toString('base64');
const resource = (kind: string, field: string, value: string): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: {name: kong}\n${field}:\n  kong.yml: ${value}\n`;
const block = (text: string, by = 4): string => `|\n${indent(text, by)}`;
const MAP_ITEM = '- apiVersion: v1\n  kind: ConfigMap\n  data:\n';

/** With the line of the error; 5 is the line in the inner file, if that is escaped or encoded. */
const WRAPPED: Record<string, readonly [wrap: (text: string) => string, line: number]> = {
  'a ConfigMap': [(text) => resource('ConfigMap', 'data', block(text)), 10],
  'a Secret': [(text) => resource('Secret', 'data', encoded(text)), 5],
  'a Secret with stringData': [(text) => resource('Secret', 'stringData', block(text)), 10],
  binaryData: [(text) => resource('ConfigMap', 'binaryData', encoded(text)), 5],
  'a ConfigMap among other resources': [
    (text) => `apiVersion: apps/v1\nkind: Deployment\n---\n${resource('ConfigMap', 'data', block(text))}`,
    13,
  ],
  'a List': [(text) => `apiVersion: v1\nkind: List\nitems:\n${MAP_ITEM}    kong.yml: ${block(text, 6)}`, 12],
  'a response of GET /config': [(text) => JSON.stringify({ config: text }), 5],
  "values of Kong's chart": [(text) => `env: {database: "off"}\ndblessConfig:\n  config: ${block(text)}`, 8],
  'values of a chart that depends on Kong': [
    (text) => `kong:\n  dblessConfig:\n    config: ${block(text, 6)}`,
    8,
  ],
  'values as an object': [(text) => `dblessConfig:\n  config:\n${indent(text, 4)}`, 7],
};

t.test('the inner Kong file is read, with line numbers of the outer file', async (t) => {
  for (const [what, [wrap, line]] of Object.entries(WRAPPED)) {
    t.match(imported(wrap(GOOD)).routes, [{ name: 'news' }], what);
    const [fault] = messagesOf(wrap(NEWS));
    t.match(fault, /^fault: services\[0\]\.routes\[0\]\.hots .*did you mean "hosts"/, what);
    t.match(fault, new RegExp(`\\(line ${line}\\)`), what);
  }
});

/** The error names the type of file and the next step. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  'apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {}': /is a Kubernetes Ingress, .*deck gateway dump/,
  'apiVersion: configuration.konghq.com/v1\nkind: KongPlugin': /is a Kubernetes KongPlugin/,
  'apiVersion: apps/v1\nkind: Deployment': /holds Kubernetes resources \(Deployment\) and no Kong/,
  [resource('ConfigMap', 'data', 'hello')]: /Kubernetes resources \(ConfigMap\)/,
  'services:\n{{- range .Values.services }}\n- name: {{ .name }}\n{{- end }}':
    /line 2: the file is a template/,
  'services:\n{% for s in services %}\n- name: "{{ s }}"\n{% endfor %}': /line 2: the file is a template/,
  'image: {tag: "3.9"}\nenv: {database: postgres}\nproxy: {}': /values of a Helm chart/,
  'openapi: 3.0.0\npaths: {/a: {}}': /is an OpenAPI description.*openapi2kong/,
  'services:\n  kong: {image: "kong:3.9"}': /is a compose file/,
  '{"services": {"0855b320": {"id": "0855b320", "host": "h"}}}': /is a response of POST \/config/,
  'database = off\n': /looks like kong\.conf/,
};

t.test('the error for a file of another type names the type', async (t) => {
  for (const [text, fault] of Object.entries(OTHERS)) t.match(messagesOf(text)[0], fault, text);
});

t.test("decK's state in several files is imported as one configuration", async (t) => {
  const text = `_format_version: "3.0"
consumers: [{username: u, keyauth_credentials: [{key: k}]}]
plugins: [{name: key-auth}, {name: oauth2, route: news}]
`;
  const services = { name: 'services.yml', text: GOOD };
  const plugins = { name: 'plugins.yml', text };
  const { config, notes } = importKong([services, plugins]);
  t.match(config, { auth: { hideCredentials: false }, consumers: [{ username: 'u' }] });
  t.match(notes, [{ text: /^oauth2 \(plugins\.yml line 3\), route news: 503/ }]);
  t.same(imported(`${GOOD}---\n${text}`), config, 'several documents in one file');
  const bare = { name: 'bare.yml', text: text.replace(/.*\n/, '') };
  t.same(importKong([services, bare]).config, config, 'the format of one file applies to all');
  const old = { name: 'plugins.yml', text: text.replace('3.0', '2.1') };
  t.match(importKong([services, old]).faults, [
    /_format_version \(plugins\.yml, line 1\) must be "3\.0", received "2\.1"/,
  ]);
  const twice = importKong([services, { name: 'again.yml', text: GOOD }]);
  t.match(twice.faults.join('\n'), /services\[0\]\.name \(again\.yml, line 3\) must be unique/);
});
