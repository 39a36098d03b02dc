/** No input crashes the importer, makes it slow, or is imported as something that no one wrote. */
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import { importKong } from '../../cli/import-kong/import.ts';
import { imported, kong, messagesOf, service } from './import-kong-support.ts';

const PLACEHOLDERS = [
  ...[
    '$PARTNER_KEY',
    '${PARTNER_KEY}',
    '${PARTNER_KEY:-none}',
    '${{ secrets.KEY }}',
    '{{ key }}',
    'key-${ENV}',
  ],
  ...['{{- .Values.key }}', '<your-key>', '<YOUR KEY>', '<%= key %>', '#{Key}#', '$(KEY)', '$key'],
];

t.test('an unfilled placeholder is never a key, a host or a path', async (t) => {
  const PLACES: readonly [field: string, text: (value: string) => string][] = [
    ['key', (value) => `consumers: [{username: u, keyauth_credentials: [{key: ${value}}]}]`],
    ['host', (value) => `services: [{name: s, host: ${value}}]`],
    ['url', (value) => `services: [{name: s, url: ${value}}]`],
    ['default', (value) => `_info: {defaults: {service: {host: ${value}}}}, services: [{name: s}]`],
    ['paths', (value) => `services: [{name: s, host: h, path: /a, routes: [{paths: [${value}]}]}]`],
    ['hosts', (value) => `routes: [{hosts: [${value}]}]`],
    ['path', (value) => `services: [{name: s, host: h, path: ${value}}]`],
    ['target', (value) => `upstreams: [{name: u, targets: [{target: ${value}}]}]`],
    ['port', (value) => `services: [{name: s, host: h, port: ${value}}]`],
    ['location', (value) => `plugins: [{name: redirect, config: {location: ${value}}}]`],
    ['origins', (value) => `plugins: [{name: cors, config: {origins: [${value}]}}]`],
    ['headers', (value) => `routes: [{headers: {x-a: [${value}]}}]`],
  ];
  const before: Record<string, string> = { url: 'http://', path: '/', paths: '/', hosts: 'a.', host: 'a.' };
  for (const [field, text] of PLACES)
    for (const placeholder of PLACEHOLDERS) {
      // In lower case $key may be literal in a path or a header.
      if (placeholder === '$key' && !['key', 'host', 'hosts', 'url', 'target'].includes(field)) continue;
      const value = JSON.stringify(`${before[field] ?? ''}${placeholder}`);
      const { config, faults } = importKong(kong(text(value)));
      t.equal(config, null, `${field}: ${value}`);
      t.match(faults.join('\n'), /\(line 1\) holds the placeholder .*: fill in the template first/);
    }
  t.match(messagesOf('_format_version: "3.0"\nservices:\n- name: s\n  host: {{ host }}\n'), [
    /^fault: services\[0\]\.host \(line 4\) holds the placeholder \{\{ host \}\}/,
  ]);
});

t.test('a string that only resembles a placeholder is literal', async (t) => {
  const LITERAL = [
    `services: [${service('path: "/odata/$metadata", routes: [{paths: ["/odata/$metadata", "/a{id}"]}]')}]`,
    `services: [${service('routes: [{paths: ["~/u/(?<id>\\\\d+)$"]}]')}]`,
    `services: [${service('routes: [{paths: ["~/(?<a>x)/\\\\k<a>$", "~/y/(?P<b>z)"]}]')}]`,
    'consumers: [{username: u, keyauth_credentials: [{key: "pa$sword<3"}, {key: "$2a$10$N9qo8uLOickgx2ZMRZoMye"}]}]',
    `services: [${service('tags: ["${X}"], routes: [{paths: [/]}]')}],
      plugins: [{name: our-own, config: {a: "\${X}"}}]`,
    'routes: [{paths: [/]}], plugins: [{name: request-termination, config: {body: "<b>$X</b>"}}]',
  ];
  for (const body of LITERAL) t.same(importKong(kong(body)).faults, [], body);
});

const repeated = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join('');

