/**
 * A side request that carries nothing of the caller's: is the origin there, how far is it, how loaded does it say it is.
 * Bounded in time, its body read only where a load number is in it. A Worker has no timers of its own, so probes ride on requests.
 */
import type { OriginSettings, PoolSettings } from './config.ts';
import { readLoad } from './reported-load.ts';
import type { Runtime } from './runtime.ts';

export interface ProbeResult {
  readonly good: boolean;
  readonly elapsedMs: number;
  /** The load that the origin reports; undefined where it reports none. */
  readonly reading: number | undefined;
}

export interface ProbeOrder {
  readonly path: string;
  readonly method: string;
  readonly timeoutMs: number;
}

/**
 * Asks once; never rejects. Good is 200 to 399, or the statuses that the pool's health check names; where the pool names no path
 * of its own, any answer below 500: an API need not have a page at "/".
 */
export async function probeOrigin(
  runtime: Runtime,
  origin: OriginSettings,
  order: ProbeOrder,
  pool: PoolSettings,
): Promise<ProbeResult> {
  const startedAt = runtime.now();
  const stop = new AbortController();
  const timer = runtime.after(order.timeoutMs, () => stop.abort());
  try {
    const response = await runtime.fetch(origin.site + origin.basePath + order.path, {
      method: order.method,
      headers: origin.headers as [string, string][],
      redirect: 'manual',
      signal: stop.signal,
    });
    const elapsedMs = runtime.now() - startedAt;
    const statuses = pool.health && order.path === pool.health.path ? pool.health.statuses : null;
    const ceiling = pool.probe || pool.health ? 400 : 500;
    const good = statuses
      ? statuses.includes(response.status)
      : response.status >= 200 && response.status < ceiling;
    const reading =
      pool.load && order.path === pool.load.path ? await readLoad(response, pool.load) : undefined;
    if (!response.bodyUsed) await response.body?.cancel();
    return { good, elapsedMs, reading };
  } catch {
    return { good: false, elapsedMs: runtime.now() - startedAt, reading: undefined };
  } finally {
    runtime.cancel(timer);
  }
}
