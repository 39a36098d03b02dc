/** What callers and operators are told: CORS, the tutorial's headers, Kong's own, the log and the operator's page. */
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
import type { FixedResponse } from './types.ts';

const corsFields = () => ({
  /** Who may read: origins as they are, or regular expressions as Kong reads them. Default: any. */
  origins: defaulted(listOf(needing(string(), [/[^\w.:/*-]/, 'patterns'])), []),
  /** Told to preflights. The default is the nine that Kong names. */
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
  /** Told to preflights. Default: those they ask for. */
  headers: nullable(listOf(TOKEN)),
  /** Response headers that scripts may read beyond the safe few. */
  exposedHeaders: defaulted(listOf(TOKEN), []),
  /** May cookies come along? Not for any origin. */
  credentials: defaulted(boolean(), false),
  /** How long browsers may remember a preflight, in seconds. Default: they decide. */
  maxAge: nullable(integer(-1)),
  /** Hand preflights to the origin. */
  preflightContinue: defaulted(boolean(), false),
  /** Allow pages of the public web to call into a private network. */
  privateNetwork: defaulted(boolean(), false),
  /** Send the headers to callers without an Origin header too. */
  allowOriginAbsent: defaulted(boolean(), true),
});
const corsRow = () => switchable(reviewed(ref('cors'), reviewCors));
export const corsRows = () => ({
  config: {
    /**
     * Which browser callers may read the answer. Default `false`: that is the origin's business. `{}` is the
     * tutorial's: any, without credentials.
     */
    cors: nullable(corsRow()),
  },
  route: {
    /** In place of the general one; `false` leaves CORS to the origin. */
    cors: optional(corsRow()),
  },
  cors: corsFields(),
});

const versionFields = () => ({
  /** The response header. */
  header: defaulted(TOKEN, 'Version'),
  /** Where origins are asked. */
  path: defaulted(PATH, '/'),
  /** How they are asked. */
  method: defaulted(TOKEN, 'POST'),
  /** What is sent with it. The default is the tutorial's JSON-RPC call. */
  body: defaulted(
    ANY_STRING,
    '{"id":0,"jsonrpc":"2.0","method":"call","params":["login_api","get_version",[]]}',
  ),
  /** JSON pointer into the answer. Default: the whole answer. */
  field: nullable(POINTER),
  /** Asked again after so long. */
  ttlSeconds: defaulted(number(1, 31_536_000), 60),
});

/** The tutorial's response headers, each only if it is written. */
const responseHeadersFields = () => ({
  /** Name of the header that names the origin: "Origin" in the tutorial. */
  origin: nullable(switchable(TOKEN)),
  /** Name of the header with the caller's country: "Country" in the tutorial. */
  country: nullable(switchable(TOKEN)),
  /**
   * Cache-Control of a good answer to GET and HEAD where the origin said nothing of freshness and neither key, cookie
   * nor Authorization had a part in it: "max-age=3" in the tutorial.
   */
  cacheControl: nullable(switchable(LINE)),
  /** Ask each origin for its version, and name it. `{}` is the tutorial's JSON-RPC call. */
  version: nullable(switchable(ref('version'))),
});
export const responseHeadersRows = () => ({
  config: {
    /** The tutorial's response headers. Default `false`: none is added. */
    responseHeaders: nullable(switchable(ref('responseHeaders'))),
  },
  route: {
    /** In place of the general ones; `false` adds none. */
    responseHeaders: optional(switchable(ref('responseHeaders'))),
  },
  responseHeaders: responseHeadersFields(),
  version: versionFields(),
});

export const logRows = () => ({
  config: {
    /** One JSON line a request: none, those that failed, or all. Keys can't appear in it. */
    log: defaulted(oneOf('off', 'errors', 'all'), 'off'),
  },
});

export const serverTimingRows = () => ({
  config: {
    /**
     * Server-Timing on every answer: auth, pick, origin, total, attempts. Default: where `status` or `log` is on; it
     * costs 3 % of a request.
     */
    serverTiming: nullable(boolean()),
  },
});

const respondWithFields = () => ({
  /** Of the response. */
  status: defaulted(integer(200, 599), 503),
  /**
   * The body is {"message": …}. Default: "Service unavailable" where the status is 503 and there is no `body`, else no
   * body.
   */
  message: nullable(string()),
  /** The body as it is, in place of `message`. */
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
     * What single consumers, by id, get in place of an origin's answer; a route's own `consumerResponses` go before.
     */
    consumerResponses: nullable(byId(responseRow())),
  },
  route: {
    /** This response in place of an origin's, after key and limit. Default: the origin is asked. */
    respondWith: nullable(switchable(responseRow())),
    /** What single consumers, by id, get on this route, in place of `respondWith`. */
    consumerResponses: nullable(byId(responseRow())),
  },
  respondWith: respondWithFields(),
});

export const requestIdRows = () => ({
  config: {
    /** X-Request-Id to caller and origin. Default: only where `log` or `status` is on. */
    requestId: nullable(boolean()),
  },
});

export const statusRows = () => ({
  config: {
    /** The operator's page, its buttons and metrics, behind a token. */
    status: nullable(
      switchable(
        object({
          /** Where it is. */
          path: string('a path like "/status"', /^(\/[\w.~-]+)+$/),
          /** Whoever has it may look, drain and eject origins, and have keys forgotten. */
          token: asSecret(string('a string of at least 8 characters without spaces', /^[\x21-\x7e]{8,}$/)),
        }),
      ),
    ),
  },
});

export const healthPathRows = () => ({
  config: {
    /**
     * Where anybody may ask whether this script runs, with GET or HEAD: 200, and no origin is asked. Default: nowhere.
     */
    healthPath: nullable(switchable(PATH)),
  },
});

/** What kong.conf said; each meaning begins with the name that the setting has there. */
const kongFields = () => ({
  /**
   * `headers`: which of Server, Via and X-Kong-* callers get: a list of names, `true` for all but
   * X-Kong-Upstream-Status, `false` for none.
   */
  headers: defaulted(either(boolean(), listOf(TOKEN)), true),
  /** `headers_upstream`: false tells origins no X-Kong-Request-Id. */
  upstreamRequestId: defaulted(boolean(), true),
  /** `real_ip_header`: where a trusted proxy says who called. */
  realIpHeader: defaulted(TOKEN, 'X-Real-IP'),
  /** `real_ip_recursive`: of a list of addresses `true` takes the last that is no trusted proxy's, `false` the last. */
  realIpRecursive: defaulted(boolean(), false),
  /** `port_maps`: the port that callers use, by the port that the gateway listens on. Default: the same. */
  portMaps: defaulted(
    transformed(recordOf(integer(1, 65_535)), (pairs): Readonly<Record<string, number>> =>
      Object.fromEntries(pairs),
    ),
    {},
  ),
  /** `nginx_http_charset`: texts whose origin names no charset are said to be UTF-8. */
  charset: defaulted(boolean(), true),
  /** `allow_debug_header`: a request with Kong-Debug is told which route and service it met. Kong of 2018 always did. */
  debugHeaders: defaulted(boolean(), false),
  /** `error_default_type`: the format of errors while proxying, where the caller names none. */
  errorType: defaulted(string(), 'text/plain'),
});
export const kongRows = () => ({
  config: {
    /** Wording, status and format of the gateway's own answers: Kong's. Left out: small JSON. */
    compat: nullable(oneOf('kong-3', 'kong-2018')),
    /** Kong's router flavor: how routes that match alike are ranked. "traditional_compatible" is Kong 3's. */
    routerFlavor: defaulted(oneOf('traditional_compatible', 'traditional'), 'traditional_compatible'),
    /** What kong.conf said where callers or origins can see it. Only with `compat`. */
    kong: defaulted(ref('kong'), {}),
  },
  route: {
    /** How base path and rest meet, as Kong calls it. */
    pathHandling: defaulted(oneOf('v0', 'v1'), 'v0'),
    /** The service that stood behind the route in Kong: Kong-Debug tells it, limits by service count by it. */
    service: nullable(
      object({
        /** Told as Kong-Service-Id. */
        id: string(),
        /** Told as Kong-Service-Name. */
        name: optional(string()),
      }),
    ),
  },
  kong: kongFields(),
});
