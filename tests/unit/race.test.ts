import t from 'tap';
import type { Refusal } from '../../lib/core/errors.ts';
import type { Context } from '../../lib/core/request.ts';
import type { Runtime } from '../../lib/core/runtime.ts';
import { forward } from '../../lib/forward.ts';
import { isCallersFault, outcomeOf, race } from '../../lib/race.ts';
import { callTo, worldOf, type World } from '../support/context.ts';

type Outcome = Response | Refusal | null;
/** Sends a request and lets `ms` pass; null if it is still pending. */
async function send(world: World, ms: number, context = callTo('/'), runtime: Runtime = world.runtime) {
  let response: Outcome = null;
  void race(context, world.pool, { ...world.sender, runtime }).then((got) => (response = got));
  await world.runtime.advance(ms);
  return response as Outcome;
}
const inFlight = ({ pool }: World): number =>
  pool.origins.reduce((sum, { pending }) => sum + pending.length, 0);

t.test('a response is returned, its origin recorded, and no timer left', async (t) => {
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

t.test('a hung attempt is abandoned at its timeout, with one timer at a time', async (t) => {
  const pool = { balance: 'round-robin', timeoutMs: 300, hedge: false } as const;
  const world = worldOf({ a: [{ after: Infinity }], b: [{}] }, pool);
  const sent = race(callTo('/'), world.pool, world.sender);
  await world.runtime.settle();
  t.equal(world.runtime.pending(), 1);
  await world.runtime.advance(310);
  t.match(await sent, { status: 200 });
  t.equal(world.runtime.pending(), 0);
});

t.test('balance race cancels each loser, and not the winner', async (t) => {
  const hosts = { a: [{ after: 50 }], b: [{ after: 20, body: 'b' }], c: [{ after: 5, status: 500 }] };
  const world = worldOf(hosts, { balance: 'race' });
  const response = (await send(world, 60)) as Response;
  t.equal(await response.text(), 'b');
  t.same(['a', 'b', 'c'].map(world.network.cancelled), [1, 0, 0]);
});

t.test('if no origin responds, the refusal states the reason', async (t) => {
  const dead = { a: [{ lost: true }], b: [{ lost: true }] };
  const hung = { timeoutMs: 100, totalTimeoutMs: 150 };
  const drained = { origins: [{ url: 'http://a', weight: 0 }] };
  const CASES: [world: World, reason: string, status: number][] = [
    [worldOf(dead), 'origin_unreachable', 502],
    [worldOf({ a: [{ after: Infinity }] }, hung), 'origin_timeout', 504],
    [worldOf({ a: [{}] }, drained), 'no_origin', 503],
    // The platform's error page for a dead origin is not forwarded.
    [worldOf({ a: [{ status: 522 }] }, { retries: 0 }), 'origin_timeout', 504],
  ];
  for (const [world, reason, status] of CASES) t.match(await send(world, 1000), { reason, status });
  const unsendable = callTo('/', {}, { originHeaders: [['x-name', 'a\nb']] });
  t.match(await send(worldOf(dead), 1, unsendable), { reason: 'bad_request', status: 400 });
  const busy = worldOf({ a: [{ status: 503, body: 'busy' }] }, { retries: 0 });
  const forwarded = (await send(busy, 1)) as Response;
  t.equal(await forwarded.text(), 'busy', "an origin's own error response is forwarded");
});

t.test('an interim response as the final one, as from an old runtime, is a failure', async (t) => {
  const world = worldOf({ a: [{}] }, { retries: 0 });
  const fetch = async () => ({ status: 103, body: null }) as unknown as Response;
  const response = await send(world, 1, callTo('/'), { ...world.runtime, fetch });
  t.match(response, { reason: 'origin_unreachable' });
});

t.test("distances are from the caller's location in request.cf", async (t) => {
  const world = worldOf({ a: [{}] });
  const places: unknown[] = [];
  const locate = (_: unknown, place: unknown) => (places.push(place), true);
  const context = callTo('/x');
  Object.defineProperty(context.request, 'cf', { value: { latitude: '48.9', longitude: '2.4' } });
  await send({ ...world, pool: { ...world.pool, locate } }, 5, context);
  t.same(places, [{ latitude: '48.9', longitude: '2.4' }]);
});

t.test('least-load reads the load from every response', async (t) => {
  const load = { path: '/load', header: 'X-Load', intervalSeconds: 3600 };
  const world = worldOf({ a: [{ headers: { 'x-load': '3.5 1 1' } }] }, { balance: 'least-load', load });
  await send(world, 5);
  t.equal(world.pool.origins[0]!.reading, 3.5);
});

t.test("an unrequested upgrade is the origin's failure; a requested one is forwarded", async (t) => {
  for (const [webSocket, expected] of [
    [null, { reason: 'origin_unreachable', status: 502 }],
    [{}, { status: 101 }],
  ] as const) {
    const world = worldOf({ a: [{}] }, { retries: 0 });
    const upgrade = { status: 101, headers: new Headers(), body: null, webSocket } as unknown as Response;
    t.match(await send(world, 1, callTo('/'), { ...world.runtime, fetch: async () => upgrade }), expected);
    t.equal(world.pool.origins[0]!.failures, webSocket ? 0 : 1);
  }
});

const boom = () => {
  throw new Error('boom');
};
/** A response whose property `name` throws. */
const unreadable = (name: string, rest: object) =>
  Promise.resolve(Object.defineProperty({ ...rest }, name, { get: boom }) as Response);
/** Everything outside the engine that an attempt touches, each throwing in turn. */
const STEPS: Record<string, ((context: Context) => void) | { readonly fetch: Runtime['fetch'] }> = {
  'a header value is invalid': ({ originHeaders }) => void originHeaders.push(['x-name', 'a line\nend']),
  'a header name is invalid': ({ originHeaders }) => void originHeaders.push(['not a name', 'x']),
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
  'the headers of the response cannot be read': {
    fetch: () => unreadable('headers', { status: 200, body: null }),
  },
  'the response is undefined': { fetch: () => Promise.resolve(undefined as never) },
  'cancelling throws': { fetch: () => unreadable('body', { status: 502, headers: new Headers() }) },
};

t.test('any exception ends the attempt: 400 or 502, nothing in flight, no timer left', async (t) => {
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
          void (method === 'GET' ? race : forward)(context, world.pool, { ...world.sender, runtime }).then(
            (response) => (status = response.status),
            (error: Error) => (status = `rejected: ${error.message}`),
          );
          await world.runtime.advance(100);
          const label = `${name}: ${method}, ${balance}, ${Object.keys(hosts).length}`;
          t.ok(status === 400 || status === 502, `${label}: ${String(status)}`);
          t.equal(inFlight(world), 0, `${label}: in flight`);
          // Side requests have timers of their own.
          await world.runtime.advance(3000);
          t.equal(world.runtime.pending(), 0, `${label}: timers`);
        }
});

t.test('the outcome of an attempt, by status', async (t) => {
  const outcomes: Record<string, number[]> = {
    ok: [101, 200, 204, 206, 301, 304, 400, 401, 404, 418, 499],
    error: [500, 501, 505, 511, 519, 531, 599],
    gateway: [502, 504],
    shed: [429, 503, 529],
    timeout: [522, 524],
    unsent: [521, 523, 525, 526, 530],
    lost: [100, 103, 199, 520, 527, 528],
  };
  for (const [outcome, statuses] of Object.entries(outcomes))
    for (const status of statuses) t.equal(outcomeOf(status), outcome, String(status));
});

t.test('an invalid request, or one whose body was aborted, is a client error', async (t) => {
  t.equal(isCallersFault(callTo('/'), new TypeError('Invalid URL')), true);
  t.equal(isCallersFault(callTo('/'), new Error('Network connection lost.')), false);
  const stop = new AbortController();
  const upload = { readable: new ReadableStream(), doneAt: Infinity, stop };
  const context = callTo('/', {}, { upload: upload as never });
  t.equal(isCallersFault(context, new Error('Network connection lost.')), false);
  stop.abort();
  t.equal(isCallersFault(context, stop.signal.reason), true);
});
