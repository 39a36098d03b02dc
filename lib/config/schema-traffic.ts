/**
 * What is done to requests and answers on their way, and who hears of them: one group of rows for each feature of
 * lib/traffic.
 */
import { PERIODS } from '../core/periods.ts';
import {
  boolean,
  defaulted,
  either,
  integer,
  listOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  recordOf,
  ref,
  asSecret,
  string,
  switchable,
  test,
  transformed,
} from './rows.ts';
import type { Plain, Row } from './rows.ts';
import { LINE, CIDR_RANGE, TOKEN } from './patterns.ts';
import { regexFault } from './regex-rows.ts';
import { templateFault } from '../core/template.ts';

const searchRegexRow = () => test(string(), 'search-regex', regexFault);
const templateRow = (must = 'a string', at = /[^]/) => test(string(must, at), 'template', templateFault);
const httpUrl = () => string('an http or https URL without a fragment', /^https?:\/\/[^\s#]+$/);
const statusCode = () => integer(400, 599);

/** Settings of single consumers: a feature adds to them what a consumer can have of its own. */
export const consumerSettingsRows = () => ({
  config: {
    /**
     * Settings of single consumers, by id, in place of those of the routes; a route's own `consumerSettings` go before.
     */
    consumerSettings: nullable(recordOf(ref('consumerSettings'))),
  },
  route: {
    /** Settings of single consumers on this route, by id. */
    consumerSettings: nullable(recordOf(ref('consumerSettings'))),
  },
});

export const correlationIdRows = () => ({
  config: {
    /**
     * One id that ties the records of a request together, in a header to the origin. Default `false`: none. A route may
     * set its own.
     */
    correlationId: nullable(switchable(ref('correlationId'))),
  },
  route: {
    /** In place of the general one; `false` adds none. */
    correlationId: optional(switchable(ref('correlationId'))),
  },
  correlationId: {
    /** The header that carries it. What a caller sent in it is kept. */
    header: defaulted(TOKEN, 'X-Correlation-ID'),
    /** "counter": an isolate's UUID and a number. "tracker": address, number and time, as Kong writes it. */
    generator: defaulted(oneOf('uuid', 'counter', 'tracker'), 'uuid'),
    /** Tell the caller, too. */
    echo: defaulted(boolean(), false),
  },
});

const traceFormatRow = () => oneOf('w3c', 'b3', 'b3-single', 'jaeger', 'ot');
const destinationFields = () => ({
  /** Where records are sent. */
  url: asSecret(httpUrl()),
  /** How. */
  method: defaulted(oneOf('POST', 'PUT', 'PATCH'), 'POST'),
  /** Sent with them, e.g. a key. Content-Type is application/json unless it is named. */
  headers: defaulted(recordOf(asSecret(LINE), TOKEN), {}),
  /** An answer that takes longer counts as none. */
  timeoutMs: defaulted(integer(1, 30_000), 10_000),
  /** So many records go out together, as a list; 1 sends each alone. */
  batchSize: defaulted(integer(1, 1000), 1),
  /** A batch that is not full goes after so long. */
  delaySeconds: defaulted(number(0.1, 25), 1),
});
export const traceRows = () => ({
  config: {
    /**
     * The gateway as a hop of a trace: headers to the origin, spans to a collector. Default `false`: trace headers pass
     * as they come.
     */
    trace: nullable(switchable(ref('trace'))),
  },
  route: {
    /** In place of the general one; `false` leaves trace headers alone. */
    trace: optional(switchable(ref('trace'))),
  },
  trace: {
    /** Formats that are looked for, in this order; an empty list begins a new trace with every request. */
    extract: defaulted(listOf(oneOf('w3c', 'b3', 'jaeger', 'ot')), ['w3c', 'b3', 'jaeger', 'ot']),
    /** Formats that the origin gets; "preserve" is the caller's, or `defaultFormat`. */
    inject: defaulted(listOf(oneOf('preserve', 'w3c', 'b3', 'b3-single', 'jaeger', 'ot')), ['preserve']),
    /** Where "preserve" finds none. */
    defaultFormat: defaulted(traceFormatRow(), 'w3c'),
    /** Request headers that are dropped. */
    clear: defaulted(listOf(TOKEN), []),
    /** Share of requests that are sampled where the caller did not decide, 0 to 1. */
    sample: defaulted(number(0, 1), 1),
    /** A caller's wish to be sampled is granted at that share only. */
    capCallers: defaulted(boolean(), false),
    /** Bytes of chance in the id of a new trace. */
    idBytes: defaulted(oneOf(8, 16), 16),
    /** An answer's header that names the trace. Default: none. */
    responseHeader: nullable(TOKEN),
    /** An OTLP collector (HTTP, JSON) that gets a span of each sampled request. Default: none. */
    to: nullable(ref('collector')),
  },
  collector: {
    ...destinationFields(),
    /** What the gateway is called there. */
    serviceName: defaulted(string(), 'edge-gateway'),
  },
});

export const agentsRows = () => ({
  config: {
    /** Which programs may call, by their User-Agent. Default `false`: all. It stops honest robots, and nobody else. */
    agents: nullable(switchable(ref('agents'))),
  },
  route: {
    /** In place of the general one; `false` lets all in. */
    agents: optional(switchable(ref('agents'))),
  },
  agents: {
    /** Regular expressions; a match passes, whatever else is said. */
    allow: defaulted(listOf(searchRegexRow()), []),
    /** Regular expressions; a match is refused with 403. */
    deny: defaulted(listOf(searchRegexRow()), []),
    /** Refuse well-known robots and HTTP libraries. */
    bots: defaulted(boolean(), true),
  },
});

export const addressesRows = () => ({
  config: {
    /** Which addresses may call. Default `false`: all. */
    addresses: nullable(switchable(ref('addresses'))),
  },
  route: {
    /** In place of the general ones; `false` lets all in. */
    addresses: optional(switchable(ref('addresses'))),
  },
  consumerSettings: {
    /** Which addresses the consumer may call from. */
    addresses: nullable(ref('addresses')),
  },
  addresses: {
    /** Addresses and ranges (CIDR); an empty list allows all that are not denied. */
    allow: defaulted(listOf(CIDR_RANGE), []),
    /** Goes before `allow`. */
    deny: defaulted(listOf(CIDR_RANGE), []),
    /** Of a refusal. */
    status: defaulted(statusCode(), 403),
    /** Of a refusal. Default: a text of the gateway's. */
    message: nullable(LINE),
  },
});

export const groupsRows = () => ({
  config: {
    /** Which groups of consumers may call. Default `false`: no group is asked for. */
    groups: nullable(switchable(ref('groups'))),
  },
  route: {
    /** In place of the general ones; `false` asks for none. */
    groups: optional(switchable(ref('groups'))),
  },
  groups: {
    /** Members of one of these may call; an empty list allows all that are not denied. */
    allow: defaulted(listOf(string()), []),
    /** Members of one of these may not. */
    deny: defaulted(listOf(string()), []),
    /** Do not tell the origin in X-Consumer-Groups. */
    hideHeader: defaulted(boolean(), false),
  },
  consumer: {
    /** What `groups` of routes ask for; told to origins as X-Consumer-Groups. */
    groups: optional(listOf(LINE)),
  },
});

export const bodyLimitRows = () => ({
  config: {
    /**
     * The largest request body, in bytes; counted on its way where its length is not said. Default `false`: the
     * platform's.
     */
    maxBodyBytes: nullable(switchable(integer(0, 2 ** 53 - 1))),
    /** Refuse bodies that do not say their length with 411. */
    requireContentLength: defaulted(boolean(), false),
  },
  route: {
    /** In place of the general one; `false` lifts it. */
    maxBodyBytes: optional(switchable(integer(0, 2 ** 53 - 1))),
    /** In place of the general one. */
    requireContentLength: optional(boolean()),
  },
  kong: {
    /** nginx's client_max_body_size, for every route. Default: none. */
    maxBodyBytes: nullable(integer(1, 2 ** 53 - 1)),
  },
  consumerSettings: {
    /** The consumer's largest body. */
    maxBodyBytes: nullable(integer(0, 2 ** 53 - 1)),
  },
});

const costLimit = () =>
  object({
    /** A second. */
    second: nullable(integer(1)),
    /** A minute. */
    minute: nullable(integer(1)),
    /** An hour. */
    hour: nullable(integer(1)),
    /** A day. */
    day: nullable(integer(1)),
    /** A month. */
    month: nullable(integer(1)),
    /** A year. */
    year: nullable(integer(1)),
  });
export const costLimitsRows = () => ({
  config: {
    /** Limits on what answers say they cost. Default `false`: none. Counted per isolate. */
    costLimits: nullable(switchable(ref('costLimits'))),
  },
  route: {
    /** In place of the general ones; `false` lifts them. */
    costLimits: optional(switchable(ref('costLimits'))),
  },
  consumerSettings: {
    /** The consumer's own. */
    costLimits: nullable(ref('costLimits')),
  },
  costLimits: {
    /** The answer's header that says what it cost ("video=2, image=1"); callers do not get it. */
    header: defaulted(TOKEN, 'X-Cost'),
    /** Budgets by name. */
    limits: transformed(recordOf(costLimit(), TOKEN), (limits) =>
      limits.map(([name, limit]) => ({
        name,
        windows: PERIODS.flatMap((period) =>
          limit[period] === null ? [] : [{ period, limit: limit[period] }],
        ),
      })),
    ),
    /** Whose budget it is; without an identity, the caller's address. */
    by: defaulted(oneOf('consumer', 'credential', 'ip'), 'consumer'),
    /** Refuse whoever has used a budget up, without asking the origin. */
    refuseEarly: defaulted(boolean(), false),
    /** Leave X-RateLimit-* out of answers. */
    hideHeaders: defaulted(boolean(), false),
    /** Settings that name the same scope share their counts. Default: where it is written. */
    scope: nullable(string()),
  },
});

/** What is done to named values, in this order; each value of `append` for itself. */
export interface Operations<V> {
  readonly remove: readonly string[];
  readonly rename: readonly (readonly [from: string, to: string])[];
  readonly replace: readonly (readonly [name: string, value: V])[];
  readonly add: readonly (readonly [name: string, value: V])[];
  readonly append: readonly (readonly [name: string, value: V])[];
}

const operationsRow = <R extends Row>(value: R, name: ReturnType<typeof string>) =>
  transformed(
    object({
      /** Names that are taken away. */
      remove: defaulted(listOf(name), []),
      /** Old name -> new name. */
      rename: defaulted(recordOf(name, name), {}),
      /** New values of what is there. */
      replace: defaulted(recordOf(value, name), {}),
      /** Values of what is not there. */
      add: defaulted(recordOf(value, name), {}),
      /** Further values: one, or a list. */
      append: defaulted(recordOf(either(value, listOf(value)), name), {}),
    }),
    (written): Operations<Plain<R>> => {
      const read = written as unknown as Operations<Plain<R>>;
      return { ...read, append: flat<Plain<R>>(read.append as never) };
    },
  );
const flat = <V>(pairs: readonly (readonly [string, V | readonly V[]])[]): Operations<V>['append'] =>
  pairs.flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as V[]) : [value as V]).map((one) => [name, one] as const),
  );

