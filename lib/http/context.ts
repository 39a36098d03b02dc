/**
 * What is to be known of a request first: its parts, cut once, and who sent it.
 *
 * Reads no header that it need not: each costs as much as all the rest here. What is seldom wanted is read where it
 * is wanted (core/request.ts).
 */
import type { Parts, Trust } from '../core/feature.ts';
import type { Context, Reader } from '../core/request.ts';
import { refuse } from '../core/errors.ts';
import { formatAddress, parseAddress, PLAIN_IPV4 } from '../core/ip.ts';
import { readHost } from '../core/url-host.ts';
import { readPath } from '../core/url-path.ts';
import type { Runtime } from '../core/runtime.ts';
import type { Settings } from '../config/types.ts';
import type { State } from './state.ts';

/** What is used of the platform's FetchEvent. */
interface Arrival {
  readonly request: Request;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** How this isolate reads requests. */
export interface ContextReader extends Reader {
  readonly trust: Trust | null;
  /** Whether this is plain workerd: there the platform tells the peer's address in `cf`. */
  readonly selfHosted: (request: Request) => boolean;
}

/** An IPv4 peer, on a socket for both kinds too: to parse and write it anew would cost a tenth of a whole request. */
const PLAIN_PEER = new RegExp(`^(?:\\[::ffff:)?(${PLAIN_IPV4})\\]?:\\d+$`);

type PlatformRequest = Request & { readonly cf?: { readonly clientIp?: string } };

/**
 * Cloudflare sets CF-Connecting-IP, which nobody can forge there. Plain workerd passes a forged one on, but tells
 * the peer's "address:port" in `cf.clientIp`, which Cloudflare never sets. The first request shows which this is:
 * to parse Cloudflare's `cf`, two kilobytes of JSON, each time would be waste. On a socket for both kinds IPv4
 * peers are "[::ffff:10.0.0.1]:80": they are told, limited and hashed as on any other.
 */
export function createReader(settings: Settings, parts: Parts, runtime: Runtime): ContextReader {
  const trust = parts.trust?.(settings) ?? null;
  let tellsPeer: boolean | null = null;
  const selfHosted = (request: Request): boolean =>
    (tellsPeer ??= (request as PlatformRequest).cf?.clientIp !== undefined);
  function peerOf(request: Request): string {
    if (!selfHosted(request)) return request.headers.get('cf-connecting-ip') ?? '';
    const told = (request as PlatformRequest).cf?.clientIp ?? '';
    const plain = PLAIN_PEER.exec(told);
    if (plain !== null) return plain[1]!;
    const address = parseAddress(told);
    return address === null ? told : formatAddress(address);
  }
  return {
    trust,
    hostOverride: parts.hostOverride ?? null,
    selfHosted,
    caller(request) {
      const peer = peerOf(request);
      const client = trust?.includes(peer) ? trust.client(peer, request.headers) : peer;
      return { peer, client };
    },
    ipv6Prefix: settings.ipv6Prefix ?? (settings.compat === null ? null : 128),
    id: ({ trusted, headers }) => (trusted ? trust!.id(headers) : null) ?? runtime.id(),
  };
}

/** The request as a context. `request.url` is always absolute. */
export function openContext(event: Arrival, state: State, runtime: Runtime): Context {
  const { request } = event;
  const { headers } = request;
  const { settings, reader, metrics } = state;
  const kong = settings.compat === null ? null : settings;
  const { url } = request;
  const hostAt = url.indexOf('//') + 2;
  const pathAt = url.indexOf('/', hostAt);
  // "OPTIONS *": plain workerd puts the asterisk behind the host.
  const sent = pathAt < 0 ? url.slice(hostAt).replace(/\*$/, '') : url.slice(hostAt, pathAt);
  const host = kong ? readKongHost(headers.get('host') ?? sent) : readHost(sent);
  const target = pathAt < 0 ? '/' : readPath(url.slice(pathAt), kong === null);
  const [path, query] = splitQuery(target ?? '/');
  const caller = reader.trust === null ? null : reader.caller(request);
  const trusted = caller !== null && reader.trust!.includes(caller.peer);
  const secure = (trusted ? reader.trust!.secure(headers) : null) ?? url.startsWith('https:');
  // One literal with everything that the steps fill in: spreading a second one into it cost one per cent of a whole
  // request, and getters for what is read on first use 2 µs.
  return {
    request,
    headers,
    method: request.method,
    scheme: secure ? 'https' : 'http',
    host: host ?? '',
    path,
    query,
    unreadable: host === null || target === null ? UNREADABLE : null,
    selfHosted: reader.selfHosted(request),
    trusted,
    startedAt: runtime.now(),
    kong,
    forward: state.forward,
    waitUntil: (work) => event.waitUntil(work),
    reader,
    names: null,
    normalPath: null,
    caller,
    id: null,
    route: null,
    matchedPath: '',
    captures: null,
    consumer: null,
    credentialId: null,
    anonymous: false,
    originQuery: query,
    originMethod: request.method,
    originPath: null,
    claimed: [],
    fields: null,
    originHeaders: [],
    body: null,
    stream: null,
    stopped: null,
    upload: null,
    correlationId: null,
    span: null,
    cache: null,
    answerHeaders: [],
    admittedAt: 0,
    sentAt: 0,
    answeredAt: 0,
    attempts: 0,
    failed: null,
    origin: null,
    pool: -1,
    trace: null,
    metrics,
  };
}

const UNREADABLE = refuse('bad_request', 400, 'Bad request');

/** Kong compares and forwards hosts as they were sent. What is longer than any host is none. */
const readKongHost = (sent: string): string | null => (sent.length > 260 ? null : sent);

function splitQuery(target: string): [path: string, query: string] {
  const queryAt = target.indexOf('?');
  return queryAt < 0 ? [target, ''] : [target.slice(0, queryAt), target.slice(queryAt)];
}
