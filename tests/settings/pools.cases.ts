import { act } from '../support/origin.ts';
import type { Handler } from '../support/origin.ts';
import { until } from '../support/until.ts';
import { scaled, wait } from './prove.ts';
import type { Case, World } from './prove.ts';

const pool =
  (settings: object, more: object = {}) =>
  ({ a, b }: World) => ({
    pools: { default: { origins: [a.url, b.url], ...settings } },
    ...more,
  });
const lone =
  (settings: object) =>
  ({ a }: World) => ({ pools: { default: { origins: [a.url], ...settings } } });
const origins =
  (first: object, second: object = {}, settings: object = {}) =>
  ({ a, b }: World) => ({
    pools: {
      default: {
        origins: [
          { url: a.url, ...first },
          { url: b.url, ...second },
        ],
        balance: 'round-robin',
        ...settings,
      },
    },
  });
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

const WHERE: Readonly<Record<string, string>> = {
  Origin: 'pools.default.origins.0',
  Pool: 'pools.default',
  Outlier: 'pools.default.outlier',
  Health: 'pools.default.health',
};
const setting = (
  key: string,
  config: Case['config'],
  sees: Case['sees'],
  expected: unknown,
  more: Partial<Case> = {},
): Case => ({ key, at: key.replace(/^\w+/, (record) => WHERE[record]!), config, sees, expected, ...more });
/** A time-out that no wait reaches, however slow the machine: a default would be reached. */
const FAR = 300_000;
const FAILING = { a: { status: 502 } };
const RR = { balance: 'round-robin', hedge: false };

