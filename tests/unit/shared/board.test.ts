import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
import { runSteps, type Exit } from '../../../lib/core/feature.ts';
import { race } from '../../../lib/race.ts';
import { bindCache } from '../../support/cache.ts';
import { bindCompanion } from '../../support/companion.ts';
import { callTo } from '../../support/journeys.ts';
import { scriptedOrigins } from '../../support/scripted-origins.ts';
import { stateOf } from '../../support/state.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

const SECRET = 'a secret of the gateway';
let seeds = 0;
/** Where the clocks of new isolates stand. */
let now = Date.UTC(2026, 0, 6, 12);

/** An isolate whose requests run through the steps of its only route, to origins of 200 and of 20 ms. */
function startIsolate(board: NonNullable<Config['shared']>, more: Partial<Config> = {}) {
  const network = scriptedOrigins({ 'far.example': [{ after: 200 }], 'near.example': [{ after: 20 }] });
  const runtime = virtualRuntime({ fetch: network.fetch, now, seed: ++seeds });
  const state = stateOf(checkConfig({ origins: [FAR, NEAR], shared: board, ...more }), runtime);
  const [route] = state.settings.routes;
  const plan = state.plans.get(route!)!;
  const pool = state.pools[0]!;
  /** How long it waited before an origin was asked, and for which. `silent`: the board does not answer. */
  const request = async (colo?: string, silent = false) => {
    const work: Promise<unknown>[] = [];
    const context = callTo('/', {}, { route: route!, waitUntil: (one) => void work.push(one) });
    Object.assign(context.request, { cf: { colo } });
    const began = runtime.now();
    const steps = Promise.resolve(runSteps(context, plan.steps)).then(() => runtime.now() - began);
    if (silent) await runtime.advance(5);
    const waited = await steps;
    const answer = race(context, runtime, { pool, path: '/', hash: 0 });
    await runtime.advance(500);
    await answer;
    for (const finish of plan.finish) finish(context, {} as Exit);
    if (!silent) await Promise.all(work);
    return { waited, asked: context.origin?.name };
  };
  /** Knows both: asks until it has. */
  const learn = async (colo?: string) => {
    while (pool.origins.some(({ mean }) => mean === 0)) await request(colo);
    await runtime.advance(5000);
    await request(colo);
    now = runtime.now();
  };
  return { runtime, pool, request, learn, state };
}
const OFF = { limits: false, revocations: false } as const;
const COMPANION = { ...OFF, board: {} } as const;
const CACHE = { ...OFF, board: { secret: SECRET } } as const;
const [FAR, NEAR] = ['http://far.example', 'http://near.example'];
/** Whether an isolate that has asked nobody yet knows both origins. */
async function knows(shared: NonNullable<Config['shared']>, colo?: string, more: Partial<Config> = {}) {
  const { request, pool } = startIsolate(shared, more);
  const { asked } = await request(colo);
  return pool.origins.every(({ mean }) => mean > 0) && asked === NEAR;
}

for (const [where, shared] of [
  ['the companion', COMPANION],
  ['the cache', CACHE],
] as const)
  t.test(`${where}: a new isolate asks first what a neighbour knows to be near`, async (t) => {
    const { calls } = bindCompanion(t);
    const kept = bindCache(t);
    await startIsolate(shared).learn('FRA');
    for (let i = 0; i < 6; i++) t.equal(await knows(shared, 'FRA'), true);
    t.equal(calls.length > 0, shared === COMPANION, 'the cache needs no companion');
    const controls = new Set([...kept.values()].map(({ control }) => control));
    t.same([...controls], shared === CACHE ? ['max-age=600'] : []);
  });

t.test('without it nothing is asked, and a pool without use for it runs through no step', async (t) => {
  const { calls } = bindCompanion(t);
  const without: [Config['shared'], Partial<Config>][] = [
    [OFF, {}],
    [{ ...OFF, board: false }, {}],
    [COMPANION, { origins: [NEAR] }],
  ];
  for (const [shared, more] of without) {
    const { request, state } = startIsolate(shared as never, more);
    for (const { steps } of state.plans.values()) t.same(steps, []);
    await request();
  }
  t.same(calls, []);
});

