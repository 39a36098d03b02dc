/**
 * Failure counts, ejections and readmissions that requests cause, and that no single caller can cause them.
 */
import t from 'tap';
import { ejectOrigin, type Outcome } from '../../../lib/balance/outlier-detection.ts';
import { RECALL_REQUESTS } from '../../../lib/balance/pool.ts';
import type { Traits } from '../../../lib/balance/race-record.ts';
import type { PoolSettings } from '../../../lib/config/types.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { known, poolSettings, simulatePool, type PoolSim } from '../../support/pool-sim.ts';

const FAILURES: Outcome[] = ['error', 'gateway', 'shed', 'timeout', 'lost'];
const PROBE = { path: '/health', method: 'GET', timeoutMs: 3000 } as const;
const OUTLIER = poolSettings(1).outlier;

/** Sends `times` requests: the first attempt goes to `origin` and ends with `outcome`, others with `others`. */
function fails(
  sim: PoolSim,
  origin: number,
  outcome: Outcome,
  { others = 'ok', times = 1, ...traits }: Partial<Traits> & { others?: Outcome; times?: number } = {},
): void {
  const all = sim.pool.origins.map((_, i) => i);
  const outcomes = Object.fromEntries(all.map((i) => [i, i === origin ? outcome : others]));
  for (let i = 0; i < times; i++) {
    known(sim, ...all.map((each) => (each === origin ? 10 : 90)));
    sim.begin(traits).run(5, outcomes);
  }
}
/** Two origins; the first was ejected long enough ago to be retested. */
function afterEjection(overrides: Partial<PoolSettings> = {}): PoolSim {
  const sim = known(simulatePool(2, overrides), 40, 50);
  ejectOrigin(sim.pool, sim.origin(0), sim.now());
  sim.pool.requests = 10;
  sim.pass(2400);
  return sim;
}

t.test('if another succeeds, a hard failure ejects at once, an error after three in a row', async (t) => {
  const rows: [Outcome, needed: number][] = [
    ['lost', 1],
    ['unsent', 1],
    ['timeout', 1],
    ['gateway', 3],
    ['error', 3],
    ['shed', Infinity],
  ];
  for (const [outcome, needed] of rows) {
    const sim = simulatePool(2);
    let failures = 0;
    for (; sim.ejected().length === 0 && failures < 30; failures++) fails(sim, 0, outcome);
    t.equal(failures === 30 ? Infinity : failures, needed, outcome);
  }
});

t.test('a request that fails at two origins is at fault, however and how often it fails', async (t) => {
  for (const one of FAILURES)
    for (const others of FAILURES)
      for (const origins of [2, 3]) {
        const sim = simulatePool(origins, { outlier: { ...OUTLIER, consecutiveFailures: 1 } });
        for (let i = 0; i < 12; i++) {
          sim.pool.retryBudget.tokens = 5;
          fails(sim, i % origins, one, { others });
        }
        t.strictSame(sim.ejected(), [], `${one}, ${others} at ${origins}`);
        t.ok(sim.pool.origins.every(({ strikes }) => strikes === 0));
      }
});

t.test('a failure that cannot be compared does not eject: the next request checks the origin', async (t) => {
  for (const outcome of FAILURES.filter((one) => one !== 'shed')) {
    const sim = simulatePool(2);
    fails(sim, 0, outcome, { safe: false, times: 20 });
    t.strictSame(sim.ejected(), [], outcome);
    sim.pass(5001);
    known(sim, 10, 90);
    const post = sim.begin({ safe: false });
    t.equal(post.moves()[1], 'probe HEAD / 0', 'along with an unsafe request');
    post.probed(0, true);
    t.strictSame([sim.ejected(), sim.origin(0).strikes], [[], 0], 'healthy');
    fails(sim, 0, outcome, { safe: false, times: 4 });
    sim.pass(5001);
    sim.begin({ safe: false }).probed(0, false);
    t.strictSame(sim.ejected(), [0], 'unhealthy');
    const safe = simulatePool(2);
    fails(safe, 0, outcome, { safe: false, times: 3 });
    safe.pass(5001);
    known(safe, 90, 10);
    const get = safe.begin();
    t.strictSame(get.attempts(), [0], 'a safe request is itself the check');
    get.settle(0, outcome);
    get.run();
    t.strictSame(safe.ejected(), [0]);
  }
});

