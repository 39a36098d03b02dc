import { act } from '../support/origin.ts';
import type { Handler } from '../support/origin.ts';
import { until } from '../support/until.ts';
import { scaled, settingsOf, wait } from './prove.ts';
import type { Case, World } from './prove.ts';
import { answers, originSees } from './sees.ts';

/** The pool of both origins, or of a alone, with these settings. */
const pooled =
  (settings: object | (() => object) = {}) =>
  ({ a, b }: World) => ({
    pools: {
      default: { origins: [a.url, b.url], ...(typeof settings === 'function' ? settings() : settings) },
    },
  });
const lone =
  (settings: object) =>
  ({ a }: World) => ({ pools: { default: { origins: [a.url], ...settings } } });
const servedBy =
  (count: number, headers?: (at: number) => Record<string, string>): Case['sees'] =>
  async ({ bodies }) =>
    [...new Set(await bodies(count, headers))].toSorted().join('');
const requestCount: Case['sees'] = async ({ get, received }) => (await get(), received());
const user = (at: number) => ({ 'x-user': String(at) });
/** The number of requests at origin a, of this many. */
const requestsAtA =
  (count: number): Case['sees'] =>
  async ({ bodies, a }) => (await bodies(count), a.received.length);
const urlsOfA =
  (part: string): Case['sees'] =>
  async ({ get, a }) => (
    await get(),
    await wait(100),
    await get(),
    await wait(50),
    a.received.some(({ url }) => url === part)
  );
/** How often origin a is asked for that path while time passes. */
const askedOverTime =
  (path: string, ms: number): ((observer: Parameters<Case['sees']>[0]) => Promise<number>) =>
  async ({ get, a, gateway }) => {
    for (let at = 0; at < 5; at++) {
      await get();
      await wait(50);
      await gateway.advance(ms);
    }
    return a.received.filter(({ url }) => url === path).length;
  };

/** A time-out that no wait reaches, however slow the machine: a default would be reached. */
const FAR = 300_000;
const FAILING = { a: { status: 502 } };
const BOTH_FAIL = { ...FAILING, b: { status: 503 } };
const RR = { balance: 'round-robin', hedge: false };

const origin = settingsOf('Origin', 'pools.default.origins', {
  beside: ({ a }) => ({
    responseHeaders: { origin: 'Origin' },
    pools: { default: { origins: [{ url: a.url }] } },
  }),
});
const other = settingsOf('Origin', 'pools.default.origins', {
  beside: ({ a, b }) => ({
    pools: { default: { origins: [{ url: a.url }, { url: b.url }], balance: 'round-robin' } },
  }),
});
const ORIGINS: Case[] = [
  origin('url', ({ a }) => a.url, servedBy(2), 'a', { instead: ({ b }) => b.url }),
  origin('name', 'alpha', answers('origin'), 'alpha'),
  other('weight', 0, servedBy(6), 'b'),
  other('priority', 1, servedBy(6), 'b'),
  origin('headers', { 'X-Secret': 's' }, originSees('x-secret'), 's'),
  origin(
    'hostHeader',
    'localhost',
    async ({ get, a }) => (await get(), a.received[0]?.header('host')?.startsWith('localhost')),
    true,
  ),
];

const respondsWith =
  (name: string, load: number): Handler =>
  (received, _request, response) =>
    response
      .writeHead(200, { 'x-load': String(load) })
      .end(received.url === '/load' ? `{"cpu":${load}}` : name);
/** Once the loads are known, only the idle origin gets requests. */
const settled: Case['sees'] = async ({ bodies }) => {
  await bodies(4);
  await wait(150);
  await bodies(1);
  await wait(100);
  return [...new Set(await bodies(8))].join('');
};
const byLoad = pooled({ balance: 'least-load', load: { path: '/load', pointer: '/cpu' } });
const load = settingsOf('Pool', 'pools.default', {
  beside: byLoad,
  a: respondsWith('a', 9),
  b: respondsWith('b', 1),
});
const LOAD: Case[] = [
  load('load', { path: '/load', pointer: '/cpu' }, urlsOfA('/load'), true, {
    instead: { path: '/elsewhere' },
  }),
  load('load.path', '/load', urlsOfA('/load'), true, { instead: '/elsewhere' }),
  load('load.pointer', '/cpu', settled, 'b', { instead: '/disk' }),
  load('load.header', 'x-load', settled, 'b', {
    beside: pooled({ balance: 'least-load', load: { path: '/load' } }),
    instead: 'x-none',
  }),
  load(
    'load.intervalSeconds',
    0.1,
    async (observer) => (await askedOverTime('/load', 150)(observer)) > 2,
    true,
  ),
];

