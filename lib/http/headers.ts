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

export interface Forwarded {
  readonly scheme: string;
  readonly host: string;
  readonly clientIp: string;
  readonly peerIp: string;
  /** The peer's own X-Forwarded-* count. */
  readonly trusted: boolean;
  readonly id: string;
}

export function dropHopHeaders(headers: Headers): void {
  dropConnectionNamed(headers);
  headers.delete('proxy-connection');
  headers.delete('expect');
}

/** Makes the caller's headers into the origin's, in place, once those of the hop are gone. */
export function forwardPlainHeaders(headers: Headers, from: Forwarded): void {
  headers.delete('proxy-authorization');
  const before = from.trusted ? headers.get('x-forwarded-for') : null;
  headers.set('x-forwarded-for', before === null ? from.peerIp : `${before}, ${from.peerIp}`);
  if (!from.trusted) {
    headers.delete('forwarded');
    headers.delete('x-real-ip');
  }
  if (!from.trusted || !headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', from.scheme);
  if (!from.trusted || !headers.has('x-forwarded-host')) headers.set('x-forwarded-host', from.host);
  headers.set('x-request-id', from.id);
}

/**
 * A Location that names the origin's site becomes the same place on the public one; every other is left alone.
 * The base path is cut, as callers' paths are without it.
 */
export function rewriteLocation(headers: Headers, site: string, basePath: string, publicSite: string): void {
  const location = headers.get('location');
  if (location === null || !location.startsWith(site)) return;
  const rest = location.slice(site.length);
  if (rest !== '' && !/^[/?#]/.test(rest)) return;
  const within = basePath !== '' && (rest === basePath || rest.startsWith(basePath + '/'));
  headers.set('location', publicSite + (within ? rest.slice(basePath.length) || '/' : rest));
}
