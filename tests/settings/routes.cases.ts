import { digestOf } from '../support/auth.ts';
import { settingsOf, wait } from './prove.ts';
import type { Case, World } from './prove.ts';
import { ADA, KEY, KEYS, answers, later, lines, originSees, routed, status, statuses, text } from './sees.ts';

const PAGE = {
  origin: 'https://a.example',
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'x-b',
};
const originPath =
  (path = '/in/x'): Case['sees'] =>
  async ({ get, a }) => (await get(path), a.received[0]?.url);

/** Without the setting the route matches everything and does nothing. */
const route = settingsOf('Route', 'routes', { beside: routed() });
/** Routes to origins a and b; the setting is the second's. */
const second =
  (first: object, other: object) =>
  ({ a, b }: World) => ({
    routes: [
      { ...first, origins: [a.url] },
      { ...other, origins: [b.url] },
    ],
  });
const DEBUGGED = { compat: 'kong-3', kong: { debugHeaders: true } };
const debug = (field: string): Case['sees'] => answers(`kong-service-${field}`, { 'kong-debug': '1' });
/** Two pools: `two` has origin b, the others a. */
const sides = ({ a, b }: World) => ({
  pools: { default: { origins: [a.url] }, two: { origins: [b.url] }, three: { origins: [a.url] } },
});

const ROUTES: Case[] = [
  route(
    'name',
    'orders',
    later(100, async ({ gateway }) => (JSON.parse(gateway.lines()[0] ?? '{}') as { route: string }).route),
    'orders',
    { beside: routed({}, { log: 'all' }) },
  ),
  route('hosts', ['x.example'], status(), 404),
  route('paths', ['/out'], status(), 404),
  route('methods', ['POST'], status(), 404),
  route('headers', { 'x-a': ['1'] }, status(), 404),
  route('basePath', '/base', originPath(), '/base/in/x'),
  route('stripPath', true, originPath(), '/x', { beside: routed({ paths: ['/in'] }) }),
  route('protocols', ['https'], status(), 426),
  route('httpsRedirectStatus', 301, status(), 301, { beside: routed({ protocols: ['https'] }) }),
  route('auth', {}, status(), 401),
  route('cors', {}, answers('access-control-allow-origin', PAGE), '*'),
  route('rateLimit', { year: 1 }, statuses({}, {}), [200, 429]),
  route(
    'responseHeaders',
    { origin: 'X-By' },
    async ({ get, a }) => (await get()).header('x-by') === a.url,
    true,
  ),
  route('pool', 'two', text, 'b', { beside: (world) => ({ ...sides(world), routes: [{}] }) }),
  route('origins', ({ b }) => [b.url], text, 'b', {
    beside: ({ a }) => ({ origins: [a.url], routes: [{}] }),
  }),
  route('regexPriority', 5, text, 'b', {
    at: 'routes.1.regexPriority',
    beside: second({ id: 'y', paths: ['~/in/.'] }, { id: 'x', paths: ['~/i'] }),
  }),
  route('id', 'z', text, 'b', {
    at: 'routes.1.id',
    beside: second({ id: 'm', paths: ['/in'] }, { name: 'b', paths: ['/in'] }),
  }),
  route('pathHandling', 'v1', originPath('/inner'), '/basener', {
    beside: routed({ paths: ['/in'], basePath: '/base', stripPath: true }, { compat: 'kong-3' }),
  }),
  route('service', { id: 's-1' }, debug('id'), 's-1', { beside: routed({}, DEBUGGED) }),
  route('service.id', 's-1', debug('id'), 's-1', {
    beside: routed({ service: { name: 'orders' } }, DEBUGGED),
    instead: 's-2',
  }),
  route('service.name', 'orders', debug('name'), 'orders', {
    beside: routed({ service: { id: 's-1' } }, DEBUGGED),
  }),
  route(
    'preserveHost',
    true,
    async ({ get, a }) => (
      await get('/', { host: 'localhost:' + a.port }),
      a.received[0]?.header('host') === `localhost:${a.port}`
    ),
    true,
    { beside: routed({ hosts: ['localhost'] }) },
  ),
  route('consumerLimits', { 1: { year: 1 } }, statuses(KEY, KEY), [200, 429], {
    beside: routed({ auth: {} }, { consumers: [ADA] }),
  }),
  route('respondWith', { status: 410 }, status(), 410),
  route('consumerResponses', { 1: { status: 410 } }, statuses(KEY, {}), [410, 401], {
    beside: routed({ auth: {} }, { consumers: [ADA] }),
  }),
];

