/**
 * The operator's page: every setting, its unit, its default and its trade-off, where it is set.
 *
 * `Config` is what a person writes; `Settings` is what check-config.ts makes of it once, at start-up:
 * every default filled in, every name resolved to an index, frozen. No other file sees a `Config`,
 * so no default can be applied twice or forgotten.
 */

// ---- what a person writes -------------------------------------------------------------------

export interface Config {
  /** The tutorial's list: shorthand for `pools.default = { origins }`. With no routes, everything goes there. */
  origins?: (string | Origin)[];
  /** Interchangeable origins, by name. */
  pools?: Record<string, Pool>;
  /** Which request goes to which pool. Kong's ranking decides among them, not their order. */
  routes?: Route[];
  /** Who may call. Default `false`: everybody. A route may set its own. */
  auth?: Auth | false;
  /** Which browser callers may read the answer. Default: any origin, as in the tutorial. */
  cors?: Cors | false;
  /** How much one caller may send. Default `false`. Counted per isolate. */
  rateLimit?: RateLimit | false;
  /** The tutorial's response headers. Default: all of them; the Kong importer writes `false`. */
  responseHeaders?: ResponseHeaders | false;
  /** Callers known without asking anybody. Digests of their keys, never the keys. */
  consumers?: Consumer[];
  /** Limits of single consumers, by id, in place of `rateLimit`; a route's own `consumerLimits` go before. */
  consumerLimits?: Record<string, RateLimit>;
  /** What single consumers, by id, get in place of an origin's answer; a route's own `consumerResponses` go before. */
  consumerResponses?: Record<string, RespondWith>;
  /** Peers (CIDR) whose X-Forwarded-* headers are believed. Default: nobody's. */
  trustedProxies?: string[];
  /** Wording, status and format of the gateway's own answers. Left out: small JSON. */
  compat?: 'kong-3' | 'kong-2018';
  /** The operator's page and metrics, behind a token. Default `false`. */
  status?: { path: string; token: string } | false;
  /** What isolates share through a companion, dist/shared.js, that a service binding SHARED names. Default `false`: each is on its own. */
  shared?: Shared | false;
  /** One JSON line a request: none, those that failed, or all. Default "off". Keys can't appear in it. */
  log?: 'off' | 'errors' | 'all';
  /** What the origin is told of the caller: X-Forwarded-For alone, -Proto and -Host too, or nothing. Default "for". */
  forwardedHeaders?: 'for' | 'all' | 'none';
  /** X-Request-Id to caller and origin. Default: only where `log` or `status` is on. */
  requestId?: boolean;
  /** Server-Timing on every answer: auth, pick, origin, total, attempts. Default: where `status` or `log` is on; it costs 3 % of a request. */
  serverTiming?: boolean;
  /** A Location that names an origin is rewritten to the public host. Default `true`; the Kong importer writes `false`. */
  rewriteLocation?: boolean;
  /** Fail-open for GET and HEAD: an exception in the gateway sends the request to the zone's own origin, past auth. Default `false`. */
  passThroughOnException?: boolean;
  /** Kong's router flavor: how routes that match alike are ranked. Default "traditional_compatible", Kong 3's. */
  routerFlavor?: 'traditional_compatible' | 'traditional';
  /** What kong.conf said where callers or origins can see it. Only the kong profiles of `compat` read it. */
  kong?: KongConf;
}

