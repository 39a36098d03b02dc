/** Estimates shared between isolates: the newest wins, it ages like a local one, and it never ejects an origin. */
import t from 'tap';
import * as boards from '../../../lib/balance/board.ts';
import type { Board, BoardRow } from '../../../lib/balance/board.ts';
import { expectedLatency, learnAnswer } from '../../../lib/balance/latency.ts';
import { ejectOrigin } from '../../../lib/balance/outlier-detection.ts';
import type { Pool } from '../../../lib/balance/pool.ts';
import { chooseOrigin } from '../../../lib/balance/policies.ts';
import { START, simulatePool } from '../../support/pool-sim.ts';

const { BOARD_KEPT_MS, FRESH_MS, boardRowsIn, createBoard, isReadDue, isTellingDue, readBoard, rowsToTell } =
  boards;
/** An isolate's pool and board; `ms` are known latencies of its origins. */
function isolate(...ms: number[]): { pool: Pool; board: Board } {
  const { pool } = simulatePool(2);
  for (const [i, each] of ms.entries()) learnAnswer(pool.origins[i]!, pool, each, START);
  return { pool, board: createBoard(pool)! };
}
const row = (ms: number, learntAt: number, goodAt = learntAt): BoardRow => [ms, ms, ms / 2, learntAt, goodAt];
const choice = (pool: Pool, now: number): number | undefined =>
  chooseOrigin({ pool, traits: { hash: 0 }, last: null, round: null }, Infinity, now)?.index;

t.test('only pools balanced by latency have a board', async (t) => {
  const balances = ['adaptive', 'latency', 'random', 'round-robin', 'least-connections'] as const;
  const have = balances.filter((balance) => createBoard(simulatePool(2, { balance }).pool) !== null);
  t.same(have, ['adaptive', 'latency']);
  t.equal(createBoard(simulatePool(1).pool), null);
});

t.test('the board is read after five seconds without news, at most once in five seconds', async (t) => {
  const { pool, board } = isolate();
  t.equal(isReadDue(pool, board, START), true, 'a new isolate');
  board.readAt = START;
  t.equal(isReadDue(pool, board, START + FRESH_MS - 1), false);
  t.equal(isReadDue(pool, board, START + FRESH_MS), true);
  learnAnswer(pool.origins[1]!, pool, 50, START + 2000);
  t.equal(isReadDue(pool, board, START + FRESH_MS), false, 'one origin answered three seconds ago');
  t.equal(isReadDue(pool, board, START + 2000 + FRESH_MS), true);
  t.equal(isReadDue(pool, board, START - 3_600_000), true, 'the clock was set back');
});

t.test('the rows of one isolate become estimates of another', async (t) => {
  const [one, two] = [isolate(200, 20), isolate()];
  const rows = rowsToTell(one.pool, one.board)!;
  t.same(boardRowsIn(JSON.parse(JSON.stringify(rows)), two.pool), rows, 'rows survive JSON');
  readBoard(two.pool, two.board, rows, START + 1000);
  const latencies = two.pool.origins.map((origin) => expectedLatency(origin, two.pool, START + 1000));
  t.same(latencies, [200, 20]);
  // So no preflight probe is needed.
  t.match(two.pool.origins, [{ goodAt: START }, { goodAt: START }]);
});

t.test('the later of a shared and a local estimate wins; the shared one if there is no other', async (t) => {
  for (const [shared, own, expected] of [
    [-1000, -2000, 300],
    [-2000, -1000, 40],
    [-1000, -1000, 40],
  ] as const) {
    const { pool, board } = isolate();
    learnAnswer(pool.origins[0]!, pool, 40, START + own);
    readBoard(pool, board, [row(300, START + shared), row(50, START + shared)], START);
    const latencies = pool.origins.map((origin) => expectedLatency(origin, pool, START));
    t.same(latencies, [expected, 50], `${shared} and ${own}`);
  }
});

t.test('an ejection is published at once, as a failure, also of a silent origin', async (t) => {
  const [one, two] = [isolate(20, 50), isolate(20, 50)];
  t.equal(isTellingDue(one.pool, one.board, START), true);
  t.ok(rowsToTell(one.pool, one.board));
  t.equal(isTellingDue(one.pool, one.board, START + 300), false, 'published just now');
  ejectOrigin(one.pool, one.pool.origins[0]!, START + 400);
  t.equal(isTellingDue(one.pool, one.board, START + 400), true);
  readBoard(two.pool, two.board, rowsToTell(one.pool, one.board)!, START + 500);
  t.equal(choice(two.pool, START + 500), 1);
  t.equal(two.pool.origins[0]!.ejectedUntil, 0, 'not ejected in other isolates');
  t.equal(isTellingDue(one.pool, one.board, START + 401), false, 'once');
});

t.test('no row ejects or readmits an origin, or makes all of them unavailable', async (t) => {
  const [least, most]: BoardRow[] = [[0, 1e-9, 0, START, 0], row(1e300, START)];
  for (const rows of [
    [most!, most!],
    [least!, most!],
  ]) {
    const { pool, board } = isolate(20, 50);
    const [near, far] = pool.origins as [Pool['origins'][0], Pool['origins'][0]];
    ejectOrigin(pool, far, START - 100);
    const until = far.ejectedUntil;
    near.learntAt = far.learntAt = START - 8000;
    readBoard(pool, board, rows, START);
    t.same([near.ejectedUntil, far.ejectedUntil], [0, until], 'ejections are local');
    t.equal(choice(pool, START), 0, 'the available origin is used, whatever the row says');
    for (const origin of pool.origins) t.ok(origin.latency >= 1 && origin.latency <= 10_000);
    learnAnswer(near, pool, 20, START + 10);
    t.ok(expectedLatency(near, pool, START + 10) < 10_000, 'one local answer corrects it');
  }
});

t.test('rows from the future, too old, or of an unknown origin are ignored', async (t) => {
  const rows: [BoardRow, string][] = [
    [row(1, START + 1), 'clock ahead'],
    [row(1, START - BOARD_KEPT_MS - 1), 'too old'],
    [[0, 0, 0, START, START], 'nothing known'],
  ];
  for (const [one, why] of rows) {
    const { pool, board } = isolate();
    learnAnswer(pool.origins[0]!, pool, 40, START - 2 * BOARD_KEPT_MS);
    const before = structuredClone(pool.origins);
    readBoard(pool, board, [one, one], START);
    t.same(pool.origins, before, why);
  }
});

t.test('a malformed board, or one of another pool, is ignored', async (t) => {
  const { pool } = isolate();
  const good = row(20, START);
  const values = [null, undefined, 'text', {}, [], [good], [good, good, good]];
  const rows = [null, [...good, 1], good.slice(1), [20, 20, 10, START, '1'], [20, 20, -1, START, START]];
  for (const value of [...values, ...[...rows, [Infinity, 20, 10, START, START]].map((bad) => [good, bad])])
    t.equal(boardRowsIn(value, pool), null, JSON.stringify(value));
  t.same(boardRowsIn([good, good], pool), [good, good]);
});

t.test('what any isolate published within five seconds is not published again', async (t) => {
  const { pool, board } = isolate(40, 40);
  readBoard(pool, board, [row(40, START - 1000), row(40, START - 1000)], START);
  t.equal(rowsToTell(pool, board), null);
  readBoard(pool, board, [row(40, START - 1000), row(40, START - FRESH_MS)], START);
  t.same(rowsToTell(pool, board)?.length, 2);
  t.equal(rowsToTell(pool, board), null, 'nor what this isolate published');
});
