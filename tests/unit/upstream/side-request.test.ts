import t from 'tap';
import type { PoolSettings } from '../../../lib/config/types.ts';
import { probeOrigin } from '../../../lib/upstream/side-request.ts';
import { originSettings } from '../../support/story.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

const POOL = { health: null, load: null, probe: { path: '/up' } } as unknown as PoolSettings;
const ORDER = { path: '/up', method: 'GET', timeoutMs: 100, read: null } as const;

/** What is told of an origin that answers so after 7 ms. */
async function probed(answer: number | Error | 'hangs', pool: object = POOL, path = '/up') {
  const runtime = virtualRuntime({
    fetch: ({ signal }, { after }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        if (answer instanceof Error) reject(answer);
        else if (answer !== 'hangs') after(7, () => resolve(new Response(null, { status: answer })));
      }),
  });
  const asking = probeOrigin(runtime, originSettings(0), { ...ORDER, path }, pool as PoolSettings);
  await runtime.advance(100);
  return asking;
}

t.test('200 to 399 is good, all else is not, and the time to headers is told', async (t) => {
  for (const [status, good] of [
    [200, true],
    [302, true],
    [404, false],
    [503, false],
  ] as const)
    t.same(await probed(status), { good, elapsedMs: 7, reading: undefined }, String(status));
});

t.test('where the pool names no path, any answer that is no failure of the server is good', async (t) => {
  t.equal((await probed(404, { ...POOL, probe: null })).good, true);
  t.equal((await probed(500, { ...POOL, probe: null })).good, false);
});

t.test("a health check's own statuses decide on its own path", async (t) => {
  const pool = { health: { path: '/up', statuses: [404] }, load: null };
  t.equal((await probed(404, pool)).good, true);
  t.equal((await probed(404, pool, '/other')).good, false);
});

t.test('what is in neither of its lists says nothing', async (t) => {
  const pool = { health: { path: '/up', statuses: [200], badStatuses: [500] }, load: null };
  t.equal((await probed(200, pool)).good, true);
  t.equal((await probed(401, pool)).good, null);
  t.equal((await probed(500, pool)).good, false);
});

t.test('refused and hung are bad, and nothing is thrown', async (t) => {
  t.match(await probed(new Error('refused')), { good: false });
  t.match(await probed('hangs'), { good: false });
});
