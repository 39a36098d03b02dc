/** The configuration of edge-gateway, made by `npm run docs` from the table of settings. */

/** Gives the configuration back: it is there for editors, which complete and check what is written in it. */
export declare function defineConfig(config: Config): Config;

export interface Config {
  /** Read by editors alone: where the JSON Schema of the configuration is. */
  $schema?: string;
  /** What origins are told of the caller: X-Forwarded-For alone, -Proto and -Host too, or nothing. Under `compat` it is as Kong does. */
  forwardedHeaders?: 'for' | 'all' | 'none';
  /** IPv6 addresses that begin with so many equal bits are one caller to limits and hashing. Default: 64, and 128 under `compat` and for what trusted proxies report. */
  ipv6Prefix?: number;
  /** A Location that names an origin is rewritten to the public host. The Kong importer writes `false`. */
  rewriteLocation?: boolean;
  /** Fail-open for GET and HEAD: an exception in the gateway sends the request to the zone's own origin, past auth. */
  passThroughOnException?: boolean;
  /** The tutorial's list: shorthand for `pools.default = { origins }`. With no routes, everything goes there. */
  origins?: (string | Origin)[];
  /** Interchangeable origins, by name. */
  pools?: {
    [k: string]: Pool;
  };
  /** Which request goes to which pool. Kong's ranking decides among them, not their order. */
  routes?: Route[];
  /** Who may call, by JSON Web Token. Default `false`: none is asked for. A route may set its own. */
  jwt?: Jwt | false;
  /** Who may call. Default `false`: everybody. A route may set its own. */
  auth?: Auth | false;
  /** Callers known without asking anybody. Digests of their keys, never the keys. */
  consumers?: Consumer[];
  /** Who may call, by user name and password (RFC 7617). Default `false`: none is asked for. A route may set its own. */
  basicAuth?: BasicAuth | false;
  /** Who may call, by requests that are signed with a secret. Default `false`: none need be. A route may set its own. */
  hmacAuth?: HmacAuth | false;
  /** How much one caller may send. Default `false`: anything. Counted per isolate. */
  rateLimit?: RateLimit | false;
  /** Limits of single consumers, by id, in place of `rateLimit`; a route's own `consumerLimits` go before. */
  consumerLimits?: {
    [k: string]: RateLimit;
  };
  /** What isolates share through a companion, dist/shared.js, that a service binding SHARED names. Default `false`: nothing. */
  shared?: Shared | false;
  /** Which browser callers may read the answer. Default `false`: that is the origin's business. `{}` is the tutorial's: any, without credentials. */
  cors?: Cors | false;
  /** The tutorial's response headers. Default `false`: none is added. */
  responseHeaders?: ResponseHeaders | false;
  /** X-Request-Id to caller and origin. Default: only where `log` or `status` is on. */
  requestId?: boolean;
  /** One JSON line a request: none, those that failed, or all. Keys can't appear in it. */
  log?: 'off' | 'errors' | 'all';
  /** Peers (CIDR) whose X-Forwarded-* headers are believed. The default is nobody's. */
  trustedProxies?: string[];
  /** What single consumers, by id, get in place of an origin's answer; a route's own `consumerResponses` go before. */
  consumerResponses?: {
    [k: string]: RespondWith;
  };
  /** Wording, status and format of the gateway's own answers: Kong's. Left out: small JSON. */
  compat?: 'kong-3' | 'kong-2018';
  /** Kong's router flavor: how routes that match alike are ranked. "traditional_compatible" is Kong 3's. */
  routerFlavor?: 'traditional_compatible' | 'traditional';
  kong?: Kong;
  /** Server-Timing on every answer: auth, pick, origin, total, attempts. Default: where `status` or `log` is on; it costs 3 % of a request. */
  serverTiming?: boolean;
  /** The operator's page, its buttons and metrics, behind a token. */
  status?:
    | {
        /** Where it is. */
        path: string;
        /** Whoever has it may look, drain and eject origins, and have keys forgotten. */
        token: string;
      }
    | false;
  /** Where anybody may ask whether this script runs, with GET or HEAD: 200, and no origin is asked. Default: nowhere. */
  healthPath?: string | false;
  /** Settings of single consumers, by id, in place of those of the routes; a route's own `consumerSettings` go before. */
  consumerSettings?: {
    [k: string]: ConsumerSettings;
  };
  /** One id that ties the records of a request together, in a header to the origin. Default `false`: none. A route may set its own. */
  correlationId?: CorrelationId | false;
  /** The gateway as a hop of a trace: headers to the origin, spans to a collector. Default `false`: trace headers pass as they come. */
  trace?: Trace | false;
  /** Which programs may call, by their User-Agent. Default `false`: all. It stops honest robots, and nobody else. */
  agents?: Agents | false;
  /** Which addresses may call. Default `false`: all. */
  addresses?: Addresses1 | false;
  /** The largest request body, in bytes; counted on its way where its length is not said. Default `false`: the platform's. */
  maxBodyBytes?: number | false;
  /** Refuse bodies that do not say their length with 411. */
  requireContentLength?: boolean;
  /** Which groups of consumers may call. Default `false`: no group is asked for. */
  groups?: Groups | false;
  /** Limits on what answers say they cost. Default `false`: none. Counted per isolate. */
  costLimits?: CostLimits1 | false;
  /** What origins get in place of what callers sent. Default `false`: that. */
  requestTransform?: RequestTransform1 | false;
  /** What callers get in place of what was answered. Default `false`: that. */
  responseTransform?: ResponseTransform1 | false;
  /** Sends callers elsewhere. Default `false`: they stay. */
  redirect?: Redirect1 | false;
  /** Only webhooks that are signed (standardwebhooks.com) may come in. Default `false`. */
  webhook?: Webhook | false;
  /** Answers that are kept and given again. Default `false`: none. Never those to a credential, nor those that set cookies. */
  cache?: Cache1 | false;
  /** Who gets a record of each request, in Kong's format, without credentials: servers, or the console. Default `false`: nobody. */
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
  /** The Host it is asked under instead of its own; its port stays. Own zone only, as preserveHost. */
  hostHeader?: string;
}
export interface Pool {
  /** The servers: URLs, or objects with more to say. */
  origins: (string | Origin)[];
  /** Who is asked; docs/balancing.md says which policy when. "race" is the tutorial: ask all, the first good answer wins. */
  balance?:
    | 'adaptive'
    | 'race'
    | 'least-load'
    | 'round-robin'
    | 'least-connections'
    | 'latency'
    | 'consistent-hash'
    | 'random';
  /** One attempt, until its response headers, in ms, counted from when a body has been sent. */
  timeoutMs?: number;
  /** All attempts together, in ms, counted likewise. */
  totalTimeoutMs?: number;
  /** Further attempts after the first. */
  retries?: number;
  /** What makes an attempt count as failed. */
  retryOn?: (('unreachable' | 'timeout') | number)[];
  /** Retries may add at most this share of requests, in percent, and a hundred at once. */
  retryBudgetPercent?: number;
  /** A second attempt of a slow safe request. Off is a budget of nothing. */
  hedge?:
    | {
        /** When it is sent: "silent" where the first is slower than nearly all others were, or after so many ms. */
        afterMs?: 'silent' | number;
        /** Hedges may add at most this share of requests, in percent. */
        budgetPercent?: number;
      }
    | false;
  /** A cheap path that every origin answers. With it the adaptive policy may probe when it knows nothing. */
  probe?:
    | {
        /** What is asked for, without anything of a caller. */
        path: string;
        /** How it is asked for. */
        method?: 'GET' | 'HEAD';
        /** A probe that takes longer has failed. */
        timeoutMs?: number;
      }
    | false;
  /** Passive ejection. Off is a count that is never reached. */
  outlier?: Outlier | false;
  /** May a request with an Idempotency-Key header be sent again? The caller who sends it says so. */
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
  /** consistent-hash: what it hashes where `hashOn` yields nothing. Default: nothing, the empty string. */
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
    /** Where it is asked for. */
    path: string;
    /** JSON pointer to it. Default: the body is the number, unless `header` is set. */
    pointer?: string;
    /** The response header that has it. */
    header?: string;
    /** The time between two questions. */
    intervalSeconds?: number;
  };
  /** Active checks; they ride on requests, since no timer outlives one. */
  health?: Health | false;
  /** A retry may ask an origin that has just failed: at once with consistent-hash, else when all others have failed too. Kong's way. Without it consistent-hash goes on to the next of the ring, and nobody is asked again after a timeout. */
  retrySame?: boolean;
  /** The pool refuses with 503 unless more than this share of its weight, in percent, is usable. Default: never. */
  threshold?: number;
}
export interface Outlier {
  /** Failures in a row that take an origin out. */
  consecutiveFailures?: number;
  /** How long it is out the first time; twice as long each time after. */
  ejectSeconds?: number;
  /** At most this long, and a fifth. With the default it is back within half a minute of its recovery. */
  maxEjectSeconds?: number;
  /** What counts, each once. Default: all failures; those without any answer count threefold, 429 and 503 not at all. */
  on?: (('unreachable' | 'timeout') | number)[];
  /** With `on`: how many of these alone are enough. Default: consecutiveFailures. */
  unreachableFailures?: number;
  /** The same for timeouts. */
  timeoutFailures?: number;
  /** Good answers do not clear the count. */
  cumulative?: boolean;
}
export interface Health {
  /** Asked with GET, without anything of a caller. */
  path: string;
  /** The time between two checks of an origin. */
  intervalSeconds?: number;
  /** A check that takes longer is bad. */
  timeoutMs?: number;
  /**
   * Healthy statuses. Default: 200 to 399.
   *
   * @minItems 1
   */
  statuses?: [number, ...number[]];
  /** With `statuses`: unhealthy ones; what is in neither list says nothing. Default: all others. */
  badStatuses?: number[];
  /** Good checks in a row that bring an origin back. */
  healthyAfter?: number;
  /** Bad checks in a row that take it out. */
  unhealthyAfter?: number;
}
export interface Route {
  /** How it appears in logs and metrics. Default: its place in the list. */
  name?: string;
  /** Exact, `*.example.com` or `example.*`, with or without a port. An empty list takes all. */
  hosts?: string[];
  /** A prefix, or "~" and a regular expression. An empty list takes all. */
  paths?: string[];
  /** In capitals. An empty list takes all. */
  methods?: string[];
  /** A pool by name. Default: the one called "default"; where there is none, the route answers 503. */
  pool?: string;
  /** An unnamed pool of its own, in place of `pool`. */
  origins?: (string | Origin)[];
  /** Kong's service path: put in front of what remains of the request's path. */
  basePath?: string;
  /** Cut the matched prefix. The Kong importer writes Kong's `true`. */
  stripPath?: boolean;
  /** The id that Kong's ranking falls back to among equals; the importer writes it. Default: the name. */
  id?: string;
  /** In place of the general one; `false` asks for no token. */
  jwt?: Jwt | false;
  /** In place of the general one; `false` asks for no key. */
  auth?: Auth | false;
  /** In place of the general one; `false` asks for no password. */
  basicAuth?: BasicAuth | false;
  /** In place of the general one; `false` asks for no signature. */
  hmacAuth?: HmacAuth | false;
  /** In place of the general one; `false` lifts it. */
  rateLimit?: RateLimit | false;
  /** Limits of single consumers on this route, by id, in place of `rateLimit`. */
  consumerLimits?: {
    [k: string]: RateLimit;
  };
  /** In place of the general one; `false` leaves CORS to the origin. */
  cors?: Cors | false;
  /** In place of the general ones; `false` adds none. */
  responseHeaders?: ResponseHeaders | false;
  /** Decides among routes whose regular expressions match alike; higher first. */
  regexPriority?: number;
  /** Every header named must be present with one of its values; a single value that starts with "~*" is a regular expression. */
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
  /** What plain http gets where only https is taken: 426, or a redirect by 301, 302, 307 or 308. */
  httpsRedirectStatus?: 426 | 301 | 302 | 307 | 308;
  /** Sends this share of callers to another pool; the same caller always to the same. */
  canary?: {
    /** The other pool, by name. */
    pool: string;
    /** The share, in percent. */
    percent: number;
    /** A request header; its value "always" or "never" decides alone. */
    header?: string;
  };
  /** Copies this share of GET and HEAD requests to another pool after answering; compares, counts and logs what differs. */
  shadow?: {
    /** The other pool, by name. */
    pool: string;
    /** The share, in percent. */
    percent: number;
    /** Response headers that may differ. */
    ignoreHeaders?: string[];
  };
  /** This response in place of an origin's, after key and limit. Default: the origin is asked. */
  respondWith?: RespondWith | false;
  /** What single consumers, by id, get on this route, in place of `respondWith`. */
  consumerResponses?: {
    [k: string]: RespondWith;
  };
  /** How base path and rest meet, as Kong calls it. */
  pathHandling?: 'v0' | 'v1';
  /** The service that stood behind the route in Kong: Kong-Debug tells it, limits by service count by it. */
  service?: {
    /** Told as Kong-Service-Id. */
    id: string;
    /** Told as Kong-Service-Name. */
    name?: string;
  };
  /** Settings of single consumers on this route, by id. */
  consumerSettings?: {
    [k: string]: ConsumerSettings;
  };
  /** In place of the general one; `false` adds none. */
  correlationId?: CorrelationId | false;
  /** In place of the general one; `false` leaves trace headers alone. */
  trace?: Trace | false;
  /** In place of the general one; `false` lets all in. */
  agents?: Agents | false;
  /** In place of the general ones; `false` lets all in. */
  addresses?: Addresses1 | false;
  /** In place of the general one; `false` lifts it. */
  maxBodyBytes?: number | false;
  /** In place of the general one. */
  requireContentLength?: boolean;
  /** In place of the general ones; `false` asks for none. */
  groups?: Groups | false;
  /** In place of the general ones; `false` lifts them. */
  costLimits?: CostLimits1 | false;
  /** In place of the general one; `false` changes nothing. */
  requestTransform?: RequestTransform1 | false;
  /** In place of the general one; `false` changes nothing. */
  responseTransform?: ResponseTransform1 | false;
  /** In place of the general one; `false` keeps callers here. */
  redirect?: Redirect1 | false;
  /** In place of the general one; `false` asks for no signature. */
  webhook?: Webhook | false;
  /** In place of the general one; `false` keeps none. */
  cache?: Cache1 | false;
  /** In place of the general ones; `false` tells nobody. */
  logTo?: ('console' | LogServer)[] | false;
}
export interface Jwt {
  /** Headers that may hold it: "Bearer" and the token, or outside `Authorization` the token alone. */
  headers?: string[];
  /** Arguments of the query that may hold it; URLs are written into logs. The Kong importer writes Kong's `["jwt"]`. */
  queryNames?: string[];
  /** Cookies that may hold it; capitals do not matter. */
  cookieNames?: string[];
  /** What names the key that the token is checked by: a claim of its payload, else of its header, such as "kid". */
  keyClaim?: string;
  /** Times that a token must state. One that it states of itself holds in any case, but for Kong's profiles. */
  claims?: ('exp' | 'nbf')[];
  /** Refuse tokens that go on living longer. Default: however long. */
  maxExpirationSeconds?: number;
  /** Secrets are written in base64. */
  base64Secrets?: boolean;
  /** Ask OPTIONS requests for a token too. A preflight that CORS answers is never asked. */
  runOnPreflight?: boolean;
  /** A consumer's id or username that stands for callers without a good token. Default: they are refused. */
  anonymous?: string;
  /** Named in WWW-Authenticate. Default: none. */
  realm?: string;
}
export interface Auth {
  /**
   * What the header, argument or field with the key is called.
   *
   * @minItems 1
   */
  keyNames?: [string, ...string[]];
  /** Where to look, in this order. */
  keyIn?: ('header' | 'query' | 'body')[];
  /** Remove the key before forwarding. The Kong importer writes Kong's own value. */
  hideCredentials?: boolean;
  /** A consumer's id or username that stands for callers without a good key. Default: they are refused. */
  anonymous?: string;
  /** Ask OPTIONS requests for a key too. A preflight that CORS answers is never asked. */
  runOnPreflight?: boolean;
  /** Named in WWW-Authenticate. Default: none. */
  realm?: string;
  verify?: Verify;
  cache?: VerdictCache;
}
/** Who says whether a key is good. Without it, only `consumers` do. */
export interface Verify {
  /** Where to ask. "{key}" in it is replaced, encoded; without "{key}" the key travels in `keyHeader`. */
  url: string;
  /** How to ask; a POST has no body. */
  method?: 'GET' | 'POST';
  /** The header that carries the key where the URL does not. Default: the first of `keyNames`. */
  keyHeader?: string;
  /** Sent with each question, e.g. the gateway's own secret. */
  headers?: {
    [k: string]: string;
  };
  /** An answer that takes longer is no verdict. */
  timeoutMs?: number;
  /** JSON pointer: a 200's body decides, true is good. Without it 200 is good, 401, 403 and 404 bad, all else no verdict. */
  field?: string;
  /** JSON pointers into a good verdict's body: who the consumer is. */
  consumer?: {
    /** Told to origins as X-Consumer-ID. */
    id?: string;
    /** Told to origins as X-Consumer-Username. */
    username?: string;
    /** Told to origins as X-Consumer-Custom-ID. */
    customId?: string;
  };
  /** Header name -> JSON pointer: what the origin is told of a good verdict. */
  upstreamHeaders?: {
    [k: string]: string;
  };
}
/** How long verdicts of `verify` live, and how many. */
export interface VerdictCache {
  /** How long a good verdict lives. The verifier's Cache-Control max-age and no-store win. */
  ttlSeconds?: number;
  /** How long a bad verdict lives. */
  negativeTtlSeconds?: number;
  /** How long a key known to be good goes on working while the verifier gives no verdict. */
  staleSeconds?: number;
  /** How many good keys are remembered. Bad ones have room of their own, a quarter of that, and push no good one out. */
  maxEntries?: number;
}
export interface BasicAuth {
  /** Remove the password before forwarding. The Kong importer writes Kong's own value. */
  hideCredentials?: boolean;
  /** A consumer's id or username that stands for callers without a good password. Default: they are refused. */
  anonymous?: string;
  /** Named in WWW-Authenticate: browsers show it, and keep a password for each. */
  realm?: string;
}
export interface HmacAuth {
  /**
   * What may be signed with. The Kong importer writes Kong's own value, "hmac-sha1" among them.
   *
   * @minItems 1
   */
  algorithms?: [
    'hmac-sha1' | 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512',
    ...('hmac-sha1' | 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512')[],
  ];
  /** How far the request's date may be off, both ways: so long can one that was overheard be sent again. */
  clockSkewSeconds?: number;
  /** What a signature must cover: headers, "@request-target" or "request-line". The Kong importer writes Kong's own value. */
  signed?: string[];
  /** The body must be the one that the Digest header names: "SHA-256=" and base64. At most 1 MiB, 8 KiB under `compat`. */
  bodyDigest?: boolean;
  /** Remove the signature before forwarding. The Kong importer writes Kong's own value. */
  hideCredentials?: boolean;
  /** A consumer's id or username that stands for callers without a good signature. Default: they are refused. */
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
  /** Whose count it is; without an identity, the caller's address. */
  by?:
    | ('consumer' | 'credential' | 'ip' | 'path' | 'service')
    | {
        header: string;
      }
    | {
        path: string;
      };
  /** Leave RateLimit-* and X-RateLimit-* out of answers. */
  hideHeaders?: boolean;
  /** What a refusal says. */
  message?: string;
  /** Status of a refusal. */
  status?: number;
  /** Limits of one scope share a count. Default: a count for each limit written; the general one is one for all its routes. */
  scope?: string;
}
export interface Cors {
  /** Who may read: origins as they are, or regular expressions as Kong reads them. Default: any. */
  origins?: string[];
  /** Told to preflights. The default is the nine that Kong names. */
  methods?: string[];
  /** Told to preflights. Default: those they ask for. */
  headers?: string[];
  /** Response headers that scripts may read beyond the safe few. */
  exposedHeaders?: string[];
  /** May cookies come along? Not for any origin. */
  credentials?: boolean;
  /** How long browsers may remember a preflight, in seconds. Default: they decide. */
  maxAge?: number;
  /** Hand preflights to the origin. */
  preflightContinue?: boolean;
  /** Allow pages of the public web to call into a private network. */
  privateNetwork?: boolean;
  /** Send the headers to callers without an Origin header too. */
  allowOriginAbsent?: boolean;
}
/** The tutorial's response headers, each only if it is written. */
export interface ResponseHeaders {
  /** Name of the header that names the origin: "Origin" in the tutorial. */
  origin?: string | false;
  /** Name of the header with the caller's country: "Country" in the tutorial. */
  country?: string | false;
  /** Cache-Control of a good answer to GET and HEAD where the origin said nothing of freshness and neither key, cookie nor Authorization had a part in it: "max-age=3" in the tutorial. */
  cacheControl?: string | false;
  /** Ask each origin for its version, and name it. `{}` is the tutorial's JSON-RPC call. */
  version?: Version | false;
}
export interface Version {
  /** The response header. */
  header?: string;
  /** Where origins are asked. */
  path?: string;
  /** How they are asked. */
  method?: string;
  /** What is sent with it. The default is the tutorial's JSON-RPC call. */
  body?: string;
  /** JSON pointer into the answer. Default: the whole answer. */
  field?: string;
  /** Asked again after so long. */
  ttlSeconds?: number;
}
export interface RespondWith {
  /** Of the response. */
  status?: number;
  /** The body is {"message": …}. Default: "Service unavailable" where the status is 503 and there is no `body`, else no body. */
  message?: string;
  /** The body as it is, in place of `message`. */
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
  costLimits?: CostLimits;
  requestTransform?: RequestTransform;
  responseTransform?: ResponseTransform;
  redirect?: Redirect;
  cache?: Cache;
  /** Who gets records of the consumer's requests. */
  logTo?: ('console' | LogServer)[];
}
/** Which addresses the consumer may call from. */
export interface Addresses {
  /** Addresses and ranges (CIDR); an empty list allows all that are not denied. */
  allow?: string[];
  /** Goes before `allow`. */
  deny?: string[];
  /** Of a refusal. */
  status?: number;
  /** Of a refusal. Default: a text of the gateway's. */
  message?: string;
}
/** The consumer's own. */
export interface CostLimits {
  /** The answer's header that says what it cost ("video=2, image=1"); callers do not get it. */
  header?: string;
  /** Budgets by name. */
  limits: {
    /** Budgets by name. */
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
  /** Whose budget it is; without an identity, the caller's address. */
  by?: 'consumer' | 'credential' | 'ip';
  /** Refuse whoever has used a budget up, without asking the origin. */
  refuseEarly?: boolean;
  /** Leave X-RateLimit-* out of answers. */
  hideHeaders?: boolean;
  /** Settings that name the same scope share their counts. Default: where it is written. */
  scope?: string;
}
/** For requests of the consumer. */
export interface RequestTransform {
  /** In place of the caller's. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** In place of all that route and request make of the path. All values may hold `$(…)`: docs/traffic.md. */
  path?: string;
  /** Headers, in this order: remove, rename, replace, add, append. */
  headers?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string;
    };
    /** Values of what is not there. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** Arguments of the query, likewise. The query is then written anew. */
  query?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string;
    };
    /** Values of what is not there. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** Fields of a JSON object or a form, likewise. */
  body?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string;
    };
    /** Values of what is not there. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
}
/** For answers to the consumer. */
export interface ResponseTransform {
  /** Headers: remove, rename, replace, add, append; what is there is asked of the answer as it came. */
  headers?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string;
    };
    /** Values of what is not there. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** Fields of JSON objects, likewise; at the top level. */
  body?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string | number | boolean;
    };
    /** Values of what is not there. */
    add?: {
      [k: string]: string | number | boolean;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | number | boolean | (string | number | boolean)[];
    };
  };
}
/** Where the consumer is sent. */
export interface Redirect {
  /** The new address. */
  to: string;
  /** Of the answer. */
  status?: number;
  /** Path and query of the request take the place of the address's. */
  keepPath?: boolean;
}
/** For requests of the consumer. */
export interface Cache {
  /**
   * Requests whose answers are kept. A body is no part of what entries are told apart by.
   *
   * @minItems 1
   */
  methods?: ['GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH', ...('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH')[]];
  /**
   * Answers that are kept.
   *
   * @minItems 1
   */
  statuses?: [number, ...number[]];
  /**
   * Types that are kept, "*" for any part, with just these parameters. Default: all.
   *
   * @minItems 1
   */
  contentTypes?: [string, ...string[]];
  /** How long an answer is good that says nothing of it; without `obeyCacheControl` any. 0 keeps none. */
  ttlSeconds?: number;
  /** How long an entry is kept, to be given to whoever takes stale ones. Default: while it is good. */
  storageSeconds?: number;
  /** Cache-Control counts, in answers and in requests. */
  obeyCacheControl?: boolean;
  /** Arguments that entries are kept apart by. Default: all. */
  varyQuery?: string[];
  /** Request headers that entries are kept apart by. */
  varyHeaders?: string[];
  /** Paths that differ in capitals are one. */
  ignorePathCase?: boolean;
  /** Headers that tell the caller: Age, X-Cache-Status, X-Cache-Key. */
  show?: ('age' | 'status' | 'key')[];
}
export interface LogServer {
  /** Where records are sent. */
  url: string;
  /** How. */
  method?: 'POST' | 'PUT' | 'PATCH';
  /** Sent with them, e.g. a key. Content-Type is application/json unless it is named. */
  headers?: {
    [k: string]: string;
  };
  /** An answer that takes longer counts as none. */
  timeoutMs?: number;
  /** So many records go out together, as a list; 1 sends each alone. */
  batchSize?: number;
  /** A batch that is not full goes after so long. */
  delaySeconds?: number;
}
export interface CorrelationId {
  /** The header that carries it. What a caller sent in it is kept. */
  header?: string;
  /** "counter": an isolate's UUID and a number. "tracker": address, number and time, as Kong writes it. */
  generator?: 'uuid' | 'counter' | 'tracker';
  /** Tell the caller, too. */
  echo?: boolean;
}
export interface Trace {
  /** Formats that are looked for, in this order; an empty list begins a new trace with every request. */
  extract?: ('w3c' | 'b3' | 'jaeger' | 'ot')[];
  /** Formats that the origin gets; "preserve" is the caller's, or `defaultFormat`. */
  inject?: ('preserve' | 'w3c' | 'b3' | 'b3-single' | 'jaeger' | 'ot')[];
  /** Where "preserve" finds none. */
  defaultFormat?: 'w3c' | 'b3' | 'b3-single' | 'jaeger' | 'ot';
  /** Request headers that are dropped. */
  clear?: string[];
  /** Share of requests that are sampled where the caller did not decide, 0 to 1. */
  sample?: number;
  /** A caller's wish to be sampled is granted at that share only. */
  capCallers?: boolean;
  /** Bytes of chance in the id of a new trace. */
  idBytes?: 8 | 16;
  /** An answer's header that names the trace. Default: none. */
  responseHeader?: string;
  to?: Collector;
}
/** An OTLP collector (HTTP, JSON) that gets a span of each sampled request. Default: none. */
export interface Collector {
  /** Where records are sent. */
  url: string;
  /** How. */
  method?: 'POST' | 'PUT' | 'PATCH';
  /** Sent with them, e.g. a key. Content-Type is application/json unless it is named. */
  headers?: {
    [k: string]: string;
  };
  /** An answer that takes longer counts as none. */
  timeoutMs?: number;
  /** So many records go out together, as a list; 1 sends each alone. */
  batchSize?: number;
  /** A batch that is not full goes after so long. */
  delaySeconds?: number;
  /** What the gateway is called there. */
  serviceName?: string;
}
export interface Agents {
  /** Regular expressions; a match passes, whatever else is said. */
  allow?: string[];
  /** Regular expressions; a match is refused with 403. */
  deny?: string[];
  /** Refuse well-known robots and HTTP libraries. */
  bots?: boolean;
}
export interface Addresses1 {
  /** Addresses and ranges (CIDR); an empty list allows all that are not denied. */
  allow?: string[];
  /** Goes before `allow`. */
  deny?: string[];
  /** Of a refusal. */
  status?: number;
  /** Of a refusal. Default: a text of the gateway's. */
  message?: string;
}
export interface Groups {
  /** Members of one of these may call; an empty list allows all that are not denied. */
  allow?: string[];
  /** Members of one of these may not. */
  deny?: string[];
  /** Do not tell the origin in X-Consumer-Groups. */
  hideHeader?: boolean;
}
export interface CostLimits1 {
  /** The answer's header that says what it cost ("video=2, image=1"); callers do not get it. */
  header?: string;
  /** Budgets by name. */
  limits: {
    /** Budgets by name. */
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
  /** Whose budget it is; without an identity, the caller's address. */
  by?: 'consumer' | 'credential' | 'ip';
  /** Refuse whoever has used a budget up, without asking the origin. */
  refuseEarly?: boolean;
  /** Leave X-RateLimit-* out of answers. */
  hideHeaders?: boolean;
  /** Settings that name the same scope share their counts. Default: where it is written. */
  scope?: string;
}
export interface RequestTransform1 {
  /** In place of the caller's. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** In place of all that route and request make of the path. All values may hold `$(…)`: docs/traffic.md. */
  path?: string;
  /** Headers, in this order: remove, rename, replace, add, append. */
  headers?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string;
    };
    /** Values of what is not there. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** Arguments of the query, likewise. The query is then written anew. */
  query?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string;
    };
    /** Values of what is not there. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** Fields of a JSON object or a form, likewise. */
  body?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string;
    };
    /** Values of what is not there. */
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
  /** Headers: remove, rename, replace, add, append; what is there is asked of the answer as it came. */
  headers?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string;
    };
    /** Values of what is not there. */
    add?: {
      [k: string]: string;
    };
    /** Further values: one, or a list. */
    append?: {
      [k: string]: string | string[];
    };
  };
  /** Fields of JSON objects, likewise; at the top level. */
  body?: {
    /** Names that are taken away. */
    remove?: string[];
    /** Old name -> new name. */
    rename?: {
      [k: string]: string;
    };
    /** New values of what is there. */
    replace?: {
      [k: string]: string | number | boolean;
    };
    /** Values of what is not there. */
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
  /** The new address. */
  to: string;
  /** Of the answer. */
  status?: number;
  /** Path and query of the request take the place of the address's. */
  keepPath?: boolean;
}
export interface Webhook {
  /** What they are signed with, as it is. HMAC needs the secret itself. */
  secret: string;
  /** How old they may be. */
  toleranceSeconds?: number;
}
export interface Cache1 {
  /**
   * Requests whose answers are kept. A body is no part of what entries are told apart by.
   *
   * @minItems 1
   */
  methods?: ['GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH', ...('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH')[]];
  /**
   * Answers that are kept.
   *
   * @minItems 1
   */
  statuses?: [number, ...number[]];
  /**
   * Types that are kept, "*" for any part, with just these parameters. Default: all.
   *
   * @minItems 1
   */
  contentTypes?: [string, ...string[]];
  /** How long an answer is good that says nothing of it; without `obeyCacheControl` any. 0 keeps none. */
  ttlSeconds?: number;
  /** How long an entry is kept, to be given to whoever takes stale ones. Default: while it is good. */
  storageSeconds?: number;
  /** Cache-Control counts, in answers and in requests. */
  obeyCacheControl?: boolean;
  /** Arguments that entries are kept apart by. Default: all. */
  varyQuery?: string[];
  /** Request headers that entries are kept apart by. */
  varyHeaders?: string[];
  /** Paths that differ in capitals are one. */
  ignorePathCase?: boolean;
  /** Headers that tell the caller: Age, X-Cache-Status, X-Cache-Key. */
  show?: ('age' | 'status' | 'key')[];
}
export interface Consumer {
  /**
   * Public keys of the pairs that the consumer's tokens are signed with.
   *
   * Items: Public keys of the pairs that the consumer's tokens are signed with.
   */
  jwtKeys?: {
    /** What the claim `keyClaim` of tokens says; unique, told to origins as X-Credential-Identifier. */
    name: string;
    /** What they are signed by. EdDSA is Ed25519. */
    algorithm:
      'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';
    /** In PEM: "-----BEGIN PUBLIC KEY-----". */
    publicKey: string;
    /** Counted and limited by; default: the name. */
    id?: string;
  }[];
  /**
   * Secrets that the consumer's tokens are signed with, where there is no pair.
   *
   * Items: Secrets that the consumer's tokens are signed with, where there is no pair.
   */
  jwtSecrets?: {
    /** As in `jwtKeys`. */
    name: string;
    /** What they are signed by. */
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
  /** Unique; told to origins as X-Consumer-ID. */
  id: string;
  /** Told to origins as X-Consumer-Username. */
  username?: string;
  /** Told to origins as X-Consumer-Custom-ID. */
  customId?: string;
  /**
   * Keys by their SHA-256, as `edge-gateway hash-key` makes them: never the keys.
   *
   * Items: Keys by their SHA-256, as `edge-gateway hash-key` makes them: never the keys.
   */
  credentials?: {
    /** Told to origins as X-Credential-Identifier. */
    id?: string;
    /** The digest of the key. */
    sha256: string;
    /** Counted from an isolate's first request. Default: for ever. */
    ttlSeconds?: number;
  }[];
  /**
   * User names and passwords that are the consumer's: hashes of them, never the passwords.
   *
   * Items: User names and passwords that are the consumer's: hashes of them, never the passwords.
   */
  logins?: {
    /** Counted and limited by; default: the user name. */
    id?: string;
    /** Unique; told to origins as X-Credential-Identifier. Compared exactly. */
    username: string;
    /** As `edge-gateway hash-key --password` makes it. */
    passwordHash: string;
  }[];
  /**
   * Secrets that the consumer signs with.
   *
   * Items: Secrets that the consumer signs with.
   */
  hmacSecrets?: {
    /** What signatures call it; unique, told to origins as X-Credential-Identifier. Compared exactly. */
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
  /** What `groups` of routes ask for; told to origins as X-Consumer-Groups. */
  groups?: string[];
}
export interface Shared {
  /** Rate limits over all isolates. "exact": no window passes more than its limit. "loose": a caller's first requests in an isolate and window pass unasked; for very many callers. */
  limits?: ('exact' | 'loose') | false;
  /** Limits while the companion can't be asked. "local": an equal share of what was left; "open": all pass; "closed": none. */
  onFailure?: 'local' | 'open' | 'closed';
  /** How long a response of the companion is waited for, in ms. */
  timeoutMs?: number;
  /** Objects that the companion's limits are spread over, by caller; one answers about 1000 messages a second. */
  shards?: number;
  /** `POST {status.path}/forget` reaches every isolate within two polls. */
  revocations?:
    | {
        /** The time between two polls of an isolate. */
        pollSeconds?: number;
      }
    | false;
  /** Good verdicts on keys in the data centre's cache, for new isolates. Needs `revocations`, and a domain of one's own. */
  verdicts?:
    | {
        /** Proves that what stands in the cache is the gateway's own: any Worker of the zone can write there. */
        secret: string;
      }
    | false;
  /** `GET {status.path}/metrics?all`: the sums of all isolates. */
  metrics?:
    | {
        /** How often each isolate sends its own. */
        everySeconds?: number;
      }
    | false;
  /** Answer times of origins over all isolates of a data centre, for those with few requests. Default `false`: each isolate learns alone. */
  board?:
    | {
        /** With it the board stands in the data centre's cache, which needs a domain of one's own. Default: the companion keeps it, for processes of one network. */
        secret?: string;
      }
    | false;
}
/** What kong.conf said where callers or origins can see it. Only with `compat`. */
export interface Kong {
  /** `headers`: which of Server, Via and X-Kong-* callers get: a list of names, `true` for all but X-Kong-Upstream-Status, `false` for none. */
  headers?: boolean | string[];
  /** `headers_upstream`: false tells origins no X-Kong-Request-Id. */
  upstreamRequestId?: boolean;
  /** `real_ip_header`: where a trusted proxy says who called. */
  realIpHeader?: string;
  /** `real_ip_recursive`: of a list of addresses `true` takes the last that is no trusted proxy's, `false` the last. */
  realIpRecursive?: boolean;
  /** `port_maps`: the port that callers use, by the port that the gateway listens on. Default: the same. */
  portMaps?: {
    [k: string]: number;
  };
  /** `nginx_http_charset`: texts whose origin names no charset are said to be UTF-8. */
  charset?: boolean;
  /** `allow_debug_header`: a request with Kong-Debug is told which route and service it met. Kong of 2018 always did. */
  debugHeaders?: boolean;
  /** `error_default_type`: the format of errors while proxying, where the caller names none. */
  errorType?: string;
  /** nginx's client_max_body_size, for every route. Default: none. */
  maxBodyBytes?: number;
}
