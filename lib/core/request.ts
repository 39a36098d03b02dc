/**
 * One request on its way through: made by the front door, filled in by the steps, read at the one exit.
 * Everything per-request lives here and dies with it; nothing of it is kept in the isolate.
 */
import type { Consumer, OriginSettings, RouteSettings, Settings } from '../config/types.ts';
import type { Refusal } from './errors.ts';
import type { HostOverride } from './feature.ts';
import { callerNetwork } from './ip.ts';
import type { Metrics } from './metrics.ts';
import { readHost } from './url-host.ts';
import { normalisePath } from './url-path.ts';

interface Upload {
  readonly readable: ReadableStream<Uint8Array>;
  /** When all of it had been sent, in ms since 1970; Infinity until then. */
  readonly doneAt: number;
  readonly stop: AbortController;
}

/** Where a request stands in a trace: W3C's words, whatever headers carried them. */
export interface TraceSpan {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits: the gateway's own. */
  readonly spanId: string;
  /** The caller's span; null where the trace begins here. */
  readonly parentId: string | null;
  readonly sampled: boolean;
}

/** What happened to an attempt, as far as the platform tells. */
export type Failure =
  'dns' | 'dns_or_tls' | 'tls' | 'refused' | 'refused_or_reset' | 'reset' | 'timeout' | 'status';

/** An attempt that failed. */
export interface FailedAttempt {
  /** The origin's name. */
  readonly origin: string;
  readonly error: Failure;
  /** Undefined where no response came. */
  readonly status: number | undefined;
}

export interface CacheUse {
  /** Kong's words: the cache had no part in it, had nothing, had it, or had it too old. */
  status: 'Bypass' | 'Miss' | 'Hit' | 'Refresh';
  /** 64 hex digits; null where the request is none that is cached. */
  readonly key: string | null;
  /** Of a hit, in seconds. */
  readonly age: number;
}

/** Who called. */
export interface Caller {
  /** Address of whoever connected, as the platform tells it; "" where it tells none. */
  readonly peer: string;
  /** The caller's address: the peer's, or what a trusted peer says. */
  readonly client: string;
}

/** How an isolate reads what only some requests need: one record for all of them, kept in each context. */
export interface Reader {
  /** Null in a file that carries none. */
  readonly hostOverride: HostOverride | null;
  readonly caller: (request: Request) => Caller;
  /** How many bits of IPv6 addresses tell callers apart; null for the default. */
  readonly ipv6Prefix: number | null;
  /** 32 hex digits, or what a trusted caller sent. */
  readonly id: (context: Context) => string;
}

/** Fields of a body that was read. */
export interface BodyFields {
  /** A string, null for something that is none, false for several, undefined for nothing. */
  readonly get: (name: string) => string | null | false | undefined;
  /** The body without the fields of these names. */
  readonly without: (names: readonly string[]) => ArrayBuffer;
}

export interface Context {
  readonly request: Request;
  /** The request's own, as the caller sent them; read here, for each `request.headers` goes through the runtime. */
  readonly headers: Headers;
  /** Upper case, as the platform hands it over. */
  readonly method: string;
  /** `https` too where a trusted peer says so. */
  readonly scheme: 'http' | 'https';
  /**
   * In small letters, as punycode, without the root's dot, with its port if it was sent with one. Under the Kong
   * profiles as sent: Kong tells "API.example" from "api.example".
   */
  readonly host: string;
  /**
   * As `fetch` sends it: in ASCII, dot segments resolved, all other bytes as they came. What is compared is
   * `normalPath`.
   */
  readonly path: string;
  /** With its "?"; "" for none. */
  readonly query: string;
  /** Why this request is not taken: its host or its path can be read in two ways. Null for all others. */
  readonly unreadable: Refusal | null;
  /** Plain workerd, not Cloudflare: nobody has looked at the Host header before. */
  readonly selfHosted: boolean;
  /** The peer is one of trustedProxies: its X-Forwarded-* count. */
  readonly trusted: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The settings under a Kong profile, null under the plain one. */
  readonly kong: Settings | null;
  /** Makes the caller's headers into the origin's, in place: as the profile of `compat` has them. */
  readonly forward: (headers: Headers, context: Context) => void;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly reader: Reader;

  /** Read on first use, by the functions below; null until then. */
  names: readonly string[] | null;
  normalPath: string | null;
  caller: Caller | null;
  id: string | null;

