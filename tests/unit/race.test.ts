import t from 'tap';
import { createPool } from '../../lib/attempts.ts';
import { race } from '../../lib/race.ts';
import { callTo, worldOf } from '../support/journeys.ts';

t.test('a safe request that fails is asked again elsewhere', async (t) => {
  const world = worldOf({ a: [{ lost: true }], b: [{}] }, { balance: 'round-robin' });
  const context = callTo('/x');
  const answer = race(context, world.runtime, world.to);
  await world.runtime.advance(5);
  t.match(await answer, { status: 200 });
  t.equal(context.attempts, 2);
});

t.test('a safe request whose origin has gone silent is hedged, and the first good answer wins', async (t) => {
  const world = worldOf(
    { a: [{ after: Infinity }], b: [{ after: 5, body: 'b' }] },
    { balance: 'round-robin', hedge: { afterMs: 100, budgetPercent: 100 } },
  );
  const answer = race(callTo('/x'), world.runtime, world.to);
  await world.runtime.advance(120);
  t.equal(await ((await answer) as Response).text(), 'b');
  t.equal(world.network.count('b'), 1);
});

t.test(
  'where the platform says where the caller is, origins with a location are asked by distance',
  async (t) => {
    for (const [latitude, longitude, near] of [
      ['48.9', '2.4', 'a'],
      ['34.7', '135.5', 'b'],
    ] as const) {
      const world = worldOf({ a: [{}], b: [{}] });
      const places = [[52.4, 4.9], [35.7, 139.7]] as const; // prettier-ignore
      const origins = world.settings.origins.map((origin, i) => ({ ...origin, location: places[i]! }));
      const settings = { ...world.settings, origins };
      const pool = createPool(settings);
      const context = callTo('/x');
      Object.defineProperty(context.request, 'cf', { value: { latitude, longitude } });
      const answer = race(context, world.runtime, { ...world.to, settings, pool });
      await world.runtime.advance(5);
      await answer;
      t.equal(world.network.count(near), 1, near);
    }
  },
);

t.test('least-load reads the number off every answer', async (t) => {
  const world = worldOf(
    { a: [{ headers: { 'x-load': '3.5 1 1' } }], b: [{ headers: { 'x-load': '0.5' } }] },
    { balance: 'least-load', load: { path: '/load', header: 'X-Load', intervalSeconds: 3600 } },
  );
  for (let i = 0; i < 6; i++) {
    const answer = race(callTo('/x'), world.runtime, world.to);
    await world.runtime.advance(5);
    await answer;
  }
  t.equal(world.pool.origins[1]!.reading, 0.5);
  t.ok(world.network.count('b') > world.network.count('a'));
});
