/**
 * Requests under a Host that is not the origin's own: the caller's with preserveHost, else the origin's hostHeader.
 *
 * A fetch takes its Host from the URL; resolveOverride says whom to connect to. Cloudflare heeds it for names of one's own zone only,
 * and the port stays the URL's. Plain workerd knows no resolveOverride: there a request goes wherever its Host points. So the caller's
 * is taken there only on routes that have hosts, none of them open at its end ("shop.*"), and a port only where the route or the origin
 * has it; under the Kong profiles any port, as Kong sends it.
 */
import type { Context } from '../core/request.ts';
import type { OriginSettings } from '../config/types.ts';

/** A host is all that may stand where a URL has one: "evil.example\.shop.example" would end it early. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

/** The caller's Host where the route preserves it and it leads nowhere else; else null. */
function preservedHost(context: Context, origin: OriginSettings): string | null {
  const { route, host, selfHosted, kong } = context;
  if (!route?.preserveHost || !HOST.test(host)) return null;
  const { hosts } = route;
  if (selfHosted && !isElsewhere(context)) return null;
  const [port = ''] = /:\d+$/.exec(host) ?? [];
  const open = !selfHosted || kong !== null || [origin.host, ...hosts].some((named) => named.endsWith(port));
  return open ? host : host.slice(0, -port.length);
}

/** Where it is the caller who says which server is asked: what becomes of that tells nothing of the origin. */
export function isElsewhere({ route, selfHosted }: Context): boolean {
  if (!selfHosted || !route?.preserveHost) return false;
  return route.hosts.length > 0 && !route.hosts.some((named) => named.includes('.*'));
}

/** What to fetch; null where the origin goes by its own name. */
export function askUnderHost(
  context: Context,
  origin: OriginSettings,
  tail: string,
): { readonly url: string; readonly cf: { readonly resolveOverride: string } } | null {
  const asked = preservedHost(context, origin) ?? origin.hostHeader;
  if (asked === null) return null;
  const url = origin.site.slice(0, origin.site.indexOf('//') + 2) + asked + tail;
  return { url, cf: { resolveOverride: origin.host.replace(/:\d+$/, '') } };
}
