import t from 'tap';
import { createPool } from '../../lib/balance/pool.ts';
import type { Refusal } from '../../lib/core/errors.ts';
import type { Context } from '../../lib/core/request.ts';
import type { Runtime } from '../../lib/core/runtime.ts';
import { forward } from '../../lib/forward.ts';
import { race } from '../../lib/race.ts';
import { callTo, worldOf, type World } from '../support/journeys.ts';
import { ALL_POOL_FEATURES } from '../support/pool-features.ts';

type Answer = Response | Refusal | null;
/** Sends it and lets `ms` pass; what came of it, null where nothing has. */
async function send(world: World, ms: number, context = callTo('/'), runtime: Runtime = world.runtime) {
  let answer: Answer = null;
  void race(context, runtime, { ...world.to, path: context.path }).then((got) => (answer = got));
  await world.runtime.advance(ms);
  return answer as Answer;
}
const inFlight = ({ pool }: World): number =>
  pool.origins.reduce((sum, { pending }) => sum + pending.length, 0);

t.test('an answer arrives, names its origin, and leaves no timer behind', async (t) => {
  const world = worldOf({ a: [{ after: 20 }] });
  const context = callTo('/v1/x?q=1', { headers: { 'x-forwarded-for': '6.6.6.6' } });
  t.match(await send(world, 20, context), { status: 200 });
  t.match(context, { origin: { host: 'a' }, attempts: 1 });
  t.equal(context.answeredAt - context.sentAt, 20);
  const [sent] = world.runtime.sent;
  t.equal(sent?.url, 'http://a/v1/x?q=1');
  t.equal(sent?.headers.get('x-forwarded-for'), '203.0.113.7');
  t.equal(world.runtime.pending(), 0);
});

t.test('a failed attempt is followed by one at another origin', async (t) => {
  for (const bad of [{ lost: true }, { status: 503 }, { status: 521 }, { status: 502 }]) {
    const world = worldOf({ a: [bad], b: [{}] }, { balance: 'round-robin' });
    const context = callTo('/');
    t.match(await send(world, 10, context), { status: 200 }, JSON.stringify(bad));
    t.match(context, { origin: { host: 'b' }, attempts: 2 });
  }
});

t.test('a hung attempt is left behind at its time-out, with one timer at a time', async (t) => {
  const pool = { balance: 'round-robin', timeoutMs: 300, hedge: false } as const;
  const world = worldOf({ a: [{ after: Infinity }], b: [{}] }, pool);
  const sent = race(callTo('/'), world.runtime, world.to);
  await world.runtime.settle();
  t.equal(world.runtime.pending(), 1);
  await world.runtime.advance(310);
  t.match(await sent, { status: 200 });
  t.equal(world.runtime.pending(), 0);
});

t.test('a later attempt that loses is cancelled at once', async (t) => {
  const pool = { balance: 'round-robin', hedge: { afterMs: 100, budgetPercent: 100 } } as const;
  const world = worldOf({ a: [{ after: 150 }], b: [{ after: Infinity }] }, pool);
  t.match(await send(world, 160), { status: 200 });
  t.equal(world.network.cancelled('b'), 1);
});

t.test('in a race the losers are cancelled one by one and the winner is not', async (t) => {
  const hosts = { a: [{ after: 50 }], b: [{ after: 20, body: 'b' }], c: [{ after: 5, status: 500 }] };
  const world = worldOf(hosts, { balance: 'race' });
  const answer = (await send(world, 60)) as Response;
  t.equal(await answer.text(), 'b');
  t.same(['a', 'b', 'c'].map(world.network.cancelled), [1, 0, 0]);
});