/** What kong.conf said; each meaning begins with the name that the setting has there. */
export interface KongConf {
  /** `headers`: which of Server, Via and X-Kong-* callers get: a list of names, `true` for all but X-Kong-Upstream-Status, `false` for none. Default `true`. */
  headers?: boolean | readonly string[];
  /** `headers_upstream`: false tells origins no X-Kong-Request-Id. Default `true`. */
  upstreamRequestId?: boolean;
  /** `real_ip_header`: where a trusted proxy says who called. Default "X-Real-IP". */
  realIpHeader?: string;
  /** `real_ip_recursive`: of a list of addresses `true` takes the last that is no trusted proxy's, `false` the last. Default `false`. */
  realIpRecursive?: boolean;
  /** `port_maps`: the port that callers use, by the port that the gateway listens on. Default: the same. */
  portMaps?: Record<string, number>;
  /** `nginx_http_charset`: texts whose origin names no charset are said to be UTF-8. Default `true`. */
  charset?: boolean;
  /** `error_default_type`: the format of errors while proxying, where the caller names none. Default "text/plain". */
  errorType?: string;
}

export interface Origin {
  /** Scheme, host, port and an optional base path. */
  url: string;
  /** How it appears in headers, logs and metrics. Default: its URL. */
  name?: string;
  /** Share of traffic relative to its peers. Default 1; 0 drains it. */
  weight?: number;
  /** Failover level. Default 0; higher levels are used only when all lower ones are out. */
  priority?: number;
  /** Set on every request to it, e.g. a shared secret. */
  headers?: Record<string, string>;
  /** The Host it is asked under instead of its own; its port stays. Own zone only, as preserveHost. */
  hostHeader?: string;
  /** Latitude and longitude: the adaptive policy's first guess of distance before any measurement. */
  location?: [latitude: number, longitude: number];
}

export interface Shared {
  /**
   * Rate limits over all isolates. "exact": no window passes more than its limit. "loose": a caller's first requests in an isolate and window
   * pass unasked; for very many callers. Default "exact".
   */
  limits?: 'exact' | 'loose' | false;
  /**
   * Limits while the companion can't be asked. "local": an equal share of what was left; "open": all pass; "closed": none. Default "local".
   */
  onFailure?: 'local' | 'open' | 'closed';
  /** How long an answer of the companion is waited for, in ms. Default 300. */
  timeoutMs?: number;
  /** Objects that the companion's limits are spread over, by caller; one answers about 1000 messages a second. Default 1. */
  shards?: number;
  /** `POST {status.path}/forget` reaches every isolate within two polls. Default { pollSeconds: 5 }. */
  revocations?: { pollSeconds?: number } | false;
  /**
   * Good verdicts on keys in the data centre's cache, for new isolates; the secret proves that they are the gateway's own. At least 16 characters;
   * needs `revocations`, and a domain of one's own. Default `false`.
   */
  verdicts?: { secret: string } | false;
  /** `GET {status.path}/metrics?all`: the sums of all isolates, which each sends so often. Default `false`. */
  metrics?: { everySeconds?: number } | false;
}
export interface Pool {
  /** The servers: URLs, or records with more to say. */
  origins: (string | Origin)[];
  /** Who is asked; docs/balancing.md says which policy when. Default "adaptive". "race" is the tutorial: ask all, the first good answer wins. */
  balance?: Balance;
  /** consistent-hash: what the ring hashes. Default "ip". */
  hashOn?: HashOn;
  /** consistent-hash: what it hashes where `hashOn` yields nothing. Default: nothing, the empty text. */
  hashFallback?: HashOn;
  /** least-load: a number in the body (JSON pointer) or in a header, asked every `intervalSeconds` (default 5). */
  load?: { path: string; pointer?: string; header?: string; intervalSeconds?: number };
  /** One attempt, until its response headers, in ms, counted from when a body has been sent. Default 10000. */
  timeoutMs?: number;
  /** All attempts together, in ms, counted likewise. Default 30000. */
  totalTimeoutMs?: number;
  /** Further attempts after the first. Default 2. */
  retries?: number;
  /** What makes an attempt count as failed. Default ["unreachable", "timeout", 500, 502, 503, 504]. */
  retryOn?: ('unreachable' | 'timeout' | number)[];
  /** Retries may add at most this share of requests, in percent, and a hundred at once. Default 20. */
  retryBudgetPercent?: number;
  /** A second copy of a slow safe request. Default { afterMs: "silent", budgetPercent: 3 }. */
  hedge?: { afterMs?: number | 'silent'; budgetPercent?: number } | false;
  /** A cheap path that every origin answers. With it the adaptive policy may probe when it knows nothing. Default `false`. */
  probe?: { path: string; method?: 'GET' | 'HEAD'; timeoutMs?: number } | false;
  /** Passive ejection. Default { consecutiveFailures: 3, ejectSeconds: 2, maxEjectSeconds: 24 }. */
  outlier?: Outlier | false;
  /** Active checks; they ride on requests, since no timer outlives one. Default `false`. */
  health?: Health | false;
  /** May a request with an Idempotency-Key header be sent again? Default `true`: the caller who sends it says so. */
  idempotencyKey?: boolean;
  /**
   * A retry may ask an origin that has just failed: at once with consistent-hash, else when all others have failed too.
   * Kong's way. Default `false`: consistent-hash goes on to the next of the ring, and nobody is asked again after a timeout.
   */
  retrySame?: boolean;
  /** The pool refuses with 503 unless more than this share of its weight, in percent, is usable. Default: never. */
  threshold?: number;
}
export interface Outlier {
  /** Failures in a row that take an origin out. Default 3. */
  consecutiveFailures?: number;
  /** How long it is out the first time; twice as long each time after. Default 2. */
  ejectSeconds?: number;
  /** At most this long, and a fifth. Default 24: back within half a minute of its recovery. */
  maxEjectSeconds?: number;
  /** What counts, each once. Default: all failures; those without any answer count threefold, 429 and 503 not at all. */
  on?: ('unreachable' | 'timeout' | number)[];
  /** With `on`: how many of these alone are enough. Default: consecutiveFailures. */
  unreachableFailures?: number;
  /** The same for timeouts. */
  timeoutFailures?: number;
  /** Good answers do not clear the count. Default `false`. */
  cumulative?: boolean;
}
export type Balance =
  | 'adaptive'
  | 'race'
  | 'least-load'
  | 'round-robin'
  | 'least-connections'
  | 'latency'
  | 'consistent-hash'
  | 'random';
