/** What each setting of lib/traffic does: two gateways, with and without it. */
import { createHmac } from 'node:crypto';
import { digestOf } from '../support/auth.ts';
import { settingsOf, wait } from './prove.ts';
import type { Case, Headers, Observer } from './prove.ts';
import { ADA, KEY, KEYS, answers, has, originSees, routed, status, text } from './sees.ts';

const originUrl: Case['sees'] = async ({ get, a }) => (await get('/in/x?b=2&a=1', KEY), a.received[0]?.url);
const originBody: Case['sees'] = async ({ get, a }) => (
  await get('/', { 'content-type': 'application/json' }, 'POST', '{"p":"1"}'),
  a.received[0]?.body.toString()
);
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

const GOLD = { auth: {}, consumers: [{ ...ADA, groups: ['gold'] }] };
/** Each of them for the whole configuration, for a route and, if possible, for a consumer. */
const PLACES: readonly [
  name: string,
  value: Case['value'],
  sees: Case['sees'],
  expected: unknown,
  own?: true,
][] = [
  ['correlationId', {}, has(originSees('x-correlation-id')), true],
  ['trace', {}, has(originSees('traceparent')), true],
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
  ['requestTransform', { path: '/p' }, originUrl, '/p?b=2&a=1', true],
  ['responseTransform', { headers: { add: { 'x-a': '1' } } }, answers('x-a', KEY), '1', true],
  ['redirect', { to: 'https://b.example/' }, status(KEY), 301, true],
  ['webhook', { secret: 's' }, status(), 400],
  ['cache', {}, cached(['/x', KEY]), 'Hit', true],
  ['logTo', ['console'], lines, 1, true],
];
const everywhere: Case[] = PLACES.flatMap(([name, value, sees, expected, own]): Case[] => {
  // A key that the route does not require would be someone's credential, whose responses are not cached.
  const keys = own ? KEYS : {};
  return [
    settingsOf('Config', '')(name, value, sees, expected, { beside: keys }),
    settingsOf('Route', 'routes')(name, value, sees, expected, { beside: routed({}, keys) }),
    ...(own
      ? [settingsOf('ConsumerSettings', 'consumerSettings.1')(name, value, sees, expected, { beside: KEYS })]
      : []),
  ];
});

const REDIRECTED = { 1: { redirect: { to: 'https://b.example' } } };
const tables: Case[] = [
  settingsOf('Config', '')('consumerSettings', REDIRECTED, status(KEY), 301, { beside: KEYS }),
  settingsOf('Route', 'routes')('consumerSettings', REDIRECTED, status(KEY), 301, {
    beside: routed({}, KEYS),
  }),
  settingsOf('Consumer', 'consumers')('groups', ['gold'], status(KEY), 200, {
    beside: { ...KEYS, groups: { allow: ['gold'] } },
  }),
];

/** The settings of a route's record; `beside` has the record's other settings. */
const on = (record: string, beside: object = {}, more: Partial<Pick<Case, 'a'>> = {}) => {
  const place = record.charAt(0).toLowerCase() + record.slice(1);
  return settingsOf(record, `routes.${place}`, { beside: routed({ [place]: beside }), ...more });
};

const T32 = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const W3C = { traceparent: `00-${T32}-${SPAN}-01` };
/** Whether the origin's traceparent matches the pattern. */
const parent =
  (pattern: RegExp, headers: Headers = {}): Case['sees'] =>
  async (observer) =>
    pattern.test(String(await originSees('traceparent', headers)(observer)));
const correlation = on('CorrelationId');
const trace = on('Trace');
const traces: Case[] = [
  correlation('header', 'X-Id', has(originSees('x-id')), true),
  correlation(
    'generator',
    'counter',
    async ({ get, a }) => (await get(), (a.received[0]?.header('x-correlation-id') ?? '').endsWith('#1')),
    true,
  ),
  correlation('echo', true, answers('x-correlation-id', { 'x-correlation-id': 'mine' }), 'mine'),
  trace('extract', [], parent(RegExp(T32), W3C), false),
  trace('inject', ['w3c'], parent(RegExp(T32), { b3: `${T32}-${SPAN}-1` }), true),
  trace('defaultFormat', 'b3', has(originSees('x-b3-traceid')), true),
  trace('clear', ['x-old'], originSees('x-old', { 'x-old': '1' }), null),
  trace('sample', 0, parent(/-00$/), true),
  on('Trace', { sample: 0 })('capCallers', true, parent(/-00$/, W3C), true),
  trace('idBytes', 8, parent(/^00-0{16}/), true),
  trace('responseHeader', 'X-Trace', answers('x-trace', W3C), T32),
];

