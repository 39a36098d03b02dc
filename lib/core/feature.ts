/**
 * What a feature does: hooks that run while a request is processed, and parts of the core.
 *
 * lib/features.ts and lib/features-full.ts list the features, in Kong's order of plug-in priority; no other file names
 * one. A route's hooks are collected once, when the script starts: a request runs only the hooks that its route uses,
 * and features that it does not use cost not even a condition.
 */
import type {
  AuthSettings,
  OriginSettings,
  RateLimitSettings,
  RouteSettings,
  Settings,
} from '../config/types.ts';
import type { Refusal } from './errors.ts';
import type { Metrics } from './metrics.ts';
import type { Address } from './origin-address.ts';
import type { Context } from './request.ts';
import type { Runtime } from './runtime.ts';

export type MaybePromise<T> = T | Promise<T>;

/**
 * One step before the request is sent to an origin: null continues, anything else is the response. A step changes the
 * request through the context.
 */
export type Step = (context: Context) => MaybePromise<Response | Refusal | null>;

/** A response about to be sent to the caller. */
export interface Exit {
  readonly status: number;
  /** Why the gateway refused the request; null if it did not. */
  readonly reason: Refusal['reason'] | null;
  /** The response in its current state. */
  readonly response: Response;
  /** Its headers, for reading only. */
  readonly headers: Headers;
  /** Its headers, mutable: the first call copies the response, since the headers of a fetched one are immutable. */
  readonly change: () => Headers;
  /**
   * Sends this response instead, with another status or body. Earlier changes are lost unless they are copied to it.
   */
  readonly replace: (response: Response) => void;
}

/** Changes or records the response before it is sent. */
export type Finish = (context: Context, exit: Exit) => void;

export interface LimitResult {
  readonly allowed: boolean;
  readonly headers: [string, string][];
}
/** Counts a request of this identity if it is within the limit; a refusal if the limit cannot be checked. */
export type Limiter = (
  limit: RateLimitSettings,
  identity: string,
  context: Context,
) => MaybePromise<LimitResult | Refusal>;

/** A verdict on a key, as far as isolates share it: plain data. */
interface SharedVerdict {
  readonly good: boolean;
  /** Null: as the settings say. */
  readonly lifeSeconds: number | null;
}
/** A check of a key: `renews` a good verdict. */
interface KeyCheck {
  readonly auth: AuthSettings;
  readonly digest: string;
  readonly renews: boolean;
  readonly waitUntil: Context['waitUntil'];
}
/** Good verdicts of other isolates. */
export interface VerdictTier {
  /** The longest time, in ms, that it adds to a check. */
  readonly mostMs: number;
  /** Another isolate's verdict, or else the one of `ask`. Rejects only if `ask` does. */
  readonly ask: <V extends SharedVerdict>(check: KeyCheck, ask: () => Promise<V | null>) => Promise<V | null>;
}

/** The cached verdicts of one verifier, as other features see them. */
export interface VerdictStore {
  readonly good: { readonly entries: Map<string, unknown> };
  readonly bad: { readonly entries: Map<string, unknown> };
  readonly warm: Map<string, { readonly short: string }>;
  readonly flights: { readonly inFlight: Map<string, { forgotten: boolean }> };
}

/** Records for a log server or a collector; failed: refused, or not accepted in time; dropped: the queue was full. */
export interface SentRecords {
  sent: number;
  failed: number;
  dropped: number;
}
/** What single features add to the operator's report. */
export interface FeatureReport {
  /** Cached verdicts. */
  readonly keys?: { readonly good: number; readonly bad: number };
  readonly accessLog?: SentRecords;
  readonly trace?: SentRecords;
}

/** What a feature does for a route; a hook is null if it does nothing. A null route is for requests without a match. */
export interface Hooks {
  /** Responds before routing, e.g. the operator's page. The response is sent unchanged. */
  readonly early?: ((context: Context) => MaybePromise<Response> | null) | undefined;
  /** Answers a CORS preflight; runs before all `admit` hooks. */
  readonly preflight?: ((route: RouteSettings) => Step | null) | undefined;
  /** Decides whether the request may pass, and what the origin is sent. Runs in the order of the features. */
  readonly admit?: ((route: RouteSettings) => Step | null) | undefined;
  /** A response instead of an origin's; runs after all `admit` hooks. */
  readonly answer?: ((route: RouteSettings) => Step | null) | undefined;
  /** Records an origin's response as received, before anything is changed. */
  readonly received?:
    | ((route: RouteSettings) => ((context: Context, response: Response) => void) | null)
    | undefined;
  readonly finish?: ((route: RouteSettings | null) => Finish | null) | undefined;
  /** Whether `finish` adds headers to every response of an origin. */
  readonly adds?: ((route: RouteSettings) => boolean) | undefined;
  /** Figures for the operator. */
  readonly report?: (() => FeatureReport) | undefined;
  /** All caches of verdicts on keys. */
  readonly verdicts?: (() => readonly VerdictStore[]) | undefined;
  /** Drops the verdicts on the key with this SHA-256, or on all keys; returns how many were dropped. */
  readonly forget?: ((digest: string | null) => number) | undefined;
  /** Makes other isolates drop the same; false if that failed. */
  readonly revoke?: ((digest: string | null) => Promise<boolean>) | undefined;
  /** Consulted before the verifier. */
  readonly verdictTier?: VerdictTier | undefined;
  /** The counters of all isolates, in Prometheus's format; null if they are unavailable. */
  readonly allMetrics?: (() => Promise<string | null>) | undefined;
  /** Counts against a rate limit, in place of this isolate's own counters. */
  readonly limiter?: Limiter | undefined;
  /** Turns the caller's headers into the origin's, instead of the plain profile's function. */
  readonly forward?: ((headers: Headers, context: Context) => void) | undefined;
  /** The response to a refusal, instead of the plain profile's. */
  readonly refusal?: ((refusal: Refusal, context: Context) => Response) | undefined;
}

