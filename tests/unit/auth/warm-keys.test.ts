import t from 'tap';
import { keepWarm } from '../../../lib/auth/warm-keys.ts';

t.test('few keys are warm, and none that would take much memory', async (t) => {
  const warm = new Map<string, number>();
  keepWarm(warm, 'k'.repeat(1025), 0);
  t.equal(warm.size, 0);
  keepWarm(warm, 'k'.repeat(1024), 0);
  t.equal(warm.size, 1);
  for (let i = 0; i < 2100; i++) keepWarm(warm, `k${i}`, i);
  t.equal(warm.size, 2000);
  t.notOk(warm.has('k99'));
  t.equal(warm.get('k100'), 100);
});

t.test('its copy is the same text', async (t) => {
  const warm = new Map<string, string>();
  for (const key of ['', 'key', 'é€\u{1f511}', 'k\ud800']) {
    keepWarm(warm, key, key);
    t.equal(warm.get(key), key);
  }
});
