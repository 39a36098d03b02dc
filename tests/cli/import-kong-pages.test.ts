/** Exports of an old Admin API, in the three forms that people keep them in. */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { importKong } from '../../cli/import-kong/import.ts';

const ID = (n: number): string => `${n}0000000-0000-4000-8000-000000000000`;
const API = {
  id: ID(1),
  name: 'old',
  hosts: ['old.example.com'],
  uris: ['/v1', '/v\\d+/x'],
  methods: ['GET'],
  upstream_url: 'http://origin.example.com:8080/base',
  strip_uri: true,
  preserve_host: true,
  https_only: true,
  http_if_terminated: true,
  retries: 2,
  upstream_connect_timeout: 60000,
  upstream_send_timeout: 60000,
  upstream_read_timeout: 7000,
  created_at: 1520000000000,
};
const SERVICE = {
  id: ID(2),
  name: 'new',
  protocol: 'http',
  host: 'balanced',
  port: 80,
  path: null,
  retries: 5,
  connect_timeout: 60000,
  write_timeout: 60000,
  read_timeout: 60000,
  created_at: 1,
  updated_at: 1,
};
const ROUTE = {
  id: ID(3),
  protocols: ['http', 'https'],
  methods: null,
  hosts: {},
  paths: ['/new'],
  strip_path: false,
  preserve_host: false,
  regex_priority: 0,
  service: { id: ID(2) },
  created_at: 1,
  updated_at: 1,
};
const CONSUMER = { id: ID(4), username: 'bob', custom_id: null, created_at: 1 };
const KEY = { id: ID(5), consumer_id: ID(4), key: 'secret', created_at: 1 };
const AUTH = {
  id: ID(6),
  name: 'key-auth',
  api_id: ID(1),
  enabled: true,
  created_at: 1,
  config: {
    key_names: ['apikey'],
    key_in_body: false,
    anonymous: '',
    run_on_preflight: true,
    hide_credentials: false,
  },
};
const LIMIT = {
  id: ID(7),
  name: 'rate-limiting',
  service_id: ID(2),
  consumer_id: ID(4),
  enabled: true,
  created_at: 1,
  config: {
    minute: 5,
    limit_by: 'consumer',
    policy: 'local',
    fault_tolerant: true,
    redis_host: null,
    redis_port: 6379,
  },
};
const UPSTREAM = {
  id: ID(8),
  name: 'balanced',
  slots: 10000,
  hash_on: 'none',
  hash_fallback: 'none',
  orderlist: [1, 2],
  created_at: 1,
};
const TARGETS = [
  { id: ID(9), upstream_id: ID(8), target: 'a.example.com:80', weight: 100, created_at: 1 },
  { id: ID(9).replace('9', 'a'), upstream_id: ID(8), target: 'b.example.com:80', weight: 50, created_at: 2 },
  { id: ID(9).replace('9', 'b'), upstream_id: ID(8), target: 'a.example.com:80', weight: 0, created_at: 3 },
];
const page = (...data: unknown[]): unknown => ({ total: data.length, data });
const ENDPOINTS = {
  '/apis': page(API),
  '/services': { data: [SERVICE], next: null },
  '/routes': { data: [ROUTE], next: null },
  '/consumers': page(CONSUMER),
  '/key-auths': page(KEY),
  '/plugins': page(AUTH, LIMIT),
  '/upstreams': page(UPSTREAM),
  '/upstreams/balanced/targets': {
    total: 3,
    data: TARGETS.map(({ upstream_id: _upstream, ...rest }) => rest),
  },
};
const LIST = [
  page(API),
  page(SERVICE),
  page(ROUTE),
  page(CONSUMER),
  page(KEY),
  page(AUTH, LIMIT),
  page(UPSTREAM),
  page(...TARGETS),
];

function imported(text: string): { config: Config; notes: string } {
  const { config, faults, notes } = importKong(text, { profile: 'kong-2018' });
  if (config === null) throw new Error(faults.join('\n'));
  return { config, notes: notes.map(({ text: line }) => line).join('\n') };
}

t.test('an object by endpoint, a list of pages and pages in a row are the same export', async (t) => {
  const byEndpoint = imported(JSON.stringify(ENDPOINTS)).config;
  const { version: _, ...bare } = {
    ...Object.fromEntries(Object.entries(ENDPOINTS).map(([name, entry]) => [name.slice(1), entry])),
    version: 0,
  };
  t.same(imported(JSON.stringify(bare)).config, byEndpoint, 'without slashes');
  t.same(imported(JSON.stringify(LIST)).config, byEndpoint, 'a list');
  t.same(
    imported(LIST.map((one) => JSON.stringify(one, null, 1)).join('\n')).config,
    byEndpoint,
    'one after the other',
  );
  t.equal(byEndpoint.compat, 'kong-2018');
  t.equal(byEndpoint.routerFlavor, 'traditional');
});

t.test('an API is a service and a route, its uris are paths', async (t) => {
  const { config, notes } = imported(JSON.stringify(ENDPOINTS));
  const route = config.routes?.find(({ name }) => name === 'old');
  t.match(route, {
    hosts: ['old.example.com'],
    paths: ['/v1', '~/v\\d+/x'],
    methods: ['GET'],
    basePath: '/base',
    stripPath: true,
    preserveHost: true,
    protocols: ['https'],
  });
  t.match(route?.auth, { hideCredentials: false });
  t.equal(route?.auth && route.auth.anonymous, undefined, 'an empty text is nobody');
  t.match(config.pools?.['old'], {
    origins: ['http://origin.example.com:8080'],
    timeoutMs: 7000,
    retries: 2,
  });
  t.match(notes, /\["\/apis"\]\.data\[0\]\.http_if_terminated/);
});

t.test('of the log of targets the newest entry counts', async (t) => {
  const { config } = imported(JSON.stringify(ENDPOINTS));
  t.match(config.pools?.['balanced']?.origins, [
    { url: 'http://a.example.com', weight: 0 },
    { url: 'http://b.example.com', weight: 50 },
  ]);
});

t.test('flat ids bind plugins and credentials', async (t) => {
  const { config } = imported(JSON.stringify(ENDPOINTS));
  const bob = config.consumers?.[0];
  t.match(bob, {
    id: ID(4),
    username: 'bob',
    credentials: [{ id: ID(5), sha256: createHash('sha256').update('secret').digest('hex') }],
  });
  const route = config.routes?.find(({ paths }) => paths?.[0] === '/new');
  t.match(route?.consumerLimits?.[ID(4)], { minute: 5 });
});

t.test('ids are what they are', async (t) => {
  const text = JSON.stringify({
    '/services': page({ id: 'one', host: 'h.example.com' }),
    '/routes': page({ id: 'two', paths: ['/'], service: { id: 'one' } }),
  });
  t.match(imported(text).config, { routes: [{ id: 'two', pool: 'one' }] });
});

t.test('a page that goes on, unknown fields and the profile are told', async (t) => {
  const text = JSON.stringify({
    '/services': {
      data: [{ ...SERVICE, host: 'h.example.com', colour: 'red' }],
      next: '/services?offset=x',
      offset: 'x',
    },
  });
  const { config, notes, faults } = importKong(text);
  t.same(faults, []);
  t.equal(config?.compat, 'kong-3');
  const told = notes.map(({ text: line }) => line).join('\n');
  t.match(told, /this page names a next one/);
  t.match(told, /colour.*not carried over/);
  t.match(told, /--profile 2018/);
});
