import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Hooks } from '../../../lib/core/feature.ts';
import { startRevocations } from '../../../lib/shared/revocations.ts';
import { bindCache } from '../../support/cache.ts';
import { bindCompanion } from '../../support/companion.ts';
import { callTo } from '../../support/journeys.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** Isolates have names by chance. */
let seeds = 0;

/** An isolate that polls each second, and what it was told to forget. */
function startIsolate() {
  const runtime = virtualRuntime({ seed: ++seeds, now: Date.now() });
  const settings = checkConfig({
    origins: ['http://a'],
    auth: { verify: { url: 'http://v/{key}' } },
    shared: {
      revocations: { pollSeconds: 1 },
      timeoutMs: 300,
      verdicts: { secret: 'a secret of the gateway' },
    },
  });
  const forgotten: (string | null)[] = [];
  const hooks: Hooks[] = [{ forget: (digest) => forgotten.push(digest) }];
  const own = startRevocations({ settings, runtime, metrics: null, parts: {}, hooks });
  const step = own.admit!(settings.routes[0]!)!;
  const waits = async (): Promise<boolean> => {
    const result = step(callTo('/'));
    await runtime.settle();
    const waited = result !== null;
    if (waited) await Promise.all([result, runtime.advance(400)]);
    return waited;
  };
  return { runtime, forgotten, waits, revoke: own.revoke!, tier: own.verdictTier! };
}

t.test('what is revoked anywhere is forgotten with the next poll, beside a request', async (t) => {
  const { calls } = bindCompanion(t);
  const [one, two] = [startIsolate(), startIsolate()];
  t.equal(await one!.waits(), false, 'a new isolate remembers nothing');
  t.equal(await two!.waits(), false);
  t.equal(await one!.revoke('aa'), true);
  t.equal(await two!.waits(), false);
  t.same(two!.forgotten, [], 'not yet');
  await two!.runtime.advance(1000);
  t.equal(await two!.waits(), false);
  t.same(two!.forgotten, ['aa']);
  await two!.runtime.advance(1000);
  await two!.waits();
  t.same(two!.forgotten, ['aa'], 'once');
  t.equal(calls.filter((call) => call === 'GET /changes').length, 4);
});

t.test('after two polls of silence the list comes first', async (t) => {
  bindCompanion(t);
  const [one, two] = [startIsolate(), startIsolate()];
  await two!.waits();
  await one!.revoke(null);
  await two!.runtime.advance(60_000);
  t.equal(await two!.waits(), true);
  t.same(two!.forgotten, [null]);
});

t.test('a list that cannot be had is waited for once a poll, and locks nobody out', async (t) => {
  const bound = bindCompanion(t);
  const isolate = startIsolate();
  await isolate.waits();
  bound.fate = 'hang';
  await isolate.runtime.advance(60_000);
  t.equal(await isolate.waits(), true);
  for (let i = 0; i < 5; i++) t.equal(await isolate.waits(), false);
  t.same(isolate.forgotten, []);
  const told = isolate.revoke('aa');
  await isolate.runtime.advance(400);
  t.equal(await told, false);
  bound.fate = 'answer';
  await isolate.runtime.advance(2000);
  await isolate.waits();
  t.same(isolate.forgotten, []);
});

t.test(
  'a neighbour’s verdict counts only while the list can be had: the key may be revoked since',
  async (t) => {
    const bound = bindCompanion(t);
    bindCache(t);
    const [one, two] = [startIsolate(), startIsolate()];
    await one!.waits();
    const askedAt = one!.runtime.now() + 60_000;
    const entry = { text: '{}', askedAt, until: askedAt + 600_000 };
    await one!.tier.write('terms', 'digest', entry);
    await two!.waits();
    t.same(await two!.tier.read('terms', 'digest'), entry);
    bound.fate = 'refuse';
    await two!.runtime.advance(1999);
    t.same(await two!.tier.read('terms', 'digest'), entry, 'within two polls');
    await two!.runtime.advance(1);
    await two!.waits();
    t.equal(await two!.tier.read('terms', 'digest'), null, 'the verifier is asked');
    bound.fate = 'answer';
    await two!.runtime.advance(1000);
    await two!.waits();
    t.same(await two!.tier.read('terms', 'digest'), entry, 'and again once it is there');
  },
);

t.test('a list that was lost: everything is forgotten', async (t) => {
  bindCompanion(t);
  const isolate = startIsolate();
  await isolate.waits();
  await sleep(5);
  bindCompanion(t);
  await isolate.runtime.advance(1000);
  await isolate.waits();
  t.same(isolate.forgotten, [null]);
});

t.test('an isolate that revokes a key does not take it back from its data centre’s cache', async (t) => {
  bindCompanion(t);
  bindCache(t);
  const isolate = startIsolate();
  await isolate.waits();
  const askedAt = isolate.runtime.now() + 1000;
  const entry = { text: '{}', askedAt, until: askedAt + 600_000 };
  await isolate.tier.write('terms', 'revoked', entry);
  await isolate.tier.write('terms', 'other', entry);
  await isolate.revoke('revoked');
  t.equal(await isolate.tier.read('terms', 'revoked'), null);
  t.same(await isolate.tier.read('terms', 'other'), entry);
});

t.test('verdicts from before a list that was lost are none to a new isolate either', async (t) => {
  bindCache(t);
  bindCompanion(t);
  const isolate = startIsolate();
  await isolate.waits();
  const start = Date.now();
  for (const [key, askedAt] of [
    ['before', start - 20_000],
    ['after', start + 20_000],
  ] as const)
    await isolate.tier.write('terms', key, { text: '{}', askedAt, until: start + 600_000 });
  t.equal(await isolate.tier.read('terms', 'before'), null);
  t.ok(await isolate.tier.read('terms', 'after'));
});

t.test('routes without a verifier have no part in it', async (t) => {
  const settings = checkConfig({ origins: ['http://a'], auth: {}, shared: {} });
  const hooks = startRevocations({
    settings,
    runtime: virtualRuntime(),
    metrics: null,
    parts: {},
    hooks: [],
  });
  t.equal(hooks.admit!(settings.routes[0]!), null);
});