export type HashOn =
  | 'consumer'
  | 'ip'
  | 'path'
  | { header: string }
  | { query: string }
  | { cookie: string; path?: string }
  | { uriCapture: string };
export interface Health {
  /** Asked with GET, without anything of a caller. */
  path: string;
  /** The time between two checks of an origin. Default 10. */
  intervalSeconds?: number;
  /** A check that takes longer is bad. Default 2000. */
  timeoutMs?: number;
  /** Healthy statuses. Default: 200 to 399. */
  statuses?: number[];
  /** Good checks in a row that bring an origin back. Default 2. */
  healthyAfter?: number;
  /** Bad checks in a row that take it out. Default 3. */
  unhealthyAfter?: number;
}

export interface Route {
  /** How it appears in logs and metrics. Default: its place in the list. */
  name?: string;
  /** Exact, `*.example.com` or `example.*`, with or without a port. Default: all. */
  hosts?: string[];
  /** A prefix, or "~" and a regular expression. Default: all. */
  paths?: string[];
  /** In capitals. Default: all. */
  methods?: string[];
  /** Every header named must be present with one of its values; a single value that starts with "~*" is a regular expression. */
  headers?: Record<string, string[]>;
  /** Decides among routes whose regular expressions match alike; higher first. Default 0. */
  regexPriority?: number;
  /** A pool by name. Default: the one called "default"; where there is none, the route answers 503. */
  pool?: string;
  /** An unnamed pool of its own, in place of `pool`. */
  origins?: (string | Origin)[];
  /** Kong's service path: put in front of what remains of the request's path. Default "/". */
  basePath?: string;
  /** Cut the matched prefix. Default `false`; the importer writes Kong's `true`. */
  stripPath?: boolean;
  /**
   * The outgoing URL keeps the caller's host and cf.resolveOverride names the origin (own zone only). Default `false`. Plain workerd
   * connects to the host itself: there it is kept only on routes whose `hosts` end in no wildcard, and its port only if they or the
   * origin have it (any port under the Kong profiles, as Kong does).
   */
  preserveHost?: boolean;
  /** How base path and rest meet, as Kong calls it. Default "v0". */
  pathHandling?: 'v0' | 'v1';
  /** ["https"] refuses or redirects plain http. Default both. */
  protocols?: ('http' | 'https')[];
  /** What plain http gets where only https is taken: 426 (default), or a redirect by 301, 302, 307 or 308. */
  httpsRedirectStatus?: number;
  /** In place of the general one; `false` asks for no key. */
  auth?: Auth | false;
  /** In place of the general one; `false` sends no CORS headers. */
  cors?: Cors | false;
  /** In place of the general one; `false` lifts it. */
  rateLimit?: RateLimit | false;
  /** In place of the general one; `false` adds none. */
  responseHeaders?: ResponseHeaders | false;
  /** Sends this share of callers, in percent, to another pool; the same caller always to the same. `header`: its value "always" or "never" decides alone. */
  canary?: { pool: string; percent: number; header?: string };
  /** Copies this share of GET and HEAD requests, in percent, to another pool after answering; compares, counts and logs what differs. */
  shadow?: { pool: string; percent: number; ignoreHeaders?: string[] };
  /** The id that Kong's ranking falls back to among equals; the importer writes it. Default: the name. */
  id?: string;
  /** Limits of single consumers on this route, by id, in place of `rateLimit`. */
  consumerLimits?: Record<string, RateLimit>;
  /** This response in place of an origin's, after key and limit. Default: the origin is asked. */
  respondWith?: RespondWith | false;
  /** What single consumers, by id, get on this route, in place of `respondWith`. */
  consumerResponses?: Record<string, RespondWith>;
}

