/**
 * Active health checks, with consecutive counts like HAProxy's rise and fall. They run along with requests: a pool
 * without requests is not checked.
 */
import { havePassed } from '../core/clock.ts';
import type { PoolSettings } from '../config/types.ts';
import { inService } from '../balance/outlier-detection.ts';
import { SIDE_REQUEST_MOST } from '../balance/pool.ts';
import type { SideRequests } from '../balance/pool.ts';

export function healthChecks({ health, origins }: PoolSettings): SideRequests | null {
  if (health === null) return null;
  const { path, timeoutMs, intervalSeconds, healthyAfter, unhealthyAfter } = health;
  /**
   * In the order of the origins: when each was last checked, and how many checks in a row had the same result (negative
   * for bad ones).
   */
  const checkedAt = origins.map(() => 0);
  const inRow = origins.map(() => 0);
  return ({ origins: all }, now) => {
    const due = all
      .filter(({ index }) => havePassed(intervalSeconds * 1000, checkedAt[index]!, now))
      .slice(0, SIDE_REQUEST_MOST);
    if (due.length === 0) return null;
    for (const { index } of due) checkedAt[index] = now;
    return {
      origins: due,
      path,
      method: 'GET',
      timeoutMs,
      read: null,
      learn(_pool, origin, { good }, at) {
        if (good === null) return;
        const count = inRow[origin.index]!;
        const next = good ? Math.max(0, count) + 1 : Math.min(0, count) - 1;
        inRow[origin.index] = next;
        if (next >= healthyAfter) origin.unhealthy = false;
        if (next > -unhealthyAfter) return;
        if (inService(origin)) origin.ejectedAt = at;
        origin.unhealthy = true;
      },
    };
  };
}
