/**
 * What a feature is: rows of the schema and the hooks by which it takes part in a request.
 *
 * lib/features.ts and lib/features-full.ts list them, in Kong's order of plug-in priority; no other file names one. A
 * route's hooks are joined once, when the script starts: a request runs through those that its route uses and meets no
 * condition of any other.
 */
import type { FeatureRows } from '../config/rows.ts';
import type { OriginSettings, RateLimitSettings, RouteSettings, Settings } from '../config/types.ts';
import type { Refusal } from './errors.ts';
import type { Metrics } from './metrics.ts';
import type { Context } from './request.ts';
import type { Runtime } from './runtime.ts';

export type MaybePromise<T> = T | Promise<T>;

/**
 * One step of a request before an origin is asked: null lets it go on, anything else is the answer. What a step changes
 * about the request stands in the context.
 */
export type Step = (context: Context) => MaybePromise<Response | Refusal | null>;

/** An answer on its way out. */
export interface Exit {
  readonly status: number;
  /** Why the gateway refused; null for an answer. */
  readonly reason: Refusal['reason'] | null;
  /** The answer as it stands. */
  readonly response: Response;
  /** Its headers, to be read. */
  readonly headers: Headers;
  /** The same, to be changed: the answer is copied on the first use, since those of a fetch are immutable. */
  readonly change: () => Headers;
  /**
   * Sends this in place of the answer: with another status or body. What was changed before is lost, unless it is taken
   * over.
   */
  readonly replace: (response: Response) => void;
}

/** Changes the answer on its way out, or takes note of it. */
export type Finish = (context: Context, exit: Exit) => void;

export interface LimitResult {
  readonly allowed: boolean;
  readonly headers: [string, string][];
}
/** Counts a request of this identity, if it may pass; a refusal where that cannot be said. */
export type Limiter = (
  limit: RateLimitSettings,
  identity: string,
  context: Context,
) => MaybePromise<LimitResult | Refusal>;

/** A good verdict on a key, as isolates of a data centre share it. */
export interface TierEntry {
  readonly text: string;
  /** When the verifier was asked, and until when the verdict holds; in ms since 1970. */
  readonly askedAt: number;
  readonly until: number;
}
/** Nothing here throws. `terms` tell one verifier's verdicts from another's. */
export interface VerdictTier {
  /** An entry that still holds and was asked for after the key was last revoked; null for none. */
  readonly read: (terms: string, digest: string) => Promise<TierEntry | null>;
  readonly write: (terms: string, digest: string, entry: TierEntry) => Promise<void>;
}

/** What a feature does for a route; null where it has no part in it. A null route stands for requests that match none. */
export interface Hooks {
  /** Answers before a route is looked for: the operator's page. What it answers leaves as it is. */
  readonly early?: ((context: Context) => MaybePromise<Response> | null) | undefined;
  /** Answers a CORS preflight. */
  readonly preflight?: ((route: RouteSettings) => Step | null) | undefined;
  /** May this request come in, and what is the origin told? Runs in the order of the features. */
  readonly admit?: ((route: RouteSettings) => Step | null) | undefined;
  /** An answer in place of an origin's; after all that admit. */
  readonly answer?: ((route: RouteSettings) => Step | null) | undefined;
  /** Which pool a request goes to, in place of the route's: an index into `settings.pools`. */
  readonly pool?: ((route: RouteSettings) => ((context: Context) => number) | null) | undefined;
  /** Takes note of an origin's answer as it came, before anything is changed about it. */
  readonly received?:
    ((route: RouteSettings) => ((context: Context, response: Response) => void) | null) | undefined;
  readonly finish?: ((route: RouteSettings | null) => Finish | null) | undefined;
  /** Whether `finish` adds to every answer of an origin. */
  readonly adds?: ((route: RouteSettings) => boolean) | undefined;
  /** Figures for the operator at `now`, in ms since 1970. */
  readonly report?: ((now: number) => Record<string, unknown>) | undefined;
  /** Drops what is known of the key with this SHA-256, or of all keys; returns how many verdicts that were. */
  readonly forget?: ((digest: string | null) => number) | undefined;
  /** Tells other isolates to forget the same; false where that failed. */
  readonly revoke?: ((digest: string | null) => Promise<boolean>) | undefined;
  /** Asked before a verifier is. */
  readonly verdictTier?: VerdictTier | undefined;
  /** What all isolates have counted, for Prometheus; null where that can't be had. */
  readonly allMetrics?: (() => Promise<string | null>) | undefined;
  /** Counts against a rate limit, in place of this isolate alone. */
  readonly limiter?: Limiter | undefined;
  /** Makes the caller's headers into the origin's, in place of the plain ones. */
  readonly forward?: ((headers: Headers, context: Context) => void) | undefined;
  /** The response to a refusal, in place of the plain one. */
  readonly refusal?: ((refusal: Refusal, context: Context) => Response) | undefined;
}

/** Asks a regular expression about a path: null for no match, a refusal where it cannot be asked. */
export type PathPattern = (path: string) => RegExpExecArray | null | Refusal;
/** Asks a route's condition about a request's headers. */
export type HeaderCondition = (headers: Headers) => boolean | Refusal;

/** Conditions of routes beyond hosts, prefixes and methods. */
export interface Patterns {
  /** A path's regular expression, and what every path that it matches begins with. */
  readonly path: (source: string) => { readonly prefix: string; readonly match: PathPattern };
  readonly header: (name: string, values: readonly string[]) => HeaderCondition;
  /** Whether an entry of CORS origins takes a text: a whole origin, or a host. */
  readonly origin: (source: string) => (text: string) => boolean;
}

