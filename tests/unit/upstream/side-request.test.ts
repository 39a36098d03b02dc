import t from 'tap';
import type { OriginSettings, PoolSettings } from '../../../lib/config/types.ts';
import { probeOrigin } from '../../../lib/upstream/side-request.ts';
import type { Runtime } from '../../../lib/core/runtime.ts';

const ORIGIN: OriginSettings = {
  name: 'a',
  site: 'http://a',
  host: 'a',
  basePath: '',
  weight: 1,
  priority: 0,
  headers: [['x-secret', 's']],
  location: null,
  hostHeader: null,
};
const POOL = { health: null, load: null, probe: { path: '/up' } } as unknown as PoolSettings;
const ORDER = { path: '/up', method: 'GET', timeoutMs: 100, read: null } as const;

function runtimeWith(fetch: Runtime['fetch']): Runtime & { timers: (() => void)[] } {
  const timers: (() => void)[] = [];
  let clock = 0;
  return {
    fetch,
    timers,
    now: () => (clock += 7),
    random: Math.random,
    after: (_ms, callback) => timers.push(callback),
    cancel: () => undefined,
    pipe: () => new TransformStream(),
    digest: async () => '',
    id: () => '',
    log: () => undefined,
  };
}

t.test('200 to 399 is good, all else is not, and the time to headers is told', async (t) => {
  for (const [status, good] of [
    [200, true],
    [302, true],
    [404, false],
    [503, false],
  ] as const) {
    const result = await probeOrigin(
      runtimeWith(async () => new Response(null, { status })),
      ORIGIN,
      ORDER,
      POOL,
    );
    t.same(result, { good, elapsedMs: 7, reading: undefined }, String(status));
  }
});

t.test('where the pool names no path, any answer that is no failure of the server is good', async (t) => {
  for (const [status, good] of [
    [404, true],
    [500, false],
  ] as const) {
    const runtime = runtimeWith(async () => new Response(null, { status }));
    t.equal((await probeOrigin(runtime, ORIGIN, ORDER, { ...POOL, probe: null })).good, good);
  }
});

t.test("a health check's own statuses decide on its own path", async (t) => {
  const pool = { health: { path: '/up', statuses: [404] }, load: null } as unknown as PoolSettings;
  const runtime = runtimeWith(async () => new Response(null, { status: 404 }));
  t.equal((await probeOrigin(runtime, ORIGIN, ORDER, pool)).good, true);
  t.equal((await probeOrigin(runtime, ORIGIN, { ...ORDER, path: '/other' }, pool)).good, false);
});

t.test('what is in neither of its lists says nothing', async (t) => {
  const pool = {
    health: { path: '/up', statuses: [200], badStatuses: [500] },
    load: null,
  } as unknown as PoolSettings;
  for (const [status, good] of [
    [200, true],
    [401, null],
    [500, false],
  ] as const) {
    const runtime = runtimeWith(async () => new Response(null, { status }));
    t.equal((await probeOrigin(runtime, ORIGIN, ORDER, pool)).good, good, String(status));
  }
});

t.test('refused and hung are bad, and nothing is thrown', async (t) => {
  t.match(
    await probeOrigin(
      runtimeWith(() => Promise.reject(new Error('refused'))),
      ORIGIN,
      ORDER,
      POOL,
    ),
    { good: false },
  );
  const hung = runtimeWith(
    (_request, init) =>
      new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))),
  );
  const asking = probeOrigin(hung, ORIGIN, ORDER, POOL);
  hung.timers.forEach((fire) => fire());
  t.match(await asking, { good: false });
});