const agents = on('Agents');
const groups = settingsOf('Groups', 'groups', { beside: GOLD });
const denying = on('Addresses', { deny: ['127.0.0.1'] });
const redirect = on('Redirect', { to: 'https://b.example' });
const guards: Case[] = [
  agents('allow', ['GPTBot'], status({ 'user-agent': 'GPTBot/1.2' }), 200),
  agents('deny', ['^lantern'], status({ 'user-agent': 'lantern/1' }), 403),
  agents('bots', false, status({ 'user-agent': 'GPTBot/1.2' }), 200),
  on('Addresses')('allow', ['10.0.0.0/8'], status(), 403),
  denying('deny', ['127.0.0.1'], status(), 403),
  denying('status', 404, status(), 404),
  denying('message', 'not here', text, '{"message":"not here"}'),
  groups('allow', ['silver'], status(KEY), 403),
  groups('deny', ['gold'], status(KEY), 403),
  groups('hideHeader', true, originSees('x-consumer-groups', KEY), null),
  redirect('to', 'https://b.example/', answers('location'), 'https://b.example/', {
    instead: 'https://c.example/',
  }),
  redirect('status', 308, status(), 308),
  redirect('keepPath', true, answers('location'), 'https://b.example/in/x'),
];

const TIME = '1500000000';
const SIGNED = {
  'webhook-id': 'm',
  'webhook-timestamp': TIME,
  'webhook-signature': `v1,${createHmac('sha256', 'right').update(`m.${TIME}.{}`).digest('base64')}`,
};
const webhook = on('Webhook', { secret: 'right', toleranceSeconds: 2_000_000_000 });
const webhooks: Case[] = [
  webhook('secret', 'right', status(SIGNED, 'POST', '{}'), 200, { instead: 'wrong' }),
  webhook('toleranceSeconds', 2_000_000_000, status(SIGNED, 'POST', '{}'), 200),
];

const costs = { a: { headers: { 'x-cost': 'video=5', 'x-other': 'video=1' } } };
const VIDEO = { limits: { video: { minute: 5 } } };
const cost = on('CostLimits', VIDEO, costs);
const remaining = 'x-ratelimit-remaining-video-minute';
/** Of the second of two requests. */
const again =
  (sees: Case['sees']): Case['sees'] =>
  async (observer) => (await observer.get('/'), sees(observer));
const budgets: Case[] = [
  cost('header', 'X-Other', answers(remaining), '4'),
  cost('limits', { video: { minute: 9 } }, answers('x-ratelimit-limit-video-minute'), '9', {
    instead: { video: { minute: 1 } },
  }),
  ...['second', 'minute', 'hour', 'day', 'month', 'year'].map((period) =>
    on('CostLimits')(`limits.${period}`, 9, answers(`x-ratelimit-limit-video-${period}`), '9', {
      at: `routes.costLimits.limits.video.${period}`,
      instead: 8,
    }),
  ),
  settingsOf('CostLimits', 'costLimits')(
    'by',
    'ip',
    async (observer) => (await observer.get('/', KEY), answers(remaining, { apikey: 'other' })(observer)),
    '3',
    {
      beside: {
        auth: {},
        consumers: [ADA, { id: '2', credentials: [{ sha256: digestOf('other') }] }],
        costLimits: VIDEO,
      },
      a: { headers: { 'x-cost': 'video=1' } },
    },
  ),
  cost(
    'refuseEarly',
    true,
    again(async ({ get, a }) => (await get('/'), a.received.length)),
    1,
  ),
  cost('hideHeaders', true, answers(remaining), null),
  cost('scope', 's', again(status()), 429, {
    beside: ({ a }) => ({
      routes: ['/in', '/'].map((path) => ({
        paths: [path],
        origins: [a.url],
        costLimits: { ...VIDEO, scope: 's' },
      })),
    }),
  }),
];

const SENT = { 'x-old': 'v', 'x-a': '1' };
const sent = on('RequestTransform');
const requests: Case[] = [
  sent('method', 'PUT', async ({ get, a }) => (await get(), a.received[0]?.method), 'PUT'),
  sent('path', '/p', originUrl, '/p?b=2&a=1'),
  sent('headers', { add: { 'x-n': '1' } }, originSees('x-n'), '1'),
  sent('headers.remove', ['x-old'], originSees('x-old', SENT), null),
  sent('headers.rename', { 'x-old': 'x-new' }, originSees('x-new', SENT), 'v'),
  sent('headers.replace', { 'x-a': '2' }, originSees('x-a', SENT), '2'),
  sent('headers.add', { 'x-n': '$(headers["x-old"])' }, originSees('x-n', SENT), 'v'),
  sent('headers.append', { 'x-a': ['2', '3'] }, originSees('x-a', SENT), '1, 2, 3'),
  sent('query', { add: { c: '3' } }, originUrl, '/in/x?a=1&b=2&c=3'),
  sent('query.remove', ['b'], originUrl, '/in/x?a=1'),
  sent('query.rename', { b: 'c' }, originUrl, '/in/x?a=1&c=2'),
  sent('query.replace', { b: '9' }, originUrl, '/in/x?a=1&b=9'),
  sent('query.add', { c: '3' }, originUrl, '/in/x?a=1&b=2&c=3'),
  sent('query.append', { b: '9' }, originUrl, '/in/x?a=1&b=2&b=9'),
  sent('body', { add: { q: '2' } }, originBody, '{"p":"1","q":"2"}'),
  sent('body.remove', ['p'], originBody, '{}'),
  sent('body.rename', { p: 'q' }, originBody, '{"q":"1"}'),
  sent('body.replace', { p: '2' }, originBody, '{"p":"2"}'),
  sent('body.add', { q: '2' }, originBody, '{"p":"1","q":"2"}'),
  sent('body.append', { p: '2' }, originBody, '{"p":["1","2"]}'),
];

