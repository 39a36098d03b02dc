import t from 'tap';
import { race } from '../../lib/race.ts';
import { callTo, worldOf } from '../support/journeys.ts';

t.test('a safe request that fails is asked again elsewhere', async (t) => {
  const world = worldOf({ a: [{ lost: true }], b: [{}] }, { balance: 'round-robin' });
  const call = callTo('/x');
  const answer = race(call, world.runtime, world.to);
  await world.runtime.advance(5);
  t.match(await answer, { status: 200 });
  t.equal(call.attempts, 2);
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
