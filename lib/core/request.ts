/**
 * The context of one request: created when it arrives, filled in by the steps, read when the response is finished.
 * All per-request state is here and ends with the request; the isolate keeps none of it.
 */
import type { Consumer, OriginSettings, RouteSettings, Settings } from '../config/types.ts';
import type { Refusal } from './errors.ts';
import type { DnsErrors, HostOverride } from './feature.ts';
import { canonicalName } from './header-names.ts';
import { callerNetwork, formatAddress, parseAddress, PLAIN_IPV4 } from './ip.ts';
import type { Metrics } from './metrics.ts';
import { readHost } from './url-host.ts';
import { normalisePath } from './url-path.ts';

interface Upload {
  readonly readable: ReadableStream<Uint8Array>;
  /** When the whole body had been sent, in ms since 1970; Infinity until then. */
  readonly doneAt: number;
  readonly stop: AbortController;
}

/** The request's place in a trace, in W3C's terms, whichever headers carried it. */
export interface TraceSpan {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits: the gateway's own span. */
  readonly spanId: string;
  /** The caller's span; null if the trace starts here. */
  readonly parentId: string | null;
  readonly sampled: boolean;
}

/** How an attempt failed, as far as the platform reports it. */
export type Failure =
  | 'dns'
  | 'dns_or_tls'
  | 'tls'
  | 'refused'
  | 'refused_or_reset'
  | 'reset'
  | 'timeout'
  | 'status';

/** An attempt that failed. */
export interface FailedAttempt {
  /** The origin's name. */
  readonly origin: string;
  readonly error: Failure;
  /** Undefined if there was no response. */
  readonly status: number | undefined;
}

export interface CacheUse {
  /** Kong's terms: not cacheable, not in the cache, served from it, or found stale. */
  status: 'Bypass' | 'Miss' | 'Hit' | 'Refresh';
  /** 64 hex digits; null if the request is not cacheable. */
  key: string | null;
  /** The age of an entry, in seconds. */
  age: number;
}

/** The caller's addresses. */
export interface Caller {
  /** The address of the connection, as the platform reports it; "" if it reports none. */
  readonly peer: string;
  /** The caller's address: the peer's, or the one that a trusted peer forwarded. */
  readonly client: string;
}

/** Reads what only some requests need: one record per isolate, referenced by each context. */
export interface Reader {
  /** Null in a build that does not include it. */
  readonly hostOverride: HostOverride | null;
  /** Null outside Kong's profiles. */
  readonly dnsErrors: DnsErrors | null;
  /** How many bits of an IPv6 address identify a caller; null for the default. */
  readonly ipv6Prefix: number | null;
  /** 32 hex digits, or the id that a trusted caller sent. */
  readonly id: (context: Context) => string;
}

/** The fields of a parsed body. */
export interface BodyFields {
  /** The values of a field, null for one that is no string; several if the field occurs more than once. */
  readonly valuesOf: (name: string) => readonly (string | null)[];
  /** The body without the fields of these names. */
  readonly without: (names: readonly string[]) => ArrayBuffer;
}

export interface Context {
  readonly request: Request;
  /** The caller's headers as sent; stored here, since each access to `request.headers` goes through the runtime. */
  readonly headers: Headers;
  /** Upper case, as the platform delivers it. */
  readonly method: string;
  /** Also `https` if a trusted peer says so. */
  readonly scheme: 'http' | 'https';
  /**
   * Lower case, punycode, without a trailing dot, with its port if it was sent with one. As sent under the Kong
   * profiles: Kong distinguishes "API.example" from "api.example".
   */
  readonly host: string;
  /**
   * As `fetch` sends it: in ASCII, dot segments resolved, all other bytes as sent. Comparisons use `normalPath`.
   */
  readonly path: string;
  /** With its "?"; "" if absent. */
  readonly query: string;
  /** The refusal of a request whose host or path is invalid or ambiguous; null for all others. */
  readonly unreadable: Refusal | null;
  /** Plain workerd, not Cloudflare: the Host header has not been checked by the platform. */
  readonly selfHosted: boolean;
  /** The peer is one of trustedProxies: its X-Forwarded-* are used. */
  readonly trusted: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The settings under a Kong profile, null under the plain one. */
  readonly kong: Settings | null;
  /** Turns the caller's headers into the origin's, in place, according to the profile of `compat`. */
  readonly forward: (headers: Headers, context: Context) => void;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly reader: Reader;

  /** Computed on first use, by the functions below; null until then. */
  names: readonly string[] | null;
  normalPath: string | null;
  caller: Caller | null;
  id: string | null;

  route: RouteSettings | null;
  /** The part of the path that the route's path matched; "" if the route has none. */
  matchedPath: string;
  /** The captures of the route's regular expression; null if it has none. */
  captures: RegExpExecArray | null;

