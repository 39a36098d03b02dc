import { digestOf } from '../support/auth.ts';
import { wait } from './prove.ts';
import type { Case, Observer, World } from './prove.ts';

const KEY = { apikey: 'good' };
const PAGE = {
  origin: 'https://a.example',
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'x-b',
};
const ada = (more: object = {}, credential: object = {}) => [
  {
    id: '1',
    username: 'ada',
    customId: 'c1',
    credentials: [{ id: 'k1', sha256: digestOf('good'), ...credential }],
    ...more,
  },
];
const status: Case['sees'] = async ({ get }) => (await get('/in/x')).status;
const body: Case['sees'] = async ({ get }) => (await get('/in/x')).text;
const originSees =
  (name: string): Case['sees'] =>
  async ({ get, a }) => (await get('/in/x', KEY), a.received[0]?.header(name));

/** A route to origin a with one setting; without it the route matches everything and does nothing. */
const route = (
  name: string,
  value: unknown,
  sees: Case['sees'],
  expected: unknown,
  more: object = {},
): Case => ({
  key: `Route.${name}`,
  at: `routes.0.${name}`,
  config: ({ a }) => ({ routes: [{ origins: [a.url], [name]: value, ...more }] }),
  sees,
  expected,
});
const JSON_TYPE = 'application/json; charset=utf-8';
/** Status, body and type of a route's own response. */
const responds = (name: string, value: unknown, expected: unknown, more: object = {}): Case => ({
  key: `RespondWith.${name}`,
  at: `routes.0.respondWith.${name}`,
  config: ({ a }) => ({ routes: [{ origins: [a.url], respondWith: { [name]: value, ...more } }] }),
  sees: async ({ get }) => {
    const answer = await get('/');
    return [answer.status, answer.text, answer.header('content-type')];
  },
  expected,
});
const ROUTES: Case[] = [
  {
    ...route(
      'name',
      'orders',
      async ({ get, gateway }) => (
        await get(),
        await wait(100),
        (JSON.parse(gateway.lines()[0] ?? '{}') as { route: string }).route
      ),
      'orders',
    ),
    config: ({ a }) => ({ log: 'all', routes: [{ name: 'orders', origins: [a.url] }] }),
  },
  route('hosts', ['x.example'], status, 404),
  route('paths', ['/out'], status, 404),
  route('methods', ['POST'], status, 404),
  route('headers', { 'x-a': ['1'] }, status, 404),
  route('basePath', '/base', async ({ get, a }) => (await get('/in/x'), a.received[0]?.url), '/base/in/x'),
  route('stripPath', true, async ({ get, a }) => (await get('/in/x'), a.received[0]?.url), '/x', {
    paths: ['/in'],
  }),
  route('protocols', ['https'], status, 426),
  route('httpsRedirectStatus', 301, status, 301, { protocols: ['https'] }),
  route('auth', {}, status, 401),
  route('cors', {}, async ({ get }) => (await get('/', PAGE)).header('access-control-allow-origin'), '*'),
  route('rateLimit', { year: 1 }, ({ statuses }) => statuses({}, {}), [200, 429]),
  route(
    'responseHeaders',
    { origin: 'X-By' },
    async ({ get, a }) => (await get()).header('x-by') === a.url,
    true,
  ),
  {
    key: 'Route.pool',
    at: 'routes.0.pool',
    config: ({ a, b }) => ({
      pools: { default: { origins: [a.url] }, two: { origins: [b.url] } },
      routes: [{ pool: 'two' }],
    }),
    sees: body,
    expected: 'b',
  },
  {
    key: 'Route.origins',
    at: 'routes.0.origins',
    config: ({ a, b }) => ({ origins: [a.url], routes: [{ origins: [b.url] }] }),
    sees: body,
    expected: 'b',
  },
  {
    key: 'Route.regexPriority',
    at: 'routes.1.regexPriority',
    config: ({ a, b }) => ({
      routes: [
        { id: 'y', paths: ['~/in/.'], origins: [a.url] },
        { id: 'x', paths: ['~/i'], regexPriority: 5, origins: [b.url] },
      ],
    }),
    sees: body,
    expected: 'b',
  },
  {
    key: 'Route.id',
    at: 'routes.1.id',
    config: ({ a, b }) => ({
      routes: [
        { id: 'm', paths: ['/in'], origins: [a.url] },
        { id: 'z', name: 'b', paths: ['/in'], origins: [b.url] },
      ],
    }),
    sees: body,
    expected: 'b',
  },
  {
    key: 'Route.pathHandling',
    at: 'routes.0.pathHandling',
    config: ({ a }) => ({
      compat: 'kong-3',
      routes: [{ origins: [a.url], paths: ['/in'], basePath: '/base', stripPath: true, pathHandling: 'v1' }],
    }),
    sees: async ({ get, a }) => (await get('/inner'), a.received[0]?.url),
    expected: '/basener',
  },
  {
    key: 'Route.service',
    at: 'routes.0.service',
    config: ({ a }) => ({
      compat: 'kong-3',
      kong: { debugHeaders: true },
      routes: [{ origins: [a.url], service: { id: 's-1' } }],
    }),
    sees: async ({ get }) => (await get('/', { 'kong-debug': '1' })).header('kong-service-id'),
    expected: 's-1',
  },
  ...(['id', 'name'] as const).map((field) => ({
    key: `Route.service.${field}`,
    at: `routes.0.service.${field}`,
    config: ({ a }: World) => ({
      compat: 'kong-3',
      kong: { debugHeaders: true },
      routes: [{ origins: [a.url], service: { id: 's-1', name: 'orders' } }],
    }),
    sees: async ({ get }: Observer) =>
      (await get('/', { 'kong-debug': '1' })).header(`kong-service-${field}`),
    expected: field === 'id' ? 's-1' : 'orders',
    instead: () => (field === 'id' ? 's-2' : undefined),
  })),
  {
    key: 'Route.preserveHost',
    at: 'routes.0.preserveHost',
    config: ({ a }) => ({
      routes: [{ origins: [a.url], hosts: ['localhost'], preserveHost: true }],
    }),
    sees: async ({ get, a }) => (
      await get('/', { host: 'localhost:' + a.port }),
      a.received[0]?.header('host') === `localhost:${a.port}`
    ),
    expected: true,
  },
  {
    ...route('consumerLimits', { 1: { year: 1 } }, ({ statuses }) => statuses(KEY, KEY), [200, 429]),
    config: ({ a }) => ({
      consumers: ada(),
      routes: [{ origins: [a.url], auth: {}, consumerLimits: { 1: { year: 1 } } }],
    }),
  },
  route('respondWith', { status: 410 }, status, 410),
  {
    ...route('consumerResponses', { 1: { status: 410 } }, ({ statuses }) => statuses(KEY, {}), [410, 401]),
    config: ({ a }) => ({
      consumers: ada(),
      routes: [{ origins: [a.url], auth: {}, consumerResponses: { 1: { status: 410 } } }],
    }),
  },
  responds('status', 410, [410, '', null]),
  responds('message', 'gone', [503, '{"message":"gone"}', JSON_TYPE]),
  responds('body', 'gone', [503, 'gone', null]),
  responds('contentType', 'text/x', [503, 'gone', 'text/x'], { body: 'gone' }),
  {
    ...responds('headers', { 'X-A': 'b' }, 'b'),
    sees: async ({ get }) => (await get('/')).header('x-a'),
  },
  { ...responds('trigger', 'stop', 200), sees: status },
];
const sides =
  (name: 'canary' | 'shadow', value: object) =>
  ({ a, b }: World) => ({
    log: 'errors',
    pools: { default: { origins: [a.url] }, two: { origins: [b.url] }, three: { origins: [a.url] } },
    routes: [{ [name]: value }],
  });
