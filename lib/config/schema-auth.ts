/** Who may call, who says so, and how much of it. */
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
  /** Where to ask. "{key}" in it is replaced, encoded; without "{key}" the key travels in `keyHeader`. */
  // No part of a key may stand where the host does: a caller would choose who verifies it.
  url: string('an http or https URL, "{key}" not in its host', /^https?:\/\/[^\s/?#{]+([/?]\S*)?$/),
  /** How to ask; a POST has no body. */
  method: defaulted(oneOf('GET', 'POST'), 'GET'),
  /** The header that carries the key where the URL does not. Default: the first of `keyNames`. */
  keyHeader: nullable(TOKEN),
  /** Sent with each question, e.g. the gateway's own secret. */
  headers: defaulted(recordOf(asSecret(string('a string of one line', /^[^\r\n\0]+$/)), TOKEN), {}),
  /** An answer that takes longer is no verdict. */
  timeoutMs: defaulted(integer(1, 30_000), 2000),
  /**
   * JSON pointer: a 200's body decides, true is good. Without it 200 is good, 401, 403 and 404 bad, all else no
   * verdict.
   */
  field: nullable(POINTER),
  /** JSON pointers into a good verdict's body: who the consumer is. */
  consumer: defaulted(
    object({
      /** Told to origins as X-Consumer-ID. */
      id: nullable(POINTER),
      /** Told to origins as X-Consumer-Username. */
      username: nullable(POINTER),
      /** Told to origins as X-Consumer-Custom-ID. */
      customId: nullable(POINTER),
    }),
    {},
  ),
  /** Header name -> JSON pointer: what the origin is told of a good verdict. */
  upstreamHeaders: defaulted(recordOf(POINTER, TOKEN), {}),
});

const verdictCacheFields = () => ({
  /** How long a good verdict lives. The verifier's Cache-Control max-age and no-store win. */
  ttlSeconds: defaulted(secondsRow(), 60),
  /** How long a bad verdict lives. */
  negativeTtlSeconds: defaulted(secondsRow(), 10),
  /** How long a key known to be good goes on working while the verifier gives no verdict. */
  staleSeconds: defaulted(secondsRow(), 600),
  /**
   * How many good keys are remembered. Bad ones have room of their own, a quarter of that, and push no good one out.
   */
  maxEntries: defaulted(integer(1, 10_000_000), 100_000),
});

const authFields = () => ({
  /** What the header, argument or field with the key is called. */
  keyNames: defaulted(listOf(string('a name of letters, digits, "_" and "-"', /^[\w-]+$/), 1), ['apikey']),
  /** Where to look, in this order. */
  keyIn: defaulted(listOf(needing(oneOf('header', 'query', 'body'), [/^body$/, 'body-key'])), [
    'header',
    'query',
  ]),
  /** Remove the key before forwarding. The Kong importer writes Kong's own value. */
  hideCredentials: defaulted(boolean(), true),
  /** A consumer's id or username that stands for callers without a good key. Default: they are refused. */
  anonymous: anonymousRow(),
  /** Ask OPTIONS requests for a key too. A preflight that CORS answers is never asked. */
  runOnPreflight: defaulted(boolean(), true),
  /** Named in WWW-Authenticate. Default: none. */
  realm: nullable(REALM),
  /** Who says whether a key is good. Without it, only `consumers` do. */
  verify: nullable(ref('verify')),
  /** How long verdicts of `verify` live, and how many. */
  cache: defaulted(ref('verdictCache'), {}),
});

