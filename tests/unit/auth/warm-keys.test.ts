import t from 'tap';
import { keepWarm, mayBeWarm, ownCopy } from '../../../lib/auth/warm-keys.ts';

t.test('few keys are warm, and none that would take much memory', async (t) => {
  t.ok(mayBeWarm('k'.repeat(1024)));
  t.notOk(mayBeWarm('k'.repeat(1025)));
  const warm = new Map<string, number>();
  keepWarm(warm, 'k'.repeat(1025), 0);
  for (let i = 0; i < 2100; i++) keepWarm(warm, `k${i}`, i);
  t.equal(warm.size, 2000);
  t.notOk(warm.has('k99'));
  t.equal(warm.get('k100'), 100);
});

t.test('a copy is the same text', async (t) => {
  for (const key of ['', 'key', 'é€\u{1f511}', 'k\ud800']) t.equal(ownCopy(key), key);
});
