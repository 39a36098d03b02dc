/** Exports of an old Admin API, in the three formats in which they are kept. */
import t from 'tap';
import { parse } from 'yaml';
import { importKong } from '../../cli/import-kong/import.ts';
import { digestOf } from '../support/auth.ts';
import { imported, messagesOf } from './import-kong-support.ts';

const ID = (n: string): string => `${n}0000000-0000-4000-8000-000000000000`;
const PLUGIN_DEFAULTS = 'enabled: true, created_at: 1';

/** Every page as the Admin API writes it: with nulls, and {} for an empty list. */
const PAGES = parse(`
/apis:
  total: 1
  data:
  - {id: ${ID('1')}, name: old, hosts: [old.example.com], uris: [/v1, '/v\\d+/x'], methods: [GET],
     upstream_url: "http://origin.example.com:8080/base", strip_uri: true, preserve_host: true,
     https_only: true, http_if_terminated: true, retries: 2, upstream_connect_timeout: 60000,
     upstream_send_timeout: 60000, upstream_read_timeout: 7000, created_at: 1520000000000}
/services:
  next: null
  data:
  - {id: ${ID('2')}, name: new, protocol: http, host: balanced, port: 80, path: null, retries: 5,
     connect_timeout: 60000, write_timeout: 60000, read_timeout: 60000, created_at: 1, updated_at: 1}
/routes:
  next: null
  data:
  - {id: ${ID('3')}, protocols: [http, https], methods: null, hosts: {}, paths: [/new], strip_path: false,
     preserve_host: false, regex_priority: 0, service: {id: ${ID('2')}}, created_at: 1, updated_at: 1}
/consumers: {total: 1, data: [{id: ${ID('4')}, username: bob, custom_id: null, created_at: 1}]}
/key-auths: {total: 1, data: [{id: ${ID('5')}, consumer_id: ${ID('4')}, key: secret, created_at: 1}]}
/plugins:
  total: 2
  data:
  - {id: ${ID('6')}, name: key-auth, api_id: ${ID('1')}, ${PLUGIN_DEFAULTS},
     config: {key_names: [apikey], key_in_body: false, anonymous: "", run_on_preflight: true}}
  - {id: ${ID('7')}, name: rate-limiting, service_id: ${ID('2')}, consumer_id: ${ID('4')}, ${PLUGIN_DEFAULTS},
     config: {minute: 5, limit_by: consumer, policy: local, redis_host: null, redis_port: 6379}}
/upstreams:
  total: 1
  data:
  - {id: ${ID('8')}, name: balanced, slots: 10000, hash_on: none, hash_fallback: none, orderlist: [1, 2],
     created_at: 1, healthchecks: {passive: {unhealthy: {http_statuses: {}, http_failures: 3}}}}
/upstreams/balanced/targets:
  total: 3
  data:
  - {id: ${ID('9')}, target: "a.example.com:80", weight: 100, created_at: 1}
  - {id: ${ID('a')}, target: "b.example.com:80", weight: 50, created_at: 2}
  - {id: ${ID('b')}, target: "a.example.com:80", weight: 0, created_at: 3}
`) as Record<string, { data: object[] }>;
const OF_2018 = { profile: 'kong-2018' } as const;

t.test('an object by endpoint, a list of pages and concatenated pages give the same result', async (t) => {
  const byEndpoint = imported(JSON.stringify(PAGES), OF_2018);
  const bare = Object.fromEntries(Object.entries(PAGES).map(([name, page]) => [name.slice(1), page]));
  t.same(imported(JSON.stringify(bare), OF_2018), byEndpoint, 'without slashes');
  const list: object[] = Object.values(PAGES);
  const targets = PAGES['/upstreams/balanced/targets']!.data;
  list[list.length - 1] = { data: targets.map((target) => ({ ...target, upstream_id: ID('8') })) };
  t.same(imported(JSON.stringify(list), OF_2018), byEndpoint, 'a list');
  const concatenated = list.map((page) => JSON.stringify(page, null, 1)).join('\n');
  t.same(imported(concatenated, OF_2018), byEndpoint, 'concatenated');
  const of3 = ['/services', '/routes'].map((name) => {
    const { data } = PAGES[name]!;
    return { data: data.map((one) => (name === '/services' ? { ...one, enabled: true } : one)), next: null };
  });
  t.match(imported(JSON.stringify(of3)), { routes: [{ pool: 'new' }] }, 'services of Kong 3');
  const faulty = '{"data": [{"id": "a", "host": "h"}]}\n{"data": [{"id": "b",\n"host": "h", "port": "x"}]}';
  t.match(messagesOf(faulty), [/^fault: data\[0\]\.port \(line 3\) must be a whole number/]);
});