const copies: Case['sees'] = async ({ get, b }) => (await get(), await wait(200), b.received.length);
const side = (
  key: string,
  value: object,
  sees: Case['sees'],
  expected: unknown,
  instead?: unknown,
): Case => ({
  key: `Route.${key}`,
  at: `routes.0.${key}`,
  config: sides(key.startsWith('canary') ? 'canary' : 'shadow', { pool: 'two', percent: 100, ...value }),
  sees,
  expected,
  ...(instead === undefined ? {} : { instead: () => instead }),
});
const forced: Case['sees'] = async ({ get }) => (await get('/', { 'x-new': 'always' })).text;
const SIDES: Case[] = [
  side('canary', {}, body, 'b'),
  side('canary.pool', {}, body, 'b', 'three'),
  side('canary.percent', {}, body, 'b', 0),
  side('canary.header', { percent: 0, header: 'X-New' }, forced, 'b'),
  side('shadow', {}, copies, 1),
  side('shadow.pool', {}, copies, 1, 'three'),
  side('shadow.percent', {}, copies, 1, 0),
  {
    key: 'Route.shadow.ignoreHeaders',
    at: 'routes.0.shadow.ignoreHeaders',
    config: sides('shadow', { pool: 'two', percent: 100, ignoreHeaders: ['x-a'] }),
    a: { body: 'same', headers: { 'x-a': '1' } },
    b: { body: 'same' },
    sees: async ({ get, gateway }) => (await get(), await wait(300), gateway.lines().length),
    expected: 0,
  },
];

