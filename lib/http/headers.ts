/**
 * What crosses the gateway and what stays on its hop. Everything not named here crosses unchanged.
 *
 * Towards the origin
 *   dropped  headers named by Connection (RFC 9110, 7.6.1), Proxy-Connection, Expect, Proxy-Authorization (RFC 9110, 11.7.2: meant
 *            for this hop), Forwarded, X-Real-IP and X-Forwarded-* of peers that are not trusted, identity headers that admission did not set
 *   set      X-Forwarded-For, -Proto, -Host, X-Request-Id, the origin's own headers
 * Towards the caller
 *   dropped  headers named by Connection
 *   changed  Location, where it names an origin (RFC 9110, 10.2.2)
 *
 * The runtime itself drops Connection, Keep-Alive, TE, Trailer, Transfer-Encoding and a non-WebSocket Upgrade both ways, and makes
 * Host and Content-Length anew. Headers are changed in place: a copy would cost more than all the rest.
 */

import type { OriginSettings } from '../config/types.ts';
import { callerOf, requestIdOf } from '../core/request.ts';
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

export function dropHopHeaders(headers: Headers): void {
  dropConnectionNamed(headers);
  headers.delete('proxy-connection');
  headers.delete('expect');
}

/** Makes the caller's headers into the origin's, in place, once those of the hop are gone. */
export function forwardPlainHeaders(headers: Headers, from: Context): void {
  headers.delete('proxy-authorization');
  const { peer } = callerOf(from);
  const before = from.trusted ? headers.get('x-forwarded-for') : null;
  headers.set('x-forwarded-for', before === null ? peer : `${before}, ${peer}`);
  if (!from.trusted) {
    headers.delete('forwarded');
    headers.delete('x-real-ip');
  }
  if (!from.trusted || !headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', from.scheme);
  if (!from.trusted || !headers.has('x-forwarded-host')) headers.set('x-forwarded-host', from.host);
  headers.set('x-request-id', requestIdOf(from));
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
