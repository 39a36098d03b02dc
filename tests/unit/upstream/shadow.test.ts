/** What is mirrored, how responses are compared, and the limits; callers do not notice: tests/e2e/shadow.test.ts. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config, Pool, Route } from '../../../lib/config/types.ts';
import type { Context } from '../../../lib/core/request.ts';
import { shadowAnswer } from '../../../lib/upstream/shadow.ts';
import { callTo } from '../../support/context.ts';
import { scriptedOrigins, type Script, type Step } from '../../support/scripted-origins.ts';
import { stateOf } from '../../support/state.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** The headers of a Response made of a string. */
const TEXT = { 'content-type': 'text/plain;charset=UTF-8' };
const SAME = { same: 1, different: 0, skipped: 0 };

function worldOf(
  next: Script,
  more: Partial<NonNullable<Route['shadow']>> = {},
  pool: Partial<Pool> = {},
  log: Config['log'] = 'errors',
) {
  const network = scriptedOrigins({ next });
  const shadow = { pool: 'next', percent: 100, ...more };
  const settings = checkConfig({
    pools: {
      old: { origins: ['http://old'] },
      next: { origins: ['http://next'], retries: 0, hedge: false, ...pool },
    },
    routes: [{ name: 'r', paths: ['/'], pool: 'old', shadow }],
    status: { path: '/status', token: 'operator-token-of-enough-length' },
    log,
  });
  const runtime = virtualRuntime({ fetch: network.fetch });
  const state = stateOf(settings, runtime);
  return {
    runtime,
    network,
    state,
    places: [0, 0, 0, 0, 0, 0, 0, 0],
    /** Results of comparisons so far. */
    counts: (): Record<string, number> => ({ ...state.metrics?.shadows.get(settings.routes[0] as never) }),
    lines: () => runtime.lines.map((line) => JSON.parse(line) as unknown),
  };
}
type World = ReturnType<typeof worldOf>;

/** A response of the route's own pool is sent to a caller. */
function answered(
  world: World,
  answer = new Response('ok'),
  parts: Partial<Context> = {},
  init: RequestInit = {},
): Promise<unknown>[] {
  const work: Promise<unknown>[] = [];
  const { routes, pools } = world.state.settings;
  const context = callTo('/a?b=c', init, {
    route: routes[0]!,
    origin: pools[0]!.origins[0]!,
    attempts: 1,
    pool: 0,
    metrics: world.state.metrics,
    waitUntil: (one) => void work.push(one),
    ...parts,
  });
  shadowAnswer(context, answer as never, world.state, world.places);
  return work;
}
/** The response is compared with the shadow's, within `ms`. */
async function compared(world: World, answer: Response, ms = 10): Promise<void> {
  const work = answered(world, answer);
  await world.runtime.advance(ms);
  await Promise.all(work);
}

t.test('differences are counted and logged; a Location of the own origin is not one', async (t) => {
  type Row = [what: string, shadow: Step, answer: ResponseInit, differs: string[]];
  const location = (host: string) => ({ status: 302, headers: { location: `http://${host}/x` } });
  const CASES: Row[] = [
    ['a status', { status: 404 }, {}, ['status 200 404']],
    ['a header', { headers: { etag: '"2"' } }, { headers: { etag: '"1"' } }, ['etag']],
    ['a missing header', {}, { headers: { 'x-a': '1' } }, ['x-a']],
    ['an extra header', { headers: { 'x-a': '1' } }, {}, ['x-a']],
    ['a body', { body: 'no' }, {}, ['body']],
    ['no response', { lost: true }, {}, ['origin_unreachable']],
    ['per-response headers', { headers: { date: '2' } }, { headers: { date: '1', age: '7' } }, []],
    ['a redirect', location('next'), location('old'), []],
  ];
  for (const [what, shadow, answer, differs] of CASES) {
    const world = worldOf([shadow]);
    await compared(world, new Response('ok', answer));
    t.same(world.counts(), differs.length > 0 ? { ...SAME, same: 0, different: 1 } : SAME, what);
    const line = { id: 'f'.repeat(32), route: 'r', shadow: 'next', differs };
    t.same(world.lines(), differs.length > 0 ? [line] : [], what);
  }
  const quiet = worldOf([{ status: 404 }], {}, {}, 'off');
  await compared(quiet, new Response('ok'));
  t.same([quiet.counts()['different'], quiet.lines()], [1, []], 'counted, but not logged if the log is off');
});

