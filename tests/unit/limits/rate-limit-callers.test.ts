/** Which counter a request uses, and which limit applies. */
import t from 'tap';
import type { RateLimit, Settings } from '../../../lib/config/types.ts';
import type { Refusal } from '../../../lib/core/errors.ts';
import type { Hooks } from '../../../lib/core/feature.ts';
import { limitKey } from '../../../lib/limits/limit-key.ts';
import { consumerLimit } from '../../../lib/limits/consumer-limits.ts';
import { limitIdentity, startRateLimit } from '../../../lib/limits/rate-limit.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/context.ts';
import { limitOf } from '../../support/limits.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

const parts = { consumerLimit };
/** The route's rate limit step; null if it has none. */
const stepOf = (settings: Settings, ...hooks: Hooks[]) =>
  startRateLimit({ settings, runtime: virtualRuntime(), metrics: null, parts, hooks }).admit!(
    settings.routes[0]!,
  );

t.test('callers whose headers collide in a 32-bit hash are counted apart', async (t) => {
  const settings = limitOf({ minute: 1, by: { header: 'x-user' } });
  const identities = ['1zxlg91ig5jvx15d3', 'p6ge2gb8ctuj1qb2'].map((user) =>
    limitIdentity(settings, callTo('/', { headers: { 'x-user': user } }), limitKey),
  );
  t.equal(identities[0]?.split(' ')[0], identities[1]?.split(' ')[0], 'found by brute force');
  t.not(identities[0], identities[1]);
});

t.test('the identity that is counted, by `by`', async (t) => {
  const consumer = { id: 'c1', credentials: [] };
  const context = callTo('/p?q=1', {}, { clientIp: '1.2.3.4', consumer, credentialId: 'k1' });
  const unknownCaller = callTo('/p', {}, { clientIp: '1.2.3.4' });
  const cases: [by: RateLimit['by'], known: string, unknown: string][] = [
    ['consumer', 'c1', '1.2.3.4'],
    ['credential', 'k1', '1.2.3.4'],
    ['ip', '1.2.3.4', '1.2.3.4'],
    ['service', '', ''],
    [{ path: '/p' }, '/p', '/p'],
    [{ path: '/other' }, '1.2.3.4', '1.2.3.4'],
  ];
  for (const [by, known, unknown] of cases) {
    const settings = limitOf({ minute: 1, by: by! });
    t.equal(limitIdentity(settings, context, limitKey), known, JSON.stringify(by));
    t.equal(limitIdentity(settings, unknownCaller, limitKey), unknown, JSON.stringify(by));
  }
  const key = limitIdentity(limitOf({ minute: 1 }), callTo('/', {}, { credentialId: 'k1' }), limitKey);
  t.equal(key, 'k1', 'a key without a consumer');
});

t.test('a route without a limit has no step; a limiter hook counts instead of the step', async (t) => {
  t.equal(stepOf(configured()), null);
  const settings = configured({ rateLimit: { minute: 1, by: 'ip' } });
  for (const later of [true, false])
    for (const allowed of [true, false]) {
      const result = { allowed, headers: [['X-Counted', 'elsewhere']] as [string, string][] };
      const hooks = { limiter: () => (later ? Promise.resolve(result) : result) };
      const context = callTo('/', {}, { route: settings.routes[0]! });
      const refusal = (await stepOf(settings, {}, hooks)!(context)) as Refusal | null;
      t.equal(refusal?.reason, allowed ? undefined : 'rate_limited');
      t.same(context.answerHeaders, result.headers);
    }
});

t.test('a request that arrived in an earlier window counts in the present one', async (t) => {
  const settings = configured({ rateLimit: { minute: 1, by: 'ip' } });
  const step = stepOf(settings)!;
  const { now } = virtualRuntime();
  const verdictOf = async (startedAt: number) =>
    ((await step(callTo('/', {}, { startedAt, route: settings.routes[0]! }))) as Refusal | null)?.reason;
  t.equal(await verdictOf(now()), undefined);
  for (const startedAt of [now() - 60_000, now()]) t.equal(await verdictOf(startedAt), 'rate_limited');
});
