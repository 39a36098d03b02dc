/** Limits that isolates share, if the companion is slow or absent. That they hold: tests/e2e/shared-limits.test.ts. */
import t from 'tap';
import type { Config, Shared } from '../../../lib/config/types.ts';
import type { Refusal } from '../../../lib/core/errors.ts';
import { runSteps } from '../../../lib/http/state.ts';
import { bindCompanion } from '../../support/companion.ts';
import { callTo } from '../../support/context.ts';
import { newIsolate } from '../../support/state.ts';

/** An isolate whose requests run through the steps of its only route. */
function startIsolate(shared: Shared, more: Partial<Config> = {}) {
  const { runtime, route, plan } = newIsolate({ rateLimit: { year: 6, by: 'ip' }, shared, ...more });
  const request = async (clientIp = '1.2.3.4') => {
    const context = callTo('/', {}, { route, clientIp, waitUntil: () => undefined });
    const refusal = (await runSteps(context, plan.steps)) as Refusal | null;
    return {
      reason: refusal?.reason ?? 'passes',
      status: refusal?.status,
      headers: Object.fromEntries(context.answerHeaders),
    };
  };
  const settled = async (ms: number) => {
    await runtime.advance(ms);
    await runtime.settle();
  };
  const requests = async (count: number) => {
    const all = [];
    for (let i = 0; i < count; i++) all.push(await request());
    return all;
  };
  return { request, requests, settled };
}
const tally = (all: { reason: string }[], reason: string): number =>
  all.filter((one) => one.reason === reason).length;

t.test('concurrent requests wait for one answer, and a refusal is cached', async (t) => {
  const { calls } = bindCompanion(t);
  const { request, requests } = startIsolate({});
  t.equal(tally(await Promise.all(Array.from({ length: 20 }, () => request())), 'passes'), 6);
  t.ok(calls.length <= 4, `${calls.length} calls`);
  const before = calls.length;
  const refused = (await requests(5)).at(-1)!;
  t.equal(calls.length, before);
  t.match(refused, {
    reason: 'rate_limited',
    headers: { 'X-RateLimit-Limit-Year': '6', 'RateLimit-Remaining': '0', 'Retry-After': /\d/ },
  });
  t.equal((await request('5.6.7.8')).reason, 'passes', 'another caller has a limit of its own');
});

t.test('if the companion does not answer in time, onFailure decides', async (t) => {
  for (const [onFailure, fate, passes, otherwise] of [
    ['local', 'hang', 6, 'rate_limited'],
    ['open', 'refuse', 10, ''],
    ['closed', 'hang', 0, 'limit_unknown'],
  ] as const) {
    const bound = bindCompanion(t);
    bound.fate = fate;
    const { request, requests, settled } = startIsolate({ onFailure, timeoutMs: 200 });
    const first = request();
    await settled(250);
    const all = [await first, ...(await requests(9))];
    t.equal(tally(all, 'passes'), passes, onFailure);
    t.equal(tally(all, otherwise), 10 - passes);
    t.same(bound.calls, ['POST /lease'], 'one request finds out, the others do not ask');
    if (onFailure === 'open') t.same(all[3]?.headers, {}, 'the limit is unknown');
  }
});

t.test('a refusal because the limit is unknown is 503, under the Kong profiles 500', async (t) => {
  bindCompanion(t).fate = 'refuse';
  const unknown = { reason: 'limit_unknown', headers: {} };
  t.match(await startIsolate({ onFailure: 'closed' }).request(), { ...unknown, status: 503 });
  const kong = startIsolate({ onFailure: 'closed' }, { compat: 'kong-3' });
  t.match(await kong.request(), { ...unknown, status: 500 });
});

t.test('an idle isolate returns its tokens', async (t) => {
  bindCompanion(t);
  const [one, two] = [startIsolate({}), startIsolate({})];
  await one!.requests(2);
  await one!.settled(20_000);
  await one!.request('9.9.9.9');
  await one!.settled(45_000);
  await one!.request('9.9.9.9');
  await one!.settled(20_001);
  t.equal(tally(await two!.requests(5), 'passes'), 4);
});

t.test('without a bound companion each isolate still limits', async (t) => {
  t.equal(tally(await startIsolate({ onFailure: 'open' }).requests(9), 'passes'), 6);
});
