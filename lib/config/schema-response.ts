/** CORS, the tutorial's response headers, Kong's profiles, the log, the status page and fixed responses. */
import {
  boolean,
  defaulted,
  either,
  integer,
  listOf,
  needing,
  nullable,
  number,
  object,
  oneOf,
  optional,
  recordOf,
  ref,
  asSecret,
  byId,
  reviewed,
  string,
  switchable,
  transformed,
} from './rows.ts';
import type { ResolvedFields } from './rows.ts';
import { ANY_STRING, LINE, PATH, POINTER, TOKEN } from './patterns.ts';
import { reviewCors } from './meaning.ts';
import { ORIGIN_PATTERN } from '../core/origin-glob.ts';
import type { FixedResponse } from './types.ts';

const corsFields = () => ({
  /** Allowed origins: literal, or regular expressions as in Kong. Default: any. */
  origins: defaulted(listOf(needing(string(), [ORIGIN_PATTERN, 'patterns'])), []),
  /** Access-Control-Allow-Methods of preflights. Default: Kong's nine. */
  methods: defaulted(listOf(TOKEN), [
    'GET',
    'HEAD',
    'PUT',
    'PATCH',
    'POST',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'CONNECT',
  ]),
  /** Access-Control-Allow-Headers of preflights. Default: those that the preflight names. */
  headers: nullable(listOf(TOKEN)),
  /** Access-Control-Expose-Headers: response headers that scripts may read. */
  exposedHeaders: defaulted(listOf(TOKEN), []),
  /** Allow credentials such as cookies; not with any origin. */
  credentials: defaulted(boolean(), false),
  /** How long browsers may cache a preflight, in seconds. Default: they decide. */
  maxAge: nullable(integer(-1)),
  /** Forward preflights to the origin. */
  preflightContinue: defaulted(boolean(), false),
  /** Allow pages of public sites to call into a private network. */
  privateNetwork: defaulted(boolean(), false),
  /** Send the headers to callers without an Origin header too. */
  allowOriginAbsent: defaulted(boolean(), true),
});
const corsRow = () => switchable(reviewed(ref('cors'), reviewCors));
export const corsRows = () => ({
  config: {
    /**
     * Which sites' scripts may read responses. Default `false`: CORS is left to the origin. `{}` is the tutorial's: any
     * site, without credentials.
     */
    cors: nullable(corsRow()),
  },
  route: {
    /** Overrides the default; `false` leaves CORS to the origin. */
    cors: optional(corsRow()),
  },
  cors: corsFields(),
});

const versionFields = () => ({
  /** The response header. */
  header: defaulted(TOKEN, 'Version'),
  /** The path to request. */
  path: defaulted(PATH, '/'),
  /** Method of the request. */
  method: defaulted(TOKEN, 'POST'),
  /** Body of the request. The default is the tutorial's JSON-RPC call. */
  body: defaulted(
    ANY_STRING,
    '{"id":0,"jsonrpc":"2.0","method":"call","params":["login_api","get_version",[]]}',
  ),
  /** JSON pointer into the response. Default: the whole body. */
  field: nullable(POINTER),
  /** How long a version is remembered. */
  ttlSeconds: defaulted(number(1, 31_536_000), 60),
});

/** The tutorial's response headers, each only if it is set. */
const responseHeadersFields = () => ({
  /** Name of the header with the origin's name: "Origin" in the tutorial. */
  origin: nullable(switchable(TOKEN)),
  /** Name of the header with the caller's country: "Country" in the tutorial. */
  country: nullable(switchable(TOKEN)),
  /**
   * Cache-Control of good responses to GET and HEAD that have no freshness of their own, if the request had no key,
   * cookie or Authorization: "max-age=3" in the tutorial.
   */
  cacheControl: nullable(switchable(LINE)),
  /** Ask each origin for its version and send it to callers. `{}` is the tutorial's JSON-RPC call. */
  version: nullable(switchable(ref('version'))),
});
export const responseHeadersRows = () => ({
  config: {
    /** The tutorial's response headers. Default `false`: none is added. */
    responseHeaders: nullable(switchable(ref('responseHeaders'))),
  },
  route: {
    /** Overrides the default; `false` adds none. */
    responseHeaders: optional(switchable(ref('responseHeaders'))),
  },
  responseHeaders: responseHeadersFields(),
  version: versionFields(),
});

export const logRows = () => ({
  config: {
    /** One JSON line a request: for none, for those that failed, or for all. Keys can't appear in it. */
    log: defaulted(oneOf('off', 'errors', 'all'), 'off'),
  },
});

export const serverTimingRows = () => ({
  config: {
    /**
     * Server-Timing on every response: auth, pick, origin, total, attempts. Default: if `status` or `log` is on. Costs
     * 3 % of a request.
     */
    serverTiming: nullable(boolean()),
  },
});

