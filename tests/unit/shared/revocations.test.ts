import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hooks } from '../../../lib/core/feature.ts';
import { startRevocations } from '../../../lib/shared/revocations.ts';
import { bindCache } from '../../support/cache.ts';
import { bindCompanion } from '../../support/companion.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/context.ts';
import type { Verdict } from '../../../lib/auth/verifier.ts';
import { GOOD } from '../../support/verifier-cache.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** Isolates have names by chance. */
let seeds = 0;
const VERDICT = { ...GOOD, lifeSeconds: 600 };

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
  const { auth } = settings.routes[0]!;
  const step = own.admit!(settings.routes[0]!)!;
  /** A request, so much later: whether it waited for the list. */
  const waits = async (later = 0): Promise<boolean> => {
    await runtime.advance(later);
    const result = step(callTo('/'));
    await runtime.settle();
    const waited = result !== null;
    if (waited) await Promise.all([result, runtime.advance(400)]);
    return waited;
  };
  /** The verdict on a key of which the verifier says `told`: another isolate's comes first. */
  const ask = async (told: Verdict | null, digest = 'digest') => {
    const waitUntil = (work: Promise<unknown>) => void kept.push(work);
    const verdict = await own.verdictTier!.ask(
      { auth: auth!, digest, renews: false, waitUntil },
      async () => told,
    );
    await Promise.all(kept.splice(0));
    return verdict;
  };
  return { runtime, forgotten, waits, revoke: own.revoke!, ask };
}

t.test('what is revoked anywhere is forgotten with the next poll, beside a request', async (t) => {
  const { calls } = bindCompanion(t);
  const [one, two] = [startIsolate(), startIsolate()];
  t.equal(await one!.waits(), false, 'a new isolate remembers nothing');
  await two!.waits();
  t.equal(await one!.revoke('aa'), true);
  await two!.waits();
  t.same(two!.forgotten, [], 'not yet');
  t.equal(await two!.waits(1000), false);
  await two!.waits(1000);
  t.same(two!.forgotten, ['aa'], 'once');
  t.equal(calls.filter((call) => call === 'GET /changes').length, 4);
});

t.test('after two polls of silence the list comes first', async (t) => {
  bindCompanion(t);
  const [one, two] = [startIsolate(), startIsolate()];
  await two!.waits();
  await one!.revoke(null);
  t.equal(await two!.waits(60_000), true);
  t.same(two!.forgotten, [null]);
});

t.test('a list that cannot be had is waited for once a poll, and locks nobody out', async (t) => {
  const bound = bindCompanion(t);
  const { waits, runtime, revoke, forgotten } = startIsolate();
  await waits();
  bound.fate = 'hang';
  t.equal(await waits(60_000), true);
  for (let i = 0; i < 5; i++) t.equal(await waits(), false);
  const told = revoke('aa');
  await runtime.advance(400);
  t.equal(await told, false);
  bound.fate = 'answer';
  await waits(2000);
  t.same(forgotten, []);
});

t.test('a neighbour’s verdict counts only while the list can be had: it may be revoked since', async (t) => {
  const bound = bindCompanion(t);
  bindCache(t);
  const [one, two] = [startIsolate(), startIsolate()];
  await one!.waits();
  await one!.runtime.advance(60_000);
  t.same(await one!.ask(VERDICT), VERDICT);
  await two!.waits();
  t.match(await two!.ask(null), { good: true, consumer: null });
  bound.fate = 'refuse';
  await two!.runtime.advance(1999);
  t.match(await two!.ask(null), { good: true }, 'within two polls');
  await two!.waits(1);
  t.equal(await two!.ask(null), null, 'the verifier is asked');
  bound.fate = 'answer';
  await two!.waits(1000);
  t.match(await two!.ask(null), { good: true }, 'and again once it is there');
});

t.test('an isolate that revokes a key does not take it back from its data centre’s cache', async (t) => {
  bindCompanion(t);
  bindCache(t);
  const { waits, ask, revoke } = startIsolate();
  await waits();
  // Later than the list, but not by as much as clocks may differ.
  await waits(5000);
  for (const digest of ['revoked', 'other']) await ask(VERDICT, digest);
  t.ok(await ask(null, 'revoked'));
  await revoke('revoked');
  t.equal(await ask(null, 'revoked'), null);
  t.same(await ask(null, 'other'), VERDICT);
});

t.test('a list that was lost: all is forgotten, and no verdict from before counts', async (t) => {
  bindCache(t);
  bindCompanion(t);
  const isolate = startIsolate();
  await isolate.waits();
  await sleep(5);
  bindCompanion(t);
  await isolate.waits(1000);
  t.same(isolate.forgotten, [null]);
  for (const [digest, ahead] of Object.entries({ before: -20_000, after: 20_000 }))
    await startIsolate(Date.now() + ahead).ask(VERDICT, digest);
  const fresh = startIsolate();
  await fresh.waits();
  t.equal(await fresh.ask(null, 'before'), null);
  t.ok(await fresh.ask(null, 'after'));
});

t.test('routes without a verifier have no part in it', async (t) => {
  const settings = configured({ auth: {}, shared: {} });
  const isolate = { settings, runtime: virtualRuntime(), metrics: null, parts: {}, hooks: [] };
  t.equal(startRevocations(isolate).admit!(settings.routes[0]!), null);
});