const ORIGINS: Case[] = [
  setting(
    'Origin.url',
    ({ a }) => ({ pools: { default: { origins: [{ url: a.url }] } } }),
    servedBy(2),
    'a',
    {
      instead: ({ b }) => b.url,
    },
  ),
  setting(
    'Origin.name',
    ({ a }) => ({
      responseHeaders: { origin: 'Origin' },
      pools: { default: { origins: [{ url: a.url, name: 'alpha' }] } },
    }),
    async ({ get }) => (await get()).header('origin'),
    'alpha',
  ),
  setting('Origin.weight', origins({ weight: 0 }), servedBy(6), 'b'),
  setting('Origin.priority', origins({ priority: 1 }), servedBy(6), 'b'),
  setting(
    'Origin.headers',
    ({ a }) => ({
      pools: { default: { origins: [{ url: a.url, headers: { 'X-Secret': 's' } }] } },
    }),
    async ({ get, a }) => (await get(), a.received[0]?.header('x-secret')),
    's',
  ),
  setting(
    'Origin.hostHeader',
    ({ a }) => ({
      pools: { default: { origins: [{ url: a.url, hostHeader: 'localhost' }] } },
    }),
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
const LOADS = { a: respondsWith('a', 9), b: respondsWith('b', 1) };
/** Once the loads are known, only the idle origin gets requests. */
const settled: Case['sees'] = async ({ bodies }) => {
  await bodies(4);
  await wait(150);
  await bodies(1);
  await wait(100);
  return [...new Set(await bodies(8))].join('');
};
const least = (load: object) => pool({ balance: 'least-load', load });
const LOAD: Case[] = [
  setting('Pool.load', least({ path: '/load', pointer: '/cpu' }), urlsOfA('/load'), true, {
    ...LOADS,
    instead: () => ({ path: '/elsewhere' }),
  }),
  setting('Pool.load.path', least({ path: '/load', pointer: '/cpu' }), urlsOfA('/load'), true, {
    ...LOADS,
    instead: () => '/elsewhere',
  }),
  setting('Pool.load.pointer', least({ path: '/load', pointer: '/cpu' }), settled, 'b', {
    ...LOADS,
    instead: () => '/disk',
  }),
  setting('Pool.load.header', least({ path: '/load', header: 'x-load' }), settled, 'b', {
    ...LOADS,
    instead: () => 'x-none',
  }),
  setting(
    'Pool.load.intervalSeconds',
    least({ path: '/load', pointer: '/cpu', intervalSeconds: 0.1 }),
    async ({ get, a, gateway }) => {
      for (let at = 0; at < 5; at++) {
        await get();
        await wait(50);
        await gateway.advance(150);
      }
      return a.received.filter(({ url }) => url === '/load').length > 2;
    },
    true,
    LOADS,
  ),
];

const HANG = { a: { fault: 'hang' } as const };
const POOLS: Case[] = [
  setting('Pool.origins', lone({}), servedBy(2), 'a', { instead: ({ b }) => [b.url] }),
  setting('Pool.balance', pool({ balance: 'race' }), requestCount, 2, {
    a: { delayMs: 30 },
    b: { delayMs: 30 },
  }),
  setting(
    'Pool.hashOn',
    pool({ balance: 'consistent-hash', hashOn: { header: 'x-user' } }),
    servedBy(20, user),
    'ab',
  ),
  setting(
    'Pool.hashFallback',
    pool({ balance: 'consistent-hash', hashOn: { header: 'x-none' }, hashFallback: { header: 'x-user' } }),
    servedBy(20, user),
    'ab',
  ),
  setting(
    'Pool.timeoutMs',
    lone({ timeoutMs: 100, totalTimeoutMs: FAR, retries: 0, hedge: false }),
    ({ within }) => within(900),
    504,
    { ...HANG, instead: () => FAR },
  ),
  setting(
    'Pool.totalTimeoutMs',
    lone({ totalTimeoutMs: 100, timeoutMs: FAR, retries: 0, hedge: false }),
    ({ within }) => within(900),
    504,
    { ...HANG, instead: () => FAR },
  ),
  setting('Pool.retries', pool({ ...RR, retries: 0 }), requestCount, 1, {
    ...FAILING,
    b: { status: 503 },
  }),
  setting('Pool.retryOn', pool({ ...RR, retryOn: [418] }), requestCount, 2, {
    a: { status: 418 },
    b: { status: 418 },
  }),
  setting(
    'Pool.retryBudgetPercent',
    pool({ ...RR, retryBudgetPercent: 0, outlier: false }),
    async ({ bodies, received }) => (await bodies(20), received()),
    20,
    { ...FAILING, b: { status: 503 } },
  ),
  setting('Pool.hedge', pool({ hedge: false }), requestCount, 1, {
    a: { delayMs: 400 },
    b: { delayMs: 400 },
    instead: () => ({ afterMs: 30, budgetPercent: 100 }),
  }),
  setting('Pool.hedge.afterMs', pool({ hedge: { afterMs: 30, budgetPercent: 100 } }), requestCount, 2, {
    a: { delayMs: 150 },
    b: { delayMs: 150 },
  }),
  setting(
    'Pool.hedge.budgetPercent',
    pool({ hedge: { afterMs: 30, budgetPercent: 100 } }),
    async ({ bodies, received }) => (await bodies(6), received() > 10),
    true,
    { a: { delayMs: 120 }, b: { delayMs: 120 }, instead: () => 0 },
  ),
  setting('Pool.probe', pool({ probe: { path: '/up' } }), urlsOfA('/up'), true),
  setting('Pool.probe.path', pool({ probe: { path: '/up' } }), urlsOfA('/up'), true, {
    instead: () => '/other',
  }),
  setting(
    'Pool.probe.method',
    pool({ probe: { path: '/up', method: 'HEAD' } }),
    async ({ get, a }) => (await get(), await wait(50), a.received.some(({ method }) => method === 'HEAD')),
    true,
    { instead: () => 'GET' },
  ),
  setting('Pool.outlier', pool({ ...RR, outlier: false }), requestsAtA(16), 8, FAILING),
  setting(
    'Outlier.consecutiveFailures',
    pool({ ...RR, outlier: { consecutiveFailures: 1, ejectSeconds: 60 } }),
    requestsAtA(16),
    1,
    FAILING,
  ),
  setting(
    'Outlier.ejectSeconds',
    pool({ ...RR, outlier: { ejectSeconds: 10 } }),
    async ({ bodies, a, gateway }) => {
      // An ejection lasts up to a fifth longer, and until a few more requests have come.
      await bodies(8);
      const before = a.received.length;
      await gateway.advance(13_000);
      await bodies(20);
      return a.received.length > before;
    },
    true,
    { ...FAILING, instead: () => 60 },
  ),
  setting(
    'Outlier.on',
    pool({ ...RR, outlier: { on: [503], ejectSeconds: 60 } }),
    requestsAtA(16),
    8,
    FAILING,
  ),
  setting(
    'Outlier.unreachableFailures',
    pool({ ...RR, outlier: { on: ['unreachable'], unreachableFailures: 1, ejectSeconds: 60 } }),
    requestsAtA(16),
    1,
    { a: { fault: 'reset' } },
  ),
  setting(
    'Outlier.timeoutFailures',
    (world) =>
      pool({
        ...RR,
        timeoutMs: scaled(500),
        outlier: { on: ['timeout'], timeoutFailures: 1, ejectSeconds: 600 },
      })(world),
    requestsAtA(12),
    1,
    HANG,
  ),
  setting('Pool.health', pool({ health: { path: '/healthy' } }), urlsOfA('/healthy'), true),
  setting('Health.path', pool({ health: { path: '/healthy' } }), urlsOfA('/healthy'), true, {
    instead: () => '/other',
  }),
  setting(
    'Health.intervalSeconds',
    lone({ health: { path: '/healthy', intervalSeconds: 1 } }),
    async ({ get, a, gateway }) => {
      for (let at = 0; at < 5; at++) {
        await get();
        await wait(50);
        await gateway.advance(600);
      }
      return a.received.filter(({ url }) => url === '/healthy').length > 1;
    },
    true,
  ),
  setting(
    'Pool.idempotencyKey',
    pool({ ...RR, idempotencyKey: false }),
    async ({ get, received }) => (await get('/', { 'idempotency-key': '1' }, 'POST', 'x'), received()),
    1,
    { a: { fault: 'reset' }, b: { fault: 'reset' } },
  ),
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
const checked = (more: object) =>
  pool({ balance: 'round-robin', health: { path: '/healthy', unhealthyAfter: 1, ...more } });
const CHECKS: Case[] = [
  setting('Health.statuses', checked({ statuses: [204] }), afterCheck, 'b', {
    a: healthy('a', 200),
    b: healthy('b', 204),
  }),
  setting('Health.unhealthyAfter', checked({}), afterCheck, 'b', {
    a: healthy('a', 500),
    b: healthy('b', 200),
  }),
  setting('Health.timeoutMs', (world) => checked({ timeoutMs: scaled(500) })(world), afterCheck, 'b', {
    a: healthy('a', 200, 1500),
    b: healthy('b', 200),
    instead: () => FAR,
  }),
  setting(
    'Pool.probe.timeoutMs',
    pool({ balance: 'race', probe: { path: '/healthy', timeoutMs: 100 } }),
    ({ get }) =>
      Promise.race([get('/', {}, 'POST', 'x').then((answer) => answer.status), wait(900, 'waiting')]),
    200,
    { a: healthy('a', 200, 5000), b: healthy('b', 200, 5000), instead: () => FAR },
  ),
  setting(
    'Pool.retrySame',
    pool({ balance: 'consistent-hash', hedge: false, retrySame: true, outlier: false }),
    async ({ get, a, b }) => (await get(), Math.min(a.received.length, b.received.length)),
    0,
    { a: { status: 502 }, b: { status: 502 } },
  ),
];
export const CASES: Case[] = [...CHECKS, ...ORIGINS, ...LOAD, ...POOLS];
