/** Upstreams with failing targets: what is retried, what is counted, what happens when no target is left. */
import type { KongCase, MockRule } from '../case.ts';
import { get, one } from './forms.ts';
import type { Config } from './forms.ts';

const [A, B, C] = ['127.0.0.1:10001', '127.0.0.1:10002', '127.0.0.1:10003'] as const;
interface Shape {
  readonly upstream?: object;
  readonly passive?: object;
  readonly service?: object;
  readonly targets?: readonly string[];
  readonly mock?: Readonly<Record<string, MockRule>>;
}
const pool = ({ upstream = {}, passive, service = {}, targets = [A, B], mock = {} }: Shape): Config =>
  ({
    _format_version: '3.0',
    services: [{ name: 's', host: 'up', ...service, routes: [{ name: 'r', hosts: ['a.test'] }] }],
    upstreams: [
      {
        name: 'up',
        targets: targets.map((target) => ({ target, weight: 10 })),
        ...(passive ? { healthchecks: { passive } } : {}),
        ...upstream,
      },
    ],
    x_mock: mock,
  }) as Config;
const RESETS = { fault: 'connect-refused' };
const JSON_ERRORS = { Accept: 'application/json' };
const GONE = { bodyJson: { message: 'The upstream server is currently unavailable', request_id: '<hex32>' } };
const NO_PEER = {
  status: 503,
  bodyJson: { message: 'failure to get a peer from the ring-balancer', request_id: '<hex32>' },
};
const BROKEN = {
  bodyJson: { message: 'An invalid response was received from the upstream server', request_id: '<hex32>' },
};
const tcp = (count: number, more: object = {}): object => ({ unhealthy: { tcp_failures: count, ...more } });
const http = (count: number, more: object = {}, healthy: object = {}): object => ({
  unhealthy: { http_failures: count, ...more },
  healthy,
});

