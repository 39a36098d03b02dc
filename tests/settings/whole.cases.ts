import { AS_OPERATOR, STATUS } from '../support/operator.ts';
import { digestOf } from '../support/auth.ts';
import { wait } from './prove.ts';
import type { Case, World } from './prove.ts';

const CONSUMERS = [
  { id: '1', username: 'ada', customId: 'c1', credentials: [{ id: 'k1', sha256: digestOf('good') }] },
];
const KEY = { apikey: 'good' };
const KEYS = { auth: {}, consumers: CONSUMERS };
type Headers = Record<string, string>;

const text: Case['sees'] = async ({ get }) => (await get()).text;
const statuses =
  (...headers: Headers[]): Case['sees'] =>
  (observer) =>
    observer.statuses(...headers);
const answers =
  (name: string, headers: Headers = {}): Case['sees'] =>
  async ({ get }) =>
    (await get('/', headers)).header(name);
const originHeader =
  (name: string, headers: Headers = {}): Case['sees'] =>
  async ({ get, a }) => (await get('/', headers), a.received[0]?.header(name));
const has =
  (sees: Case['sees']): Case['sees'] =>
  async (observer) =>
    (await sees(observer)) !== null;
/** A while after the first request. */
const later =
  (ms: number, sees: Case['sees']): Case['sees'] =>
  async (observer) => (await observer.get(), await wait(ms), sees(observer));

/** A top-level setting; `beside` has the configuration's other settings. */
const top = (
  name: string,
  value: unknown,
  sees: Case['sees'],
  expected: unknown,
  ...[beside = {}, more = {}]: [beside?: object, more?: Partial<Case>]
): Case => ({
  key: `Config.${name}`,
  at: name,
  config: ({ a }) => ({ origins: [a.url], ...beside, [name]: value }),
  sees,
  expected,
  ...more,
});
const status = (name: string, sees: Case['sees'], expected: unknown, instead: unknown): Case => ({
  ...top('status', STATUS, sees, expected),
  ...(name === '' ? {} : { key: `Config.status.${name}`, at: `status.${name}`, instead: () => instead }),
});
const kong = (
  name: string,
  value: unknown,
  sees: Case['sees'],
  expected: unknown,
  ...[beside = {}, more = {}]: [beside?: object, more?: Partial<Case>]
): Case => ({
  key: `Kong.${name}`,
  at: `kong.${name}`,
  config: ({ a }) => ({
    origins: [a.url],
    compat: 'kong-3',
    trustedProxies: ['127.0.0.1'],
    kong: { ...beside, [name]: value },
  }),
  sees,
  expected,
  ...more,
});
const header = (name: string, value: unknown, sees: Case['sees'], expected: unknown): Case => ({
  key: `ResponseHeaders.${name}`,
  at: `responseHeaders.${name}`,
  config: ({ a }) => ({ origins: [{ url: a.url, name: 'n' }], responseHeaders: { [name]: value } }),
  sees,
  expected,
});
const version = (name: string, value: unknown, sees: Case['sees'], expected: unknown): Case => ({
  key: `Version.${name}`,
  at: `responseHeaders.version.${name}`,
  config: ({ a }: World) => ({ origins: [a.url], responseHeaders: { version: { [name]: value } } }),
  a: { body: '{"v":1}' },
  sees,
  expected,
});

const redirects: Case['a'] = (_received, request, response) =>
  response.writeHead(302, { location: `http://${request.headers.host}/there` }).end();

