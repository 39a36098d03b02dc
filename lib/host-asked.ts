/**
 * Requests under a Host that is not the origin's own. A fetch takes its Host from the URL; resolveOverride says whom to connect to.
 * Cloudflare heeds it for names of one's own zone only, and the port stays the URL's.
 */
import type { Call } from './call.ts';
import type { OriginSettings } from './config.ts';

/** What to fetch; null where the origin goes by its own name. */
export function askUnderHost(
  call: Call,
  origin: OriginSettings,
  tail: string,
): { readonly url: string; readonly cf: { readonly resolveOverride: string } } | null {
  const host = hostAsked(call, origin);
  if (host === null) return null;
  const url = origin.site.slice(0, origin.site.indexOf('//') + 2) + host + tail;
  return { url, cf: { resolveOverride: origin.host.replace(/:\d+$/, '') } };
}

/**
 * The Host that is not the origin's own: the caller's with preserveHost, else the origin's hostHeader; null for none.
 * On plain workerd, which knows no resolveOverride, a request goes wherever its Host points: there the caller's is taken only on routes
 * that say which hosts they are for.
 */
function hostAsked(call: Call, origin: OriginSettings): string | null {
  const { route } = call;
  const preserve = route !== null && route.preserveHost && (route.hosts.length > 0 || !call.selfHosted);
  return preserve ? call.host : origin.hostHeader;
}
