/**
 * Whom the default Cache-Control is for: on a route that asks for a key, the one caller who showed it.
 *
 * A cache on the way goes by the URL, and a key in a header is no part of that: it would hand the answer to callers without a key.
 * RFC 9111, 3.5, says the same of Authorization. What an operator sets or an origin says is left as it is.
 */
import type { RouteSettings } from '../config/types.ts';

/** The tutorial's, which is the default of `responseHeaders.cacheControl`. */
const TUTORIAL = 'max-age=3';

/** The value for answers of such a route; null where it needs no other. */
export function forOneCaller(route: RouteSettings | null, cacheControl: string): string | null {
  return route?.auth && cacheControl === TUTORIAL ? `private, ${cacheControl}` : null;
}