export const CASES: Case[] = [
  top(
    'origins',
    [],
    text,
    'a',
    {},
    { config: ({ a }) => ({ origins: [a.url] }), instead: ({ b }) => [b.url] },
  ),
  {
    ...top('pools', {}, text, 'a'),
    config: ({ a }) => ({ pools: { default: { origins: [a.url] } } }),
    instead: ({ b }) => ({ default: { origins: [b.url] } }),
  },
  {
    ...top('routes', [], text, 'b'),
    config: ({ a, b }) => ({ origins: [a.url], routes: [{ origins: [b.url] }] }),
  },
  top('auth', {}, statuses({}), [401]),
  top('cors', {}, answers('access-control-allow-origin', { origin: 'https://x.example' }), '*'),
  top('rateLimit', { year: 1 }, statuses({}, {}), [200, 429]),
  top(
    'responseHeaders',
    { origin: 'X-By' },
    async ({ get, a }) => (await get()).header('x-by') === a.url,
    true,
  ),
  top('consumers', CONSUMERS, statuses(KEY), [200], { auth: {} }),
  top('consumerLimits', { 1: { year: 1 } }, statuses(KEY, KEY), [200, 429], KEYS),
  top('consumerResponses', { 1: { status: 410 } }, statuses(KEY), [410], KEYS),
  top(
    'trustedProxies',
    ['127.0.0.0/8'],
    async (observer) =>
      String(await originHeader('x-forwarded-for', { 'x-forwarded-for': '9.9.9.9' })(observer)).includes(
        '9.9.9.9',
      ),
    true,
  ),
  // One network of 48 bits, two of 64.
  top(
    'ipv6Prefix',
    48,
    statuses({ 'x-forwarded-for': '2001:db8:1:1::1' }, { 'x-forwarded-for': '2001:db8:1:2::1' }),
    [200, 429],
    { trustedProxies: ['127.0.0.0/8'], rateLimit: { year: 1, by: 'ip' } },
  ),
  top('compat', 'kong-3', async ({ get }) => (await get()).header('server')?.startsWith('kong/3'), true, {
    auth: {},
  }),
  status('', async ({ get }) => (await get('/status')).status, 401, null),
  status('path', async ({ get }) => (await get('/status')).status, 401, '/other'),
  status('token', async ({ get }) => (await get('/status', AS_OPERATOR)).status, 200, 'another-token'),
  top(
    'log',
    'all',
    later(100, async ({ gateway }) => gateway.lines().length),
    1,
  ),
  top('requestId', true, has(answers('x-request-id')), true),
  top('forwardedHeaders', 'all', originHeader('x-forwarded-proto'), 'http'),
  top('healthPath', '/healthz', async ({ get, received }) => [(await get('/healthz')).text, received()], [
    'ok\n',
    0,
  ]),
  top('serverTiming', true, has(answers('server-timing')), true),
  top(
    'rewriteLocation',
    false,
    async ({ get, a }) => (await get()).header('location') === `${a.url}/there`,
    true,
    {},
    { a: redirects },
  ),
  {
    ...top('routerFlavor', 'traditional', text, 'a'),
    config: ({ a, b }) => ({
      routes: [
        { id: 'x', paths: ['/'], origins: [a.url] },
        { id: 'y', paths: ['/'], origins: [b.url] },
      ],
      routerFlavor: 'traditional',
    }),
  },
  top('kong', { headers: false }, answers('via'), null, { compat: 'kong-3' }),
  kong('headers', false, answers('via'), null),
  kong('upstreamRequestId', false, originHeader('x-kong-request-id'), null),
  kong('debugHeaders', true, has(answers('kong-route-id', { 'kong-debug': '1' })), true),
  kong('realIpHeader', 'X-Client', originHeader('x-real-ip', { 'x-client': '9.9.9.9' }), '9.9.9.9'),
  kong(
    'realIpRecursive',
    true,
    originHeader('x-real-ip', { 'x-forwarded-for': '9.9.9.9, 127.0.0.1' }),
    '9.9.9.9',
    {
      realIpHeader: 'X-Forwarded-For',
    },
  ),
  kong('portMaps', { 80: 8080 }, originHeader('x-forwarded-port', { host: 'api.example' }), '8080'),
  kong('maxBodyBytes', 2, async ({ get }) => (await get('/', {}, 'POST', 'abc')).status, 413),
  kong('charset', false, answers('content-type'), 'text/plain'),
  kong(
    'errorType',
    'application/json',
    async ({ get }) => (await get()).header('content-type')?.startsWith('application/json'),
    true,
    {},
    { a: { fault: 'reset' } },
  ),
  header('origin', 'X-By', answers('x-by'), 'n'),
  header('country', 'X-From', answers('x-from', { 'cf-ipcountry': 'SE' }), 'SE'),
  header('cacheControl', 'no-store', answers('cache-control'), 'no-store'),
  header(
    'version',
    {},
    later(100, async ({ received }) => received()),
    2,
  ),
  version('header', 'X-V', later(100, answers('x-v')), '{"v":1}'),
  version(
    'path',
    '/v',
    later(100, async ({ a }) => a.received.some(({ url }) => url === '/v')),
    true,
  ),
  version(
    'method',
    'PUT',
    later(100, async ({ a }) => a.received.some(({ method }) => method === 'PUT')),
    true,
  ),
  version(
    'body',
    'hello',
    later(50, async ({ a }) => a.received.some(({ body }) => String(body) === 'hello')),
    true,
  ),
  version('field', '/v', later(100, answers('version')), '1'),
  version(
    'ttlSeconds',
    1,
    later(100, async (observer) => {
      await observer.gateway.advance(2000);
      return later(
        100,
        async ({ a }) => a.received.filter(({ method }) => method === 'POST').length,
      )(observer);
    }),
    2,
  ),
];
