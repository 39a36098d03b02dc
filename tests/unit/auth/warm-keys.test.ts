import t from 'tap';
import { keepWarm } from '../../../lib/auth/warm-keys.ts';

t.test('a key that would take much memory is never warm', (t) => {
  const warm = new Map<string, number>();
  keepWarm(warm, 'k'.repeat(1025), 1);
  t.equal(warm.size, 0);
  keepWarm(warm, 'k'.repeat(1024), 1);
  t.equal(warm.size, 1);
  t.end();
});

t.test('its copy is the same text', (t) => {
  const keys = ['', 'key', 'é€\u{1f511}', 'k\ud800'];
  const warm = new Map<string, string>();
  for (const key of keys) keepWarm(warm, key, key);
  for (const key of keys) t.equal(warm.get(key), key);
  t.end();
});
