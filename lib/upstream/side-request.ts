/**
 * A side request that carries nothing of the caller's, with a timeout: is the origin up, and how distant is it?
 * The response's body is read only if a number is to be read from it.
 */
import type { SideRequest, SideResult } from '../balance/pool.ts';
import type { OriginSettings, PoolSettings } from '../config/types.ts';
import { sendOwnRequest } from '../core/origin-address.ts';
import { tryWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';

/**
 * Sends one request; never rejects. Good is 200 to 399, or the statuses that the pool's health check lists; if the pool
 * names no path, any status below 500: an API need not have a page at "/".
 */
export async function probeOrigin(
  runtime: Runtime,
  origin: OriginSettings,
  request: Omit<SideRequest, 'origins' | 'learn'>,
  pool: PoolSettings,
): Promise<SideResult> {
  const { health, probe } = pool;
  const { path, method, timeoutMs, read } = request;
  const startedAt = runtime.now();
  const result = await tryWithin(runtime, timeoutMs, async (signal) => {
    const headers = origin.headers as [string, string][];
    const response = await sendOwnRequest(runtime, origin, path, { method, headers, signal });
    const { status } = response;
    const elapsedMs = runtime.now() - startedAt;
    const listed = health && path === health.path ? health : null;
    const most = probe || health ? 400 : 500;
    const good = listed?.statuses
      ? listed.statuses.includes(status) || ((listed.badStatuses?.includes(status) ?? true) ? false : null)
      : status >= 200 && status < most;
    const reading = read === null ? undefined : await read(response);
    if (!response.bodyUsed) await response.body?.cancel();
    return { good, elapsedMs, reading };
  });
  return result ?? { good: false, elapsedMs: runtime.now() - startedAt, reading: undefined };
}
