import t from 'tap';
import { distanceMs } from '../../../lib/upstream/geo-prior.ts';
import { START, known, simulatePool } from '../../support/pool-sim.ts';

const CITIES = [{ location: [52.4, 4.9] }, { location: [40.7, -74] }, { location: [35.7, 139.7] }] as const;

t.test('distances are estimated round trip times', async (t) => {
  t.ok(distanceMs([52.4, 4.9], [52.4, 4.9]) <= 6, 'the same place');
  const atlantic = distanceMs([51.5, -0.1], [40.7, -74]);
  t.ok(atlantic > 65 && atlantic < 100, `London to New York: ${atlantic}`);
});

t.test('distances are used until there are measurements, if both locations are known', async (t) => {
  for (const [latitude, longitude, near, what] of [
    ['48.9', '2.4', 0, 'Paris uses Amsterdam'],
    ['34.7', '135.5', 2, 'Osaka uses Tokyo'],
  ] as const) {
    const sim = simulatePool(CITIES);
    t.ok(sim.pool.locate!(sim.pool, { latitude, longitude }, START));
    t.strictSame(sim.begin().attempts(), [near], what);
  }
});

t.test('nothing is guessed without both locations, nor of known origins', async (t) => {
  for (const place of [undefined, null, {}, { latitude: '1' }]) {
    const sim = simulatePool(CITIES);
    t.notOk(sim.pool.locate!(sim.pool, place, START));
    t.ok(sim.pool.origins.every(({ mean }) => mean === 0));
  }
  const sim = known(simulatePool([...CITIES, {}]), 7);
  sim.origin(3).mean = 0;
  sim.pool.locate!(sim.pool, { latitude: '48.9', longitude: '2.4' }, START);
  t.match(sim.pool.origins, [{ mean: 7 }, { mean: 7 }, { mean: 7 }, { mean: 0 }]);
});
