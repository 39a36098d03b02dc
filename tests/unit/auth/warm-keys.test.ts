import t from 'tap';
import { keepWarm } from '../../../lib/auth/warm-keys.ts';

t.test('warm keys are stored as sent, and bounded in number and length', async (t) => {
  const warm = new Map<string, number>();
  for (const key of ['k'.repeat(1025), 'k'.repeat(1024), 'é€\u{1f511}', 'k\ud800']) keepWarm(warm, key, 0);
  t.same([...warm.keys()], ['k'.repeat(1024), 'é€\u{1f511}', 'k\ud800']);
  for (let i = 0; i < 2100; i++) keepWarm(warm, `k${i}`, i);
  t.equal(warm.size, 2000);
  t.notOk(warm.has('k99'));
  t.equal(warm.get('k100'), 100);
});
