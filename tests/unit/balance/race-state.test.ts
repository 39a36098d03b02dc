/**
 * One request from its first attempt to its answer, step by step: timeouts, retries, hedges, races, and what is left in
 * flight.
 */
import t from 'tap';
import type { Outcome } from '../../../lib/balance/outlier-detection.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import type { Traits } from '../../../lib/balance/race-record.ts';
import type { PoolSettings } from '../../../lib/config/types.ts';
import { BALANCES, known, simulatePool, type PoolSim } from '../../support/pool-sim.ts';

const NO_HEDGE = { hedge: { afterMs: 'silent', budgetPercent: 0 } } as const;
const idle = ({ pool }: { pool: { origins: readonly { pending: readonly number[] }[] } }): boolean =>
  pool.origins.every(({ pending }) => pending.length === 0);

/** The next request's move after its attempt at the first of two known origins ended with `outcome`. */
function moveIn(
  sim: PoolSim,
  outcome: Outcome,
  traits: Partial<Traits> = {},
  status?: number,
): string | undefined {
  const one = known(sim, 40, 50).begin(traits);
  one.moves();
  one.settle(0, outcome, status);
  return one.moves()[0];
}
const moveAfter = (outcome: Outcome, overrides: Partial<PoolSettings> = {}, traits: Partial<Traits> = {}) =>
  moveIn(simulatePool(2, overrides), outcome, traits);

t.test('a plain request is sent once, with one timer; a race sends to six at once', async (t) => {
  const sim = known(simulatePool(2), 40.3);
  const get = sim.begin();
  t.strictSame(
    get.moves(),
    ['send 0', 'sleep 66'],
    'whole milliseconds: a fraction would make the timer spin',
  );
  sim.pass(20);
  get.settle(0, 'ok');
  t.strictSame(get.moves(), ['finish 0']);
  t.ok(idle(sim));
  const quick = simulatePool([{}, { weight: 0 }]);
  quick.begin().settle(0, 'ok');
  t.equal(quick.origin(0).mean, 1, 'within the same millisecond: no division by zero');
  // The platform's limit of connections that wait for headers.
  t.equal(simulatePool(9, { balance: 'race' }).begin().attempts().length, 6);
  t.strictSame(
    simulatePool(1).begin().moves(),
    ['send 0', 'sleep 10000'],
    'no hedge timer for a single origin',
  );
  const standby = simulatePool([{}, {}, { priority: 1 }], { balance: 'race' });
  t.strictSame(standby.begin().attempts(), [0, 1], 'not to a standby');
});

t.test('timeoutMs ends an attempt, totalTimeoutMs the request', async (t) => {
  const sim = known(simulatePool(3, { timeoutMs: 1000, totalTimeoutMs: 2500, ...NO_HEDGE }), 40, 50, 60);
  const get = sim.begin();
  sim.pass(999);
  t.notMatch(get.moves().join(), /cancel/);
  sim.pass(1);
  t.strictSame(get.moves().slice(0, 2), ['cancel 0', 'send 1']);
  sim.pass(1000);
  const moves = get.moves().filter((move) => !/sleep/.test(move));
  t.strictSame(moves, ['cancel 1', 'send 2']);
  sim.pass(499);
  t.notMatch(get.moves().join(), /cancel/);
  sim.pass(1);
  t.strictSame(get.moves(), ['cancel 2', 'refuse timeout']);
  t.strictSame(sim.ejected(), [], 'all failed alike: the request may be at fault');
  t.ok(idle(sim));
});

t.test('timeouts and latency count from the end of the upload', async (t) => {
  for (const answered of [true, false]) {
    const upload = { doneAt: Infinity };
    const sim = simulatePool([{}, { weight: 0 }], { timeoutMs: 1000, totalTimeoutMs: 1500 });
    const post = sim.begin({ safe: false, upload });
    sim.pass(30_000);
    upload.doneAt = sim.now();
    sim.pass(999);
    t.notOk(post.race.over);
    if (answered) post.settle(0, 'ok');
    sim.pass(1);
    t.equal(post.moves().at(-1), answered ? 'finish 0' : 'refuse timeout');
    t.equal(sim.origin(0).mean, answered ? 999 : 0);
  }
});

