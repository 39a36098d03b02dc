/** Headers that Kong adds, keeps and trusts. */
import type { Expectation, KongCase } from '../case.ts';
import { get, one, received, proxy, conf } from './forms.ts';

const origin = (upstreamReceives: NonNullable<Expectation['upstreamReceives']>['headers']): Expectation =>
  received({ headers: upstreamReceives! });

export const headers: KongCase[] = [
  one(
    'headers: charset added',
    { ...proxy, x_mock: { default: { headers: { 'Content-Type': 'text/html' }, body: 'x' } } },
    get('/'),
    { status: 200, headers: { equal: { 'Content-Type': 'text/html; charset=UTF-8' } } },
  ),
  one(
    'headers: charset kept',
    {
      ...proxy,
      x_mock: { default: { headers: { 'Content-Type': 'text/html; charset=latin1' }, body: 'x' } },
    },
    get('/'),
    { status: 200, headers: { equal: { 'Content-Type': 'text/html; charset=latin1' } } },
  ),
  one(
    'headers: debug headers on request',
    conf({ allow_debug_header: 'on' }),
    get('/', { 'Kong-Debug': '1' }),
    {
      status: 200,
      headers: {
        equal: { 'Kong-Route-Name': 'r', 'Kong-Service-Name': 's' },
        matches: { 'Kong-Route-Id': '^[0-9a-f-]{36}$', 'Kong-Service-Id': '^[0-9a-f-]{36}$' },
      },
    },
  ),
  one('headers: debug headers are off by default', proxy, get('/', { 'Kong-Debug': '1' }), {
    status: 200,
    headers: { absent: ['Kong-Route-Name', 'Kong-Route-Id', 'Kong-Service-Name', 'Kong-Service-Id'] },
  }),
  one('headers: JSON without charset', proxy, get('/'), {
    status: 200,
    headers: { equal: { 'Content-Type': 'application/json' } },
  }),
  one(
    'headers: host without port',
    proxy,
    get('/', { Host: 'a.test:8000' }),
    origin({ equal: { 'x-forwarded-host': 'a.test', 'x-forwarded-port': '8000' } }),
  ),
  one(
    'headers: trusted host',
    conf({ trusted_ips: '<clientIp>' }),
    get('/', { 'X-Forwarded-Host': 'b.test' }),
    origin({ equal: { 'x-forwarded-host': 'b.test' } }),
  ),
  one(
    'headers: trusted, nothing sent',
    conf({ trusted_ips: '0.0.0.0/0' }),
    get('/'),
    origin({ equal: { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'a.test' } }),
  ),
  one(
    'headers: real ip',
    conf({ trusted_ips: '<clientIp>' }),
    get('/', { 'X-Real-IP': '9.9.9.9' }),
    origin({ equal: { 'x-real-ip': '9.9.9.9', 'x-forwarded-for': '127.0.0.1' } }),
  ),
  one(
    'headers: Location untouched',
    proxy,
    get('/response-headers?Location=http%3A%2F%2Fupstream.test%2Fx'),
    { status: 200, headers: { equal: { Location: 'http://upstream.test/x' } } },
  ),
  one(
    'headers: no redirect followed',
    { ...proxy, x_mock: { default: { status: 302, headers: { Location: '/elsewhere' } } } },
    get('/'),
    { status: 302, upstreamReceives: { hits: 1 } },
  ),
  one(
    'headers: underscores are forwarded',
    proxy,
    get('/', { x_y: '1', Cookie: 'a=b' }),
    origin({ equal: { x_y: '1', cookie: 'a=b' } }),
  ),
  one('headers: Kong as Server on its own responses', proxy, get('/', { Host: 'b.test' }), {
    status: 404,
    headers: { equal: { Server: 'kong/3.10.0' } },
  }),
  one('headers: off', conf({ headers: 'off' }), get('/', { Host: 'b.test' }), {
    status: 404,
    headers: { absent: ['Server', 'X-Kong-Request-Id', 'X-Kong-Response-Latency'] },
  }),
  one(
    'headers: 2018, Via',
    { ...proxy, x_mock: { default: { headers: { Via: '1.1 x' } } } },
    get('/'),
    {
      status: 200,
      headers: { matches: { Via: '^kong/0[.]' }, absent: ['X-Kong-Request-Id'] },
      upstreamReceives: { headers: { absent: ['via', 'x-forwarded-path', 'x-kong-request-id'] } },
    },
    { kong: '0.14' },
  ),
];
