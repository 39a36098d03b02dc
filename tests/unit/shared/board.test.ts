/** Measurements of origins that isolates share. Their effect: tests/simulations and tests/e2e/shared-board.test.ts. */
import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import type { Exit } from '../../../lib/core/feature.ts';
import { runSteps } from '../../../lib/http/state.ts';
import { race } from '../../../lib/race.ts';
import { bindCache } from '../../support/cache.ts';
import { bindCompanion } from '../../support/companion.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/context.ts';
import { scriptedOrigins } from '../../support/scripted-origins.ts';
import { newIsolate, stateOf } from '../../support/state.ts';

type Shared = NonNullable<Config['shared']>;
const OFF = { limits: false, revocations: false } as const;
const COMPANION = { ...OFF, board: {} } as const;
const CACHE = { ...OFF, board: { secret: 'a secret of the gateway' } } as const;
const [FAR, NEAR] = ['http://far.example', 'http://near.example'];
/** The time at which new isolates start. */
let now = Date.UTC(2026, 0, 6, 12);

/** An isolate whose requests run through the steps of its only route, to origins of 200 and of 20 ms. */
function startIsolate(shared: Shared, more: Partial<Config> = {}) {
  const network = scriptedOrigins({ 'far.example': [{ after: 200 }], 'near.example': [{ after: 20 }] });
  const config = { origins: [FAR, NEAR], shared, ...more };
  const { runtime, state, route, plan } = newIsolate(config, { fetch: network.fetch, now });
  const pool = state.pools[0]!;
  /** How long it waited before contacting an origin, and which one. `silent`: the board does not answer. */
  const request = async (colo?: string, silent = false) => {
    const work: Promise<unknown>[] = [];
    const context = callTo('/', {}, { route, waitUntil: (one) => void work.push(one) });
    Object.assign(context.request, { cf: { colo } });
    const began = runtime.now();
    const steps = Promise.resolve(runSteps(context, plan.steps)).then(() => runtime.now() - began);
    if (silent) await runtime.advance(5);
    const waited = await steps;
    const answer = race(context, pool, state);
    await runtime.advance(500);
    await answer;
    for (const finish of plan.finish) finish(context, {} as Exit);
    if (!silent) await Promise.all(work);
    return { waited, origin: context.origin?.name };
  };
  const knowsBoth = () => pool.origins.every(({ mean }) => mean > 0);
  /** Sends requests until it knows both origins. */
  const learn = async (colo?: string) => {
    while (!knowsBoth()) await request(colo);
    await runtime.advance(5000);
    await request(colo);
    now = runtime.now();
  };
  return { runtime, request, learn, knowsBoth, plan, route };
}
/** Whether a new isolate knows both origins. */
async function knows(shared: Shared, colo?: string, more: Partial<Config> = {}) {
  const { request, knowsBoth } = startIsolate(shared, more);
  const { origin } = await request(colo);
  return knowsBoth() && origin === NEAR;
}

for (const [where, shared] of Object.entries({ companion: COMPANION, cache: CACHE }))
  t.test(`the ${where}: a new isolate first picks the origin that another one found near`, async (t) => {
    const { calls } = bindCompanion(t);
    const kept = bindCache(t);
    await startIsolate(shared).learn('FRA');
    for (let i = 0; i < 3; i++) t.equal(await knows(shared, 'FRA'), true);
    t.equal(calls.length > 0, shared === COMPANION, 'the cache needs no companion');
    t.ok([...kept.values()].every(({ control }) => control === 'max-age=600'));
    t.equal(await knows(shared, 'FRA', { origins: [NEAR, FAR] }), false, 'another order is another pool');
    t.equal(await knows(shared, 'SFO'), false, 'each data centre has a board of its own');
  });

t.test('without it no call is made, and a route with no use for it has no step', async (t) => {
  const { calls } = bindCompanion(t);
  const without: [Shared, Partial<Config>][] = [
    [OFF, {}],
    [{ ...OFF, board: false }, {}],
    [COMPANION, { origins: [NEAR] }],
  ];
  for (const [shared, more] of without) {
    const { request, plan } = startIsolate(shared, more);
    t.same(plan.steps, []);
    await request();
  }
  t.same(calls, []);
  const pools = { one: { origins: [FAR] }, two: { origins: [FAR, NEAR] } };
  const canary = { pool: 'two', percent: 5 };
  const routes = [{ pool: 'one' }, { pool: 'two' }, { pool: 'one', canary }];
  const { plans, settings } = stateOf(configured({ pools, routes, shared: COMPANION }));
  // A route whose canary uses it has the step too, after the canary's own.
  const counts = settings.routes
    .map((route) => plans.get(route)!)
    .flatMap(({ steps, finish }) => [steps, finish]);
  t.equal(counts.map(({ length }) => length).join(), '0,0,1,1,2,1');
});

t.test('a busy isolate reads nothing, and writes once in five seconds', async (t) => {
  const { calls } = bindCompanion(t);
  const { request, learn } = startIsolate(COMPANION);
  await learn();
  calls.length = 0;
  for (let i = 0; i < 20; i++) await request();
  t.ok(calls.length <= 4, `${calls.length} calls in ten seconds`);
  t.same(new Set(calls), new Set(['GET /board', 'POST /board']));
});

t.test('a request goes on without an answer after 5 ms, and the next one uses a late answer', async (t) => {
  const bound = bindCompanion(t);
  await startIsolate(COMPANION).learn();
  bound.fate = 'hang';
  const { request, runtime, knowsBoth } = startIsolate(COMPANION);
  t.equal((await request('', true)).waited, 5);
  bound.fate = 'answer';
  await runtime.advance(5000);
  t.equal((await request()).waited, 0, 'the virtual companion takes no time');
  t.ok(knowsBoth());
});

t.test('concurrent requests wait for one answer', async (t) => {
  const bound = bindCompanion(t);
  bound.fate = 'hang';
  const { runtime, route, plan } = startIsolate(COMPANION);
  const all = Array.from({ length: 5 }, () => runSteps(callTo('/', {}, { route }), plan.steps));
  t.ok(all.every((step) => step instanceof Promise));
  await runtime.advance(5);
  for (const step of all) t.equal(await step, null);
  t.same(bound.calls, ['GET /board']);
});

t.test('a board that is forged, garbled, moved or of another secret is ignored', async (t) => {
  const kept = bindCache(t);
  await startIsolate(CACHE).learn();
  const [[name, { text }] = ['', { text: '' }]] = kept;
  t.notMatch(name + text, /example/);
  t.equal(await knows(CACHE), true);
  const [seal = '', rows = ''] = text.split('\n');
  for (const bad of [`${seal}\n${rows.replace('[[', '[[1')}`, rows, seal, '', `${'0'.repeat(64)}\n${rows}`]) {
    kept.set(name, { text: bad, control: null });
    t.equal(await knows(CACHE), false, bad.slice(0, 20));
  }
  kept.set(name, { text, control: null });
  t.equal(await knows({ ...OFF, board: { secret: 'another secret of it' } }), false);
});
