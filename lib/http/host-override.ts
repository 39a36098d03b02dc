/**
 * Requests with a Host other than the origin's own: the caller's with preserveHost, else the origin's hostHeader.
 *
 * `fetch` takes the Host header from the URL; resolveOverride names the server to connect to. Cloudflare honours it
 * only for names in one's own zone, and the port is still the URL's: the origin's, or one that the route's hosts name,
 * never the caller's (except on Cloudflare under the Kong profiles, which send the Host as received, to the origin's
 * own server). Plain workerd ignores resolveOverride: there a request goes wherever its Host points. So there the
 * caller's Host is used only if the route names it, or if it matches a wildcard, no host of the route is open-ended
 * ("shop.*"), and the origin has no headers of its own: they are secrets.
 */
import type { Context } from '../core/request.ts';
import type { OriginSettings, RouteSettings } from '../config/types.ts';
import type { HostOverride } from '../core/feature.ts';
import { originAddress } from '../core/origin-address.ts';
import type { Address } from '../core/origin-address.ts';
import { readHost } from '../core/url-host.ts';

/** Only a host may be inserted into the URL: "evil.example\.shop.example" would end the host early. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;
const HOST_PORT = /:\d+$/;

/** The caller's Host if the route preserves it and it may be used; else null. */
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

/** One of its hosts is open-ended: anyone who registers a domain could choose where requests go. */
const endsInWildcard = ({ hosts }: RouteSettings): boolean => hosts.some((named) => named.includes('.*'));

function targetOf(context: Context, origin: OriginSettings, tail: string): Address | null {
  const host = preservedHost(context, origin) ?? origin.hostHeader;
  return host === null ? null : originAddress(origin, tail, host);
}

export const HOST_OVERRIDES: HostOverride = { target: targetOf, isElsewhere };
