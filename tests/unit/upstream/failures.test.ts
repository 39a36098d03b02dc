import t from 'tap';
import type { Pool } from '../../../lib/config/types.ts';
import { race } from '../../../lib/race.ts';
import { callTo, worldOf } from '../../support/context.ts';
import type { Script, Step } from '../../support/scripted-origins.ts';

/** What is noted of a request to these; `error`: what a connection to the first fails with. */
async function noted(hosts: Record<string, Script>, pool: Partial<Pool> = {}, error: Error | null = null) {
  const world = worldOf(hosts, { balance: 'round-robin', ...pool });
  const { fetch } = world.runtime;
  const runtime = {
    ...world.runtime,
    fetch: (...args: Parameters<typeof fetch>) =>
      error !== null && String(args[0]).startsWith('http://a/') ? Promise.reject(error) : fetch(...args),
  };
  const context = callTo('/');
  void race(context, runtime, world.to);
  await world.runtime.advance(500);
  const failed: unknown = JSON.parse(JSON.stringify(context.failed));
  return { host: context.origin?.host, failed };
}

t.test('an attempt that another origin rescued is noted', async (t) => {
  const lost = Object.assign(new Error('Network connection lost.'), { retryable: true });
  const inside = new Error('internal error; reference = x');
  const CASES: [what: string, first: Step | Error, noted: object][] = [
    ['a connection that broke', lost, { error: 'refused_or_reset' }],
    ['a name without an address', inside, { error: 'dns' }],
    ['no headers in time', { after: Infinity }, { error: 'timeout' }],
    ['an error of its own', { status: 500 }, { error: 'status', status: 500 }],
    ['an overload', { status: 503 }, { error: 'status', status: 503 }],
    ['the platform: reset', { status: 520 }, { error: 'reset', status: 520 }],
    ['the platform: refused', { status: 521 }, { error: 'refused', status: 521 }],
    ['the platform: connect timed out', { status: 522 }, { error: 'timeout', status: 522 }],
    ['the platform: certificate', { status: 526 }, { error: 'tls', status: 526 }],
    ['the platform: name', { status: 530 }, { error: 'dns', status: 530 }],
  ];
  for (const [what, first, expected] of CASES) {
    const [step, error] = first instanceof Error ? [{}, first] : [first, null];
    const found = await noted({ a: [step], b: [{}] }, { timeoutMs: 300, hedge: false }, error);
    t.same(found, { host: 'b', failed: [{ origin: 'http://a', ...expected }] }, what);
  }
});

t.test('nothing is noted of a good answer, a hedge that lost, or the answer that is given', async (t) => {
  const hedge = { afterMs: 100, budgetPercent: 100 };
  for (const [hosts, pool] of [
    [{ a: [{}], b: [{}] }, {}],
    [{ a: [{ status: 429 }] }, { retries: 0 }],
    [{ a: [{ after: 150 }], b: [{ after: Infinity }] }, { hedge }],
  ] as const)
    t.same(await noted(hosts as Record<string, Script>, pool), { host: 'a', failed: null });
});

t.test('a refusal has every attempt, the first one first', async (t) => {
  const { host, failed } = await noted({ a: [{ lost: true }], b: [{ status: 521 }] });
  t.equal(host, undefined);
  t.match(failed, [{ error: 'refused_or_reset' }, { origin: 'http://b', error: 'refused' }]);
});
