import { AS_OPERATOR, STATUS } from '../support/operator.ts';
import { settingsOf } from './prove.ts';
import type { Case } from './prove.ts';
import { ADA, KEY, KEYS, answers, has, later, lines, originSees, status, statuses, text } from './sees.ts';

const onStatus = settingsOf('Config', '', { beside: { status: STATUS } });
const kong = settingsOf('Kong', 'kong', {
  beside: { compat: 'kong-3', trustedProxies: ['127.0.0.1'] },
});
const header = settingsOf('ResponseHeaders', 'responseHeaders', {
  beside: ({ a }) => ({ origins: [{ url: a.url, name: 'n' }] }),
});
const version = settingsOf('Version', 'responseHeaders.version', { a: { body: '{"v":1}' } });
/** Whether origin a has got a request like this. */
const wasAsked = (test: (received: Parameters<Extract<Case['a'], Function>>[0]) => boolean): Case['sees'] =>
  later(100, async ({ a }) => a.received.some(test));
const top = settingsOf('Config', '');

const redirects: Case['a'] = (_received, request, response) =>
  response.writeHead(302, { location: `http://${request.headers.host}/there` }).end();

export const CASES: Case[] = [
  top('origins', ({ a }) => [a.url], text, 'a', { instead: ({ b }) => [b.url] }),
  top('pools', ({ a }) => ({ default: { origins: [a.url] } }), text, 'a', {
    beside: () => ({}),
    instead: ({ b }) => ({ default: { origins: [b.url] } }),
  }),
  top('routes', ({ b }) => [{ origins: [b.url] }], text, 'b'),
  top('auth', {}, statuses({}), [401]),
  top('cors', {}, answers('access-control-allow-origin', { origin: 'https://x.example' }), '*'),
  top('rateLimit', { year: 1 }, statuses({}, {}), [200, 429]),
  top(
    'responseHeaders',
    { origin: 'X-By' },
    async ({ get, a }) => (await get()).header('x-by') === a.url,
    true,
  ),
  top('consumers', [ADA], statuses(KEY), [200], { beside: { auth: {} } }),
  top('consumerLimits', { 1: { year: 1 } }, statuses(KEY, KEY), [200, 429], { beside: KEYS }),
  top('consumerResponses', { 1: { status: 410 } }, statuses(KEY), [410], { beside: KEYS }),
  top(
    'trustedProxies',
    ['127.0.0.0/8'],
    async (observer) =>
      String(await originSees('x-forwarded-for', { 'x-forwarded-for': '9.9.9.9' })(observer)).includes(
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
    { beside: { trustedProxies: ['127.0.0.0/8'], rateLimit: { year: 1, by: 'ip' } } },
  ),
  top('compat', 'kong-3', async ({ get }) => (await get()).header('server')?.startsWith('kong/3'), true, {
    beside: { auth: {} },
  }),
  top('status', STATUS, status({}, 'GET', '', '/status'), 401),
  onStatus('status.path', '/status', status({}, 'GET', '', '/status'), 401, { instead: '/other' }),
  onStatus('status.token', STATUS.token, status(AS_OPERATOR, 'GET', '', '/status'), 200, {
    instead: 'another-token',
  }),
  top('log', 'all', later(100, lines), 1),
  top('requestId', true, has(answers('x-request-id')), true),
  top('forwardedHeaders', 'all', originSees('x-forwarded-proto'), 'http'),
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
    { a: redirects },
  ),
  top('routerFlavor', 'traditional', text, 'a', {
    beside: ({ a, b }) => ({
      routes: [
        { id: 'x', paths: ['/'], origins: [a.url] },
        { id: 'y', paths: ['/'], origins: [b.url] },
      ],
    }),
  }),
  top('kong', { headers: false }, answers('via'), null, { beside: { compat: 'kong-3' } }),
  kong('headers', false, answers('via'), null),
  kong('upstreamRequestId', false, originSees('x-kong-request-id'), null),
  kong('debugHeaders', true, has(answers('kong-route-id', { 'kong-debug': '1' })), true),
  kong('realIpHeader', 'X-Client', originSees('x-real-ip', { 'x-client': '9.9.9.9' }), '9.9.9.9'),
  kong(
    'realIpRecursive',
    true,
    originSees('x-real-ip', { 'x-forwarded-for': '9.9.9.9, 127.0.0.1' }),
    '9.9.9.9',
    {
      beside: {
        compat: 'kong-3',
        trustedProxies: ['127.0.0.1'],
        kong: { realIpHeader: 'X-Forwarded-For' },
      },
    },
  ),
  kong('portMaps', { 80: 8080 }, originSees('x-forwarded-port', { host: 'api.example' }), '8080'),
  kong('maxBodyBytes', 2, status({}, 'POST', 'abc'), 413),
  kong('charset', false, answers('content-type'), 'text/plain'),
  kong(
    'errorType',
    'application/json',
    async ({ get }) => (await get()).header('content-type')?.startsWith('application/json'),
    true,
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
    wasAsked(({ url }) => url === '/v'),
    true,
  ),
  version(
    'method',
    'PUT',
    wasAsked(({ method }) => method === 'PUT'),
    true,
  ),
  version(
    'body',
    'hello',
    wasAsked(({ body }) => String(body) === 'hello'),
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