t.test('without a comparison, failures of five callers in a row eject, not of one caller', async (t) => {
  type Sent = readonly [caller: number, outcome: Outcome];
  const by = (count: number, outcome: Outcome) => Array.from({ length: count }, (_, i): Sent => [i, outcome]);
  const rows: [why: string, sent: Sent[], ejected: boolean][] = [
    ...FAILURES.flatMap((outcome): typeof rows => [
      [`four callers, ${outcome}`, Array(9).fill(by(4, outcome)).flat(), false],
      // An origin that sheds load still serves others.
      [`five callers, ${outcome}`, by(5, outcome), outcome !== 'shed'],
    ]),
    ['a good response resets the count', [...by(4, 'error'), [3, 'ok'], ...by(4, 'error')], false],
  ];
  for (const [why, sent, ejected] of rows) {
    const sim = simulatePool(2);
    for (const [caller, outcome] of sent)
      fails(sim, 0, outcome, { safe: false, caller: () => `caller ${caller}` });
    t.equal(sim.ejected().includes(0), ejected, why);
  }
  const never = simulatePool(2, { outlier: { ...OUTLIER, consecutiveFailures: Infinity } });
  for (let i = 0; i < 9; i++) fails(never, 0, 'error', { safe: false, caller: () => String(i) });
  t.strictSame(
    [never.ejected(), never.origin(0).failedCallers.size],
    [[], 5],
    'at most five callers are kept',
  );
});

t.test('a single origin is neither ejected for lost requests nor probed', async (t) => {
  const sim = simulatePool(1);
  for (let i = 0; i < 20; i++) fails(sim, 0, 'lost', { safe: i % 2 === 0, caller: () => String(i) });
  t.strictSame(sim.ejected(), []);
  sim.pass(60_000);
  t.notMatch(sim.begin({ safe: false }).moves().join(), /probe/);
});

t.test('a request that was never sent counts against the origin', async (t) => {
  const sim = simulatePool(2);
  fails(sim, 0, 'unsent', { others: 'unsent', safe: false });
  t.strictSame(sim.ejected(), [0, 1]);
});

t.test('failures do not count if the caller chooses the address, or if the request is invalid', async (t) => {
  for (const outcome of ['lost', 'timeout', 'unsent'] as const) {
    const sim = simulatePool(2);
    fails(sim, 0, outcome, { faultUnclear: true, times: 9 });
    t.strictSame([sim.ejected(), sim.origin(0).latency], [[], 10], outcome);
  }
  const sim = simulatePool(2);
  fails(sim, 0, 'rejected', { times: 9 });
  t.strictSame([sim.ejected(), sim.origin(0).strikes, sim.origin(0).failures], [[], 0, 0]);
});

t.test('after a failure the mean stays, but an origin three times slower is preferred', async (t) => {
  for (const outcome of FAILURES) {
    const sim = known(simulatePool(2), 20, 60);
    sim.begin().run(5, { 0: outcome });
    t.strictSame([sim.origin(0).mean, sim.origin(0).failures], [20, 1]);
    t.strictSame(sim.begin().attempts(), [1], outcome);
  }
});

t.test('shedding load three times in a row ejects, except under latency policies', async (t) => {
  for (const [balance, out] of [
    ['adaptive', false],
    ['latency', false],
    ['round-robin', true],
    ['least-connections', true],
  ] as const) {
    const sim = simulatePool(2, { balance }, seededRandom(1));
    fails(sim, 0, 'shed', { times: 12 });
    t.equal(sim.origin(0).level > 0, out, balance);
  }
});

t.test('a fast hedge that wins after a long silence ejects the silent origin, a slow one not', async (t) => {
  for (const [wonAt, out] of [
    [290, []],
    [310, [0]],
    [440, [0]],
    [600, []],
  ] as const) {
    const sim = known(simulatePool(2, { hedge: { afterMs: 150, budgetPercent: 3 } }), 10, 20);
    const get = sim.begin();
    sim.pass(wonAt);
    get.settle(1, 'ok');
    t.strictSame(sim.ejected(), out, `${wonAt} ms`);
  }
  const hedge = { afterMs: 150, budgetPercent: 3 };
  const sim = known(simulatePool(2, { hedge }), 10, 20);
  const [get, other] = [sim.begin(), sim.begin()];
  sim.pass(340);
  other.settle(0, 'ok');
  sim.pass(100);
  get.settle(1, 'ok');
  t.strictSame(sim.ejected(), [], 'an origin that has just answered another request is not silent');
  const on = { statuses: [500], unreachable: true, timeout: true };
  const listed = known(simulatePool(2, { hedge, outlier: { ...OUTLIER, on } }), 10, 20);
  const hedged = listed.begin();
  listed.pass(440);
  hedged.settle(1, 'ok');
  t.strictSame(listed.ejected(), [], 'silence does not count if the operator lists what does');
});

