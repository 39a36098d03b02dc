/** What each setting of lib/traffic does: two gateways, with and without it. */
import { createHmac } from 'node:crypto';
import { digestOf } from '../support/auth.ts';
import { wait } from './prove.ts';
import type { Case, Observer } from './prove.ts';

type Headers = Record<string, string>;
const KEY = { apikey: 'good' };
const ADA = [{ id: '1', username: 'ada', credentials: [{ id: 'k1', sha256: digestOf('good') }] }];

// ---- observations --------------------------------------------------------------------------

const status =
  (headers: Headers = {}, method = 'GET', body = ''): Case['sees'] =>
  async ({ get }) =>
    (await get('/in/x', headers, method, body)).status;
const originHeader =
  (name: string, headers: Headers = {}): Case['sees'] =>
  async ({ get, a }) => (await get('/in/x?b=2&a=1', headers), a.received[0]?.header(name));
/** Whether the origin gets a header of this name. */
const originGets =
  (name: string): Case['sees'] =>
  async ({ get, a }) => (await get('/in/x'), a.received[0]?.header(name) !== null);
const originPath: Case['sees'] = async ({ get, a }) => (await get('/in/x?b=2&a=1', KEY), a.received[0]?.url);
const originBody: Case['sees'] = async ({ get, a }) => (
  await get('/', { 'content-type': 'application/json' }, 'POST', '{"p":"1"}'),
  a.received[0]?.body.toString()
);
const answers =
  (name: string, headers: Headers = {}, path = '/in/x'): Case['sees'] =>
  async ({ get }) =>
    (await get(path, headers)).header(name);
const text: Case['sees'] = async ({ get }) => (await get('/')).text;
/** X-Cache-Status of the second of two requests. */
const cached =
  (first: [path: string, headers?: Headers, method?: string] = ['/x'], second = first): Case['sees'] =>
  async ({ get }) => (await get(...first), (await get(...second)).header('x-cache-status'));
const chunked: Case['sees'] = async ({ gateway }) => {
  const body = new ReadableStream({
    start: (controller) => (controller.enqueue(new TextEncoder().encode('four')), controller.close()),
  });
  const request = { method: 'POST', headers: KEY, body, duplex: 'half' };
  return (await fetch(gateway.url, request as RequestInit)).status;
};
/** What the gateway has written to the console. */
const lines: Case['sees'] = async ({ get, gateway }) => (
  await get('/', KEY),
  await wait(150),
  gateway.lines().length
);
/** The requests that the verifier's server got as a log server or collector. */
async function sentTo({ get, verifier }: Observer, times = 1, ms = 600) {
  for (let turn = 0; turn < times; turn++) await get('/in/x');
  await wait(ms);
  return verifier.received;
}

// ---- where settings are set -----------------------------------------------------------------

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight((inner, name) => ({ [name]: inner }), value);
/** One setting of a route's record; `beside` has the record's other settings. */
function on(
  key: string,
  value: unknown,
  sees: Case['sees'],
  expected: unknown,
  ...[beside = {}, more = {}]: [beside?: object, more?: Partial<Case>]
): Case {
  const [record = '', ...rest] = key.split('.');
  const setting = record.charAt(0).toLowerCase() + record.slice(1);
  const [first = '', ...deeper] = rest;
  return {
    key,
    at: `routes.0.${setting}.${rest.join('.')}`,
    config: ({ a }) => ({
      routes: [{ origins: [a.url], [setting]: { ...beside, [first]: nested(deeper, value) } }],
    }),
    sees,
    expected,
    ...more,
  };
}