const answered = on(
  'ResponseTransform',
  {},
  { a: { headers: { 'content-type': 'application/json', 'x-old': 'v' }, body: '{"p":"1"}' } },
);
const responses: Case[] = [
  answered('headers', { add: { 'x-n': '1' } }, answers('x-n'), '1'),
  answered('headers.remove', ['x-old'], answers('x-old'), null),
  answered('headers.rename', { 'x-old': 'x-new' }, answers('x-new'), 'v'),
  answered('headers.replace', { 'x-old': 'w' }, answers('x-old'), 'w'),
  answered('headers.add', { 'x-n': '1' }, answers('x-n'), '1'),
  answered('headers.append', { 'x-n': ['1', '2'] }, answers('x-n'), '1'),
  answered('body', { add: { q: 2 } }, text, '{"p":"1","q":2}'),
  answered('body.remove', ['p'], text, '{}'),
  answered('body.rename', { p: 'q' }, text, '{"q":"1"}'),
  answered('body.replace', { p: true }, text, '{"p":true}'),
  answered('body.add', { q: 2 }, text, '{"p":"1","q":2}'),
  answered('body.append', { p: ['2', '3'] }, text, '{"p":["1","2","3"]}'),
];

const aged = { a: { headers: { 'cache-control': 'max-age=60' } } };
const cache = on('Cache');
const caches: Case[] = [
  cache('methods', ['HEAD'], cached(), 'Bypass'),
  cache('statuses', [404], cached(), 'Bypass'),
  cache('contentTypes', ['application/json'], cached(), 'Bypass'),
  cache('ttlSeconds', 0, cached(), 'Bypass'),
  on('Cache', { ttlSeconds: 1 })(
    'storageSeconds',
    60,
    async ({ get, gateway }) => (
      await get(),
      await gateway.advance(1200),
      (await get()).header('x-cache-status')
    ),
    'Refresh',
  ),
  cache('obeyCacheControl', false, cached(['/x', { 'cache-control': 'no-cache' }]), 'Hit', aged),
  cache('varyQuery', ['a'], cached(['/x?a=1&b=1'], ['/x?a=1&b=2']), 'Hit'),
  cache('varyHeaders', ['X-Lang'], cached(['/x', { 'x-lang': 'de' }], ['/x', { 'x-lang': 'en' }]), 'Miss'),
  cache('ignorePathCase', true, cached(['/x'], ['/X']), 'Hit'),
  cache(
    'show',
    ['key'],
    async ({ get }) => [(await get()).header('x-cache-status'), (await get()).header('x-cache-key')?.length],
    [null, 64],
  ),
];

const count: Case['sees'] = async (observer) => (await sentTo(observer)).length;
/** `logTo` with one server, or a collector: the verifier's server. */
const sinks: Case[] = (['LogServer', 'Collector'] as const).flatMap((record): Case[] => {
  const sink = (beside: object = {}) =>
    settingsOf(record, record === 'LogServer' ? 'logTo' : 'trace.to', {
      beside: ({ a, verifier }) => {
        const to = { url: `${verifier.url}/log`, ...beside };
        return { origins: [a.url], ...(record === 'LogServer' ? { logTo: [to] } : { trace: { to } }) };
      },
    });
  return [
    sink()('url', ({ verifier }) => verifier.url, count, 1, { instead: ({ b }) => b.url }),
    sink()('method', 'PUT', async (observer) => (await sentTo(observer))[0]?.method, 'PUT'),
    sink()(
      'headers',
      { 'X-Src': 'gw' },
      async (observer) => (await sentTo(observer))[0]?.header('x-src'),
      'gw',
    ),
    sink({ delaySeconds: 5 })('batchSize', 2, async (observer) => (await sentTo(observer, 2)).length, 1),
    sink({ batchSize: 2 })(
      'delaySeconds',
      20,
      async (observer) => (await sentTo(observer, 1, 1500)).length,
      0,
    ),
    ...(record === 'Collector'
      ? [
          sink()(
            'serviceName',
            'shop',
            async (observer) => (await sentTo(observer))[0]?.body.toString().includes('"shop"'),
            true,
          ),
        ]
      : []),
  ];
});
const spans = settingsOf('Trace', 'trace')('to', ({ verifier }) => ({ url: verifier.url }), count, 1);

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
  spans,
];