t.test('a retest is one live, safe request; if it succeeds, the origin is readmitted', async (t) => {
  const sim = known(simulatePool(2), 40, 50);
  sim.begin().run(20, { 0: 'lost' });
  t.strictSame(sim.ejected(), [0]);
  t.notOk(sim.requests(5).includes(0), 'ejected');
  sim.pass(2400);
  t.strictSame(sim.begin({ safe: false }).attempts(), [1], 'not an unsafe request');
  const retest = sim.begin();
  t.strictSame(retest.attempts(), [0]);
  t.strictSame(sim.begin().attempts(), [1], 'one at a time');
  sim.pass(30);
  retest.settle(0, 'ok');
  t.strictSame([sim.ejected(), sim.origin(0).latency], [[], 30]);
});

t.test('a retest fails if another origin succeeds or is faster, not if all fail alike', async (t) => {
  for (const [outcomes, level] of [
    [{ 0: 'lost' }, 2],
    [{ 0: 'shed' }, 2],
    [{ 0: 'gateway', 1: 'gateway' }, 1],
  ] as const) {
    const sim = afterEjection();
    t.match(sim.begin().run(5, outcomes), 'finish', 'the caller is answered anyway');
    t.strictSame([sim.ejected(), sim.origin(0).level], [[0], level]);
  }
  for (const ms of [200, 1010]) {
    const overtaken = afterEjection({ hedge: { afterMs: 150, budgetPercent: 3 } });
    const slow = overtaken.begin();
    overtaken.pass(ms);
    slow.settle(1, 'ok');
    t.equal(overtaken.origin(0).level, 2, `${ms} ms`);
  }
});

t.test('a late result of an ejected origin that is not its retest is ignored', async (t) => {
  for (const outcome of ['ok', 'lost'] as const) {
    const sim = known(simulatePool(2), 10, 900);
    const [one, two] = [sim.begin(), sim.begin()];
    for (const each of [one, two]) t.strictSame(each.attempts(), [0]);
    one.settle(0, 'lost');
    one.run();
    const origin = sim.origin(0);
    sim.pass(origin.ejectedUntil - sim.now() + 1);
    two.settle(0, outcome);
    if (!two.race.over) two.run();
    t.strictSame([sim.ejected(), origin.level], [[0], 1], outcome);
  }
});

t.test('without safe requests, or without retries, an ejected origin is retested by a probe', async (t) => {
  for (const [overrides, safe] of [
    [{}, false],
    [{ retries: 0 }, true],
  ] as const)
    for (const good of [true, false]) {
      const sim = afterEjection(overrides);
      t.notMatch(sim.begin({ safe }).moves().join(), /probe/, 'a live request may still come');
      sim.pass(5001);
      const get = sim.begin({ safe });
      t.strictSame(get.moves().slice(0, 2), ['send 1', 'probe HEAD / 0']);
      t.notMatch(sim.begin({ safe }).moves().join(), /probe/, 'one at a time');
      get.probed(0, good);
      t.strictSame(sim.ejected(), good ? [] : [0]);
    }
});

t.test('a new isolate with a probe path probes first; the first to answer gets the request', async (t) => {
  const sim = simulatePool(6, { probe: PROBE }, seededRandom(1));
  const get = sim.begin();
  const [probe] = get.moves();
  t.match(probe, /^probe GET \/health \d\+\d\+\d\+\d$/, 'four of six');
  const [first, second] = probe!.match(/\d/g)!.map(Number) as [number, number];
  sim.pass(25);
  get.probed(first, false);
  t.strictSame(get.moves(), []);
  get.probed(second, true, 25);
  t.equal(get.moves()[0], `send ${second}`);
  t.strictSame(sim.ejected(), [first], 'an origin that does not answer is ejected');
  t.equal(sim.origin(second).mean, 45, 'a response takes longer than a probe');
  t.match(simulatePool(1, { probe: PROBE }).begin().moves()[0], 'send', 'a single origin is not probed');
});

t.test('under race, probes select the origin of the first POST; the next one needs none', async (t) => {
  const sim = simulatePool(2, { probe: PROBE, balance: 'race' });
  const post = sim.begin({ safe: false });
  t.match(post.moves()[0], /^probe GET \/health (0\+1|1\+0)$/);
  post.probed(1, true, 25);
  t.equal(post.run(), 'finish 1');
  t.equal(sim.begin({ safe: false }).moves()[0], 'send 1');
});