t.test('a failed attempt is retried at another origin, by outcome and kind of request', async (t) => {
  const rows: [Outcome, string, string, string][] = [
    // outcome, safe request, unsafe request, unsafe request that may be repeated
    ['lost', 'send 1', 'refuse lost', 'send 1'],
    ['unsent', 'send 1', 'send 1', 'send 1'],
    ['timeout', 'send 1', 'refuse timeout', 'send 1'],
    ['error', 'send 1', 'finish 0', 'send 1'],
    ['gateway', 'send 1', 'finish 0', 'send 1'],
    ['shed', 'send 1', 'finish 0', 'send 1'],
    ['rejected', 'refuse rejected', 'refuse rejected', 'refuse rejected'],
  ];
  const kinds = [{ safe: true }, { safe: false, repeatable: false }, { safe: false, repeatable: true }];
  for (const [outcome, ...expected] of rows)
    for (const [i, traits] of kinds.entries())
      t.equal(moveAfter(outcome, {}, traits), expected[i], `${outcome}, ${JSON.stringify(traits)}`);
  const streamed = moveAfter('unsent', {}, { replayable: false });
  t.equal(streamed, 'refuse unsent', 'a body that cannot be replayed is sent once');
});

t.test('retryOn decides which outcomes are retried', async (t) => {
  for (const [statuses, outcome, status, expected] of [
    [[], 'error', 500, 'finish 0'],
    [[418], 'ok', 418, 'send 1'],
    [[503], 'shed', 429, 'finish 0'],
    [[429], 'shed', 429, 'send 1'],
  ] as const) {
    const retryOn = { unreachable: true, timeout: true, statuses };
    const move = moveIn(simulatePool(2, { retryOn }), outcome, {}, status);
    t.equal(move, expected, `${status} with retryOn ${statuses.join()}`);
  }
  const never = { unreachable: false, timeout: false, statuses: [] };
  for (const outcome of ['lost', 'unsent', 'timeout'] as const)
    t.equal(moveAfter(outcome, { retryOn: never }), `refuse ${outcome}`);
});

t.test('an error that is not retried wins only if no other attempt is under way', async (t) => {
  for (const [first, status, latency] of [
    ['shed', 429, 40],
    // A fast 5xx must not look like a fast origin.
    ['error', 507, 200],
  ] as const)
    for (const [then, end] of [
      ['ok', 'finish 1'],
      ['lost', 'finish 0'],
      ['error', 'finish 1'],
    ] as const) {
      const sim = known(simulatePool(2, { balance: 'race', retries: 0 }), 40, 50);
      const get = sim.begin();
      get.moves();
      get.settle(0, first, status);
      t.notMatch(get.moves().join(), /finish/, `${status} waits for the other`);
      get.settle(1, then, then === 'error' ? 501 : 200);
      t.equal(get.moves().at(-1), end, `${status}, then ${then}`);
      t.strictSame([sim.origin(0).strikes, sim.origin(0).latency], [0, latency], 'no failure is counted');
    }
  const sim = known(simulatePool(2), 40, 50);
  sim.begin().settle(0, 'error', 507);
  t.strictSame(
    [sim.origin(0).latency, sim.begin().attempts()],
    [200, [1]],
    'the next request goes elsewhere',
  );
});

t.test('retries are limited, and no origin is tried twice before all were tried', async (t) => {
  const all: Record<number, Outcome> = { 0: 'lost', 1: 'lost', 2: 'lost', 3: 'lost' };
  for (const [retries, origins, expected] of [
    [2, 4, 3],
    [0, 4, 1],
    [3, 4, 4],
    [5, 3, 6],
    [2, 1, 3],
  ] as const) {
    const get = known(simulatePool(origins, { retries }), 40).begin();
    t.equal(get.run(5, all), 'refuse lost');
    t.equal(
      get.attempts().length,
      expected,
      `${retries} retries, ${origins} origins: ${get.attempts().join()}`,
    );
    t.equal(new Set(get.attempts().slice(0, origins)).size, Math.min(origins, expected));
  }
  const bad = known(simulatePool(2, { retries: 5 }), 40, 50).begin();
  t.equal(bad.run(5, { 0: 'gateway', 1: 'gateway' }), 'finish 1');
  t.equal(bad.attempts().length, 2, 'after error responses no origin is tried twice');
  const latency = known(simulatePool(2, { retries: 5, balance: 'latency' }), 40, 50).begin();
  latency.run(5, { 0: 'lost', 1: 'lost' });
  t.equal(latency.attempts().length, 2, 'never under the latency policy');
});

t.test('retries have a budget; retrying a request that was never sent is free', async (t) => {
  const sim = simulatePool(2, NO_HEDGE);
  sim.pool.retryBudget.tokens = 1;
  for (const expected of ['send 1', 'finish 0']) t.equal(moveIn(sim, 'gateway'), expected);
  t.equal(moveAfter('unsent', { retryBudgetPercent: 0 }), 'send 1');
});