  consumer: Consumer | null;
  /** Id of the credential used; null for anonymous. */
  credentialId: string | null;
  anonymous: boolean;
  /** The query sent to the origin: without the key if credentials are hidden. */
  originQuery: string;
  /** The method sent to the origin. */
  originMethod: string;
  /** The path sent to the origin, after its base path; null for the one derived from route and request. */
  originPath: string | null;
  /**
   * Sets of header names that only the gateway may set on this route, in `canonicalName`'s spelling: a caller's are
   * dropped.
   */
  readonly claimed: ReadonlySet<string>[];
  /** The body's fields, if it was read to look for a key; else null. */
  fields: BodyFields | null;
  /** Headers that admission adds to (value) or removes from (null) the origin's request; lower-case names. */
  originHeaders: [name: string, value: string | null][];
  /** The body if it was buffered, re-encoded if a key was removed from it; else null. */
  body: ArrayBuffer | null;
  /** The refusal sent to the caller if the body was stopped while it streamed. */
  stopped: Refusal | null;
  /** The body if it is tracked while it streams, or its bytes are counted; else null. */
  upload: Upload | null;
  /** The cost limits let it pass: the answer to any other request says nothing of them. */
  costsPassed: boolean;
  /** The id set by `correlationId`; null if the request has none. */
  correlationId: string | null;
  /** Null if the request is not traced. */
  span: TraceSpan | null;
  /** What the cache did for the request; null if it was not consulted. */
  cache: CacheUse | null;
  /** Headers that features add to the response, e.g. the rate limit's. */
  answerHeaders: [name: string, value: string][];

  /** Milliseconds since 1970; 0 if that step was not reached. */
  admittedAt: number;
  sentAt: number;
  answeredAt: number;
  attempts: number;
  /** Failed attempts other than the one whose response is sent; null if there are none. */
  failed: readonly FailedAttempt[] | null;
  /** The origin whose response is sent; null if it is the gateway's own. */
  origin: OriginSettings | null;
  /** Index of the pool used, the route's unless a feature has chosen another; -1 for none. */
  pool: number;

  /** W3C traceparent for the origin; null if the caller sent no valid one, or the log is off. */
  trace: string | null;
  /** Null if `status` is off. */
  readonly metrics: Metrics | null;
}

/** The normalised path, which is used for comparing, counting and hashing (url-path.ts). */
export function normalPathOf(context: Pick<Context, 'path' | 'normalPath'>): string {
  return (context.normalPath ??= normalisePath(context.path));
}

/**
 * Lower-case names of the headers that the caller sent. The list is needed before an origin is asked in any case, so
 * code that looks for a rare header should search it: a look-up in the runtime costs two thousand instructions.
 */
export function namesOf(context: Context): readonly string[] {
  return (context.names ??= [...context.headers.keys()]);
}

/** "Content-Length: 0" means no body, even if the request has a stream. */
export function hasBody({ request, headers }: Context): boolean {
  return request.body !== null && headers.get('content-length') !== '0';
}

/** A header as the origin would get it after the changes so far; null if absent. `name` is in lower case. */
export function headerNow({ headers, originHeaders, claimed }: Context, name: string): string | null {
  const changed = originHeaders.findLast(([other]) => other.toLowerCase() === name);
  if (changed !== undefined) return changed[1];
  return claimed.some((names) => names.has(canonicalName(name))) ? null : headers.get(name);
}

/** The caller of a request from a peer that is not trusted is the peer itself. */
export function callerOf(context: Context): Caller {
  if (context.caller !== null) return context.caller;
  const peer = peerOf(context.request, context.selfHosted);
  return (context.caller = { peer, client: peer });
}

export type PlatformRequest = Request & { readonly cf?: { readonly clientIp?: string } };

/** An IPv4 peer, also on a dual-stack socket: parsing and formatting it would cost a tenth of a whole request. */
const PLAIN_PEER = new RegExp(`^(?:\\[::ffff:)?(${PLAIN_IPV4})\\]?:\\d+$`);

/**
 * The address of the connection; "" if it is unknown. Cloudflare sets CF-Connecting-IP, which callers cannot forge
 * there. Plain workerd forwards a forged one, but reports the peer's "address:port" in `cf.clientIp`, which Cloudflare
 * never sets. On a dual-stack socket IPv4 peers are "[::ffff:10.0.0.1]:80": they are reported, limited and hashed as on
 * an IPv4 socket.
 */
export function peerOf(request: PlatformRequest, selfHosted: boolean): string {
  if (!selfHosted) return request.headers.get('cf-connecting-ip') ?? '';
  const sent = request.cf?.clientIp ?? '';
  const plain = PLAIN_PEER.exec(sent);
  if (plain !== null) return plain[1]!;
  const address = parseAddress(sent);
  return address === null ? sent : formatAddress(address);
}

/**
 * The caller's identity where callers are counted, hashed or distinguished by address: the same for every spelling of
 * an address.
 */
export function callerNetworkOf(context: Context): string {
  const { peer, client } = callerOf(context);
  // Different callers behind a trusted proxy may share a network, e.g. the hosts of a site behind its load balancer.
  return callerNetwork(client, context.reader.ipv6Prefix ?? (client === peer ? 64 : 128));
}

/** The request's id: 32 hex digits, or the id that a trusted caller sent. */
export function requestIdOf(context: Context): string {
  return (context.id ??= context.reader.id(context));
}

/**
 * The gateway's host as the caller knows it: a trusted peer's X-Forwarded-Host, else the request's own. For URLs sent
 * to the caller; routes match `host`.
 */
export function publicHostOf({ trusted, headers, host }: Context): string {
  const forwarded = trusted ? headers.get('x-forwarded-host') : null;
  return (forwarded === null ? null : readHost(forwarded.split(',')[0]!.trim())) ?? host;
}

/** The caller's HTTP version, such as "1.1" or "2"; "1.1" if the platform does not report it. */
export function protocolOf(request: Request): string {
  const { cf } = request as { cf?: unknown } as { cf?: { httpProtocol?: string } };
  return cf?.httpProtocol?.replace('HTTP/', '') ?? '1.1';
}