t.test('imports APIs, flat ids, empty lists and the append-only log of targets', async (t) => {
  const text = JSON.stringify(PAGES);
  const config = imported(text, OF_2018);
  t.match(config, {
    compat: 'kong-2018',
    routerFlavor: 'traditional',
    pools: {
      old: { origins: ['http://origin.example.com:8080'], timeoutMs: 7000, retries: 2 },
      balanced: {
        origins: [
          { url: 'http://a.example.com', weight: 0 },
          { url: 'http://b.example.com', weight: 50 },
        ],
      },
    },
    consumers: [{ id: ID('4'), username: 'bob', credentials: [{ id: ID('5'), sha256: digestOf('secret') }] }],
  });
  const [fresh, old] = config.routes ?? [];
  t.match(fresh, { paths: ['/new'], hosts: undefined, consumerLimits: { [ID('4')]: { minute: 5 } } });
  t.match(old, {
    name: 'old',
    hosts: ['old.example.com'],
    paths: ['/v1', '~/v\\d+/x'],
    methods: ['GET'],
    basePath: '/base',
    stripPath: true,
    preserveHost: true,
    protocols: ['https'],
    // An empty string is no consumer.
    auth: { hideCredentials: false, anonymous: undefined },
  });
  t.match(messagesOf(text, OF_2018).join('\n'), /\["\/apis"\]\.data\[0\]\.http_if_terminated/);
});

t.test('two upstreams may have the same target, whatever form the reference has', async (t) => {
  const refer = [
    (id: string): object => ({ upstream_id: id }),
    (id: string): object => ({ upstream: { id } }),
    (id: string): object => ({ upstream: id === ID('1') ? 'one' : 'two' }),
  ];
  const upstreams = [ID('1'), ID('2')].map((id, n) => ({ id, name: ['one', 'two'][n], slots: 100 }));
  const services = ['one', 'two'].map((host) => ({ name: host, host, protocol: 'http' }));
  for (const [n, form] of refer.entries()) {
    const targets = upstreams.map(({ id }) => ({ target: 'a.example.com:80', weight: 1, ...form(id) }));
    // The log's older entry, in another form.
    const log = [{ target: 'a.example.com:80', weight: 9, ...refer[(n + 1) % 3]!(ID('1')) }, ...targets];
    const { pools } = imported(JSON.stringify([upstreams, log, services]), OF_2018);
    const origins = [{ url: 'http://a.example.com', name: 'a.example.com:80', weight: 1 }];
    t.match(pools, { one: { origins }, two: { origins } });
    t.same([pools?.['one']?.origins.length, pools?.['two']?.origins.length], [1, 1]);
  }
});

t.test('an id may be any string', async (t) => {
  const text = JSON.stringify({
    '/services': { data: [{ id: 'one', host: 'h.example.com' }] },
    '/routes': { data: [{ id: 'two', paths: ['/'], service: { id: 'one' } }] },
  });
  t.match(imported(text), { routes: [{ id: 'two', pool: 'one' }] });
});

t.test('notes a page with a next one, unknown fields and the profile', async (t) => {
  const data = [{ ...PAGES['/services']!.data[0], host: 'h.example.com', colour: 'red' }];
  const text = JSON.stringify({ '/services': { data, next: '/services?offset=x', offset: 'x' } });
  t.equal(importKong(text).config?.compat, 'kong-3');
  t.match(messagesOf(text), [
    /^lost: .*colour.*not carried over/,
    /^check: .*this page names a next one/,
    /^check: .*--profile 2018/,
  ]);
});
