import t from 'tap';
import { readLoad } from '../../../lib/upstream/reported-load.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { simulatePool } from '../../support/pool-sim.ts';

const LOAD = { path: '/load', pointer: '', header: null, intervalSeconds: 5 };

t.test('a load is read from a header, a JSON pointer, or the first number of the body', async (t) => {
  const rows: [
    body: string | null,
    pointer: string | null,
    header: string | null,
    load: number | undefined,
    status?: number,
  ][] = [
    [null, null, 'x-load', 0.5],
    ['{"load":[0.25,1]}', '/load/0', null, 0.25],
    ['{"load":"1.5"}', '/load', null, 1.5],
    ['0.42 0.40 0.38', '', null, 0.42],
    // An absent number is not zero.
    ['{}', '/x', null, undefined],
    [null, null, 'x-none', undefined],
    ['0.1', '', null, undefined, 500],
    ['404 page not found', '', null, undefined, 404],
    [null, null, 'x-load', 0.5, 503],
    [`0.1${' '.repeat(70_000)}`, '', null, undefined],
  ];
  for (const [body, pointer, header, load, status = 200] of rows) {
    const answer = new Response(body, { status, headers: { 'x-load': '0.5' } });
    const name = `${status} ${body?.slice(0, 20)} ${pointer} ${header}`;
    t.equal(await readLoad(answer, { ...LOAD, pointer, header }), load, name);
  }
});

t.test('the origin with the lowest load gets the request, those without a number last', async (t) => {
  const sim = simulatePool(3, { balance: 'least-load', load: LOAD }, seededRandom(4));
  const first = sim.begin();
  t.equal(first.moves()[1], 'probe GET /load 0+1+2', 'probed along with the first request');
  first.probed(0, true, 5, 2.5);
  first.probed(1, true, 5, 0.25);
  first.probed(2, true, 5);
  first.run();
  t.strictSame(sim.requests(5, 100), [1, 1, 1, 1, 1]);
  sim.pass(5000);
  const later = sim.begin();
  t.match(later.moves()[1], /^probe GET \/load 2/, 'probed again after the interval, the stalest first');
  later.probed(1, true, 5, 9);
  later.run();
  t.strictSame(sim.requests(2), [0, 0]);
  sim.pass(61_000);
  t.equal(new Set(sim.requests(60, 1000)).size, 3, 'numbers expire after a minute');
});

t.test('a load in the configured header of any response counts', async (t) => {
  const sim = simulatePool(2, { balance: 'least-load', load: { ...LOAD, header: 'x-load' } });
  for (const [index, load] of ['7 6', '3'].entries()) {
    const answer = new Response('0', { headers: { 'x-load': load } });
    sim.pool.observe!(sim.origin(index), answer, sim.now());
  }
  t.strictSame(sim.requests(3), [1, 1, 1]);
  const many = simulatePool(9, { balance: 'least-load', load: LOAD }).begin();
  t.match(many.moves()[1], /^probe GET \/load \d\+\d\+\d\+\d$/, 'four are probed at once');
});
