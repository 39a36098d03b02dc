import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hooks } from '../../../lib/core/feature.ts';
import { startRevocations } from '../../../lib/shared/revocations.ts';
import { bindCache } from '../../support/cache.ts';
import { bindCompanion } from '../../support/companion.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/journeys.ts';
import type { Verdict } from '../../../lib/auth/verifier.ts';
import { GOOD } from '../../support/verifier-cache.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** Isolates have names by chance. */
let seeds = 0;

/** An isolate that polls each second, and what it was told to forget. The companion's clock is the real one. */
function startIsolate(now = Date.now()) {
  const runtime = virtualRuntime({ seed: ++seeds, now });
  const verdicts = { secret: 'a secret of the gateway' };
  const settings = configured({
    auth: { verify: { url: 'http://v/{key}' } },
    shared: { revocations: { pollSeconds: 1 }, timeoutMs: 300, verdicts },
  });
  const forgotten: (string | null)[] = [];
  const kept: Promise<unknown>[] = [];
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
  const { auth } = settings.routes[0]!;
  /** The verdict on a key of which the verifier says `told`: another isolate's comes first. */
  const ask = (told: Verdict | null, digest = 'digest') =>
    own.verdictTier!.ask(
      { auth: auth!, digest, renews: false, waitUntil: (work) => void kept.push(work) },
      async () => told,
    );
  return { runtime, forgotten, waits, revoke: own.revoke!, ask, kept };
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

t.test('a neighbour’s verdict counts only while the list can be had: it may be revoked since', async (t) => {
  const bound = bindCompanion(t);
  bindCache(t);
  const [one, two] = [startIsolate(), startIsolate()];
  await one!.waits();
  const verdict = { ...GOOD, lifeSeconds: 600 };
  await one!.runtime.advance(60_000);
  t.same(await one!.ask(verdict), verdict);
  await Promise.all(one!.kept);
  await two!.waits();
  t.match(await two!.ask(null), { good: true, consumer: null });
  bound.fate = 'refuse';
  await two!.runtime.advance(1999);
  t.match(await two!.ask(null), { good: true }, 'within two polls');
  await two!.runtime.advance(1);
  await two!.waits();
  t.equal(await two!.ask(null), null, 'the verifier is asked');
  bound.fate = 'answer';
  await two!.runtime.advance(1000);
  await two!.waits();
  t.match(await two!.ask(null), { good: true }, 'and again once it is there');
});

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
  // Later than the list, but not by as much as clocks may differ.
  await isolate.runtime.advance(5000);
  await isolate.waits();
  const verdict = { ...GOOD, lifeSeconds: 600 };
  for (const digest of ['revoked', 'other']) await isolate.ask(verdict, digest);
  await Promise.all(isolate.kept);
  t.ok(await isolate.ask(null, 'revoked'));
  await isolate.revoke('revoked');
  t.equal(await isolate.ask(null, 'revoked'), null);
  t.same(await isolate.ask(null, 'other'), verdict);
});

t.test('verdicts from before a list that was lost are none to a new isolate either', async (t) => {
  bindCache(t);
  bindCompanion(t);
  const verdict = { ...GOOD, lifeSeconds: 600 };
  for (const [digest, ahead] of Object.entries({ before: -20_000, after: 20_000 })) {
    const neighbour = startIsolate(Date.now() + ahead);
    await neighbour.ask(verdict, digest);
    await Promise.all(neighbour.kept);
  }
  const isolate = startIsolate();
  await isolate.waits();
  t.equal(await isolate.ask(null, 'before'), null);
  t.ok(await isolate.ask(null, 'after'));
});

t.test('routes without a verifier have no part in it', async (t) => {
  const settings = configured({ auth: {}, shared: {} });
  const isolate = { settings, runtime: virtualRuntime(), metrics: null, parts: {}, hooks: [] };
  const hooks = startRevocations(isolate);
  t.equal(hooks.admit!(settings.routes[0]!), null);
});
