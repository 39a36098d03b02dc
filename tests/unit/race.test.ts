import t from 'tap';
import { createPool } from '../../lib/balance/pool.ts';
import type { Refusal } from '../../lib/core/errors.ts';
import type { Context } from '../../lib/core/request.ts';
import type { Runtime } from '../../lib/core/runtime.ts';
import { forward } from '../../lib/forward.ts';
import { race } from '../../lib/race.ts';
import { callTo, worldOf, type World } from '../support/journeys.ts';
import { ALL_POOL_FEATURES } from '../support/pool-features.ts';

/** Sends it; what came of it, null as long as nothing has. */
function send(
  world: World,
  context: Context,
  runtime: Runtime = world.runtime,
): { answer: Response | Refusal | null } {
  const slot: { answer: Response | Refusal | null } = { answer: null };
  void race(context, runtime, { ...world.to, path: context.path }).then((answer) => (slot.answer = answer));
  return slot;
}
const inFlight = ({ pool }: World): number =>
  pool.origins.reduce((sum, { pending }) => sum + pending.length, 0);

t.test('an answer arrives, names its origin, and leaves no timer behind', async (t) => {
  const world = worldOf({ a: [{ after: 20 }] });
  const context = callTo('/v1/x?q=1', { headers: { 'x-forwarded-for': '6.6.6.6' } });
  const slot = send(world, context);
  await world.runtime.advance(20);
  t.match(slot.answer, { status: 200 });
  t.equal(context.origin?.host, 'a');
  t.equal(context.attempts, 1);
  t.equal(context.answeredAt - context.sentAt, 20);
  t.equal(world.runtime.sent[0]?.url, 'http://a/v1/x?q=1');
  t.equal(world.runtime.sent[0]?.headers.get('x-forwarded-for'), '203.0.113.7');
  t.equal(world.runtime.pending(), 0);
});

t.test('a failed attempt is followed by one at another origin', async (t) => {
  for (const bad of [{ lost: true }, { status: 503 }, { status: 521 }, { status: 502 }]) {
    const world = worldOf({ a: [bad], b: [{}] }, { balance: 'round-robin' });
    const context = callTo('/');
    const slot = send(world, context);
    await world.runtime.advance(10);
    t.match(slot.answer, { status: 200 }, JSON.stringify(bad));
    t.equal(context.origin?.host, 'b');
    t.equal(context.attempts, 2);
  }
});

t.test('a hung attempt is left behind at its time-out, with one timer at a time', async (t) => {
  const world = worldOf(
    { a: [{ after: Infinity }], b: [{}] },
    { balance: 'round-robin', timeoutMs: 300, hedge: false },
  );
  const slot = send(world, callTo('/'));
  await world.runtime.settle();
  t.equal(world.runtime.pending(), 1);
  await world.runtime.advance(310);
  t.match(slot.answer, { status: 200 });
  t.equal(world.runtime.pending(), 0);
});

t.test('a later attempt that loses is cancelled at once', async (t) => {
  const world = worldOf(
    { a: [{ after: 150 }], b: [{ after: Infinity }] },
    { balance: 'round-robin', hedge: { afterMs: 100, budgetPercent: 100 } },
  );
  const slot = send(world, callTo('/'));
  await world.runtime.advance(160);
  t.match(slot.answer, { status: 200 });
  t.equal(world.network.cancelled('b'), 1);
});

t.test('in a race the losers are cancelled one by one and the winner is not', async (t) => {
  const world = worldOf(
    { a: [{ after: 50 }], b: [{ after: 20, body: 'b' }], c: [{ after: 5, status: 500 }] },
    { balance: 'race' },
  );
  const slot = send(world, callTo('/'));
  await world.runtime.advance(60);
  t.equal(await (slot.answer as Response).text(), 'b');
  t.same(['a', 'b', 'c'].map(world.network.cancelled), [1, 0, 0]);
});

t.test('when nobody answers the refusal says why', async (t) => {
  const lost = worldOf({ a: [{ lost: true }], b: [{ lost: true }] });
  const refused = send(lost, callTo('/'));
  await lost.runtime.advance(1000);
  t.match(refused.answer, { reason: 'origin_unreachable', status: 502 });
  const hung = worldOf({ a: [{ after: Infinity }] }, { timeoutMs: 100, totalTimeoutMs: 150 });
  const late = send(hung, callTo('/'));
  await hung.runtime.advance(200);
  t.match(late.answer, { reason: 'origin_timeout', status: 504 });
  const drained = worldOf({ a: [{}] }, { origins: [{ url: 'http://a', weight: 0 }] });
  const none = send(drained, callTo('/'));
  await drained.runtime.advance(1);
  t.match(none.answer, { reason: 'no_origin', status: 503 });
});