  route: RouteSettings | null;
  /** The text that the route's path matched; "" where it matched none. */
  matchedPath: string;
  /** What the route's regular expression found; null where it has none. */
  captures: RegExpExecArray | null;

  consumer: Consumer | null;
  /** Id of the credential that was shown; null for anonymous. */
  credentialId: string | null;
  anonymous: boolean;
  /** The query as the origin gets it: without the key, where it is hidden. */
  originQuery: string;
  /** The method that the origin gets. */
  originMethod: string;
  /** The path that the origin gets, behind its own base path; null for what route and request make of it. */
  originPath: string | null;
  /**
   * Sets of names that only the gateway may say on this route, as `canonicalName` spells them: a caller's are
   * dropped.
   */
  readonly claimed: ReadonlySet<string>[];
  /** Fields of a body in which a key may stand; null where it was not read. */
  fields: BodyFields | null;
  /** What admission adds to (value) or removes from (null) the origin's request headers; lower-case names. */
  originHeaders: [name: string, value: string | null][];
  /** The body where it had to be read, re-encoded if a key was cut out of it. */
  body: ArrayBuffer | null;
  /**
   * What is sent as the body in place of the request's stream, such as the same stream, counted; null for the request's
   * own.
   */
  stream: ReadableStream<Uint8Array> | null;
  /** Why a body was stopped on its way: what the caller is told. */
  stopped: Refusal | null;
  /** The body where it is watched on its way. */
  upload: Upload | null;
  /** The id that `correlationId` ties the records of a request together by; null where it has none. */
  correlationId: string | null;
  /** Null where the request is not traced. */
  span: TraceSpan | null;
  /** What the cache did for the request; null where it was not asked. */
  cache: CacheUse | null;
  /** Rate-limit headers of the answer. */
  answerHeaders: [name: string, value: string][];

  /** Milliseconds since 1970; 0 where it did not come to that. */
  admittedAt: number;
  sentAt: number;
  answeredAt: number;
  attempts: number;
  /** Those that failed and are not the answer; null where none did. */
  failed: readonly FailedAttempt[] | null;
  /** The origin that answered; null for the gateway itself. */
  origin: OriginSettings | null;
  /** Index of the pool that was asked; -1 for none. */
  pool: number;

  /** W3C traceparent for the origin; null where the caller sent no valid one, or nobody logs it. */
  trace: string | null;
  /** Null where nobody may look at them. */
  readonly metrics: Metrics | null;
}

/** The path in the one form in which paths are compared, counted and hashed (url-path.ts). */
export function normalPathOf(context: Pick<Context, 'path' | 'normalPath'>): string {
  return (context.normalPath ??= normalisePath(context.path));
}

/**
 * Names of the headers that the caller sent, in small letters. They are all gone through before an origin is asked: so
 * whoever looks for a header that is seldom there asks this list, and not the runtime, which costs two thousand
 * instructions each time.
 */
export function namesOf(context: Context): readonly string[] {
  return (context.names ??= [...context.headers.keys()]);
}

export function callerOf(context: Context): Caller {
  return (context.caller ??= context.reader.caller(context.request));
}

/**
 * Who the caller counts as, where callers are counted, hashed or told apart by address: every spelling of one is
 * the same.
 */
export function callerNetworkOf(context: Context): string {
  const { peer, client } = callerOf(context);
  // A trusted proxy's callers may well share a network: a load balancer of one site sees the hosts of its own.
  return callerNetwork(client, context.reader.ipv6Prefix ?? (client === peer ? 64 : 128));
}

/** The request's id: 32 hex digits, or what a trusted caller sent. */
export function requestIdOf(context: Context): string {
  return (context.id ??= context.reader.id(context));
}

/**
 * The host by which the caller knows the gateway: what a trusted peer says, else the request's own. For what the
 * caller is told; routes go by `host`.
 */
export function publicHostOf({ trusted, headers, host }: Context): string {
  const forwarded = trusted ? headers.get('x-forwarded-host') : null;
  return (forwarded === null ? null : readHost(forwarded.split(',')[0]!.trim())) ?? host;
}

/** The version of HTTP that the caller spoke, such as "1.1" or "2"; where the platform says nothing, 1.1. */
export function protocolOf(request: Request): string {
  const { cf } = request as { cf?: unknown } as { cf?: { httpProtocol?: string } };
  return cf?.httpProtocol?.replace('HTTP/', '') ?? '1.1';
}