t.test('each request adds its share to both budgets, up to a maximum; one of 0% never pays', async (t) => {
  const budgets = { retryBudgetPercent: 20, hedge: { afterMs: 'silent', budgetPercent: 3 } } as const;
  const sim = simulatePool(2, budgets);
  t.strictSame([sim.pool.retryBudget.tokens, sim.pool.hedgeBudget.tokens], [100, 2]);
  sim.pool.retryBudget.tokens = 0;
  for (let i = 0; i < 4; i++) t.equal(moveIn(sim, 'gateway'), 'finish 0', 'four fifths are not enough');
  sim.begin();
  t.equal(moveIn(sim, 'gateway'), 'send 1');
  for (let i = 0; i < 500; i++) sim.begin();
  t.strictSame([sim.pool.retryBudget.tokens, sim.pool.hedgeBudget.tokens], [100, 10]);
  const none = simulatePool(2, { ...NO_HEDGE, retryBudgetPercent: 0 });
  for (let i = 0; i < 1000; i++) none.begin();
  t.equal(moveIn(none, 'gateway'), 'finish 0');
  t.strictSame([none.pool.retryBudget.tokens, none.pool.hedgeBudget.tokens], [0, 0]);
});

t.test('silence triggers a hedge; the first good answer wins, the other is cancelled', async (t) => {
  t.strictSame(simulatePool(2).begin().moves().slice(1), ['sleep 300'], 'for an unknown origin');
  const near = known(simulatePool(2), 40, 50);
  const get = near.begin();
  near.pass(65);
  t.strictSame(get.moves(), ['send 0', 'sleep 65', 'sleep 935'], 'no hedge within 100 ms');
  const sim = known(simulatePool(2), 200, 300);
  const hedged = sim.begin();
  sim.pass(225);
  t.strictSame(hedged.moves().slice(0, 3), ['send 0', 'sleep 225', 'send 1']);
  t.equal(sim.origin(1).hedges, 1);
  sim.pass(30);
  hedged.settle(1, 'ok');
  t.strictSame(hedged.moves().slice(-2), ['cancel 0', 'finish 1']);
  t.ok(idle(sim));
});

t.test('a hedge that loses does not count against its origin', async (t) => {
  const sim = known(simulatePool(2), 200, 300);
  const get = sim.begin();
  sim.pass(625);
  get.settle(0, 'ok');
  t.strictSame(get.moves().slice(-2), ['cancel 1', 'finish 0']);
  t.strictSame([sim.ejected(), sim.origin(1).latency], [[], 300]);
});

t.test('an origin that answers others, well or not, is not silent: only this request is slow', async (t) => {
  const fixed = { hedge: { afterMs: 225, budgetPercent: 3 } };
  for (const [outcome, settings, hedged] of [
    [null, {}, true],
    ['ok', {}, false],
    ['error', {}, false],
    ['ok', fixed, true],
  ] as const) {
    const sim = known(simulatePool(2, settings), 200, 900);
    const [slow, other] = [sim.begin(), sim.begin()];
    for (const each of [slow, other]) t.equal(each.moves()[0], 'send 0');
    sim.pass(200);
    if (outcome !== null) other.settle(0, outcome);
    sim.pass(25);
    t.equal(/send 1/.test(slow.moves().join()), hedged, `${outcome} ${JSON.stringify(settings)}`);
  }
});

t.test('early hedges use their budget, two at once, in a priority; late ones that of retries', async (t) => {
  const sim = known(simulatePool(2, { retryBudgetPercent: 0 }), 200, 300);
  const many = Array.from({ length: 12 }, () => sim.begin());
  for (const { race } of many) race.pool.origins[0]!.silentSince = 0;
  sim.pass(225);
  t.equal(many.filter(({ race }) => race.last!.earlier !== null).length, 2);
  for (const origins of [
    [{}, {}],
    [{}, { priority: 1 }],
  ]) {
    const poor = known(simulatePool(origins), 200, 300);
    if (origins[1]!.priority !== 1) poor.pool.hedgeBudget.tokens = 0;
    const get = poor.begin();
    poor.pass(999);
    t.strictSame(get.attempts(), [0]);
    poor.pass(1);
    t.strictSame(get.attempts(), [0, 1], 'after a second of silence, from the retry budget');
    t.ok(poor.pool.retryBudget.tokens <= 99);
  }
  const slow = known(simulatePool(2), 400, 500);
  slow.pool.hedgeBudget.tokens = 0;
  const get = slow.begin();
  slow.pass(3 * 425 - 1);
  t.strictSame(get.attempts(), [0]);
  slow.pass(1);
  t.strictSame(get.attempts(), [0, 1], 'from a slow origin, after three times the usual silence');
});

