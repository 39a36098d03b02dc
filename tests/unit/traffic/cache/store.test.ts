/** Where responses are cached. */
import t from 'tap';
import { createMemoryStore, createStore, type Entry } from '../../../../lib/traffic/cache/store.ts';

const entry = (parts: Partial<Entry> & { bytes?: number } = {}): Entry => ({
  status: 200,
  headers: [['content-type', 'text/plain']],
  body: new ArrayBuffer(parts.bytes ?? 10),
  storedAt: 0,
  lifetime: 10,
  storage: 10,
  origin: 'a',
  ...parts,
});

t.test('memory is bounded in bytes and entries; the least recently used entry is evicted', async (t) => {
  const store = createMemoryStore();
  for (let i = 0; i < 20; i++) {
    store.put(`k${i}`, entry({ bytes: 1024 * 1024 }));
    store.get('k0', 0);
  }
  const left = Array.from({ length: 20 }, (_, i) => i).filter((i) => store.get(`k${i}`, 0) !== null);
  t.same(left, [0, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  store.put('large', entry({ bytes: 1024 * 1024 + 1 }));
  t.equal(store.get('large', 0), null);
  const many = createMemoryStore();
  for (let i = 0; i < 5000; i++) many.put(`k${i}`, entry());
  t.equal(Array.from({ length: 5000 }, (_, i) => many.get(`k${i}`, 0)).filter(Boolean).length, 2000);
});

t.test('an entry expires', async (t) => {
  const store = createMemoryStore();
  store.put('k', entry());
  t.ok(store.get('k', 10_000));
  t.equal(store.get('k', 10_001), null);
});

t.test('a newer entry is not replaced by an older one that took longer to be read or found', async (t) => {
  const [older, newer] = [1000, 2000].map((storedAt) => entry({ storedAt }));
  const kept: string[] = [];
  let found!: (response: Response) => void;
  const cache = {
    match: async () => new Promise<Response>((resolve) => (found = resolve)),
    put: async (_url: string, { headers }: Response) => void kept.push(headers.get('x-entry')!),
  };
  const store = createStore(() => cache as never);
  const { body: _, ...rest } = older!;
  const looking = store.get('k', 3000);
  await store.put('k', newer!);
  found(new Response('', { headers: { 'x-entry': encodeURIComponent(JSON.stringify(rest)) } }));
  t.equal((await looking)?.storedAt, 2000, 'found in the platform’s cache');
  await store.put('k', older!);
  t.equal((await store.get('k', 3000))?.storedAt, 2000, 'read to its end');
  t.equal(kept.length, 1, 'nor in the platform’s cache');
});

t.test('the platform’s cache is a second level; after it throws once it is not used again', async (t) => {
  const kept = new Map<string, Response>();
  const cache = {
    match: async (url: string) => kept.get(url)?.clone(),
    put: async (url: string, response: Response) => void kept.set(url, response),
  };
  const first = createStore(() => cache as never);
  await first.put('k', entry({ headers: [['x-a', 'é"\n']] }));
  t.equal([...kept.values()][0]?.headers.get('cache-control'), 'max-age=10');
  const second = createStore(() => cache as never);
  t.match(await second.get('k', 5000), { status: 200, headers: [['x-a', 'é"\n']], origin: 'a' });
  t.equal(await second.get('other', 0), null);
  kept.set('https://cache.invalid/bad', new Response('x'));
  t.equal(await second.get('bad', 0), null, 'a foreign entry is ignored');
  let calls = 0;
  const broken = createStore(() => ({
    match: async () => (calls++, Promise.reject(new Error('No Cache was configured'))),
    put: async () => undefined,
  }));
  for (let turn = 0; turn < 3; turn++) t.equal(await broken.get('k', 0), null);
  t.equal(calls, 1);
});
