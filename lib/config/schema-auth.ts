/** API keys, consumers, rate limits, and what isolates share. */
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
import { PERIODS } from '../core/periods.ts';
import { anonymousRow, PATH, POINTER, REALM, TOKEN } from './patterns.ts';
import { reviewConsumers } from './meaning.ts';
import type { AuthSettings, RateLimitSettings } from './types.ts';

const secondsRow = () => number(0, 31_536_000);

const verifyFields = () => ({
  /** The URL to ask. "{key}" is replaced by the encoded key; without "{key}" the key is sent in `keyHeader`. */
  // "{key}" in the host would let a caller choose the verifier.
  url: string('an http or https URL, "{key}" not in its host', /^https?:\/\/[^\s/?#{]+([/?]\S*)?$/),
  /** Method of the request; a POST has no body. */
  method: defaulted(oneOf('GET', 'POST'), 'GET'),
  /** The header with the key if the URL has no "{key}". Default: the first of `keyNames`. */
  keyHeader: nullable(TOKEN),
  /** Request headers, e.g. the gateway's own secret. */
  headers: defaulted(recordOf(asSecret(string('a string of one line', /^[^\r\n\0]+$/)), TOKEN), {}),
  /** A response that takes longer, in ms, is no verdict. */
  timeoutMs: defaulted(integer(1, 30_000), 2000),
  /**
   * JSON pointer into the body of a 200: true is good. Without it 200 is good; 401, 403 and 404 are bad, all else is no
   * verdict.
   */
  field: nullable(POINTER),
  /** JSON pointers into a good verdict's body: who the consumer is. */
  consumer: defaulted(
    object({
      /** Sent to origins as X-Consumer-ID. */
      id: nullable(POINTER),
      /** Sent to origins as X-Consumer-Username. */
      username: nullable(POINTER),
      /** Sent to origins as X-Consumer-Custom-ID. */
      customId: nullable(POINTER),
    }),
    {},
  ),
  /** Request headers for the origin: header name -> JSON pointer into a good verdict's body. */
  upstreamHeaders: defaulted(recordOf(POINTER, TOKEN), {}),
});

const verdictCacheFields = () => ({
  /** Lifetime of a good verdict. The verifier's Cache-Control max-age and no-store override it. */
  ttlSeconds: defaulted(secondsRow(), 60),
  /** Lifetime of a bad verdict. */
  negativeTtlSeconds: defaulted(secondsRow(), 10),
  /** How long a known good key goes on working while the verifier gives no verdict. */
  staleSeconds: defaulted(secondsRow(), 600),
  /**
   * How many good verdicts are cached. Bad ones have a table of their own, a quarter as large, and evict no good one.
   */
  maxEntries: defaulted(integer(1, 10_000_000), 100_000),
});

const authFields = () => ({
  /** Name of the header, argument or field with the key. */
  keyNames: defaulted(listOf(string('a name of letters, digits, "_" and "-"', /^[\w-]+$/), 1), ['apikey']),
  /** Where to look, in this order. */
  keyIn: defaulted(listOf(needing(oneOf('header', 'query', 'body'), [/^body$/, 'body-key'])), [
    'header',
    'query',
  ]),
  /** Remove the key before forwarding. The Kong importer writes Kong's own value. */
  hideCredentials: defaulted(boolean(), true),
  /** Id or username of the consumer for callers without a valid key. Default: they are refused. */
  anonymous: anonymousRow(),
  /** Require a key of OPTIONS requests too, except preflights that CORS answers. */
  runOnPreflight: defaulted(boolean(), true),
  /** The realm in WWW-Authenticate. Default: none. */
  realm: nullable(REALM),
  /** The service that verifies keys. Without it, only keys of `consumers` are valid. */
  verify: nullable(ref('verify')),
  /** The cache of verdicts of `verify`. */
  cache: defaulted(ref('verdictCache'), {}),
});

const consumerFields = () => ({
  /** Unique; sent to origins as X-Consumer-ID. */
  id: string(),
  /** Sent to origins as X-Consumer-Username. */
  username: optional(string()),
  /** Sent to origins as X-Consumer-Custom-ID. */
  customId: optional(string()),
  /** SHA-256 digests of keys, made by `edge-gateway hash-key`; never the keys. */
  credentials: defaulted(
    listOf(
      object({
        /** Sent to origins as X-Credential-Identifier. */
        id: optional(string()),
        /** The digest of the key. */
        sha256: asSecret(
          string('64 lower-case hex digits, as edge-gateway hash-key makes them', /^[0-9a-f]{64}$/),
        ),
        /** Lifetime, counted from an isolate's first request. Default: unlimited. */
        ttlSeconds: optional(integer(0)),
      }),
    ),
    [],
  ),
});

type FilledAuth = ResolvedFields<
  ReturnType<typeof authFields>,
  { verify: ReturnType<typeof verifyFields>; verdictCache: ReturnType<typeof verdictCacheFields> }
>;
const authRow = () =>
  switchable(
    transformed(ref('auth'), (auth: FilledAuth): AuthSettings => {
      const { verify, keyNames } = auth;
      return { ...auth, verify: verify && { ...verify, keyHeader: verify.keyHeader ?? keyNames[0]! } };
    }),
  );

export const keyAuthRows = () => ({
  config: {
    /** Require an API key. Default `false`. A route may set its own. */
    auth: nullable(authRow()),
    /** Known callers and their credentials. */
    consumers: defaulted(reviewed(listOf(ref('consumer')), reviewConsumers), []),
  },
  route: {
    /** Overrides the default; `false` requires no key. */
    auth: optional(authRow()),
  },
  auth: authFields(),
  verify: verifyFields(),
  verdictCache: verdictCacheFields(),
  consumer: consumerFields(),
});

const countRow = () => nullable(integer(1));

const rateLimitFields = () => ({
  /** Requests a second. */
  second: countRow(),
  /** Requests a minute. */
  minute: countRow(),
  /** Requests an hour. */
  hour: countRow(),
  /** Requests a day. */
  day: countRow(),
  /** Requests a month. */
  month: countRow(),
  /** Requests a year. */
  year: countRow(),
  /** Who or what is limited; callers without an identity by their address. */
  by: needing(
    defaulted(
      either(
        oneOf('consumer', 'credential', 'ip', 'path', 'service'),
        object({ header: TOKEN }),
        object({ path: PATH }),
      ),
      'consumer',
    ),
    // An object is matched as JSON.
    [/^(path|service|\{)/, 'limit-keys'],
  ),
  /** Send no RateLimit-* and X-RateLimit-* headers. */
  hideHeaders: defaulted(boolean(), false),
  /** Message of a refusal. */
  message: defaulted(string(), 'API rate limit exceeded'),
  /** Status of a refusal. */
  status: defaulted(integer(400, 599), 429),
  /**
   * Limits with the same scope share their counters. Default: each limit has its own; the default at the top level is
   * one limit for all its routes.
   */
  scope: nullable(string()),
});

type FilledLimit = ResolvedFields<ReturnType<typeof rateLimitFields>>;
function reviewLimit(limit: FilledLimit, path: string, _config: unknown, faults: string[]): void {
  if (PERIODS.every((period) => limit[period] === null))
    faults.push(`${path} must be set for at least one of ${PERIODS.join(', ')}, received none`);
}
const limitRow = () =>
  transformed(reviewed(ref('rateLimit'), reviewLimit), (filled: FilledLimit, path): RateLimitSettings => {
    const { by, hideHeaders, message, status, scope } = filled;
    const windows = PERIODS.flatMap((period) => {
      const limit = filled[period];
      return limit === null ? [] : [{ period, limit }];
    });
    return { windows, by, hideHeaders, message, status, scope: scope ?? path };
  });

export const rateLimitRows = () => ({
  config: {
    /** How many requests a caller may send. Default `false`: unlimited. Counted per isolate. */
    rateLimit: nullable(switchable(limitRow())),
  },
  route: {
    /** Overrides the default; `false` removes the limit. */
    rateLimit: optional(switchable(limitRow())),
  },
  rateLimit: rateLimitFields(),
});

export const consumerLimitRows = () => ({
  config: {
    /** Limits of single consumers, by id, which override `rateLimit`; `consumerLimits` of a route override these. */
    consumerLimits: nullable(byId(limitRow())),
  },
  route: {
    /** Limits of single consumers on this route, by id, which override `rateLimit`. */
    consumerLimits: nullable(byId(limitRow())),
  },
});

const sealSecret = () => asSecret(string('a string of at least 16 characters', /^[^]{16,}$/));

const sharedFields = () => ({
  /**
   * Rate limits over all isolates. "exact": no window passes more than its limit. "loose": a caller's first request in
   * an isolate and window passes without asking; for very many callers.
   */
  limits: switchable(defaulted(oneOf('exact', 'loose'), 'exact')),
  /**
   * Limits while the companion does not answer. "local": an equal share of what was left; "open": all requests pass;
   * "closed": none.
   */
  onFailure: defaulted(oneOf('local', 'open', 'closed'), 'local'),
  /** How long to wait for the companion, in ms. */
  timeoutMs: defaulted(integer(1, 10_000), 300),
  /** Durable Objects among which callers are divided; one answers about 1000 messages a second. */
  shards: defaulted(integer(1, 1000), 1),
  /** `POST {status.path}/forget` reaches every isolate within two polls. */
  revocations: switchable(
    defaulted(
      object({
        /** Time between two polls of an isolate. */
        pollSeconds: defaulted(number(1, 3600), 5),
      }),
      {},
    ),
  ),
  /** Keep good verdicts in the data centre's cache, for new isolates. Needs `revocations`, and your own domain. */
  verdicts: nullable(
    switchable(
      object({
        /** Authenticates entries of the cache, since any Worker of the zone can write to it. */
        secret: sealSecret(),
      }),
    ),
  ),
  /** `GET {status.path}/metrics?all`: the sums of all isolates. */
  metrics: nullable(
    switchable(
      object({
        /** How often each isolate sends its counters. */
        everySeconds: defaulted(number(1, 3600), 15),
      }),
    ),
  ),
});
export const boardRows = () => ({
  shared: {
    /**
     * Latencies of origins shared by all isolates of a data centre, for isolates with few requests. Default `false`:
     * each isolate learns alone.
     */
    board: nullable(
      switchable(
        object({
          /**
           * With it the board is kept in the data centre's cache, which needs your own domain. Default: the companion
           * keeps it, for processes of one network.
           */
          secret: nullable(sealSecret()),
        }),
      ),
    ),
  },
});

export const sharedRows = () => ({
  config: {
    /**
     * What isolates share through a companion (dist/shared.js) behind the service binding SHARED. Default `false`:
     * nothing.
     */
    shared: nullable(switchable(ref('shared'))),
  },
  shared: sharedFields(),
});