/** Each of them for the whole configuration, for a route and, if possible, for a consumer. */
const PLACES: readonly [name: string, value: unknown, sees: Case['sees'], expected: unknown, own?: true][] = [
  ['correlationId', {}, originGets('x-correlation-id'), true],
  ['trace', {}, originGets('traceparent'), true],
  ['agents', {}, status({ 'user-agent': 'GPTBot/1.2' }), 403],
  ['addresses', { deny: ['127.0.0.0/8'] }, status(KEY), 403, true],
  ['maxBodyBytes', 3, status(KEY, 'POST', 'four'), 413, true],
  ['requireContentLength', true, chunked, 411, true],
  ['groups', { allow: ['gold'] }, status(), 401],
  [
    'costLimits',
    { limits: { video: { minute: 5 } } },
    answers('x-ratelimit-limit-video-minute', KEY),
    '5',
    true,
  ],
  ['requestTransform', { path: '/p' }, originPath, '/p?b=2&a=1', true],
  ['responseTransform', { headers: { add: { 'x-a': '1' } } }, answers('x-a', KEY), '1', true],
  ['redirect', { to: 'https://b.example/' }, status(KEY), 301, true],
  ['webhook', { secret: 's' }, status(), 400],
  ['cache', {}, cached(['/x', KEY]), 'Hit', true],
  ['logTo', ['console'], lines, 1, true],
];
const everywhere: Case[] = PLACES.flatMap(([name, value, sees, expected, own]): Case[] => [
  {
    key: `Config.${name}`,
    at: name,
    // A key that the route does not require would be someone's credential, whose responses are not cached.
    config: ({ a }) => ({ origins: [a.url], [name]: value, ...(own ? { auth: {}, consumers: ADA } : {}) }),
    sees,
    expected,
  },
  {
    key: `Route.${name}`,
    at: `routes.0.${name}`,
    config: ({ a }) => ({
      routes: [{ origins: [a.url], [name]: value }],
      ...(own ? { auth: {}, consumers: ADA } : {}),
    }),
    sees,
    expected,
  },
  ...(own
    ? [
        {
          key: `ConsumerSettings.${name}`,
          at: `consumerSettings.1.${name}`,
          config: ({ a }: Observer) => ({
            origins: [a.url],
            auth: {},
            consumers: ADA,
            consumerSettings: { 1: { [name]: value } },
          }),
          sees,
          expected,
        } as Case,
      ]
    : []),
]);

const tables: Case[] = [
  {
    key: 'Config.consumerSettings',
    at: 'consumerSettings',
    config: ({ a }) => ({
      origins: [a.url],
      auth: {},
      consumers: ADA,
      consumerSettings: { 1: { redirect: { to: 'https://b.example' } } },
    }),
    sees: status(KEY),
    expected: 301,
  },
  {
    key: 'Route.consumerSettings',
    at: 'routes.0.consumerSettings',
    config: ({ a }) => ({
      auth: {},
      consumers: ADA,
      routes: [{ origins: [a.url], consumerSettings: { 1: { redirect: { to: 'https://b.example' } } } }],
    }),
    sees: status(KEY),
    expected: 301,
  },
  {
    key: 'Consumer.groups',
    at: 'consumers.0.groups',
    config: ({ a }) => ({
      origins: [a.url],
      auth: {},
      consumers: [{ ...ADA[0], groups: ['gold'] }],
      groups: { allow: ['gold'] },
    }),
    sees: status(KEY),
    expected: 200,
  },
];

const T32 = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const B3 = { b3: `${T32}-${SPAN}-1` };
const flag = (value: unknown): unknown => String(value).slice(-2);
const traces: Case[] = [
  on('CorrelationId.header', 'X-Id', originGets('x-id'), true),
  on(
    'CorrelationId.generator',
    'counter',
    async ({ get, a }) => (await get(), (a.received[0]?.header('x-correlation-id') ?? '').endsWith('#1')),
    true,
  ),
  on('CorrelationId.echo', true, answers('x-correlation-id', { 'x-correlation-id': 'mine' }), 'mine'),
  on(
    'Trace.extract',
    [],
    async (observer) =>
      String(await originHeader('traceparent', { traceparent: `00-${T32}-${SPAN}-01` })(observer)).includes(
        T32,
      ),
    false,
  ),
  on(
    'Trace.inject',
    ['w3c'],
    async (observer) => String(await originHeader('traceparent', B3)(observer)).includes(T32),
    true,
  ),
  on('Trace.defaultFormat', 'b3', originGets('x-b3-traceid'), true),
  on('Trace.clear', ['x-old'], originHeader('x-old', { 'x-old': '1' }), null),
  on('Trace.sample', 0, async (observer) => flag(await originHeader('traceparent')(observer)), '00'),
  on(
    'Trace.capCallers',
    true,
    async (observer) =>
      flag(await originHeader('traceparent', { traceparent: `00-${T32}-${SPAN}-01` })(observer)),
    '00',
    { sample: 0 },
  ),
  on(
    'Trace.idBytes',
    8,
    async (observer) => /^00-0{16}/.test(String(await originHeader('traceparent')(observer))),
    true,
  ),
  on('Trace.responseHeader', 'X-Trace', answers('x-trace', { traceparent: `00-${T32}-${SPAN}-01` }), T32),
];

