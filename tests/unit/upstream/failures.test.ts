import t from 'tap';
import type { Pool } from '../../../lib/config/types.ts';
import { race } from '../../../lib/race.ts';
import { callTo, worldOf } from '../../support/context.ts';
import type { Script, Step } from '../../support/scripted-origins.ts';

/** What is recorded of a request to `hosts`; `error`: the exception of a connection to the first. */
async function recorded(hosts: Record<string, Script>, pool: Partial<Pool> = {}, error: Error | null = null) {
  const world = worldOf(hosts, { balance: 'round-robin', ...pool });
  const { fetch } = world.runtime;
  const runtime = {
    ...world.runtime,
    fetch: (...args: Parameters<typeof fetch>) =>
      error !== null && String(args[0]).startsWith('http://a/') ? Promise.reject(error) : fetch(...args),
  };
  const context = callTo('/');
  void race(context, world.pool, { ...world.sender, runtime });
  await world.runtime.advance(500);
  const failed: unknown = JSON.parse(JSON.stringify(context.failed));
  return { host: context.origin?.host, failed };
}

t.test('a failed attempt is recorded if another origin answered', async (t) => {
  const lost = Object.assign(new Error('Network connection lost.'), { retryable: true });
  const inside = new Error('internal error; reference = x');
  const CASES: [what: string, first: Step | Error, expected: object][] = [
    ['a broken connection', lost, { error: 'refused_or_reset' }],
    ['an unresolved name', inside, { error: 'dns' }],
    ['no headers in time', { after: Infinity }, { error: 'timeout' }],
    ['an error status', { status: 500 }, { error: 'status', status: 500 }],
    ['an overload', { status: 503 }, { error: 'status', status: 503 }],
    ['the platform: reset', { status: 520 }, { error: 'reset', status: 520 }],
    ['the platform: refused', { status: 521 }, { error: 'refused', status: 521 }],
    ['the platform: connect timed out', { status: 522 }, { error: 'timeout', status: 522 }],
    ['the platform: certificate', { status: 526 }, { error: 'tls', status: 526 }],
    ['the platform: name', { status: 530 }, { error: 'dns', status: 530 }],
  ];
  for (const [what, first, expected] of CASES) {
    const [step, error] = first instanceof Error ? [{}, first] : [first, null];
    const found = await recorded({ a: [step], b: [{}] }, { timeoutMs: 300, hedge: false }, error);
    t.same(found, { host: 'b', failed: [{ origin: 'http://a', ...expected }] }, what);
  }
});

t.test('nothing is recorded of a good response, a lost hedge, or the response that is sent', async (t) => {
  const hedge = { afterMs: 100, budgetPercent: 100 };
  for (const [hosts, pool] of [
    [{ a: [{}], b: [{}] }, {}],
    [{ a: [{ status: 429 }] }, { retries: 0 }],
    [{ a: [{ after: 150 }], b: [{ after: Infinity }] }, { hedge }],
  ] as const)
    t.same(await recorded(hosts as Record<string, Script>, pool), { host: 'a', failed: null });
});

t.test('a rejected request has every attempt, in order', async (t) => {
  const { host, failed } = await recorded({ a: [{ lost: true }], b: [{ status: 521 }] });
  t.equal(host, undefined);
  t.match(failed, [{ error: 'refused_or_reset' }, { origin: 'http://b', error: 'refused' }]);
});
