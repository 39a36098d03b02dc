/** Origins and pools: balancing, time-outs, retries, hedges, ejection and health checks. */
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
  reviewed,
  asSecret,
  string,
  switchable,
  switchableTo,
  test,
  transformed,
  tuple,
} from './rows.ts';
import { PATH, POINTER, TOKEN } from './patterns.ts';

/** URL.canParse would do, but scripts that keep a compatibility date before 2022-10-31 lack it. */
function originUrlFault(text: string): string | null {
  try {
    const { protocol, search, hash, username } = new URL(text);
    if (/^https?:$/.test(protocol) && !search && !hash && !username) return null;
  } catch {
    // No URL at all.
  }
  return 'an http or https URL without query or user';
}

/** An origin, or its URL alone. */
export const originList = () => listOf(either(test(string(), 'origin-url', originUrlFault), ref('origin')));

const originFields = () => ({
  /** Scheme, host, port and an optional base path. */
  url: test(string(), 'origin-url', originUrlFault),
  /** How it appears in headers, logs and metrics. Default: its URL. */
  name: nullable(string('a string of printable ASCII: it travels in a header', /^[\x20-\x7e]+$/)),
  /** Share of traffic relative to its peers; 0 drains it. */
  weight: defaulted(number(0, 65_535), 1),
  /** Failover level; higher levels are used only when all lower ones are out. */
  priority: defaulted(integer(0, 100), 0),
  /** Set on every request to it, e.g. a shared secret. */
  headers: defaulted(
    recordOf(
      asSecret(string('a string of one line', /^[^\r\n\0]+$/)),
      // The platform always sets Host from the URL.
      string('a header name, for Host there is hostHeader', /^(?![Hh][Oo][Ss][Tt]$)[\w!#$%&'*+.^`|~-]+$/),
    ),
    {},
  ),
});

/** What makes an attempt count as failed. */
const failuresRow = () =>
  transformed(listOf(either(oneOf('unreachable', 'timeout'), integer(400, 599))), (items) => ({
    unreachable: items.includes('unreachable'),
    timeout: items.includes('timeout'),
    statuses: items.filter((item) => typeof item === 'number') as readonly number[],
  }));

const poolFields = () => ({
  /** The servers: URLs, or objects. */
  origins: originList(),
  /**
   * How an origin is chosen; docs/balancing.md says when to use which. "race" is the tutorial: ask all, the first good
   * answer wins.
   */
  balance: needing(
    defaulted(
      oneOf(
        'adaptive',
        'race',
        'least-load',
        'round-robin',
        'least-connections',
        'latency',
        'consistent-hash',
        'random',
      ),
      'adaptive',
    ),
    [/^least-load$/, 'reported-load'],
    [/^consistent-hash$/, 'consistent-hash'],
  ),
  /** One attempt until its response headers, in ms, counted from the end of the request body. */
  timeoutMs: defaulted(integer(1), 10_000),
  /** All attempts together, in ms, counted likewise. */
  totalTimeoutMs: defaulted(integer(1), 30_000),
  /** Further attempts after the first. */
  retries: defaulted(integer(0, 32_767), 2),
  /** What makes an attempt count as failed. */
  retryOn: defaulted(failuresRow(), ['unreachable', 'timeout', 500, 502, 503, 504]),
  /** Retries may add at most this share of requests, in percent, and a hundred at once. */
  retryBudgetPercent: defaulted(number(0, 10_000), 20),
  /** A second attempt of a slow safe request. `false`: a budget of 0. */
  hedge: switchableTo(
    defaulted(
      object({
        /** When it is sent: "silent" if the first is slower than nearly all others were, or after so many ms. */
        afterMs: defaulted(either(oneOf('silent'), number(0, 2_147_483_647)), 'silent'),
        /** Hedges may add at most this share of requests, in percent. */
        budgetPercent: defaulted(number(0, 100), 3),
      }),
      {},
    ),
    { afterMs: 'silent', budgetPercent: 0 },
  ),
  /** A cheap path that every origin answers. With it the adaptive policy may probe when it knows nothing. */
  probe: nullable(
    switchable(
      object({
        /** The path to request; nothing of a caller is sent. */
        path: PATH,
        /** Method of the probe. */
        method: defaulted(oneOf('GET', 'HEAD'), 'GET'),
        /** A probe that takes longer has failed. */
        timeoutMs: defaulted(integer(1), 3000),
      }),
    ),
  ),
  /** Passive ejection. `false` ejects no origin. */
  outlier: switchableTo(defaulted(ref('outlier'), {}), {
    consecutiveFailures: Infinity,
    ejectSeconds: 0,
    maxEjectSeconds: 0,
    on: null,
    unreachableFailures: null,
    timeoutFailures: null,
    cumulative: false,
  }),
  /** Send an unsafe request with an Idempotency-Key header again: its caller has promised that this is harmless. */
  idempotencyKey: defaulted(boolean(), true),
});

const outlierFields = () => ({
  /** Failures in a row that eject an origin. */
  consecutiveFailures: defaulted(integer(1, 1000), 3),
  /** How long the first ejection lasts; each next one twice as long. */
  ejectSeconds: defaulted(number(0.1, 86_400), 2),
  /** At most this long, and a fifth. With the default it is back within half a minute of its recovery. */
  maxEjectSeconds: defaulted(number(0.1, 86_400), 24),
});

export const poolRows = () => ({
  config: {
    /** The tutorial's list: shorthand for `pools.default = { origins }`. With no routes, everything goes there. */
    origins: nullable(originList()),
    /** Interchangeable origins, by name. */
    pools: defaulted(recordOf(ref('pool')), {}),
  },
  origin: originFields(),
  pool: poolFields(),
  outlier: outlierFields(),
});

/** Rules of Kong's balancer and its health checks. */
export const kongBalancerRows = () => ({
  pool: {
    /**
     * A retry may ask an origin that has just failed: at once with consistent-hash, else when all others have failed
     * too (Kong's rule). Without it consistent-hash goes on to the next of the ring, and no origin is asked again after
     * a timeout.
     */
    retrySame: defaulted(boolean(), false),
    /** The pool refuses with 503 unless more than this share of its weight, in percent, is usable. Default: never. */
    threshold: nullable(number(0, 100)),
  },
  outlier: {
    /**
     * Failures that count, each once. Default: all; those without a response count three times, 429 and 503 not at all.
     */
    on: nullable(failuresRow()),
    /** With `on`: how many of these alone are enough. Default: consecutiveFailures. */
    unreachableFailures: nullable(integer(1, 1000)),
    /** The same for timeouts. */
    timeoutFailures: nullable(integer(1, 1000)),
    /** Good responses do not clear the count. */
    cumulative: defaulted(boolean(), false),
  },
});

const hashInputRow = () =>
  either(
    oneOf('consumer', 'ip', 'path'),
    object({ header: TOKEN }),
    object({ query: string() }),
    object({ cookie: TOKEN, path: optional(PATH) }),
    object({ uriCapture: string() }),
  );
export const consistentHashRows = () => ({
  pool: {
    /** consistent-hash: what the ring hashes. */
    hashOn: defaulted(hashInputRow(), 'ip'),
    /** consistent-hash: what it hashes if `hashOn` is absent from the request. Default: the empty string. */
    hashFallback: nullable(hashInputRow()),
  },
});

type Loads = readonly (readonly [string, { readonly balance: string; readonly load: unknown }])[];
function reviewLoads(pools: Loads, path: string, _config: unknown, faults: string[]): void {
  for (const [name, { balance, load }] of pools)
    if (balance === 'least-load' && load === null)
      faults.push(`${path}.${name}.load must be set where balance is "least-load", received nothing`);
}
export const leastLoadRows = () => ({
  config: { pools: defaulted(reviewed(recordOf(ref('pool')), reviewLoads), {}) },
  pool: {
    /** least-load: a number that says how busy an origin is, in a body or in a header. */
    load: nullable(
      transformed(
        object({
          /** The path to request. */
          path: PATH,
          /** JSON pointer to it. Default: the body is the number, unless `header` is set. */
          pointer: nullable(POINTER),
          /** The response header that has it. */
          header: nullable(TOKEN),
          /** Time between two requests. */
          intervalSeconds: defaulted(number(0.1, 3600), 5),
        }),
        (load) => ({ ...load, pointer: load.pointer ?? (load.header === null ? '' : null) }),
      ),
    ),
  },
});

export const geoPriorRows = () => ({
  origin: {
    /** Latitude and longitude: the adaptive policy's first guess of distance before any measurement. */
    location: nullable(tuple(number(-90, 90), number(-180, 180))),
  },
});

export const healthCheckRows = () => ({
  pool: {
    /** Active checks; they ride on requests, since no timer outlives one. */
    health: nullable(switchable(ref('health'))),
  },
  health: {
    /** The path to request by GET; nothing of a caller is sent. */
    path: PATH,
    /** Time between two checks of an origin. */
    intervalSeconds: defaulted(number(0.1, 86_400), 10),
    /** A check that takes longer is bad. */
    timeoutMs: defaulted(integer(1), 2000),
    /** Healthy statuses. Default: 200 to 399. */
    statuses: nullable(listOf(integer(100, 999), 1)),
    /** With `statuses`: unhealthy statuses; one in neither list is ignored. Default: all others. */
    badStatuses: nullable(listOf(integer(100, 999))),
    /** Good checks in a row that bring an origin back. */
    healthyAfter: defaulted(integer(1, 255), 2),
    /** Bad checks in a row that eject it. */
    unhealthyAfter: defaulted(integer(1, 255), 3),
  },
});

export const hostOverrideRows = () => ({
  origin: {
    /** The Host to send instead of the URL's; the port stays. Own zone only, as preserveHost. */
    hostHeader: nullable(string('a host name without port', /^[^\s/:?#@]+$/)),
  },
  route: {
    /**
     * The outgoing URL keeps the caller's host and cf.resolveOverride names the origin (own zone only). Plain workerd
     * connects to the host itself: there it is kept only on routes whose `hosts` end in no wildcard, and its port only
     * if they or the origin have it (any port under the Kong profiles, as Kong does).
     */
    preserveHost: defaulted(boolean(), false),
  },
});
