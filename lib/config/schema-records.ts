/** Correlation ids, traces, the access log and the cache. */
import {
  asSecret,
  boolean,
  defaulted,
  either,
  integer,
  listOf,
  nullable,
  number,
  oneOf,
  optional,
  recordOf,
  ref,
  string,
  switchable,
} from './rows.ts';
import { headerNamesRow, LINE, TOKEN } from './patterns.ts';

/** `fetch` refuses a URL with a user. */
const httpUrl = () =>
  string('an http or https URL without user and fragment', /^https?:\/\/[^\s#/?@]+([/?][^\s#]*)?$/);

export const correlationIdRows = () => ({
  config: {
    /**
     * An id sent to the origin in a header, by which the records of a request can be found. Default `false`: none. A
     * route may set its own.
     */
    correlationId: nullable(switchable(ref('correlationId'))),
  },
  route: {
    /** Overrides the default; `false` adds none. */
    correlationId: optional(switchable(ref('correlationId'))),
  },
  correlationId: {
    /** The header with the id. A caller's own id is kept. */
    header: defaulted(TOKEN, 'X-Correlation-ID'),
    /**
     * How ids are made. "counter": the isolate's UUID and a number. "tracker": address, number and time, as in Kong.
     */
    generator: defaulted(oneOf('uuid', 'counter', 'tracker'), 'uuid'),
    /** Send it to the caller too. */
    echo: defaulted(boolean(), false),
  },
});

const traceFormatRow = () => oneOf('w3c', 'b3', 'b3-single', 'jaeger', 'ot');

const destinationFields = () => ({
  /** Where records are sent. */
  url: asSecret(httpUrl()),
  /** Method of the request. */
  method: defaulted(oneOf('POST', 'PUT', 'PATCH'), 'POST'),
  /** Request headers, e.g. a key. Content-Type is application/json unless it is named. */
  headers: defaulted(recordOf(asSecret(LINE), TOKEN), {}),
  /** An attempt without a response within this time, in ms, has failed. */
  timeoutMs: defaulted(integer(1, 30_000), 10_000),
  /** Records in one request, as a list; 1 sends each alone. */
  batchSize: defaulted(integer(1, 1000), 1),
  /** How long a batch that is not full waits. */
  delaySeconds: defaulted(number(0.1, 25), 1),
});

export const traceRows = () => ({
  config: {
    /**
     * The gateway as a hop of a trace: trace headers for the origin, spans for a collector. Default `false`: trace
     * headers are forwarded unchanged.
     */
    trace: nullable(switchable(ref('trace'))),
  },
  route: {
    /** Overrides the default; `false` forwards trace headers unchanged. */
    trace: optional(switchable(ref('trace'))),
  },
  trace: {
    /** Formats to read, in this order; an empty list starts a new trace with every request. */
    extract: defaulted(listOf(oneOf('w3c', 'b3', 'jaeger', 'ot')), ['w3c', 'b3', 'jaeger', 'ot']),
    /** Formats to send; "preserve" is the caller's, or `defaultFormat`. */
    inject: defaulted(listOf(oneOf('preserve', 'w3c', 'b3', 'b3-single', 'jaeger', 'ot')), ['preserve']),
    /** The format of "preserve" where the caller sent none. */
    defaultFormat: defaulted(traceFormatRow(), 'w3c'),
    /** Request headers to remove. */
    clear: defaulted(listOf(TOKEN), []),
    /** Share of requests, 0 to 1, that are sampled if the caller did not decide. */
    sample: defaulted(number(0, 1), 1),
    /** Apply `sample` also to requests that the caller wants sampled. */
    capCallers: defaulted(boolean(), false),
    /** Random bytes in the id of a new trace. */
    idBytes: defaulted(oneOf(8, 16), 16),
    /** Response header with the trace id. Default: none. */
    responseHeader: nullable(TOKEN),
    /** An OTLP collector (HTTP, JSON) that gets a span of each sampled request. Default: none. */
    to: nullable(ref('collector')),
  },
  collector: {
    ...destinationFields(),
    /** The gateway's service name in spans. */
    serviceName: defaulted(string(), 'edge-gateway'),
  },
});

export const cacheRows = () => ({
  config: {
    /**
     * Caches responses. Default `false`. Responses with Set-Cookie, and to requests with a credential that is not part
     * of the cache key, are never cached.
     */
    cache: nullable(switchable(ref('cache'))),
  },
  route: {
    /** Overrides the default; `false` caches nothing. */
    cache: optional(switchable(ref('cache'))),
  },
  consumerSettings: {
    /** For requests of the consumer. */
    cache: nullable(ref('cache')),
  },
  cache: {
    /** Methods whose responses are cached. The request body is not part of the cache key. */
    methods: defaulted(listOf(oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH'), 1), ['GET', 'HEAD']),
    /** Statuses that are cached. */
    statuses: defaulted(listOf(integer(200, 599), 1), [200, 301, 404]),
    /** Media types that are cached; "*" matches any type or subtype, parameters must be equal. Default: all. */
    contentTypes: nullable(listOf(string('a media type', /^[^\s/;]+\/[^\s/;]+\s*(;.*)?$/), 1)),
    /** Lifetime of a response that states none; without `obeyCacheControl` of every response. 0 caches nothing. */
    ttlSeconds: defaulted(number(0, 31_536_000), 60),
    /** How long an entry is stored, for callers that accept stale responses. Default: its lifetime. */
    storageSeconds: nullable(number(0, 31_536_000)),
    /** Obey Cache-Control of responses and requests. */
    obeyCacheControl: defaulted(boolean(), true),
    /** Query arguments in the cache key. Default: all. */
    varyQuery: nullable(listOf(string())),
    /** Request headers in the cache key. */
    varyHeaders: defaulted(headerNamesRow(), []),
    /** Compare paths without regard to case. */
    ignorePathCase: defaulted(boolean(), false),
    /** Response headers to send: Age, X-Cache-Status, X-Cache-Key. */
    show: defaulted(listOf(oneOf('age', 'status', 'key')), ['age', 'status']),
  },
});

const logListRow = () => listOf(either(oneOf('console'), ref('logServer')));

export const accessLogRows = () => ({
  config: {
    /**
     * Where a record of each request is sent, in Kong's format and without credentials: log servers, or the console.
     * Default `false`: nowhere.
     */
    logTo: nullable(switchable(logListRow())),
  },
  route: {
    /** Overrides the default; `false` logs nothing. */
    logTo: optional(switchable(logListRow())),
  },
  consumerSettings: {
    /** Where records of the consumer's requests are sent. */
    logTo: nullable(logListRow()),
  },
  logServer: destinationFields(),
});