/** Each is rejected with a message, or imported; none may throw or hang. */
const HOSTILE: Record<string, string> = {
  'an alias bomb': `a0: &a0 [x]\n${repeated(20, (n) => `a${n + 1}: &a${n + 1} [${repeated(3, () => `*a${n},`)}]\n`)}`,
  'aliases of lists of entities': [
    '_format_version: "3.0"\nservices:',
    `- &s {name: s, host: h, routes: [${'{paths: [/]},'.repeat(900)}]}\n${'- *s\n'.repeat(900)}`,
  ].join('\n'),
  'an alias inside its anchor': '_format_version: "3.0"\nservices: &s [{name: a, host: h, routes: *s}]',
  'an object that contains itself': '_format_version: "3.0"\nplugins:\n- &p {name: cors, config: *p}',
  'an alias of nothing': '_format_version: "3.0"\nservices: *nothing',
  'deeply nested lists': `_format_version: "3.0"\nservices: ${'['.repeat(500)}${']'.repeat(500)}`,
  'deeply nested JSON objects': `{"plugins": ${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
  'names of Object.prototype': kong(
    'constructor: 1, services: [{name: __proto__, host: h, toString: 1}], __proto__: {x: 1}, valueOf: []',
  ),
  'a format named like a property of Object.prototype': '{_format_version: constructor}',
  'a JSON prototype': '{"_format_version": "3.0", "__proto__": {"services": []}}',
  'other tags':
    '_format_version: "3.0"\nservices: !!set {a, b}\nroutes: !!binary aGk=\nplugins: !!js/function "x"',
  'a document that is a string': 'just words',
  'a document of null': 'null',
  'kong.conf': '# comment\ndatabase = off\ndeclarative_config = /kong.yml\n',
  'control characters': '\u0000\u0001\uFFFD{',
  'many documents': '---\na: 1\n'.repeat(300),
  'a thousand duplicate keys': `_format_version: "3.0"\n${'services: []\n'.repeat(1000)}`,
  'merge keys that merge themselves': '_format_version: "3.0"\nservices:\n- &a {<<: *a, name: s, host: h}',
};

t.test('no hostile input makes the importer throw or hang', async (t) => {
  for (const [what, text] of Object.entries(HOSTILE)) {
    const { config, faults } = importKong(text);
    t.ok(config !== null || faults.length > 0, `${what}: ${faults[0]?.slice(0, 120) ?? 'imported'}`);
  }
  t.match(messagesOf(HOSTILE['an alias inside its anchor']!), [
    /^fault: line 2: an alias is inside its own anchor/,
  ]);
  t.match(messagesOf(HOSTILE['kong.conf']!), [/looks like kong\.conf: pass it with --conf/]);
});

t.test('properties of Object.prototype are ordinary names', async (t) => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  for (const name of [...names, 'valueOf']) {
    const text = kong(`plugins: [{name: cors, config: {${name}: {}}}]`);
    t.match(
      messagesOf(text)[0],
      /^fault: plugins\[0\]\.config \(line 1\) must be an object of origins,/,
      name,
    );
    const shape = kong(`upstreams: [{name: u, healthchecks: {active: {${name}: {}}}}]`);
    t.match(messagesOf(shape)[0], /^fault: .* must be an object in which active is an object of type,/, name);
  }
  for (const name of names) {
    const config = imported(
      kong(`services: [{name: ${name}, host: h.example.com, routes: [{name: ${name}, paths: [/]}]}],
        consumers: [{username: ${name}, keyauth_credentials: [{key: k}]}], upstreams: [{name: ${name}}]`),
    );
    t.ok(Object.hasOwn(config.pools ?? {}, name), name);
    t.equal(config.routes?.[0]?.pool, name);
    const { pools, routes } = checkConfig(JSON.stringify(config));
    t.equal(pools[routes[0]?.pool ?? -1]?.name, name, 'the gateway finds the pool');
  }
});

t.test('the last of duplicate keys is used, with a note', async (t) => {
  const text =
    '_format_version: "3.0"\nservices:\n- name: s\n  host: a.example.com\n  host: b.example.com\n  port: x\n  port: 81';
  t.same(imported(text).pools?.['s']?.origins, ['http://b.example.com:81']);
  t.match(messagesOf(text), [/^check: duplicate keys, host \(line 5\), port \(line 7\)/]);
  t.match(
    messagesOf(text.replace('port: 81', 'port: y')),
    [/^fault: services\[0\]\.port \(line 7\)/],
    'the line of the last',
  );
});

t.test('an alias that a thousand routes share is not an alias bomb', async (t) => {
  const text = `_format_version: "3.0"
x_shared: &c {origins: ["https://a.example.com"]}
services:
- name: s
  host: a.example.com
  routes:
${repeated(1500, (n) => `  - {name: r${n}, paths: [/${n}], plugins: [{name: cors, config: *c}]}\n`)}`;
  t.equal(imported(text).routes?.length, 1500);
});