const respondWithFields = () => ({
  /** Status of the response. */
  status: defaulted(integer(200, 599), 503),
  /**
   * Makes the body {"message": ...}. Default: "Service unavailable" if the status is 503 and there is no `body`, else
   * no body.
   */
  message: nullable(string()),
  /** The body, instead of `message`. */
  body: nullable(ANY_STRING),
  /** The Content-Type of `body`. Default: none. */
  contentType: nullable(LINE),
  /** Further headers. */
  headers: defaulted(recordOf(LINE, TOKEN), {}),
  /** Only requests that have a header or a query argument of this name get it. Default: all. */
  trigger: nullable(TOKEN),
});
type FilledResponse = ResolvedFields<ReturnType<typeof respondWithFields>>;
function reviewResponse(filled: FilledResponse, path: string, _config: unknown, faults: string[]): void {
  const { message, body, contentType } = filled;
  if (message !== null && body !== null)
    faults.push(`${path} must be set either message or body, received both`);
  if (contentType !== null && body === null)
    faults.push(`${path}.contentType must be left out where there is no body, received "${contentType}"`);
}
const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';
const responseRow = () =>
  transformed(reviewed(ref('respondWith'), reviewResponse), (filled: FilledResponse): FixedResponse => {
    const { status, message, body, contentType, headers, trigger } = filled;
    const sent = message ?? (status === 503 && body === null ? 'Service unavailable' : null);
    const type = sent === null ? contentType : JSON_CONTENT_TYPE;
    return {
      status,
      text: sent === null ? (body ?? '') : JSON.stringify({ message: sent }),
      headers: type === null ? headers : [...headers, ['Content-Type', type] as const],
      trigger,
    };
  });

export const respondWithRows = () => ({
  config: {
    /**
     * Fixed responses to single consumers, by id; `consumerResponses` of a route override these.
     */
    consumerResponses: nullable(byId(responseRow())),
  },
  route: {
    /** A fixed response instead of an origin's, after authentication and limits. Default: the origin is asked. */
    respondWith: nullable(switchable(responseRow())),
    /** Fixed responses to single consumers on this route, by id, which override `respondWith`. */
    consumerResponses: nullable(byId(responseRow())),
  },
  respondWith: respondWithFields(),
});

export const requestIdRows = () => ({
  config: {
    /** Send X-Request-Id to caller and origin. Default: if `log` or `status` is on. */
    requestId: nullable(boolean()),
  },
});

export const statusRows = () => ({
  config: {
    /** The status page with its actions and metrics, behind a token. */
    status: nullable(
      switchable(
        object({
          /** Its path. */
          path: string('a path like "/status"', /^(\/[\w.~-]+)+$/),
          /** Gives access to the page, and to its actions: drain and eject origins, forget keys. */
          token: asSecret(string('a string of at least 8 characters without spaces', /^[\x21-\x7e]{8,}$/)),
        }),
      ),
    ),
  },
});

export const healthPathRows = () => ({
  config: {
    /**
     * A path that answers GET and HEAD with 200 without a token and without asking an origin. Default: none.
     */
    healthPath: nullable(switchable(PATH)),
  },
});

/** Settings of kong.conf; each description begins with the name there. */
const kongFields = () => ({
  /**
   * `headers`: which of Server, Via and X-Kong-* callers get: a list of names, `true` for all but
   * X-Kong-Upstream-Status, `false` for none.
   */
  headers: defaulted(either(boolean(), listOf(TOKEN)), true),
  /** `headers_upstream`: `false` sends origins no X-Kong-Request-Id. */
  upstreamRequestId: defaulted(boolean(), true),
  /** `real_ip_header`: the header in which a trusted proxy sends the caller's address. */
  realIpHeader: defaulted(TOKEN, 'X-Real-IP'),
  /**
   * `real_ip_recursive`: of several addresses `true` takes the last that is not a trusted proxy's, `false` the last.
   */
  realIpRecursive: defaulted(boolean(), false),
  /** `port_maps`: the port that callers use, by the port that the gateway listens on. Default: the same. */
  portMaps: defaulted(
    transformed(recordOf(integer(1, 65_535)), (pairs): Readonly<Record<string, number>> =>
      Object.fromEntries(pairs),
    ),
    {},
  ),
  /** `nginx_http_charset`: add `charset=UTF-8` to texts without a charset. */
  charset: defaulted(boolean(), true),
  /** `allow_debug_header`: answer Kong-Debug with the names of route and service. Kong of 2018 always did. */
  debugHeaders: defaulted(boolean(), false),
  /** `error_default_type`: the format of proxying errors if the caller accepts any. */
  errorType: defaulted(string(), 'text/plain'),
});
export const kongRows = () => ({
  config: {
    /** Kong's wording, statuses and formats for the gateway's own responses. Default: small JSON. */
    compat: nullable(oneOf('kong-3', 'kong-2018')),
    /** Kong's router flavor: how routes that match alike are ranked. "traditional_compatible" is Kong 3's. */
    routerFlavor: defaulted(oneOf('traditional_compatible', 'traditional'), 'traditional_compatible'),
    /** Settings of kong.conf that callers or origins can see. Only with `compat`. */
    kong: defaulted(ref('kong'), {}),
  },
  route: {
    /** How base path and remaining path are joined, as in Kong. */
    pathHandling: defaulted(oneOf('v0', 'v1'), 'v0'),
    /** The route's service in Kong: for Kong-Debug, records of requests, and limits by service. */
    service: nullable(
      object({
        /** Sent as Kong-Service-Id. */
        id: string(),
        /** Sent as Kong-Service-Name. */
        name: optional(string()),
      }),
    ),
  },
  kong: kongFields(),
});