export interface RespondWith {
  /** From 200 to 599. Default 503. */
  status?: number;
  /** The body is {"message": …}. Default "Service unavailable" where the status is 503 and there is no `body`, else no body. */
  message?: string;
  /** The body as it is, in place of `message`. */
  body?: string;
  /** The Content-Type of `body`. Default: none. */
  contentType?: string;
  /** Further headers. Default: none. */
  headers?: Record<string, string>;
  /** Only requests that have a header or a query argument of this name get it. Default: all. */
  trigger?: string;
}

export interface Auth {
  /** What the header, argument or field with the key is called. Default ["apikey"]. */
  keyNames?: string[];
  /** Where to look, in this order. Default ["header", "query"]. */
  keyIn?: ('header' | 'query' | 'body')[];
  /** Remove the key before forwarding. Default `true`; the importer writes Kong's own value. */
  hideCredentials?: boolean;
  /** A consumer's id or username that stands for callers without a good key. Default: they are refused. */
  anonymous?: string;
  /** Ask OPTIONS requests for a key too. Default `true`; a preflight that CORS answers is never asked. */
  runOnPreflight?: boolean;
  /** Named in WWW-Authenticate. Default: none. */
  realm?: string;
  /** Who says whether a key is good. Without it, only `consumers` do. */
  verify?: Verify;
  /** How long verdicts of `verify` live, and how many. */
  cache?: VerdictCache;
}
export interface Verify {
  /** Where to ask. "{key}" in it is replaced, encoded; without "{key}" the key travels in `keyHeader`. */
  url: string;
  /** How to ask; a POST has no body. Default "GET". */
  method?: 'GET' | 'POST';
  /** The header that carries the key where the URL does not. Default: the first of `keyNames`. */
  keyHeader?: string;
  /** Sent with each question, e.g. the gateway's own secret. */
  headers?: Record<string, string>;
  /** An answer that takes longer is no verdict. Default 2000. */
  timeoutMs?: number;
  /** JSON pointer: a 200's body decides, true is good. Without it 200 is good, 401, 403 and 404 bad, all else no verdict. */
  field?: string;
  /** JSON pointers into a good verdict's body: who the consumer is. */
  consumer?: { id?: string; username?: string; customId?: string };
  /** Header name -> JSON pointer: what the origin is told of a good verdict. */
  upstreamHeaders?: Record<string, string>;
}
export interface VerdictCache {
  /** How long a good verdict lives. Default 60. The verifier's Cache-Control max-age and no-store win. */
  ttlSeconds?: number;
  /** How long a bad verdict lives. Default 10. */
  negativeTtlSeconds?: number;
  /** How long a key known to be good goes on working while the verifier gives no verdict. Default 600. */
  staleSeconds?: number;
  /** How many good keys are remembered. Default 100000. Bad ones have room of their own, a quarter of that, and push no good one out. */
  maxEntries?: number;
}
export interface Consumer {
  /** Unique; told to origins as X-Consumer-ID. */
  id: string;
  /** Told to origins as X-Consumer-Username. */
  username?: string;
  /** Told to origins as X-Consumer-Custom-ID. */
  customId?: string;
  /** Keys by their SHA-256, as `npm run hash-key` makes them; `ttlSeconds` counts from an isolate's first request, default for ever. */
  credentials: { id?: string; sha256: string; ttlSeconds?: number }[];
}

