import { digestOf, wait } from '../support/settings.ts';
import type { Case, World } from '../support/settings.ts';

const CONSUMERS = [
  { id: '1', username: 'ada', customId: 'c1', credentials: [{ id: 'k1', sha256: digestOf('good') }] },
];
const KEY = { apikey: 'good' };
const TOKEN = 'operator-token';
const one = ({ a }: World) => ({ origins: [a.url] });
const kong =
  (conf: object, more: object = {}) =>
  (world: World) => ({ ...one(world), compat: 'kong-3', kong: conf, ...more });
const BASIC = { authorization: `Basic ${btoa(`me:${TOKEN}`)}` };

export const CASES: Case[] = [
  {
    key: 'Config.origins',
    at: 'origins',
    config: one,
    instead: ({ b }) => [b.url],
    sees: async ({ get }) => (await get()).text,
    expected: 'a',
  },
  {
    key: 'Config.pools',
    at: 'pools',
    config: ({ a }) => ({ pools: { default: { origins: [a.url] } } }),
    instead: ({ b }) => ({ default: { origins: [b.url] } }),
    sees: async ({ get }) => (await get()).text,
    expected: 'a',
  },
  {
    key: 'Config.routes',
    at: 'routes',
    config: (world) => ({ ...one(world), routes: [{ origins: [world.b.url] }] }),
    sees: async ({ get }) => (await get()).text,
    expected: 'b',
  },
  {
    key: 'Config.auth',
    at: 'auth',
    config: (world) => ({ ...one(world), auth: {} }),
    sees: async ({ get }) => (await get()).status,
    expected: 401,
  },
  {
    key: 'Config.cors',
    at: 'cors',
    config: (world) => ({ ...one(world), cors: {} }),
    sees: async ({ get }) =>
      (await get('/', { origin: 'https://x.example' })).header('access-control-allow-origin'),
    expected: '*',
  },
  {
    key: 'Config.rateLimit',
    at: 'rateLimit',
    config: (world) => ({ ...one(world), rateLimit: { year: 1 } }),
    sees: ({ statuses }) => statuses({}, {}),
    expected: [200, 429],
  },
  {
    key: 'Config.responseHeaders',
    at: 'responseHeaders',
    config: ({ a }) => ({ origins: [a.url], responseHeaders: { origin: 'X-By' } }),
    sees: async ({ get, a }) => (await get()).header('x-by') === a.url,
    expected: true,
  },
  {
    key: 'Config.consumers',
    at: 'consumers',
    config: (world) => ({ ...one(world), auth: {}, consumers: CONSUMERS }),
    sees: ({ statuses }) => statuses(KEY),
    expected: [200],
  },
  {
    key: 'Config.consumerLimits',
    at: 'consumerLimits',
    config: (world) => ({
      ...one(world),
      auth: {},
      consumers: CONSUMERS,
      consumerLimits: { 1: { year: 1 } },
    }),
    sees: ({ statuses }) => statuses(KEY, KEY),
    expected: [200, 429],
  },
  {
    key: 'Config.consumerResponses',
    at: 'consumerResponses',
    config: (world) => ({
      ...one(world),
      auth: {},
      consumers: CONSUMERS,
      consumerResponses: { 1: { status: 410 } },
    }),
    sees: ({ statuses }) => statuses(KEY),
    expected: [410],
  },
  {
    key: 'Config.trustedProxies',
    at: 'trustedProxies',
    config: (world) => ({ ...one(world), trustedProxies: ['127.0.0.0/8'] }),
    sees: async ({ get, a }) => (
      await get('/', { 'x-forwarded-for': '9.9.9.9' }),
      a.received[0]?.header('x-forwarded-for')?.includes('9.9.9.9')
    ),
    expected: true,
  },
  {
    key: 'Config.ipv6Prefix',
    at: 'ipv6Prefix',
    config: (world) => ({
      ...one(world),
      trustedProxies: ['127.0.0.0/8'],
      rateLimit: { year: 1, by: 'ip' },
      ipv6Prefix: 48,
    }),
    // One network of 48 bits, two of 64.
    sees: ({ statuses }) =>
      statuses({ 'x-forwarded-for': '2001:db8:1:1::1' }, { 'x-forwarded-for': '2001:db8:1:2::1' }),
    expected: [200, 429],
  },
  {
    key: 'Config.compat',
    at: 'compat',
    config: (world) => ({ ...one(world), auth: {}, compat: 'kong-3' }),
    sees: async ({ get }) => (await get()).header('server')?.startsWith('kong/3'),
    expected: true,
  },
  {
    key: 'Config.status',
    at: 'status',
    config: (world) => ({ ...one(world), status: { path: '/status', token: TOKEN } }),
    sees: async ({ get }) => (await get('/status')).status,
    expected: 401,
  },
  {
    key: 'Config.status.path',
    at: 'status.path',
    instead: () => '/other',
    config: (world) => ({ ...one(world), status: { path: '/status', token: TOKEN } }),
    sees: async ({ get }) => (await get('/status')).status,
    expected: 401,
  },
  {
    key: 'Config.status.token',
    at: 'status.token',
    instead: () => 'another-token',
    config: (world) => ({ ...one(world), status: { path: '/status', token: TOKEN } }),
    sees: async ({ get }) => (await get('/status', BASIC)).status,
    expected: 200,
  },
  {
    key: 'Config.log',
    at: 'log',
    config: (world) => ({ ...one(world), log: 'all' }),
    sees: async ({ get, gateway }) => (await get(), await wait(100), gateway.lines().length),
    expected: 1,
  },
  {
    key: 'Config.requestId',
    at: 'requestId',
    config: (world) => ({ ...one(world), requestId: true }),
    sees: async ({ get }) => (await get()).header('x-request-id') !== null,
    expected: true,
  },
  {
    key: 'Config.forwardedHeaders',
    at: 'forwardedHeaders',
    config: (world) => ({ ...one(world), forwardedHeaders: 'all' }),
    sees: async ({ get, a }) => (await get(), a.received[0]?.header('x-forwarded-proto')),
    expected: 'http',
  },
  {
    key: 'Config.healthPath',
    at: 'healthPath',
    config: (world) => ({ ...one(world), healthPath: '/healthz' }),
    sees: async ({ get, received }) => [(await get('/healthz')).text, received()],
    expected: ['ok\n', 0],
  },
  {
    key: 'Config.serverTiming',
    at: 'serverTiming',
    config: (world) => ({ ...one(world), serverTiming: true }),
    sees: async ({ get }) => (await get()).header('server-timing') !== null,
    expected: true,
  },
  {
    key: 'Config.rewriteLocation',
    at: 'rewriteLocation',
    config: (world) => ({ ...one(world), rewriteLocation: false }),
    a: (_received, request, response) =>
      void response.writeHead(302, { location: `http://${request.headers.host}/there` }).end(),
    sees: async ({ get, a }) => (await get()).header('location') === `${a.url}/there`,
    expected: true,
  },
  {
    key: 'Config.routerFlavor',
    at: 'routerFlavor',
    config: ({ a, b }) => ({
      routes: [
        { id: 'x', paths: ['/'], origins: [a.url] },
        { id: 'y', paths: ['/'], origins: [b.url] },
      ],
      routerFlavor: 'traditional',
    }),
    sees: async ({ get }) => (await get()).text,
    expected: 'a',
  },
  {
    key: 'Config.kong',
    at: 'kong',
    config: kong({ headers: false }),
    sees: async ({ get }) => (await get()).header('via'),
    expected: null,
  },
  {
    key: 'Kong.headers',
    at: 'kong.headers',
    config: kong({ headers: false }),
    sees: async ({ get }) => (await get()).header('via'),
    expected: null,
  },
  {
    key: 'Kong.upstreamRequestId',
    at: 'kong.upstreamRequestId',
    config: kong({ upstreamRequestId: false }),
    sees: async ({ get, a }) => (await get(), a.received[0]?.header('x-kong-request-id')),
    expected: null,
  },
  {
    key: 'Kong.debugHeaders',
    at: 'kong.debugHeaders',
    config: kong({ debugHeaders: true }),
    sees: async ({ get }) => (await get('/', { 'kong-debug': '1' })).header('kong-route-id') !== null,
    expected: true,
  },
  {
    key: 'Kong.realIpHeader',
    at: 'kong.realIpHeader',
    config: kong({ realIpHeader: 'X-Client' }, { trustedProxies: ['127.0.0.1'] }),
    sees: async ({ get, a }) => (
      await get('/', { 'x-client': '9.9.9.9' }),
      a.received[0]?.header('x-real-ip')
    ),
    expected: '9.9.9.9',
  },
  {
    key: 'Kong.realIpRecursive',
    at: 'kong.realIpRecursive',
    config: kong(
      { realIpHeader: 'X-Forwarded-For', realIpRecursive: true },
      { trustedProxies: ['127.0.0.1'] },
    ),
    sees: async ({ get, a }) => (
      await get('/', { 'x-forwarded-for': '9.9.9.9, 127.0.0.1' }),
      a.received[0]?.header('x-real-ip')
    ),
    expected: '9.9.9.9',
  },
  {
    key: 'Kong.portMaps',
    at: 'kong.portMaps',
    config: kong({ portMaps: { 80: 8080 } }),
    sees: async ({ get, a }) => (
      await get('/', { host: 'api.example' }),
      a.received[0]?.header('x-forwarded-port')
    ),
    expected: '8080',
  },
  {
    key: 'Kong.maxBodyBytes',
    at: 'kong.maxBodyBytes',
    config: ({ a }) => ({ origins: [a.url], compat: 'kong-3', kong: { maxBodyBytes: 2 } }),
    sees: async ({ get }) => (await get('/', {}, 'POST', 'abc')).status,
    expected: 413,
  },
  {
    key: 'Kong.charset',
    at: 'kong.charset',
    config: kong({ charset: false }),
    sees: async ({ get }) => (await get()).header('content-type'),
    expected: 'text/plain',
  },
  {
    key: 'Kong.errorType',
    at: 'kong.errorType',
    config: kong({ errorType: 'application/json' }),
    a: { fault: 'reset' },
    sees: async ({ get }) => (await get()).header('content-type')?.startsWith('application/json'),
    expected: true,
  },
  {
    key: 'ResponseHeaders.origin',
    at: 'responseHeaders.origin',
    config: ({ a }) => ({
      origins: [{ url: a.url, name: 'n' }],
      responseHeaders: { origin: 'X-By' },
    }),
    sees: async ({ get }) => (await get()).header('x-by'),
    expected: 'n',
  },
  {
    key: 'ResponseHeaders.country',
    at: 'responseHeaders.country',
    config: ({ a }) => ({ origins: [a.url], responseHeaders: { country: 'X-From' } }),
    sees: async ({ get }) => (await get('/', { 'cf-ipcountry': 'SE' })).header('x-from'),
    expected: 'SE',
  },
  {
    key: 'ResponseHeaders.cacheControl',
    at: 'responseHeaders.cacheControl',
    config: ({ a }) => ({ origins: [a.url], responseHeaders: { cacheControl: 'no-store' } }),
    sees: async ({ get }) => (await get()).header('cache-control'),
    expected: 'no-store',
  },
  {
    key: 'ResponseHeaders.version',
    at: 'responseHeaders.version',
    config: ({ a }) => ({ origins: [a.url], responseHeaders: { version: {} } }),
    sees: async ({ get, received }) => (await get(), await wait(100), received()),
    expected: 2,
  },
  ...(
    [
      [
        'header',
        'X-V',
        async ({ get }) => (await get(), await wait(100), (await get()).header('x-v')),
        '{"v":1}',
      ],
      [
        'path',
        '/v',
        async ({ get, a }) => (await get(), await wait(100), a.received.some(({ url }) => url === '/v')),
        true,
      ],
      [
        'method',
        'PUT',
        async ({ get, a }) => (
          await get(),
          await wait(100),
          a.received.some(({ method }) => method === 'PUT')
        ),
        true,
      ],
      [
        'body',
        'hello',
        async ({ get, a }) => (
          await get(),
          await wait(50),
          a.received.some(({ body }) => String(body) === 'hello')
        ),
        true,
      ],
      [
        'field',
        '/v',
        async ({ get }) => (await get(), await wait(100), (await get()).header('version')),
        '1',
      ],
      [
        'ttlSeconds',
        1,
        async ({ get, a }) => (
          await get(),
          await wait(1100),
          await get(),
          await wait(100),
          a.received.filter(({ method }) => method === 'POST').length
        ),
        2,
      ],
    ] as [string, unknown, Case['sees'], unknown][]
  ).map(([name, value, sees, expected]) => ({
    key: `Version.${name}`,
    at: `responseHeaders.version.${name}`,
    config: ({ a }: World) => ({ origins: [a.url], responseHeaders: { version: { [name]: value } } }),
    a: { body: '{"v":1}' },
    sees,
    expected,
  })),
];
