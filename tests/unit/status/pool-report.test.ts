import t from 'tap';
import { ejectOrigin, noteFailure } from '../../../lib/balance/outlier-detection.ts';
import { poolReport } from '../../../lib/status/pool-report.ts';
import { simulatePool } from '../../support/pool-sim.ts';

t.test('the report has the state and the figures of each origin', async (t) => {
  const sim = simulatePool([{ name: 'near', weight: 2 }, { name: 'far', priority: 1 }, {}, { weight: 0 }]);
  sim.requests(10);
  const report = poolReport(sim.pool, sim.now());
  t.match(report, { name: 'pool', balance: 'adaptive', requests: 10 });
  const healthy = { ejected: false, drained: false, state: 'in rotation', inFlight: 0, lastError: undefined };
  t.match(report.origins, [
    { ...healthy, name: 'near', weight: 2, estimateMs: 20 },
    { name: 'far', priority: 1, state: 'standby' },
    { state: 'in rotation' },
    { state: 'drained: its weight is 0', drained: true },
  ]);
  for (const [i, requests] of [2, 0, 1, 0].entries()) sim.origin(i).requests = requests;
  const shares = poolReport(sim.pool, sim.now()).origins.map(({ share }) => share);
  t.same(shares, ['67 %', '0 %', '33 %', '0 %']);
});

t.test('an ejected origin is reported with cause, number of failures and time to its retest', async (t) => {
  for (const [failure, status, times, cause] of [
    ['lost', 0, 3, 'refused or reset 3 times'],
    ['timeout', 0, 1, 'timeout'],
    ['error', 500, 3, 'status 500 3 times'],
    ['lost', 520, 1, 'reset'],
    ['unsent', 521, 1, 'refused'],
    ['unsent', 530, 1, 'DNS failed'],
    ['silence', 0, 1, 'silent for too long'],
    ['operator', 0, 1, 'by hand'],
  ] as const) {
    const { pool, origin, now } = simulatePool(2);
    for (let i = 0; i < times; i++) noteFailure(origin(0), failure, status, now() - 13_000);
    ejectOrigin(pool, origin(0), now() - 12_000);
    origin(0).ejectedUntil = now() + 3500;
    const [out] = poolReport(pool, now()).origins;
    t.equal(out!.state, `ejected 12 s ago: ${cause}, retest in 4 s and 5 requests`);
    t.equal(out!.lastError, `${cause}, 13 s ago`);
    pool.requests += 4;
    t.match(poolReport(pool, now()).origins[0]!.state, /, retest in 4 s and 1 request$/);
    pool.requests++;
    t.match(poolReport(pool, now() + 4000).origins[0]!.state, /, retest with the next request$/);
  }
});

t.test('another failure, or a success in between, restarts the count', async (t) => {
  const { pool, origin, now, pass, begin } = simulatePool(1);
  const fails = (outcome: 'error' | 'gateway', status: number) =>
    noteFailure(origin(0), outcome, status, now());
  const last = () => poolReport(pool, now()).origins[0]!.lastError;
  for (let i = 0; i < 4; i++) fails('error', 500);
  fails('gateway', 502);
  t.equal(last(), 'status 502, 0 s ago');
  fails('gateway', 502);
  t.equal(last(), 'status 502 2 times, 0 s ago');
  pass(1000);
  begin().run(20);
  pass(1000);
  fails('gateway', 502);
  for (const ago of ['0 s', '90 min', '3 h']) {
    t.equal(last(), `status 502, ${ago} ago`);
    pass(90 * 60_000);
  }
});

t.test('ejected by health checks, none available, drained by hand', async (t) => {
  const times = { intervalSeconds: 1, timeoutMs: 1, healthyAfter: 2, unhealthyAfter: 3 };
  const health = { path: '/', statuses: null, badStatuses: null, ...times };
  const { pool, origin, now } = simulatePool(2, { health });
  const state = (index: number) => poolReport(pool, now()).origins[index]!.state;
  Object.assign(origin(1), { unhealthy: true, ejectedAt: now() - 5000 });
  t.equal(state(1), 'ejected 5 s ago: health checks failed, back after 2 good ones');
  origin(0).weight = 0;
  t.equal(state(0), 'drained by hand');
  t.match(poolReport(pool, now()).origins[0], { weight: 1, drained: true });
  t.match(state(1), /; asked all the same, since no other is in service$/);
});

t.test('attempts of callers who hung up are not in flight', async (t) => {
  const { pool, origin, now } = simulatePool(1);
  origin(0).pending.push(now());
  const waiting = (at: number) => poolReport(pool, at).origins[0]!.inFlight;
  t.same([waiting(now()), waiting(now() + 3_600_000)], [1, 0]);
});
