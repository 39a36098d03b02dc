/** What people keep a Kong configuration in, and what they take for one. */
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { imported, said } from './import-kong-support.ts';

const NEWS = `_format_version: "3.0"
services:
  - name: news
    host: news.example.net
    routes: [{ name: news, paths: [/news], hots: [x] }]
`;
const GOOD = NEWS.replace(', hots: [x]', '');
const indent = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));
const encoded = (text: string): string => Buffer.from(text).toString('base64');
const config = (kind: string, field: string, value: string): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: {name: kong}\n${field}:\n  kong.yml: ${value}\n`;
const block = (text: string, by = 4): string => `|\n${indent(text, by)}`;

const MAP_ITEM = '- apiVersion: v1\n  kind: ConfigMap\n  data:\n';

/** With the line of the fault; 5 is that of the text inside, where it is escaped or encoded. */
const WRAPPED: Record<string, readonly [wrap: (text: string) => string, line: number]> = {
  'a ConfigMap': [(text) => config('ConfigMap', 'data', block(text)), 10],
  'a Secret': [(text) => config('Secret', 'data', encoded(text)), 5],
  'a Secret with stringData': [(text) => config('Secret', 'stringData', block(text)), 10],
  binaryData: [(text) => config('ConfigMap', 'binaryData', encoded(text)), 5],
  'a ConfigMap among other resources': [
    (text) => `apiVersion: apps/v1\nkind: Deployment\n---\n${config('ConfigMap', 'data', block(text))}`,
    13,
  ],
  'a List': [(text) => `apiVersion: v1\nkind: List\nitems:\n${MAP_ITEM}    kong.yml: ${block(text, 6)}`, 12],
  'an answer of GET /config': [(text) => JSON.stringify({ config: text }), 5],
  "values of Kong's chart": [(text) => `env: {database: "off"}\ndblessConfig:\n  config: ${block(text)}`, 8],
  'values of a chart with Kong in it': [(text) => `kong:\n  dblessConfig:\n    config: ${block(text, 6)}`, 8],
  'values as an object': [(text) => `dblessConfig:\n  config:\n${indent(text, 4)}`, 7],
};

t.test('the Kong file inside is read, with the lines of the file around it', async (t) => {
  for (const [what, [wrap, line]] of Object.entries(WRAPPED)) {
    t.same(
      imported(wrap(GOOD)).routes?.map(({ name }) => name),
      ['news'],
      what,
    );
    const [fault] = said(wrap(NEWS));
    t.match(fault, /^fault: services\[0\]\.routes\[0\]\.hots .*did you mean "hosts"/, what);
    t.match(fault, new RegExp(`\\(line ${line}\\)`), what);
  }
});

/** Each named for what it is, with a way on. */
const OTHERS: Record<string, readonly [text: string, fault: RegExp]> = {
  Ingress: [
    'apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {}',
    /is a Kubernetes Ingress, .*deck gateway dump/,
  ],
  KongPlugin: [
    'apiVersion: configuration.konghq.com/v1\nkind: KongPlugin\nplugin: jwt',
    /is a Kubernetes KongPlugin/,
  ],
  Deployment: [
    'apiVersion: apps/v1\nkind: Deployment',
    /holds Kubernetes resources \(Deployment\) and no Kong/,
  ],
  'a ConfigMap of something else': [
    config('ConfigMap', 'data', 'hello'),
    /Kubernetes resources \(ConfigMap\)/,
  ],
  'a Helm template': [
    'services:\n{{- range .Values.services }}\n- name: {{ .name }}\n{{- end }}',
    /line 2: the file is a template/,
  ],
  'a Jinja template': [
    'services:\n{% for s in services %}\n- name: "{{ s }}"\n{% endfor %}',
    /line 2: the file is a template/,
  ],
  'values of a chart': [
    'image: {tag: "3.9"}\nenv: {database: postgres}\nproxy: {}',
    /values of a Helm chart/,
  ],
  OpenAPI: ['openapi: 3.0.0\npaths: {/a: {}}', /is an OpenAPI description.*openapi2kong/],
  compose: ['services:\n  kong: {image: "kong:3.9"}', /is a compose file/],
  'POST /config': [
    '{"services": {"0855b320": {"id": "0855b320", "host": "h"}}}',
    /is an answer of POST \/config/,
  ],
  'kong.conf': ['database = off\n', /looks like kong\.conf/],
};

t.test('what is no Kong file is named for what it is', async (t) => {
  for (const [what, [text, fault]] of Object.entries(OTHERS)) t.match(said(text)[0], fault, what);
});

t.test("decK's state in several files is one configuration", async (t) => {
  const services = { name: 'services.yml', text: GOOD };
  const plugins = {
    name: 'plugins.yml',
    text: `_format_version: "3.0"
consumers: [{username: u, keyauth_credentials: [{key: k}]}]
plugins: [{name: key-auth}, {name: oauth2, route: news}]
`,
  };
  const { config: result, notes } = importKong([services, plugins]);
  t.match(result, { auth: { hideCredentials: false }, consumers: [{ username: 'u' }] });
  t.match(notes, [{ text: /^oauth2 \(plugins\.yml line 3\), route news: 503/ }]);
  const { text } = plugins;
  const parts = `${GOOD}---\n${text}`;
  t.same(importKong(parts).config, result, 'or in several documents of one');
  const bare = { name: 'bare.yml', text: text.replace(/.*\n/, '') };
  t.same(importKong([services, bare]).config, result, 'one format says it for all');
  const old = { ...plugins, text: text.replace('3.0', '2.1') };
  t.match(importKong([services, old]).faults, [
    /_format_version \(plugins\.yml, line 1\) must be "3\.0", received "2\.1"/,
  ]);
  const twice = importKong([services, { name: 'again.yml', text: GOOD }]);
  t.match(twice.faults.join('\n'), /services\[0\]\.name \(again\.yml, line 3\) must be unique/);
});