export const requestTransformRows = () => ({
  config: {
    /** What origins get in place of what callers sent. Default `false`: that. */
    requestTransform: nullable(switchable(ref('requestTransform'))),
  },
  route: {
    /** In place of the general one; `false` changes nothing. */
    requestTransform: optional(switchable(ref('requestTransform'))),
  },
  consumerSettings: {
    /** For requests of the consumer. */
    requestTransform: nullable(ref('requestTransform')),
  },
  requestTransform: {
    /** In place of the caller's. */
    method: nullable(oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')),
    /** In place of all that route and request make of the path. All values may hold `$(…)`: docs/traffic.md. */
    path: nullable(templateRow('a path that starts with "/" or "$("', /^(\/|\$\()/)),
    /** Headers, in this order: remove, rename, replace, add, append. */
    headers: nullable(operationsRow(templateRow('a string of one line', /^[^\0\r\n]*$/), TOKEN)),
    /** Arguments of the query, likewise. The query is then written anew. */
    query: nullable(operationsRow(templateRow(), string())),
    /** Fields of a JSON object or a form, likewise. */
    body: nullable(operationsRow(templateRow(), string())),
  },
});

export const responseTransformRows = () => ({
  config: {
    /** What callers get in place of what was answered. Default `false`: that. */
    responseTransform: nullable(switchable(ref('responseTransform'))),
  },
  route: {
    /** In place of the general one; `false` changes nothing. */
    responseTransform: optional(switchable(ref('responseTransform'))),
  },
  consumerSettings: {
    /** For answers to the consumer. */
    responseTransform: nullable(ref('responseTransform')),
  },
  responseTransform: {
    /** Headers: remove, rename, replace, add, append; what is there is asked of the answer as it came. */
    headers: nullable(operationsRow(LINE, TOKEN)),
    /** Fields of JSON objects, likewise; at the top level. */
    body: nullable(
      operationsRow(
        either(string('a string', /^/), number(-Number.MAX_VALUE, Number.MAX_VALUE), boolean()),
        string(),
      ),
    ),
  },
});

export const redirectRows = () => ({
  config: {
    /** Sends callers elsewhere. Default `false`: they stay. */
    redirect: nullable(switchable(ref('redirect'))),
  },
  route: {
    /** In place of the general one; `false` keeps callers here. */
    redirect: optional(switchable(ref('redirect'))),
  },
  consumerSettings: {
    /** Where the consumer is sent. */
    redirect: nullable(ref('redirect')),
  },
  redirect: {
    /** The new address. */
    to: test(string('an http or https URL', /^https?:\/\/[^\s]+$/), 'url', urlFault),
    /** Of the answer. */
    status: defaulted(integer(200, 599), 301),
    /** Path and query of the request take the place of the address's. */
    keepPath: defaulted(boolean(), false),
  },
});

function urlFault(text: string): string | null {
  try {
    return new URL(text).host === '' ? 'an http or https URL' : null;
  } catch {
    return 'an http or https URL';
  }
}

export const webhookRows = () => ({
  config: {
    /** Only webhooks that are signed (standardwebhooks.com) may come in. Default `false`. */
    webhook: nullable(switchable(ref('webhook'))),
  },
  route: {
    /** In place of the general one; `false` asks for no signature. */
    webhook: optional(switchable(ref('webhook'))),
  },
  webhook: {
    /** What they are signed with, as it is. HMAC needs the secret itself. */
    secret: asSecret(string()),
    /** How old they may be. */
    toleranceSeconds: defaulted(integer(0), 300),
  },
});

export const cacheRows = () => ({
  config: {
    /**
     * Answers that are kept and given again. Default `false`: none. Never those to a credential, nor those that set
     * cookies.
     */
    cache: nullable(switchable(ref('cache'))),
  },
  route: {
    /** In place of the general one; `false` keeps none. */
    cache: optional(switchable(ref('cache'))),
  },
  consumerSettings: {
    /** For requests of the consumer. */
    cache: nullable(ref('cache')),
  },
  cache: {
    /** Requests whose answers are kept. A body is no part of what entries are told apart by. */
    methods: defaulted(listOf(oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH'), 1), ['GET', 'HEAD']),
    /** Answers that are kept. */
    statuses: defaulted(listOf(integer(200, 599), 1), [200, 301, 404]),
    /** Types that are kept, "*" for any part, with just these parameters. Default: all. */
    contentTypes: nullable(listOf(string('a media type', /^[^\s/;]+\/[^\s/;]+\s*(;.*)?$/), 1)),
    /** How long an answer is good that says nothing of it; without `obeyCacheControl` any. 0 keeps none. */
    ttlSeconds: defaulted(number(0, 31_536_000), 60),
    /** How long an entry is kept, to be given to whoever takes stale ones. Default: while it is good. */
    storageSeconds: nullable(number(0, 31_536_000)),
    /** Cache-Control counts, in answers and in requests. */
    obeyCacheControl: defaulted(boolean(), true),
    /** Arguments that entries are kept apart by. Default: all. */
    varyQuery: nullable(listOf(string())),
    /** Request headers that entries are kept apart by. */
    varyHeaders: defaulted(
      transformed(listOf(TOKEN), (names) => names.map((name) => name.toLowerCase())),
      [],
    ),
    /** Paths that differ in capitals are one. */
    ignorePathCase: defaulted(boolean(), false),
    /** Headers that tell the caller: Age, X-Cache-Status, X-Cache-Key. */
    show: defaulted(listOf(oneOf('age', 'status', 'key')), ['age', 'status']),
  },
});

export const accessLogRows = () => ({
  config: {
    /**
     * Who gets a record of each request, in Kong's format, without credentials: servers, or the console. Default
     * `false`: nobody.
     */
    logTo: nullable(switchable(listOf(either(oneOf('console'), ref('logServer'))))),
  },
  route: {
    /** In place of the general ones; `false` tells nobody. */
    logTo: optional(switchable(listOf(either(oneOf('console'), ref('logServer'))))),
  },
  consumerSettings: {
    /** Who gets records of the consumer's requests. */
    logTo: nullable(listOf(either(oneOf('console'), ref('logServer')))),
  },
  logServer: destinationFields(),
});
