import t from 'tap';
import type { PoolSettings } from '../../../lib/config/types.ts';
import { probeOrigin } from '../../../lib/upstream/side-request.ts';
import { originSettings } from '../../support/pool-sim.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** The result of a probe that is answered like this after 7 ms. */
async function probed(answer: number | 'refused' | 'hangs', pool: object, path = '/up') {
  const runtime = virtualRuntime({
    fetch: ({ signal }, { after }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        if (answer === 'refused') reject(new Error('refused'));
        else if (answer !== 'hangs') after(7, () => resolve(new Response(null, { status: answer })));
      }),
  });
  const request = { path, method: 'GET', timeoutMs: 100, read: null } as const;
  const asking = probeOrigin(runtime, originSettings(0), request, pool as PoolSettings);
  await runtime.advance(100);
  return asking;
}

t.test('which probe responses are good, and their latency', async (t) => {
  const probe = { health: null, load: null, probe: { path: '/up' } };
  const unnamed = { ...probe, probe: null };
  const listed = { ...probe, health: { path: '/up', statuses: [404] } };
  const both = { ...probe, health: { path: '/up', statuses: [200], badStatuses: [500] } };
  const rows: [pool: object, answer: Parameters<typeof probed>[0], good: boolean | null, path?: string][] = [
    [probe, 200, true],
    [probe, 302, true],
    [probe, 404, false],
    [probe, 503, false],
    [probe, 'refused', false],
    [probe, 'hangs', false],
    // Without a configured path, any response but a server error.
    [unnamed, 404, true],
    [unnamed, 500, false],
    // A health check's statuses decide on its own path; a status in neither list is inconclusive.
    [listed, 404, true],
    [listed, 404, false, '/other'],
    [both, 200, true],
    [both, 401, null],
    [both, 500, false],
  ];
  for (const [pool, answer, good, path] of rows) {
    const result = await probed(answer, pool, path);
    t.equal(result.good, good, `${JSON.stringify(pool)} ${answer} ${path}`);
    if (typeof answer === 'number') t.equal(result.elapsedMs, 7);
  }
});
