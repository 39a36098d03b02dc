/**
 * Requests under a Host that is not the origin's own: the caller's with preserveHost, else the origin's hostHeader.
 *
 * A fetch takes its Host from the URL; resolveOverride says whom to connect to. Cloudflare heeds it for names of
 * one's own zone only, and the port stays the URL's: it is the origin's, or one that the route's hosts name, never
 * the caller's (but on Cloudflare under the Kong profiles, which send the Host as it came, to the origin's own
 * machine). Plain workerd knows no resolveOverride: there a request goes wherever its Host points. So the caller's
 * is taken there only where the route names it, or a wildcard that is not open at its end ("shop.*") and an origin
 * without headers of its own: they are secrets.
 */
import type { Context } from '../core/request.ts';
import type { OriginSettings, RouteSettings } from '../config/types.ts';
import type { HostOverride, NamedTarget } from '../core/feature.ts';
import { readHost } from '../core/url-host.ts';

/** A host is all that may stand where a URL has one: "evil.example\.shop.example" would end it early. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;
const HOST_PORT = /:\d+$/;

/** The caller's Host where the route preserves it and it leads nowhere else; else null. */
function preservedHost(context: Context, origin: OriginSettings): string | null {
  const { route, host, selfHosted, kong } = context;
  if (!route?.preserveHost || !HOST.test(host)) return null;
  if (!selfHosted && kong !== null) return host;
  const [port = ''] = HOST_PORT.exec(host) ?? [];
  const name = host.slice(0, host.length - port.length);
  const names = route.hosts.map((named) => (kong === null ? (readHost(named) ?? named) : named));
  if (selfHosted && !names.includes(name) && !names.includes(host)) {
    if (!isElsewhere(context) || origin.headers.length > 0) return null;
  }
  const [own = ''] = HOST_PORT.exec(origin.host) ?? [];
  return port !== '' && names.some((named) => named.endsWith(port)) ? host : name + own;
}

function isElsewhere({ route, selfHosted }: Context): boolean {
  if (!selfHosted || !route?.preserveHost) return false;
  return route.hosts.length > 0 && !endsInWildcard(route);
}

/** One of its hosts is open at its end: whoever buys a domain would choose where requests go. */
const endsInWildcard = ({ hosts }: RouteSettings): boolean => hosts.some((named) => named.includes('.*'));

function targetOf(context: Context, origin: OriginSettings, tail: string): NamedTarget | null {
  const asked = preservedHost(context, origin) ?? origin.hostHeader;
  if (asked === null) return null;
  const url = origin.site.slice(0, origin.site.indexOf('//') + 2) + asked + tail;
  return { url, cf: { resolveOverride: origin.host.replace(HOST_PORT, '') } };
}

export const HOST_OVERRIDES: HostOverride = { target: targetOf, isElsewhere };