t.test(
  "the platform's page about a dead origin is not handed over, the origin's own failure is",
  async (t) => {
    const dead = worldOf({ a: [{ status: 522 }] }, { retries: 0 });
    const slot = send(dead, callTo('/'));
    await dead.runtime.advance(1);
    t.match(slot.answer, { reason: 'origin_timeout' });
    const busy = worldOf({ a: [{ status: 503, body: 'busy' }] }, { retries: 0 });
    const handed = send(busy, callTo('/'));
    await busy.runtime.advance(1);
    t.equal(await (handed.answer as Response).text(), 'busy');
  },
);

t.test('an interim answer as the final one, which an old runtime hands over, is no answer', async (t) => {
  const interim = { status: 103, body: null } as unknown as Response;
  const world = worldOf({ a: [{}] }, { retries: 0 });
  const runtime = { ...world.runtime, fetch: async () => interim };
  const slot = send(world, callTo('/'), runtime);
  await world.runtime.advance(1);
  t.match(slot.answer, { reason: 'origin_unreachable' });
});

t.test("the origin's own headers and what admission decided are set, forgeries removed", async (t) => {
  const world = worldOf({ a: [{}] }, { origins: [{ url: 'http://a/base', headers: { 'x-secret': 's' } }] });
  const context = callTo(
    '/x',
    { headers: { 'x-consumer-id': 'forged', 'x-keep': '1' } },
    {
      originHeaders: [
        ['x-consumer-id', null],
        ['x-consumer-username', 'bob'],
      ],
    },
  );
  send(world, context);
  await world.runtime.advance(1);
  const sent = world.runtime.sent[0] as Request;
  t.equal(sent.url, 'http://a/base/x');
  t.equal(sent.redirect, 'manual', "a redirect is the caller's to follow");
  t.same(
    ['x-secret', 'x-consumer-id', 'x-consumer-username', 'x-keep'].map((name) => sent.headers.get(name)),
    ['s', null, 'bob', '1'],
  );
});

t.test(
  'where the platform says where the caller is, origins with a location are asked by distance',
  async (t) => {
    for (const [latitude, longitude, near] of [
      ['48.9', '2.4', 'a'],
      ['34.7', '135.5', 'b'],
    ] as const) {
      const world = worldOf({ a: [{}], b: [{}] });
      const places = [
        [52.4, 4.9],
        [35.7, 139.7],
      ] as const;
      const origins = world.settings.origins.map((origin, i) => ({ ...origin, location: places[i]! }));
      const settings = { ...world.settings, origins };
      const pool = createPool(settings, world.runtime.random, ALL_POOL_FEATURES);
      const context = callTo('/x');
      Object.defineProperty(context.request, 'cf', { value: { latitude, longitude } });
      const answer = race(context, world.runtime, { ...world.to, pool });
      await world.runtime.advance(5);
      await answer;
      t.equal(world.network.count(near), 1, near);
    }
  },
);

t.test('least-load reads the number off every answer', async (t) => {
  const world = worldOf(
    { a: [{ headers: { 'x-load': '3.5 1 1' } }], b: [{ headers: { 'x-load': '0.5' } }] },
    { balance: 'least-load', load: { path: '/load', header: 'X-Load', intervalSeconds: 3600 } },
  );
  for (let i = 0; i < 6; i++) {
    const answer = race(callTo('/x'), world.runtime, world.to);
    await world.runtime.advance(5);
    await answer;
  }
  t.equal(world.pool.origins[1]!.reading, 0.5);
  t.ok(world.network.count('b') > world.network.count('a'));
});

