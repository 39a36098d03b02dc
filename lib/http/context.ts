/**
 * What is to be known of a request first: its parts, cut once, and who sent it.
 *
 * Reads a header or two: each costs as much as all the rest here. What is seldom wanted is read where it is wanted.
 */
import type { Context } from '../core/request.ts';
import { clientAddress } from './client-address.ts';
import { inNetworks } from '../core/ip.ts';
import type { Runtime } from '../core/runtime.ts';
import type { State } from './state.ts';
import { peersId, renewTraceparent } from './trace.ts';

/** What is used of the platform's FetchEvent. */
export interface Arrival {
  readonly request: Request;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** The request as a call. `request.url` is always absolute. */
export function openContext(event: Arrival, state: State, runtime: Runtime): Context {
  const { request } = event;
  const { headers } = request;
  const { settings, trustedProxies } = state;
  const kong = settings.compat === null ? null : settings;
  const peerIp = peerAddress(request, headers, state);
  const trusted = trustedProxies.length > 0 && inNetworks(trustedProxies, peerIp);
  const clientIp = trusted ? clientAddress(peerIp, headers, trustedProxies, kong) : peerIp;
  const id = (trusted && !kong ? peersId(headers.get('x-request-id')) : null) ?? runtime.id();
  // A hop that records no spans hands the trace on as it is, or the trace would name a span that nobody knows.
  const parent = settings.log === 'off' ? null : headers.get('traceparent');
  const trace = parent && renewTraceparent(parent, runtime.id().slice(16));
  return makeContext(
    event,
    request,
    headers,
    state,
    peerIp,
    clientIp,
    trusted,
    id,
    kong,
    trace,
    runtime.now(),
  );
}

/** One literal with everything that the steps fill in: spreading a second one into it cost one per cent of a whole request. */
function makeContext(
  event: Arrival,
  request: Request,
  headers: Headers,
  state: State,
  peerIp: string,
  clientIp: string,
  trusted: boolean,
  id: string,
  kong: Context['kong'],
  trace: string | null,
  startedAt: number,
): Context {
  const url = settledUrl(request.url);
  const hostAt = url.indexOf('//') + 2;
  const pathAt = url.indexOf('/', hostAt);
  const queryAt = url.indexOf('?', pathAt);
  const query = queryAt < 0 ? '' : url.slice(queryAt);
  const host = url.slice(hostAt, pathAt);
  const https = url.startsWith('https:') || (trusted && headers.get('x-forwarded-proto') === 'https');
  // prettier-ignore
  return {
    request, headers, method: request.method, scheme: https ? 'https' : 'http',
    // Kong compares and forwards hosts as they were sent.
    host: kong ? (headers.get('host') ?? host) : ODD_HOST.test(host) ? plainHost(host) : host,
    path: queryAt < 0 ? url.slice(pathAt) : url.slice(pathAt, queryAt),
    query, peerIp, clientIp, trusted, selfHosted: state.tellsPeer === true, id, startedAt, kong, trace,
    metrics: state.metrics, forward: state.forward,
    waitUntil: (work) => event.waitUntil(work),
    route: null, matchedPath: '', captures: null, consumer: null, credentialId: null, anonymous: false,
    originQuery: query, claimed: [], fields: null, originMethod: request.method, originPath: null, originHeaders: [],
    body: null, stream: null, stopped: null, upload: null, correlationId: null, span: null, cache: null, answerHeaders: [],
    admittedAt: 0, sentAt: 0, answeredAt: 0, attempts: 0, origin: null, pool: -1,
  };
}

/**
 * What the URL standard reads its own way: "\" is "/", "#" ends, control characters and spaces vanish, dot segments resolve.
 */
const ODD = /[\\#\0-\x20]|\/(?:\.|%2e)/i;

const ODD_HOST = /[A-Z]|\.(?::|$)/;

/** In small letters, without the root's dot: as Cloudflare writes hosts, and plain workerd does not. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.(?=:\d*$|$)/, '');
}

/**
 * The URL as `fetch` will read it; the host is left alone, so that parsing cannot fail. workerd hands such paths over as they came: if a
 * route were chosen by another reading than the origin's, "/public/..\private", "/private#/../public" and "/private//../public" would get
 * past a key, and "/../x" out of an origin's base path.
 */
function settledUrl(url: string): string {
  const pathAt = url.indexOf('/', url.indexOf('//') + 2);
  // "OPTIONS *": plain workerd puts the asterisk behind the host.
  if (pathAt < 0) return url.replace(/\*?$/, '/');
  if (!ODD.test(url)) return url;
  const { pathname, search } = new URL('http://h' + url.slice(pathAt));
  return url.slice(0, pathAt) + pathname + search;
}

/**
 * Cloudflare sets CF-Connecting-IP, which nobody can forge there.
 *
 * Plain workerd passes a forged one on, but tells the peer's "address:port" in `cf.clientIp`, which Cloudflare never sets. The first
 * request shows which this is: to parse Cloudflare's `cf`, two kilobytes of JSON, each time would be waste. On a socket for both kinds
 * IPv4 peers are "[::ffff:10.0.0.1]:80": they are told, limited and hashed as on any other.
 */
function peerAddress(request: Request, headers: Headers, state: State): string {
  if (state.tellsPeer !== false) {
    const peer = (request as { cf?: { clientIp?: string } }).cf?.clientIp;
    state.tellsPeer = peer !== undefined;
    if (peer !== undefined)
      return peer.slice(0, peer.lastIndexOf(':')).replace(/^\[(?:::ffff:(?=[\d.]+\]))?|\]$/g, '');
  }
  return headers.get('cf-connecting-ip') ?? '';
}
