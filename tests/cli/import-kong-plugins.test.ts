/** Which of several plugins applies, and what is told where something cannot be carried over. */
import t from 'tap';
import { imported, said } from './import-kong-support.ts';

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

t.test('what no Worker can do is told with its place', async (t) => {
  const text = `_format_version: "3.0"
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
`;
  t.same(
    imported(text).routes?.map(({ name, hosts, paths }) => ({ name, hosts, paths })),
    [
      { name: 'sni', hosts: ['a.example.com'], paths: undefined },
      { name: 'wild', hosts: undefined, paths: ['/x'] },
    ],
  );
  t.match(said(text), [
    /^lost: certificates \(line 11\)/,
    /^lost: services\[0\]\.connect_timeout \(line 5\): connecting cannot be timed apart/,
    /^lost: services\[0\]\.routes\[0\]\.protocols \(line 7\): only HTTP passes a Worker, not tcp/,
    /^lost: services\[0\]\.routes\[1\]\.snis \(line 8\)/,
    /^lost: services\[0\]\.routes\[2\]\.paths\[0\] \(line 9\) and 1 more: the regular expression cannot be run/,
    /^check: 10\.1\.2\.3 \(line 3\): addresses/,
  ]);
});