export const balancerFaults: KongCase[] = [
  one(
    'balancer: a retry without a target left is 503',
    pool({ passive: tcp(1), mock: { default: RESETS } }),
    get('/', JSON_ERRORS),
    { status: 503, ...GONE, distribution: { [A]: 1, [B]: 1 } },
  ),
  one(
    'balancer: and the next request has no peer',
    pool({ passive: tcp(1), mock: { default: RESETS } }),
    get('/', JSON_ERRORS),
    { ...NO_PEER, upstreamReceives: { attempts: 0 } },
    { before: [{ request: get('/'), expect: { status: 503 } }] },
  ),
  one(
    'balancer: without checks the last failure is returned',
    pool({ service: { retries: 2 }, mock: { default: RESETS } }),
    get('/', JSON_ERRORS),
    { status: 502, ...BROKEN, upstreamReceives: { attempts: 3 } },
  ),
  one(
    'balancer: latency with one target gives up, too',
    pool({ upstream: { algorithm: 'latency' }, targets: [A], mock: { default: RESETS } }),
    get('/', JSON_ERRORS),
    { status: 503, ...GONE, upstreamReceives: { attempts: 1 } },
  ),
  one(
    'balancer: without retries latency returns the failure',
    pool({
      upstream: { algorithm: 'latency' },
      targets: [A],
      service: { retries: 0 },
      mock: { default: RESETS },
    }),
    get('/', JSON_ERRORS),
    { status: 502, ...BROKEN, upstreamReceives: { attempts: 1 } },
  ),
  one(
    'balancer: least-connections starts over',
    pool({
      upstream: { algorithm: 'least-connections' },
      service: { retries: 3 },
      mock: { default: RESETS },
    }),
    get('/', JSON_ERRORS),
    { status: 502, distribution: { [A]: 2, [B]: 2 } },
  ),
  one(
    'balancer: consistent hashing retries the same target',
    pool({
      upstream: { hash_on: 'header', hash_on_header: 'x-user' },
      service: { retries: 2 },
      mock: { default: RESETS },
    }),
    get('/', { 'x-user': '1', ...JSON_ERRORS }),
    { status: 502, upstreamReceives: { attempts: 3 }, distribution: { allToOneTarget: true } },
  ),
  one(
    'balancer: consistent hashing moves on once a check has marked the target unhealthy',
    pool({
      upstream: { hash_on: 'header', hash_on_header: 'x-user' },
      passive: tcp(1),
      mock: { default: RESETS },
    }),
    get('/', { 'x-user': '1', ...JSON_ERRORS }),
    { status: 503, ...GONE, distribution: { [A]: 1, [B]: 1 } },
  ),
  ...['PROPFIND', 'PURGE', 'DELETE', 'PUT', 'OPTIONS'].map((method) =>
    one(
      `balancer: ${method} is sent again`,
      pool({ mock: { [A]: RESETS } }),
      get('/', JSON_ERRORS, { method, repeat: 4 }),
      { statusCounts: { 200: 4 } },
    ),
  ),
  ...['LOCK', 'PATCH', 'POST'].map((method) =>
    one(
      `balancer: ${method} is not sent again after a time-out`,
      pool({ service: { read_timeout: 1500 }, mock: { default: { fault: 'hang' } } }),
      get('/', JSON_ERRORS, { method, body: 'x' }),
      { status: 504, upstreamReceives: { attempts: 1 } },
    ),
  ),
  one(
    'balancer: a retry with host_header sends the next port',
    pool({ upstream: { host_header: 'h.test' }, mock: { [A]: RESETS } }),
    get('/', {}, { repeat: 2 }),
    { statusCounts: { 200: 2 }, upstreamReceives: { headers: { equal: { host: 'h.test:10002' } } } },
  ),
  one(
    'balancer: two kinds of failures do not add up',
    pool({
      targets: [A],
      service: { retries: 0, read_timeout: 1500 },
      passive: { unhealthy: { http_failures: 2, timeouts: 2 } },
      mock: { [A]: { sequence: [500] }, '/hang': { fault: 'hang' } },
    }),
    get('/'),
    { status: 500 },
    {
      before: [
        { request: get('/'), expect: { status: 500 } },
        { request: get('/hang'), expect: { status: 504 } },
      ],
    },
  ),
  one(
    'balancer: each kind has its own limit',
    pool({
      targets: [A],
      service: { retries: 0, read_timeout: 1500 },
      passive: { unhealthy: { http_failures: 5, timeouts: 1 } },
      mock: { [A]: { sequence: [500] }, '/hang': { fault: 'hang' } },
    }),
    get('/', JSON_ERRORS),
    NO_PEER,
    {
      before: [
        { request: get('/'), expect: { status: 500 } },
        { request: get('/hang'), expect: { status: 504 } },
      ],
    },
  ),
  one(
    'balancer: the last attempt counts by its status',
    pool({ targets: [A], service: { retries: 0 }, passive: tcp(1), mock: { default: RESETS } }),
    get('/', JSON_ERRORS),
    { status: 502 },
    { before: [{ request: get('/'), expect: { status: 502 } }] },
  ),
  one(
    'balancer: the last attempt counts by its status, if 502 is listed',
    pool({
      targets: [A],
      service: { retries: 0 },
      passive: http(1, { http_statuses: [502] }),
      mock: { default: RESETS },
    }),
    get('/', JSON_ERRORS),
    NO_PEER,
    { before: [{ request: get('/'), expect: { status: 502 } }] },
  ),
  one(
    'balancer: of two attempts only the first is a TCP failure',
    pool({ targets: [A], service: { retries: 1 }, passive: tcp(2), mock: { default: RESETS } }),
    get('/', JSON_ERRORS),
    { status: 503, ...GONE },
    { before: [{ request: get('/', JSON_ERRORS), expect: { status: 502 } }] },
  ),
  one(
    'balancer: a success resets nothing if successes are not counted',
    pool({ targets: [A], passive: http(2), mock: { [A]: { sequence: [500, 200, 500, 200] } } }),
    get('/', JSON_ERRORS),
    NO_PEER,
    {
      before: [500, 200, 500].map((status) => ({ request: get('/'), expect: { status } })),
    },
  ),
  one(
    'balancer: a status in neither list resets nothing',
    pool({
      targets: [A],
      passive: http(2, {}, { successes: 1 }),
      mock: { [A]: { sequence: [500, 404, 500, 200] } },
    }),
    get('/', JSON_ERRORS),
    NO_PEER,
    { before: [500, 404, 500].map((status) => ({ request: get('/'), expect: { status } })) },
  ),
  one(
    'balancer: a 503 counts, a 502 does not',
    pool({ targets: [A], passive: http(1), mock: { [A]: { sequence: [502, 503, 200] } } }),
    get('/', JSON_ERRORS),
    NO_PEER,
    { before: [502, 503].map((status) => ({ request: get('/'), expect: { status } })) },
  ),
  one(
    'balancer: at the threshold the pool is unhealthy',
    pool({
      targets: [A, B],
      upstream: { healthchecks: { threshold: 50, passive: tcp(1) } },
      mock: { [A]: RESETS },
    }),
    get('/', JSON_ERRORS),
    NO_PEER,
    { before: [{ request: get('/'), repeat: 2 }] },
  ),
  one(
    'balancer: above the threshold the pool is healthy',
    pool({
      targets: [A, B, C],
      upstream: { healthchecks: { threshold: 50, passive: tcp(1) } },
      mock: { [A]: RESETS },
    }),
    get('/', {}, { repeat: 4 }),
    { statusCounts: { 200: 4 } },
    { before: [{ request: get('/'), repeat: 3 }] },
  ),
  one(
    'balancer: with a threshold of 100 the pool is never healthy',
    pool({ upstream: { healthchecks: { threshold: 100 } } }),
    get('/', JSON_ERRORS),
    NO_PEER,
  ),
  one('balancer: no target', pool({ targets: [] }), get('/', JSON_ERRORS), NO_PEER),
];
