/**
 * Canary releases: a share of callers gets the canary's pool instead of the route's own.
 *
 * Promises that a caller stays on one pool, on every route and in every isolate: only its identity decides (consumer,
 * else credential, else address). Its position between 0 and 100 is fixed, so raising the share only adds callers. Of
 * 10,000 callers, the share is exact to within 1 %. A request that fails at its pool is not sent to the other: the
 * caller would see both. Rejected: a cookie, which API clients don't store, and a random choice, which switches pools.
 * The hash is salted: a consistent-hash pool hashes the same identities, and the canary's callers would be close
 * together on its ring.
 */
import type { Hooks, Isolate } from '../core/feature.ts';
import { callerNetworkOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { RouteSettings } from '../config/types.ts';
import { xxh32 } from '../core/xxhash.ts';

/**
 * Index of the pool for this request; `next` is the canary's. If the header that the route names is "always" or
 * "never", only it decides (the convention of ingress-nginx). Anonymous callers are distinguished by address.
 */
export function canaryPool({ canary, pool }: RouteSettings, next: number, context: Context): number {
  if (canary === null) return pool;
  const forced = canary.header === null ? null : context.headers.get(canary.header);
  if (forced === 'always') return next;
  const known = context.anonymous ? null : (context.consumer?.id ?? context.credentialId);
  const place = xxh32('canary ' + (known ?? callerNetworkOf(context))) / 2 ** 32;
  return forced !== 'never' && place * 100 < canary.percent ? next : pool;
}

export function startCanary({ settings }: Isolate): Hooks {
  return {
    // Before the cache is asked, which keeps the pools' responses apart.
    answer: (route) => {
      if (!route.canary) return null;
      const next = settings.pools.findIndex(({ name }) => name === route.canary?.pool);
      return (context) => {
        context.pool = canaryPool(route, next, context);
        return null;
      };
    },
  };
}