/** `auth` with the verifier and one more setting. */
const auth = (
  name: string,
  value: unknown,
  sees: Case['sees'],
  expected: unknown,
  more: object = {},
  config: object = {},
): Case => ({
  key: `Auth.${name}`,
  at: `auth.${name}`,
  config: ({ a, verifier }) => ({
    origins: [a.url],
    auth: {
      verify: { url: `${verifier.url}/{key}` },
      ...(value === undefined ? {} : { [name]: value }),
      ...more,
    },
    ...config,
  }),
  sees,
  expected,
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
const AUTH: Case[] = [
  auth('keyNames', ['x-key'], ({ statuses }) => statuses({ 'x-key': 'good' }), [200]),
  auth('keyIn', ['query'], ({ statuses }) => statuses(KEY), [401]),
  auth('hideCredentials', false, originSees('apikey'), 'good'),
  auth('anonymous', 'ada', ({ statuses }) => statuses({}), [200], {}, { consumers: ada() }),
  auth(
    'runOnPreflight',
    false,
    async ({ get }) => (await get('/', {}, 'OPTIONS')).status,
    200,
    {},
    { routes: [{}] },
  ),
  auth(
    'realm',
    'reports',
    async ({ get }) => (await get()).header('www-authenticate')?.includes('realm="reports"'),
    true,
  ),
  auth('verify', undefined, ({ statuses }) => statuses(KEY), [200]),
  auth('cache', { negativeTtlSeconds: 0 }, asked('bad', 20), 2),
  ...(
    [
      ['ttlSeconds', 1, asked('good', 1200)],
      ['negativeTtlSeconds', 0, asked('bad', 20)],
    ] as const
  ).map(([name, value, sees]) => ({
    ...auth('cache', { [name]: value }, sees, 2),
    key: `VerdictCache.${name}`,
    at: `auth.cache.${name}`,
  })),
];
const verify = (
  name: string,
  value: unknown,
  sees: Case['sees'],
  expected: unknown,
  url = '/{key}',
  instead?: Case['instead'],
): Case => ({
  key: `Verify.${name}`,
  at: `auth.verify.${name}`,
  config: ({ a, verifier }) => {
    const [first = '', second] = name.split('.');
    return {
      origins: [a.url],
      auth: { verify: { url: verifier.url + url, [first]: second ? { [second]: value } : value } },
    };
  },
  sees,
  expected,
  ...(instead ? { instead } : {}),
});
const VERIFY: Case[] = [
  {
    ...verify(
      'url',
      '',
      ({ statuses }) => statuses(KEY),
      [200],
      '/{key}',
      ({ verifier }) => `${verifier.url}/none`,
    ),
    config: ({ a, verifier }) => ({
      origins: [a.url],
      auth: { verify: { url: `${verifier.url}/{key}`, keyHeader: 'x-nobody' } },
    }),
    instead: ({ b }) => `${b.url}/{key}`,
    b: { status: 401 },
  },
  verify(
    'method',
    'POST',
    async ({ get, verifier }) => (await get('/', KEY), verifier.received[0]?.method),
    'POST',
  ),
  verify(
    'keyHeader',
    'x-ask',
    async ({ get, verifier }) => (await get('/', KEY), verifier.received[0]?.header('x-ask')),
    'good',
    '/ask',
  ),
  verify(
    'headers',
    { 'x-secret': 's' },
    async ({ get, verifier }) => (await get('/', KEY), verifier.received[0]?.header('x-secret')),
    's',
  ),
  {
    ...verify(
      'timeoutMs',
      100,
      ({ get }) => Promise.race([get('/', KEY).then((answer) => answer.status), wait(900, 'waiting')]),
      503,
    ),
    config: ({ a, b }) => ({
      origins: [a.url],
      auth: { verify: { url: `${b.url}/{key}`, timeoutMs: 100 } },
    }),
    b: { fault: 'hang' },
    // The most: no wait reaches it, however slow the machine.
    instead: () => 30_000,
  },
  verify('field', '/ok', ({ statuses }) => statuses(KEY), [401]),
  verify('consumer', { username: '/name' }, originSees('x-consumer-username'), 'ada'),
  verify('consumer.id', '/id', originSees('x-consumer-id'), '7'),
  verify('consumer.username', '/name', originSees('x-consumer-username'), 'ada'),
  verify('consumer.customId', '/custom', originSees('x-consumer-custom-id'), 'c7'),
  verify('upstreamHeaders', { 'X-Plan': '/plan' }, originSees('x-plan'), 'gold'),
];
const consumer = (
  name: string,
  sees: Case['sees'],
  expected: unknown,
  instead?: Case['instead'],
  credential: object = {},
): Case => ({
  key: `Consumer.${name}`,
  at: `consumers.0.${name.replace('credentials.', 'credentials.0.')}`,
  config: ({ a }) => ({ origins: [a.url], auth: {}, consumers: ada({}, credential) }),
  sees,
  expected,
  ...(instead ? { instead } : {}),
});
const CONSUMERS: Case[] = [
  consumer('id', originSees('x-consumer-id'), '1', () => '2'),
  consumer('username', originSees('x-consumer-username'), 'ada'),
  consumer('customId', originSees('x-consumer-custom-id'), 'c1'),
  consumer(
    'credentials',
    ({ statuses }) => statuses(KEY),
    [200],
    () => [],
  ),
  consumer(
    'credentials.ttlSeconds',
    async ({ get, gateway }) => {
      const { status } = await get('/', KEY);
      await gateway.advance(1300);
      return [status, (await get('/', KEY)).status];
    },
    [200, 401],
    undefined,
    { ttlSeconds: 1 },
  ),
  consumer('credentials.id', originSees('x-credential-identifier'), 'k1'),
  consumer(
    'credentials.sha256',
    ({ statuses }) => statuses(KEY),
    [200],
    () => digestOf('other'),
  ),
];

/** One setting of a top-level record: `key` names its type in the manual. */
const setting =
  (key: string, record: string) =>
  (name: string, value: unknown, sees: Case['sees'], expected: unknown, more: object = {}): Case => ({
    key: `${key}.${name}`,
    at: `${record}.${name}`,
    config: ({ a }) => ({ origins: [a.url], [record]: { [name]: value, ...more } }),
    sees,
    expected,
  });

const cors = setting('Cors', 'cors');
const preflight =
  (header: string, more: Record<string, string> = {}): Case['sees'] =>
  async ({ get }) =>
    (await get('/', { ...PAGE, ...more }, 'OPTIONS')).header(`access-control-${header}`);
const CORS: Case[] = [
  cors(
    'origins',
    ['https://b.example'],
    async ({ get }) => (await get('/', PAGE)).header('access-control-allow-origin') === '*',
    false,
  ),
  cors('methods', ['GET', 'PUT'], preflight('allow-methods'), 'GET,PUT'),
  cors('headers', ['x-b', 'x-c'], preflight('allow-headers'), 'x-b,x-c'),
  cors(
    'exposedHeaders',
    ['x-e'],
    async ({ get }) => (await get('/', PAGE)).header('access-control-expose-headers'),
    'x-e',
  ),
  cors(
    'credentials',
    true,
    async ({ get }) => (await get('/', PAGE)).header('access-control-allow-credentials'),
    'true',
    { origins: ['https://a.example'] },
  ),
  cors('maxAge', 60, preflight('max-age'), '60'),
  {
    ...cors(
      'preflightContinue',
      true,
      async ({ get, a }) => (await get('/', PAGE, 'OPTIONS'), a.received.length),
      1,
    ),
    config: ({ a }) => ({ routes: [{ origins: [a.url] }], cors: { preflightContinue: true } }),
  },
  cors(
    'privateNetwork',
    true,
    preflight('allow-private-network', { 'access-control-request-private-network': 'true' }),
    'true',
  ),
  cors(
    'allowOriginAbsent',
    false,
    async ({ get }) => (await get()).header('access-control-allow-origin'),
    null,
  ),
];

const limit = setting('RateLimit', 'rateLimit');
const twice: Case['sees'] = ({ statuses }) => statuses({ 'x-user': '1' }, { 'x-user': '2' });
const LIMITS: Case[] = [
  // A window may end between two requests, but not twice in a row.
  ...['second', 'minute', 'hour', 'day', 'month', 'year'].map((name) =>
    limit(
      name,
      1,
      async ({ statuses }) => (await statuses({}, {}, {}, {}, {})).includes(429),
      true,
      name === 'year' ? { month: 1000 } : { year: 1000 },
    ),
  ),
  limit('by', { header: 'x-user' }, twice, [200, 200], { year: 1 }),
  limit('hideHeaders', true, async ({ get }) => (await get()).header('ratelimit-limit'), null, { year: 1 }),
  limit(
    'message',
    'Slow down',
    async ({ get }) => (await get(), (await get()).text.includes('Slow down')),
    true,
    { year: 1 },
  ),
  limit('status', 420, twice, [200, 420], { year: 1 }),
  {
    key: 'RateLimit.scope',
    at: 'routes.0.rateLimit.scope',
    config: ({ a }) => ({
      routes: [
        { paths: ['/x'], origins: [a.url], rateLimit: { year: 1, scope: 's' } },
        { origins: [a.url], rateLimit: { year: 1, scope: 's' } },
      ],
    }),
    sees: async ({ get }) => [(await get('/x')).status, (await get('/y')).status],
    expected: [200, 429],
  },
];

export const CASES: Case[] = [...ROUTES, ...SIDES, ...AUTH, ...VERIFY, ...CONSUMERS, ...CORS, ...LIMITS];