const guards: Case[] = [
  on('Agents.allow', ['GPTBot'], status({ 'user-agent': 'GPTBot/1.2' }), 200),
  on('Agents.deny', ['^lantern'], status({ 'user-agent': 'lantern/1' }), 403),
  on('Agents.bots', false, status({ 'user-agent': 'GPTBot/1.2' }), 200),
  on('Addresses.allow', ['10.0.0.0/8'], status(), 403),
  on('Addresses.deny', ['127.0.0.1'], status(), 403),
  on('Addresses.status', 404, status(), 404, { deny: ['127.0.0.1'] }),
  on('Addresses.message', 'not here', text, '{"message":"not here"}', { deny: ['127.0.0.1'] }),
  ...(['allow', 'deny', 'hideHeader'] as const).map((name): Case => {
    const value = { allow: ['silver'], deny: ['gold'], hideHeader: true }[name];
    return {
      key: `Groups.${name}`,
      at: `groups.${name}`,
      config: ({ a }) => ({
        origins: [a.url],
        auth: {},
        consumers: [{ ...ADA[0], groups: ['gold'] }],
        groups: { [name]: value },
      }),
      sees: name === 'hideHeader' ? originHeader('x-consumer-groups', KEY) : status(KEY),
      expected: name === 'hideHeader' ? null : 403,
    };
  }),
  on(
    'Redirect.to',
    'https://b.example/',
    answers('location'),
    'https://b.example/',
    {},
    { instead: () => 'https://c.example/' },
  ),
  on('Redirect.status', 308, status(), 308, { to: 'https://b.example' }),
  on('Redirect.keepPath', true, answers('location'), 'https://b.example/in/x', { to: 'https://b.example' }),
];

const TIME = '1500000000';
const SIGNED = {
  'webhook-id': 'm',
  'webhook-timestamp': TIME,
  'webhook-signature': `v1,${createHmac('sha256', 'right').update(`m.${TIME}.{}`).digest('base64')}`,
};
const webhooks: Case[] = [
  on(
    'Webhook.secret',
    'right',
    status(SIGNED, 'POST', '{}'),
    200,
    { toleranceSeconds: 2_000_000_000 },
    { instead: () => 'wrong' },
  ),
  on('Webhook.toleranceSeconds', 2_000_000_000, status(SIGNED, 'POST', '{}'), 200, { secret: 'right' }),
];

const costs = { a: { headers: { 'x-cost': 'video=5', 'x-other': 'video=1' } } };
const remaining = answers('x-ratelimit-remaining-video-minute');
const VIDEO = { limits: { video: { minute: 5 } } };
/** Of the second of two requests. */
const again =
  (sees: Case['sees']): Case['sees'] =>
  async (observer) => (await observer.get('/'), sees(observer));
const budgets: Case[] = [
  on('CostLimits.header', 'X-Other', remaining, '4', VIDEO, costs),
  on(
    'CostLimits.limits',
    { video: { minute: 9 } },
    answers('x-ratelimit-limit-video-minute'),
    '9',
    {},
    { ...costs, instead: () => ({ video: { minute: 1 } }) },
  ),
  ...['second', 'minute', 'hour', 'day', 'month', 'year'].map((period) =>
    on(
      `CostLimits.limits.video.${period}`,
      9,
      answers(`x-ratelimit-limit-video-${period}`),
      '9',
      {},
      {
        key: `CostLimits.limits.${period}`,
        instead: () => 8,
      },
    ),
  ),
  {
    key: 'CostLimits.by',
    at: 'costLimits.by',
    config: ({ a }) => ({
      origins: [a.url],
      auth: {},
      consumers: [...ADA, { id: '2', credentials: [{ sha256: digestOf('other') }] }],
      costLimits: { ...VIDEO, by: 'ip' },
    }),
    sees: async (observer) => (
      await observer.get('/', KEY),
      answers('x-ratelimit-remaining-video-minute', { apikey: 'other' })(observer)
    ),
    expected: '3',
    a: { headers: { 'x-cost': 'video=1' } },
  },
  on(
    'CostLimits.refuseEarly',
    true,
    again(async ({ get, a }) => (await get('/'), a.received.length)),
    1,
    VIDEO,
    costs,
  ),
  on('CostLimits.hideHeaders', true, remaining, null, VIDEO, costs),
  {
    key: 'CostLimits.scope',
    at: 'routes.0.costLimits.scope',
    config: ({ a }) => ({
      routes: [
        { paths: ['/in'], origins: [a.url], costLimits: { ...VIDEO, scope: 's' } },
        { paths: ['/'], origins: [a.url], costLimits: { ...VIDEO, scope: 's' } },
      ],
    }),
    sees: again(status()),
    expected: 429,
    ...costs,
  },
];