export interface Cors {
  /** Who may read: origins as they are, or regular expressions as Kong reads them. Default: any. */
  origins?: string[];
  /** Told to preflights. Default: the nine that Kong names. */
  methods?: string[];
  /** Told to preflights. Default: those they ask for. */
  headers?: string[];
  /** Response headers that scripts may read beyond the safe few. Default: none. */
  exposedHeaders?: string[];
  /** May cookies come along? Default `false`. */
  credentials?: boolean;
  /** How long browsers may remember a preflight, in seconds. Default: they decide. */
  maxAge?: number;
  /** Hand preflights to the origin. Default `false`. */
  preflightContinue?: boolean;
  /** Allow pages of the public web to call into a private network. Default `false`. */
  privateNetwork?: boolean;
  /** Send the headers to callers without an Origin header too. Default `true`. */
  allowOriginAbsent?: boolean;
}
export interface RateLimit {
  /** Requests a second. */
  second?: number;
  /** Requests a minute. */
  minute?: number;
  /** Requests an hour. */
  hour?: number;
  /** Requests a day. */
  day?: number;
  /** Requests a month. */
  month?: number;
  /** Requests a year. */
  year?: number;
  /** Whose count it is. Default "consumer"; without an identity, the caller's address. */
  by?: 'consumer' | 'credential' | 'ip' | 'path' | 'service' | { header: string } | { path: string };
  /** Leave RateLimit-* and X-RateLimit-* out of answers. Default `false`. */
  hideHeaders?: boolean;
  /** What a refusal says. Default "API rate limit exceeded". */
  message?: string;
  /** Status of a refusal. Default 429. */
  status?: number;
  /** Limits of one scope share a count. Default: a count for each limit written; the general one is one for all its routes. */
  scope?: string;
}
/** Response headers of the tutorial. A string is the header's name, or for cacheControl its value where the origin sent none. */
export interface ResponseHeaders {
  /** Name of the header that names the origin. Default "Origin". */
  origin?: string | false;
  /** Name of the header with the caller's country. Default "Country". */
  country?: string | false;
  /** Value where the origin sent none. Default "max-age=3", on routes that ask for a key "private, max-age=3". */
  cacheControl?: string | false;
  /** The version call; `false` makes none. */
  version?: Version | false;
}
/** Default: the tutorial's JSON-RPC call. */
export interface Version {
  /** The response header. Default "Version". */
  header?: string;
  /** Where origins are asked. Default "/". */
  path?: string;
  /** How they are asked. Default "POST". */
  method?: string;
  /** What is sent with it. Default: the tutorial's JSON-RPC call login_api.get_version. */
  body?: string;
  /** JSON pointer into the answer. Default: the whole answer. */
  field?: string;
  /** Asked again after so long. Default 60. */
  ttlSeconds?: number;
}