const consumerFields = () => ({
  /** Unique; told to origins as X-Consumer-ID. */
  id: string(),
  /** Told to origins as X-Consumer-Username. */
  username: optional(string()),
  /** Told to origins as X-Consumer-Custom-ID. */
  customId: optional(string()),
  /** Keys by their SHA-256, as `edge-gateway hash-key` makes them: never the keys. */
  credentials: defaulted(
    listOf(
      object({
        /** Told to origins as X-Credential-Identifier. */
        id: optional(string()),
        /** The digest of the key. */
        sha256: asSecret(
          string('64 lower-case hex digits, as edge-gateway hash-key makes them', /^[0-9a-f]{64}$/),
        ),
        /** Counted from an isolate's first request. Default: for ever. */
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
    /** Who may call. Default `false`: everybody. A route may set its own. */
    auth: nullable(authRow()),
    /** Callers known without asking anybody. Digests of their keys, never the keys. */
    consumers: defaulted(reviewed(listOf(ref('consumer')), reviewConsumers), []),
  },
  route: {
    /** In place of the general one; `false` asks for no key. */
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
  /** Whose count it is; without an identity, the caller's address. */
  by: needing(
    defaulted(
      either(
        oneOf('consumer', 'credential', 'ip', 'path', 'service'),
        object({ header: TOKEN }),
        object({ path: PATH }),
      ),
      'consumer',
    ),
    // The text of any object is "[object Object]".
    [/^(path|service|\[)/, 'limit-keys'],
  ),
  /** Leave RateLimit-* and X-RateLimit-* out of answers. */
  hideHeaders: defaulted(boolean(), false),
  /** What a refusal says. */
  message: defaulted(string(), 'API rate limit exceeded'),
  /** Status of a refusal. */
  status: defaulted(integer(400, 599), 429),
  /**
   * Limits of one scope share a count. Default: a count for each limit written; the general one is one for all its
   * routes.
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
    /** How much one caller may send. Default `false`: anything. Counted per isolate. */
    rateLimit: nullable(switchable(limitRow())),
    /** Limits of single consumers, by id, in place of `rateLimit`; a route's own `consumerLimits` go before. */
    consumerLimits: nullable(byId(limitRow())),
  },
  route: {
    /** In place of the general one; `false` lifts it. */
    rateLimit: optional(switchable(limitRow())),
    /** Limits of single consumers on this route, by id, in place of `rateLimit`. */
    consumerLimits: nullable(byId(limitRow())),
  },
  rateLimit: rateLimitFields(),
});

const sealSecret = () => asSecret(string('a string of at least 16 characters', /^[^]{16,}$/));

const sharedFields = () => ({
  /**
   * Rate limits over all isolates. "exact": no window passes more than its limit. "loose": a caller's first requests
   * in an isolate and window pass unasked; for very many callers.
   */
  limits: switchable(defaulted(oneOf('exact', 'loose'), 'exact')),
  /**
   * Limits while the companion can't be asked. "local": an equal share of what was left; "open": all pass; "closed":
   * none.
   */
  onFailure: defaulted(oneOf('local', 'open', 'closed'), 'local'),
  /** How long a response of the companion is waited for, in ms. */
  timeoutMs: defaulted(integer(1, 10_000), 300),
  /** Objects that the companion's limits are spread over, by caller; one answers about 1000 messages a second. */
  shards: defaulted(integer(1, 1000), 1),
  /** `POST {status.path}/forget` reaches every isolate within two polls. */
  revocations: switchable(
    defaulted(
      object({
        /** The time between two polls of an isolate. */
        pollSeconds: defaulted(number(1, 3600), 5),
      }),
      {},
    ),
  ),
  /** Good verdicts on keys in the data centre's cache, for new isolates. Needs `revocations`, and a domain of one's own. */
  verdicts: nullable(
    switchable(
      object({
        /** Proves that what stands in the cache is the gateway's own: any Worker of the zone can write there. */
        secret: sealSecret(),
      }),
    ),
  ),
  /** `GET {status.path}/metrics?all`: the sums of all isolates. */
  metrics: nullable(
    switchable(
      object({
        /** How often each isolate sends its own. */
        everySeconds: defaulted(number(1, 3600), 15),
      }),
    ),
  ),
});
export const boardRows = () => ({
  shared: {
    /**
     * Answer times of origins over all isolates of a data centre, for those with few requests. Default `false`: each
     * isolate learns alone.
     */
    board: nullable(
      switchable(
        object({
          /**
           * With it the board stands in the data centre's cache, which needs a domain of one's own. Default: the
           * companion keeps it, for processes of one network.
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
     * What isolates share through a companion, dist/shared.js, that a service binding SHARED names. Default `false`:
     * nothing.
     */
    shared: nullable(switchable(ref('shared'))),
  },
  shared: sharedFields(),
});
