import t from 'tap';
import { mayBeWarm, ownCopy } from '../../../lib/auth/warm-keys.ts';

t.test('a key that would take much memory is never warm', async (t) => {
  t.ok(mayBeWarm('k'.repeat(1024)));
  t.notOk(mayBeWarm('k'.repeat(1025)));
});

t.test('a copy is the same text', async (t) => {
  for (const key of ['', 'key', 'é€\u{1f511}', 'k\ud800']) t.equal(ownCopy(key), key);
});
