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

/** Isolates have random names. */
let seeds = 0;
const VERDICT = { ...GOOD, lifeSeconds: 600 };

/** An isolate that polls each second, and what it has dropped. The companion's clock is the real one. */
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
  const hook = startRevocations({ settings, runtime, metrics: null, parts: {}, hooks });
  const { auth } = settings.routes[0]!;
  const step = hook.admit!(settings.routes[0]!)!;
  /** Sends a request after `later` ms; whether it waited for the list. */
  const waits = async (later = 0): Promise<boolean> => {
    await runtime.advance(later);
    const result = step(callTo('/'));
    await runtime.settle();
    const waited = result !== null;
    if (waited) await Promise.all([result, runtime.advance(400)]);
    return waited;
  };
  /** The verdict on a key: another isolate's or, if there is none, `own`. */
  const ask = async (own: Verdict | null, digest = 'digest') => {
    const waitUntil = (work: Promise<unknown>) => void kept.push(work);
    const verdict = await hook.verdictTier!.ask(
      { auth: auth!, digest, renews: false, waitUntil },
      async () => own,
    );
    await Promise.all(kept.splice(0));
    return verdict;
  };
  return { runtime, forgotten, waits, revoke: hook.revoke!, ask };
}

t.test('a key revoked anywhere is dropped with the next poll, in parallel with a request', async (t) => {
  const { calls } = bindCompanion(t);
  const [one, two] = [startIsolate(), startIsolate()];
  t.equal(await one!.waits(), false, 'a new isolate has nothing cached');
  await two!.waits();
  t.equal(await one!.revoke('aa'), true);
  await two!.waits();
  t.same(two!.forgotten, [], 'not yet');
  t.equal(await two!.waits(1000), false);
  await two!.waits(1000);
  t.same(two!.forgotten, ['aa'], 'once');
  t.equal(calls.filter((call) => call === 'GET /changes').length, 4);
});

t.test('an isolate idle for two polls reads the list first', async (t) => {
  bindCompanion(t);
  const [one, two] = [startIsolate(), startIsolate()];
  await two!.waits();
  await one!.revoke(null);
  t.equal(await two!.waits(60_000), true);
  t.same(two!.forgotten, [null]);
});

t.test('an unavailable list is waited for once per poll, and locks no one out', async (t) => {
  const bound = bindCompanion(t);
  const { waits, runtime, revoke, forgotten } = startIsolate();
  await waits();
  bound.fate = 'hang';
  t.equal(await waits(60_000), true);
  for (let i = 0; i < 5; i++) t.equal(await waits(), false);
  const revoking = revoke('aa');
  await runtime.advance(400);
  t.equal(await revoking, false);
  bound.fate = 'answer';
  await waits(2000);
  t.same(forgotten, []);
});

t.test("another isolate's verdict counts only while the list shows that it is not revoked", async (t) => {
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
  t.match(await two!.ask(null), { good: true }, 'and again once the list is available');
});

t.test("an isolate that revokes a key does not accept it from its data centre's cache", async (t) => {
  bindCompanion(t);
  bindCache(t);
  const { waits, ask, revoke } = startIsolate();
  await waits();
  // Later than the list, but by less than clocks may differ.
  await waits(5000);
  for (const digest of ['revoked', 'other']) await ask(VERDICT, digest);
  t.ok(await ask(null, 'revoked'));
  await revoke('revoked');
  t.equal(await ask(null, 'revoked'), null);
  t.same(await ask(null, 'other'), VERDICT);
});

t.test('a list that was sent before a revocation does not undo it', async (t) => {
  bindCompanion(t);
  bindCache(t);
  const { runtime, waits, ask, revoke } = startIsolate();
  const now = runtime.now();
  let answer!: (response: Response) => void;
  let revoked: [string, number][] = [];
  const reply = (body: object) => Response.json(body, { headers: { 'x-shared': '1' } });
  const list = () => reply({ version: now - 50_000, more: false, voidBefore: 0, revoked });
  const answers = [list(), new Promise<Response>((resolve) => (answer = resolve))];
  const { SHARED } = globalThis as unknown as { SHARED: { fetch: unknown } };
  SHARED.fetch = async (url: string) =>
    url.endsWith('/revoke') ? reply({ version: now + 40_000 }) : answers.shift();
  await waits();
  await ask(VERDICT);
  t.ok(await ask(null), 'shared with other isolates');
  await waits(1000);
  await revoke('digest');
  revoked = [['digest', now - 50_000]];
  answer(list());
  await runtime.settle();
  t.equal(await ask(null), null);
});

t.test('if the list was lost, all is dropped, and no verdict from before counts', async (t) => {
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

t.test('a route without a verifier has no step', async (t) => {
  const settings = configured({ auth: {}, shared: {} });
  const isolate = { settings, runtime: virtualRuntime(), metrics: null, parts: {}, hooks: [] };
  t.equal(startRevocations(isolate).admit!(settings.routes[0]!), null);
});