t.test('an upgrade that nobody asked for is no answer, and counts as the origin’s failure', async (t) => {
  const upgrade = { status: 101, headers: new Headers(), body: null } as unknown as Response;
  for (const [origins, expected] of [
    [{ a: [{}] }, { reason: 'origin_unreachable', status: 502 }],
    [{ a: [{}], b: [{}] }, { status: 200 }],
  ] as const) {
    const world = worldOf(origins, { balance: 'round-robin' });
    const fetch: Runtime['fetch'] = (url, init) =>
      String(url).startsWith('http://a/') ? Promise.resolve(upgrade) : world.runtime.fetch(url, init);
    const slot = send(world, callTo('/'), { ...world.runtime, fetch });
    await world.runtime.advance(50);
    t.match(slot.answer, expected);
    t.equal(world.pool.origins[0]!.failures > 0, true);
  }
  const world = worldOf({ a: [{}] });
  const socket = Object.assign(Object.create(upgrade) as object, { status: 101, webSocket: {} });
  const slot = send(world, callTo('/'), {
    ...world.runtime,
    fetch: async () => socket as unknown as Response,
  });
  await world.runtime.advance(1);
  t.equal(slot.answer, socket, 'one that was is handed over');
});

/** Everything that an attempt touches outside the engine, each throwing in its turn. */
const STEPS: Record<string, (world: World, context: Context) => Partial<Runtime> | void> = {
  'the headers cannot be made': (_world, context) =>
    void context.originHeaders.push(['x-name', 'a line\nend']),
  'a header of the origin’s own is none': (_world, context) =>
    void context.originHeaders.push(['not a name', 'x']),
  'reading the request throws': (_world, context) =>
    void Object.defineProperty(context, 'originQuery', {
      get: () => {
        throw new RangeError('boom');
      },
    }),
  'fetch throws at once': () => ({
    fetch: () => {
      throw new Error('boom');
    },
  }),
  'fetch throws a TypeError at once': () => ({
    fetch: () => {
      throw new TypeError('boom');
    },
  }),
  'fetch rejects': () => ({ fetch: () => Promise.reject(new Error('boom')) }),
  'fetch rejects with nothing': () => ({ fetch: () => Promise.reject(undefined as never) }),
  'the status cannot be read': () => ({
    fetch: () =>
      Promise.resolve({
        get status(): number {
          throw new Error('boom');
        },
        body: null,
      } as Response),
  }),
  'the headers of the answer cannot be read': () => ({
    fetch: () =>
      Promise.resolve({
        status: 200,
        get headers(): Headers {
          throw new Error('boom');
        },
        body: null,
      } as unknown as Response),
  }),
  'the answer is undefined': () => ({ fetch: () => Promise.resolve(undefined as never) }),
  'cancelling throws': () => ({
    fetch: () =>
      Promise.resolve({
        status: 502,
        headers: new Headers(),
        get body(): never {
          throw new Error('boom');
        },
      } as unknown as Response),
  }),
};

t.test(
  'whatever throws on the way ends the attempt: 400 or 502, nothing in flight, no timer left',
  async (t) => {
    const load = { path: '/load', header: 'x-load', intervalSeconds: 3600 };
    for (const [name, arrange] of Object.entries(STEPS))
      for (const method of ['GET', 'POST'])
        for (const balance of ['round-robin', 'race', 'least-load'] as const)
          for (const hosts of [{ a: [{}] }, { a: [{}], b: [{}] }]) {
            const world = worldOf(hosts, { balance, load });
            const context = callTo('/', { method }, { waitUntil: () => undefined });
            const runtime = { ...world.runtime, ...arrange(world, context) };
            const carry = method === 'GET' ? race : forward;
            let status: unknown = 'hangs';
            void carry(context, runtime, world.to).then(
              (answer) => (status = answer.status),
              (error: Error) => (status = `rejected: ${error.message}`),
            );
            await world.runtime.advance(100);
            const told = `${name}: ${method}, ${String(balance)}, ${Object.keys(hosts).length}`;
            t.ok(status === 400 || status === 502, `${told}: ${String(status)}`);
            t.equal(inFlight(world), 0, `${told}: in flight`);
            // Side requests have timers of their own.
            await world.runtime.advance(3000);
            t.equal(world.runtime.pending(), 0, `${told}: timers`);
          }
  },
);

t.test('a caller whose request cannot be sent has no origin ejected', async (t) => {
  const world = worldOf({ a: [{}], b: [{}] }, { balance: 'round-robin' });
  for (let i = 0; i < 20; i++) {
    const context = callTo('/');
    context.originHeaders.push(['x-name', 'a\nb']);
    const slot = send(world, context);
    await world.runtime.advance(1);
    t.match(slot.answer, { reason: 'bad_request', status: 400 });
  }
  t.ok(world.pool.origins.every(({ ejectedUntil, strikes }) => ejectedUntil === 0 && strikes === 0));
});
