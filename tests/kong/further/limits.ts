/** The rate-limiting plugin: by what it counts, what is shared, and which of several applies. */
import type { Expectation, KongCase, KongRequest } from '../case.ts';
import { get, withPlugins, limit, one, routes, preflight } from './forms.ts';
import type { Config } from './forms.ts';

const remains = (left: string, of = '3'): Expectation => ({
  status: 200,
  headers: { equal: { 'X-RateLimit-Limit-Minute': of, 'X-RateLimit-Remaining-Minute': left } },
});
const BLOCKED = { status: 429 };
const twice = (request: KongRequest, expect: Expectation) => [{ request, expect }];
const shared = {
  services: [
    {
      name: 's',
      url: 'http://upstream.test',
      plugins: [{ name: 'rate-limiting', config: { minute: 3, limit_by: 'ip' } }],
      routes: [
        { name: 'r', paths: ['/a'] },
        { name: 'q', paths: ['/b'] },
      ],
    },
  ],
};

export const limits: KongCase[] = [
  one(
    'limits: by header',
    limit({ minute: 3, limit_by: 'header', header_name: 'x-user' }),
    get('/', { 'x-user': 'b' }),
    remains('2'),
    { before: twice(get('/', { 'x-user': 'a' }), remains('2')) },
  ),
  one(
    'limits: by header, none sent, by address',
    limit({ minute: 3, limit_by: 'header', header_name: 'x-user' }),
    get('/'),
    remains('1'),
    { before: twice(get('/'), remains('2')) },
  ),
  one('limits: by path', limit({ minute: 3, limit_by: 'path', path: '/x' }), get('/x'), remains('1'), {
    before: twice(get('/x'), remains('2')),
  }),
  one(
    'limits: by service',
    limit({ minute: 3, limit_by: 'service' }),
    get('/', {}, { clientIp: '127.0.0.2' }),
    remains('1'),
    { before: twice(get('/'), remains('2')) },
  ),
  one(
    'limits: routes of a service share',
    { _format_version: '3.0', ...shared },
    get('/b', { Host: 'x' }),
    remains('1'),
    { before: twice(get('/a', { Host: 'x' }), remains('2')) },
  ),
  one(
    'limits: a global one is shared',
    withPlugins([], {
      plugins: [{ name: 'rate-limiting', config: { minute: 3, limit_by: 'ip' } }],
      services: [
        {
          name: 's',
          url: 'http://upstream.test',
          routes: [
            { name: 'r', paths: ['/a'] },
            { name: 'q', paths: ['/b'] },
          ],
        },
      ],
    }),
    get('/b'),
    remains('1'),
    { before: twice(get('/a'), remains('2')) },
  ),
  one(
    'limits: custom message',
    limit({ minute: 1, limit_by: 'ip', error_code: 404, error_message: 'Go away' }),
    get('/'),
    { status: 404, bodyJson: { message: 'Go away', request_id: '<hex32>' } },
    { before: twice(get('/'), { status: 200 }) },
  ),
  one(
    'limits: not on a preflight',
    withPlugins([{ name: 'cors' }, { name: 'rate-limiting', config: { minute: 1, limit_by: 'ip' } }]),
    get('/'),
    remains('0', '1'),
    { before: twice(preflight('http://x.test'), { status: 200 }) },
  ),
  one('limits: an upstream 500 counts', limit({ minute: 3, limit_by: 'ip' }), get('/'), remains('1'), {
    before: twice(get('/status/500'), { status: 500 }),
  }),
  one(
    'limits: a bad key does not count',
    withPlugins([{ name: 'key-auth' }, { name: 'rate-limiting', config: { minute: 3 } }]),
    get('/?apikey=kong'),
    remains('2'),
    { before: twice(get('/?apikey=no'), { status: 401 }) },
  ),
  one(
    'limits: a consumer before its route',
    withPlugins([{ name: 'key-auth' }, { name: 'rate-limiting', config: { minute: 3 } }], {
      plugins: [{ name: 'rate-limiting', consumer: 'bob', config: { minute: 9 } }],
    }),
    get('/?apikey=kong'),
    remains('8', '9'),
  ),
  one(
    'limits: route and service before a consumer',
    withPlugins([{ name: 'key-auth' }], {
      plugins: [
        { name: 'rate-limiting', route: 'r', service: 's', config: { minute: 3 } },
        { name: 'rate-limiting', consumer: 'bob', config: { minute: 9 } },
      ],
    }),
    get('/?apikey=kong'),
    remains('2'),
  ),
  one(
    'limits: a consumer on a route before all',
    withPlugins([{ name: 'key-auth' }], {
      plugins: [
        { name: 'rate-limiting', route: 'r', consumer: 'bob', config: { minute: 3 } },
        { name: 'rate-limiting', consumer: 'bob', config: { minute: 9 } },
      ],
    }),
    get('/?apikey=kong'),
    remains('2'),
  ),
  one(
    'limits: a global plug-in counts each service for itself',
    {
      ...routes({ paths: ['/one'] }, { paths: ['/two'] }),
      plugins: [{ name: 'rate-limiting', config: { policy: 'local', hour: 1, limit_by: 'service' } }],
    } as Config,
    get('/two'),
    { status: 200, headers: { equal: { 'X-RateLimit-Remaining-Hour': '0' } } },
    {
      before: [
        { request: get('/one'), expect: { status: 200 } },
        { request: get('/one'), expect: BLOCKED },
      ],
    },
  ),
];