// ---- what the gateway works with ------------------------------------------------------------

export interface Settings {
  readonly pools: readonly PoolSettings[];
  readonly routes: readonly RouteSettings[];
  readonly consumers: readonly Consumer[];
  /** By consumer id. */
  readonly consumerLimits: Readonly<Record<string, RateLimitSettings>> | null;
  /** By consumer id. */
  readonly consumerResponses: ReadonlyMap<string, FixedResponse> | null;
  readonly trustedProxies: readonly string[];
  readonly compat: 'kong-3' | 'kong-2018' | null;
  readonly status: { readonly path: string; readonly token: string } | null;
  readonly shared: SharedSettings | null;
  readonly log: 'off' | 'errors' | 'all';
  readonly forwardedHeaders: 'for' | 'all' | 'none';
  readonly requestId: boolean;
  readonly serverTiming: boolean;
  readonly rewriteLocation: boolean;
  readonly passThroughOnException: boolean;
  readonly routerFlavor: 'traditional_compatible' | 'traditional';
  readonly kong: KongSettings;
  /** True where no routes were written: the tutorial's shape, whose one route takes everything. */
  readonly tutorial: boolean;
  /** What answers that match no route carry. */
  readonly cors: CorsSettings | null;
  readonly responseHeaders: ResponseHeadersSettings | null;
}

export type KongSettings = Required<Omit<KongConf, 'portMaps'>> & {
  readonly portMaps: Readonly<Record<string, number>>;
};

