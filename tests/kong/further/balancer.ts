/** Upstreams: weights, hashing, retries and passive checks. */
import type { KongCase } from '../case.ts';
import { get, post, one, received, JSON_TYPE } from './forms.ts';
import type { Config } from './forms.ts';

const upstream = (fields: object, service: object = {}, mock: object = {}): Config =>
  ({
    _format_version: '3.0',
    services: [
      {
        name: 's',
        host: 'up',
        ...service,
        routes: [{ name: 'r', hosts: ['a.test'], paths: ['/', '~/u/(?<id>\\d+)'] }],
      },
    ],
    upstreams: [
      {
        name: 'up',
        targets: [
          { target: '127.0.0.1:10001', weight: 10 },
          { target: '127.0.0.1:10002', weight: 10 },
        ],
        ...fields,
      },
    ],
    x_mock: mock,
  }) as Config;
const B_RESETS = { '127.0.0.1:10002': { fault: 'connect-refused' } };

export const balancing: KongCase[] = [
  one(
    'balancer: default port 8000',
    upstream({ targets: [{ target: 'one.test' }] }),
    get('/'),
    received({ headers: { equal: { host: 'one.test:8000' } } }),
  ),
  one(
    'balancer: ejected after one refusal',
    upstream({ healthchecks: { passive: { unhealthy: { tcp_failures: 1 } } } }, {}, B_RESETS),
    get('/', {}, { repeat: 10 }),
    { statusCounts: { 200: 10 }, distribution: { near: { '127.0.0.1:10002': 1 } } },
  ),
  one(
    'balancer: failures add up',
    upstream(
      {
        targets: [{ target: '127.0.0.1:10001' }],
        healthchecks: { passive: { unhealthy: { http_failures: 2 } } },
      },
      {},
      { '127.0.0.1:10001': { sequence: [500, 200, 500, 200] } },
    ),
    get('/', {}, { repeat: 4 }),
    { statusCounts: { 200: 1, 500: 2, 503: 1 } },
  ),
  one(
    'balancer: statuses that count',
    upstream(
      { healthchecks: { passive: { unhealthy: { http_failures: 1, http_statuses: [418] } } } },
      {},
      { '127.0.0.1:10002': { status: 418 } },
    ),
    get('/', {}, { repeat: 10 }),
    { statusCounts: { 200: 9, 418: 1 } },
  ),
  one(
    'balancer: statuses that do not',
    upstream(
      { healthchecks: { passive: { unhealthy: { http_failures: 1, http_statuses: [418] } } } },
      {},
      { '127.0.0.1:10002': { status: 500 } },
    ),
    get('/', {}, { repeat: 10 }),
    { statusCounts: { 200: 5, 500: 5 } },
  ),
  one(
    'balancer: PUT is',
    upstream(
      { targets: [{ target: '127.0.0.1:10001' }] },
      { read_timeout: 500, retries: 2 },
      { default: { fault: 'hang' } },
    ),
    { ...post('/', JSON_TYPE, '{}', { Accept: '*/*' }), method: 'PUT' },
    { status: 504, upstreamReceives: { attempts: 3 } },
  ),
  one(
    'balancer: requests without a hash value go to one target',
    upstream({ hash_on: 'header', hash_on_header: 'x' }),
    get('/', {}, { repeat: 10 }),
    { status: 200, distribution: { allToOneTarget: true } },
  ),
  one(
    'balancer: by consumer without one',
    upstream({ hash_on: 'consumer', hash_fallback: 'ip' }),
    get('/', {}, { repeat: 10 }),
    { status: 200, distribution: { allToOneTarget: true } },
  ),
  one(
    'balancer: cookie path',
    upstream({ hash_on: 'cookie', hash_on_cookie: 'c', hash_on_cookie_path: '/p' }),
    get('/'),
    {
      status: 200,
      headers: { matches: { 'Set-Cookie': '^c=[0-9a-f-]{36}; Path=/p; Same-Site=Lax; HttpOnly$' } },
    },
  ),
  one(
    'balancer: host header',
    upstream({ host_header: 'h.test', targets: [{ target: 'one.test:10001' }] }),
    get('/'),
    received({ headers: { equal: { host: 'h.test:10001' } } }),
  ),
  one(
    'balancer: hash_on none is round robin',
    upstream({ algorithm: 'consistent-hashing', hash_on: 'none' }),
    get('/', {}, { repeat: 4 }),
    { status: 200, distribution: { '127.0.0.1:10001': 2 } },
  ),
];