t.test('of several routes those run through it whose pool, or whose canary, has use for it', async (t) => {
  const pools = { one: { origins: ['http://a'] }, two: { origins: ['http://a', 'http://b'] } };
  const routes = [
    { paths: ['/one'], pool: 'one' },
    { paths: ['/two'], pool: 'two' },
    { paths: ['/canary'], pool: 'one', canary: { pool: 'two', percent: 5 } },
  ];
  const state = stateOf(checkConfig({ pools, routes, shared: COMPANION }), virtualRuntime());
  const plans = state.settings.routes.map((route) => state.plans.get(route)!);
  t.match(plans, [
    { steps: { length: 0 }, finish: { length: 0 } },
    { steps: { length: 1 }, finish: { length: 1 } },
    { steps: { length: 1 }, finish: { length: 1 } },
  ]);
});

t.test('a busy isolate reads nothing, and tells once in five seconds', async (t) => {
  const { calls } = bindCompanion(t);
  const { request, learn } = startIsolate(COMPANION);
  await learn();
  calls.length = 0;
  for (let i = 0; i < 20; i++) await request();
  t.ok(calls.length <= 4, `${calls.length} calls in ten seconds`);
  t.same(new Set(calls), new Set(['GET /board', 'POST /board']));
});

t.test('who gets no answer in 5 ms goes on without, and what comes later is news for the next', async (t) => {
  const bound = bindCompanion(t);
  await startIsolate(COMPANION).learn();
  bound.fate = 'hang';
  const isolate = startIsolate(COMPANION);
  const { waited } = await isolate.request('', true);
  t.equal(waited, 5);
  bound.fate = 'answer';
  await isolate.runtime.advance(5000);
  t.equal((await isolate.request()).waited, 0, 'the virtual companion takes no time');
  t.ok(isolate.pool.origins.every(({ mean }) => mean > 0));
});

t.test('requests that come together wait for one answer', async (t) => {
  const bound = bindCompanion(t);
  bound.fate = 'hang';
  const isolate = startIsolate(COMPANION);
  const [route] = isolate.state.settings.routes;
  const { steps } = isolate.state.plans.get(route!)!;
  const all = Array.from({ length: 5 }, () => runSteps(callTo('/', {}, { route: route! }), steps));
  t.ok(all.every((step) => step instanceof Promise));
  await isolate.runtime.advance(5);
  for (const step of all) t.equal(await step, null);
  t.same(bound.calls, ['GET /board']);
});

t.test('data centres and pools have boards of their own', async (t) => {
  bindCompanion(t);
  await startIsolate(COMPANION).learn('FRA');
  t.equal(await knows(COMPANION, 'FRA'), true);
  t.equal(await knows(COMPANION, 'SFO'), false);
  t.equal(await knows(COMPANION, 'FRA', { origins: [NEAR, FAR] }), false, 'another order');
});

t.test('a board that was forged, garbled or moved says nothing; nor one of another secret', async (t) => {
  const kept = bindCache(t);
  await startIsolate(CACHE).learn();
  const [[name, { text }] = ['', { text: '' }]] = kept;
  t.notMatch(name + text, /example/);
  t.equal(await knows(CACHE), true);
  const [seal = '', rows = ''] = text.split('\n');
  const garbled = `${seal}\n${rows.replace('[[', '[[1')}`;
  for (const bad of [garbled, rows, seal, '', `${'0'.repeat(64)}\n${rows}`]) {
    kept.set(name, { text: bad, control: null });
    t.equal(await knows(CACHE), false, bad.slice(0, 20));
  }
  kept.set(name, { text, control: null });
  t.equal(await knows({ ...OFF, board: { secret: 'another secret of it' } }), false);
});

t.test('where there is neither cache nor companion requests go on as ever', async (t) => {
  for (const shared of [COMPANION, CACHE]) {
    const { request, runtime } = startIsolate(shared);
    for (let i = 0; i < 3; i++) {
      t.ok((await request()).asked);
      await runtime.advance(10_000);
    }
  }
});