t.test('only safe requests answered by an origin of the other pool are mirrored', async (t) => {
  const world = worldOf([{}]);
  const cases: [string, Partial<Context>, RequestInit][] = [
    ['POST', {}, { method: 'POST', body: 'x' }],
    ['DELETE', {}, { method: 'DELETE' }],
    ['GET with a body', { request: { body: {} } as never }, {}],
    ["the gateway's own response", { origin: null, attempts: 0 }, {}],
    ['a cached response', { attempts: 0 }, {}],
    ["a canary's caller in the shadow's pool", { pool: 1 }, {}],
    ['a route without a shadow', { route: null }, {}],
  ];
  for (const [what, parts, init] of cases)
    t.equal(answered(world, new Response('ok'), parts, init).length, 0, what);
  t.equal(answered(world, new Response('ok'), {}, { method: 'HEAD' }).length, 1, 'HEAD is mirrored');
});

t.test('the shadow pool is sent what the origin was sent, with what the route changed', async (t) => {
  const cases: [parts: Partial<Context>, url: string][] = [
    [{}, 'http://next/a?b=c'],
    [{ originQuery: '?d' }, 'http://next/a?d'],
    [{ originPath: '/moved' }, 'http://next/moved?b=c'],
  ];
  for (const [parts, url] of cases) {
    const world = worldOf([{}]);
    void answered(world, new Response('ok'), parts);
    await world.runtime.advance(10);
    t.equal(world.runtime.sent[0]?.url, url);
  }
});

t.test('the share is sampled per request', async (t) => {
  const world = worldOf([{}], { percent: 20 });
  let copies = 0;
  for (let i = 0; i < 2000; i++) {
    copies += answered(world).length;
    world.places.fill(0);
  }
  // A standard deviation of 18.
  t.ok(Math.abs(copies - 400) < 80, `${copies} of 2000`);
});

t.test('eight are in flight at once; a slot that was never released is free after 30 s', async (t) => {
  const world = worldOf([{ after: Infinity }], {}, { timeoutMs: 60_000, totalTimeoutMs: 60_000 });
  for (let i = 0; i < 11; i++) void answered(world);
  await world.runtime.advance(100);
  t.equal(world.network.count('next'), 8);
  t.equal(world.counts()['skipped'], 3);
  await world.runtime.advance(30_000);
  void answered(world);
  await world.runtime.advance(100);
  t.equal(world.network.count('next'), 9);
});

t.test('slots are released when the comparison ends, however it ends', async (t) => {
  const world = worldOf([{ lost: true }]);
  const broken = () =>
    new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) }));
  const used = new Response('ok');
  await used.text();
  for (const answer of [...Array.from({ length: 20 }, broken), new Response('ok'), used]) {
    const work = answered(world, answer);
    await world.runtime.advance(10);
    await Promise.all(work);
  }
  t.equal(world.counts()['skipped'], 0);
  t.ok(world.places.every((until) => until === 0));
});

t.test('only the beginning of a long body is compared, and read ahead of the caller', async (t) => {
  const world = worldOf([{ body: 'x'.repeat(300_000) + 'y' }]);
  let pulled = 0;
  const stream = new ReadableStream({
    pull(controller) {
      pulled += 10_000;
      controller.enqueue(new TextEncoder().encode('x'.repeat(10_000)));
      if (pulled === 300_000) controller.close();
    },
  });
  const answer = new Response(stream, { headers: TEXT });
  await compared(world, answer);
  t.ok(pulled < 120_000, `${pulled} bytes`);
  t.same(world.counts(), SAME);
});

t.test('a stream that never ends is compared by status and headers', async (t) => {
  const world = worldOf([{ body: 'other' }]);
  let cancelled = false;
  const endless = new ReadableStream({ cancel: () => void (cancelled = true) });
  await compared(world, new Response(endless, { headers: TEXT }), 6000);
  t.same(world.counts(), SAME);
  t.notOk(cancelled, "the caller's stream continues");
  t.equal(world.runtime.pending(), 0, 'no timer is left');
});
