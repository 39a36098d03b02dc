import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { countAnswer } from '../../../lib/core/metrics.ts';
import { inFlight, keepHistory, quantile, readHistory, SLOT_MS, SLOTS } from '../../../lib/status/history.ts';
import { stateOf } from '../../support/state.ts';

/** The beginning of a slot. */
const NOW = 1_800_000_000_000;
const settings = checkConfig({
  pools: { api: { origins: ['http://a', 'http://b'] } },
  routes: [{ name: 'one', paths: ['/one'], pool: 'api' }],
  status: { path: '/status', token: 'secret-token' },
});

function isolate() {
  const state = stateOf(settings);
  const metrics = state.metrics!;
  return {
    state,
    metrics,
    /** One request to the second origin that ends at `at` after `ms`. */
    serve: (at: number, ms: number, status = 200) => {
      keepHistory(state, at);
      metrics.attempt(0, 1, ms);
      countAnswer(metrics, { route: settings.routes[0]!, startedAt: at - ms }, { status, reason: null }, at);
    },
    read: (now: number) => readHistory(state, now),
  };
}

t.test('the trail is the mean of each slot, oldest first; older slots are dropped', async (t) => {
  const { serve, read } = isolate();
  serve(NOW, 10);
  serve(NOW + SLOT_MS - 1, 30);
  serve(NOW + 3 * SLOT_MS, 7);
  const trail = (now: number, origin = 1) => read(now).trail(read(now).originRow + origin);
  t.strictSame(trail(NOW + 3 * SLOT_MS).slice(-5), [null, 20, null, null, 7]);
  const length = SLOTS * SLOT_MS;
  t.equal(trail(NOW + length - 1)[0], 20, 'still kept, as the oldest');
  serve(NOW + length, 99);
  t.equal(trail(NOW + length).at(-1), 99);
  t.notOk(trail(NOW + length).includes(20), 'then dropped');
  t.strictSame(trail(NOW, 0), Array(SLOTS).fill(null), 'none for the other origin');
});

t.test('requests per second over ten seconds, errors and quantiles over the last minute', async (t) => {
  const { serve, read } = isolate();
  for (let s = 0; s < 120; s++)
    for (let i = 0; i < 10; i++)
      serve(NOW + 1000 * s + 100 * i, s < 60 ? 400 : 40, s >= 100 && i === 0 ? 503 : 200);
  const now = NOW + 120_000;
  const whole = read(now).recent(0);
  t.match(whole, { errors: 20, p50Ms: 38, p99Ms: 50 });
  t.equal(whole.requests, 550, 'eleven full slots and the current one');
  t.equal(whole.requestsPerSecond, 10);
  t.match(read(now).recent(read(now).routeRow), { requests: 550, errors: 20 }, 'the only route has the same');
  t.match(read(now).recent(read(now).routeRow + 1), { requests: 0, requestsPerSecond: 0, p50Ms: null });
  t.match(read(now + 20_000).recent(0), { requestsPerSecond: 0, requests: 350 });
  const charts = read(now - 1).charts();
  t.same(charts.requestsPerSecond.slice(-25), [0, ...Array(24).fill(10)]);
  t.same(charts.errorsPerSecond.slice(-5), [0, 1, 1, 1, 1]);
  t.same(charts.p99Ms.slice(-13), [498, ...Array(12).fill(50)]);
  t.equal(charts.p50Ms[0], null);
});

t.test('history is bounded, and unchanged rows are shared; rates of a new isolate use its age', async (t) => {
  const { serve, metrics, read } = isolate();
  for (let i = 0; i < 20; i++) serve(NOW + 100 * i, 5);
  t.equal(read(NOW + 2000).recent(0).requestsPerSecond, 10, 'divided by its age');
  for (let i = 1; i < 200; i++) serve(NOW + i * SLOT_MS, 5);
  t.equal(metrics.history.length, SLOTS);
  const [one, two] = metrics.history;
  const kept = one!.rows.map((row, i) => row === two!.rows[i]);
  t.match(
    Object.assign({}, kept),
    { 0: false, 2: false, 3: true, 4: true, 5: false },
    'shared where no request went',
  );
});

t.test('attempts of callers who hung up are not in flight', async (t) => {
  const { state } = isolate();
  state.pools[0]!.origins[0]!.pending.push(NOW - 1000);
  t.equal(inFlight(state, NOW), 1);
  t.equal(inFlight(state, NOW + 3_600_000), 0);
});

t.test("quantiles are Prometheus's: interpolated in a bucket, the last bound for slower ones", async (t) => {
  const of = (counts: Record<number, number>) => Array.from({ length: 11 }, (_, i) => counts[i] ?? 0);
  for (const [counts, share, expected] of [
    [{}, 0.5, null],
    [{ 0: 1 }, 0.5, 3],
    [{ 3: 10 }, 0.5, 38],
    [{ 3: 10 }, 0.99, 50],
    [{ 0: 98, 6: 2 }, 0.5, 3],
    [{ 0: 98, 6: 2 }, 0.99, 375],
    [{ 10: 1 }, 0.5, 10_000],
    [{ 0: 1, 10: 99 }, 0.5, 10_000],
  ] as const)
    t.equal(quantile(of(counts), share), expected, JSON.stringify(counts));
});
