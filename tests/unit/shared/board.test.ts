import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
import { runSteps } from '../../../lib/core/feature.ts';
import type { Exit } from '../../../lib/core/feature.ts';
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
  const origins = ['http://far.example', 'http://near.example'];
  const state = stateOf(checkConfig({ origins, shared: board, ...more }), runtime);
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
const COMPANION = { limits: false, revocations: false, board: {} } as const;
const CACHE = { limits: false, revocations: false, board: { secret: SECRET } } as const;
const nameOfNear = 'http://near.example';

for (const [where, shared] of [
  ['the companion', COMPANION],
  ['the cache', CACHE],
] as const)
  t.test(`${where}: a new isolate asks first what a neighbour knows to be near`, async (t) => {
    const { calls } = bindCompanion(t);
    const kept = bindCache(t);
    await startIsolate(shared).learn('FRA');
    for (let i = 0; i < 6; i++) {
      const isolate = startIsolate(shared);
      t.equal((await isolate.request('FRA')).asked, nameOfNear);
      t.same(
        isolate.pool.origins.map(({ mean }) => mean > 0),
        [true, true],
      );
    }
    t.equal(calls.length > 0, shared === COMPANION, 'the cache needs no companion');
    t.same(
      [...new Set([...kept.values()].map(({ control }) => control))],
      shared === CACHE ? ['max-age=600'] : [],
    );
  });

t.test('without it nothing is asked, and a pool without use for it runs through no step', async (t) => {
  const { calls } = bindCompanion(t);
  const without: [Config['shared'], Partial<Config>][] = [
    [{ limits: false, revocations: false }, {}],
    [{ limits: false, revocations: false, board: false }, {}],
    [COMPANION, { origins: ['http://near.example'] }],
  ];
  for (const [shared, more] of without) {
    const { request, state } = startIsolate(shared as never, more);
    t.same(
      [...state.plans.values()].flatMap(({ steps }) => steps),
      [],
    );
    await request();
  }
  t.same(calls, []);
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
  const knows = async (colo: string, more: Partial<Config> = {}): Promise<boolean> => {
    const { request, pool } = startIsolate(COMPANION, more);
    await request(colo);
    return pool.origins.every(({ mean }) => mean > 0);
  };
  t.equal(await knows('FRA'), true);
  t.equal(await knows('SFO'), false);
  t.equal(
    await knows('FRA', { origins: ['http://near.example', 'http://far.example'] }),
    false,
    'another order',
  );
});

t.test(
  'a board that was forged, garbled or moved says nothing; nor does one of another secret',
  async (t) => {
    const kept = bindCache(t);
    await startIsolate(CACHE).learn();
    const [[name, { text }] = ['', { text: '' }]] = kept;
    t.notMatch(name + text, /example/);
    const knows = async (shared: typeof CACHE | { board: { secret: string } } = CACHE): Promise<boolean> => {
      const { request, pool } = startIsolate(shared);
      await request();
      return pool.origins.every(({ mean }) => mean > 0);
    };
    t.equal(await knows(), true);
    const [seal = '', rows = ''] = text.split('\n');
    for (const bad of [
      `${seal}\n${rows.replace('[[', '[[1')}`,
      rows,
      seal,
      '',
      `${'0'.repeat(64)}\n${rows}`,
    ]) {
      kept.set(name, { text: bad, control: null });
      t.equal(await knows(), false, bad.slice(0, 20));
    }
    kept.set(name, { text, control: null });
    t.equal(await knows({ ...CACHE, board: { secret: 'another secret of it' } }), false);
  },
);

t.test('where there is neither cache nor companion requests go on as ever', async (t) => {
  for (const shared of [COMPANION, CACHE]) {
    const { request, runtime } = startIsolate(shared);
    for (let i = 0; i < 3; i++) {
      t.ok((await request()).asked);
      await runtime.advance(10_000);
    }
  }
});
