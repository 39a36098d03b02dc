/**
 * Which headers are forwarded. Headers not named here are forwarded unchanged.
 *
 * To the origin
 *   dropped  headers named by Connection (RFC 9110, 7.6.1), Proxy-Connection, Expect, Proxy-Authorization (RFC 9110,
 *            11.7.2: meant for this hop), Proxy (https://httpoxy.org), and headers that a caller may not set, in any
 *            spelling: see `dropForeign`
 *   changed  two Cookie lines, which the platform joins with a comma, become one list (RFC 6265, 5.4)
 *   set      X-Forwarded-For, and -Proto, -Host, X-Request-Id if the settings say so; the origin's own headers
 * To the caller
 *   dropped  headers named by Connection
 *   changed  Location, if it names an origin (RFC 9110, 10.2.2)
 *
 * The runtime itself drops Connection, Keep-Alive, TE, Trailer, Transfer-Encoding and a non-WebSocket Upgrade in both
 * directions, and sets Host and Content-Length. Headers are changed in place: a copy would cost more than all the rest.
 */
import type { OriginSettings, Settings } from '../config/types.ts';
import { joinCookieLines } from '../core/cookies.ts';
import { canonicalName, dropConnectionNamed } from '../core/header-names.ts';
import { callerOf, namesOf, requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';

/** What origins get of the caller: see the settings of these names. */
export type Forwarding = Pick<Settings, 'forwardedHeaders' | 'requestId'>;

/** Turns the caller's headers into the origin's, in place. */
export const forwardPlainHeaders =
  ({ forwardedHeaders, requestId }: Forwarding): Context['forward'] =>
  (headers, from) => {
    dropForeign(headers, from);
    const before = from.trusted ? headers.get('x-forwarded-for') : null;
    if (forwardedHeaders === 'none') headers.delete('x-forwarded-for');
    else {
      const { peer } = callerOf(from);
      headers.set('x-forwarded-for', before === null ? peer : `${before}, ${peer}`);
    }
    if (forwardedHeaders === 'all') {
      if (!headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', from.scheme);
      if (!headers.has('x-forwarded-host')) headers.set('x-forwarded-host', from.host);
    } else if (from.trusted) {
      headers.delete('x-forwarded-proto');
      headers.delete('x-forwarded-host');
    }
    if (requestId) headers.set('x-request-id', requestIdOf(from));
  };

/** Headers in which proxies forward the caller's address, besides X-Forwarded-*. */
const SAY_WHO_CALLED: ReadonlySet<string> = new Set([
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-remote-ip',
  'x-remote-addr',
  'x-envoy-external-address',
  'client-ip',
]);
/** Cloudflare sets these itself; on plain workerd any caller can. */
const CLOUDFLARE_SAYS: ReadonlySet<string> = new Set([
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'true-client-ip',
]);

/** Meant only for the hop to the gateway, or never to be trusted (https://httpoxy.org). */
const STAYS: ReadonlySet<string> = new Set(['proxy', 'proxy-connection', 'proxy-authorization', 'expect']);

/**
 * Drops hop-by-hop headers, and headers that a caller may not set: the caller's address (from untrusted peers), and the
 * headers that only the gateway sets on this route. Whole families of names are matched, in any spelling that an origin
 * may treat as the same: CGI, WSGI and Rack have one name for `X_Forwarded-For` and `X-Forwarded-For`. Proxies set the
 * plain spelling and forward the others, so a trusted peer's odd spellings are dropped too. One pass over all names.
 * Rejected: deleting each name of a list, which costs more and misses new members of a family.
 */
export function dropForeign(headers: Headers, from: Context): void {
  for (const name of namesOf(from)) {
    if (name === 'cookie') joinCookieLines(headers);
    else if (name === 'connection') dropConnectionNamed(headers);
    const canonical = canonicalName(name);
    const odd = canonical !== name;
    const isForged =
      canonical.startsWith('x-forwarded') ||
      SAY_WHO_CALLED.has(canonical) ||
      (from.selfHosted && CLOUDFLARE_SAYS.has(canonical)) ||
      (odd && canonical === 'x-request-id');
    if (STAYS.has(canonical) || (isForged && (odd || !from.trusted))) headers.delete(name);
    for (const names of from.claimed) if (names.has(canonical)) headers.delete(name);
  }
}

/** Drops other spellings of the headers that an origin's settings add, such as a shared secret. */
export function dropLikeOwn(headers: Headers, sent: Headers, own: OriginSettings['headers']): void {
  const names = new Set(own.map(([name]) => canonicalName(name)));
  for (const name of sent.keys()) if (names.has(canonicalName(name))) headers.delete(name);
}

/** Scheme and host of a Location, as browsers parse them: "\\" is "/" to them. */
const NAMES_HOST = /^\s*(?:https?:)?[/\\]{2,}[^/\\?#]*/i;

/** Whether the URL's host and port are the origin's, a trailing dot aside. */
function namesOrigin(url: string, { site, host }: OriginSettings): boolean {
  const plain = (text: string): string => text.replace(/\.(?=:|$)/, '');
  try {
    return plain(new URL(url, site).host) === plain(host);
  } catch {
    return false;
  }
}

/**
 * The path, with query and fragment and without the origin's base path, of a Location that names this origin; null if
 * it names another host, or none. Scheme and host are case-insensitive (RFC 3986, 6.2.2.1), "//host/" has the origin's
 * scheme, and an origin that assumes TLS in front of it writes https: all of them name this origin. What follows the
 * host is not changed.
 */
export function pathAtOrigin(location: string, origin: OriginSettings): string | null {
  const { basePath } = origin;
  if (!NAMES_HOST.test(location) || !namesOrigin(location, origin)) return null;
  const rest = location.replace(NAMES_HOST, '');
  const within = basePath !== '' && (rest === basePath || rest.startsWith(basePath + '/'));
  return within ? rest.slice(basePath.length) || '/' : rest;
}
