/** Kong's upstreams become pools, with their origins, checks, hashing and algorithms. */
import t from 'tap';
import { imported, kong, messagesOf } from './import-kong-support.ts';

t.test("imports an upstream's targets, weights, checks and hashing", async (t) => {
  const { pools } = imported(`
_format_version: "3.0"
services:
- {name: one, host: up, protocol: https, read_timeout: 900, retries: 1, routes: [{paths: [/1]}]}
- {name: two, host: up, protocol: https, read_timeout: 900, retries: 1, routes: [{paths: [/2]}]}
- {name: three, host: up, routes: [{paths: [/3]}]}
upstreams:
- name: up
  hash_on: cookie
  hash_on_cookie: who
  hash_on_cookie_path: /p
  hash_fallback: ip
  host_header: h.example.com
  healthchecks:
    threshold: 50
    active: {http_path: /up, timeout: 2, healthy: {interval: 5, successes: 2},
      unhealthy: {interval: 3, http_failures: 4}}
    passive: {unhealthy: {http_failures: 3, tcp_failures: 2, timeouts: 7, http_statuses: [500]}}
  targets: [{target: "a.example.com:8443", weight: 5}, {target: b.example.com, weight: 0}]
`);
  t.same(Object.keys(pools ?? {}), ['up', 'up (three)'], 'services with the same settings share a pool');
  const hostHeader = 'h.example.com';
  t.match(pools?.['up'], {
    origins: [
      { url: 'https://a.example.com:8443', name: 'a.example.com:8443', weight: 5, hostHeader },
      { url: 'https://b.example.com:8000', weight: 0 },
    ],
    timeoutMs: 900,
    totalTimeoutMs: 2800,
    balance: 'consistent-hash',
    hashOn: { cookie: 'who', path: '/p' },
    hashFallback: 'ip',
    outlier: {
      consecutiveFailures: 3,
      unreachableFailures: 2,
      timeoutFailures: 7,
      on: [500, 'unreachable', 'timeout'],
      cumulative: true,
    },
    health: {
      path: '/up',
      intervalSeconds: 3,
      timeoutMs: 2000,
      statuses: [200, 302],
      healthyAfter: 2,
      unhealthyAfter: 4,
    },
    threshold: 50,
  });
});

t.test('imports single fields of an upstream', async (t) => {
  const POOLS: Readonly<Record<string, object>> = {
    'slots: 10': { balance: 'round-robin' },
    'hash_on: ip': { balance: 'consistent-hash' },
    'algorithm: consistent-hashing, hash_on: none': { balance: 'round-robin' },
    'algorithm: least-connections, hash_on: ip': { balance: 'least-connections' },
    'algorithm: latency': { balance: 'latency' },
    'algorithm: sticky-sessions, sticky_sessions_cookie: c': { hashOn: { cookie: 'c' } },
    'healthchecks: {active: {healthy: {interval: 1}}}': { health: { intervalSeconds: 1 }, threshold: 0 },
    'healthchecks: {active: {type: tcp, healthy: {interval: 1}}}': { health: undefined, outlier: false },
    'healthchecks: {passive: {unhealthy: {tcp_failures: 1}}}': { outlier: { on: ['unreachable'] } },
    'targets: [{target: a}, {target: b, failover: true}]': {
      origins: [{ name: 'a:8000' }, { name: 'b:8000', priority: 1 }],
    },
  };
  for (const [fields, pool] of Object.entries(POOLS))
    for (const retries of [0, 1]) {
      const services = `services: [{name: s, host: u, retries: ${retries}, routes: [{paths: [/]}]}]`;
      const text = kong(`${services}, upstreams: [{name: u, ${fields}}]`);
      t.match(imported(text).pools?.['u'], pool, fields);
    }
});

t.test('notes what a Worker cannot do, with the location', async (t) => {
  const text = `_format_version: "3.0"
services:
- name: s
  host: 10.1.2.3
  connect_timeout: 2000
  tls_verify: false
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
  t.match(messagesOf(text), [
    /^lost: certificates \(line 12\)/,
    /^lost: services\[0\]\.tls_verify \(line 6\): certificates are always verified/,
    /^lost: services\[0\]\.connect_timeout \(line 5\): the connection cannot be timed separately/,
    /^lost: services\[0\]\.routes\[0\]\.protocols \(line 8\): a Worker forwards only HTTP, not tcp/,
    /^lost: services\[0\]\.routes\[1\]\.snis \(line 9\)/,
    /^lost: services\[0\]\.routes\[2\]\.paths\[0\] \(line 10\) and 1 more: the regular expression cannot be run/,
    /^check: 10\.1\.2\.3 \(line 3\): addresses/,
  ]);
});
