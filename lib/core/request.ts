/**
 * One request on its way through: made by the front door, filled in by the steps, read at the one exit.
 * Everything per-request lives here and dies with it; nothing of it is kept in the isolate.
 */
import type { Consumer, OriginSettings, RouteSettings, Settings } from '../config/types.ts';
import type { Refusal } from './errors.ts';
import type { Metrics } from './metrics.ts';

export interface Upload {
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

export interface CacheUse {
  /** Kong's words: the cache had no part in it, had nothing, had it, or had it too old. */
  status: 'Bypass' | 'Miss' | 'Hit' | 'Refresh';
  /** 64 hex digits; null where the request is none that is cached. */
  readonly key: string | null;
  /** Of a hit, in seconds. */
  readonly age: number;
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
  /** `https://api.example.com/v1/a?b=c` in four pieces, cut once. The query has its "?"; "" for none. */
  readonly scheme: 'http' | 'https';
  /** The Host header as sent, port included. */
  readonly host: string;
  readonly path: string;
  readonly query: string;
  /** Address of whoever connected, as the platform tells it; "" where it tells none. */
  readonly peerIp: string;
  /** The caller's address: the peer's, or what a trusted peer says. */
  readonly clientIp: string;
  /** Plain workerd, not Cloudflare: nobody has looked at the Host header before. */
  readonly selfHosted: boolean;
  /** The peer is one of trustedProxies: its X-Forwarded-* count. */
  readonly trusted: boolean;
  /** 32 hex digits, or what a trusted caller sent. */
  readonly id: string;
  readonly startedAt: number;
  /** The settings under a Kong profile, null under the plain one. */
  readonly kong: Settings | null;
  /** Makes the caller's headers into the origin's, in place: as the profile of `compat` has them. */
  readonly forward: (headers: Headers, context: Context) => void;
  readonly waitUntil: (work: Promise<unknown>) => void;

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
  /** Sets of names that only the gateway may say on this route, as `canonicalName` spells them: a caller's are dropped. */
  readonly claimed: ReadonlySet<string>[];
  /** Fields of a body in which a key may stand; null where it was not read. */
  fields: BodyFields | null;
  /** What admission adds to (value) or removes from (null) the origin's request headers; lower-case names. */
  originHeaders: [name: string, value: string | null][];
  /** The body where it had to be read, re-encoded if a key was cut out of it. */
  body: ArrayBuffer | null;
  /** What is sent as the body in place of the request's stream, such as the same stream, counted; null for the request's own. */
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
  /** The origin that answered; null for the gateway itself. */
  origin: OriginSettings | null;
  /** Index of the pool that was asked; -1 for none. */
  pool: number;

  /** W3C traceparent for the origin; null where the caller sent no valid one. */
  readonly trace: string | null;
  /** Null where nobody may look at them. */
  readonly metrics: Metrics | null;
}