t.test('when nobody answers the refusal says why', async (t) => {
  const dead = { a: [{ lost: true }], b: [{ lost: true }] };
  const hung = { timeoutMs: 100, totalTimeoutMs: 150 };
  const drained = { origins: [{ url: 'http://a', weight: 0 }] };
  const CASES: [world: World, reason: string, status: number][] = [
    [worldOf(dead), 'origin_unreachable', 502],
    [worldOf({ a: [{ after: Infinity }] }, hung), 'origin_timeout', 504],
    [worldOf({ a: [{}] }, drained), 'no_origin', 503],
    // The platform's page about a dead origin is not handed over.
    [worldOf({ a: [{ status: 522 }] }, { retries: 0 }), 'origin_timeout', 504],
  ];
  for (const [world, reason, status] of CASES) t.match(await send(world, 1000), { reason, status });
  const busy = worldOf({ a: [{ status: 503, body: 'busy' }] }, { retries: 0 });
  const handed = (await send(busy, 1)) as Response;
  t.equal(await handed.text(), 'busy', "an origin's own failure is");
});

t.test('an interim answer as the final one, which an old runtime hands over, is no answer', async (t) => {
  const world = worldOf({ a: [{}] }, { retries: 0 });
  const fetch = async () => ({ status: 103, body: null }) as unknown as Response;
  const answer = await send(world, 1, callTo('/'), { ...world.runtime, fetch });
  t.match(answer, { reason: 'origin_unreachable' });
});

t.test("the origin's own headers and what admission decided are set, forgeries removed", async (t) => {
  const world = worldOf({ a: [{}] }, { origins: [{ url: 'http://a/base', headers: { 'x-secret': 's' } }] });
  const decided = { 'x-consumer-id': null, 'x-consumer-username': 'bob' };
  const headers = { 'x-consumer-id': 'forged', 'x-keep': '1' };
  await send(world, 1, callTo('/x', { headers }, { originHeaders: Object.entries(decided) }));
  const sent = world.runtime.sent[0] as Request;
  t.equal(sent.url, 'http://a/base/x');
  t.equal(sent.redirect, 'manual', "a redirect is the caller's to follow");
  for (const [name, value] of Object.entries({ ...decided, 'x-secret': 's', 'x-keep': '1' }))
    t.equal(sent.headers.get(name), value, name);
});

t.test('where the caller is, as the platform says, the nearest origin is asked', async (t) => {
  const places = [[52.4, 4.9] as const, [35.7, 139.7] as const];
  for (const [latitude, longitude, near] of [
    ['48.9', '2.4', 'a'],
    ['34.7', '135.5', 'b'],
  ] as const) {
    const world = worldOf({ a: [{}], b: [{}] });
    const origins = world.settings.origins.map((origin, i) => ({ ...origin, location: places[i]! }));
    const pool = createPool({ ...world.settings, origins }, world.runtime.random, ALL_POOL_FEATURES);
    const context = callTo('/x');
    Object.defineProperty(context.request, 'cf', { value: { latitude, longitude } });
    await send({ ...world, to: { ...world.to, pool } }, 5, context);
    t.equal(world.network.count(near), 1, near);
  }
});

t.test('least-load reads the number off every answer', async (t) => {
  const world = worldOf(
    { a: [{ headers: { 'x-load': '3.5 1 1' } }], b: [{ headers: { 'x-load': '0.5' } }] },
    { balance: 'least-load', load: { path: '/load', header: 'X-Load', intervalSeconds: 3600 } },
  );
  for (let i = 0; i < 6; i++) await send(world, 5);
  t.equal(world.pool.origins[1]!.reading, 0.5);
  t.ok(world.network.count('b') > world.network.count('a'));
});

t.test('an upgrade that nobody asked for is no answer, and counts as the origin’s failure', async (t) => {
  const plain = { status: 101, headers: new Headers(), body: null };
  const upgrade = plain as unknown as Response;
  for (const [origins, expected] of [
    [{ a: [{}] }, { reason: 'origin_unreachable', status: 502 }],
    [{ a: [{}], b: [{}] }, { status: 200 }],
  ] as const) {
    const world = worldOf(origins, { balance: 'round-robin' });
    const fetch: Runtime['fetch'] = (url, init) =>
      String(url).startsWith('http://a/') ? Promise.resolve(upgrade) : world.runtime.fetch(url, init);
    t.match(await send(world, 50, callTo('/'), { ...world.runtime, fetch }), expected);
    t.ok(world.pool.origins[0]!.failures > 0);
  }
  const world = worldOf({ a: [{}] });
  const socket = { ...plain, webSocket: {} } as unknown as Response;
  const answer = await send(world, 1, callTo('/'), { ...world.runtime, fetch: async () => socket });
  t.equal(answer, socket, 'one that was is handed over');
});