t.test('before an unsafe request an origin silent for ten seconds is probed', async (t) => {
  for (const balance of ['adaptive', 'race'] as const) {
    const sim = known(simulatePool(2, { probe: PROBE, balance }), 50, 60);
    t.equal(sim.begin({ safe: false }).run(), 'finish 0', 'it just answered');
    sim.pass(10_001);
    const post = sim.begin({ safe: false });
    t.equal(post.moves()[0], 'probe GET /health 0');
    post.probed(0, false, 200);
    t.equal(post.moves()[0], 'send 1', 'no answer: the next origin');
    t.strictSame(sim.ejected(), [0]);
    t.match(sim.begin().moves()[0], 'send', 'a safe request needs no preflight probe');
  }
  for (const [mean, timeoutMs] of [
    [20, 150],
    [50, 200],
    [5000, 2000],
  ] as const) {
    const sim = known(simulatePool(2, { probe: PROBE, balance: 'race' }), 50, 60);
    for (const origin of sim.pool.origins) origin.mean = mean;
    sim.pass(10_001);
    t.equal(sim.begin({ safe: false }).race.preflight?.timeoutMs, timeoutMs, `usually ${mean} ms`);
  }
});

/** The last origin is known to be twenty times as slow as the others. */
function slowSince(
  overrides: Partial<PoolSettings> = {},
  origins: Parameters<typeof simulatePool>[0] = 3,
): PoolSim {
  const sim = known(simulatePool(origins, overrides, seededRandom(1)), 20, 20, 400);
  for (const origin of sim.pool.origins) origin.retestRequest = RECALL_REQUESTS;
  return sim;
}
const sentToLast = (sim: PoolSim, count: number, traits: Partial<Traits> = {}): number =>
  sim.requests(count, 20, traits).filter((origin) => origin === 2).length;

t.test('a slow origin gets one request in 800, and its share again once it is fast', async (t) => {
  for (const [ms, again] of [
    [399, false],
    [20, true],
  ] as const) {
    const sim = slowSince();
    t.equal(sentToLast(sim, RECALL_REQUESTS - 1), 0, 'not earlier');
    const get = sim.begin();
    t.strictSame(get.attempts(), [2]);
    sim.pass(ms);
    get.settle(2, 'ok');
    t.strictSame(sim.ejected(), []);
    // A third of the requests would be a hundred.
    t.equal(sentToLast(sim, 300) > 50, again, `${ms} ms`);
  }
});

t.test('no recall by unsafe requests, without budget, of a standby, or under other policies', async (t) => {
  const most = RECALL_REQUESTS + 100;
  t.equal(sentToLast(slowSince(), most, { safe: false }), 0);
  const poor = slowSince();
  poor.requests(RECALL_REQUESTS - 1, 20);
  poor.pool.hedgeBudget.tokens = 0;
  t.notSame(poor.begin().attempts(), [2]);
  t.equal(sentToLast(slowSince({}, [{}, {}, { priority: 1 }]), most), 0);
  const light = slowSince({ balance: 'round-robin' }, [{ weight: 5000 }, { weight: 5000 }, {}]);
  t.ok(sentToLast(light, most) <= 1);
});

t.test('what failed twice at one origin is not the request’s fault', async (t) => {
  const sim = simulatePool([{}, { weight: 0 }], { retries: 1 });
  for (let i = 0; i < 5; i++) {
    const get = sim.begin({ caller: () => String(i) });
    get.run(5, { 0: 'lost' });
    t.strictSame(get.attempts(), [0, 0]);
  }
  t.strictSame(sim.ejected(), [0], 'as five callers found');
});

t.test('a status that is to be retried counts as a failure', async (t) => {
  const retryOn = { unreachable: true, timeout: true, statuses: [418] };
  const sim = simulatePool(2, { retryOn });
  for (let i = 0; i < 3; i++) {
    t.strictSame(sim.ejected(), []);
    const get = known(sim, 10, 90).begin();
    get.settle(0, 'ok', 418);
    get.run();
  }
  t.strictSame(sim.ejected(), [0]);
});

t.test('a retest that no hedge could save waits for the budget, unless there are no hedges', async (t) => {
  for (const [budgetPercent, asked] of [
    [3, 1],
    [0, 0],
  ] as const) {
    const sim = afterEjection({ hedge: { afterMs: 'silent', budgetPercent } });
    sim.pool.hedgeBudget.tokens = 0;
    t.strictSame(sim.begin().attempts(), [asked], `${budgetPercent} %`);
    sim.pass(5001);
    t.notMatch(sim.begin().moves().join(), /probe/, 'nor is a probe sent along');
  }
});

t.test('the result of a preflight probe that arrives after the race sends nothing', async (t) => {
  const sim = simulatePool(2, { probe: PROBE, totalTimeoutMs: 1000 });
  const get = sim.begin();
  sim.pass(1000);
  t.equal(get.moves().at(-1), 'refuse none');
  get.probed(0, true);
  t.strictSame(get.moves(), []);
});