t.test('others avoid an origin where one waits long, until it answers any or that one ends', async (t) => {
  for (const [safe, ends, outcome] of [
    [true, 'long', 'error'],
    [true, 'long', 'lost'],
    [true, 'other', 'ok'],
    [false, 'long', 'ok'],
  ] as const) {
    const sim = known(simulatePool(2, { retryBudgetPercent: 0 }), 200, 900);
    sim.pool.hedgeBudget.tokens = 0;
    const long = sim.begin({ safe });
    sim.pass(1);
    const other = sim.begin();
    sim.pass(2000);
    t.ok(sim.origin(0).silentSince > 0);
    t.strictSame(sim.begin().attempts(), [1]);
    (ends === 'long' ? long : other).settle(0, outcome);
    t.equal(sim.origin(0).silentSince, 0, `${ends} request: ${outcome}`);
  }
});

t.test('if one of three origins always fails, no safe request fails and few are sent twice', async (t) => {
  for (const balance of BALANCES)
    for (const outcome of ['shed', 'error', 'gateway', 'lost'] as const) {
      const sim = simulatePool(3, { balance }, seededRandom(1));
      let sent = 0;
      for (let i = 0; i < 1000; i++) {
        const get = sim.begin({ hash: i * 7919 });
        const last = get.run(8, { 1: outcome });
        sent += get.attempts().length;
        if (last === 'finish 1' || last.startsWith('refuse')) t.fail(`${balance}, ${outcome} ${i}: ${last}`);
      }
      // Three in a row and retests after 2, 4, 8 s; under latency policies hardly any.
      t.ok(sent <= 1060, `${balance}, ${outcome}: ${sent} sent for 1000`);
    }
});

t.test('the end of totalTimeoutMs is an attempt’s fault only if it had half of it', async (t) => {
  for (const [lostAt, expected] of [
    [0, 'refuse timeout'],
    [1250, 'refuse timeout'],
    [1251, 'refuse lost'],
  ] as const) {
    const sim = known(simulatePool(2, { totalTimeoutMs: 2500, ...NO_HEDGE }), 40, 50);
    const get = sim.begin();
    sim.pass(lostAt);
    get.settle(0, 'lost');
    sim.pass(2500 - lostAt);
    t.equal(get.moves().at(-1), expected, `lost after ${lostAt} ms`);
  }
});

t.test('two are asked at once at most, however long both are silent', async (t) => {
  const sim = known(simulatePool(3), 200, 300, 400);
  const get = sim.begin();
  sim.pass(9000);
  t.strictSame(get.attempts(), [0, 1]);
});

t.test('a bad response that is not returned is cancelled; a lost attempt has none', async (t) => {
  for (const [outcome, expected] of [
    ['error', ['cancel 0', 'finish 1']],
    ['lost', ['finish 1']],
  ] as const) {
    const get = known(simulatePool(2), 40, 50).begin();
    get.settle(0, outcome);
    get.moves();
    get.settle(1, 'ok');
    t.strictSame(get.moves(), expected);
  }
});

t.test('a client error is reported only if no other attempt failed', async (t) => {
  const get = known(simulatePool(2, { retries: 1 }), 40, 50).begin();
  get.settle(0, 'lost');
  get.settle(1, 'rejected');
  t.equal(get.moves().at(-1), 'refuse lost');
});

t.test('a retry takes no turn', async (t) => {
  const sim = simulatePool(3, { balance: 'round-robin' });
  const firsts = [];
  for (let i = 0; i < 6; i++) {
    const get = sim.begin();
    firsts.push(get.attempts()[0]);
    get.run(5, i === 0 ? { [firsts[0]!]: 'error' } : {});
  }
  t.strictSame(firsts.slice(3), firsts.slice(0, 3));
  t.equal(new Set(firsts).size, 3);
});

t.test('after five seconds a request is hedged even if its origin answers others', async (t) => {
  const sim = known(simulatePool(2), 200, 900);
  const long = sim.begin();
  for (let ms = 90; ms < 5400; ms += 90) {
    const other = sim.begin();
    sim.pass(90);
    t.strictSame(long.attempts(), ms < 5000 ? [0] : [0, 1], `${ms} ms`);
    other.settle(0, 'ok');
  }
});

t.test('an origin that shed load a second ago gets no retry of a request shed elsewhere', async (t) => {
  for (const [ms, next] of [
    [999, 'finish 0'],
    [1000, 'send 1'],
  ] as const) {
    const sim = known(simulatePool(2), 40, 50);
    const first = sim.begin();
    for (const origin of [0, 1]) first.settle(origin, 'shed');
    sim.pass(ms);
    t.equal(moveIn(sim, 'shed'), next, `${ms} ms`);
  }
});