const HANG = { a: { fault: 'hang' } as const };
const SLOW = (delayMs: number) => ({ a: { delayMs }, b: { delayMs } });
const pool = settingsOf('Pool', 'pools.default', { beside: pooled(RR) });
const hedge = settingsOf('Pool', 'pools.default', {
  beside: pooled({ hedge: { afterMs: 30, budgetPercent: 100 } }),
});
const probe = settingsOf('Pool', 'pools.default', { beside: pooled({ probe: { path: '/up' } }) });
const POOLS: Case[] = [
  pool('origins', ({ a }) => [a.url], servedBy(2), 'a', { beside: pooled(), instead: ({ b }) => [b.url] }),
  pool('balance', 'race', requestCount, 2, { beside: pooled(), ...SLOW(30) }),
  pool('hashOn', { header: 'x-user' }, servedBy(20, user), 'ab', {
    beside: pooled({ balance: 'consistent-hash' }),
  }),
  pool('hashFallback', { header: 'x-user' }, servedBy(20, user), 'ab', {
    beside: pooled({ balance: 'consistent-hash', hashOn: { header: 'x-none' } }),
  }),
  ...['timeoutMs', 'totalTimeoutMs'].map((name) =>
    pool(name, 100, ({ within }) => within(900), 504, {
      beside: lone({ timeoutMs: FAR, totalTimeoutMs: FAR, retries: 0, hedge: false }),
      ...HANG,
      instead: FAR,
    }),
  ),
  pool('retries', 0, requestCount, 1, BOTH_FAIL),
  pool('retryOn', [418], requestCount, 2, { a: { status: 418 }, b: { status: 418 } }),
  pool('retryBudgetPercent', 0, async ({ bodies, received }) => (await bodies(20), received()), 20, {
    beside: pooled({ ...RR, outlier: false }),
    ...BOTH_FAIL,
  }),
  hedge('hedge', false, requestCount, 1, {
    ...SLOW(400),
    instead: { afterMs: 30, budgetPercent: 100 },
  }),
  hedge('hedge.afterMs', 30, requestCount, 2, SLOW(150)),
  hedge(
    'hedge.budgetPercent',
    100,
    async ({ bodies, received }) => (await bodies(6), received() > 10),
    true,
    { ...SLOW(120), instead: 0 },
  ),
  probe('probe', { path: '/up' }, urlsOfA('/up'), true),
  probe('probe.path', '/up', urlsOfA('/up'), true, { instead: '/other' }),
  probe(
    'probe.method',
    'HEAD',
    async ({ get, a }) => (await get(), await wait(50), a.received.some(({ method }) => method === 'HEAD')),
    true,
    { instead: 'GET' },
  ),
  pool('outlier', false, requestsAtA(16), 8, FAILING),
  pool('health', { path: '/healthy' }, urlsOfA('/healthy'), true, { beside: pooled() }),
  pool(
    'idempotencyKey',
    false,
    async ({ get, received }) => (await get('/', { 'idempotency-key': '1' }, 'POST', 'x'), received()),
    1,
    { a: { fault: 'reset' }, b: { fault: 'reset' } },
  ),
  pool(
    'retrySame',
    true,
    async ({ get, a, b }) => (await get(), Math.min(a.received.length, b.received.length)),
    0,
    {
      beside: pooled({ balance: 'consistent-hash', hedge: false, outlier: false }),
      a: { status: 502 },
      b: { status: 502 },
    },
  ),
];

const outlier = settingsOf('Outlier', 'pools.default.outlier', {
  beside: pooled({ ...RR, outlier: { ejectSeconds: 60 } }),
});
const OUTLIERS: Case[] = [
  outlier('consecutiveFailures', 1, requestsAtA(16), 1, FAILING),
  outlier(
    'ejectSeconds',
    10,
    async ({ bodies, a, gateway }) => {
      // An ejection lasts up to a fifth longer, and until a few more requests have come.
      await bodies(8);
      const before = a.received.length;
      await gateway.advance(13_000);
      await bodies(20);
      return a.received.length > before;
    },
    true,
    { ...FAILING, instead: 60 },
  ),
  outlier('on', [503], requestsAtA(16), 8, FAILING),
  outlier('unreachableFailures', 1, requestsAtA(16), 1, {
    beside: pooled({ ...RR, outlier: { on: ['unreachable'], ejectSeconds: 60 } }),
    a: { fault: 'reset' },
  }),
  outlier('timeoutFailures', 1, requestsAtA(12), 1, {
    beside: pooled(() => ({
      ...RR,
      timeoutMs: scaled(500),
      outlier: { on: ['timeout'], ejectSeconds: 600 },
    })),
    ...HANG,
  }),
];

/** Responds with its name, and to health checks with a status after a delay. */
const healthy =
  (name: string, status: number, delayMs = 0): Handler =>
  (received, _request, response) =>
    act(received.url === '/healthy' ? { status, delayMs: scaled(delayMs) } : { body: name }, response);
/** The origin that is used once the first check has completed. */
const afterCheck: Case['sees'] = async ({ a, b, get, bodies }) => {
  await get();
  const checks = () => [a, b].map(({ received }) => received.find(({ url }) => url === '/healthy'));
  await until(() => checks().every((check) => check?.answered === true || check?.cancelled === true));
  await wait(100);
  return [...new Set(await bodies(6))].toSorted().join('');
};
const health = settingsOf('Health', 'pools.default.health', {
  beside: pooled({ balance: 'round-robin', health: { path: '/healthy', unhealthyAfter: 1 } }),
});
const CHECKS: Case[] = [
  health('path', '/healthy', urlsOfA('/healthy'), true, { instead: '/other' }),
  health(
    'intervalSeconds',
    1,
    async (observer) => (await askedOverTime('/healthy', 600)(observer)) > 1,
    true,
    { beside: lone({ health: { path: '/healthy' } }) },
  ),
  health('statuses', [204], afterCheck, 'b', { a: healthy('a', 200), b: healthy('b', 204) }),
  health('unhealthyAfter', 1, afterCheck, 'b', { a: healthy('a', 500), b: healthy('b', 200) }),
  health('timeoutMs', () => scaled(500), afterCheck, 'b', {
    a: healthy('a', 200, 1500),
    b: healthy('b', 200),
    instead: FAR,
  }),
  pool(
    'probe.timeoutMs',
    100,
    ({ get }) =>
      Promise.race([get('/', {}, 'POST', 'x').then((answer) => answer.status), wait(900, 'waiting')]),
    200,
    {
      beside: pooled({ balance: 'race', probe: { path: '/healthy' } }),
      a: healthy('a', 200, 5000),
      b: healthy('b', 200, 5000),
      instead: FAR,
    },
  ),
];
export const CASES: Case[] = [...CHECKS, ...ORIGINS, ...LOAD, ...POOLS, ...OUTLIERS];