export interface OriginSettings {
  readonly name: string;
  /** Scheme, host and port, without a slash at the end: `https://api.example.com:8443`. */
  readonly site: string;
  /** Host and port as a Host header has them. */
  readonly host: string;
  /** The base path without a slash at the end; "" for none. */
  readonly basePath: string;
  readonly weight: number;
  readonly priority: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly location: readonly [number, number] | null;
  /** Host and port that it is asked under; null for its own. */
  readonly hostHeader: string | null;
}
export interface SharedSettings {
  /** Null: each isolate counts for itself. */
  readonly limits: 'exact' | 'loose' | null;
  readonly onFailure: 'local' | 'open' | 'closed';
  readonly timeoutMs: number;
  readonly shards: number;
  readonly revocations: { readonly pollSeconds: number } | null;
  readonly verdicts: { readonly secret: string } | null;
  readonly metrics: { readonly everySeconds: number } | null;
}
export interface PoolSettings {
  readonly name: string;
  readonly origins: readonly OriginSettings[];
  readonly balance: Balance;
  readonly hashOn: HashOn;
  readonly hashFallback: HashOn | null;
  readonly load: {
    readonly path: string;
    readonly pointer: string | null;
    readonly header: string | null;
    readonly intervalSeconds: number;
  } | null;
  readonly timeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly retries: number;
  readonly retryOn: {
    readonly unreachable: boolean;
    readonly timeout: boolean;
    readonly statuses: readonly number[];
  };
  readonly retryBudgetPercent: number;
  /** Off is a budget of nothing. */
  readonly hedge: { readonly afterMs: number | 'silent'; readonly budgetPercent: number };
  readonly probe: {
    readonly path: string;
    readonly method: 'GET' | 'HEAD';
    readonly timeoutMs: number;
  } | null;
  /** Off is a count that is never reached. */
  readonly outlier: OutlierSettings;
  readonly health:
    (Required<Omit<Health, 'statuses'>> & { readonly statuses: readonly number[] | null }) | null;
  readonly idempotencyKey: boolean;
  readonly retrySame: boolean;
  /** Percent; -1 for never. */
  readonly threshold: number;
}
export interface OutlierSettings {
  readonly consecutiveFailures: number;
  readonly ejectSeconds: number;
  readonly maxEjectSeconds: number;
  /** Null: the blame rules decide. */
  readonly on: {
    readonly unreachable: boolean;
    readonly timeout: boolean;
    readonly statuses: readonly number[];
  } | null;
  /** Null: as consecutiveFailures. */
  readonly unreachableFailures: number | null;
  readonly timeoutFailures: number | null;
  readonly cumulative: boolean;
}
export interface RouteSettings {
  readonly name: string;
  readonly id: string;
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly (readonly [string, readonly string[]])[];
  readonly regexPriority: number;
  /** Index into Settings.pools; -1 where the route has none (Kong: a route without a service). */
  readonly pool: number;
  readonly basePath: string;
  readonly stripPath: boolean;
  readonly preserveHost: boolean;
  readonly pathHandling: 'v0' | 'v1';
  readonly protocols: readonly ('http' | 'https')[];
  readonly httpsRedirectStatus: number;
  readonly auth: AuthSettings | null;
  readonly cors: CorsSettings | null;
  readonly rateLimit: RateLimitSettings | null;
  /** By consumer id. */
  readonly consumerLimits: Readonly<Record<string, RateLimitSettings>> | null;
  /** By consumer id. */
  readonly consumerResponses: ReadonlyMap<string, FixedResponse> | null;
  readonly respondWith: FixedResponse | null;
  readonly responseHeaders: ResponseHeadersSettings | null;
  readonly canary: { readonly pool: number; readonly percent: number; readonly header: string | null } | null;
  readonly shadow: {
    readonly pool: number;
    readonly percent: number;
    readonly ignoreHeaders: readonly string[];
  } | null;
}
export interface FixedResponse {
  readonly status: number;
  /** "" for no body. */
  readonly text: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly trigger: string | null;
}
export interface AuthSettings {
  readonly keyNames: readonly string[];
  readonly keyIn: readonly ('header' | 'query' | 'body')[];
  readonly hideCredentials: boolean;
  readonly anonymous: string | null;
  readonly runOnPreflight: boolean;
  readonly realm: string | null;
  readonly verify: VerifySettings | null;
  readonly cache: Required<VerdictCache>;
}
export interface VerifySettings {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly keyHeader: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly timeoutMs: number;
  readonly field: string | null;
  readonly consumer: {
    readonly id: string | null;
    readonly username: string | null;
    readonly customId: string | null;
  };
  readonly upstreamHeaders: readonly (readonly [string, string])[];
}
export interface CorsSettings {
  /** Empty: any. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** Null: echo what the preflight asks for. */
  readonly headers: readonly string[] | null;
  readonly exposedHeaders: readonly string[];
  readonly credentials: boolean;
  readonly maxAge: number | null;
  readonly preflightContinue: boolean;
  readonly privateNetwork: boolean;
  readonly allowOriginAbsent: boolean;
}
export interface RateLimitSettings {
  /** [seconds in the window's name order, limit]: only the windows that are set. */
  readonly windows: readonly { readonly period: Period; readonly limit: number }[];
  readonly by:
    | 'consumer'
    | 'credential'
    | 'ip'
    | 'path'
    | 'service'
    | { readonly header: string }
    | { readonly path: string };
  readonly hideHeaders: boolean;
  readonly message: string;
  readonly status: number;
  /** Names the counter: routes with the same scope share it. */
  readonly scope: string;
}
export type Period = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year';
export interface ResponseHeadersSettings {
  readonly origin: string | null;
  readonly country: string | null;
  readonly cacheControl: string | null;
  readonly version: VersionSettings | null;
}
export interface VersionSettings {
  readonly header: string;
  readonly path: string;
  readonly method: string;
  readonly body: string | null;
  readonly field: string | null;
  readonly ttlSeconds: number;
}