const SENT = { 'x-old': 'v', 'x-a': '1' };
const requests: Case[] = [
  on('RequestTransform.method', 'PUT', async ({ get, a }) => (await get(), a.received[0]?.method), 'PUT'),
  on('RequestTransform.path', '/p', originPath, '/p?b=2&a=1'),
  on('RequestTransform.headers', { add: { 'x-n': '1' } }, originHeader('x-n'), '1'),
  on('RequestTransform.headers.remove', ['x-old'], originHeader('x-old', SENT), null),
  on('RequestTransform.headers.rename', { 'x-old': 'x-new' }, originHeader('x-new', SENT), 'v'),
  on('RequestTransform.headers.replace', { 'x-a': '2' }, originHeader('x-a', SENT), '2'),
  on(
    'RequestTransform.headers.add',
    { 'x-n': '$(headers.x-old)'.replace('headers.x-old', 'headers["x-old"]') },
    originHeader('x-n', SENT),
    'v',
  ),
  on('RequestTransform.headers.append', { 'x-a': ['2', '3'] }, originHeader('x-a', SENT), '1, 2, 3'),
  on('RequestTransform.query', { add: { c: '3' } }, originPath, '/in/x?a=1&b=2&c=3'),
  on('RequestTransform.query.remove', ['b'], originPath, '/in/x?a=1'),
  on('RequestTransform.query.rename', { b: 'c' }, originPath, '/in/x?a=1&c=2'),
  on('RequestTransform.query.replace', { b: '9' }, originPath, '/in/x?a=1&b=9'),
  on('RequestTransform.query.add', { c: '3' }, originPath, '/in/x?a=1&b=2&c=3'),
  on('RequestTransform.query.append', { b: '9' }, originPath, '/in/x?a=1&b=2&b=9'),
  on('RequestTransform.body', { add: { q: '2' } }, originBody, '{"p":"1","q":"2"}'),
  on('RequestTransform.body.remove', ['p'], originBody, '{}'),
  on('RequestTransform.body.rename', { p: 'q' }, originBody, '{"q":"1"}'),
  on('RequestTransform.body.replace', { p: '2' }, originBody, '{"p":"2"}'),
  on('RequestTransform.body.add', { q: '2' }, originBody, '{"p":"1","q":"2"}'),
  on('RequestTransform.body.append', { p: '2' }, originBody, '{"p":["1","2"]}'),
];

const json = { a: { headers: { 'content-type': 'application/json', 'x-old': 'v' }, body: '{"p":"1"}' } };
const responses: Case[] = [
  on('ResponseTransform.headers', { add: { 'x-n': '1' } }, answers('x-n'), '1', {}, json),
  on('ResponseTransform.headers.remove', ['x-old'], answers('x-old'), null, {}, json),
  on('ResponseTransform.headers.rename', { 'x-old': 'x-new' }, answers('x-new'), 'v', {}, json),
  on('ResponseTransform.headers.replace', { 'x-old': 'w' }, answers('x-old'), 'w', {}, json),
  on('ResponseTransform.headers.add', { 'x-n': '1' }, answers('x-n'), '1', {}, json),
  on('ResponseTransform.headers.append', { 'x-n': ['1', '2'] }, answers('x-n'), '1', {}, json),
  on('ResponseTransform.body', { add: { q: 2 } }, text, '{"p":"1","q":2}', {}, json),
  on('ResponseTransform.body.remove', ['p'], text, '{}', {}, json),
  on('ResponseTransform.body.rename', { p: 'q' }, text, '{"q":"1"}', {}, json),
  on('ResponseTransform.body.replace', { p: true }, text, '{"p":true}', {}, json),
  on('ResponseTransform.body.add', { q: 2 }, text, '{"p":"1","q":2}', {}, json),
  on('ResponseTransform.body.append', { p: ['2', '3'] }, text, '{"p":["1","2","3"]}', {}, json),
];

