/** What is noted and kept of requests and answers: ids, traces, records for a server, the cache. */
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
  transformed,
} from './rows.ts';
import { LINE, TOKEN } from './patterns.ts';

const httpUrl = () => string('an http or https URL without a fragment', /^https?:\/\/[^\s#]+$/);

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
