import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config, Shared } from '../../../lib/config/types.ts';
import type { Refusal } from '../../../lib/core/errors.ts';
import { runSteps } from '../../../lib/core/feature.ts';
import { bindCompanion } from '../../support/companion.ts';
import { callTo } from '../../support/journeys.ts';
import { stateOf } from '../../support/state.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** Isolates have names by chance. */
let seeds = 0;

/** An isolate whose requests run through the steps of its only route. */
function startIsolate(shared: Shared, more: Partial<Config> = {}) {
  const config: Config = { origins: ['http://a'], rateLimit: { year: 6, by: 'ip' }, shared, ...more };
  const runtime = virtualRuntime({ seed: ++seeds });
  const state = stateOf(checkConfig(config), runtime);
  const [route] = state.settings.routes;
  const work: Promise<unknown>[] = [];
  const request = async (clientIp = '1.2.3.4') => {
    const context = callTo('/', {}, { route: route!, clientIp, waitUntil: (one) => void work.push(one) });
    const refusal = (await runSteps(context, state.plans.get(route!)!.steps)) as Refusal | null;
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
  return { runtime, request, requests, settled };
}
const tally = (all: { reason: string }[], reason: string): number =>
  all.filter((one) => one.reason === reason).length;

t.test('two isolates share a limit, and a third caller has one of its own', async (t) => {
  const { calls } = bindCompanion(t);
  const [one, two] = [startIsolate({}), startIsolate({})];
  const all = [];
  for (let i = 0; i < 6; i++) all.push(await one!.request(), await two!.request());
  t.equal(tally(all, 'passes'), 6);
  t.equal(tally(all, 'rate_limited'), 6);
  t.ok(calls.length < 12, 'a refusal is remembered');
  const headers = { 'X-RateLimit-Limit-Year': '6', 'RateLimit-Remaining': '0', 'Retry-After': /\d/ };
  t.match(all.at(-1)?.headers, headers);
  t.equal((await one!.request('5.6.7.8')).reason, 'passes');
});

t.test('requests that come together wait for one answer', async (t) => {
  const { calls } = bindCompanion(t);
  const { request } = startIsolate({});
  const all = await Promise.all(Array.from({ length: 20 }, () => request()));
  t.equal(tally(all, 'passes'), 6);
  t.ok(calls.length <= 4, `${calls.length} calls`);
});

t.test('what the companion does not answer in time is decided by onFailure', async (t) => {
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
    t.same(bound.calls, ['POST /lease'], 'one finds out, the others do not ask');
    if (onFailure === 'open') t.same(all[3]?.headers, {}, 'nothing is known of the limit');
  }
});

t.test('a refusal because the limit is unknown: 503, and in Kong’s words 500', async (t) => {
  for (const [compat, status] of [
    [undefined, 503],
    ['kong-3', 500],
  ] as const) {
    const bound = bindCompanion(t);
    bound.fate = 'refuse';
    const { request } = startIsolate({ onFailure: 'closed' }, compat ? { compat } : {});
    t.match(await request(), { reason: 'limit_unknown', status, headers: {} });
  }
});

t.test('an idle isolate gives back what it holds', async (t) => {
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

t.test('without shared limits the isolate counts alone', async (t) => {
  const { calls } = bindCompanion(t);
  t.equal(tally(await startIsolate({ limits: false }).requests(8), 'passes'), 6);
  t.same(calls, []);
});

t.test('a companion that was never bound leaves nobody without a limit', async (t) => {
  t.equal(tally(await startIsolate({ onFailure: 'open' }).requests(9), 'passes'), 6);
});
