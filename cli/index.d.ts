/** The configuration of edge-gateway, made by `npm run docs` from the table of settings. */

/** Gives the configuration back: it is there for editors, which complete and check what is written in it. */
export declare function defineConfig(config: Config): Config;

export interface Config {
  /** For editors: where the JSON Schema of the configuration is. */
  $schema?: string;
  /** What origins get of the caller: X-Forwarded-For only, -Proto and -Host too, or nothing. Under `compat` as in Kong. */
  forwardedHeaders?: 'for' | 'all' | 'none';
  /** IPv6 addresses with so many leading bits in common are one caller to limits and hashing. Default: 64; 128 under `compat` and for addresses that trusted proxies report. */
  ipv6Prefix?: number;
  /** Rewrite a Location that names an origin to the public host. The Kong importer writes `false`. */
  rewriteLocation?: boolean;
  /** Fail-open for GET and HEAD: an exception in the gateway sends the request to the zone's own origin, past auth. */
  passThroughOnException?: boolean;
  /** The tutorial's list: shorthand for `pools.default = { origins }`. With no routes, everything goes there. */
  origins?: (string | Origin)[];
  /** Interchangeable origins, by name. */
  pools?: {
    [k: string]: Pool;
  };
  /** Which requests go to which pool. Kong's ranking decides among them, not their order. */
  routes?: Route[];
  /** Require a JSON Web Token. Default `false`. A route may set its own. */
  jwt?: Jwt | false;
  /** Require an API key. Default `false`. A route may set its own. */
  auth?: Auth | false;
  /** Known callers and their credentials. */
  consumers?: Consumer[];
  /** Require a user name and password (RFC 7617). Default `false`. A route may set its own. */
  basicAuth?: BasicAuth | false;
  /** Require requests signed by HMAC. Default `false`. A route may set its own. */
  hmacAuth?: HmacAuth | false;
  /** How many requests a caller may send. Default `false`: unlimited. Counted per isolate. */
  rateLimit?: RateLimit | false;
  /** Limits of single consumers, by id, which override `rateLimit`; `consumerLimits` of a route override these. */
  consumerLimits?: {
    [k: string]: RateLimit;
  };
  /** What isolates share through a companion (dist/shared.js) behind the service binding SHARED. Default `false`: nothing. */
  shared?: Shared | false;
  /** Which sites' scripts may read responses. Default `false`: CORS is left to the origin. `{}` is the tutorial's: any site, without credentials. */
  cors?: Cors | false;
  /** The tutorial's response headers. Default `false`: none is added. */
  responseHeaders?: ResponseHeaders | false;
  /** Send X-Request-Id to caller and origin. Default: if `log` or `status` is on. */
  requestId?: boolean;
  /** One JSON line a request: for none, for those that failed, or for all. Keys can't appear in it. */
  log?: 'off' | 'errors' | 'all';
  /** Peers (CIDR) whose X-Forwarded-* headers are trusted. Default: none. */
  trustedProxies?: string[];
  /** Fixed responses to single consumers, by id; `consumerResponses` of a route override these. */
  consumerResponses?: {
    [k: string]: RespondWith;
  };
  /** Kong's wording, statuses and formats for the gateway's own responses. Default: small JSON. */
  compat?: 'kong-3' | 'kong-2018';
  /** Kong's router flavor: how routes that match alike are ranked. "traditional_compatible" is Kong 3's. */
  routerFlavor?: 'traditional_compatible' | 'traditional';
  kong?: Kong;
  /** Server-Timing on every response: auth, pick, origin, total, attempts. Default: if `status` or `log` is on. Costs 3 % of a request. */
  serverTiming?: boolean;
  /** The status page with its actions and metrics, behind a token. */
  status?:
    | {
        /** Its path. */
        path: string;
        /** Gives access to the page, and to its actions: drain and eject origins, forget keys. */
        token: string;
      }
    | false;
  /** A path that answers GET and HEAD with 200 without a token and without asking an origin. Default: none. */
  healthPath?: string | false;
  /** Settings of single consumers, by id, which override those of routes; `consumerSettings` of a route override these. */
  consumerSettings?: {
    [k: string]: ConsumerSettings;
  };
  /** An id sent to the origin in a header, by which the records of a request can be found. Default `false`: none. A route may set its own. */
  correlationId?: CorrelationId | false;
  /** The gateway as a hop of a trace: trace headers for the origin, spans for a collector. Default `false`: trace headers are forwarded unchanged. */
  trace?: Trace | false;
  /** Which programs may call, by their User-Agent. Default `false`: all. Stops honest robots only. */
  agents?: Agents | false;
  /** Which addresses may call. Default `false`: all. */
  addresses?: Addresses1 | false;
  /** The largest request body, in bytes; a body without Content-Length is counted while it streams. Default `false`: the platform's limit. */
  maxBodyBytes?: number | false;
  /** Refuse bodies without Content-Length with 411. */
  requireContentLength?: boolean;
  /** Which groups of consumers may call. Default `false`: groups are not checked. */
  groups?: Groups | false;
  /** Limits on costs that origins report in a response header. Default `false`: none. Counted per isolate. */
  costLimits?: CostLimits1 | false;
  /** Changes to requests before they are sent to an origin. Default `false`: none. */
  requestTransform?: RequestTransform1 | false;
  /** Changes to responses before they are sent to the caller. Default `false`: none. */
  responseTransform?: ResponseTransform1 | false;
  /** Redirects callers to another URL. Default `false`. */
  redirect?: Redirect1 | false;
  /** Require signed webhooks (standardwebhooks.com). Default `false`. */
  webhook?: Webhook | false;
  /** Caches responses. Default `false`. Responses with Set-Cookie, and to requests with a credential that is not part of the cache key, are never cached. */
  cache?: Cache1 | false;
  /** Where a record of each request is sent, in Kong's format and without credentials: log servers, or the console. Default `false`: nowhere. */
  logTo?: ('console' | LogServer)[] | false;
}
export interface Origin {
  /** Scheme, host, port and an optional base path. */
  url: string;
  /** How it appears in headers, logs and metrics. Default: its URL. */
  name?: string;
  /** Share of traffic relative to its peers; 0 drains it. */
  weight?: number;
  /** Failover level; higher levels are used only when all lower ones are out. */
  priority?: number;
  /** Set on every request to it, e.g. a shared secret. */
  headers?: {
    [k: string]: string;
  };
  /**
   * Latitude and longitude: the adaptive policy's first guess of distance before any measurement.
   *
   * @minItems 2
   * @maxItems 2
   */
  location?: [number, number];
  /** The Host to send instead of the URL's; the port stays. Own zone only, as preserveHost. */
  hostHeader?: string;
}
export interface Pool {
  /** The servers: URLs, or objects. */
  origins: (string | Origin)[];
  /** How an origin is chosen; docs/balancing.md says when to use which. "race" is the tutorial: ask all, the first good answer wins. */
  balance?:
    | 'adaptive'
    | 'race'
    | 'least-load'
    | 'round-robin'
    | 'least-connections'
    | 'latency'
    | 'consistent-hash'
    | 'random';
  /** One attempt until its response headers, in ms, counted from the end of the request body. */
  timeoutMs?: number;
  /** All attempts together, in ms, counted likewise. */
  totalTimeoutMs?: number;
  /** Further attempts after the first. */
  retries?: number;
  /** What makes an attempt count as failed. */
  retryOn?: (('unreachable' | 'timeout') | number)[];
  /** Retries may add at most this share of requests, in percent, and a hundred at once. */
  retryBudgetPercent?: number;
  /** A second attempt of a slow safe request. `false`: a budget of 0. */
  hedge?:
    | {
        /** When it is sent: "silent" if the first is slower than nearly all others were, or after so many ms. */
        afterMs?: 'silent' | number;
        /** Hedges may add at most this share of requests, in percent. */
        budgetPercent?: number;
      }
    | false;
  /** A cheap path that every origin answers. With it the adaptive policy may probe when it knows nothing. */
  probe?:
    | {
        /** The path to request; nothing of a caller is sent. */
        path: string;
        /** Method of the probe. */
        method?: 'GET' | 'HEAD';
        /** A probe that takes longer has failed. */
        timeoutMs?: number;
      }
    | false;
  /** Passive ejection. `false` ejects no origin. */
  outlier?: Outlier | false;
  /** Send an unsafe request with an Idempotency-Key header again: its caller has promised that this is harmless. */
  idempotencyKey?: boolean;
  /** consistent-hash: what the ring hashes. */
  hashOn?:
    | ('consumer' | 'ip' | 'path')
    | {
        header: string;
      }
    | {
        query: string;
      }
    | {
        cookie: string;
        path?: string;
      }
    | {
        uriCapture: string;
      };
  /** consistent-hash: what it hashes if `hashOn` is absent from the request. Default: the empty string. */
  hashFallback?:
    | ('consumer' | 'ip' | 'path')
    | {
        header: string;
      }
    | {
        query: string;
      }
    | {
        cookie: string;
        path?: string;
      }
    | {
        uriCapture: string;
      };
  /** least-load: a number that says how busy an origin is, in a body or in a header. */
  load?: {
    /** The path to request. */
    path: string;
    /** JSON pointer to it. Default: the body is the number, unless `header` is set. */
    pointer?: string;
    /** The response header that has it. */
    header?: string;
    /** Time between two requests. */
    intervalSeconds?: number;
  };
  /** Active checks; they ride on requests, since no timer outlives one. */
  health?: Health | false;
  /** A retry may ask an origin that has just failed: at once with consistent-hash, else when all others have failed too (Kong's rule). Without it consistent-hash goes on to the next of the ring, and no origin is asked again after a timeout. */
  retrySame?: boolean;
  /** The pool refuses with 503 unless more than this share of its weight, in percent, is usable. Default: never. */
  threshold?: number;
}
export interface Outlier {
  /** Failures in a row that eject an origin. */
  consecutiveFailures?: number;
  /** How long the first ejection lasts; each next one twice as long. */
  ejectSeconds?: number;
  /** At most this long, and a fifth. With the default it is back within half a minute of its recovery. */
  maxEjectSeconds?: number;
  /** Failures that count, each once. Default: all; those without a response count three times, 429 and 503 not at all. */
  on?: (('unreachable' | 'timeout') | number)[];
  /** With `on`: how many of these alone are enough. Default: consecutiveFailures. */
  unreachableFailures?: number;
  /** The same for timeouts. */
  timeoutFailures?: number;
  /** Good responses do not clear the count. */
  cumulative?: boolean;
}
export interface Health {
  /** The path to request by GET; nothing of a caller is sent. */
  path: string;
  /** Time between two checks of an origin. */
  intervalSeconds?: number;
  /** A check that takes longer is bad. */
  timeoutMs?: number;
  /**
   * Healthy statuses. Default: 200 to 399.
   *
   * @minItems 1
   */
  statuses?: [number, ...number[]];
  /** With `statuses`: unhealthy statuses; one in neither list is ignored. Default: all others. */
  badStatuses?: number[];
  /** Good checks in a row that bring an origin back. */
  healthyAfter?: number;
  /** Bad checks in a row that eject it. */
  unhealthyAfter?: number;
}
export interface Route {
  /** Its name in logs and metrics. Default: its place in the list. */
  name?: string;
  /** Exact, `*.example.com` or `example.*`, with or without a port. An empty list matches all. */
  hosts?: string[];
  /** A prefix, or "~" and a regular expression. An empty list matches all. */
  paths?: string[];
  /** In capitals. An empty list matches all. */
  methods?: string[];
  /** Name of a pool. Default: "default"; if there is none, the route answers 503. */
  pool?: string;
  /** A pool of its own, instead of `pool`. */
  origins?: (string | Origin)[];
  /** Kong's service path: the prefix of the path that the origin gets. */
  basePath?: string;
  /** Remove the matched prefix. The Kong importer writes Kong's `true`. */
  stripPath?: boolean;
  /** The id that Kong's ranking falls back to among equals; the importer writes it. Default: the name. */
  id?: string;
  /** Overrides the default; `false` requires no token. */
  jwt?: Jwt | false;
  /** Overrides the default; `false` requires no key. */
  auth?: Auth | false;
  /** Overrides the default; `false` requires no password. */
  basicAuth?: BasicAuth | false;
  /** Overrides the default; `false` requires no signature. */
  hmacAuth?: HmacAuth | false;
  /** Overrides the default; `false` removes the limit. */
  rateLimit?: RateLimit | false;
  /** Limits of single consumers on this route, by id, which override `rateLimit`. */
  consumerLimits?: {
    [k: string]: RateLimit;
  };
  /** Overrides the default; `false` leaves CORS to the origin. */
  cors?: Cors | false;
  /** Overrides the default; `false` adds none. */
  responseHeaders?: ResponseHeaders | false;
  /** Ranks routes whose regular expressions match; higher first. */
  regexPriority?: number;
  /** Every named header must be present with one of its values; a single value that starts with "~*" is a regular expression. */
  headers?: {
    /** @minItems 1 */
    [k: string]: [string, ...string[]];
  };
  /** The outgoing URL keeps the caller's host and cf.resolveOverride names the origin (own zone only). Plain workerd connects to the host itself: there it is kept only on routes whose `hosts` end in no wildcard, and its port only if they or the origin have it (any port under the Kong profiles, as Kong does). */
  preserveHost?: boolean;
  /**
   * ["https"] refuses or redirects plain http.
   *
   * @minItems 1
   */
  protocols?: ['http' | 'https', ...('http' | 'https')[]];
  /** Response to plain http if only https is allowed: 426, or a redirect by 301, 302, 307 or 308. */
  httpsRedirectStatus?: 426 | 301 | 302 | 307 | 308;
  /** Sends this share of callers to another pool; a caller always goes to the same one. */
  canary?: {
    /** The other pool, by name. */
    pool: string;
    /** The share, in percent. */
    percent: number;
    /** A request header whose value "always" or "never" overrides the share. */
    header?: string;
  };
  /** Copies this share of GET and HEAD requests to another pool after answering; differences are counted and logged. */
  shadow?: {
    /** The other pool, by name. */
    pool: string;
    /** The share, in percent. */
    percent: number;
    /** Response headers that may differ. */
    ignoreHeaders?: string[];
  };
  /** A fixed response instead of an origin's, after authentication and limits. Default: the origin is asked. */
  respondWith?: RespondWith | false;
  /** Fixed responses to single consumers on this route, by id, which override `respondWith`. */
  consumerResponses?: {
    [k: string]: RespondWith;
  };
  /** How base path and remaining path are joined, as in Kong. */
  pathHandling?: 'v0' | 'v1';
  /** The route's service in Kong: for Kong-Debug, records of requests, and limits by service. */
  service?: {
    /** Sent as Kong-Service-Id. */
    id: string;
    /** Sent as Kong-Service-Name. */
    name?: string;
  };
  /** Settings of single consumers on this route, by id. */
  consumerSettings?: {
    [k: string]: ConsumerSettings;
  };
  /** Overrides the default; `false` adds none. */
  correlationId?: CorrelationId | false;
  /** Overrides the default; `false` forwards trace headers unchanged. */
  trace?: Trace | false;
  /** Overrides the default; `false` allows all. */
  agents?: Agents | false;
  /** Overrides the default; `false` allows all. */
  addresses?: Addresses1 | false;
  /** Overrides the default; `false` lifts it. */
  maxBodyBytes?: number | false;
  /** Overrides the default. */
  requireContentLength?: boolean;
  /** Overrides the default; `false` checks no groups. */
  groups?: Groups | false;
  /** Overrides the default; `false` lifts them. */
  costLimits?: CostLimits1 | false;
  /** Overrides the default; `false` changes nothing. */
  requestTransform?: RequestTransform1 | false;
  /** Overrides the default; `false` changes nothing. */
  responseTransform?: ResponseTransform1 | false;
  /** Overrides the default; `false` redirects nobody. */
  redirect?: Redirect1 | false;
  /** Overrides the default; `false` requires no signature. */
  webhook?: Webhook | false;
  /** Overrides the default; `false` caches nothing. */
  cache?: Cache1 | false;
  /** Overrides the default; `false` logs nothing. */
  logTo?: ('console' | LogServer)[] | false;
}
export interface Jwt {
  /** Headers with the token, after "Bearer"; in headers other than `Authorization` also alone. */
  headers?: string[];
  /** Query arguments with the token; URLs end up in logs. The Kong importer writes Kong's `["jwt"]`. */
  queryNames?: string[];
  /** Cookies with the token; names are compared without regard to case. */
  cookieNames?: string[];
  /** The claim that names the verification key, in the payload or else in the header, such as "kid". */
  keyClaim?: string;
  /** Claims that a token must have. Outside Kong's profiles `exp` and `nbf` are checked whenever present. */
  claims?: ('exp' | 'nbf')[];
  /** The longest remaining lifetime of a token. Default: any. */
  maxExpirationSeconds?: number;
  /** Secrets are base64-encoded. */
  base64Secrets?: boolean;
  /** Require a token of OPTIONS requests too, except preflights that CORS answers. */
  runOnPreflight?: boolean;
  /** Id or username of the consumer for callers without a valid token. Default: they are refused. */
  anonymous?: string;
  /** Named in WWW-Authenticate. Default: none. */
  realm?: string;
}
export interface Auth {
  /**
   * Name of the header, argument or field with the key.
   *
   * @minItems 1
   */
  keyNames?: [string, ...string[]];
  /** Where to look, in this order. */
  keyIn?: ('header' | 'query' | 'body')[];
  /** Remove the key before forwarding. The Kong importer writes Kong's own value. */
  hideCredentials?: boolean;
  /** Id or username of the consumer for callers without a valid key. Default: they are refused. */
  anonymous?: string;
  /** Require a key of OPTIONS requests too, except preflights that CORS answers. */
  runOnPreflight?: boolean;
  /** The realm in WWW-Authenticate. Default: none. */
  realm?: string;
  verify?: Verify;
  cache?: VerdictCache;
}
/** The service that verifies keys. Without it, only keys of `consumers` are valid. */
export interface Verify {
  /** The URL to ask. "{key}" is replaced by the encoded key; without "{key}" the key is sent in `keyHeader`. */
  url: string;
  /** Method of the request; a POST has no body. */
  method?: 'GET' | 'POST';
  /** The header with the key if the URL has no "{key}". Default: the first of `keyNames`. */
  keyHeader?: string;
  /** Request headers, e.g. the gateway's own secret. */
  headers?: {
    [k: string]: string;
  };
  /** A response that takes longer, in ms, is no verdict. */
  timeoutMs?: number;
  /** JSON pointer into the body of a 200: true is good. Without it 200 is good; 401, 403 and 404 are bad, all else is no verdict. */
  field?: string;
  /** JSON pointers into a good verdict's body: who the consumer is. */
  consumer?: {
    /** Sent to origins as X-Consumer-ID. */
    id?: string;
    /** Sent to origins as X-Consumer-Username. */
    username?: string;
    /** Sent to origins as X-Consumer-Custom-ID. */
    customId?: string;
  };
  /** Request headers for the origin: header name -> JSON pointer into a good verdict's body. */
  upstreamHeaders?: {
    [k: string]: string;
  };
}
/** The cache of verdicts of `verify`. */
export interface VerdictCache {
  /** Lifetime of a good verdict. The verifier's Cache-Control max-age and no-store override it. */
  ttlSeconds?: number;
  /** Lifetime of a bad verdict. */
  negativeTtlSeconds?: number;
  /** How long a known good key goes on working while the verifier gives no verdict. */
  staleSeconds?: number;
  /** How many good verdicts are cached. Bad ones have a table of their own, a quarter as large, and evict no good one. */
  maxEntries?: number;
}
export interface BasicAuth {
  /** Remove the password before forwarding. The Kong importer writes Kong's own value. */
  hideCredentials?: boolean;
  /** Id or username of the consumer for callers without a valid password. Default: they are refused. */
  anonymous?: string;
  /** The realm in WWW-Authenticate: browsers show it, and remember a password for each realm. */
  realm?: string;
}
export interface HmacAuth {
  /**
   * Accepted algorithms. The Kong importer writes Kong's own value, which includes "hmac-sha1".
   *
   * @minItems 1
   */
  algorithms?: [
    'hmac-sha1' | 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512',
    ...('hmac-sha1' | 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512')[],
  ];
  /** How far the request's date may be off, in either direction: for so long a request can be replayed. */
  clockSkewSeconds?: number;
  /** What a signature must cover: headers, "@request-target" or "request-line". The Kong importer writes Kong's own value. */
  signed?: string[];
  /** Require that the Digest header ("SHA-256=" and base64) matches the body: at most 1 MiB, 8 KiB under `compat`. */
  bodyDigest?: boolean;
  /** Remove the signature before forwarding. The Kong importer writes Kong's own value. */
  hideCredentials?: boolean;
  /** Id or username of the consumer for callers without a valid signature. Default: they are refused. */
  anonymous?: string;
  /** Named in WWW-Authenticate. Default: none. */
  realm?: string;
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
  /** Who or what is limited; callers without an identity by their address. */
  by?:
    | ('consumer' | 'credential' | 'ip' | 'path' | 'service')
    | {
        header: string;
      }
    | {
        path: string;
      };
  /** Send no RateLimit-* and X-RateLimit-* headers. */
  hideHeaders?: boolean;
  /** Message of a refusal. */
  message?: string;
  /** Status of a refusal. */
  status?: number;
  /** Limits with the same scope share their counters. Default: each limit has its own; the default at the top level is one limit for all its routes. */
  scope?: string;
}
export interface Cors {
  /** Allowed origins: literal, or regular expressions as in Kong. Default: any. */
  origins?: string[];
  /** Access-Control-Allow-Methods of preflights. Default: Kong's nine. */
  methods?: string[];
  /** Access-Control-Allow-Headers of preflights. Default: those that the preflight names. */
  headers?: string[];
  /** Access-Control-Expose-Headers: response headers that scripts may read. */
  exposedHeaders?: string[];
  /** Allow credentials such as cookies; not with any origin. */
  credentials?: boolean;
  /** How long browsers may cache a preflight, in seconds. Default: they decide. */
  maxAge?: number;
  /** Forward preflights to the origin. */
  preflightContinue?: boolean;
  /** Allow pages of public sites to call into a private network. */
  privateNetwork?: boolean;
  /** Send the headers to callers without an Origin header too. */
  allowOriginAbsent?: boolean;
}
/** The tutorial's response headers, each only if it is set. */
export interface ResponseHeaders {
  /** Name of the header with the origin's name: "Origin" in the tutorial. */
  origin?: string | false;
  /** Name of the header with the caller's country: "Country" in the tutorial. */
  country?: string | false;
  /** Cache-Control of good responses to GET and HEAD that have no freshness of their own, if the request had no key, cookie or Authorization: "max-age=3" in the tutorial. */
  cacheControl?: string | false;
  /** Ask each origin for its version and send it to callers. `{}` is the tutorial's JSON-RPC call. */
  version?: Version | false;
}
export interface Version {
  /** The response header. */
  header?: string;
  /** The path to request. */
  path?: string;
  /** Method of the request. */
  method?: string;
  /** Body of the request. The default is the tutorial's JSON-RPC call. */
  body?: string;
  /** JSON pointer into the response. Default: the whole body. */
  field?: string;
  /** How long a version is remembered. */
  ttlSeconds?: number;
}
export interface RespondWith {
  /** Status of the response. */
  status?: number;
  /** Makes the body {"message": ...}. Default: "Service unavailable" if the status is 503 and there is no `body`, else no body. */
  message?: string;
  /** The body, instead of `message`. */
  body?: string;
  /** The Content-Type of `body`. Default: none. */
  contentType?: string;
  /** Further headers. */
  headers?: {
    [k: string]: string;
  };
  /** Only requests that have a header or a query argument of this name get it. Default: all. */
  trigger?: string;
}
export interface ConsumerSettings {
  addresses?: Addresses;
  /** The consumer's largest body. */
  maxBodyBytes?: number;
  /** Whether the consumer's bodies must have a Content-Length. */
  requireContentLength?: boolean;
  costLimits?: CostLimits;
  requestTransform?: RequestTransform;
  responseTransform?: ResponseTransform;
  redirect?: Redirect;
  cache?: Cache;
  /** Where records of the consumer's requests are sent. */
  logTo?: ('console' | LogServer)[];
}
/** Which addresses the consumer may call from. */
export interface Addresses {
  /** Addresses and networks (CIDR); an empty list allows all that are not denied. */
  allow?: string[];
  /** Addresses and networks (CIDR); checked before `allow`. */
  deny?: string[];
  /** Status of a refusal. */
  status?: number;
  /** Its message. Default: the gateway's own. */
  message?: string;
}
/** The consumer's limits. */
export interface CostLimits {
  /** The response header with the costs ("video=2, image=1"); it is removed from the response. */
  header?: string;
  /** Limits by name. */
  limits: {
    /** Limits by name. */
    [k: string]: {
      /** A second. */
      second?: number;
      /** A minute. */
      minute?: number;
      /** An hour. */
      hour?: number;
      /** A day. */
      day?: number;
      /** A month. */
      month?: number;
      /** A year. */
      year?: number;
    };
  };
  /** Who is limited; callers without an identity by their address. */
  by?: 'consumer' | 'credential' | 'ip';
  /** Refuse callers who have nothing left without asking the origin. */
  refuseEarly?: boolean;
  /** Send no X-RateLimit-* headers. */
  hideHeaders?: boolean;
  /** Settings with the same scope share their counters. Default: each has its own. */
  scope?: string;
}
/** For requests of the consumer. */
export interface RequestTransform {
  /** Replaces the caller's method. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** Replaces the whole path. All values may contain `$(...)`, see docs/traffic.md. */
  path?: string;
  /** Operations on headers, in this order: remove, rename, replace, add, append. */
  headers?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** The same for query arguments. The query is re-encoded. */
  query?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** The same for top-level fields of a JSON object, or fields of a form. */
  body?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
}
/** For responses to the consumer. */
export interface ResponseTransform {
  /** Operations on headers: remove, rename, replace, add, append. Presence is judged by the origin's response. */
  headers?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** The same for top-level fields of a JSON object. */
  body?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string | number | boolean;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string | number | boolean;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | number | boolean | (string | number | boolean)[];
    };
  };
}
/** For requests of the consumer. */
export interface Redirect {
  /** The URL to redirect to. */
  to: string;
  /** Status of the response. */
  status?: number;
  /** Replace the URL's path and query by the request's. */
  keepPath?: boolean;
}
/** For requests of the consumer. */
export interface Cache {
  /**
   * Methods whose responses are cached. The request body is not part of the cache key.
   *
   * @minItems 1
   */
  methods?: ['GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH', ...('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH')[]];
  /**
   * Statuses that are cached.
   *
   * @minItems 1
   */
  statuses?: [number, ...number[]];
  /**
   * Media types that are cached; "*" matches any type or subtype, parameters must be equal. Default: all.
   *
   * @minItems 1
   */
  contentTypes?: [string, ...string[]];
  /** Lifetime of a response that states none; without `obeyCacheControl` of every response. 0 caches nothing. */
  ttlSeconds?: number;
  /** How long an entry is stored, for callers that accept stale responses. Default: its lifetime. */
  storageSeconds?: number;
  /** Obey Cache-Control of responses and requests. */
  obeyCacheControl?: boolean;
  /** Query arguments in the cache key. Default: all. */
  varyQuery?: string[];
  /** Request headers in the cache key. */
  varyHeaders?: string[];
  /** Compare paths without regard to case. */
  ignorePathCase?: boolean;
  /** Response headers to send: Age, X-Cache-Status, X-Cache-Key. */
  show?: ('age' | 'status' | 'key')[];
}
export interface LogServer {
  /** Where records are sent. */
  url: string;
  /** Method of the request. */
  method?: 'POST' | 'PUT' | 'PATCH';
  /** Request headers, e.g. a key. Content-Type is application/json unless it is named. */
  headers?: {
    [k: string]: string;
  };
  /** An attempt without a response within this time, in ms, has failed. */
  timeoutMs?: number;
  /** Records in one request, as a list; 1 sends each alone. */
  batchSize?: number;
  /** How long a batch that is not full waits. */
  delaySeconds?: number;
}
export interface CorrelationId {
  /** The header with the id. A caller's own id is kept. */
  header?: string;
  /** How ids are made. "counter": the isolate's UUID and a number. "tracker": address, number and time, as in Kong. */
  generator?: 'uuid' | 'counter' | 'tracker';
  /** Send it to the caller too. */
  echo?: boolean;
}
export interface Trace {
  /** Formats to read, in this order; an empty list starts a new trace with every request. */
  extract?: ('w3c' | 'b3' | 'jaeger' | 'ot')[];
  /** Formats to send; "preserve" is the caller's, or `defaultFormat`. */
  inject?: ('preserve' | 'w3c' | 'b3' | 'b3-single' | 'jaeger' | 'ot')[];
  /** The format of "preserve" where the caller sent none. */
  defaultFormat?: 'w3c' | 'b3' | 'b3-single' | 'jaeger' | 'ot';
  /** Request headers to remove. */
  clear?: string[];
  /** Share of requests, 0 to 1, that are sampled if the caller did not decide. */
  sample?: number;
  /** Apply `sample` also to requests that the caller wants sampled. */
  capCallers?: boolean;
  /** Random bytes in the id of a new trace. */
  idBytes?: 8 | 16;
  /** Response header with the trace id. Default: none. */
  responseHeader?: string;
  to?: Collector;
}
/** An OTLP collector (HTTP, JSON) that gets a span of each sampled request. Default: none. */
export interface Collector {
  /** Where records are sent. */
  url: string;
  /** Method of the request. */
  method?: 'POST' | 'PUT' | 'PATCH';
  /** Request headers, e.g. a key. Content-Type is application/json unless it is named. */
  headers?: {
    [k: string]: string;
  };
  /** An attempt without a response within this time, in ms, has failed. */
  timeoutMs?: number;
  /** Records in one request, as a list; 1 sends each alone. */
  batchSize?: number;
  /** How long a batch that is not full waits. */
  delaySeconds?: number;
  /** The gateway's service name in spans. */
  serviceName?: string;
}
export interface Agents {
  /** Regular expressions; a match passes and overrides `deny` and `bots`. */
  allow?: string[];
  /** Regular expressions; a match is refused with 403. */
  deny?: string[];
  /** Also refuse well-known robots and HTTP libraries. */
  bots?: boolean;
}
export interface Addresses1 {
  /** Addresses and networks (CIDR); an empty list allows all that are not denied. */
  allow?: string[];
  /** Addresses and networks (CIDR); checked before `allow`. */
  deny?: string[];
  /** Status of a refusal. */
  status?: number;
  /** Its message. Default: the gateway's own. */
  message?: string;
}
export interface Groups {
  /** Members of one of these may call; an empty list allows all that are not denied. */
  allow?: string[];
  /** Members of one of these may not call; checked before `allow`. */
  deny?: string[];
  /** Do not send X-Consumer-Groups to the origin. */
  hideHeader?: boolean;
}
export interface CostLimits1 {
  /** The response header with the costs ("video=2, image=1"); it is removed from the response. */
  header?: string;
  /** Limits by name. */
  limits: {
    /** Limits by name. */
    [k: string]: {
      /** A second. */
      second?: number;
      /** A minute. */
      minute?: number;
      /** An hour. */
      hour?: number;
      /** A day. */
      day?: number;
      /** A month. */
      month?: number;
      /** A year. */
      year?: number;
    };
  };
  /** Who is limited; callers without an identity by their address. */
  by?: 'consumer' | 'credential' | 'ip';
  /** Refuse callers who have nothing left without asking the origin. */
  refuseEarly?: boolean;
  /** Send no X-RateLimit-* headers. */
  hideHeaders?: boolean;
  /** Settings with the same scope share their counters. Default: each has its own. */
  scope?: string;
}
export interface RequestTransform1 {
  /** Replaces the caller's method. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** Replaces the whole path. All values may contain `$(...)`, see docs/traffic.md. */
  path?: string;
  /** Operations on headers, in this order: remove, rename, replace, add, append. */
  headers?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** The same for query arguments. The query is re-encoded. */
  query?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** The same for top-level fields of a JSON object, or fields of a form. */
  body?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
}
export interface ResponseTransform1 {
  /** Operations on headers: remove, rename, replace, add, append. Presence is judged by the origin's response. */
  headers?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** The same for top-level fields of a JSON object. */
  body?: {
    /** Names to remove. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values; only of names that are present. */
    replace?: {
      [k: string]: string | number | boolean;
    };
    /** Values; only of names that are absent. */
    add?: {
      [k: string]: string | number | boolean;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | number | boolean | (string | number | boolean)[];
    };
  };
}
export interface Redirect1 {
  /** The URL to redirect to. */
  to: string;
  /** Status of the response. */
  status?: number;
  /** Replace the URL's path and query by the request's. */
  keepPath?: boolean;
}
export interface Webhook {
  /** The signing secret, used as written. HMAC needs the secret itself. */
  secret: string;
  /** How old a webhook may be, in seconds. */
  toleranceSeconds?: number;
}
export interface Cache1 {
  /**
   * Methods whose responses are cached. The request body is not part of the cache key.
   *
   * @minItems 1
   */
  methods?: ['GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH', ...('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH')[]];
  /**
   * Statuses that are cached.
   *
   * @minItems 1
   */
  statuses?: [number, ...number[]];
  /**
   * Media types that are cached; "*" matches any type or subtype, parameters must be equal. Default: all.
   *
   * @minItems 1
   */
  contentTypes?: [string, ...string[]];
  /** Lifetime of a response that states none; without `obeyCacheControl` of every response. 0 caches nothing. */
  ttlSeconds?: number;
  /** How long an entry is stored, for callers that accept stale responses. Default: its lifetime. */
  storageSeconds?: number;
  /** Obey Cache-Control of responses and requests. */
  obeyCacheControl?: boolean;
  /** Query arguments in the cache key. Default: all. */
  varyQuery?: string[];
  /** Request headers in the cache key. */
  varyHeaders?: string[];
  /** Compare paths without regard to case. */
  ignorePathCase?: boolean;
  /** Response headers to send: Age, X-Cache-Status, X-Cache-Key. */
  show?: ('age' | 'status' | 'key')[];
}
export interface Consumer {
  /**
   * Public keys that verify the consumer's tokens.
   *
   * Items: Public keys that verify the consumer's tokens.
   */
  jwtKeys?: {
    /** The value of the claim `keyClaim`; unique, sent to origins as X-Credential-Identifier. */
    name: string;
    /** Signature algorithm. EdDSA is Ed25519. */
    algorithm:
      'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';
    /** PEM, SPKI: "-----BEGIN PUBLIC KEY-----". */
    publicKey: string;
    /** Counted and limited by; default: the name. */
    id?: string;
  }[];
  /**
   * Shared secrets that verify the consumer's tokens.
   *
   * Items: Shared secrets that verify the consumer's tokens.
   */
  jwtSecrets?: {
    /** As in `jwtKeys`. */
    name: string;
    /** Signature algorithm. */
    algorithm?: 'HS256' | 'HS384' | 'HS512';
    /** HMAC needs it itself; `{ binding }` names a secret of the Worker that holds it. */
    secret:
      | string
      | {
          binding: string;
        };
    /** Counted and limited by; default: the name. */
    id?: string;
  }[];
  /** Unique; sent to origins as X-Consumer-ID. */
  id: string;
  /** Sent to origins as X-Consumer-Username. */
  username?: string;
  /** Sent to origins as X-Consumer-Custom-ID. */
  customId?: string;
  /**
   * SHA-256 digests of keys, made by `edge-gateway hash-key`; never the keys.
   *
   * Items: SHA-256 digests of keys, made by `edge-gateway hash-key`; never the keys.
   */
  credentials?: {
    /** Sent to origins as X-Credential-Identifier. */
    id?: string;
    /** The digest of the key. */
    sha256: string;
    /** Lifetime, counted from an isolate's first request. Default: unlimited. */
    ttlSeconds?: number;
  }[];
  /**
   * The consumer's user names with password hashes, never the passwords.
   *
   * Items: The consumer's user names with password hashes, never the passwords.
   */
  logins?: {
    /** Counted and limited by; default: the user name. */
    id?: string;
    /** Unique; sent to origins as X-Credential-Identifier. Compared exactly. */
    username: string;
    /** A hash made by `edge-gateway hash-key --password`. */
    passwordHash: string;
  }[];
  /**
   * Secrets that the consumer signs with.
   *
   * Items: Secrets that the consumer signs with.
   */
  hmacSecrets?: {
    /** The user name in signatures, compared exactly; unique, sent to origins as X-Credential-Identifier. */
    username: string;
    /** HMAC needs it itself; `{ binding }` names a secret of the Worker that holds it. */
    secret:
      | string
      | {
          binding: string;
        };
    /** Counted and limited by; default: the user name. */
    id?: string;
  }[];
  /** The consumer's groups; sent to origins as X-Consumer-Groups. */
  groups?: string[];
}
export interface Shared {
  /** Rate limits over all isolates. "exact": no window passes more than its limit. "loose": a caller's first request in an isolate and window passes without asking; for very many callers. */
  limits?: ('exact' | 'loose') | false;
  /** Limits while the companion does not answer. "local": an equal share of what was left; "open": all requests pass; "closed": none. */
  onFailure?: 'local' | 'open' | 'closed';
  /** How long to wait for the companion, in ms. */
  timeoutMs?: number;
  /** Durable Objects among which callers are divided; one answers about 1000 messages a second. */
  shards?: number;
  /** `POST {status.path}/forget` reaches every isolate within two polls. */
  revocations?:
    | {
        /** Time between two polls of an isolate. */
        pollSeconds?: number;
      }
    | false;
  /** Keep good verdicts in the data centre's cache, for new isolates. Needs `revocations`, and your own domain. */
  verdicts?:
    | {
        /** Authenticates entries of the cache, since any Worker of the zone can write to it. */
        secret: string;
      }
    | false;
  /** `GET {status.path}/metrics?all`: the sums of all isolates. */
  metrics?:
    | {
        /** How often each isolate sends its counters. */
        everySeconds?: number;
      }
    | false;
  /** Latencies of origins shared by all isolates of a data centre, for isolates with few requests. Default `false`: each isolate learns alone. */
  board?:
    | {
        /** With it the board is kept in the data centre's cache, which needs your own domain. Default: the companion keeps it, for processes of one network. */
        secret?: string;
      }
    | false;
}
/** Settings of kong.conf that callers or origins can see. Only with `compat`. */
export interface Kong {
  /** `headers`: which of Server, Via and X-Kong-* callers get: a list of names, `true` for all but X-Kong-Upstream-Status, `false` for none. */
  headers?: boolean | string[];
  /** `headers_upstream`: `false` sends origins no X-Kong-Request-Id. */
  upstreamRequestId?: boolean;
  /** `real_ip_header`: the header in which a trusted proxy sends the caller's address. */
  realIpHeader?: string;
  /** `real_ip_recursive`: of several addresses `true` takes the last that is not a trusted proxy's, `false` the last. */
  realIpRecursive?: boolean;
  /** `port_maps`: the port that callers use, by the port that the gateway listens on. Default: the same. */
  portMaps?: {
    [k: string]: number;
  };
  /** `nginx_http_charset`: add `charset=UTF-8` to texts without a charset. */
  charset?: boolean;
  /** `allow_debug_header`: answer Kong-Debug with the names of route and service. Kong of 2018 always did. */
  debugHeaders?: boolean;
  /** `error_default_type`: the format of proxying errors if the caller accepts any. */
  errorType?: string;
  /** nginx's client_max_body_size, for every route. Default: none. */
  maxBodyBytes?: number;
}