const JSON_TYPE = 'application/json; charset=utf-8';
const answer: Case['sees'] = async ({ get }) => {
  const { status: code, text: body, header } = await get('/');
  return [code, body, header('content-type')];
};
const respond = settingsOf('RespondWith', 'routes.respondWith', { beside: routed() });
const RESPONSES: Case[] = [
  respond('status', 410, answer, [410, '', null]),
  respond('message', 'gone', answer, [503, '{"message":"gone"}', JSON_TYPE]),
  respond('body', 'gone', answer, [503, 'gone', null]),
  respond('contentType', 'text/x', answer, [503, 'gone', 'text/x'], {
    beside: routed({ respondWith: { body: 'gone' } }),
  }),
  respond('headers', { 'X-A': 'b' }, answers('x-a'), 'b'),
  respond('trigger', 'stop', status(), 200),
];

const side = (name: 'canary' | 'shadow', settings: object) =>
  settingsOf('Route', 'routes', {
    beside: (world) => ({
      log: 'errors',
      ...sides(world),
      routes: [{ [name]: { pool: 'two', percent: 100, ...settings } }],
    }),
  });
const canary = side('canary', {});
const shadow = side('shadow', {});
const copies: Case['sees'] = async ({ get, b }) => (await get(), await wait(200), b.received.length);
const forced: Case['sees'] = async ({ get }) => (await get('/', { 'x-new': 'always' })).text;
const SIDES: Case[] = [
  canary('canary', { pool: 'two', percent: 100 }, text, 'b'),
  canary('canary.pool', 'two', text, 'b', { instead: 'three' }),
  canary('canary.percent', 100, text, 'b', { instead: 0 }),
  side('canary', { percent: 0 })('canary.header', 'X-New', forced, 'b'),
  shadow('shadow', { pool: 'two', percent: 100 }, copies, 1),
  shadow('shadow.pool', 'two', copies, 1, { instead: 'three' }),
  shadow('shadow.percent', 100, copies, 1, { instead: 0 }),
  shadow('shadow.ignoreHeaders', ['x-a'], later(300, lines), 0, {
    a: { body: 'same', headers: { 'x-a': '1' } },
    b: { body: 'same' },
  }),
];

/** The verifier, asked with these settings, and other settings of the configuration. */
const verified =
  (settings: object = {}, more: object = {}, path = '/{key}') =>
  ({ a, verifier }: World) => ({
    origins: [a.url],
    ...more,
    auth: { verify: { url: verifier.url + path, ...settings } },
  });
const asked =
  (key: string, ms: number): Case['sees'] =>
  async ({ get, verifier, gateway }) => {
    await get('/', { apikey: key });
    await gateway.advance(ms);
    await get('/', { apikey: key });
    await wait(50);
    return verifier.received.length;
  };
const auth = settingsOf('Auth', 'auth', { beside: verified() });
const verdicts = settingsOf('VerdictCache', 'auth.cache', { beside: verified() });
const AUTH: Case[] = [
  auth('keyNames', ['x-key'], statuses({ 'x-key': 'good' }), [200]),
  auth('keyIn', ['query'], statuses(KEY), [401]),
  auth('hideCredentials', false, originSees('apikey', KEY), 'good'),
  auth('anonymous', 'ada', statuses({}), [200], { beside: verified({}, { consumers: [ADA] }) }),
  auth('runOnPreflight', false, status({}, 'OPTIONS'), 200, { beside: verified({}, { routes: [{}] }) }),
  auth(
    'realm',
    'reports',
    async ({ get }) => (await get()).header('www-authenticate')?.includes('realm="reports"'),
    true,
  ),
  auth('verify', ({ verifier }) => ({ url: `${verifier.url}/{key}` }), statuses(KEY), [200]),
  auth('cache', { negativeTtlSeconds: 0 }, asked('bad', 20), 2),
  verdicts('ttlSeconds', 1, asked('good', 1200), 2),
  verdicts('negativeTtlSeconds', 0, asked('bad', 20), 2),
];

const verify = settingsOf('Verify', 'auth.verify', { beside: verified() });
/** Something of the request that the verifier gets. */
const verifierSees =
  (read: (received: World['verifier']['received'][number]) => unknown): Case['sees'] =>
  async ({ get, verifier }) => (await get('/', KEY), verifier.received[0] && read(verifier.received[0]));
