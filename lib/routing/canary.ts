/**
 * Which of two pools a caller's requests go to while a new one is tried: the route's own, or the canary's for a
 * share of callers.
 *
 * Promises that a caller stays on one side, on every route and in every isolate: its identity alone decides
 * (consumer, else credential, else address). Its place between 0 and 100 is fixed, so raising the share only adds
 * callers. Of 10,000 callers a share takes what it says within 1 %. A request that fails on its side is not sent to
 * the other: the caller would see both. Rejected: a cookie, which API callers don't keep, and dice, which change
 * sides. The hash is salted: a consistent-hash pool hashes the same identities, and the canary's callers would lie
 * close together on its ring.
 */
import type { Hooks, Isolate } from '../core/feature.ts';
import { callerNetworkOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { RouteSettings } from '../config/types.ts';
import { xxh32 } from '../core/xxhash.ts';

/**
 * Index of the pool for this call; `next` is the canary's. The header that the route names, if it says "always" or "never", decides alone
 * (the convention of ingress-nginx); all anonymous callers are told apart by address.
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
    pool: (route) => {
      if (!route.canary) return null;
      const next = settings.pools.findIndex(({ name }) => name === route.canary?.pool);
      return (context) => canaryPool(route, next, context);
    },
  };
}