/** What the router found for a request. */
export interface Match {
  readonly route: RouteSettings;
  /** The path that matched, as it is configured; "" where the route has none. */
  readonly path: string;
  /** The part of the request's path that it matched, normalised; "" where the route has none. */
  readonly matchedPath: string;
  /** What its regular expression found; null where it has none. */
  readonly captures: RegExpExecArray | null;
}
/** From a request to its route, and from the caller's paths to the origin's and back. */
export interface Routing {
  /** Null for no route; a refusal where a better-ranked one than any that matches could not be asked. */
  readonly match: (context: Context) => Match | Refusal | null;
  /** The origin's path, without its query. */
  readonly originPath: (context: Context) => string;
  /** A path at the origin, with query and fragment, as the route's callers know it. */
  readonly publicPath: (path: string, context: Context) => string;
}

/** Whose X-Forwarded-* are believed, and how they are read. */
export interface Trust {
  readonly includes: (peer: string) => boolean;
  /** The caller's address; `peer` is trusted. */
  readonly client: (peer: string, headers: Headers) => string;
  /** Whether the caller's own connection was encrypted; null where the peer does not say. */
  readonly secure: (headers: Headers) => boolean | null;
  /** The id that a trusted peer gave the request; null where it gave none. */
  readonly id: (headers: Headers) => string | null;
}

/** What to fetch in place of the origin's own URL. */
export interface NamedTarget {
  readonly url: string;
  readonly cf: { readonly resolveOverride: string };
}
/** Requests under a Host that is not the origin's own. */
export interface HostOverride {
  /** What to fetch; null where the origin goes by its own name. `tail` is path and query. */
  readonly target: (context: Context, origin: OriginSettings, tail: string) => NamedTarget | null;
  /** Where it is the caller who says which server is asked: what becomes of that tells nothing of the origin. */
  readonly isElsewhere: (context: Context) => boolean;
}

/**
 * Parts of the gateway's own work that only some files carry. What a file does not carry, its configuration cannot ask
 * for.
 */
export interface Parts {
  readonly patterns?: Patterns;
  /** Without it there is one route, which takes everything. */
  readonly routing?: (settings: Settings, patterns: Patterns | null) => Routing;
  /** Null where nobody may look at them. */
  readonly metrics?: (settings: Settings) => Metrics | null;
  /** Whose count a request goes to, beyond who calls. */
  readonly limitKey?: (by: RateLimitSettings['by'], context: Context) => string | null;
  /** Null where the settings trust no one. */
  readonly trust?: (settings: Settings) => Trust | null;
  readonly hostOverride?: HostOverride;
}

/** What features share in an isolate. */
export interface Isolate {
  readonly settings: Settings;
  readonly runtime: Runtime;
  /** Null where nobody may look at them. */
  readonly metrics: Metrics | null;
  readonly parts: Parts;
  /** Of all features, in their order; complete once all have started. */
  readonly hooks: readonly Hooks[];
}

/** `State` is what the isolate remembers as a whole; most features need no more than an Isolate. */
export interface Feature<State extends Isolate = Isolate> {
  /** As the docs call it: "key-auth". */
  readonly name: string;
  /** A file built for a configuration carries it wherever one of these features is used, too. */
  readonly beside?: readonly string[];
  /** Its rows of the table of settings: a function, so that a bundler drops them where the feature is not built in. */
  readonly rows?: () => FeatureRows;
  /** Once, when the script starts. What the feature remembers lives in the closure of its hooks. */
  readonly start?: (isolate: State) => Hooks;
  readonly parts?: Parts;
}

/** What a route's requests run through. */
export interface RoutePlan {
  readonly preflight: readonly Step[];
  /** Those that admit, then those that answer. */
  readonly steps: readonly Step[];
  readonly received: readonly ((context: Context, response: Response) => void)[];
  readonly finish: readonly Finish[];
  /** Every answer of an origin is added to. */
  readonly adds: boolean;
  readonly pool: ((context: Context) => number) | null;
}

/** Joins what the features do for a route. */
export function planOf(hooks: readonly Hooks[], route: RouteSettings | null): RoutePlan {
  const join = <T>(one: (hook: Hooks) => T | null | undefined): T[] =>
    hooks.flatMap((hook) => one(hook) ?? []);
  if (route === null)
    return {
      preflight: [],
      steps: [],
      received: [],
      finish: join((hook) => hook.finish?.(null)),
      adds: false,
      pool: null,
    };
  return {
    preflight: join((hook) => hook.preflight?.(route)),
    steps: [...join((hook) => hook.admit?.(route)), ...join((hook) => hook.answer?.(route))],
    received: join((hook) => hook.received?.(route)),
    finish: join((hook) => hook.finish?.(route)),
    adds: hooks.some((hook) => hook.adds?.(route)),
    pool: join((hook) => hook.pool?.(route))[0] ?? null,
  };
}

/**
 * The first answer among the steps from `at` on; null where all let the request go on. Nothing is awaited that is there
 * already.
 */
export function runSteps(
  context: Context,
  steps: readonly Step[],
  at = 0,
): MaybePromise<Response | Refusal | null> {
  for (let i = at; i < steps.length; i++) {
    const answer = steps[i]!(context);
    if (answer instanceof Promise) return answer.then((given) => given ?? runSteps(context, steps, i + 1));
    if (answer !== null) return answer;
  }
  return null;
}
