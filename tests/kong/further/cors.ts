/** The cors plugin: preflights, and which headers are sent to which origin. */
import type { Expectation, KongCase } from '../case.ts';
import { get, withPlugins, cors, one, ANY, preflight } from './forms.ts';
import type { Headers } from './forms.ts';

const allows = (equal: Headers, absent: string[] = []): Expectation => ({
  status: 200,
  headers: { equal, absent },
});

export const browsers: KongCase[] = [
  one(
    'cors: headers echoed',
    cors(),
    preflight('http://x.test', { 'Access-Control-Request-Headers': 'a, B' }),
    allows({ ...ANY, 'Access-Control-Allow-Headers': 'a, B', 'Content-Length': '0' }, ['Vary']),
  ),
  one(
    'cors: headers configured',
    cors({ headers: ['a', 'b'], max_age: 7 }),
    preflight('http://x.test', { 'Access-Control-Request-Headers': 'z' }),
    allows({ 'Access-Control-Allow-Headers': 'a,b', 'Access-Control-Max-Age': '7' }),
  ),
  one(
    'cors: preflight refused',
    cors({ origins: ['http://a.test', 'http://b.test'] }),
    preflight('http://c.test'),
    allows(
      {
        Vary: 'Origin',
        'Access-Control-Allow-Methods': 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT',
      },
      ['Access-Control-Allow-Origin'],
    ),
  ),
  one(
    'cors: default port dropped',
    cors({ origins: ['http://a.test', 'http://b.test'] }),
    get('/', { Origin: 'http://a.test:80' }),
    allows({ 'Access-Control-Allow-Origin': 'http://a.test' }),
  ),
  one(
    'cors: one plain entry for any origin',
    cors({ origins: ['http://a.test'] }),
    get('/', { Origin: 'http://b.test' }),
    allows({ 'Access-Control-Allow-Origin': 'http://a.test', Vary: 'Origin' }),
  ),
  one(
    'cors: a pattern over the host',
    cors({ origins: ['.*[.]a[.]test'] }),
    get('/', { Origin: 'https://x.a.test:8443' }),
    allows({ 'Access-Control-Allow-Origin': 'https://x.a.test:8443' }),
  ),
  one(
    'cors: a pattern is anchored',
    cors({ origins: ['a[.]test'] }),
    get('/', { Origin: 'https://a.test.evil.org' }),
    allows({ Vary: 'Origin' }, ['Access-Control-Allow-Origin']),
  ),
  one(
    'cors: credentials header on a rejected origin',
    cors({ origins: ['http://a.test', 'http://b.test'], credentials: true }),
    get('/', { Origin: 'http://c.test' }),
    allows({ 'Access-Control-Allow-Credentials': 'true' }, ['Access-Control-Allow-Origin']),
  ),
  one(
    'cors: credentials for any, no Origin',
    cors({ credentials: true }),
    get('/'),
    allows(ANY, ['Access-Control-Allow-Credentials', 'Vary']),
  ),
  one(
    'cors: an upstream header replaced',
    cors({ origins: ['http://a.test', 'http://b.test'] }),
    get('/response-headers?Access-Control-Allow-Origin=*', { Origin: 'http://b.test' }),
    allows({ 'Access-Control-Allow-Origin': 'http://b.test' }),
  ),
  one(
    'cors: absent origin, no header',
    cors({ allow_origin_absent: false }),
    get('/'),
    allows({}, ['Access-Control-Allow-Origin']),
  ),
  one('cors: on an upstream error', cors(), get('/status/503', { Origin: 'http://x.test' }), {
    status: 503,
    headers: { equal: ANY },
  }),
  one(
    'cors: global, without a route',
    withPlugins([], { plugins: [{ name: 'cors' }] }),
    get('/', { Host: 'b.test', Origin: 'http://x.test' }),
    { status: 404, headers: { equal: ANY } },
  ),
  one(
    'cors: the plugin of a route overrides the global one',
    withPlugins([{ name: 'cors', config: { origins: ['http://a.test'] } }], { plugins: [{ name: 'cors' }] }),
    get('/'),
    allows({ 'Access-Control-Allow-Origin': 'http://a.test' }),
  ),
  one(
    'cors: disabled on the route, the global one',
    withPlugins([{ name: 'cors', enabled: false }], {
      plugins: [{ name: 'cors', config: { origins: ['http://g.test'] } }],
    }),
    get('/'),
    allows({ 'Access-Control-Allow-Origin': 'http://g.test' }),
  ),
  one(
    'cors: without the plugin',
    withPlugins([]),
    get('/', { Origin: 'http://x.test' }),
    allows({}, ['Access-Control-Allow-Origin', 'Vary']),
  ),
  one(
    'cors: 2018, Vary overwrites',
    cors({ origins: ['http://a.test'] }),
    get('/response-headers?Vary=Accept'),
    allows({ Vary: 'Origin' }),
    { kong: '0.14' },
  ),
  one(
    'cors: 2018, a refusal leaves the upstream header',
    cors({ origins: ['http://a.test', 'http://b.test'] }),
    get('/response-headers?Access-Control-Allow-Origin=*', { Origin: 'http://c.test' }),
    allows(ANY),
    { kong: '0.14' },
  ),
];
