import t from 'tap';
import { simulatePool, type PoolSim } from '../../support/pool-sim.ts';

const HEALTH = {
  path: '/up',
  intervalSeconds: 10,
  timeoutMs: 500,
  statuses: null,
  badStatuses: null,
  healthyAfter: 2,
  unhealthyAfter: 3,
};

/** One request that triggers a check, and the check's result. */
function check(sim: PoolSim, index: number, good: boolean | null): void {
  const get = sim.begin();
  if (!get.moves()[1]?.startsWith('probe GET /up')) throw new Error('no check was sent');
  get.probed(index, good);
  get.run();
  sim.pass(10_000);
}

t.test('checks count in a row, like rise and fall in HAProxy', async (t) => {
  const sim = simulatePool(2, { health: HEALTH });
  // + a good check, - a bad one, 0 an inconclusive one: unhealthy after three bad, healthy after two good.
  const unhealthy = Array.from('--+---+-+0+0', (result) => {
    check(sim, 0, result === '0' ? null : result === '+');
    return sim.origin(0).unhealthy ? 'u' : 'h';
  });
  t.equal(unhealthy.join(''), 'hhhhhuuuuuhh');
});

t.test('an unhealthy origin gets no requests, unless all are; only checks readmit it', async (t) => {
  const sim = simulatePool(2, { health: HEALTH });
  for (let i = 0; i < 3; i++) check(sim, 1, false);
  t.strictSame([...new Set(sim.requests(10, 0))], [0]);
  sim.pass(10_000);
  for (let i = 0; i < 3; i++) check(sim, 0, false);
  t.match(sim.begin().run(), /^finish/, 'panic: all are tried');
  t.ok(sim.origin(0).unhealthy && sim.origin(1).unhealthy);
});

t.test('checks are sent along with requests, to four origins at once, once per interval', async (t) => {
  const sim = simulatePool(6, { health: HEALTH });
  t.equal(sim.begin().moves()[1], 'probe GET /up 0+1+2+3');
  t.equal(sim.begin().moves()[1], 'probe GET /up 4+5');
  t.match(sim.begin().moves()[1], /^sleep/);
  sim.pass(10_000);
  t.equal(sim.begin().moves()[1], 'probe GET /up 0+1+2+3');
});
