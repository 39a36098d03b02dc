/**
 * The one place that states a setting: its type, range, default and meaning. From this table come the checks
 * (validate.ts), the types (types.ts), docs/configuration.md and schema.json.
 *
 * Rows stand by feature, so that a file may carry those of some features only, and by the record that they extend.
 */
import {
  boolean,
  defaulted,
  integer,
  listOf,
  needing,
  nullable,
  number,
  object,
  oneOf,
  recordOf,
  ref,
  reviewed,
  string,
  test,
} from './rows.ts';
import type { NamedRows } from './validate.ts';
import { CIDR_RANGE, headerNamesRow, PATH, poolNameRow, TOKEN } from './patterns.ts';
import { reviewHosts } from './meaning.ts';
import { regexFault, reviewOriginPatterns } from './regex-rows.ts';
import { ORIGIN_PATTERN } from '../core/origin-glob.ts';
import { hmacAuthRows, jwtRows } from './schema-credentials.ts';
import { basicAuthRows } from './schema-basic-auth.ts';
import { boardRows, consumerLimitRows, keyAuthRows, rateLimitRows, sharedRows } from './schema-auth.ts';
import {
  consistentHashRows,
  geoPriorRows,
  healthCheckRows,
  hostOverrideRows,
  kongBalancerRows,
  leastLoadRows,
  originList,
  poolRows,
} from './schema-pool.ts';
import {
  corsRows,
  healthPathRows,
  kongRows,
  logRows,
  requestIdRows,
  respondWithRows,
  responseHeadersRows,
  serverTimingRows,
  statusRows,
} from './schema-response.ts';
import {
  consumerSettingsRows,
  agentsRows,
  addressesRows,
  groupsRows,
  bodyLimitRows,
  costLimitsRows,
  webhookRows,
} from './schema-admission.ts';
import { requestTransformRows, responseTransformRows, redirectRows } from './schema-transform.ts';
import { correlationIdRows, traceRows, cacheRows, accessLogRows } from './schema-records.ts';

