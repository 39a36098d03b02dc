/**
 * Requests under a Host that is not the origin's own: the caller's with preserveHost, else the origin's hostHeader.
 * A fetch takes its Host from the URL; resolveOverride says whom to connect to. Cloudflare heeds it for names of one's own zone only,
 * and the port stays the URL's. Plain workerd knows no resolveOverride: there a request goes wherever its Host points, so the
 * caller's is taken only on routes that say which hosts they are for.
 */
import type { Call } from './call.ts';
import type { OriginSettings } from './config.ts';

/** What to fetch; null where the origin goes by its own name. */
export function askUnderHost(
  { route, host, selfHosted }: Call,
  origin: OriginSettings,
  tail: string,
): { readonly url: string; readonly cf: { readonly resolveOverride: string } } | null {
  const preserve = route !== null && route.preserveHost && (route.hosts.length > 0 || !selfHosted);
  const asked = preserve ? host : origin.hostHeader;
  if (asked === null) return null;
  const url = origin.site.slice(0, origin.site.indexOf('//') + 2) + asked + tail;
  return { url, cf: { resolveOverride: origin.host.replace(/:\d+$/, '') } };
}
