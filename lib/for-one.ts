/**
 * Whom a stamped Cache-Control is for: on a route that asks for a key, the one caller who showed it.
 *
 * A cache on the way goes by the URL, and a key in a header is no part of that: it would hand the answer to callers without a key.
 * RFC 9111, 3.5, says the same of Authorization, and that "public" and s-maxage lift it. What an origin says itself is left alone.
 */
import type { RouteSettings } from './config.ts';

/** The value for answers of such a route; null where it needs no other. */
export function forOneCaller(route: RouteSettings | null, cacheControl: string): string | null {
  if (!route?.auth || /public|private|no-store|s-maxage/i.test(cacheControl)) return null;
  return `private, ${cacheControl}`;
}
