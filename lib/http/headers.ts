/**
 * What crosses the gateway and what stays on its hop. Everything not named here crosses unchanged.
 *
 * Towards the origin
 *   dropped  headers named by Connection (RFC 9110, 7.6.1), Proxy-Connection, Expect, Proxy-Authorization (RFC 9110,
 *            11.7.2: meant for this hop), Proxy (https://httpoxy.org), and what a caller may not say in any spelling:
 *            see `dropForeign`
 *   changed  two Cookie lines, which the platform joins with a comma, become one list (RFC 6265, 5.4)
 *   set      X-Forwarded-For, and -Proto, -Host, X-Request-Id where the settings say so; the origin's own headers
 * Towards the caller
 *   dropped  headers named by Connection
 *   changed  Location, where it names an origin (RFC 9110, 10.2.2)
 *
 * The runtime itself drops Connection, Keep-Alive, TE, Trailer, Transfer-Encoding and a non-WebSocket Upgrade both
 * ways, and makes Host and Content-Length anew. Headers are changed in place: a copy would cost more than all the rest.
 */
import type { OriginSettings, Settings } from '../config/types.ts';
import { joinCookieLines } from '../core/cookies.ts';
import { canonicalName } from '../core/header-names.ts';

import { callerOf, namesOf, requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';

/** A Connection header that names no other. */
export function isPlainConnection(connection: string | null): boolean {
  return connection === null || connection === 'keep-alive' || connection === 'close';
}

/** Headers that this hop may not pass on because Connection names them. */
export function dropConnectionNamed(headers: Headers): void {
  const connection = headers.get('connection');
  if (connection === null || isPlainConnection(connection)) return;
  for (const name of connection.toLowerCase().split(',')) {
    const token = name.trim();
    if (/^(?!(?:upgrade|close|keep-alive)$)[\w!#$%&'*+.^`|~-]+$/.test(token)) headers.delete(token);
  }
}

/** What no hop passes on; `dropForeign` does the same, and more, in its one pass. */
export function dropHopHeaders(headers: Headers): void {
  dropConnectionNamed(headers);
  headers.delete('proxy-connection');
  headers.delete('expect');
}

/** What of a caller an origin is told: see the settings of these names. */
export type Told = Pick<Settings, 'forwardedHeaders' | 'requestId'>;

/** Makes the caller's headers into the origin's, in place. */
export function forwardPlainHeaders(headers: Headers, from: Context, told: Told): void {
  const { forwardedHeaders, requestId } = told;
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
}

/** Names by which proxies say who called, besides X-Forwarded-*. */
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
/** Cloudflare sets these itself; on plain workerd anybody can. */
const CLOUDFLARE_SAYS: ReadonlySet<string> = new Set([
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'true-client-ip',
]);

/** Of the hop to the gateway alone, or never to be believed (https://httpoxy.org). */
const STAYS: ReadonlySet<string> = new Set(['proxy', 'proxy-connection', 'proxy-authorization', 'expect']);

/**
 * Drops what is of this hop alone; and what a caller may not say: who called (of peers that are not trusted), and what
 * only the gateway says on this route. By family, and in any spelling that an origin may take for the same: CGI, WSGI
 * and Rack have one name for `X_Forwarded-For` and `X-Forwarded-For`. Proxies set the plain spelling and let the others
 * through, so that a trusted peer's odd ones are dropped too. One pass over all names; rejected: deleting every name of
 * a list, which costs more and misses the next one.
 */
export function dropForeign(headers: Headers, from: Context): void {
  for (const name of namesOf(from)) {
    if (name === 'cookie') joinCookieLines(headers);
    else if (name === 'connection') dropConnectionNamed(headers);
    const canonical = canonicalName(name);
    if (isClaimed(from.claimed, canonical) || isForged(canonical, canonical !== name, from))
      headers.delete(name);
  }
}

function isForged(name: string, oddlySpelt: boolean, { trusted, selfHosted }: Context): boolean {
  if (STAYS.has(name)) return true;
  if (trusted && !oddlySpelt) return false;
  return (
    name.startsWith('x-forwarded') ||
    SAY_WHO_CALLED.has(name) ||
    (selfHosted && CLOUDFLARE_SAYS.has(name)) ||
    (oddlySpelt && name === 'x-request-id')
  );
}

function isClaimed(claimed: Context['claimed'], name: string): boolean {
  for (const names of claimed) if (names.has(name)) return true;
  return false;
}

/** Drops other spellings of the headers that an origin's settings add, such as a shared secret. */
export function dropLikeOwn(headers: Headers, sent: Headers, own: OriginSettings['headers']): void {
  const names = new Set(own.map(([name]) => canonicalName(name)));
  for (const name of sent.keys()) if (names.has(canonicalName(name))) headers.delete(name);
}

/** Scheme and host of a Location, as far as browsers read them: "\\" is "/" to them. */
const NAMES_HOST = /^\s*(?:https?:)?[/\\]{2,}[^/\\?#]*/i;

/**
 * The path, with query and fragment and without the origin's base path, of a Location that names this origin; null for one that names
 * another place, or none. Scheme and host have no case (RFC 3986, 6.2.2.1), "//host/" takes the origin's scheme, and an origin that
 * believes itself behind TLS says https: all are the same place. What the origin wrote behind the host stays as it is.
 */
export function pathAtOrigin(location: string, { site, basePath }: OriginSettings): string | null {
  if (!NAMES_HOST.test(location) || !URL.canParse(location, site)) return null;
  const plain = (host: string): string => host.replace(/\.(?=:|$)/, '');
  if (plain(new URL(location, site).host) !== plain(new URL(site).host)) return null;
  const rest = location.replace(NAMES_HOST, '');
  const within = basePath !== '' && (rest === basePath || rest.startsWith(basePath + '/'));
  return within ? rest.slice(basePath.length) || '/' : rest;
}