const aged = { a: { headers: { 'cache-control': 'max-age=60' } } };
const caches: Case[] = [
  on('Cache.methods', ['HEAD'], cached(), 'Bypass'),
  on('Cache.statuses', [404], cached(), 'Bypass'),
  on('Cache.contentTypes', ['application/json'], cached(), 'Bypass'),
  on('Cache.ttlSeconds', 0, cached(), 'Bypass'),
  on(
    'Cache.storageSeconds',
    60,
    async ({ get, gateway }) => (
      await get(),
      await gateway.advance(1200),
      (await get()).header('x-cache-status')
    ),
    'Refresh',
    { ttlSeconds: 1 },
  ),
  on('Cache.obeyCacheControl', false, cached(['/x', { 'cache-control': 'no-cache' }]), 'Hit', {}, aged),
  on('Cache.varyQuery', ['a'], cached(['/x?a=1&b=1'], ['/x?a=1&b=2']), 'Hit'),
  on('Cache.varyHeaders', ['X-Lang'], cached(['/x', { 'x-lang': 'de' }], ['/x', { 'x-lang': 'en' }]), 'Miss'),
  on('Cache.ignorePathCase', true, cached(['/x'], ['/X']), 'Hit'),
  on(
    'Cache.show',
    ['key'],
    async ({ get }) => [(await get()).header('x-cache-status'), (await get()).header('x-cache-key')?.length],
    [null, 64],
  ),
];

/** `logTo` with one server or collector: the verifier's. */
function sink(
  record: 'LogServer' | 'Collector',
  name: string,
  value: unknown,
  sees: Case['sees'],
  ...[expected, beside = {}]: [expected: unknown, beside?: object]
): Case {
  const where = record === 'LogServer' ? 'logTo.0' : 'trace.to';
  const of = (server: object): object =>
    record === 'LogServer' ? { logTo: [server] } : { trace: { to: server } };
  return {
    key: `${record}.${name}`,
    at: `${where}.${name}`,
    config: ({ a, verifier }) => ({
      origins: [a.url],
      ...of({ url: `${verifier.url}/log`, ...beside, [name]: value }),
    }),
    sees,
    expected,
  };
}
const count: Case['sees'] = async (observer) => (await sentTo(observer)).length;
const sinks: Case[] = (['LogServer', 'Collector'] as const).flatMap((record): Case[] => [
  {
    ...sink(record, 'url', '', count, 1),
    config: ({ a, verifier }) => ({
      origins: [a.url],
      ...(record === 'LogServer'
        ? { logTo: [{ url: verifier.url }] }
        : { trace: { to: { url: verifier.url } } }),
    }),
    instead: ({ b }) => b.url,
  },
  sink(record, 'method', 'PUT', async (observer) => (await sentTo(observer))[0]?.method, 'PUT'),
  sink(
    record,
    'headers',
    { 'X-Src': 'gw' },
    async (observer) => (await sentTo(observer))[0]?.header('x-src'),
    'gw',
  ),
  sink(record, 'batchSize', 2, async (observer) => (await sentTo(observer, 2)).length, 1, {
    delaySeconds: 5,
  }),
  sink(record, 'delaySeconds', 20, async (observer) => (await sentTo(observer, 1, 1500)).length, 0, {
    batchSize: 2,
  }),
]);
const spans: Case[] = [
  {
    key: 'Trace.to',
    at: 'trace.to',
    config: ({ a, verifier }) => ({ origins: [a.url], trace: { to: { url: verifier.url } } }),
    sees: count,
    expected: 1,
  },
  sink(
    'Collector',
    'serviceName',
    'shop',
    async (observer) => (await sentTo(observer))[0]?.body.toString().includes('"shop"'),
    true,
  ),
];

export const CASES: Case[] = [
  ...everywhere,
  ...tables,
  ...traces,
  ...guards,
  ...webhooks,
  ...budgets,
  ...requests,
  ...responses,
  ...caches,
  ...sinks,
  ...spans,
];
