/** Rules of the contract without another case: hosts and addresses of trusted peers, counters, versions. */
import type { KongCase } from '../case.ts';
import { conf, get, limit, one, post, proxy, received, refusal, routes, wins, withPlugins } from './forms.ts';
import type { Config } from './forms.ts';

const trusted = (more: Record<string, string> = {}): Config => conf({ trusted_ips: '<clientIp>', ...more });
const twoServices = (limit: object): Config =>
  ({
    _format_version: '3.0',
    services: ['one', 'two'].map((name) => ({
      name,
      host: 'up',
      routes: [
        { name: `${name}-a`, paths: [`/${name}/a`] },
        { name: `${name}-b`, paths: [`/${name}/b`] },
      ],
    })),
    upstreams: [{ name: 'up', targets: [{ target: '127.0.0.1:10001' }] }],
    plugins: [{ name: 'rate-limiting', config: { minute: 3, policy: 'local', ...limit } }],
  }) as Config;
const left = (remaining: string) => ({
  status: 200,
  headers: { equal: { 'X-RateLimit-Remaining-Minute': remaining } },
});
const https = (status?: number): Config =>
  routes({
    hosts: ['a.test'],
    protocols: ['https'],
    ...(status ? { https_redirect_status_code: status } : {}),
  });
const debug = (more: object): Config => ({ ...proxy, ...more }) as Config;

