import t from 'tap';
import { countAnswer } from '../../../lib/core/metrics.ts';
import { addLatencies, addSample } from '../../../lib/status/prometheus.ts';
import type { Families } from '../../../lib/status/prometheus.ts';
import { pageReport } from '../../../lib/status/report.ts';
import { countersIn, startSums, sumsText } from '../../../lib/status/sums.ts';
import { bindCompanion } from '../../support/companion.ts';
import { callTo } from '../../support/context.ts';
import { lintMetrics } from '../../support/lint-metrics.ts';
import { STATUS } from '../../support/operator.ts';
import { newIsolate } from '../../support/state.ts';

function startIsolate() {
  const { runtime, state } = newIsolate({ status: STATUS, shared: { metrics: { everySeconds: 10 } } });
  const { finish, allMetrics } = startSums(state);
  const leave = finish!(null)!;
  /** Serves `count` requests of ten milliseconds each. */
  const serve = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const startedAt = runtime.now();
      countAnswer(state.metrics, { route: null, startedAt }, { status: 404, reason: 'no_route' }, startedAt);
      leave(callTo('/'), {} as never);
      await runtime.advance(10);
    }
  };
  const total = async (): Promise<number> => {
    const text = (await allMetrics!()) ?? '';
    return Number(/requests_total\{route="\(none\)",code="4xx"\} (\d+)/.exec(text)?.[1] ?? -1);
  };
  return { state, runtime, serve, total, allMetrics: allMetrics! };
}

t.test('sent every ten seconds and once more when idle; a lost answer counts nothing twice', async (t) => {
  const bound = bindCompanion(t);
  const { state, runtime, serve, total, allMetrics } = startIsolate();
  t.equal((await pageReport(state, 0)).allIsolates, true, 'the page reports that there are sums');
  await serve(50);
  await runtime.advance(10_000);
  t.ok(bound.calls.length < 8, `${bound.calls.length} calls`);
  t.equal(await total(), 50);
  bound.fate = 'lose';
  await serve(3);
  await runtime.advance(11_000);
  bound.fate = 'answer';
  await serve(2);
  await runtime.advance(11_000);
  t.equal(await total(), 55);
  t.same(lintMetrics((await allMetrics())!), []);
  bound.fate = 'refuse';
  t.equal(await allMetrics(), null, 'no sums without an answer');
});

t.test('a restarted companion gets what was never sent, and nothing it may have counted', async (t) => {
  const bound = bindCompanion(t);
  const { runtime, serve, total } = startIsolate();
  const step = async (requests: number) => (await serve(requests), await runtime.advance(11_000));
  await step(5);
  bound.crash();
  await step(3);
  t.equal(await total(), 3, 'a counter reset');
  bound.fate = 'lose';
  await step(4);
  bound.crash();
  bound.fate = 'answer';
  await step(2);
  t.equal(await total(), 5, 'one of six was in a message that may have been counted');
});

t.test('counters and histograms are sums, gauges are not', async (t) => {
  const families: Families = new Map();
  addSample(families, 'a_total', { x: '{y} 1' }, 5);
  addSample(families, 'b', {}, 7);
  addLatencies(families, 'c', {}, { buckets: [2], sumMs: 500 });
  const counts = countersIn(families);
  const sums = {
    'gateway_a_total{x="{y} 1"}': 5,
    'gateway_c_bucket{le="0.005"}': 2,
    'gateway_c_sum{}': 0.5,
    'gateway_c_count{}': 2,
  };
  t.same(counts, Object.entries(sums));
  const shown = sumsText({ since: 0, isolates: 2, sums: counts });
  t.match(
    shown,
    /# TYPE gateway_c histogram\ngateway_c_bucket\{le="0.005"\} 2\ngateway_c_sum\{\} 0.5\ngateway_c_count\{\} 2\n/,
  );
  t.match(shown, /gateway_isolates 2\n/);
});