const hostRow = () => string('a host name, with or without a port', /^[^\s/?#@]+$/);
const methodRow = () => string('a method in capitals', /^[A-Z][A-Z-]*$/);
const PREFIX = 'a prefix that starts with "/", without query';
const prefixOrPattern = () => string(`${PREFIX}, or "~" and a regular expression`, /^(~|\/[^?#]*$)/);
const routePath = () =>
  test(prefixOrPattern(), 'route-path', (path) => (path.startsWith('~') ? regexFault(path.slice(1)) : null));

/** What every file carries, beside origins and pools. */
const coreRows = () => ({
  config: {
    /** For editors: where the JSON Schema of the configuration is. */
    $schema: nullable(string()),
    /**
     * What origins get of the caller: X-Forwarded-For only, -Proto and -Host too, or nothing. Under `compat` as in
     * Kong.
     */
    forwardedHeaders: defaulted(oneOf('for', 'all', 'none'), 'for'),
    /**
     * IPv6 addresses with so many leading bits in common are one caller to limits and hashing. Default: 64; 128 under
     * `compat` and for addresses that trusted proxies report.
     */
    ipv6Prefix: nullable(integer(1, 128)),
    /** Rewrite a Location that names an origin to the public host. The Kong importer writes `false`. */
    rewriteLocation: defaulted(boolean(), true),
    /**
     * Fail-open for GET and HEAD: an exception in the gateway sends the request to the zone's own origin, past auth.
     */
    passThroughOnException: defaulted(boolean(), false),
  },
});

/** By host, path prefix and method. */
export const routeRows = () => ({
  config: {
    /** Which requests go to which pool. Kong's ranking decides among them, not their order. */
    routes: nullable(listOf(ref('route'))),
  },
  route: {
    /** Its name in logs and metrics. Default: its place in the list. */
    name: nullable(string()),
    /** Exact, `*.example.com` or `example.*`, with or without a port. An empty list matches all. */
    hosts: defaulted(reviewed(listOf(hostRow()), reviewHosts), []),
    /** A prefix, or "~" and a regular expression. An empty list matches all. */
    paths: defaulted(listOf(needing(prefixOrPattern(), [/^~/, 'patterns'])), []),
    /** In capitals. An empty list matches all. */
    methods: defaulted(listOf(methodRow()), []),
    /** Name of a pool. Default: "default"; if there is none, the route answers 503. */
    pool: nullable(poolNameRow()),
    /** A pool of its own, instead of `pool`. */
    origins: nullable(originList()),
    /** Kong's service path: the prefix of the path that the origin gets. */
    basePath: defaulted(PATH, '/'),
    /** Remove the matched prefix. The Kong importer writes Kong's `true`. */
    stripPath: defaulted(boolean(), false),
    /** The id that Kong's ranking falls back to among equals; the importer writes it. Default: the name. */
    id: nullable(string()),
  },
});

/** A header value that is a pattern is the only one of its list. */
const headerValue = () =>
  test(string(), 'header-value', (value) => (value.startsWith('~*') ? regexFault(value.slice(2)) : null));
const corsOrigin = () =>
  test(string(), 'cors-origin', (entry) => (ORIGIN_PATTERN.test(entry) ? regexFault(entry) : null));
/** Regular expressions: of paths, of header values, of CORS origins. */
export const patternRows = () => ({
  route: {
    paths: defaulted(listOf(needing(routePath(), [/^~/, 'patterns'])), []),
    /** Ranks routes whose regular expressions match; higher first. */
    regexPriority: defaulted(integer(-2_147_483_648), 0),
    /**
     * Every named header must be present with one of its values; a single value that starts with "~*" is a regular
     * expression.
     */
    headers: defaulted(recordOf(listOf(headerValue(), 1), TOKEN), {}),
  },
  cors: {
    origins: defaulted(
      reviewed(listOf(needing(corsOrigin(), [ORIGIN_PATTERN, 'patterns'])), reviewOriginPatterns),
      [],
    ),
  },
});

export const trustedProxyRows = () => ({
  config: {
    /** Peers (CIDR) whose X-Forwarded-* headers are trusted. Default: none. */
    trustedProxies: defaulted(listOf(CIDR_RANGE), []),
  },
});

export const httpsRedirectRows = () => ({
  route: {
    /** ["https"] refuses or redirects plain http. */
    protocols: defaulted(listOf(oneOf('http', 'https'), 1), ['http', 'https']),
    /** Response to plain http if only https is allowed: 426, or a redirect by 301, 302, 307 or 308. */
    httpsRedirectStatus: defaulted(oneOf<readonly number[]>(426, 301, 302, 307, 308), 426),
  },
});

const shareFields = () => ({
  /** The other pool, by name. */
  pool: poolNameRow(),
  /** The share, in percent. */
  percent: number(0, 100),
});
export const canaryRows = () => ({
  route: {
    /** Sends this share of callers to another pool; a caller always goes to the same one. */
    canary: nullable(
      object({
        ...shareFields(),
        /** A request header whose value "always" or "never" overrides the share. */
        header: nullable(TOKEN),
      }),
    ),
  },
});
export const shadowRows = () => ({
  route: {
    /**
     * Copies this share of GET and HEAD requests to another pool after answering; differences are counted and logged.
     */
    shadow: nullable(
      object({
        ...shareFields(),
        /** Response headers that may differ. */
        ignoreHeaders: defaulted(headerNamesRow(), []),
      }),
    ),
  },
});

/** Rows of what every file carries. */
export const BASE: readonly NamedRows[] = [
  { name: 'core', rows: coreRows },
  { name: 'pool', rows: poolRows },
];

/** Every row, by the feature that it belongs to. */
export const everyRow = () => ({
  core: coreRows,
  pool: poolRows,
  routes: routeRows,
  'consistent-hash': consistentHashRows,
  'reported-load': leastLoadRows,
  'health-checks': healthCheckRows,
  'geo-prior': geoPriorRows,
  'body-key': () => ({}),
  'limit-keys': () => ({}),
  jwt: jwtRows,
  'key-auth': keyAuthRows,
  'basic-auth': basicAuthRows,
  'hmac-auth': hmacAuthRows,
  'rate-limit': rateLimitRows,
  'consumer-limits': consumerLimitRows,
  'shared-limit': sharedRows,
  board: boardRows,
  cors: corsRows,
  'response-headers': responseHeadersRows,
  'request-id': requestIdRows,
  log: logRows,
  patterns: patternRows,
  'trusted-proxies': trustedProxyRows,
  'host-override': hostOverrideRows,
  'kong-balancer': kongBalancerRows,
  'https-redirect': httpsRedirectRows,
  canary: canaryRows,
  shadow: shadowRows,
  'respond-with': respondWithRows,
  kong: kongRows,
  'server-timing': serverTimingRows,
  status: statusRows,
  'health-path': healthPathRows,
  'consumer-settings': consumerSettingsRows,
  'correlation-id': correlationIdRows,
  trace: traceRows,
  agents: agentsRows,
  addresses: addressesRows,
  'body-limit': bodyLimitRows,
  groups: groupsRows,
  'cost-limits': costLimitsRows,
  'request-transform': requestTransformRows,
  'response-transform': responseTransformRows,
  redirect: redirectRows,
  webhook: webhookRows,
  cache: cacheRows,
  'access-log': accessLogRows,
});
