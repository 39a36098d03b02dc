/** Whose count a request goes to, and by which limit. */
import t from 'tap';
import type { RateLimit, Settings } from '../../../lib/config/types.ts';
import type { Refusal } from '../../../lib/core/errors.ts';
import type { Hooks } from '../../../lib/core/feature.ts';
import { limitKey } from '../../../lib/limits/limit-key.ts';
import { consumerLimit } from '../../../lib/limits/consumer-limits.ts';
import { limitIdentity, startRateLimit } from '../../../lib/limits/rate-limit.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/journeys.ts';
import { limitOf } from '../../support/limits.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

const parts = { consumerLimit };
/** The step that a route's requests take; null where it has none. */
const stepOf = (settings: Settings, ...hooks: Hooks[]) =>
  startRateLimit({ settings, runtime: virtualRuntime(), metrics: null, parts, hooks }).admit!(
    settings.routes[0]!,
  );
const NOON = Date.parse('2026-03-15T12:00:30.500Z');

t.test('two callers whose words agree in 32 bits of their hash are two', async (t) => {
  const settings = limitOf({ minute: 1, by: { header: 'x-user' } });
  const identities = ['1zxlg91ig5jvx15d3', 'p6ge2gb8ctuj1qb2'].map((user) =>
    limitIdentity(settings, callTo('/', { headers: { 'x-user': user } }), limitKey),
  );
  t.equal(identities[0]?.split(' ')[0], identities[1]?.split(' ')[0], 'found by trying');
  t.not(identities[0], identities[1]);
});

t.test('whose count it is', async (t) => {
  const consumer = { id: 'c1', credentials: [] };
  const context = callTo('/p?q=1', {}, { clientIp: '1.2.3.4', consumer, credentialId: 'k1' });
  const nobody = callTo('/p', {}, { clientIp: '1.2.3.4' });
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
    t.equal(limitIdentity(settings, nobody, limitKey), unknown, JSON.stringify(by));
  }
  const key = limitIdentity(limitOf({ minute: 1 }), callTo('/', {}, { credentialId: 'k1' }), limitKey);
  t.equal(key, 'k1', 'a key without a consumer');
});

t.test("a consumer's own limit goes before the route's, the route's for it before all", async (t) => {
  const settings = configured({
    rateLimit: { minute: 1 },
    consumerLimits: { gold: { minute: 2 }, iron: { minute: 2 } },
    routes: [{ consumerLimits: { gold: { minute: 3, status: 503, message: 'enough' } } }],
  });
  const counted = (id: string | null): [number, unknown] => {
    const route = settings.routes[0]!;
    const step = stepOf(settings)!;
    const consumer = id === null ? null : { id, credentials: [] };
    for (let passed = 0; passed < 9; passed++) {
      const context = callTo('/', {}, { route, startedAt: NOON, consumer });
      const refusal = step(context) as Refusal | null;
      t.ok(context.answerHeaders.length > 0);
      if (refusal) return [passed, `${refusal.reason} ${refusal.status} ${refusal.message}`];
    }
    return [9, null];
  };
  const usual = 'rate_limited 429 API rate limit exceeded';
  t.same(counted('gold'), [3, 'rate_limited 503 enough']);
  t.same(counted('iron'), [2, usual]);
  for (const id of ['other', null]) t.same(counted(id), [1, usual]);
  t.equal(stepOf(configured()), null);
});

t.test('another feature may count in its place, at once or later', async (t) => {
  const settings = configured({ rateLimit: { minute: 1, by: 'ip' } });
  const [route] = settings.routes;
  for (const later of [true, false])
    for (const allowed of [true, false]) {
      const result = { allowed, headers: [['X-Counted', 'elsewhere']] as [string, string][] };
      const hooks = { limiter: () => (later ? Promise.resolve(result) : result) };
      const step = stepOf(settings, {}, hooks)!;
      const context = callTo('/', {}, { route: route! });
      const refusal = (await step(context)) as Refusal | null;
      t.equal(refusal?.reason, allowed ? undefined : 'rate_limited');
      t.same(context.answerHeaders, result.headers);
    }
});