/** A route's conditions on headers, and the regular expression of one of its paths. */
export interface Conditions {
  /** What every matching path begins with. */
  readonly prefix: string;
  /** `match` completed; null for no match; a refusal if a string is too long to be tried. */
  readonly evaluate: (match: Match, path: string, headers: Headers) => Match | Refusal | null;
}

/** Conditions beyond hosts, prefixes and methods. */
export interface Patterns {
  /** The conditions of a route with this path, a string of bytes; null if it has none of these. */
  readonly conditions: (route: RouteSettings, path: string) => Conditions | null;
  /** Whether an entry of CORS origins matches a string: a whole origin, or a host. */
  readonly origin: (source: string) => (text: string) => boolean;
}

/** The sort keys of one of a route's paths, greater first; `path` is "" for a route without paths. */
export type RankKeys = (route: RouteSettings, path: string) => number[];

/** What the router found for a request. */
export interface Match {
  readonly route: RouteSettings;
  /** The path that matched, as configured; "" if the route has none. */
  readonly path: string;
  /** The part of the request's path that it matched, normalised; "" if the route has none. */
  readonly matchedPath: string;
  /** The captures of its regular expression; null if it has none. */
  readonly captures: RegExpExecArray | null;
}
/** Maps a request to its route, and callers' paths to the origin's and back. */
export interface Routing {
  /** Null for no route; a refusal if a route that ranks above every match could not be evaluated. */
  readonly match: (context: Context) => Match | Refusal | null;
  /** The origin's path, without its query. */
  readonly originPath: (context: Context) => string;
  /** The public form of a path at the origin, with query and fragment. */
  readonly publicPath: (path: string, context: Context) => string;
}

/** Which peers' X-Forwarded-* headers are trusted, and how they are read. */
export interface Trust {
  /** The caller's address; null if the peer is not trusted. */
  readonly client: (peer: string, headers: Headers) => string | null;
  /** Whether the caller's own connection was encrypted; null if the peer does not say. */
  readonly secure: (headers: Headers) => boolean | null;
  /** The request id that a trusted peer sent; null if it sent none. */
  readonly id: (headers: Headers) => string | null;
}

/** Requests with a Host other than the origin's own. */
export interface HostOverride {
  /** What to fetch; null to use the origin's own host name. `tail` is path and query. */
  readonly target: (context: Context, origin: OriginSettings, tail: string) => Address | null;
  /** Whether the caller's Host decides which server is asked: the outcome then says nothing about the origin. */
  readonly isElsewhere: (context: Context) => boolean;
}

/** Kong distinguishes origins whose name cannot be resolved from those that cannot be reached. */
export interface DnsErrors {
  /** The status that an error of `fetch` corresponds to; 0 for none. */
  readonly statusOf: (error: unknown, origin: OriginSettings) => number;
  /** The refusal for a request whose last attempt failed with that status; null if it failed for another reason. */
  readonly refusalOf: (status: number | undefined) => Refusal | null;
}

/**
 * Parts of the core that only some builds include. A build's configuration cannot use a part that it does not include.
 */
export interface Parts {
  readonly patterns?: Patterns;
  /** Null, like a build without it, if there is a single route, which matches everything and leaves paths unchanged. */
  readonly routing?: (settings: Settings, parts: Parts) => Routing | null;
  /** Kong's traditional order; always present where the settings ask for it. */
  readonly rankTraditionally?: RankKeys;
  /** Null if `status` is off. */
  readonly metrics?: (settings: Settings) => Metrics | null;
  /** The limit that the request's consumer has instead of its route's; null for none. */
  readonly consumerLimit?: (settings: Settings, context: Context) => RateLimitSettings | null;
  /** The counter that a request is counted in, for keys other than the caller's identity. */
  readonly limitKey?: (by: RateLimitSettings['by'], context: Context) => string | null;
  /** Null if the settings trust no proxy. */
  readonly trust?: (settings: Settings) => Trust | null;
  readonly hostOverride?: HostOverride;
  /** Hides a key under the name by which it was found. Always present under a Kong profile, like `dnsErrors`. */
  readonly hideAsKong?: (context: Context, name: string) => void;
  readonly dnsErrors?: DnsErrors;
}

/** What features share in an isolate. */
export interface Isolate {
  readonly settings: Settings;
  readonly runtime: Runtime;
  /** Null if `status` is off. */
  readonly metrics: Metrics | null;
  readonly parts: Parts;
  /** The hooks of all features, in their order; complete once all have started. */
  readonly hooks: readonly Hooks[];
}