const VERIFY: Case[] = [
  verify('url', ({ verifier }) => `${verifier.url}/{key}`, statuses(KEY), [200], {
    beside: verified({ keyHeader: 'x-nobody' }),
    instead: ({ b }) => `${b.url}/{key}`,
    b: { status: 401 },
  }),
  verify(
    'method',
    'POST',
    verifierSees(({ method }) => method),
    'POST',
  ),
  verify(
    'keyHeader',
    'x-ask',
    verifierSees(({ header }) => header('x-ask')),
    'good',
    {
      beside: verified({}, {}, '/ask'),
    },
  ),
  verify(
    'headers',
    { 'x-secret': 's' },
    verifierSees(({ header }) => header('x-secret')),
    's',
  ),
  verify(
    'timeoutMs',
    100,
    ({ get }) => Promise.race([get('/', KEY).then((one) => one.status), wait(900, 'waiting')]),
    503,
    {
      beside: ({ a, b }) => ({ origins: [a.url], auth: { verify: { url: `${b.url}/{key}` } } }),
      b: { fault: 'hang' },
      // The most: no wait reaches it, however slow the machine.
      instead: 30_000,
    },
  ),
  verify('field', '/ok', statuses(KEY), [401]),
  verify('consumer', { username: '/name' }, originSees('x-consumer-username', KEY), 'ada'),
  verify('consumer.id', '/id', originSees('x-consumer-id', KEY), '7'),
  verify('consumer.username', '/name', originSees('x-consumer-username', KEY), 'ada'),
  verify('consumer.customId', '/custom', originSees('x-consumer-custom-id', KEY), 'c7'),
  verify('upstreamHeaders', { 'X-Plan': '/plan' }, originSees('x-plan', KEY), 'gold'),
];

const consumer = settingsOf('Consumer', 'consumers', { beside: KEYS });
const CONSUMERS: Case[] = [
  consumer('id', '1', originSees('x-consumer-id', KEY), '1', { instead: '2' }),
  consumer('username', 'ada', originSees('x-consumer-username', KEY), 'ada'),
  consumer('customId', 'c1', originSees('x-consumer-custom-id', KEY), 'c1'),
  consumer('credentials', ADA.credentials, statuses(KEY), [200], { instead: [] }),
  consumer(
    'credentials.ttlSeconds',
    1,
    async (observer) => {
      const before = await observer.statuses(KEY);
      await observer.gateway.advance(1300);
      return [...before, ...(await observer.statuses(KEY))];
    },
    [200, 401],
  ),
  consumer('credentials.id', 'k1', originSees('x-credential-identifier', KEY), 'k1'),
  consumer('credentials.sha256', digestOf('good'), statuses(KEY), [200], { instead: digestOf('other') }),
];

const cors = settingsOf('Cors', 'cors');
const preflight = (header: string, more: Record<string, string> = {}): Case['sees'] =>
  answers(`access-control-${header}`, { ...PAGE, ...more }, '/', 'OPTIONS');
const CORS: Case[] = [
  cors(
    'origins',
    ['https://b.example'],
    async ({ get }) => (await get('/', PAGE)).header('access-control-allow-origin') === '*',
    false,
  ),
  cors('methods', ['GET', 'PUT'], preflight('allow-methods'), 'GET,PUT'),
  cors('headers', ['x-b', 'x-c'], preflight('allow-headers'), 'x-b,x-c'),
  cors('exposedHeaders', ['x-e'], answers('access-control-expose-headers', PAGE), 'x-e'),
  cors('credentials', true, answers('access-control-allow-credentials', PAGE), 'true', {
    beside: { cors: { origins: ['https://a.example'] } },
  }),
  cors('maxAge', 60, preflight('max-age'), '60'),
  cors(
    'preflightContinue',
    true,
    async ({ get, a }) => (await get('/', PAGE, 'OPTIONS'), a.received.length),
    1,
    { beside: routed() },
  ),
  cors(
    'privateNetwork',
    true,
    preflight('allow-private-network', { 'access-control-request-private-network': 'true' }),
    'true',
  ),
  cors('allowOriginAbsent', false, answers('access-control-allow-origin'), null),
];

const limit = settingsOf('RateLimit', 'rateLimit', { beside: { rateLimit: { year: 1 } } });
const twoUsers = statuses({ 'x-user': '1' }, { 'x-user': '2' });
const LIMITS: Case[] = [
  // A window may end between two requests, but not twice in a row.
  ...['second', 'minute', 'hour', 'day', 'month', 'year'].map((name) =>
    limit(name, 1, async (observer) => (await observer.statuses({}, {}, {}, {}, {})).includes(429), true, {
      beside: { rateLimit: name === 'year' ? { month: 1000 } : { year: 1000 } },
    }),
  ),
  limit('by', { header: 'x-user' }, twoUsers, [200, 200]),
  limit('hideHeaders', true, answers('ratelimit-limit'), null),
  limit(
    'message',
    'Slow down',
    async ({ get }) => (await get(), (await get()).text.includes('Slow down')),
    true,
  ),
  limit('status', 420, twoUsers, [200, 420]),
  limit('scope', 's', statuses({ host: 'x.example' }, {}), [200, 429], {
    at: 'routes.rateLimit.scope',
    beside: ({ a }) => ({
      routes: [
        { hosts: ['x.example'], origins: [a.url], rateLimit: { year: 1 } },
        { origins: [a.url], rateLimit: { year: 1, scope: 's' } },
      ],
    }),
  }),
];

export const CASES: Case[] = [
  ...ROUTES,
  ...RESPONSES,
  ...SIDES,
  ...AUTH,
  ...VERIFY,
  ...CONSUMERS,
  ...CORS,
  ...LIMITS,
];
