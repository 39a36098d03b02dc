/** What becomes of Kong's upstreams: pools, with their origins, checks, hashing and algorithms. */
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { imported, kong } from './import-kong-support.ts';

t.test("an upstream's targets, weights, checks and hashing", async (t) => {
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
  t.same(Object.keys(pools ?? {}), ['up', 'up (three)'], 'services that want the same share a pool');
  t.match(pools?.['up'], {
    origins: [
      {
        url: 'https://a.example.com:8443',
        name: 'a.example.com:8443',
        weight: 5,
        hostHeader: 'h.example.com',
      },
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

t.test('failures to connect are listed, and it is the balancer that tells the last one', async (t) => {
  const outlier = (retries: number): unknown =>
    imported(
      kong(`services: [{name: s, host: u, retries: ${retries}, routes: [{paths: [/]}]}], upstreams: [{name: u,
        targets: [{target: a}], healthchecks: {passive: {unhealthy: {tcp_failures: 1}}}}]`),
    ).pools?.['u']?.outlier;
  t.match(outlier(1), { on: ['unreachable'] });
  t.match(outlier(0), { on: ['unreachable'] });
});

t.test('algorithms, and what goes before what', async (t) => {
  const balance = (fields: string): unknown =>
    imported(
      kong(`services: [{name: s, host: u, routes: [{paths: [/]}]}], upstreams: [{name: u, ${fields}}]`),
    ).pools?.['u']?.balance;
  t.equal(balance('slots: 10'), 'round-robin');
  t.equal(balance('hash_on: ip'), 'consistent-hash');
  t.equal(balance('algorithm: consistent-hashing, hash_on: none'), 'round-robin');
  t.equal(balance('algorithm: least-connections, hash_on: ip'), 'least-connections');
  t.equal(balance('algorithm: latency'), 'latency');
});

t.test('failover targets stand on a level of their own; certificates are the platform’s', async (t) => {
  const { config, notes } = importKong(
    `{_format_version: "3.0", services: [{name: s, host: u, protocol: https, tls_verify: false,
      routes: [{paths: [/]}]}], upstreams: [{name: u, targets: [{target: a}, {target: b, failover: true}]}]}`,
  );
  t.match(config?.pools?.['u']?.origins, [{ name: 'a:8000' }, { name: 'b:8000', priority: 1 }]);
  t.match(
    notes.filter(({ effect }) => effect === 'lost'),
    [{ text: /services\[0\]\.tls_verify .*certificates are always verified/ }],
  );
});