export const contract: KongCase[] = [
  one(
    'headers: debug headers were always sent before 3.2',
    debug({ _format_version: '2.1' }),
    get('/', { 'Kong-Debug': '1' }),
    {
      status: 200,
      headers: { equal: { 'Kong-Route-Name': 'r', 'Kong-Service-Name': 's' } },
    },
    { kong: '<3.2' },
  ),
  one(
    'headers: debug headers of 2018',
    debug({ _format_version: '1.1' }),
    get('/', { 'Kong-Debug': '1' }),
    {
      status: 200,
      headers: { present: ['Kong-Route-Id', 'Kong-Service-Id'] },
    },
    { kong: '0.14' },
  ),
  one(
    'headers: debug headers on a refusal',
    { ...withPlugins([{ name: 'key-auth' }]), x_kong_conf: { allow_debug_header: 'on' } } as Config,
    get('/', { 'Kong-Debug': '1' }),
    {
      status: 401,
      headers: { equal: { 'Kong-Route-Name': 'r' } },
    },
  ),
  one(
    'limits: by service, two services of one upstream',
    twoServices({ limit_by: 'service' }),
    get('/two/a'),
    left('2'),
    {
      before: [{ request: get('/one/a'), expect: left('2') }],
    },
  ),
  one(
    'limits: by service, two routes of one service',
    twoServices({ limit_by: 'service' }),
    get('/one/b'),
    left('1'),
    {
      before: [{ request: get('/one/a'), expect: left('2') }],
    },
  ),
  one(
    'limits: the store is down, without fault_tolerant',
    limit({ minute: 3, policy: 'redis', fault_tolerant: false, redis: { host: 'no.test', port: 6379 } }),
    get('/', { Accept: 'text/html' }),
    {
      status: 500,
      bodyExact: '{"message":"An unexpected error occurred"}',
      headers: {
        equal: { 'Content-Type': 'application/json; charset=utf-8' },
        absent: ['RateLimit-Limit', 'X-RateLimit-Limit-Minute'],
      },
      upstreamReceives: { hits: 0 },
    },
  ),
  one(
    'limits: a rejected request counts only in the full window',
    limit({ second: 1, minute: 10, limit_by: 'ip' }),
    get('/'),
    {
      status: 429,
      headers: { equal: { 'X-RateLimit-Remaining-Second': '0', 'X-RateLimit-Remaining-Minute': '9' } },
    },
    { before: [{ request: get('/'), expect: { status: 200 } }] },
  ),
  one(
    'limits: hidden headers are hidden on a refusal, too',
    limit({ minute: 1, limit_by: 'ip', hide_client_headers: true }),
    get('/'),
    {
      status: 429,
      headers: { absent: ['RateLimit-Limit', 'X-RateLimit-Limit-Minute', 'RateLimit-Reset'] },
    },
    { before: [{ request: get('/'), expect: { status: 200 } }] },
  ),
  one(
    'headers: a trusted peer sends the address in the configured header',
    trusted({ real_ip_header: 'X-Forwarded-For' }),
    get('/', { 'X-Forwarded-For': '1.1.1.1, 2.2.2.2', 'X-Real-IP': '9.9.9.9' }),
    received({
      headers: { equal: { 'x-real-ip': '2.2.2.2', 'x-forwarded-for': '1.1.1.1, 2.2.2.2, 127.0.0.1' } },
    }),
  ),
  one(
    'headers: recursive, past trusted addresses',
    conf({ trusted_ips: '<clientIp>,2.0.0.0/8', real_ip_header: 'X-Forwarded-For', real_ip_recursive: 'on' }),
    get('/', { 'X-Forwarded-For': '1.1.1.1, 2.2.2.2' }),
    received({
      headers: { equal: { 'x-real-ip': '1.1.1.1' } },
    }),
  ),
  one(
    'headers: a trusted peer sends no address header',
    trusted(),
    get('/', { 'X-Forwarded-For': '1.1.1.1' }),
    received({
      headers: { equal: { 'x-real-ip': '127.0.0.1', 'x-forwarded-for': '1.1.1.1, 127.0.0.1' } },
    }),
  ),
  one(
    'headers: a trusted peer sends an invalid address',
    trusted(),
    get('/', { 'X-Real-IP': 'nobody' }),
    received({
      headers: { equal: { 'x-real-ip': '127.0.0.1' } },
    }),
  ),
  one(
    'headers: a trusted peer sends all of them',
    trusted(),
    get('/x', {
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'B.test:81',
      'X-Forwarded-Port': '81',
      'X-Forwarded-Path': '/p',
      'X-Forwarded-Prefix': '/q',
    }),
    received({
      headers: {
        equal: {
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'B.test:81',
          'x-forwarded-port': '81',
          'x-forwarded-path': '/p',
          'x-forwarded-prefix': '/q',
        },
      },
    }),
  ),
  one(
    'headers: an untrusted peer cannot set any of them',
    proxy,
    get('/x', {
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'b.test',
      'X-Forwarded-Port': '81',
      'X-Forwarded-Path': '/p',
      'X-Forwarded-Prefix': '/q',
      'X-Real-IP': '9.9.9.9',
      'X-Forwarded-For': '1.1.1.1',
    }),
    received({
      headers: {
        equal: {
          'x-forwarded-proto': 'http',
          'x-forwarded-host': 'a.test',
          'x-forwarded-port': '80',
          'x-forwarded-path': '/x',
          'x-real-ip': '127.0.0.1',
          'x-forwarded-for': '1.1.1.1, 127.0.0.1',
        },
        absent: ['x-forwarded-prefix'],
      },
    }),
  ),
  one(
    'router: a forwarded host of a trusted peer does not select the route',
    trusted(),
    get('/', { Host: 'b.test', 'X-Forwarded-Host': 'a.test' }),
    { status: 404 },
  ),
  one(
    'router: https only, a trusted peer sends https',
    { ...https(), x_kong_conf: { trusted_ips: '<clientIp>' } } as Config,
    get('/', { 'X-Forwarded-Proto': 'https' }),
    { status: 200 },
  ),
  one(
    'router: https only, a trusted peer sends HTTPS in capitals',
    { ...https(), x_kong_conf: { trusted_ips: '<clientIp>' } } as Config,
    get('/', { 'X-Forwarded-Proto': 'HTTPS' }),
    { status: 426 },
  ),
  one(
    'router: https only, redirected with path and query unchanged',
    https(308),
    get('/a%20b/?x=%2F&y', { Host: 'a.test:8000' }),
    {
      status: 308,
      bodyExact: '',
      headers: { equal: { Location: 'https://a.test/a%20b/?x=%2F&y' } },
    },
  ),
  one(
    'limits: by the address that a trusted peer sends',
    { ...limit({ minute: 3, limit_by: 'ip' }), x_kong_conf: { trusted_ips: '<clientIp>' } } as Config,
    get('/', { 'X-Real-IP': '1.1.1.2' }),
    left('2'),
    {
      before: [{ request: get('/', { 'X-Real-IP': '1.1.1.1' }), expect: left('2') }],
    },
  ),
  one(
    'router: a method and a wildcard host tie, and the id decides',
    routes(
      { id: '00000000-0000-4000-8000-000000000001', hosts: ['*.test'] },
      { id: '00000000-0000-4000-8000-000000000002', methods: ['GET'] },
    ),
    get('/'),
    wins(1),
  ),
  one(
    'router: a wildcard host and a method tie, the other way round',
    routes(
      { id: '00000000-0000-4000-8000-000000000002', hosts: ['*.test'] },
      { id: '00000000-0000-4000-8000-000000000001', methods: ['GET'] },
    ),
    get('/'),
    wins(0),
  ),
  one(
    'router: a plain host beats a method',
    routes(
      { id: '00000000-0000-4000-8000-000000000001', hosts: ['a.test'] },
      { id: '00000000-0000-4000-8000-000000000002', methods: ['GET'] },
    ),
    get('/'),
    wins(0),
  ),
  one(
    'router: the older router puts a wildcard host before a method',
    {
      ...routes({ hosts: ['*.test'] }, { methods: ['GET'] }),
      x_kong_conf: { router_flavor: 'traditional' },
    } as Config,
    get('/'),
    wins(0),
  ),
  one(
    'router: the older router puts a path before a method',
    {
      ...routes({ methods: ['GET'] }, { paths: ['/'] }),
      x_kong_conf: { router_flavor: 'traditional' },
    } as Config,
    get('/'),
    wins(1),
  ),
  one(
    'router: the older router puts headers before a longer path',
    {
      ...routes({ paths: ['/long/path'] }, { headers: { 'x-a': ['1'] } }),
      x_kong_conf: { router_flavor: 'traditional' },
    } as Config,
    get('/long/path', { 'x-a': '1' }),
    wins(1),
  ),
  one(
    'errors: rejected by nginx, no Accept',
    proxy,
    get('/', { Host: 'a.test', 'Content-Type': 'text/html' }, { method: 'TRACE' }),
    {
      status: 405,
      bodyContains: '<p>Method not allowed.</p>',
    },
  ),
  one(
    'headers: response headers that nginx drops',
    {
      ...proxy,
      x_mock: {
        default: { headers: { 'X-Accel-Buffering': 'no', 'X-Accel-Redirect': '/x', 'X-Accel-Expires': '1' } },
      },
    },
    get('/'),
    {
      status: 200,
      headers: { absent: ['X-Accel-Buffering', 'X-Accel-Redirect', 'X-Accel-Expires'] },
    },
  ),
  one(
    'errors: a body above nginx’s limit',
    conf({ nginx_http_client_max_body_size: '8' }),
    post('/', 'text/plain', '0123456789', { Accept: 'application/json' }),
    {
      ...refusal(413, 'Payload too large'),
    },
  ),
  one(
    'errors: a body at nginx’s limit',
    conf({ nginx_http_client_max_body_size: '1k' }),
    post('/', 'text/plain', 'a*1024'),
    { status: 200 },
  ),
  one(
    'errors: a body above nginx’s limit, no Accept',
    conf({ nginx_http_client_max_body_size: '1k' }),
    post('/', 'text/plain', 'a*1025'),
    {
      status: 413,
      headers: { equal: { 'Content-Type': 'text/plain; charset=utf-8' } },
    },
  ),
];