const boom = () => {
  throw new Error('boom');
};
/** An answer whose part `name` cannot be read. */
const unreadable = (name: string, rest: object) =>
  Promise.resolve(Object.defineProperty({ ...rest }, name, { get: boom }) as Response);
/** Everything that an attempt touches outside the engine, each throwing in its turn. */
const STEPS: Record<string, ((context: Context) => void) | { readonly fetch: Runtime['fetch'] }> = {
  'the headers cannot be made': ({ originHeaders }) => void originHeaders.push(['x-name', 'a line\nend']),
  'a header of the origin’s own is none': ({ originHeaders }) => void originHeaders.push(['not a name', 'x']),
  'reading the request throws': (context) =>
    void Object.defineProperty(context, 'originQuery', { get: boom }),
  'fetch throws at once': { fetch: boom },
  'fetch throws a TypeError at once': {
    fetch: () => {
      throw new TypeError('boom');
    },
  },
  'fetch rejects': { fetch: () => Promise.reject(new Error('boom')) },
  'fetch rejects with nothing': { fetch: () => Promise.reject(undefined as never) },
  'the status cannot be read': { fetch: () => unreadable('status', { body: null }) },
  'the headers of the answer cannot be read': {
    fetch: () => unreadable('headers', { status: 200, body: null }),
  },
  'the answer is undefined': { fetch: () => Promise.resolve(undefined as never) },
  'cancelling throws': { fetch: () => unreadable('body', { status: 502, headers: new Headers() }) },
};

t.test('whatever throws ends the attempt: 400 or 502, nothing in flight, no timer left', async (t) => {
  const load = { path: '/load', header: 'x-load', intervalSeconds: 3600 };
  for (const [name, step] of Object.entries(STEPS))
    for (const method of ['GET', 'POST'])
      for (const balance of ['round-robin', 'race', 'least-load'] as const)
        for (const hosts of [{ a: [{}] }, { a: [{}], b: [{}] }]) {
          const world = worldOf(hosts, { balance, load });
          const context = callTo('/', { method }, { waitUntil: () => undefined });
          if (typeof step === 'function') step(context);
          const runtime = { ...world.runtime, ...(typeof step === 'function' ? {} : step) };
          let status: unknown = 'hangs';
          void (method === 'GET' ? race : forward)(context, runtime, world.to).then(
            (answer) => (status = answer.status),
            (error: Error) => (status = `rejected: ${error.message}`),
          );
          await world.runtime.advance(100);
          const told = `${name}: ${method}, ${balance}, ${Object.keys(hosts).length}`;
          t.ok(status === 400 || status === 502, `${told}: ${String(status)}`);
          t.equal(inFlight(world), 0, `${told}: in flight`);
          // Side requests have timers of their own.
          await world.runtime.advance(3000);
          t.equal(world.runtime.pending(), 0, `${told}: timers`);
        }
});

t.test('a caller whose request cannot be sent has no origin ejected', async (t) => {
  const world = worldOf({ a: [{}], b: [{}] }, { balance: 'round-robin' });
  for (let i = 0; i < 20; i++) {
    const context = callTo('/', {}, { originHeaders: [['x-name', 'a\nb']] });
    t.match(await send(world, 1, context), { reason: 'bad_request', status: 400 });
  }
  t.ok(world.pool.origins.every(({ ejectedUntil, strikes }) => ejectedUntil === 0 && strikes === 0));
});
