// Edge gateway 0.2.0: an API load balancer and gateway in one Cloudflare Worker. MIT licence.
// Paste this file as it is, edit the configuration right below, deploy. In this file:
//   trusted-proxies, host-override, balance, routes, kong-balancer, consistent-hash, reported-load, health-checks,
//   geo-prior, shadow, https-redirect, consumer-settings, correlation-id, trace, agents, cors, revocations, forget,
//   jwt, body-key, key-auth, basic-auth, hmac-auth, unasked, addresses, body-limit, groups, shared-limit,
//   consumer-limits, limit-keys, rate-limit, cost-limits, request-transform, response-transform, redirect, webhook,
//   canary, cache, respond-with, board, response-headers, request-id, kong, server-timing, status, health-path,
//   sums, access-log, log, patterns

/**
 * The configuration: all that most users ever edit.
 *
 * `origins` are the servers behind the load balancer. docs/configuration.md describes every setting, with its default,
 * unit and trade-off. A few to begin with:
 *
 *   auth         { verify: { url: 'https://api.example.com/keys/{key}' } } accepts only callers with a valid API key
 *   rateLimit    { minute: 60 } limits the requests of one caller
 *   routes       [{ paths: ['/v1'], pool: 'blue' }] sends different requests to different pools
 *
 * A binding named GATEWAY_CONFIG (a JSON object, or JSON text) replaces this object as a whole.
 * An error in it stops the script from starting, and is reported with its location.
 *
 * @type {import('edge-gateway').Config} for editors: if the package is installed, they complete and validate it.
 */
const CONFIG = {
  pools: {
    default: {
      origins: ['https://api.justyy.com', 'https://api.steemyy.com'],
      // Uses the origin that is likely to answer first; 'race' asks all at once and uses the first good response.
      balance: 'adaptive',
    },
  },
  // The tutorial's response headers. Remove what you do not need: without these two settings nothing is added.
  // Any web page may read the responses, without credentials.
  cors: {},
  responseHeaders: {
    // Which origin responded, and the caller's country.
    origin: 'Origin',
    country: 'Country',
    // For responses without freshness headers of their own that are the same for every caller.
    cacheControl: 'max-age=3',
    // The version that the origins run: each is asked once a minute, in the background.
    version: {},
  },
};

// worker.ts
/**
 * The entry point: the only event listener and the only module-level state.
 *
 * The listener passes every request to `handleRequest`. OPTIONS goes to `handleOptions`, safe methods to `race`, all
 * others to `forward`; responses and refusals alike leave through `finishResponse`. `startWorker` validates the
 * configuration: an invalid one stops the script before it serves a request.
 */

/** The tutorial's methods, and those that it suggests adding. */
var ALLOWED = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

var STATE;
/** Looks for a configuration in an ES module's bindings, at the first request. Null when done or not needed. */
var PENDING = null;

addEventListener('fetch', (event) => event.respondWith(handleRequest(event)));

/** Responds to the request. */
async function handleRequest(event) {
  if (PENDING) await PENDING();
  const state = STATE;
  const context = openContext(event, state);
  const failOpen =
    state.settings.passThroughOnException && (context.method === 'GET' || context.method === 'HEAD');
  if (failOpen) event.passThroughOnException();
  try {
    for (const early of state.early) {
      const response = early(context);
      if (response) return await response;
    }
    return finishResponse(context, await answerRequest(context, state), state);
  } catch (error) {
    if (failOpen) throw error;
    state.runtime.log(internalErrorLine(context, error));
    return finishResponse(context, refuse('internal', 500, 'An unexpected error occurred'), state);
  }
}

/** Responds to an OPTIONS request; null if it is for the origin, and may pass. */
function handleOptions(context, plan, state) {
  const { compat, cors, tutorial } = state.settings;
  if (isPreflight(context.method, context.headers, compat === 'kong-2018'))
    return runSteps(context, plan.preflight);
  if (tutorial && cors) return new Response(null, { headers: { Allow: ALLOWED } });
  return runSteps(context, plan.steps);
}

/** Matches a route and runs its steps. Awaits only promises: one for each step would cost more than the step itself. */
function answerRequest(context, state) {
  const { method } = context;
  if (context.unreadable) return context.unreadable;
  // TRACE would reveal an origin's secrets, CONNECT is for forward proxies. Without routes only the tutorial's methods are
  // accepted.
  if (/^(?:TRACE|CONNECT)$/.test(method) || (state.settings.tutorial && !ALLOWED.includes(method)))
    return refuse('method_not_allowed', 405, 'Method not allowed', [['Allow', ALLOWED]]);
  const match = state.routing.match(context);
  if (!match) return refuse('no_route', 404, 'no Route matched with those values');
  if ('reason' in match) return match;
  const { route } = match;
  context.route = route;
  context.matchedPath = match.matchedPath;
  context.captures = match.captures;
  const plan = state.plans.get(route);
  const answer = method === 'OPTIONS' ? handleOptions(context, plan, state) : runSteps(context, plan.steps);
  if (answer === null) return askOrigin(context, route, state, context.startedAt);
  if (!(answer instanceof Promise)) return answer;
  return answer.then((given) => given ?? askOrigin(context, route, state, state.runtime.now()));
}

/** Dispatches by method, as the tutorial does. */
function askOrigin(context, route, state, now) {
  context.admittedAt = now;
  // A canary has chosen one already.
  if (context.pool < 0) context.pool = route.pool;
  const pool = state.pools[context.pool];
  if (!pool) return refuse('no_service', 503, 'no Service found with those values');
  const { originMethod: method } = context;
  // With "Upgrade: websocket" the platform sends a GET without a body, whatever the method is.
  if (method !== 'GET') context.originHeaders.push(['upgrade', null]);
  const safe = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  return safe ? race(context, pool, state) : forward(context, pool, state);
}

/**
 * Called by the last line of the script, when all of it is evaluated: with the features in the file, and the settings
 * of those that are not.
 */
function startWorker(features, absent) {
  const begin = (config) => {
    STATE = createState(createSettings(config, features, absent), RUNTIME, features);
  };
  const bound = boundConfig();
  begin(bound ?? CONFIG);
  if (bound !== undefined) return;
  PENDING = async () => {
    const imported = await importedConfig();
    if (imported !== undefined && PENDING) begin(imported);
    PENDING = null;
  };
}

// lib/race.ts
/**
 * GET, HEAD and the other safe methods: the first good response wins. balance/race-state.ts decides (which origin to
 * try, when to hedge, retry or give up); the exchange here acts: fetch, abort, one timer per request.
 *
 * The tutorial sends every origin a probe, waits for the first response of any kind, and then sends the request to the
 * winner: three round trips, a request to each origin, and a fast failure wins. Here the request itself is sent, to one
 * origin unless there is a reason to try two, and only a good response wins (`balance: "race"` sends it to all, in one
 * round trip).
 *
 * Requests go to configured origins only: scheme and host of the URL are the origin's, and the path after them starts
 * with "/", so that no caller can change the host. Redirects are returned to the caller: following one would send
 * cookies and keys to any host that it names.
 */

/** Sends a request that may reach several origins of the pool without harm. */
function race(context, pool, sender) {
  // A GET with a body is sent once: the platform forwards such a body, but a Worker can't construct or observe one.
  const safe = !hasBody(context);
  return exchange(context, pool, sender, {
    safe,
    repeatable: safe,
    replayable: safe,
    faultUnclear: !safe,
  });
}

/** Resolves with an origin's response, or with a refusal if there is none; never rejects. */
function exchange(context, pool, { runtime, routing }, { safe, repeatable, replayable, faultUnclear }) {
  const now = runtime.now();
  if (pool.locate?.(pool, context.request.cf, now)) pool.locate = null;
  return new Promise((resolve) => {
    const begun = {
      safe,
      repeatable,
      replayable,
      faultUnclear: faultUnclear || context.reader.hostOverride?.isElsewhere(context) === true,
      caller: () => callerNetworkOf(context),
      upload: context.upload,
      hash: pool.hash?.(context, runtime.id) ?? 0,
      context,
      runtime,
      path: context.originPath ?? routing.originPath(context),
      resolve,
      timer: null,
    };
    beginRace(pool, begun, EXCHANGE_NETWORK, now);
  });
}

var EXCHANGE_NETWORK = {
  send: sendAttempt,
  cancel,
  probe: sendSideRequest,
  sleep,
  finish: finishExchange,
};

/** An exception fails this attempt only: each attempt must be reported to the race exactly once. */
function sendAttempt(state, attempt) {
  const { context } = state.traits;
  // An AbortSignal costs a tenth of a whole request, so a first attempt has none: if it loses or times out, nothing
  // waits for it any longer, and the platform ends it with the request.
  const needed = attempt.earlier !== null || state.pool.settings.balance === 'race';
  const stop = context.upload?.stop ?? (needed ? new AbortController() : null);
  attempt.control = stop;
  context.attempts++;
  if (context.sentAt === 0) context.sentAt = attempt.startedAt;
  let sending;
  try {
    sending = sendUpstream(state.traits, attempt.origin.settings, stop && stop.signal);
  } catch (error) {
    sending = Promise.reject(error instanceof TypeError ? error : new TypeError(String(error)));
  }
  sending.then(
    (response) => arrived(state, attempt, response),
    (error) => lostAttempt(state, attempt, error),
  );
}

/**
 * Sends the request in the form that this origin gets. A buffered body can be sent again, a streamed one only once.
 *
 * `fetch` copies its input, so building a Request here first would cost as much again as all the changes to it. Only a
 * GET with a body needs one: the platform forwards such a body, but does not let a Worker create it.
 */
function sendUpstream({ context, runtime, path, safe }, origin, signal) {
  const { request, originMethod: method } = context;
  const headers = new Headers(context.headers);
  context.forward(headers, context);
  if (context.trace !== null) headers.set('traceparent', context.trace);
  for (const [name, value] of context.originHeaders)
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  if (origin.headers.length > 0 && context.kong === null)
    dropLikeOwn(headers, context.headers, origin.headers);
  for (const [name, value] of origin.headers) headers.set(name, value);
  const tail = origin.basePath + path + context.originQuery;
  // A safe request has no body: see `race`.
  const body = context.body ?? context.upload?.readable ?? (safe ? null : request.body);
  const bodiless = method === 'GET' || method === 'HEAD';
  const named = context.reader.hostOverride?.target(context, origin, tail);
  const url = named?.url ?? origin.site + tail;
  const cf = named?.cf && { cf: named.cf };
  if (body !== null && bodiless && method === context.method)
    return runtime.fetch(new Request(new Request(url, request), { headers }), { signal, ...cf });
  // If the method was changed to GET, the body is dropped.
  return runtime.fetch(url, {
    method,
    headers,
    body: bodiless ? null : body,
    redirect: 'manual',
    signal,
    ...cf,
  });
}

function arrived(state, attempt, response) {
  const now = state.traits.runtime.now();
  attempt.response = response;
  let outcome = 'lost';
  let status = 0;
  try {
    status = response.status;
    // A 101 without a WebSocket can't be turned into a response.
    if (status !== 101 || response.webSocket) outcome = outcomeOf(status);
    state.pool.observe?.(attempt.origin, response, now);
  } catch {
    outcome = 'lost';
  }
  reportOutcome(state, attempt, outcome, status, now);
}

function lostAttempt(state, attempt, error) {
  const { context, runtime } = state.traits;
  const outcome = isCallersFault(context, error) ? 'rejected' : 'lost';
  if (attempt.outcome === null) attempt.response = error;
  const status = context.reader.dnsErrors?.statusOf(error, attempt.origin.settings) ?? 0;
  reportOutcome(state, attempt, outcome, status, runtime.now());
}

/**
 * The outcome that a status stands for. For a dead origin Cloudflare responds with 520 to 530, which tell whether the
 * request can have arrived (521 refused, 523 unroutable, 525 and 526 TLS, 530 DNS: it can't).
 *
 * 529 is not one of these, but the status of an overloaded server. A status above 599 cannot be passed on.
 */
function outcomeOf(status) {
  if (status < 500) return status === 429 ? 'shed' : status < 200 && status !== 101 ? 'lost' : 'ok';
  switch (status) {
    case 502:
    case 504:
      return 'gateway';
    case 503:
    case 529:
      return 'shed';
    case 522:
    case 524:
      return 'timeout';
    case 521:
    case 523:
    case 525:
    case 526:
    case 530:
      return 'unsent';
    default:
      return (status >= 520 && status < 530) || status > 599 ? 'lost' : 'error';
  }
}

/**
 * Whether the caller is to blame for an error of `fetch`: an invalid URL, for which a TypeError is thrown before
 * anything is sent, or an aborted body. Plain workerd throws the same error for the latter and for a lost connection to
 * the origin; if they were not distinguished, any caller could have origins ejected.
 */
function isCallersFault({ upload }, error) {
  return error instanceof TypeError || upload?.stop.signal.aborted === true;
}

function reportOutcome(state, attempt, outcome, status, now) {
  if (attempt.outcome !== null) return discard(attempt);
  const { pool, metrics } = state.traits.context;
  if (status > 0) metrics?.attempt(pool, attempt.origin.index, now - attempt.startedAt);
  settled(state, attempt, outcome, status, now);
}

function cancel({ traits: { context, runtime } }, attempt) {
  const { origin, startedAt, outcome, status } = attempt;
  if (outcome === 'timeout' && status === 0)
    context.metrics?.attempt(context.pool, origin.index, runtime.now() - startedAt);
  discard(attempt);
}

/** Frees a losing attempt's connection at once: a request may have only six that wait for headers. */
function discard({ response, control }) {
  try {
    if (response === null) control?.abort();
    else response.body?.cancel().catch(() => undefined);
  } catch {
    // What can't be aborted ends with the request.
  }
}

function sendSideRequest(state, request) {
  const { context, runtime } = state.traits;
  for (const origin of request.origins) {
    const probe = probeOrigin(runtime, origin.settings, request, state.pool.settings).then((result) =>
      probed(state, request, origin, result, runtime.now()),
    );
    context.waitUntil(probe);
  }
}

function sleep(state, until, now) {
  const { traits } = state;
  const { runtime } = traits;
  if (traits.timer !== null) runtime.cancel(traits.timer);
  // The clock may have been set back, or run a little slower than the timer: it is `until`, for no other timer is set.
  traits.timer = runtime.after(Math.max(0, until - now), () => woken(state, Math.max(until, runtime.now())));
}

function finishExchange(state, answer, now) {
  const { traits } = state;
  const { context, runtime } = traits;
  if (traits.timer !== null) runtime.cancel(traits.timer);
  context.answeredAt = now;
  if (state.failed !== null) context.failed = failuresOf(state, answer);
  if (answer !== null) {
    context.origin = answer.origin.settings;
    return traits.resolve(answer.response);
  }
  traits.resolve(context.reader.dnsErrors?.refusalOf(state.failed?.status) ?? refusalOf(state, now));
}

/** Why there is no response. */
function refusalOf(state, now) {
  const { failed, pool } = state;
  if (state.exhausted && pool.settings.retrySame) return RETRY_EXHAUSTED;
  if (now >= deadlineOf(state, now) || failed?.outcome === 'timeout') return TIMED_OUT;
  if (failed === null) return NO_ORIGIN;
  if (failed.outcome === 'rejected') return state.traits.context.stopped ?? REJECTED;
  return UNREACHABLE;
}

// Kong's messages for the same conditions.
var UNREACHABLE = refuse(
  'origin_unreachable',
  502,
  'An invalid response was received from the upstream server',
);
var TIMED_OUT = refuse('origin_timeout', 504, 'The upstream server is timing out');
var NO_ORIGIN = refuse('no_origin', 503, 'failure to get a peer from the ring-balancer');
var RETRY_EXHAUSTED = refuse('retry_exhausted', 503, 'The upstream server is currently unavailable');
var REJECTED = refuse('bad_request', 400, 'Bad request');

// lib/forward.ts
/**
 * Unsafe methods: sent to one origin, and retried only if that can do no harm.
 *
 * A POST may have been executed although its response was lost. It is retried only if it provably never left (the
 * platform's 521, 523, 525, 526 and 530), or if the client promises by an Idempotency-Key that a repeat is harmless and
 * the pool allows it. Under the Kong profiles all methods but POST, PATCH and LOCK are retried, as in nginx. Plain
 * workerd throws the same error for a refused connection and a lost request, so there no request provably never left.
 */

/** The largest body that is buffered, in bytes. */
var LARGEST_REPLAY = 65536;
var NEVER_AGAIN = /^(?:POST|PATCH|LOCK)$/;

/** Sends a request that may change something at the origin. */
async function forward(context, pool, sender) {
  const { origins, idempotencyKey, retrySame } = pool.settings;
  const promised = idempotencyKey && context.headers.has('idempotency-key');
  const harmless = promised || (context.kong !== null && !NEVER_AGAIN.test(context.originMethod));
  const again =
    (origins.length > 1 || retrySame) && (harmless || !context.selfHosted || context.request.body === null);
  const replayable = (await takeBody(context, sender.runtime)) && again;
  return exchange(context, pool, sender, {
    safe: false,
    repeatable: replayable && harmless,
    replayable,
    faultUnclear: false,
  });
}

/**
 * Buffers the body if its Content-Length says that it is small, else streams it once and tracks its progress. True if it
 * can be sent twice. One that is aborted while it is buffered fails when it is sent.
 *
 * A caller may take minutes to send its body, or abort it. Neither is the origin's fault, yet both look like an origin
 * that is silent or lost: uploads would be cut off, and any caller could have origins ejected. So timeouts start when
 * the body has been sent. An origin that stops reading is waited for as long as the caller waits. Costs a sixth of a
 * request of 10 KB, and up to 64 KiB of memory (Linkerd's bound for replays). Rejected: tracking small bodies too,
 * which costs twice that; reading chunks here, which would show which side is slow but takes 50 µs of CPU per chunk; a
 * clone, which is buffered without bound.
 */
async function takeBody(context, runtime) {
  const { body } = context.request;
  if (context.body !== null) context.upload = null;
  if (context.body !== null || body === null) return true;
  if (context.upload !== null) return false;
  const length = Number(context.headers.get('content-length') ?? NaN);
  if (length <= LARGEST_REPLAY) {
    context.body = await context.request.arrayBuffer().catch(() => null);
    return context.body !== null;
  }
  const { readable, writable } = runtime.pipe(length);
  const upload = { readable, doneAt: Infinity, stop: new AbortController() };
  context.upload = upload;
  // To the origin an aborted pipe would look like a complete body.
  body.pipeTo(writable, { preventAbort: true }).then(
    () => void (upload.doneAt = runtime.now()),
    () => writable.getWriter().desiredSize !== null && upload.stop.abort(),
  );
  return false;
}

// lib/cors.ts
/**
 * CORS: which sites' scripts may read a response. Follows Kong 3's cors plugin exactly (plugins/cors/handler.lua), and
 * so the Fetch standard. Everything that does not depend on the request is computed once, at start-up.
 *
 * `origins` empty or exactly ["*"]: any origin. One plain entry: sent in every response. Otherwise the request's Origin
 * is sent back, normalised, if an entry matches; if none does, Access-Control-Allow-Origin is removed, even the origin
 * server's own. A plain entry must match as a whole; any other is a regular expression over the host, or, if it
 * contains a colon, over scheme://host[:port]. Outside Kong's profiles an entry whose only star stands for whole labels
 * or for any port is a glob (https://*.example.com, http://localhost:*), and upper case is read as lower case, which
 * browsers send. Without `preflightContinue` no preflight reaches an origin or an authentication step: a key can't be
 * sent in one.
 */

var PLAIN_ENTRY = /^[A-Za-z0-9.:/-]*$/;
var ALLOW_ORIGIN = 'Access-Control-Allow-Origin';

/** An origin without its scheme's default port, and its host; both are `text` itself if that is not an origin. */
function splitOrigin(text) {
  const [, scheme = '', host = '', port = ''] =
    /^([a-z][a-z\d+.-]*:\/\/)(?:[^/@]*@)?(\[[^\]]*\]|[^/:]+)(:\d+)?/i.exec(text) ?? [];
  if (host === '') return { origin: text, host: text };
  const own = (scheme === 'http://' && port === ':80') || (scheme === 'https://' && port === ':443');
  return { origin: scheme + host + (own ? '' : port), host };
}

/** One entry; `plain`: outside Kong's profiles. Throws if it is an invalid pattern. */
function compileEntry(entry, plain, patterns) {
  const glob = plain ? globOf(entry) : null;
  if (glob !== null) return (origin) => origin.length <= LONGEST_ORIGIN && glob.test(origin);
  if (PLAIN_ENTRY.test(entry)) {
    const written = plainOrigin(entry, plain);
    return (origin) => origin === written;
  }
  const matches = patterns.origin(entry);
  return entry.includes(':') ? matches : (_, host) => matches(host);
}

/** As browsers write it. */
function plainOrigin(entry, plain) {
  const { origin } = splitOrigin(entry);
  return plain ? origin.toLowerCase() : origin;
}
/** A scheme, a host of 253 characters, a port. */
var LONGEST_ORIGIN = 300;

/** The rule's `allow`, unless any origin is allowed. */
function compileOrigins(origins, patterns, plain) {
  if (origins.includes('*')) return (named) => named && '*';
  const [only = ''] = origins;
  // Kong sends it as configured, with a trailing slash if it has one.
  const fixed = plain ? plainOrigin(only, true) : only;
  if (origins.length === 1 && PLAIN_ENTRY.test(only)) return () => fixed;
  const entries = origins.map((entry) => compileEntry(entry, plain, patterns));
  return (named) => {
    if (named === null) return null;
    const { origin, host } = splitOrigin(named);
    return entries.some((matches) => matches(origin, host)) ? origin : null;
  };
}

/** A regular expression among the entries needs `patterns`; the configuration's validation has tested it already. */
function compileCors(settings, patterns, plain = false) {
  const { origins, headers, maxAge } = settings;
  const any = origins.length === 0 || (origins.length === 1 && origins[0] === '*');
  const preflight = [['Access-Control-Allow-Methods', settings.methods.join(',')]];
  if (headers && headers.length > 0) preflight.push(['Access-Control-Allow-Headers', headers.join(',')]);
  if (maxAge !== null) preflight.push(['Access-Control-Max-Age', String(maxAge)]);
  return {
    settings,
    any,
    allow: any ? () => '*' : compileOrigins(origins, patterns, plain),
    exposed: settings.exposedHeaders.join(','),
    preflight,
    plain,
  };
}

/** Kong before 1.3 (`legacy`) treated every OPTIONS request as a preflight. */
function isPreflight(method, headers, legacy = false) {
  return (
    method === 'OPTIONS' &&
    (legacy || (requestOriginOf(headers) !== null && headers.has('access-control-request-method')))
  );
}

/** An empty Origin header counts as absent. */
function requestOriginOf(request) {
  const origin = request.get('origin');
  return origin === '' ? null : origin;
}

/** Sets Access-Control-Allow-Origin in place: the origin server's own is replaced, or removed if no entry matches. */
function sayOrigin({ any, allow, settings }, named, out) {
  let allowed = allow(named);
  if (!any) out.append('Vary', 'Origin');
  if (settings.credentials && !(any && named === null)) {
    if (allowed === '*') {
      // Browsers reject "*" with credentials, so the request's Origin is sent instead.
      allowed = named;
      out.append('Vary', 'Origin');
    }
    out.set('Access-Control-Allow-Credentials', 'true');
  }
  if (allowed === null) out.delete(ALLOW_ORIGIN);
  else out.set(ALLOW_ORIGIN, allowed);
}

/** The headers of a preflight response. A refused origin gets all but Access-Control-Allow-Origin. */
function preflightHeaders(rule, request) {
  const { settings } = rule;
  const answer = new Headers(rule.preflight);
  sayOrigin(rule, requestOriginOf(request), answer);
  if (answer.has('vary')) answer.set('Vary', 'Origin');
  const requested = request.get('access-control-request-headers');
  if (!settings.headers?.length && requested !== null) answer.set('Access-Control-Allow-Headers', requested);
  if (settings.privateNetwork && request.get('access-control-request-private-network') === 'true')
    answer.set('Access-Control-Allow-Private-Network', 'true');
  return answer;
}

/**
 * Sets the headers of an ordinary response, in place. Kong of 2018 (`legacy`) left the origin server's
 * Access-Control-Allow-Origin in a response to a refused origin, but replaced its Vary.
 */
function allowRequestOrigin(rule, request, out, legacy = false) {
  const { settings } = rule;
  if (rule.any && !settings.credentials && settings.allowOriginAbsent) out.set(ALLOW_ORIGIN, '*');
  else {
    const named = requestOriginOf(request);
    const silent = named === null && !settings.allowOriginAbsent;
    const [own, vary] = [out.get(ALLOW_ORIGIN), out.get('vary')];
    if (!silent) sayOrigin(rule, named, out);
    // Otherwise a cache would answer a script with the response that it stored for an <img> of the same URL.
    if (rule.plain && out.get('vary') === vary) out.append('Vary', 'Origin');
    if (silent) return;
    if (legacy && own !== null && !out.has(ALLOW_ORIGIN)) out.set(ALLOW_ORIGIN, own);
    if (legacy && out.get('vary') !== vary) out.set('vary', 'Origin');
  }
  if (rule.exposed !== '') out.set('Access-Control-Expose-Headers', rule.exposed);
}

/** Routes without CORS settings of their own share one rule. */
function startCors({ settings, parts }) {
  const { compat } = settings;
  const legacy = compat === 'kong-2018';
  const rules = new Map();
  const ruleOf = (cors) => {
    const rule = rules.get(cors) ?? compileCors(cors, parts.patterns ?? null, compat === null);
    rules.set(cors, rule);
    return rule;
  };
  const answerPreflight =
    (rule) =>
    ({ headers }) =>
      new Response(null, {
        status: compat === 'kong-3' ? 200 : 204,
        headers: preflightHeaders(rule, headers),
      });
  return {
    preflight: ({ cors }) => (cors && !cors.preflightContinue ? answerPreflight(ruleOf(cors)) : null),
    adds: ({ cors }) => Boolean(cors),
    finish: (route) => {
      const { cors } = route ?? settings;
      if (!cors) return null;
      const rule = ruleOf(cors);
      return (context, { reason, change }) => {
        // A preflight's answer has all headers, whether it is made here or by an origin. One that was refused before
        // it came here (by its User-Agent, say) is an ordinary request.
        const answered = reason === null || cors.preflightContinue;
        if (route !== null && answered && isPreflight(context.method, context.headers, legacy)) return;
        allowRequestOrigin(rule, context.headers, change(), legacy);
      };
    },
  };
}

// lib/version.ts
/**
 * The tutorial's version call: each origin's version is fetched once per `ttlSeconds`, in the background.
 *
 * The tutorial fetches it before every response, which costs a round trip each time and loses the response if the call
 * fails. Here no response waits: an isolate's first responses lack the header.
 *
 * An isolate makes at most one call per origin and `ttlSeconds`. One that fails, hangs or returns nonsense does not
 * affect the response and is not repeated sooner. Memory: one string of at most 1000 characters per origin.
 */

var CALL_MS = 2e3;
var LONGEST_VERSION = 1e3;

function createVersion() {
  return { text: null, dueAt: 0 };
}

/** The version as a header value: one line of Latin-1, truncated. Null if nothing remains. */
function versionText(body, field) {
  const value = field === null ? body : (jsonAt(body, field) ?? '');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/[^\x20-\x7e\xa0-\xff]+/g, ' ').trim();
  return line.slice(0, LONGEST_VERSION) || null;
}

/** Entries of all origins, for each version setting of the routes; empty if none is configured. */
function createVersions(settings) {
  const origins = settings.pools.flatMap((pool) => pool.origins);
  const versions = new Map();
  for (const { responseHeaders } of [settings, ...settings.routes]) {
    const version = responseHeaders?.version;
    if (version) versions.set(version, new Map(origins.map((origin) => [origin, createVersion()])));
  }
  return versions;
}

/** The version of the origin that responded, null if unknown. If due, it is fetched in the background. */
function versionOf(entries, version, context, runtime) {
  const { origin } = context;
  const entry = origin && entries.get(origin);
  if (!entry) return null;
  if (entry.dueAt <= runtime.now()) context.waitUntil(askVersion(entry, version, origin, runtime));
  return entry.text;
}

/** Fetches one origin's version; settles once it is stored, and never rejects. For waitUntil. */
async function askVersion(entry, version, origin, runtime) {
  entry.dueAt = runtime.now() + version.ttlSeconds * 1e3;
  const { path, method, body, field } = version;
  const text = await tryWithin(runtime, CALL_MS, async (signal) => {
    const headers = new Headers(origin.headers);
    const sent = method === 'GET' || method === 'HEAD' ? null : body;
    if (sent !== null) headers.set('content-type', 'application/json');
    const response = await sendOwnRequest(runtime, origin, path, { method, headers, body: sent, signal });
    const reply = response.ok ? await readText(response) : null;
    return reply === null ? null : versionText(reply, field);
  });
  // An origin may have no version call: responses lack the header, and the next attempt comes when it is due.
  entry.text = text ?? entry.text;
}

// lib/auth-cache.ts
/**
 * The verifier cache: which consumer a key belongs to, or that the key is invalid, and for how long that verdict is
 * valid.
 *
 * Entries are found by 128 bits of the key's SHA-256, so that the time of a look-up reveals nothing about a key. Only
 * the few warm keys are themselves in memory: a map from key to digest, never stored elsewhere, so that a warm key
 * needs no WebCrypto and is accepted without waiting. A key is dropped when its verdict is revoked or forgotten, and at
 * its next use if the verdict was evicted. Good and bad verdicts have separate stores, of at most maxEntries and a
 * quarter of that: a flood of bad keys evicts no good one.
 *
 * The states of a good verdict, by its age since the check was started:
 *   fresh     until about 4/5 of its ttl: used
 *   renewing  until its ttl: used, and the first request in this state starts a check in the background
 *   stale     until ttl + staleSeconds: requests wait for a check; used only while the verifier gives no verdict
 *   expired   after that: as if unknown
 *
 * Lifetimes are shortened, never lengthened, by up to a tenth at random, so that keys that came together do not expire
 * together.
 *
 * Rejected: reordering on every hit (LRU). Eviction is by the clock algorithm: the hand skips entries that were used
 * since its last round. A Map's iterator is that hand: it survives insertions and deletions, whereas a new
 * `keys().next()` each time walks over all the holes that former evictions left.
 */

/**
 * Connections that the platform lets wait for headers at a time. The last is reserved for known keys, so that a flood
 * of unknown ones can't block them.
 */
var CHECK_SLOTS = 6;
/** Delay between a check without a verdict and the next one, for which no request waits. */
var CHECK_RETRY_MS = 5e3;

function createVerifierCache(auth, tier = null) {
  const { maxEntries } = auth.cache;
  const store = (max) => ({ max, entries: new Map(), hand: [].values() });
  return {
    auth,
    tier,
    good: store(maxEntries),
    bad: store(Math.ceil(maxEntries / 4)),
    warm: new Map(),
    flights: createFlights(CHECK_SLOTS),
  };
}

/** 16 characters for the first 128 bits of 64 hex digits. */
function shortDigest(hex) {
  const codes = [];
  for (let i = 0; i < 16; i++) codes.push(Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  return String.fromCharCode(...codes);
}

/** `digest`: 64 hex digits. */
function hashedKey(digest) {
  return { digest, short: shortDigest(digest), packed: '', entry: undefined };
}

/** The key's entry, which is marked as used: the hand skips it once. Undefined if there is none. */
function lookUpVerdict({ good, bad, auth }, key) {
  const { short } = key;
  const packed = good.entries.get(short) ?? bad.entries.get(short);
  if (packed === undefined) return undefined;
  if (packed !== key.packed) {
    key.packed = withUse(packed, true);
    key.entry = unpackEntry(packed, auth.verify);
    (key.entry.good ? good : bad).entries.set(short, key.packed);
  }
  return key.entry;
}

/** The state of an entry at `now`. A bad one is fresh or expired. */
function freshnessOf(cache, entry, now) {
  if (entry === undefined) return 'expired';
  const { good, freshUntil, lifeMs, failedAt } = entry;
  if (now < freshUntil - (good ? 0.2 * lifeMs : 0)) return 'fresh';
  if (!good || now >= freshUntil + cache.auth.cache.staleSeconds * 1e3) return 'expired';
  if (now - failedAt < CHECK_RETRY_MS) return 'fresh';
  return now < freshUntil || now - failedAt < 2 * CHECK_RETRY_MS ? 'renewing' : 'stale';
}

/**
 * The verdict of a check that starts now or is in flight; null for none. A known key may use every slot, any other all
 * but the last.
 */
function checkKey(cache, digest, key, known, asker) {
  const { auth, tier, flights } = cache;
  const { verify } = auth;
  const { runtime } = asker;
  const ask = async () => verify && askVerifier(verify, key, runtime);
  const work = {
    id: digest,
    slots: known ? CHECK_SLOTS : CHECK_SLOTS - 1,
    timeoutMs: (verify?.timeoutMs ?? 0) + (tier?.mostMs ?? 0),
    start: () => (tier ? tier.ask({ auth, digest, renews: known, waitUntil: asker.waitUntil }, ask) : ask()),
    finish: (verdict, askedAt) =>
      remember(cache, digest, verdict, { askedAt, now: runtime.now(), random: runtime.random() }),
  };
  return joinFlight(flights, work, asker);
}

/** Stores the verdict of a check that started at `askedAt`; null is no verdict. `random` is in [0, 1). */
function remember(cache, digest, verdict, { askedAt, now, random }) {
  const short = shortDigest(digest);
  const { auth, good: accepted, bad: rejected } = cache;
  if (verdict === null) {
    const known = accepted.entries.get(short);
    if (known !== undefined)
      accepted.entries.set(short, packEntry({ ...unpackEntry(known, auth.verify), failedAt: now }));
    return;
  }
  const { good, consumer, headers, lifeSeconds } = verdict;
  const { ttlSeconds, negativeTtlSeconds } = auth.cache;
  const drops = !good || lifeSeconds === -1;
  // The search for the warm key is only worth it if it was accepted before: there may be a flood of bad keys.
  if (drops && accepted.entries.has(short)) dropVerdict(cache, short);
  else rejected.entries.delete(short);
  if (lifeSeconds === -1) return;
  const lifeMs = (lifeSeconds ?? (good ? ttlSeconds : negativeTtlSeconds)) * (1e3 - 100 * random);
  const entry = { good, consumer, headers, freshUntil: askedAt + lifeMs, lifeMs, failedAt: 0 };
  keepVerdict(good ? accepted : rejected, short, packEntry(entry));
}

/** Drops the verdict on a key, and the key itself if it is warm. Returns the number of entries dropped. */
function dropVerdict({ good, bad, warm }, short) {
  for (const [key, hashed] of warm) if (hashed.short === short) warm.delete(key);
  return Number(good.entries.delete(short) || bad.entries.delete(short));
}

function keepVerdict(store, short, packed) {
  const { entries, max } = store;
  while (entries.size >= max && !entries.has(short)) {
    const next = store.hand.next();
    if (next.done === true) {
      store.hand = entries.keys();
      continue;
    }
    const old = entries.get(next.value);
    const unused = withUse(old, false);
    if (unused === old) entries.delete(next.value);
    else entries.set(next.value, unused);
  }
  entries.set(short, packed);
}

// lib/config/rows.ts
/**
 * The functions with which the schema is written: each makes one row, a plain record that describes a setting.
 *
 * Rows are data, so that validation, the types, the manual and the JSON Schema are all derived from them. Rejected:
 * validators as closures (fast, but nothing else can be derived from them), and JSON Schema itself as the schema (no
 * types, no messages, and a validator for it is 30 KB).
 */

// ---- kinds of values ------------------------------------------------------------------------

function string(must = 'a string', pattern = /[^]/) {
  return { type: 'string', must, pattern };
}
function oneOf(...words) {
  return { type: 'enum', must: words.map((word) => JSON.stringify(word)).join(' or '), words };
}
function integer(least, most = 2147483647) {
  return { type: 'integer', must: `a whole number from ${least} to ${most}`, least, most };
}
function number(least, most) {
  return { type: 'number', must: `a number from ${least} to ${most}`, least, most };
}
function boolean() {
  return { type: 'boolean', must: 'true or false' };
}
function listOf(items, least = 0) {
  return { type: 'list', must: `a list${least ? ` of at least ${least}` : ''}`, items, least };
}
/** A list with exactly these items. */
function tuple(...items) {
  return { type: 'tuple', must: `a list of ${items.length}`, items };
}
/** An object with arbitrary names. */
function recordOf(values, keys = string()) {
  return { type: 'record', must: OBJECT, values, keys };
}
/** An object with exactly these fields. */
function object(fields) {
  return { type: 'object', must: OBJECT, fields };
}
/** A record that features may extend. */
function ref(to) {
  return { type: 'ref', must: OBJECT, to };
}
/** One of these, distinguished by JSON type; objects by a field that only one of them has. */
function either(...among) {
  const shapes = among.map(({ must, fields }) => (fields ? `{${tellingName(fields)}}` : must));
  return { type: 'either', must: shapes.join(' or '), among };
}
var OBJECT = 'an object';
/** The field that distinguishes an object from its alternatives: its first. */
var tellingName = (fields) => Object.keys(fields)[0];

// ---- modifiers of rows ----------------------------------------------------------------------

/** If absent, it remains so: the record has no such key. */
function optional(row) {
  return { ...row, default: undefined };
}
/** If absent, it is null. */
function nullable(row) {
  return { ...row, default: null };
}
/** If absent, it is as if `fallback` were written. */
function defaulted(row, fallback) {
  return { ...row, default: fallback };
}
/** `false` is valid and means null. */
function switchable(row) {
  return switchableTo(row, null);
}
/** `false` is valid and means `off`, a value that needs no special case. */
function switchableTo(row, off) {
  return { ...row, must: `${row.must} or false`, off };
}
function asSecret(row) {
  return { ...row, secret: true };
}
/** `fault` returns what a value must be, null if it is valid; `format` names the rule in the JSON Schema. */
function test(row, format, fault) {
  return { ...row, format, test: fault };
}
function transformed(row, make) {
  return { ...row, make };
}
/** Values by arbitrary id: a Map, since callers and verifiers also send ids. */
function byId(values) {
  return transformed(recordOf(values), (pairs) => new Map(pairs));
}
/** Also checks the value against the rest of the configuration: a well-formed value may still make no sense. */
function reviewed(row, review) {
  return { ...row, review };
}
/** Values that match a pattern are available only if its feature is included. */
function needing(row, ...needs) {
  return { ...row, needs };
}

// lib/core/ip.ts
/**
 * Addresses as 128-bit numbers, so that all spellings of an address are equal.
 *
 * Unusual IPv4 ("010.0.0.1", "0x7f.1", "127.1") is invalid: parsers read it differently. IPv4 is mapped into IPv6:
 * "::ffff:10.0.0.1" is 10.0.0.1, and in 10.0.0.0/8. Rejected: the URL parser, which before the compatibility date
 * 2022-10-31 takes every IPv6 address for the same one.
 */

var OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
/** An IPv4 address in its canonical spelling, as part of a regular expression. */
var PLAIN_IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;

var MAPPED = 0xffffn;
var IPV4_AT_END = new RegExp(`(?<=:)${PLAIN_IPV4}$`);
/**
 * "10.0.0.1:443", "[2001:db8::1]:443" and "[2001:db8::1]", as proxies write them. A bare IPv6 address does not match.
 */
var PORTED = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/;

/** The address without brackets and port, as a string. */
function withoutPort(text) {
  const parts = PORTED.exec(text);
  return parts ? (parts[1] ?? parts[2]) : text;
}

/** RFC 4291, 2.2: eight groups, a run of zero groups as "::", the last two as IPv4. */
function parseBare(text) {
  if (text.length > 45 || !/[:.]/.test(text)) return null;
  const mapped = text.includes(':') ? text : `::ffff:${text}`;
  const written = mapped.replace(IPV4_AT_END, (ipv4) => {
    const [a, b, c, d] = ipv4.split('.').map(Number);
    return `${(256 * a + b).toString(16)}:${(256 * c + d).toString(16)}`;
  });
  const [left = [], right, more] = written.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - (right?.length ?? 0);
  if (more || (right ? missing < 1 : missing !== 0)) return null;
  const groups = [...left, ...Array(missing).fill('0'), ...(right ?? [])];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return null;
  return BigInt('0x' + groups.map((group) => group.padStart(4, '0')).join(''));
}

/** An address, with or without brackets, port and zone ("fe80::1%eth0"); null if it is invalid. */
var parseAddress = (text) => parseBare(withoutPort(text.trim()).replace(/%[\w.-]+$/, ''));

/** An address in its canonical spelling (RFC 5952): IPv4 in four decimals, IPv6 shortened and in lower case. */
function formatAddress(bits) {
  if (bits >> 32n === MAPPED) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
  const groups = bits.toString(16).padStart(32, '0').match(/.{4}/g);
  const text = groups.map((group) => group.replace(/^0{1,3}/, '')).join(':');
  // The longest run of zero groups, the first of equals.
  const [longest] = [...text.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return text;
  const after = text.slice(longest.index + longest[0].length);
  return `${text.slice(0, longest.index).replace(/:$/, '')}::${after.replace(/^:/, '')}`;
}

/**
 * The caller that an address identifies: an IPv4 address itself, an IPv6 address its network of `ipv6Prefix` bits. A
 * household or a server has at least 2^64 IPv6 addresses (RFC 6177), so that a limit per single address is no limit.
 * An invalid address is returned unchanged.
 */
function callerNetwork(address, ipv6Prefix = 64) {
  if (!address.includes(':')) return address;
  const bits = parseAddress(address);
  if (bits === null) return address;
  if (ipv6Prefix === 128 || bits >> 32n === MAPPED) return formatAddress(bits);
  const free = BigInt(128 - ipv6Prefix);
  return `${formatAddress((bits >> free) << free)}/${ipv6Prefix}`;
}

/** "10.0.0.0/8", "2001:db8::/32" or a single address, which is a network of one; null for anything else. */
function parseNetwork(text) {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = parseBare(address);
  const width = address.includes(':') ? 128 : 32;
  const free = width - Number(length ?? width);
  return bits === null || free < 0 ? null : { bits: bits >> BigInt(free), free: BigInt(free) };
}

function inNetworks(networks, address) {
  return address !== null && networks.some(({ bits, free }) => address >> free === bits);
}

// lib/core/url-host.ts
/**
 * Normalises a host: lower case, punycode, no trailing dot, IPv4 and IPv6 in their canonical spelling.
 *
 * Cloudflare delivers hosts in this form, plain workerd as they were sent. Most are normalised already and cost one
 * regular expression; the URL parser reads the others, as `fetch` would.
 */

/**
 * Already normalised: lower-case labels, the last of which starts with a letter, or an IPv4 address; and an optional
 * port. The URL parser costs 20 thousand instructions, a twentieth of a whole request. Labels may have the star of a
 * route's host, which the URL parser takes from the compatibility date 2022-10-31 on only.
 */
var PLAIN_HOST = new RegExp(
  `^(?:(?!-)(?:[a-z\\d*_-]+\\.)*[a-z*][a-z\\d*_-]*|${PLAIN_IPV4})(?::(?:[1-9]\\d{0,3}|[1-5]\\d{4}))?$`,
);
/** Characters that would end the host in a URL, or that a URL parser removes or decodes. */
var BROKEN_HOST = /[\0-\x20/?#\\@%,]/;
var EMPTY_LABEL = /^$|^\.|\.\.|\.$/;
var VALID_PORT = /:(\d*)$/;

/** DNS's limit, without a port. No longer name can be registered. */
var MAX_LENGTH = 253;

/** A host, with or without a port; null if it is invalid. */
function readHost(sent) {
  if (sent.length <= MAX_LENGTH && PLAIN_HOST.test(sent)) return sent;
  const port = VALID_PORT.exec(sent)?.[1] ?? '';
  const name = sent.replace(VALID_PORT, '');
  if (
    name.length > MAX_LENGTH ||
    BROKEN_HOST.test(name) ||
    !/^(?:[^:]*|\[.*\])$/.test(name) ||
    Number(port) > 65535
  )
    return null;
  try {
    const host = new URL('http://' + name).host.replace(/\.$/, '');
    if (host.length > MAX_LENGTH || EMPTY_LABEL.test(host)) return null;
    return port === '' ? host : `${host}:${Number(port)}`;
  } catch {
    return null;
  }
}

// lib/config/validate.ts
/**
 * Validates a configuration against the rows of the schema and fills in its defaults, in one step. Every fault is
 * listed with its path, what is valid and what was received. It never throws, so that all faults are seen at once.
 */

var ABSENT = 'needs worker-full.js or edge-gateway build --config';

function createCheck(features, absent = {}) {
  const records = {};
  for (const { rows } of features)
    for (const [record, fields] of Object.entries(rows?.() ?? {}))
      records[record] = { ...records[record], ...fields };
  const names = new Set(features.map(({ name }) => name));
  return { records, features: names, absent, faults: [], used: new Set(), reviews: [], defaults: new Map() };
}

/** Validates a whole configuration against the rows of `check`. */
function validateConfig(check, written) {
  return validate(check, ref('config'), written, '');
}

/** The value with its defaults filled in, frozen; not to be used if faults were added. */
function validate(check, row, written, path) {
  let value = written;
  if (value === undefined && 'default' in row) {
    value = row.default;
    if (value == null) return value;
  }
  if (value === false && 'off' in row) return row.off;
  if (!fitsRow(row, value)) return addFault(check, row, value, path, row.must);
  const before = check.faults.length;
  const made = readInside(check, row, value, path);
  if (check.faults.length > before) return undefined;
  const must = row.test?.(value);
  if (must) return addFault(check, row, value, path, must);
  for (const [pattern, feature] of row.needs ?? [])
    if (pattern.test(typeof value === 'string' ? value : showJson(value))) {
      check.used.add(feature);
      if (!check.features.has(feature)) check.faults.push(`${path} ${showReceived(value)} ${ABSENT}`);
    }
  if (row.review) check.reviews.push((config) => row.review?.(made, path, config, check.faults));
  return Object.freeze(row.make ? row.make(made, path) : made);
}

/** Checks a value without looking at its members. */
function fitsRow(row, value) {
  const { type, least = 0, most = Infinity } = row;
  if (type === 'string') return typeof value === 'string' && row.pattern.test(value);
  if (type === 'enum') return row.words.includes(value);
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'list') return Array.isArray(value) && value.length >= least;
  if (type === 'tuple') return Array.isArray(value) && value.length === row.items.length;
  if (type === 'either') return row.among.some((one) => fitsRow(one, value));
  if (type === 'number' || type === 'integer')
    return (
      typeof value === 'number' && value >= least && value <= most && (type === 'number' || value % 1 === 0)
    );
  return isRecord(value);
}

function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readInside(check, row, value, path) {
  const { type, items } = row;
  if (type === 'either') {
    const taking = row.among.filter((one) => fitsRow(one, value));
    const named = taking.find(({ fields }) => fields && tellingName(fields) in value);
    const chosen = named ?? (taking.length === 1 && taking[0]);
    return chosen ? validate(check, chosen, value, path) : addFault(check, row, value, path, row.must);
  }
  if (type === 'list' || type === 'tuple')
    return Array.from(value, (item, i) =>
      validate(check, type === 'list' ? items : items[i], item, `${path}[${i}]`),
    );
  if (type === 'record')
    return Object.entries(value).map(([name, item]) => {
      const key = validate(check, row.keys, name, `${path}: the key`);
      return Object.freeze([key, validate(check, row.values, item, `${path}.${name}`)]);
    });
  if (type === 'object') return readObject(check, row.fields, value, path);
  return type === 'ref' ? readObject(check, check.records[row.to] ?? {}, value, path, row.to) : value;
}

/** An object with exactly these fields. `record`: its name, if features may extend it. */
function readObject(check, fields, value, path, record) {
  const absent = (record && check.absent[record]) ?? {};
  const made = { ...absent, ...defaultsOf(check, fields) };
  const at = path && `${path}.`;
  for (const key in value) {
    const row = Object.hasOwn(fields, key) && fields[key];
    if (value[key] === undefined) continue;
    if (row) {
      made[key] = validate(check, row, value[key], at + key);
      if (record && !isIdle(value[key], row.default)) check.used.add(`${record}.${key}`);
    } else if (!Object.hasOwn(absent, key))
      check.faults.push(`${at}${key}: unknown key${nearest(key, Object.keys(fields))}`);
    else if (!isIdle(value[key], absent[key])) check.faults.push(`${at}${key} ${ABSENT}`);
  }
  for (const key in fields) {
    const row = fields[key];
    if (!('default' in row) && value[key] === undefined) validate(check, row, undefined, at + key);
  }
  return made;
}

/** Whether a setting means the same as its absence. */
function isIdle(value, fallback) {
  if (value === false && fallback == null) return true;
  return showJson(value) === showJson(fallback);
}

function defaultsOf(check, fields) {
  let known = check.defaults.get(fields);
  if (!known) {
    const made = {};
    for (const key in fields)
      if (fields[key].default !== undefined) made[key] = validate(check, fields[key], undefined, key);
    // V8 copies a record that was built key by key slowly, and a copy of it fast.
    check.defaults.set(fields, (known = { ...made }));
  }
  return known;
}

/** Adds a fault; for secrets, the received value is not shown. */
function addFault(check, row, value, path, must) {
  const received =
    row.secret && value !== undefined
      ? ' (what was received is not shown)'
      : `, received ${showReceived(value)}`;
  check.faults.push(`${path || 'the configuration'} must be ${must}${received}`);
}

function showReceived(value) {
  if (value === undefined) return 'nothing';
  const text = showJson(value);
  return text.length > 60 ? text.slice(0, 57) + '...' : text;
}

/** As JSON. A CONFIG may hold values that JSON cannot, and its other faults must be reported all the same. */
function showJson(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'what JSON cannot hold';
  }
}

/** `, did you mean "hedge"?` if a known key is at most two edits away (three for long ones), else "". */
function nearest(word, known) {
  const [best] = known
    .map((name) => ({ name, edits: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits < (word.length > 7 ? 4 : 3) ? `, did you mean "${best.name}"?` : '';
}

/** The Levenshtein distance, row by row; a transposition counts two. */
function editDistance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}

// lib/config/meaning.ts
/**
 * Checks for settings that are well-formed but make no sense: hosts that no request can carry, CORS origins that no
 * browser sends, an anonymous consumer that does not exist, a digest that two consumers share.
 *
 * Kong silently accepts most of these, so the Kong profiles accept them too.
 */

/** A consumer's lists, the field that names a credential in each, and the kind within which names are unique. */
var NAMED_BY = [
  ['credentials', 'sha256', 'key'],
  ['logins', 'username', 'login'],
  ['jwtKeys', 'name', 'token'],
  ['jwtSecrets', 'name', 'token'],
  ['hmacSecrets', 'username', 'signature'],
];

function reviewConsumers(consumers, path, _config, faults) {
  const owners = new Map();
  for (const [i, consumer] of consumers.entries()) {
    const { id } = consumer;
    if (owners.has(`id ${id}`)) faults.push(`${path}[${i}].id must be unique, received "${id}" again`);
    owners.set(`id ${id}`, '');
    for (const [list, name, kind] of NAMED_BY)
      for (const credential of consumer[list] ?? []) {
        const key = `${kind} ${String(credential[name])}`;
        const owner = owners.get(key);
        if (owner) faults.push(`${path}[${i}].${list} must be unique, received a ${name} that ${owner} has`);
        owners.set(key, `${path}[${i}]`);
      }
  }
}

function reviewAnonymous(name, path, config, faults) {
  if (
    config.compat === null &&
    !config.consumers.some(({ id, username }) => id === name || username === name)
  )
    faults.push(`${path} must be the id or username of one of the consumers, received ${showReceived(name)}`);
}

/** The name of a configured pool, or of the one that `origins` defines. */
function reviewPoolName(name, path, { pools, origins }, faults) {
  const known = [...pools.map(([one]) => one), ...(origins ? ['default'] : [])];
  if (!known.includes(name))
    faults.push(`${path} must be the name of a pool (${known.join(', ')}), received "${name}"`);
}

// ---- CORS -----------------------------------------------------------------------------------

var PLAIN_ORIGIN = /^[\w.:/-]*$/;
/** As browsers write it: scheme and host in lower case, no trailing slash. Upper case is read as lower case. */
var BROWSERS = /^(null|[a-z][a-z\d+.-]*:\/\/[^/]+)$/i;
var BROWSERS_ORIGIN =
  '"*", an origin as browsers write it, such as "https://example.com", or a regular expression over one';

function reviewCors(cors, path, { compat }, faults) {
  const { origins, credentials } = cors;
  if (compat !== null) return;
  for (const [i, entry] of origins.entries())
    if (PLAIN_ORIGIN.test(entry) && !BROWSERS.test(entry))
      faults.push(`${path}.origins[${i}] must be ${BROWSERS_ORIGIN}, received ${showReceived(entry)}`);
  if (credentials && (origins.length === 0 || origins.includes('*')))
    faults.push(`${path}.origins must name who may send credentials, received ${showReceived(origins)}`);
}

// ---- hosts ----------------------------------------------------------------------------------

var LABEL = '[^*.:]+';
var REACHABLE = new RegExp(
  `^(\\[[\\da-f:.]+\\]|(\\*\\.)?${LABEL}(\\.${LABEL})*|(${LABEL}\\.)+\\*)(:\\d{1,5})?$`,
);

/** Rejects hosts that no request can carry, in any spelling. */
function reviewHosts(hosts, path, { compat }, faults) {
  if (compat !== null) return;
  for (const [i, host] of hosts.entries())
    if (host.endsWith(':') || !REACHABLE.test(readHost(host) ?? ''))
      faults.push(`${path}[${i}] must be a host that a request can carry, received ${showReceived(host)}`);
}

// lib/config/patterns.ts
/** String types that several settings share. Patterns have no flags, so that a JSON Schema can hold them too. */

/** RFC 9110, section 5.6.2: the name of a header, a method or a cookie. */
var TOKEN = string('a header name', /^[\w!#$%&'*+.^`|~-]+$/);
var PATH = string('a path that starts with "/", without query', /^\/[^?#\s]*$/);
/** RFC 6901. */
var POINTER = string('a JSON pointer: "" or a string that starts with "/"', /^(\/|$)/);
/** A line break would start another header. */
var LINE = string('a string of one line', /^[^\0\r\n]*$/);
/** Sent in WWW-Authenticate; quotes are escaped there, except under the Kong profiles. */
var REALM = string('a string of ASCII characters', /^[\x20-\x7e]+$/);
var ANY_STRING = string('a string', /^/);

var CIDR_RANGE = test(string('an address or a CIDR range'), 'network', (value) =>
  parseNetwork(value) ? null : 'an address or a CIDR range',
);

/** Header names, read in lower case. */
var headerNamesRow = () => transformed(listOf(TOKEN), (names) => names.map((name) => name.toLowerCase()));

/** An id or username of a consumer. */
var anonymousRow = () => nullable(reviewed(string(), reviewAnonymous));
/** The name of a pool. */
var poolNameRow = () => reviewed(string(), reviewPoolName);

// lib/core/origin-glob.ts
/**
 * Globs such as `https://*.example.com` and `http://localhost:*`, which people write for the origins of a site. As
 * regular expressions, which is how Kong reads them, they mean "any number of slashes" and match https://xexample.com.
 */

/** Scheme, labels, host, port: with a star for one or more labels, or for any port. */
var GLOB = /^([a-z][a-z\d+.-]*:\/\/)?(\*\.)?([a-z\d-]+(?:\.[a-z\d-]+)*)(:(?:\d+|\*))?$/;

/** Matches an entry that is neither "*" nor an origin nor a glob: a regular expression. */
var ORIGIN_PATTERN = new RegExp(`^(?!\\*$|[\\w.:/-]*$|${GLOB.source})`, 'i');

/**
 * A regular expression over lower-case origins for such an entry; null for any other entry. Without a scheme it matches
 * by host, with any scheme.
 */
function globOf(entry) {
  const parts = entry.includes('*') ? GLOB.exec(entry.toLowerCase()) : null;
  if (parts === null) return null;
  const [, scheme = '', labels = '', host = '', port = ''] = parts;
  const anyPort = port === ':*' || (scheme === '' && port === '');
  return new RegExp(
    '^' +
      (scheme === '' ? '[a-z][a-z\\d+.-]*://' : scheme.replace(/[.+]/g, '\\$&')) +
      (labels === '' ? '' : '(?:[a-z\\d_-]+\\.)+') +
      host.replaceAll('.', '\\.') +
      (anyPort ? '(?::\\d+)?' : port) +
      '$',
  );
}

// lib/core/regex-automaton.ts
/**
 * The position automaton of a regular expression (Glushkov): a state for each character of the pattern, and no epsilon
 * transitions.
 *
 * What an automaton cannot express is over-approximated: an assertion always holds, a lookahead may also be entered, a
 * back reference is any string. A part that may be empty must not be repeated: an engine might pass it in more ways
 * than positions show.
 */

var NO_STATES = { empty: true, first: [], last: [] };
var MAX_POSITIONS = 1e3;
/** A counted repetition of up to this many positions is unrolled. */
var MAX_COPIES = 125;
var REGEX_TOKEN = new RegExp(
  [
    /\(\?(?:<?[=!]|<[^>]+>|[a-z-]*:)/,
    // The start of a group, except a plain bracket.
    /\\(?:u[\da-f]{4}|x[\da-f]{2}|c[a-z]|k<[^>]+>|[1-9]\d*|[^])/,
    /\[(?:\\[^]|[^\]\\])*\]/,
    /(?:[*+?]|\{\d+(?:,\d*)?\})\??/,
    /[^]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'giy',
);
var QUANTIFIER = /^(?:[*+?]|\{(\d+)(,\d*)?\})\??$/;

var AMBIGUOUS_LOOP = 'it holds a loop that may match one text in two ways';

function refusePattern(why) {
  throw new Error(why);
}

/**
 * The automaton of a pattern that `new RegExp` has accepted.
 * @throws Error for a pattern whose time cannot be bounded, or that is too large.
 */
function buildAutomaton(source) {
  const draft = {
    tokens: source.match(REGEX_TOKEN) ?? [],
    at: 0,
    samples: samplesOf(source),
    masks: new Map(),
    takes: [],
    follow: [],
    choices: [],
    asserts: false,
    backReferences: false,
  };
  const root = readAlternatives(draft);
  return { ...draft, root };
}

/** Characters that represent all others: ASCII, the pattern's own with their neighbours, and some beyond. */
function samplesOf(source) {
  const codes = new Set([128, 160, 233, 255, 1046, 8232, 65535]);
  for (let code = 0; code < 128; code++) codes.add(code);
  for (const { 0: text, 1: hex } of source.matchAll(/[\u0080-\uffff]|\\[ux]([\da-f]+)/gi)) {
    const code = hex ? Number.parseInt(hex, 16) : text.charCodeAt(0);
    for (const near of [code - 1, code, code + 1]) codes.add(near & 65535);
  }
  return [...codes].map((code) => String.fromCharCode(code));
}

/** The sample characters that an atom matches, case-sensitively or not. */
function maskOf({ masks, samples }, atom) {
  const known = masks.get(atom);
  if (known !== undefined) return known;
  const [exact, loose] = [new RegExp(`^${atom}$`), new RegExp(`^${atom}$`, 'is')];
  const bits = samples.map((sample) => (exact.test(sample) || loose.test(sample) ? '1' : '0'));
  const mask = BigInt('0b' + bits.join(''));
  masks.set(atom, mask);
  return mask;
}

function addPosition(draft, atom) {
  const position = draft.takes.push(maskOf(draft, atom)) - 1;
  if (position >= MAX_POSITIONS) refusePattern('it is too long');
  draft.follow.push(new Set());
  return { empty: false, first: [position], last: [position] };
}

function sequence({ follow }, a, b) {
  for (const from of a.last) for (const to of b.first) follow[from].add(to);
  return {
    empty: a.empty && b.empty,
    first: a.empty ? [...a.first, ...b.first] : a.first,
    last: b.empty ? [...a.last, ...b.last] : b.last,
  };
}

/**
 * Lets a part follow itself. An edge that already exists belongs to an inner loop: one string could match in two ways.
 */
function loop({ follow }, part) {
  for (const from of part.last)
    for (const to of part.first) {
      if (follow[from].has(to)) refusePattern(AMBIGUOUS_LOOP);
      follow[from].add(to);
    }
  return part;
}

function readAlternatives(draft) {
  const from = draft.takes.length;
  const options = [readSequence(draft)];
  while (draft.tokens[draft.at] === '|') {
    draft.at++;
    options.push(readSequence(draft));
  }
  if (options.length === 1) return options[0];
  const empty = options.some((option) => option.empty);
  draft.choices.push({ starts: options.map(({ first }) => first), empty, from, to: draft.takes.length });
  return {
    empty,
    first: options.flatMap(({ first }) => first),
    last: options.flatMap(({ last }) => last),
  };
}

function readSequence(draft) {
  const { tokens } = draft;
  let whole = NO_STATES;
  while (draft.at < tokens.length && tokens[draft.at] !== '|' && tokens[draft.at] !== ')')
    whole = sequence(draft, whole, readQuantified(draft));
  return whole;
}

/** An atom with its quantifier: fixed counts of few positions are unrolled, all others are loops. */
function readQuantified(draft) {
  const { tokens, takes, choices } = draft;
  const [start, from, chosen] = [draft.at, takes.length, choices.length];
  const part = readAtom(draft);
  const [quantifier, least = '', open] = QUANTIFIER.exec(tokens[draft.at] ?? '') ?? [];
  if (quantifier === undefined) return part;
  const end = ++draft.at;
  if (quantifier.startsWith('?') || quantifier.startsWith('{0,1}')) {
    choices.push({ starts: [part.first], empty: true, from, to: takes.length });
    return { ...part, empty: true };
  }
  if (part.first.length === 0) return part;
  if (part.empty) refusePattern('it repeats what may match nothing');
  const times = open || least === '' ? Infinity : Number(least);
  if ((takes.length - from) * times > MAX_COPIES) {
    // A loop's own choices show in the product of the automaton with itself.
    choices.length = chosen;
    return { ...loop(draft, part), empty: quantifier.startsWith('*') || Number(least || 1) === 0 };
  }
  let whole = times === 0 ? NO_STATES : part;
  for (let i = 1; i < times; i++) {
    draft.at = start;
    whole = sequence(draft, whole, readAtom(draft));
  }
  draft.at = end;
  return whole;
}

function readAtom(draft) {
  const token = draft.tokens[draft.at++];
  if (token.startsWith('(')) return readGroup(draft, token);
  if (/^(?:[$^]|\\b)$/i.test(token)) {
    draft.asserts ||= token !== '^';
    return NO_STATES;
  }
  if (/^\\(?:[1-9]|k<)/.test(token)) {
    draft.backReferences = true;
    return { ...loop(draft, addPosition(draft, '[^]')), empty: true };
  }
  return addPosition(draft, token);
}

/** A group, a lookahead or a lookbehind. */
function readGroup(draft, open) {
  const { takes, follow } = draft;
  const from = takes.length;
  const inner = readAlternatives(draft);
  draft.at++;
  if (!/^\(\?<?[=!]$/.test(open)) return inner;
  draft.asserts = true;
  if (!open.startsWith('(?<')) return { empty: true, first: inner.first, last: [] };
  // A lookbehind is matched backwards, which this automaton does not model, so it must not cost more than its length.
  for (let i = from; i < takes.length; i++)
    for (const next of follow[i]) if (next <= i) refusePattern('it repeats something in a look behind');
  return NO_STATES;
}

// lib/core/regex-cost.ts
/**
 * Bounds the time that a pattern may take, for `regex.ts`, by the criteria of Weber and Seidl ("On the degree of
 * ambiguity of finite automata", 1991). Two ways around a loop for the same string mean exponential time. A string that
 * leads around one loop, from it to a second loop and around that one adds a power. The product of the automaton with
 * itself shows both: its states are the pairs of positions that the same string leads to.
 */

/** The most ways in which one string may pass the choices. */
var MAX_WAYS = 1e3;

/**
 * The power of the string's length that a match may take, and a factor for the retries that do not depend on the
 * length.
 * @throws Error for a pattern that may take exponential time, or whose time cannot be bounded.
 */
function countCost(source) {
  const automaton = buildAutomaton(source);
  const factor = countWays(automaton);
  if (factor > MAX_WAYS) refusePattern('its alternatives leave too many ways to match one text');
  const graph = graphOf(automaton);
  const loops = loopsOf(graph);
  const chains = new Map([...loops].map(([head, members]) => [head, chainedLoops(graph, loops, members)]));
  const degrees = new Map();
  /** How often, from this loop on, a loop can pass on to the next one a string that it could match itself. */
  function degreeOf(head) {
    const known = degrees.get(head);
    if (known !== undefined) return known;
    let degree = 0;
    for (const other of loops.keys())
      if (other !== head && graph.later[head].has(other))
        degree = Math.max(degree, degreeOf(other) + Number(chains.get(head).has(other)));
    degrees.set(head, degree);
    return degree;
  }
  const power = Math.max(0, ...[...loops.keys()].map(degreeOf)) + 1 + Number(automaton.backReferences);
  return { power, factor };
}

/** In how many ways one string may pass the choices that a single character does not decide. */
function countWays({ choices, takes, follow, root }) {
  const clash = (a, b) => a.some((p) => b.some((q) => takes[p] & takes[q]));
  let ways = 1;
  for (const { starts, empty, from, to } of choices) {
    const all = starts.flat();
    const beside = [root.first, ...follow.map((next) => [...next])]
      .filter((next) => next.includes(all[0] ?? -1))
      .flatMap((next) => next.filter((position) => position < from || position >= to));
    const among = starts.some((a, i) => starts.some((b, j) => j > i && clash(a, b)));
    if (among || (empty && clash(all, beside))) ways *= starts.length + Number(empty);
  }
  return ways;
}

/** Positions from which a match can no longer fail: it may end at each of them and at all that follow. */
function settledPositions({ follow, asserts, root }) {
  const final = new Set(asserts ? [] : root.last);
  for (let before = -1; before !== final.size;) {
    before = final.size;
    for (const position of final)
      if ([...follow[position]].some((next) => !final.has(next))) final.delete(position);
  }
  return final;
}

function graphOf(automaton) {
  const { takes, follow } = automaton;
  const final = settledPositions(automaton);
  const next = follow.map((all, p) => (final.has(p) ? [] : [...all].filter((q) => !final.has(q))));
  const before = takes.map(() => []);
  // Positions are numbered along the pattern: a loop lies between the two ends of a backward edge.
  const looping = new Set();
  for (const [p, all] of next.entries())
    for (const q of all) {
      before[q].push(p);
      for (let i = q; i <= p; i++) looping.add(i);
    }
  const later = next.map((_, p) => (looping.has(p) ? reach((node) => next[node], [p]) : new Set()));
  return { takes, next, before, later };
}

/** The loops: first position -> all positions. */
function loopsOf({ later }) {
  const loops = new Map();
  const seen = new Set();
  for (const [p, all] of later.entries()) {
    if (seen.has(p) || !all.has(p)) continue;
    const members = new Set([...all].filter((q) => later[q].has(p)));
    for (const member of members) seen.add(member);
    loops.set(p, members);
  }
  return loops;
}

/**
 * Loops to which a string leads from the loop of these members, where the same string also leads around both.
 * @throws Error if one string leads around this loop in two ways.
 */
function chainedLoops(graph, loops, members) {
  const { takes, next, before } = graph;
  const size = takes.length;
  const meets = (p, q) => (takes[p] & takes[q]) !== 0n;
  const left = (pair) => Math.floor(pair / size);
  const right = (pair) => pair % size;
  const onward = (pair) =>
    next[left(pair)].flatMap((p) => next[right(pair)].filter((q) => meets(p, q)).map((q) => p * size + q));
  const backward = (pair) =>
    meets(left(pair), right(pair))
      ? before[left(pair)].flatMap((p) => before[right(pair)].map((q) => p * size + q))
      : [];
  const same = [...members].map((p) => p * size + p);
  const inside = (pair) => members.has(left(pair));
  const met = reach(onward, same, inside);
  const meeting = reach(backward, same, inside);
  for (const pair of met)
    if (members.has(right(pair)) && left(pair) !== right(pair) && meeting.has(pair))
      refusePattern(AMBIGUOUS_LOOP);
  const chained = new Set();
  for (const [head, others] of loops) {
    const around = new Set([...met].filter((pair) => others.has(right(pair))));
    if (others !== members && hasLoop(onward, around)) chained.add(head);
  }
  return chained;
}

/** All nodes reachable from these in one or more steps, through nodes for which `within` holds. */
function reach(step, from, within = () => true) {
  const seen = new Set();
  const open = [...from];
  for (let node; (node = open.pop()) !== undefined;)
    for (const next of step(node))
      if (!seen.has(next) && within(next)) {
        seen.add(next);
        open.push(next);
      }
  return seen;
}

/** Removes nodes without a successor among the others until all have one: what remains, if anything, holds a loop. */
function hasLoop(step, nodes) {
  for (let before = -1; before !== nodes.size;) {
    before = nodes.size;
    for (const node of nodes) if (![...step(node)].some((next) => nodes.has(next))) nodes.delete(node);
  }
  return nodes.size > 0;
}

// lib/core/regex.ts
/**
 * Regular expressions of the configuration, run by JavaScript's engine without the risk of ReDoS: the engine
 * backtracks, and some patterns take time exponential in, or a high power of, the length of a string that any caller
 * may choose.
 *
 * regex-cost.ts counts in how many ways a string can match. If exponentially many, the pattern is rejected; if a power
 * of the length, the length is bounded (`maxLength`). No harmful pattern passes, and few harmless ones are rejected,
 * such as `(a?b?)*` and `([a-z]{1,3})*`. Rejected: rules on the pattern's text, which were shorter and wrong (loops in
 * alternatives); a linear-time matcher of our own, which is slower than the engine on every ordinary pattern. Kong's
 * (?P<name>, \A, \z and a leading (?i) are supported.
 */

/** The most steps of a match: 20 ns each before the engine compiles the pattern, 2 ns afterwards. */
var MAX_STEPS = 5e6;

/** The longest string for which d + 1 nested loops, which take n^(d+1) / (d+1)! steps on it, stay below MAX_STEPS. */
function longestFor(power, factor) {
  if (power < 2) return Infinity;
  let permutations = 1;
  for (let i = 2; i <= power; i++) permutations *= i;
  return Math.floor(((MAX_STEPS / factor) * permutations) ** (1 / power));
}

/**
 * Compiles a pattern, anchored at the start (`anchored`) and at the end (`entire`).
 * @throws Error whose message says what is wrong with it.
 */
function compilePattern(pattern, anchored, entire = false, flags = '') {
  const source = pattern
    .replace(/^\(\?i\)/, () => ((flags = 'i'), ''))
    .replace(/\\[^]|\(\?P</g, (text) =>
      text === '(?P<' ? '(?<' : text === '\\A' ? '^' : /\\z/i.test(text) ? '$' : text,
    );
  const regex = new RegExp(anchored ? `^(?:${source})${entire ? '$' : ''}` : source, flags);
  const tied = anchored || /^\^[^|]*$/.test(source);
  const { power, factor } = countCost(tied ? regex.source : `[^]*(?:${source})`);
  return { regex, maxLength: longestFor(power, factor) };
}

/** What is wrong with a pattern; null if it is valid. */
function routePatternFault(pattern) {
  try {
    compilePattern(pattern, true);
    return null;
  } catch (error) {
    return error.message;
  }
}

// lib/config/regex-rows.ts
/** Regular expressions in the configuration; in a file of their own, since many builds do not include them. */

/** What a regular expression must be, to complete "must be ..."; null if it is valid. */
function regexFault(pattern) {
  const fault = routePatternFault(pattern);
  return fault && `a regular expression that is safe to run (${fault})`;
}

/** A shell's star, which means something else in a regular expression: at the start, or after a literal character. */
var SHELL_STAR = /(^|(^|[^\\])[\w/:-])\*/;

/** Rejects patterns of CORS origins that match no origin as a browser sends it. */
function reviewOriginPatterns(origins, path, { compat }, faults) {
  if (compat !== null) return;
  for (const [i, entry] of origins.entries())
    if (ORIGIN_PATTERN.test(entry) && neverSent(entry))
      faults.push(`${path}[${i}] must be ${BROWSERS_ORIGIN}, received ${showReceived(entry)}`);
}

/** Whether a regular expression requires something that a browser's origin never contains. */
function neverSent(entry) {
  const literal = entry.replace(/\\[^]|\[[^\]]*\]/g, '');
  const anyCase = entry.startsWith('(?i)');
  return (
    SHELL_STAR.test(entry) ||
    /[\s,]|\/$/.test(literal.replace(/\{[\d,]+\}/g, '')) ||
    (!anyCase && /[A-Z]/.test(literal))
  );
}

// lib/config/schema-credentials.ts
/** JSON Web Tokens and signed requests, and the keys that verify them. */

var filledRow = () => string('a string that is not empty', /^[^]/);

var secretRow = () =>
  asSecret(
    either(
      asSecret(filledRow()),
      object({ binding: string('a name of letters, digits and "_"', /^[A-Za-z_]\w*$/) }),
    ),
  );

var jwtRows = () => ({
  config: {
    /** Require a JSON Web Token. Default `false`. A route may set its own. */
    jwt: nullable(switchable(ref('jwt'))),
  },
  route: {
    /** Overrides the default; `false` requires no token. */
    jwt: optional(switchable(ref('jwt'))),
  },
  jwt: {
    /** Headers with the token, after "Bearer"; in headers other than `Authorization` also alone. */
    headers: defaulted(headerNamesRow(), ['Authorization']),
    /** Query arguments with the token; URLs end up in logs. The Kong importer writes Kong's `["jwt"]`. */
    queryNames: defaulted(listOf(LINE), []),
    /** Cookies with the token; names are compared without regard to case. */
    cookieNames: defaulted(listOf(TOKEN), []),
    /** The claim that names the verification key, in the payload or else in the header, such as "kid". */
    keyClaim: defaulted(filledRow(), 'iss'),
    /** Claims that a token must have. Outside Kong's profiles `exp` and `nbf` are checked whenever present. */
    claims: defaulted(listOf(oneOf('exp', 'nbf')), ['exp']),
    /** The longest remaining lifetime of a token. Default: any. */
    maxExpirationSeconds: nullable(integer(1, 31536e3)),
    /** Secrets are base64-encoded. */
    base64Secrets: defaulted(boolean(), false),
    /** Require a token of OPTIONS requests too, except preflights that CORS answers. */
    runOnPreflight: defaulted(boolean(), true),
    /** Id or username of the consumer for callers without a valid token. Default: they are refused. */
    anonymous: anonymousRow(),
    /** Named in WWW-Authenticate. Default: none. */
    realm: nullable(REALM),
  },
  consumer: {
    /** Public keys that verify the consumer's tokens. */
    jwtKeys: optional(
      listOf(
        object({
          /** The value of the claim `keyClaim`; unique, sent to origins as X-Credential-Identifier. */
          name: filledRow(),
          /** Signature algorithm. EdDSA is Ed25519. */
          algorithm: oneOf(
            ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
            ...['ES256', 'ES384', 'ES512', 'EdDSA'],
          ),
          /** PEM, SPKI: "-----BEGIN PUBLIC KEY-----". */
          publicKey: string(
            'a public key in PEM',
            /^\s*-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\s*$/,
          ),
          /** Counted and limited by; default: the name. */
          id: optional(string()),
        }),
      ),
    ),
    /** Shared secrets that verify the consumer's tokens. */
    jwtSecrets: optional(
      listOf(
        object({
          /** As in `jwtKeys`. */
          name: filledRow(),
          /** Signature algorithm. */
          algorithm: defaulted(oneOf('HS256', 'HS384', 'HS512'), 'HS256'),
          /** HMAC needs it itself; `{ binding }` names a secret of the Worker that holds it. */
          secret: secretRow(),
          /** Counted and limited by; default: the name. */
          id: optional(string()),
        }),
      ),
    ),
  },
});

var hmacAuthRows = () => ({
  config: {
    /** Require requests signed by HMAC. Default `false`. A route may set its own. */
    hmacAuth: nullable(switchable(ref('hmacAuth'))),
  },
  route: {
    /** Overrides the default; `false` requires no signature. */
    hmacAuth: optional(switchable(ref('hmacAuth'))),
  },
  hmacAuth: {
    /** Accepted algorithms. The Kong importer writes Kong's own value, which includes "hmac-sha1". */
    algorithms: defaulted(listOf(oneOf('hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'), 1), [
      'hmac-sha256',
      'hmac-sha384',
      'hmac-sha512',
    ]),
    /** How far the request's date may be off, in either direction: for so long a request can be replayed. */
    clockSkewSeconds: defaulted(number(0, 1e12), 300),
    /**
     * What a signature must cover: headers, "@request-target" or "request-line". The Kong importer writes Kong's own
     * value.
     */
    signed: defaulted(listOf(LINE), ['x-date', '@request-target']),
    /** Require that the Digest header ("SHA-256=" and base64) matches the body: at most 1 MiB, 8 KiB under `compat`. */
    bodyDigest: defaulted(boolean(), false),
    /** Remove the signature before forwarding. The Kong importer writes Kong's own value. */
    hideCredentials: defaulted(boolean(), true),
    /** Id or username of the consumer for callers without a valid signature. Default: they are refused. */
    anonymous: anonymousRow(),
    /** Named in WWW-Authenticate. Default: none. */
    realm: nullable(REALM),
  },
  consumer: {
    /** Secrets that the consumer signs with. */
    hmacSecrets: optional(
      listOf(
        object({
          /** The user name in signatures, compared exactly; unique, sent to origins as X-Credential-Identifier. */
          username: string('a string of one line without quotes', /^[^"\0\r\n]+$/),
          /** HMAC needs it itself; `{ binding }` names a secret of the Worker that holds it. */
          secret: secretRow(),
          /** Counted and limited by; default: the user name. */
          id: optional(string()),
        }),
      ),
    ),
  },
});

// lib/config/schema-basic-auth.ts
/** User names and passwords. */

/**
 * "pbkdf2-sha256:ITERATIONS:SALT:HASH", as `edge-gateway hash-key --password` makes it; or Kong's, of the password and
 * the consumer's id. More than 100,000 iterations are refused by Cloudflare.
 */
var HASH = /^(pbkdf2-sha256:([1-9]\d{0,4}|100000):([\da-f]{2}){8,64}:[\da-f]{64}|sha1:[\da-f]{40})$/;

var basicAuthRows = () => ({
  config: {
    /** Require a user name and password (RFC 7617). Default `false`. A route may set its own. */
    basicAuth: nullable(switchable(ref('basicAuth'))),
  },
  route: {
    /** Overrides the default; `false` requires no password. */
    basicAuth: optional(switchable(ref('basicAuth'))),
  },
  basicAuth: {
    /** Remove the password before forwarding. The Kong importer writes Kong's own value. */
    hideCredentials: defaulted(boolean(), true),
    /** Id or username of the consumer for callers without a valid password. Default: they are refused. */
    anonymous: anonymousRow(),
    /** The realm in WWW-Authenticate: browsers show it, and remember a password for each realm. */
    realm: defaulted(REALM, 'service'),
  },
  consumer: {
    /** The consumer's user names with password hashes, never the passwords. */
    logins: optional(
      listOf(
        object({
          /** Counted and limited by; default: the user name. */
          id: optional(string()),
          /** Unique; sent to origins as X-Credential-Identifier. Compared exactly. */
          username: string('a user name of one line', /^[^\0\r\n]+$/),
          /** A hash made by `edge-gateway hash-key --password`. */
          passwordHash: asSecret(string('a hash as edge-gateway hash-key --password makes it', HASH)),
        }),
      ),
    ),
  },
});

// lib/core/periods.ts
/** The lengths of a limit's window, shortest first. Counters are stored in this order. */
var PERIODS = ['second', 'minute', 'hour', 'day', 'month', 'year'];

// lib/config/schema-auth.ts
/** API keys, consumers, rate limits, and what isolates share. */

var secondsRow = () => number(0, 31536e3);

var verifyFields = () => ({
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
  timeoutMs: defaulted(integer(1, 3e4), 2e3),
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

var verdictCacheFields = () => ({
  /** Lifetime of a good verdict. The verifier's Cache-Control max-age and no-store override it. */
  ttlSeconds: defaulted(secondsRow(), 60),
  /** Lifetime of a bad verdict. */
  negativeTtlSeconds: defaulted(secondsRow(), 10),
  /** How long a known good key goes on working while the verifier gives no verdict. */
  staleSeconds: defaulted(secondsRow(), 600),
  /**
   * How many good verdicts are cached. Bad ones have a table of their own, a quarter as large, and evict no good one.
   */
  maxEntries: defaulted(integer(1, 1e7), 1e5),
});

var authFields = () => ({
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

var consumerFields = () => ({
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

var authRow = () =>
  switchable(
    transformed(ref('auth'), (auth) => {
      const { verify, keyNames } = auth;
      return { ...auth, verify: verify && { ...verify, keyHeader: verify.keyHeader ?? keyNames[0] } };
    }),
  );

var keyAuthRows = () => ({
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

var countRow = () => nullable(integer(1));

var rateLimitFields = () => ({
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

function reviewLimit(limit, path, _config, faults) {
  if (PERIODS.every((period) => limit[period] === null))
    faults.push(`${path} must be set for at least one of ${PERIODS.join(', ')}, received none`);
}
var limitRow = () =>
  transformed(reviewed(ref('rateLimit'), reviewLimit), (filled, path) => {
    const { by, hideHeaders, message, status, scope } = filled;
    const windows = PERIODS.flatMap((period) => {
      const limit = filled[period];
      return limit === null ? [] : [{ period, limit }];
    });
    return { windows, by, hideHeaders, message, status, scope: scope ?? path };
  });

var rateLimitRows = () => ({
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

var consumerLimitRows = () => ({
  config: {
    /** Limits of single consumers, by id, which override `rateLimit`; `consumerLimits` of a route override these. */
    consumerLimits: nullable(byId(limitRow())),
  },
  route: {
    /** Limits of single consumers on this route, by id, which override `rateLimit`. */
    consumerLimits: nullable(byId(limitRow())),
  },
});

var sealSecret = () => asSecret(string('a string of at least 16 characters', /^[^]{16,}$/));

var sharedFields = () => ({
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
  timeoutMs: defaulted(integer(1, 1e4), 300),
  /** Durable Objects among which callers are divided; one answers about 1000 messages a second. */
  shards: defaulted(integer(1, 1e3), 1),
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
var boardRows = () => ({
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

var sharedRows = () => ({
  config: {
    /**
     * What isolates share through a companion (dist/shared.js) behind the service binding SHARED. Default `false`:
     * nothing.
     */
    shared: nullable(switchable(ref('shared'))),
  },
  shared: sharedFields(),
});

// lib/config/schema-pool.ts
/** Origins and pools: balancing, time-outs, retries, hedges, ejection and health checks. */

/** URL.canParse would do, but scripts that keep a compatibility date before 2022-10-31 lack it. */
function originUrlFault(text) {
  try {
    const { protocol, search, hash, username } = new URL(text);
    if (/^https?:$/.test(protocol) && !search && !hash && !username) return null;
  } catch {
    // No URL at all.
  }
  return 'an http or https URL without query or user';
}

/** An origin, or its URL alone. */
var originList = () => listOf(either(test(string(), 'origin-url', originUrlFault), ref('origin')));

var originFields = () => ({
  /** Scheme, host, port and an optional base path. */
  url: test(string(), 'origin-url', originUrlFault),
  /** How it appears in headers, logs and metrics. Default: its URL. */
  name: nullable(string('a string of printable ASCII: it travels in a header', /^[\x20-\x7e]+$/)),
  /** Share of traffic relative to its peers; 0 drains it. */
  weight: defaulted(number(0, 65535), 1),
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
var failuresRow = () =>
  transformed(listOf(either(oneOf('unreachable', 'timeout'), integer(400, 599))), (items) => ({
    unreachable: items.includes('unreachable'),
    timeout: items.includes('timeout'),
    statuses: items.filter((item) => typeof item === 'number'),
  }));

var poolFields = () => ({
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
  timeoutMs: defaulted(integer(1), 1e4),
  /** All attempts together, in ms, counted likewise. */
  totalTimeoutMs: defaulted(integer(1), 3e4),
  /** Further attempts after the first. */
  retries: defaulted(integer(0, 32767), 2),
  /** What makes an attempt count as failed. */
  retryOn: defaulted(failuresRow(), ['unreachable', 'timeout', 500, 502, 503, 504]),
  /** Retries may add at most this share of requests, in percent, and a hundred at once. */
  retryBudgetPercent: defaulted(number(0, 1e4), 20),
  /** A second attempt of a slow safe request. `false`: a budget of 0. */
  hedge: switchableTo(
    defaulted(
      object({
        /** When it is sent: "silent" if the first is slower than nearly all others were, or after so many ms. */
        afterMs: defaulted(either(oneOf('silent'), number(0, 2147483647)), 'silent'),
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
        timeoutMs: defaulted(integer(1), 3e3),
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

var outlierFields = () => ({
  /** Failures in a row that eject an origin. */
  consecutiveFailures: defaulted(integer(1, 1e3), 3),
  /** How long the first ejection lasts; each next one twice as long. */
  ejectSeconds: defaulted(number(0.1, 86400), 2),
  /** At most this long, and a fifth. With the default it is back within half a minute of its recovery. */
  maxEjectSeconds: defaulted(number(0.1, 86400), 24),
});

var poolRows = () => ({
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
var kongBalancerRows = () => ({
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
    unreachableFailures: nullable(integer(1, 1e3)),
    /** The same for timeouts. */
    timeoutFailures: nullable(integer(1, 1e3)),
    /** Good responses do not clear the count. */
    cumulative: defaulted(boolean(), false),
  },
});

var hashInputRow = () =>
  either(
    oneOf('consumer', 'ip', 'path'),
    object({ header: TOKEN }),
    object({ query: string() }),
    object({ cookie: TOKEN, path: optional(PATH) }),
    object({ uriCapture: string() }),
  );
var consistentHashRows = () => ({
  pool: {
    /** consistent-hash: what the ring hashes. */
    hashOn: defaulted(hashInputRow(), 'ip'),
    /** consistent-hash: what it hashes if `hashOn` is absent from the request. Default: the empty string. */
    hashFallback: nullable(hashInputRow()),
  },
});

function reviewLoads(pools, path, _config, faults) {
  for (const [name, { balance, load }] of pools)
    if (balance === 'least-load' && load === null)
      faults.push(`${path}.${name}.load must be set where balance is "least-load", received nothing`);
}
var leastLoadRows = () => ({
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

var geoPriorRows = () => ({
  origin: {
    /** Latitude and longitude: the adaptive policy's first guess of distance before any measurement. */
    location: nullable(tuple(number(-90, 90), number(-180, 180))),
  },
});

var healthCheckRows = () => ({
  pool: {
    /** Active checks; they ride on requests, since no timer outlives one. */
    health: nullable(switchable(ref('health'))),
  },
  health: {
    /** The path to request by GET; nothing of a caller is sent. */
    path: PATH,
    /** Time between two checks of an origin. */
    intervalSeconds: defaulted(number(0.1, 86400), 10),
    /** A check that takes longer is bad. */
    timeoutMs: defaulted(integer(1), 2e3),
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

var hostOverrideRows = () => ({
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

// lib/config/schema-response.ts
/** CORS, the tutorial's response headers, Kong's profiles, the log, the status page and fixed responses. */

var corsFields = () => ({
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
var corsRow = () => switchable(reviewed(ref('cors'), reviewCors));
var corsRows = () => ({
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

var versionFields = () => ({
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
  ttlSeconds: defaulted(number(1, 31536e3), 60),
});

/** The tutorial's response headers, each only if it is set. */
var responseHeadersFields = () => ({
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
var responseHeadersRows = () => ({
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

var logRows = () => ({
  config: {
    /** One JSON line a request: for none, for those that failed, or for all. Keys can't appear in it. */
    log: defaulted(oneOf('off', 'errors', 'all'), 'off'),
  },
});

var serverTimingRows = () => ({
  config: {
    /**
     * Server-Timing on every response: auth, pick, origin, total, attempts. Default: if `status` or `log` is on. Costs
     * 3 % of a request.
     */
    serverTiming: nullable(boolean()),
  },
});

var respondWithFields = () => ({
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
function reviewResponse(filled, path, _config, faults) {
  const { message, body, contentType } = filled;
  if (message !== null && body !== null)
    faults.push(`${path} must be set either message or body, received both`);
  if (contentType !== null && body === null)
    faults.push(`${path}.contentType must be left out where there is no body, received "${contentType}"`);
}
var JSON_CONTENT_TYPE = 'application/json; charset=utf-8';
var responseRow = () =>
  transformed(reviewed(ref('respondWith'), reviewResponse), (filled) => {
    const { status, message, body, contentType, headers, trigger } = filled;
    const sent = message ?? (status === 503 && body === null ? 'Service unavailable' : null);
    const type = sent === null ? contentType : JSON_CONTENT_TYPE;
    return {
      status,
      text: sent === null ? (body ?? '') : JSON.stringify({ message: sent }),
      headers: type === null ? headers : [...headers, ['Content-Type', type]],
      trigger,
    };
  });

var respondWithRows = () => ({
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

var requestIdRows = () => ({
  config: {
    /** Send X-Request-Id to caller and origin. Default: if `log` or `status` is on. */
    requestId: nullable(boolean()),
  },
});

var statusRows = () => ({
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

var healthPathRows = () => ({
  config: {
    /**
     * A path that answers GET and HEAD with 200 without a token and without asking an origin. Default: none.
     */
    healthPath: nullable(switchable(PATH)),
  },
});

/** Settings of kong.conf; each description begins with the name there. */
var kongFields = () => ({
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
    transformed(recordOf(integer(1, 65535)), (pairs) => Object.fromEntries(pairs)),
    {},
  ),
  /** `nginx_http_charset`: add `charset=UTF-8` to texts without a charset. */
  charset: defaulted(boolean(), true),
  /** `allow_debug_header`: answer Kong-Debug with the names of route and service. Kong of 2018 always did. */
  debugHeaders: defaulted(boolean(), false),
  /** `error_default_type`: the format of proxying errors if the caller accepts any. */
  errorType: defaulted(string(), 'text/plain'),
});
var kongRows = () => ({
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

// lib/config/schema-admission.ts
/** Access rules: programs, addresses, groups, body sizes, cost limits, webhooks, and settings of single consumers. */

var searchRegexRow = () => test(string(), 'search-regex', regexFault);

var statusCode = () => integer(400, 599);

/** Settings of single consumers: features add to them what a consumer can override. */
var consumerSettingsRows = () => ({
  config: {
    /**
     * Settings of single consumers, by id, which override those of routes; `consumerSettings` of a route override
     * these.
     */
    consumerSettings: nullable(byId(ref('consumerSettings'))),
  },
  route: {
    /** Settings of single consumers on this route, by id. */
    consumerSettings: nullable(byId(ref('consumerSettings'))),
  },
});

var agentsRows = () => ({
  config: {
    /** Which programs may call, by their User-Agent. Default `false`: all. Stops honest robots only. */
    agents: nullable(switchable(ref('agents'))),
  },
  route: {
    /** Overrides the default; `false` allows all. */
    agents: optional(switchable(ref('agents'))),
  },
  agents: {
    /** Regular expressions; a match passes and overrides `deny` and `bots`. */
    allow: defaulted(listOf(searchRegexRow()), []),
    /** Regular expressions; a match is refused with 403. */
    deny: defaulted(listOf(searchRegexRow()), []),
    /** Also refuse well-known robots and HTTP libraries. */
    bots: defaulted(boolean(), true),
  },
});

var addressesRows = () => ({
  config: {
    /** Which addresses may call. Default `false`: all. */
    addresses: nullable(switchable(ref('addresses'))),
  },
  route: {
    /** Overrides the default; `false` allows all. */
    addresses: optional(switchable(ref('addresses'))),
  },
  consumerSettings: {
    /** Which addresses the consumer may call from. */
    addresses: nullable(ref('addresses')),
  },
  addresses: {
    /** Addresses and networks (CIDR); an empty list allows all that are not denied. */
    allow: defaulted(listOf(CIDR_RANGE), []),
    /** Addresses and networks (CIDR); checked before `allow`. */
    deny: defaulted(listOf(CIDR_RANGE), []),
    /** Status of a refusal. */
    status: defaulted(statusCode(), 403),
    /** Its message. Default: the gateway's own. */
    message: nullable(LINE),
  },
});

var groupsRows = () => ({
  config: {
    /** Which groups of consumers may call. Default `false`: groups are not checked. */
    groups: nullable(switchable(ref('groups'))),
  },
  route: {
    /** Overrides the default; `false` checks no groups. */
    groups: optional(switchable(ref('groups'))),
  },
  groups: {
    /** Members of one of these may call; an empty list allows all that are not denied. */
    allow: defaulted(listOf(string()), []),
    /** Members of one of these may not call; checked before `allow`. */
    deny: defaulted(listOf(string()), []),
    /** Do not send X-Consumer-Groups to the origin. */
    hideHeader: defaulted(boolean(), false),
  },
  consumer: {
    /** The consumer's groups; sent to origins as X-Consumer-Groups. */
    groups: optional(listOf(LINE)),
  },
});

var bodyLimitRows = () => ({
  config: {
    /**
     * The largest request body, in bytes; a body without Content-Length is counted while it streams. Default `false`:
     * the platform's limit.
     */
    maxBodyBytes: nullable(switchable(integer(0, 2 ** 53 - 1))),
    /** Refuse bodies without Content-Length with 411. */
    requireContentLength: defaulted(boolean(), false),
  },
  route: {
    /** Overrides the default; `false` lifts it. */
    maxBodyBytes: optional(switchable(integer(0, 2 ** 53 - 1))),
    /** Overrides the default. */
    requireContentLength: optional(boolean()),
  },
  kong: {
    /** nginx's client_max_body_size, for every route. Default: none. */
    maxBodyBytes: nullable(integer(1, 2 ** 53 - 1)),
  },
  consumerSettings: {
    /** The consumer's largest body. */
    maxBodyBytes: nullable(integer(0, 2 ** 53 - 1)),
    /** Whether the consumer's bodies must have a Content-Length. */
    requireContentLength: nullable(boolean()),
  },
});

var costLimit = () =>
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

var costLimitsRows = () => ({
  config: {
    /** Limits on costs that origins report in a response header. Default `false`: none. Counted per isolate. */
    costLimits: nullable(switchable(ref('costLimits'))),
  },
  route: {
    /** Overrides the default; `false` lifts them. */
    costLimits: optional(switchable(ref('costLimits'))),
  },
  consumerSettings: {
    /** The consumer's limits. */
    costLimits: nullable(ref('costLimits')),
  },
  costLimits: {
    /** The response header with the costs ("video=2, image=1"); it is removed from the response. */
    header: defaulted(TOKEN, 'X-Cost'),
    /** Limits by name. */
    limits: transformed(recordOf(costLimit(), TOKEN), (limits) =>
      limits.map(([name, limit]) => ({
        name,
        windows: PERIODS.flatMap((period) =>
          limit[period] === null ? [] : [{ period, limit: limit[period] }],
        ),
      })),
    ),
    /** Who is limited; callers without an identity by their address. */
    by: defaulted(oneOf('consumer', 'credential', 'ip'), 'consumer'),
    /** Refuse callers who have nothing left without asking the origin. */
    refuseEarly: defaulted(boolean(), false),
    /** Send no X-RateLimit-* headers. */
    hideHeaders: defaulted(boolean(), false),
    /** Settings with the same scope share their counters. Default: each has its own. */
    scope: nullable(string()),
  },
});

var webhookRows = () => ({
  config: {
    /** Require signed webhooks (standardwebhooks.com). Default `false`. */
    webhook: nullable(switchable(ref('webhook'))),
  },
  route: {
    /** Overrides the default; `false` requires no signature. */
    webhook: optional(switchable(ref('webhook'))),
  },
  webhook: {
    /** The signing secret, used as written. HMAC needs the secret itself. */
    secret: asSecret(string()),
    /** How old a webhook may be, in seconds. */
    toleranceSeconds: defaulted(integer(0), 300),
  },
});

// lib/core/template.ts
/**
 * Templates: strings with `$(...)` placeholders for values of the request: `$(headers.host)`, `$(headers["x-y"])`,
 * `$(query_params.q)`, `$(uri_captures.id)`, `$(uri_captures[1])`, each optionally followed by `or 'else'`.
 *
 * Kong evaluates the expression as Lua. Workers cannot run code generated at run time, and need not: these are the
 * forms that people write. Any other is rejected when the script starts, never treated as literal text.
 */

var QUOTED = String.raw`'([^'\\]*)'|"([^"\\]*)"`;
var NAMED = String.raw`\.([A-Za-z_]\w*)|\[\s*(?:${QUOTED}|(\d{1,3}))\s*\]`;
var OPERAND = new RegExp(
  String.raw`^\s*(?:${QUOTED}|(headers|query_params|uri_captures)(?:${NAMED}))\s*(?:\bor\b|$)`,
);

/**
 * @throws Error whose message says what is wrong with the text.
 */
function compileTemplate(text) {
  const parts = [];
  let at = 0;
  for (let open; (open = text.indexOf('$(', at)) >= 0;) {
    const end = closing(text, open + 2);
    if (end < 0) throw new Error(`it has "$(" without ")"`);
    if (open > at) parts.push(text.slice(at, open));
    parts.push(operandsOf(text.slice(open + 2, end)));
    at = end + 1;
  }
  if (at < text.length || parts.length === 0) parts.push(text.slice(at));
  return parts;
}

/** The index of the bracket that ends the expression; brackets in quotes do not count. */
function closing(text, from) {
  const [found] = /^(?:'[^']*'|"[^"]*"|[^'")])*(?=\))/.exec(text.slice(from)) ?? [];
  return found === undefined ? -1 : from + found.length;
}

function operandsOf(expression) {
  const operands = [];
  for (let rest = expression; ;) {
    const hit = OPERAND.exec(rest);
    if (hit === null) throw new Error(`"$(${expression})" is none of the forms that are understood`);
    const [all, single, double, place, name, quoted, doubled, index] = hit;
    const literal = single ?? double;
    operands.push(
      literal === undefined ? { place, name: name ?? quoted ?? doubled ?? index ?? '' } : { literal },
    );
    if (!/\bor$/.test(all)) return operands;
    rest = rest.slice(all.length);
  }
}

/** What a template must be; null if it is valid. */
function templateFault(text) {
  try {
    compileTemplate(text);
    return null;
  } catch (error) {
    return `a string whose $(...) can be filled in (${error.message})`;
  }
}

/** `change` is applied to values of the request, not to the configuration's literals. */
function fillTemplate(template, source, change = (value) => value) {
  let text = '';
  for (const part of template) text += typeof part === 'string' ? part : operandValue(part, source, change);
  return text;
}

function operandValue(operands, source, change) {
  for (const operand of operands) {
    if ('literal' in operand) return operand.literal;
    const value = source[operand.place](operand.name);
    if (value !== null) return change(value, operand.place);
  }
  return '';
}

// lib/config/schema-transform.ts
/** Changes to requests and responses, and redirects. */

var templateRow = (must = 'a string', at = /[^]/) => test(string(must, at), 'template', templateFault);

var operationsRow = (value, name) =>
  transformed(
    object({
      /** Names to remove. */
      remove: defaulted(listOf(name), []),
      /** Old name -> new name. */
      rename: defaulted(recordOf(name, name), {}),
      /** New values; only of names that are present. */
      replace: defaulted(recordOf(value, name), {}),
      /** Values; only of names that are absent. */
      add: defaulted(recordOf(value, name), {}),
      /** Further values: one, or a list. */
      append: defaulted(recordOf(either(value, listOf(value)), name), {}),
    }),
    (written) => {
      const read = written;
      return { ...read, append: flat(read.append) };
    },
  );

var flat = (pairs) =>
  pairs.flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one]));

var requestTransformRows = () => ({
  config: {
    /** Changes to requests before they are sent to an origin. Default `false`: none. */
    requestTransform: nullable(switchable(ref('requestTransform'))),
  },
  route: {
    /** Overrides the default; `false` changes nothing. */
    requestTransform: optional(switchable(ref('requestTransform'))),
  },
  consumerSettings: {
    /** For requests of the consumer. */
    requestTransform: nullable(ref('requestTransform')),
  },
  requestTransform: {
    /** Replaces the caller's method. */
    method: nullable(oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')),
    /** Replaces the whole path. All values may contain `$(...)`, see docs/traffic.md. */
    path: nullable(templateRow('a path that starts with "/" or "$("', /^(\/|\$\()/)),
    /** Operations on headers, in this order: remove, rename, replace, add, append. */
    headers: nullable(operationsRow(templateRow('a string of one line', /^[^\0\r\n]*$/), TOKEN)),
    /** The same for query arguments. The query is re-encoded. */
    query: nullable(operationsRow(templateRow(), string())),
    /** The same for top-level fields of a JSON object, or fields of a form. */
    body: nullable(operationsRow(templateRow(), string())),
  },
});

var responseTransformRows = () => ({
  config: {
    /** Changes to responses before they are sent to the caller. Default `false`: none. */
    responseTransform: nullable(switchable(ref('responseTransform'))),
  },
  route: {
    /** Overrides the default; `false` changes nothing. */
    responseTransform: optional(switchable(ref('responseTransform'))),
  },
  consumerSettings: {
    /** For responses to the consumer. */
    responseTransform: nullable(ref('responseTransform')),
  },
  responseTransform: {
    /** Operations on headers: remove, rename, replace, add, append. Presence is judged by the origin's response. */
    headers: nullable(operationsRow(LINE, TOKEN)),
    /** The same for top-level fields of a JSON object. */
    body: nullable(
      operationsRow(
        either(string('a string', /^/), number(-Number.MAX_VALUE, Number.MAX_VALUE), boolean()),
        string(),
      ),
    ),
  },
});

var redirectRows = () => ({
  config: {
    /** Redirects callers to another URL. Default `false`. */
    redirect: nullable(switchable(ref('redirect'))),
  },
  route: {
    /** Overrides the default; `false` redirects no one. */
    redirect: optional(switchable(ref('redirect'))),
  },
  consumerSettings: {
    /** For requests of the consumer. */
    redirect: nullable(ref('redirect')),
  },
  redirect: {
    /** The URL to redirect to. */
    to: test(string('an http or https URL', /^https?:\/\/[^\s]+$/), 'url', urlFault),
    /** Status of the response. */
    status: defaulted(integer(200, 599), 301),
    /** Replace the URL's path and query by the request's. */
    keepPath: defaulted(boolean(), false),
  },
});

function urlFault(text) {
  try {
    return new URL(text).host === '' ? 'an http or https URL' : null;
  } catch {
    return 'an http or https URL';
  }
}

// lib/config/schema-records.ts
/** Correlation ids, traces, the access log and the cache. */

/** `fetch` refuses a URL with a user. */
var httpUrl = () =>
  string('an http or https URL without user and fragment', /^https?:\/\/[^\s#/?@]+([/?][^\s#]*)?$/);

var correlationIdRows = () => ({
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

var traceFormatRow = () => oneOf('w3c', 'b3', 'b3-single', 'jaeger', 'ot');

var destinationFields = () => ({
  /** Where records are sent. */
  url: asSecret(httpUrl()),
  /** Method of the request. */
  method: defaulted(oneOf('POST', 'PUT', 'PATCH'), 'POST'),
  /** Request headers, e.g. a key. Content-Type is application/json unless it is named. */
  headers: defaulted(recordOf(asSecret(LINE), TOKEN), {}),
  /** An attempt without a response within this time, in ms, has failed. */
  timeoutMs: defaulted(integer(1, 3e4), 1e4),
  /** Records in one request, as a list; 1 sends each alone. */
  batchSize: defaulted(integer(1, 1e3), 1),
  /** How long a batch that is not full waits. */
  delaySeconds: defaulted(number(0.1, 25), 1),
});

var traceRows = () => ({
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

var cacheRows = () => ({
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
    ttlSeconds: defaulted(number(0, 31536e3), 60),
    /** How long an entry is stored, for callers that accept stale responses. Default: its lifetime. */
    storageSeconds: nullable(number(0, 31536e3)),
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

var logListRow = () => listOf(either(oneOf('console'), ref('logServer')));

var accessLogRows = () => ({
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

// lib/config/schema.ts
/**
 * The one place that states a setting: its type, range, default and meaning. From this table come the checks
 * (validate.ts), the types (types.ts), docs/configuration.md and schema.json.
 *
 * Rows stand by feature, so that a file may carry those of some features only, and by the record that they extend.
 */

var hostRow = () => string('a host name, with or without a port', /^[^\s/?#@]+$/);
var methodRow = () => string('a method in capitals', /^[A-Z][A-Z-]*$/);
var PREFIX = 'a prefix that starts with "/", without query';
var prefixOrPattern = () => string(`${PREFIX}, or "~" and a regular expression`, /^(~|\/[^?#]*$)/);
var routePath = () =>
  test(prefixOrPattern(), 'route-path', (path) => (path.startsWith('~') ? regexFault(path.slice(1)) : null));

/** What every file carries, beside origins and pools. */
var coreRows = () => ({
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
var routeRows = () => ({
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
var headerValue = () =>
  test(string(), 'header-value', (value) => (value.startsWith('~*') ? regexFault(value.slice(2)) : null));
var corsOrigin = () =>
  test(string(), 'cors-origin', (entry) => (ORIGIN_PATTERN.test(entry) ? regexFault(entry) : null));
/** Regular expressions: of paths, of header values, of CORS origins. */
var patternRows = () => ({
  route: {
    paths: defaulted(listOf(needing(routePath(), [/^~/, 'patterns'])), []),
    /** Ranks routes whose regular expressions match; higher first. */
    regexPriority: defaulted(integer(-2147483648), 0),
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

var trustedProxyRows = () => ({
  config: {
    /** Peers (CIDR) whose X-Forwarded-* headers are trusted. Default: none. */
    trustedProxies: defaulted(listOf(CIDR_RANGE), []),
  },
});

var httpsRedirectRows = () => ({
  route: {
    /** ["https"] refuses or redirects plain http. */
    protocols: defaulted(listOf(oneOf('http', 'https'), 1), ['http', 'https']),
    /** Response to plain http if only https is allowed: 426, or a redirect by 301, 302, 307 or 308. */
    httpsRedirectStatus: defaulted(oneOf(426, 301, 302, 307, 308), 426),
  },
});

var shareFields = () => ({
  /** The other pool, by name. */
  pool: poolNameRow(),
  /** The share, in percent. */
  percent: number(0, 100),
});
var canaryRows = () => ({
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
var shadowRows = () => ({
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
var BASE = [
  { name: 'core', rows: coreRows },
  { name: 'pool', rows: poolRows },
];

// lib/config/settings.ts
/**
 * Turns a configuration into settings: rejects an invalid one with all its faults at once (names and meanings are
 * checked once the rest is valid), resolves names to indexes, and freezes the result.
 *
 * Runs once, when the script starts: a fault stops the script there, where a deployment can still be rolled back.
 */

/**
 * @param input a configuration, or its JSON text.
 * @param features the features that the build includes, besides those of every build.
 * @param absent the settings of all other features.
 * @throws Error "Cannot use the configuration:" and one line per fault.
 */
function createSettings(input, features, absent = {}) {
  const check = createCheck([...BASE, ...features], absent);
  const written = parseConfig(input, check.faults);
  const filled = validateConfig(check, written);
  const settings = check.faults.length > 0 ? null : resolveConfig(filled, check);
  if (check.faults.length > 0 || !settings)
    throw new Error(`Cannot use the configuration:
  ${check.faults.join('\n  ')}`);
  return settings;
}

function parseConfig(input, faults) {
  if (typeof input !== 'string') return input;
  try {
    return JSON.parse(input);
  } catch (error) {
    faults.push(`GATEWAY_CONFIG must be JSON: ${error.message}`);
    return {};
  }
}

function resolveConfig(filled, check) {
  const { faults, reviews, records } = check;
  const { $schema: _, origins, pools: named, routes: written, ...general } = filled;
  const pools = named.map(([name, pool]) => resolvePool(name, pool, check));
  if (origins) {
    if (pools.some((pool) => pool.name === 'default'))
      faults.push('origins must be left out where pools.default is set, received both');
    if (origins.length === 0) faults.push('origins must be a list of at least 1, received []');
    pools.push(plainPool('default', origins, check));
  }
  // What a route may set, it inherits.
  const inherited = Object.fromEntries(
    Object.entries(general).filter(([name]) => records.route && name in records.route),
  );
  const routes = (written ?? [loneRoute(pools, check)]).map((route, i) => {
    const { origins: own, pool, ...rest } = route;
    const name = rest.name ?? `routes[${i}]`;
    if (own && pool !== null) faults.push(`routes[${i}] must be set either pool or origins, received both`);
    const index = own
      ? pools.push(plainPool(name, own, check)) - 1
      : pools.findIndex((one) => one.name === (pool ?? 'default'));
    return Object.freeze({ ...inherited, ...rest, name, id: rest.id ?? name, pool: index });
  });
  if (!written && routes[0]?.pool === -1)
    faults.push('origins must be a list of at least 1 where there are no routes, received nothing');
  for (const review of reviews) review(filled);
  return Object.freeze({
    ...general,
    requestId: general.requestId ?? (general.status !== null || general.log !== 'off'),
    pools: Object.freeze(pools),
    routes: Object.freeze(routes),
    tutorial: !written,
  });
}

/** The route of a configuration without routes. It uses the only pool, whatever its name. */
function loneRoute(pools, check) {
  const pool = pools.length === 1 ? pools[0].name : null;
  return { ...fillRecord(check, 'route', {}), name: 'default', pool };
}

function resolveOrigin(written, check) {
  const { url: text, ...rest } =
    typeof written === 'string' ? fillRecord(check, 'origin', { url: written }) : written;
  const url = new URL(text);
  return Object.freeze({
    ...rest,
    name: rest.name ?? text,
    site: url.origin,
    host: url.host,
    basePath: url.pathname.replace(/\/$/, ''),
    hostHeader: rest.hostHeader && rest.hostHeader + (url.port && `:${url.port}`),
  });
}

function resolvePool(name, filled, check) {
  const origins = filled.origins.map((origin) => resolveOrigin(origin, check));
  return Object.freeze({ ...filled, name, origins: Object.freeze(origins) });
}

function plainPool(name, origins, check) {
  const filled = fillRecord(check, 'pool', { origins: [] });
  return resolvePool(name, { ...filled, origins }, check);
}

/** A record of the schema with its defaults. */
function fillRecord(check, record, written) {
  return validate(check, ref(record), written, record);
}

// lib/core/errors.ts
/**
 * Refusals: responses of the gateway itself, each with a named reason.
 *
 * A refusal is a plain record that is returned, never thrown: http/response.ts turns it into a response, metrics count
 * its reason. An uncaught exception is a defect of the gateway and becomes `internal`.
 */

/** `headers` are specific to this refusal. */
function refuse(reason, status, message, headers) {
  return headers ? { reason, status, message, headers } : { reason, status, message };
}

// lib/core/runtime.ts
/**
 * The outside world in one record, so that tests can run all other code on a virtual clock.
 * The only file that uses the clock, randomness, timers, cryptography, the network and bindings.
 *
 * Clocks on Workers stand still during computation and advance only after I/O: two readings in a row are often equal,
 * and code that divides by elapsed time must count at least one millisecond.
 */

/**
 * toHex makes one flat string; 32 joined pieces cost ten times the time and memory, and digests are stored by the
 * hundred thousand. Node 22 lacks it.
 */
function hexOf(digest) {
  const bytes = new Uint8Array(digest);
  return bytes.toHex?.() ?? Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');
}

var base64Of = (digest) => btoa(String.fromCharCode(...new Uint8Array(digest)));

var ENCODER = new TextEncoder();

/** HMAC-SHA-256 (RFC 2104), keyed with the secret's UTF-8 bytes. */
async function signHmac(secret, bytes) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', ENCODER.encode(secret), algorithm, false, ['sign']);
  return crypto.subtle.sign('HMAC', key, bytes);
}

var RUNTIME = {
  fetch: (request, init) => fetch(request, init),
  now: Date.now,
  random: Math.random,
  after: (ms, callback) => setTimeout(callback, ms),
  cancel: (timer) => clearTimeout(timer),
  // A caller may announce more bytes than there are integers, for which FixedLengthStream throws.
  pipe: (length) =>
    Number.isSafeInteger(length) ? new FixedLengthStream(length) : new IdentityTransformStream(),
  digest: (text) => crypto.subtle.digest('SHA-256', ENCODER.encode(text)).then(hexOf),
  id: () => crypto.randomUUID().replaceAll('-', ''),
  log: (line) => console.log(line),
};

/** Resolves after `ms`, if its request lives that long. */
function delay(runtime, ms) {
  return new Promise((resume) => void runtime.after(ms, resume));
}

/** The result of `work` with a signal that aborts after `ms`; null if it throws. */
async function tryWithin(runtime, ms, work) {
  const stop = new AbortController();
  const timer = runtime.after(ms, () => stop.abort());
  try {
    return await work(stop.signal);
  } catch {
    return null;
  } finally {
    runtime.cancel(timer);
  }
}

/** The promise's value; undefined if it rejects or takes longer, e.g. because its request has ended. */
async function settledWithin(promise, ms, runtime) {
  let timer = 0;
  const alarm = new Promise((resolve) => {
    timer = runtime.after(ms, () => resolve(undefined));
  });
  const value = await Promise.race([promise.catch(() => undefined), alarm]);
  runtime.cancel(timer);
  return value;
}

/**
 * The GATEWAY_CONFIG binding as a global, as in the service-worker format. Plain workerd passes an unset variable as
 * null.
 */
function boundConfig() {
  return typeof GATEWAY_CONFIG === 'undefined' ? undefined : (GATEWAY_CONFIG ?? undefined);
}

/**
 * The same binding if the file was uploaded as an ES module: bindings are not globals there, and only
 * `cloudflare:workers` has them. In the service-worker format that import rejects: there is no such binding.
 */
async function importedConfig() {
  return (await importedBindings())['GATEWAY_CONFIG'] ?? undefined;
}

async function importedBindings() {
  try {
    const name = 'cloudflare:workers';
    return (await import(name)).env;
  } catch {
    return {};
  }
}

/** The text binding of this name, in either format; null if there is none. */
async function boundText(name) {
  const globals = globalThis;
  const value = (Object.hasOwn(globals, name) ? globals[name] : null) ?? (await importedBindings())[name];
  return typeof value === 'string' ? value : null;
}

/** SHA-256 of the bytes in standard base64, as in a Digest header (RFC 3230). */
function sha256Of(bytes) {
  return crypto.subtle.digest('SHA-256', bytes).then(base64Of);
}

/** A key for verifying signatures, from a secret's bytes or a public key in SPKI; null if the bytes are invalid. */
function importVerifyKey(format, bytes, algorithm) {
  return crypto.subtle.importKey(format, bytes, algorithm, false, ['verify']).catch(() => null);
}

/** Whether the key signed the string's UTF-8 bytes; the time taken does not reveal how close a wrong signature is. */
function isSignedBy(key, algorithm, signature, text) {
  return crypto.subtle.verify(algorithm, key, signature, ENCODER.encode(text)).catch(() => false);
}

/** Whether there is a service binding SHARED. */
function hasCompanion() {
  return typeof SHARED !== 'undefined' && SHARED !== null;
}

/** Sends a request to the companion, through the service binding SHARED. */
function askCompanion(url, init) {
  return hasCompanion() ? SHARED.fetch(url, init) : Promise.reject(new Error('There is no binding SHARED'));
}

/** HMAC-SHA-256 of the bytes, keyed with the secret's UTF-8 bytes; standard base64. */
function hmacInBase64(secret, bytes) {
  return signHmac(secret, bytes).then(base64Of);
}

/** HMAC-SHA-256 of the string's UTF-8 bytes, 64 lower-case hex digits. */
function hmacOf(secret, text) {
  return signHmac(secret, ENCODER.encode(text)).then(hexOf);
}

/** SHA-1 of the bytes, 40 lower-case hex digits: Kong's password hash. */
function sha1Of(bytes) {
  return crypto.subtle.digest('SHA-1', bytes).then(hexOf);
}

/** PBKDF2 with HMAC-SHA-256 (RFC 8018), 64 lower-case hex digits. */
async function pbkdf2Of(password, salt, iterations) {
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  return hexOf(
    await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256),
  );
}

/** The platform's cache in this data centre; null if there is none. `default` is not in the standard. */
function platformCache() {
  return typeof caches === 'undefined' ? null : caches.default;
}

// lib/balance/pool.ts
/**
 * One isolate's state of a pool: a record for each origin, and what they share. Nothing else in the engine outlives a
 * request.
 *
 * Times are ms since 1970, 0 for never. Policies and further features are passed in, so that a file carries only those
 * that it uses.
 */

/**
 * An origin that was not asked during this many requests is retested by one: it may have been slow for a while only, or
 * has never been asked.
 */
var RECALL_REQUESTS = 800;

/** How many origins get one at a time: with the request and its hedge, they fill the six connections that may wait. */
var SIDE_REQUEST_MOST = 4;

/** `percent` of the requests, and `tokens` to start with; with 0 percent the bucket is always empty. */
var createBudget = (percent, tokens, most) => ({
  tokens: percent > 0 ? tokens : 0,
  share: percent / 100,
  most,
});

/** `settings.balance` is one of `features.policies`. */
function createPool(settings, random, features) {
  const { hedge, retryBudgetPercent, balance } = settings;
  const origins = settings.origins.map((one, index) => ({
    index,
    settings: one,
    weight: one.weight,
    priority: one.priority,
    latency: 0,
    learntAt: 0,
    mean: 0,
    deviation: 0,
    pending: [],
    answeredAt: 0,
    silentSince: 0,
    shedAt: -Infinity,
    goodAt: 0,
    strikes: 0,
    failedCallers: new Set(),
    listed: { answer: 0, lost: 0, timeout: 0 },
    lastFailure: '',
    failuresInRow: 0,
    lastStatus: 0,
    failedAt: 0,
    ejectedAt: 0,
    ejectedUntil: 0,
    retestRequest: RECALL_REQUESTS,
    level: 0,
    retestAt: 0,
    unhealthy: false,
    // Isolates start their rounds at different positions, or all first requests would go to the first origin.
    turn: 1e-6 * random(),
    reading: 0,
    readAt: 0,
    requests: 0,
    failures: 0,
    hedges: 0,
    retries: 0,
  }));
  return {
    settings,
    origins,
    rank: features.policies[balance](settings),
    random,
    sideRequests: features.sideRequests.flatMap((create) => create(settings) ?? []),
    observe: features.observe?.(settings) ?? null,
    countFailures: features.countFailures?.(settings) ?? null,
    locate: features.locate?.(settings) ?? null,
    hash: features.hash?.(settings) ?? null,
    hedgeBudget: createBudget(hedge.budgetPercent, 2, 10),
    retryBudget: createBudget(retryBudgetPercent, 100, 100),
    requests: 0,
    usual: 100,
    turn: 0,
  };
}

// lib/balance/latency.ts
/**
 * Estimates how long an origin will take to respond, from the responses that pass through anyway.
 *
 * An estimate moves by a third of the gap with each response, and drifts back to the mean while the origin is idle: an
 * origin that was slow for a while gets another chance without a probe. An unknown origin is expected to take the
 * pool's usual time: with the best known time, isolates with few requests would stay with the first distant origin that
 * they met. Rejected: load averages queried from the origins (a minute old and the same for every isolate, so that all
 * of them rush to the same origin); estimates that decay to zero as in Finagle (with few requests the origin used last
 * looks worst); `++` and `--` on the attempts in flight (a caller that disconnects may leave the count raised for
 * ever).
 */

var DRIFT_MS = 1e4;
var GAIN = 0.3;
/**
 * One response counts as three times the estimate at most: two long requests in a hundred must not make a near origin
 * look distant.
 */
var AT_MOST = 3;
var FAILURE_FACTOR = 5;
var FAILURE_MOST_MS = 1e4;

/** Expected ms to response headers, regardless of attempts in flight. */
function expectedLatency({ latency, mean, learntAt }, pool, now) {
  // With a probe path, an unknown origin is one that was not among the first to answer probes: those that were are
  // preferred.
  const rest = mean || (pool.settings.probe === null ? 1 : 3) * pool.usual;
  // Not below zero: if the clock was set back, the difference would grow without bound instead.
  const age = Math.max(0, now - learntAt);
  return latency === 0 ? rest : rest + (latency - rest) * Math.exp(-age / DRIFT_MS);
}

/** A first guess: a probe's time, or a distance in ms. */
function learnGuess(origin, ms, now) {
  if (origin.mean > 0) return;
  origin.mean = origin.latency = ms;
  origin.deviation = ms / 2;
  origin.learntAt = now;
}

/** A good response after `ms`. If a retest finds the origin faster than its estimate, its statistics start afresh. */
function learnAnswer(origin, pool, ms, now) {
  const estimate = expectedLatency(origin, pool, now);
  if (pool.requests >= origin.retestRequest && ms < estimate) origin.mean = 0;
  const known = origin.mean > 0;
  const current = known ? estimate : ms;
  if (!known) learnGuess(origin, ms, now);
  origin.latency = current + GAIN * (Math.min(ms, AT_MOST * current) - current);
  origin.learntAt = origin.goodAt = now;
  // A response to an attempt sent before the ejection must not postpone the retest.
  if (origin.ejectedUntil === 0) origin.retestRequest = pool.requests + RECALL_REQUESTS;
  origin.deviation += (Math.abs(ms - origin.mean) - origin.deviation) / 4;
  origin.mean += (ms - origin.mean) / 8;
  pool.usual += GAIN * (Math.min(ms, AT_MOST * pool.usual) - pool.usual);
}

/**
 * A failure makes the origin look five times as slow for a while: a fast failure must not look like a fast origin (SRE
 * book, "sinkhole").
 */
function learnFailure(origin, pool, now) {
  origin.latency = Math.min(FAILURE_MOST_MS, FAILURE_FACTOR * expectedLatency(origin, pool, now));
  origin.learntAt = now;
}

/** An attempt that exceeds the usual time by this many ms is a long request or an abandoned one, not load. */
var BUSY_MS = 100;

/** Attempts in flight that count as load. */
function busyWith({ pending, mean, deviation }, now) {
  let count = 0;
  for (const startedAt of pending) if (now - startedAt < BUSY_MS + mean + 4 * deviation) count++;
  return count;
}

/** Drops attempts that began more than `lifeMs` ago: their callers disconnected, so no outcome was reported. */
function expirePending(origin, now, lifeMs) {
  const { pending } = origin;
  while (pending.length > 0 && now - pending[0] > lifeMs) pending.shift();
  if (now - origin.silentSince > lifeMs) origin.silentSince = 0;
}

// lib/core/clock.ts
/**
 * Whether so many ms have passed since a time on the same clock, or the clock was set back by as many: what waits for
 * them would else wait until the clock has caught up.
 */
var havePassed = (ms, since, now) => Math.abs(now - since) >= ms;

// lib/balance/outlier-detection.ts
/**
 * Outlier detection: which origins are ejected, and how they are readmitted.
 *
 * A failure counts against an origin if another origin answered the same request well. A request that fails at two
 * origins is itself at fault and counts against neither: no caller can have an origin ejected. A failure without such a
 * comparison (a method that must not be repeated, no retry budget) counts, but ejects no origin: at the limit, the next
 * request retests the origin first. Only failures in a row of five different callers are proof enough. An unreachable
 * origin is ejected after the first such failure, for twice as long each time, and returns by itself through one
 * request. An origin that sheds load (503, 429) still serves others: latency-based policies only ask it less.
 * Rejected: Envoy's five failures in a row and thirty seconds, which never trigger in an isolate that sees one request
 * in ten seconds; Kong's passive checks, which never readmit a target.
 */

/** A failure to connect, a reset or a timeout weighs as much as three bad responses. */
var HARD_STRIKES = 3;
var ANSWER_STRIKES = { ok: 0, error: 1, gateway: 1, shed: 1 };
var RETEST_LEASE_MS = 5e3;
var FORGET_MS = 3e4;
var MOST_REQUESTS = 40;
/** Ms that a second of ejection lasts: random in between. */
var [LEAST_JITTER, MOST_JITTER] = [800, 1200];
var FAILED_CALLERS = 5;

/** The origin responded, with whatever status. */
var isAnswer = (outcome) => outcome in ANSWER_STRIKES;

/** Takes requests: has a weight, and is neither ejected nor unhealthy. */
var inService = ({ weight, ejectedUntil, unhealthy }) => weight > 0 && ejectedUntil === 0 && !unhealthy;

/** Records a failure, only for the operator to see. */
function noteFailure(origin, failure, status, now) {
  const again = origin.lastFailure === failure && origin.lastStatus === status;
  origin.failuresInRow = again && origin.failedAt >= origin.goodAt ? origin.failuresInRow + 1 : 1;
  origin.lastFailure = failure;
  origin.lastStatus = status;
  origin.failedAt = now;
}

/** `decides`: the failure was provably the origin's fault, and for an ejected origin, a retest's. */
function countFailure(pool, origin, strikes, decides, now) {
  origin.strikes += strikes;
  if (decides && (origin.ejectedUntil > 0 || isOverLimit(pool, origin))) ejectOrigin(pool, origin, now);
}

/**
 * Notes a failure without a comparison. True if as many callers' requests have failed in a row as no single caller can
 * send: without this, an origin that fails all POSTs and answers its probes keeps its whole share under a policy that
 * does not follow latency (9% of requests failed, simulated, instead of 2%).
 */
function haveManyFailed({ origins }, { failedCallers }, caller) {
  if (failedCallers.size < FAILED_CALLERS) failedCallers.add(caller);
  return origins.length > 1 && failedCallers.size === FAILED_CALLERS;
}

// Fractional strikes may not add up to the limit exactly.
var isOverLimit = ({ settings }, { strikes }) => strikes > settings.outlier.consecutiveFailures - 1e-6;

/**
 * A good response ends a row of failures (unless `cumulative`), and lowers the level of ejection once every half
 * minute. If the operator lists what counts, a 404 is no success, as in Kong.
 */
function countSuccess(pool, origin, status, now) {
  const { cumulative, on } = pool.settings.outlier;
  if (origin.strikes > 0 && !cumulative && (on === null || status < 400)) endRow(origin);
  if (origin.level === 0 || now - origin.retestAt <= FORGET_MS) return;
  origin.level--;
  origin.retestAt = now;
}

/** The next failure is the first of a row again. */
function endRow(origin) {
  const { failedCallers, listed } = origin;
  origin.strikes = listed.answer = listed.lost = listed.timeout = 0;
  failedCallers.clear();
}

/** Ms that are left of an ejection, below zero once it has ended. More than the longest: the clock was set back. */
function ejectionLeft({ settings: { outlier } }, { ejectedUntil }, now) {
  const left = ejectedUntil - now;
  return left > outlier.maxEjectSeconds * MOST_JITTER ? -Infinity : left;
}

/** Each ejection lasts twice as long as the last one; no effect while the current one runs. */
function ejectOrigin(pool, origin, now) {
  const { consecutiveFailures, ejectSeconds, maxEjectSeconds } = pool.settings.outlier;
  if (consecutiveFailures === Infinity || ejectionLeft(pool, origin, now) > 0) return;
  if (origin.ejectedUntil === 0) origin.ejectedAt = now;
  const factor = 2 ** origin.level;
  origin.level = Math.min(10, origin.level + 1);
  // Jitter keeps isolates that saw the same failure from returning all at once.
  const jitter = LEAST_JITTER + (MOST_JITTER - LEAST_JITTER) * pool.random();
  origin.ejectedUntil = now + Math.min(maxEjectSeconds, ejectSeconds * factor) * jitter;
  origin.retestRequest = pool.requests + Math.min(MOST_REQUESTS, 5 * factor);
}

/** The level is unchanged, so that a flapping origin is ejected for longer next time. */
function readmitOrigin(origin, now) {
  origin.ejectedUntil = 0;
  endRow(origin);
  origin.retestAt = now;
}

/** A latency-based policy avoids an origin that is slow or sheds load, and would never ask it again by itself. */
var followsLatency = ({ settings: { balance } }) => balance === 'adaptive' || balance === 'latency';

/**
 * The origin that one request is to retest, which it now holds a lease on: an origin whose ejection ended at least
 * `waitMs` ago; one at the limit by unconfirmed failures; or, with a priority of at most `level`, one that has not been
 * asked for a long time.
 */
function takeRetest(pool, level, waitMs, now) {
  const { origins, requests } = pool;
  for (const origin of origins) {
    const { ejectedUntil, retestRequest, weight, unhealthy } = origin;
    if (weight === 0 || unhealthy || !havePassed(RETEST_LEASE_MS, origin.retestAt, now)) continue;
    const due =
      ejectedUntil > 0
        ? ejectionLeft(pool, origin, now) <= -waitMs && requests >= retestRequest
        : origins.length > 1 &&
          (isOverLimit(pool, origin) ||
            (requests >= retestRequest && origin.priority <= level && followsLatency(pool)));
    if (!due) continue;
    origin.retestAt = now;
    return origin;
  }
  return null;
}

// lib/balance/race-outcome.ts
/** Applies outcomes to origins: the one place where attempts become latencies, failures and ejections. */

/** Losers are cancelled, so they never time out: this much silence is enough for a short ejection. */
var OVERTAKEN_MS = 300;

/** True if the answer wins the race. */
function recordOutcome(state, attempt, outcome, status, now) {
  const { pool, traits } = state;
  const { origin, startedAt } = attempt;
  const answered = isAnswer(outcome);
  const failed = !answered || pool.settings.retryOn.statuses.includes(status);
  closeAttempt(state, attempt, failed && outcome === 'ok' ? 'error' : outcome);
  attempt.status = status;
  if (outcome === 'shed') origin.shedAt = now;
  if (answered) {
    origin.answeredAt = now;
    origin.silentSince = 0;
  }
  if (failed) {
    if (outcome === 'rejected') state.failed ??= attempt;
    else {
      origin.failures++;
      noteFailure(origin, attempt.outcome, status, now);
      state.atFault ||= state.failed !== null && state.failed.origin !== origin;
      state.failed = attempt;
    }
    return false;
  }
  // An error that is not retried is the answer only if no other attempt is under way.
  if (outcome !== 'ok') return state.waiting === 0;
  const { doneAt } = traits.upload ?? { doneAt: 0 };
  const ms = Math.max(1, now - (doneAt < Infinity ? Math.max(doneAt, startedAt) : startedAt));
  if (attempt.retest) readmitOrigin(origin, now);
  else if (origin.ejectedUntil === 0) countSuccess(pool, origin, status, now);
  learnAnswer(origin, pool, ms, now);
  return true;
}

function closeAttempt(state, attempt, outcome) {
  const { origin, startedAt } = attempt;
  const { pending, silentSince } = origin;
  attempt.outcome = outcome;
  const at = pending.indexOf(startedAt);
  if (at >= 0) pending.splice(at, 1);
  if (silentSince === startedAt) origin.silentSince = 0;
  state.waiting--;
}

/** When a timeout starts to run: not while the body is being sent. */
function countsFrom({ traits: { upload } }, startedAt, now) {
  return upload === null ? startedAt : Math.max(startedAt, Math.min(now, upload.doneAt));
}

var deadlineOf = (state, now) => countsFrom(state, state.startedAt, now) + state.pool.settings.totalTimeoutMs;

/** Counts an attempt for or against its origin, once another attempt follows it or the race is over. */
function judgeAttempt(state, tried, winner, now) {
  const { pool, traits } = state;
  const { origin, startedAt, retest } = tried;
  const outcome = tried.outcome;
  if (tried.judged) return;
  tried.judged = true;
  const listed = pool.countFailures !== null;
  const beaten = winner?.outcome === 'ok' && winner.origin !== origin;
  if (outcome === 'superseded') {
    // Silence counts if it was long, and much longer than the winner took: otherwise the request is just long.
    const silence = now - Math.max(startedAt, origin.answeredAt);
    if (listed || !beaten || startedAt > winner.startedAt) return;
    if (!retest && (silence <= OVERTAKEN_MS || silence <= 1.5 * (now - winner.startedAt))) return;
    noteFailure(origin, 'silence', 0, now);
    return ejectOrigin(pool, origin, now);
  }
  if (outcome === 'rejected' || (traits.faultUnclear && !isAnswer(outcome))) return;
  // A failure is the origin's fault if another origin answered well, or if the request never left.
  const proven = outcome === 'unsent' || beaten;
  const counts = !isAnswer(outcome) || pool.settings.retryOn.statuses.includes(tried.status);
  const failed = tried !== winner && counts && (proven || !state.atFault);
  // A fast 5xx must not look like a fast origin, retried or not.
  if (failed || (!counts && tried.status >= 500)) learnFailure(origin, pool, now);
  if (listed) return pool.countFailures(pool, origin, tried, state.over, now);
  const strikes = ANSWER_STRIKES[outcome] ?? HARD_STRIKES;
  // A latency-based policy steers around an origin that sheds load, and lets it serve what it can; other policies would
  // go on asking it.
  const spared = outcome === 'shed' && followsLatency(pool);
  if (strikes === 0 || !failed || (spared && !retest)) return;
  const decides = proven || haveManyFailed(pool, origin, traits.caller());
  countFailure(pool, origin, strikes, decides && retest === origin.ejectedUntil > 0, now);
}

// lib/balance/policies.ts
/**
 * Which origin to ask next: one pass over the origins, and the lowest rank wins. The rank is divided by the weight; 0
 * drains. A lower priority level serves only if the higher ones are out. Ejected origins are chosen only if no other is
 * left, at random: a pool that is out altogether is tried rather than refused ("panic").
 *
 * Rejected: two random choices. They protect against stale shared data; here each isolate uses its own, a pool is
 * small, and looking at every origin is both cheaper and better (median 77 ms instead of 97 ms, simulated).
 */

/** `busyFactor`: how much slower each attempt in flight makes an origin. */
var byLatency = (busyFactor) => (origin, pool, now) => {
  const { silentSince } = origin;
  const ms = Math.max(expectedLatency(origin, pool, now), silentSince && now - silentSince);
  // A little randomness: ties must not follow the order of the list.
  return ms * (1 + 2e-3 * pool.random()) * (1 + busyFactor * busyWith(origin, now));
};

var byOpenAttempts = ({ pending }, { random }) => pending.length + 1 + 1e-6 * random();

/** The division by the weight makes it weighted random (Efraimidis and Spirakis, 2006). */
var byChance = (_origin, { random }) => -Math.log(1 - random());

/**
 * An origin's turns are 1/weight apart, and begin half of that late (Webster's rule): exact over a whole round, and
 * smooth. An origin that was out catches up by one turn at most.
 */
var inTurn = ({ turn, weight }, pool) => Math.max(turn, pool.turn - 1 / weight) * weight + 0.5;

/** The policies that every file carries. */
var POLICIES = {
  adaptive: () => byLatency(0.5),
  latency: () => byLatency(0),
  race: () => byLatency(0),
  'least-connections': () => byOpenAttempts,
  random: () => byChance,
  'round-robin': () => inTurn,
};

/** The origin to ask next, of priority `most` at most; null if all have been tried or too few are in service. */
function chooseOrigin(selection, most, now) {
  const { pool, traits, round } = selection;
  const { settings, origins, rank, random } = pool;
  if (settings.threshold !== null && !isUsable(pool, settings.threshold)) return null;
  // An origin is asked once before any is asked twice, unless `retrySame` retries a caller's own origin on the ring.
  const stays = settings.retrySame && settings.balance === 'consistent-hash';
  const tried = [];
  for (let one = stays ? round : selection.last; one !== round; one = one.earlier) tried.push(one.origin);
  let best = null;
  let level = Infinity;
  let lowest = Infinity;
  for (const origin of origins) {
    const { weight, priority } = origin;
    if (weight === 0 || priority > most || tried.includes(origin)) continue;
    expirePending(origin, now, settings.timeoutMs + 1e3);
    const own = inService(origin) ? priority : Infinity;
    if (own > level) continue;
    const score = own === Infinity ? random() : rank(origin, pool, now, traits.hash) / weight;
    if (own === level && score >= lowest) continue;
    best = origin;
    level = own;
    lowest = score;
  }
  return best;
}

/** Kong's healthchecks.threshold: more than that percentage of the pool's weight must be in service. */
function isUsable({ origins }, threshold) {
  const weigh = (list) => list.reduce((sum, { weight }) => sum + weight, 0);
  return 100 * weigh(origins.filter(inService)) > threshold * weigh(origins);
}

/** The origin's turn has been used. */
function takeTurn(pool, origin) {
  pool.turn = Math.max(pool.turn, origin.turn);
  origin.turn = Math.max(origin.turn, pool.turn - 1 / origin.weight) + 1 / origin.weight;
}

/** Up to `most` origins in service of that priority level, at random. */
function pickSome({ origins, random }, level, most) {
  const fit = origins.filter((origin) => inService(origin) && origin.priority === level);
  while (fit.length > most) fit.splice(Math.floor(random() * fit.length), 1);
  return fit;
}

// lib/balance/race-state.ts
/**
 * One request is one staggered race. The policy orders the candidates. The first one is asked; the next one is asked if
 * an attempt fails, or if the current one stays silent for longer than its origin usually takes and a budget has a
 * token. The first good answer wins; the others are cancelled. Their outcomes go into one record per origin (pool.ts).
 *
 * Nothing here sends or reads a clock: the race calls its `Network`, which reports back (`settled`, `probed`, `woken`).
 * race.ts drives it with real fetches, the simulator with virtual ones.
 * Promises: one timer per request; a request that must not be repeated is sent again only if it provably never left; an
 * origin is asked once before any is asked twice; no request waits longer than totalTimeoutMs; each attempt is settled
 * once. Rejected: promises raced against timers (an allocation and a leak for each); hedging after a percentile, which
 * doubles exactly the expensive requests (68% more work at the origins if 2% of requests take 60 times longer,
 * simulated).
 */

/** Connections of one request that may wait for headers at the same time. */
var RACE_SLOTS = 6;
var COLD_PROBES = 4;
var STALE_MS = 1e4;
/** How much longer a response takes than a probe's. */
var PROBE_SERVICE_MS = 20;
var UNSAFE_RETEST_MS = 5e3;
var UNKNOWN_STAGGER_MS = 300;
var LAST_HEDGE_MS = 1e3;
var LONG_MS = 5e3;
/** An origin that shed load this recently would do so again. */
var SHED_MS = 1e3;

/** Starts the race of a request that arrived at `now`. */
function beginRace(pool, traits, network, now) {
  pool.requests++;
  for (const budget of [pool.hedgeBudget, pool.retryBudget])
    budget.tokens = Math.min(budget.most, budget.tokens + budget.share);
  const state = {
    pool,
    traits,
    network,
    startedAt: now,
    last: null,
    round: null,
    leader: null,
    retriesLeft: pool.settings.retries,
    waiting: 0,
    stagger: 0,
    hedgeAt: Infinity,
    wakeAt: Infinity,
    preflight: null,
    unanswered: 0,
    failed: null,
    exhausted: false,
    atFault: false,
    over: false,
  };
  // A safe request may retest an origin: another one answers it if the retest fails.
  const mayRetest = traits.safe && pool.settings.retries > 0;
  openRace(state, mayRetest, now);
  takeAlong(state, mayRetest, now);
  advanceRace(state, now);
  return state;
}

/**
 * Sends the first attempt, or preflight probes if guessing would cost more. Both kinds of preflight need a probe
 * path.
 */
function openRace(state, mayRetest, now) {
  const { pool, traits } = state;
  const { origins, settings } = pool;
  const { balance, probe } = settings;
  // If the retest fails, the budget must have a token for a hedge.
  const payable = settings.hedge.budgetPercent === 0 || pool.hedgeBudget.tokens >= 1;
  const chosen = chooseOrigin(state, Infinity, now);
  if (chosen === null) return;
  const first = (mayRetest && payable ? takeRetest(pool, chosen.priority, 0, now) : null) ?? chosen;
  const asks = balance === 'adaptive' || (balance === 'race' && !traits.safe);
  if (probe !== null && asks && origins.length > 1 && inService(first)) {
    if (origins.every(({ mean }) => mean === 0))
      return askFirst(state, pickSome(pool, first.priority, COLD_PROBES), probe.timeoutMs);
    const usual = Math.ceil(Math.min(2e3, Math.max(150, 4 * first.mean || 1e3), probe.timeoutMs));
    if (!traits.safe && now - first.goodAt > STALE_MS) return askFirst(state, [first], usual);
  }
  sendTo(state, first, now);
  if (balance !== 'race' || !traits.safe) return;
  while (state.waiting < RACE_SLOTS) {
    const next = chooseOrigin(state, first.priority, now);
    if (next === null) return;
    sendTo(state, next, now);
  }
}

/** Each probe has its own timer, so a result always arrives. */
function askFirst(state, origins, timeoutMs) {
  state.preflight = probeRequest(state.pool, origins, timeoutMs);
  state.unanswered = origins.length;
  state.network.probe(state, state.preflight);
}

var probeRequest = ({ settings: { probe } }, origins, timeoutMs) => ({
  origins,
  path: probe?.path ?? '/',
  method: probe?.method ?? 'HEAD',
  timeoutMs,
  read: null,
  learn: learnProbe,
});

function learnProbe(pool, origin, { good, elapsedMs }, now) {
  if (!good) {
    noteFailure(origin, 'probe', 0, now);
    return ejectOrigin(pool, origin, now);
  }
  readmitOrigin(origin, now);
  origin.goodAt = now;
  learnGuess(origin, elapsedMs + PROBE_SERVICE_MS, now);
}

/**
 * Side requests run along with a request, one kind at a time, because no timer outlives a request here; no caller waits
 * for them. Unsafe requests by themselves would never bring an origin back: if no safe one has come for a while, an
 * unsafe one carries a probe.
 */
function takeAlong(state, mayRetest, now) {
  const { pool, network } = state;
  const overdue = mayRetest ? null : takeRetest(pool, -Infinity, UNSAFE_RETEST_MS, now);
  if (overdue !== null) return network.probe(state, probeRequest(pool, [overdue], 2e3));
  for (const sideRequests of pool.sideRequests) {
    const due = sideRequests(pool, now);
    if (due !== null) return network.probe(state, due);
  }
}

// ---- when each attempt is sent: the first one, a retry after a failure, a hedge if an origin has gone silent ----

function sendTo(state, origin, now) {
  const { pool } = state;
  const attempt = {
    origin,
    startedAt: now,
    earlier: state.last,
    retest: origin.ejectedUntil > 0,
    outcome: null,
    status: 0,
    judged: false,
    response: null,
    control: null,
  };
  origin.pending.push(now);
  origin.requests++;
  if (state.last === null) takeTurn(pool, origin);
  state.last = attempt;
  if (++state.waiting === 1) armTimer(state, attempt, now);
  state.network.send(state, attempt);
}

/** For unsafe requests too: they also record that their origin is silent. */
function armTimer(state, leader, now) {
  const { origins, settings } = state.pool;
  const { afterMs } = settings.hedge;
  const { mean, deviation } = leader.origin;
  if (origins.length < 2) return;
  const usual = Math.min(2e3, Math.max(20, mean + 5 * deviation || UNKNOWN_STAGGER_MS));
  // Whole milliseconds, like the clock: for a deadline between two ticks the timer would be set again and again.
  state.stagger = Math.ceil(afterMs === 'silent' ? usual : Math.max(1, afterMs));
  state.leader = leader;
  state.hedgeAt = now + state.stagger;
}

/**
 * Every attempt has failed. A request that never left cost no origin anything: it may be retried with any method, and
 * takes no token.
 */
function retry(state, now) {
  const { pool, traits, failed, round } = state;
  const { settings, retryBudget } = pool;
  if (failed === null || !traits.replayable || state.retriesLeft === 0) return;
  const { outcome } = failed;
  const { unreachable, timeout } = settings.retryOn;
  const free = outcome === 'unsent';
  const lost = free || outcome === 'lost';
  if (outcome === 'rejected' || (lost && !unreachable) || (outcome === 'timeout' && !timeout)) return;
  if (!free && !(traits.repeatable && retryBudget.tokens >= 1)) return;
  // As in Kong, an attempt that another follows is counted at once, so that an origin it ejects is not asked again.
  if (settings.retrySame && pool.countFailures !== null) judgeAttempt(state, failed, null, now);
  let next = chooseOrigin(state, Infinity, now);
  if (next === null && (lost || settings.retrySame) && settings.balance !== 'latency') {
    state.round = state.last;
    next = chooseOrigin(state, Infinity, now);
  }
  // If every origin sheds load, retries add to it: 17% more requests in a surge to 130%, and no more good answers.
  state.exhausted = next === null;
  if (next === null || (outcome === 'shed' && now - next.shedAt < SHED_MS)) return void (state.round = round);
  if (!free) retryBudget.tokens--;
  state.retriesLeft--;
  next.retries++;
  sendTo(state, next, now);
}

/**
 * Asks the next origin as well if the leader's has gone silent. An origin that answers other requests is not silent:
 * this request is just long.
 */
function sendHedge(state, now) {
  const { pool, traits, stagger } = state;
  const { afterMs, budgetPercent } = pool.settings.hedge;
  const { origin, startedAt } = state.leader;
  const waited = now - startedAt;
  const lastAfter = Math.max(LAST_HEDGE_MS, 3 * stagger);
  const early = waited < lastAfter;
  state.hedgeAt = early ? startedAt + lastAfter : now + LAST_HEDGE_MS;
  const silent = Math.min(waited, now - origin.answeredAt) >= Math.max(100, stagger / 2);
  if (silent) origin.silentSince ||= startedAt;
  if (!silent && waited < LONG_MS && (afterMs === 'silent' || !early)) return;
  // Early hedges are optional: few, and within the priority level. Later ones count as retries.
  const budget = early ? pool.hedgeBudget : pool.retryBudget;
  if (!traits.safe || budgetPercent === 0 || state.waiting > 1 || budget.tokens < 1) return;
  const next = chooseOrigin(state, early ? origin.priority : Infinity, now);
  if (next === null) return;
  budget.tokens--;
  next.hedges++;
  sendTo(state, next, now);
}

// ---- what the network reports ----

/** One origin answered a side request, or did not in time. */
function probed(state, request, origin, result, now) {
  request.learn(state.pool, origin, result, now);
  if (state.preflight !== request || state.over) return;
  if (--state.unanswered > 0 && !result.good) return;
  state.preflight = null;
  const next = result.good ? origin : chooseOrigin(state, Infinity, now);
  if (next !== null) sendTo(state, next, now);
  advanceRace(state, now);
}

/** An attempt has ended; a second report of it is ignored. `status` is 0 if no response came. */
function settled(state, attempt, outcome, status, now) {
  if (attempt.outcome !== null) return;
  if (recordOutcome(state, attempt, outcome, status, now)) endRace(state, attempt, now);
  else advanceRace(state, now);
}

/** The race's timer fired. */
function woken(state, now) {
  if (state.over) return;
  const { timeoutMs, totalTimeoutMs } = state.pool.settings;
  const late = now >= deadlineOf(state, now);
  for (let tried = state.last; tried !== null; tried = tried.earlier) {
    const waited = now - countsFrom(state, tried.startedAt, now);
    if (tried.outcome !== null || !(late || waited >= timeoutMs)) continue;
    if (waited >= Math.min(timeoutMs, totalTimeoutMs / 2)) recordOutcome(state, tried, 'timeout', 0, now);
    else closeAttempt(state, tried, 'superseded');
    state.network.cancel(state, tried);
  }
  advanceRace(state, now);
}

/** Does what is due now, then sleeps until something happens. */
function advanceRace(state, now) {
  let at = deadlineOf(state, now);
  if (state.preflight === null || now >= at) {
    if (state.waiting === 0 && now < at) retry(state, now);
    while (state.waiting > 0 && now >= state.hedgeAt) sendHedge(state, now);
    if (state.waiting === 0) return endRace(state, null, now);
    at = Math.min(at, state.hedgeAt);
  }
  for (let tried = state.last; tried !== null; tried = tried.earlier)
    if (tried.outcome === null)
      at = Math.min(at, countsFrom(state, tried.startedAt, now) + state.pool.settings.timeoutMs);
  if (at === state.wakeAt) return;
  state.wakeAt = at;
  state.network.sleep(state, at, now);
}

/** The one place where a race ends: judges each attempt, cancels what is left, and delivers the answer. */
function endRace(state, winner, now) {
  const { network } = state;
  let answer = winner;
  state.over = true;
  for (let tried = state.last; tried !== null; tried = tried.earlier) {
    const { outcome } = tried;
    if (outcome === null) closeAttempt(state, tried, 'superseded');
    else if (answer === null && isAnswer(outcome)) answer = tried;
    judgeAttempt(state, tried, winner, now);
    // Attempts that timed out are cancelled already, and one that failed without a response has nothing to cancel.
    if (tried !== answer && (outcome === null || tried.status > 0)) network.cancel(state, tried);
  }
  network.finish(state, answer, now);
}

// lib/core/header-names.ts
/** Names of headers: one spelling for all that an origin may take for the same, and those that end at this hop. */

/**
 * The name as CGI, WSGI, Rack and PHP distinguish headers: `X_Forwarded-For` and `x.forwarded.for` are
 * `x-forwarded-for`. A lower-case name of letters, digits and hyphens is returned unchanged.
 */
function canonicalName(name) {
  return name.toLowerCase().replace(/[^a-z\d-]/g, '-');
}

// ---- hop-by-hop headers (RFC 9110, 7.6.1) ----

/** Drops the headers that Connection names, which must not be forwarded. `change` returns the mutable headers. */
function dropConnectionNamed(headers, change = () => headers) {
  const connection = headers.get('connection');
  if (connection === null || connection === 'keep-alive' || connection === 'close') return;
  for (const name of connection.toLowerCase().split(',')) {
    const token = name.trim();
    if (/^(?!(?:upgrade|close|keep-alive)$)[\w!#$%&'*+.^`|~-]+$/.test(token)) change().delete(token);
  }
}

/** Drops hop-by-hop headers; the plain profile's `dropForeign` does this and more in one pass. */
function dropHopHeaders(headers) {
  dropConnectionNamed(headers);
  headers.delete('proxy-connection');
  headers.delete('expect');
}

// lib/core/url-path.ts
/**
 * Normalises paths, so that no caller can bypass a route by percent-encoding a letter.
 *
 * A path has two forms. `readPath` makes the first, once, when a request arrives: the path as `fetch` will send it, in
 * ASCII. `normalisePath` makes the second from it, for comparisons. That form is Kong 3's (kong/tools/uri.lua, after
 * RFC 3986, 6.2.2): escapes of unreserved characters are decoded, those of reserved ones remain and get upper-case
 * digits, repeated slashes are merged, dot segments are resolved. As in Kong it is a string of bytes, one character
 * each: decoding UTF-8 was rejected, because not every path is UTF-8. A path without "%", "//" and "/." costs three
 * searches and no allocation.
 */

var ESCAPE = /%[\da-f]{2}/gi;
/** Their escapes are not decoded: gen-delims, sub-delims and "%" itself. */
var RESERVED = "!#$%&'()*+,/:;=?@[]";
/** Characters that must be escaped in a path. */
var UNSAFE = /[^!#-;=?-Z[\]_a-z~]/g;

/**
 * What the URL standard rewrites: "\" becomes "/", "#" ends the path, control characters and spaces are removed or
 * escaped, dot segments are resolved, and characters above 127 become the escapes of their UTF-8 bytes.
 */
var ODD = /[\\#\0-\x20\x7f-\uffff]|(?:\/|%2f|%5c)(?:\.|%2e)/i;
/** A dot segment that some servers resolve and others do not: next to an escaped separator, or with a parameter. */
var HIDDEN_DOTS = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:;|%3b|%2f|%5c|\/|$)/i;

var byteOf = (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16));

var decodeOne = (escape) => {
  const character = byteOf(escape);
  return RESERVED.includes(character) ? escape.toUpperCase() : character;
};

var encodeOne = (byte) => '%' + (byte.charCodeAt(0) + 256).toString(16).slice(-2).toUpperCase();

/** A dot segment in any spelling that the URL standard resolves. */
var DOTS = /(?<=\/)(?:\.|%2e){1,2}(?=\/|$)/gi;
var UNPRINTABLE = /[^\x21-\x7e]/g;

/**
 * Path and query of a URL, in the form in which `fetch` will send them. workerd delivers them as sent: if the route
 * were chosen by another reading than the origin's, "/public/..\private", "/private#/../public" and
 * "/private//../public" would bypass authentication, and "/../x" would escape an origin's base path. With `strict`,
 * null for a path that servers read differently: "/open/..;/keyed" and "/open/..%2fkeyed" are names inside "open" to
 * some and "/keyed" to others. Rejected: the URL parser, which before the compatibility date 2022-10-31 neither resolves
 * "%2e%2e" nor reads "\\" as "/".
 */
function readPath(target, strict) {
  if (!ODD.test(target)) return target;
  let end = target.length;
  while (target.charCodeAt(end - 1) <= 32) end--;
  const [sent = ''] = target
    .slice(0, end)
    .replace(/[\t\n\r]/g, '')
    .split('#', 1);
  const [path = ''] = sent.split('?', 1);
  const plain = path.replaceAll('\\', '/').replace(DOTS, (dots) => dots.replace(/%2e/gi, '.'));
  const read = escapeBytes(resolveDots(plain));
  return strict && HIDDEN_DOTS.test(read) ? null : read + escapeBytes(sent.slice(path.length));
}

/** A dot segment at the end leaves a slash (RFC 3986, 5.2.4); repeated slashes remain. */
function resolveDots(path) {
  const kept = [];
  let open = '';
  for (const segment of path.replace(/^\//, '').split('/')) {
    open = segment === '.' || segment === '..' ? '/' : '';
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return '/' + kept.join('/') + (kept.length > 0 ? open : '');
}

var escapeBytes = (text) => pathBytes(text).replace(UNPRINTABLE, encodeOne);

/** The router's form of a path from `readPath`, without its query. */
function normalisePath(path) {
  const plain = path.includes('%') ? path.replace(ESCAPE, decodeOne) : path;
  if (!plain.includes('//') && !plain.includes('/.')) return plain;
  return resolveDots(plain.replace(/\/{2,}/g, '/'));
}

var PATH_ENCODER = new TextEncoder();

/** A configured path as the same string of bytes: "é" becomes its two UTF-8 bytes. */
var pathBytes = (path) =>
  path.replace(/[^\0-\x7f]+/g, (text) => String.fromCharCode(...PATH_ENCODER.encode(text)));

/**
 * A normalised path in ASCII, ready to send: characters that a path may not contain are escaped, the rest is unchanged.
 */
var escapePath = (path) => path.replace(UNSAFE, encodeOne);

// lib/core/request.ts
/**
 * The context of one request: created when it arrives, filled in by the steps, read when the response is finished.
 * All per-request state is here and ends with the request; the isolate keeps none of it.
 */

/** The normalised path, which is used for comparing, counting and hashing (url-path.ts). */
function normalPathOf(context) {
  return (context.normalPath ??= normalisePath(context.path));
}

/**
 * Lower-case names of the headers that the caller sent. The list is needed before an origin is asked in any case, so
 * code that looks for a rare header should search it: a look-up in the runtime costs two thousand instructions.
 */
function namesOf(context) {
  return (context.names ??= [...context.headers.keys()]);
}

/** "Content-Length: 0" means no body, even if the request has a stream. */
function hasBody({ request, headers }) {
  return request.body !== null && headers.get('content-length') !== '0';
}

/** A header as the origin would get it after the changes so far; null if absent. `name` is in lower case. */
function headerNow({ headers, originHeaders, claimed }, name) {
  const changed = originHeaders.findLast(([other]) => other.toLowerCase() === name);
  if (changed !== undefined) return changed[1];
  return claimed.some((names) => names.has(canonicalName(name))) ? null : headers.get(name);
}

/** The caller of a request from a peer that is not trusted is the peer itself. */
function callerOf(context) {
  if (context.caller !== null) return context.caller;
  const peer = peerOf(context.request, context.selfHosted);
  return (context.caller = { peer, client: peer });
}

/** An IPv4 peer, also on a dual-stack socket: parsing and formatting it would cost a tenth of a whole request. */
var PLAIN_PEER = new RegExp(`^(?:\\[::ffff:)?(${PLAIN_IPV4})\\]?:\\d+$`);

/**
 * The address of the connection; "" if it is unknown. Cloudflare sets CF-Connecting-IP, which callers cannot forge
 * there. Plain workerd forwards a forged one, but reports the peer's "address:port" in `cf.clientIp`, which Cloudflare
 * never sets. On a dual-stack socket IPv4 peers are "[::ffff:10.0.0.1]:80": they are reported, limited and hashed as on
 * an IPv4 socket.
 */
function peerOf(request, selfHosted) {
  if (!selfHosted) return request.headers.get('cf-connecting-ip') ?? '';
  const sent = request.cf?.clientIp ?? '';
  const plain = PLAIN_PEER.exec(sent);
  if (plain !== null) return plain[1];
  const address = parseAddress(sent);
  return address === null ? sent : formatAddress(address);
}

/**
 * The caller's identity where callers are counted, hashed or distinguished by address: the same for every spelling of
 * an address.
 */
function callerNetworkOf(context) {
  const { peer, client } = callerOf(context);
  // Different callers behind a trusted proxy may share a network, e.g. the hosts of a site behind its load balancer.
  return callerNetwork(client, context.reader.ipv6Prefix ?? (client === peer ? 64 : 128));
}

/** The request's id: 32 hex digits, or the id that a trusted caller sent. */
function requestIdOf(context) {
  return (context.id ??= context.reader.id(context));
}

/**
 * The gateway's host as the caller knows it: a trusted peer's X-Forwarded-Host, else the request's own. For URLs sent
 * to the caller; routes match `host`.
 */
function publicHostOf({ trusted, headers, host }) {
  const forwarded = trusted ? headers.get('x-forwarded-host') : null;
  return (forwarded === null ? null : readHost(forwarded.split(',')[0].trim())) ?? host;
}

/** The caller's HTTP version, such as "1.1" or "2"; "1.1" if the platform does not report it. */
function protocolOf(request) {
  const { cf } = request;
  return cf?.httpProtocol?.replace('HTTP/', '') ?? '1.1';
}

// lib/core/cookies.ts
/**
 * The cookie list of a request. Two Cookie lines are one list (RFC 6265, 5.4; RFC 9113, 8.2.3), but the platform joins
 * repeated headers with ", " before a script sees them. No cookie's value holds a comma and a space (RFC 6265, 4.1.1),
 * so the list can still be split correctly.
 */

/** `a=1`, `b=2`, ..., in the order sent. */
function cookiePairs(header) {
  return header === null ? [] : header.split(/; *|, +/).filter((pair) => pair !== '');
}

/** The value of the first cookie of that name; undefined if there is none. */
function cookieOf(header, name) {
  return cookiePairs(header)
    .find((pair) => pair.startsWith(name + '='))
    ?.slice(name.length + 1);
}

/** The list without the cookies of those names; null if it becomes empty. */
function cutCookies(header, names) {
  const pairs = cookiePairs(header);
  const kept = pairs.filter((pair) => !names.some((name) => pair.startsWith(name + '=')));
  return kept.length === pairs.length ? header : kept.join('; ') || null;
}

/** Replaces the platform's commas between joined Cookie lines by "; ", in place. */
function joinCookieLines(headers) {
  const list = headers.get('cookie');
  if (list?.includes(', ')) headers.set('cookie', cookiePairs(list).join('; '));
}

// lib/http/headers.ts
/**
 * Which headers are forwarded. Headers not named here are forwarded unchanged.
 *
 * To the origin
 *   dropped  headers named by Connection (RFC 9110, 7.6.1), Proxy-Connection, Expect, Proxy-Authorization (RFC 9110,
 *            11.7.2: meant for this hop), Proxy (https://httpoxy.org), and headers that a caller may not set, in any
 *            spelling: see `dropForeign`
 *   changed  two Cookie lines, which the platform joins with a comma, become one list (RFC 6265, 5.4)
 *   set      X-Forwarded-For, and -Proto, -Host, X-Request-Id if the settings say so; the origin's own headers
 * To the caller
 *   dropped  headers named by Connection
 *   changed  Location, if it names an origin (RFC 9110, 10.2.2)
 *
 * The runtime itself drops Connection, Keep-Alive, TE, Trailer, Transfer-Encoding and a non-WebSocket Upgrade in both
 * directions, and sets Host and Content-Length. Headers are changed in place: a copy would cost more than all the rest.
 */

/** Turns the caller's headers into the origin's, in place. */
var forwardPlainHeaders =
  ({ forwardedHeaders, requestId }) =>
  (headers, from) => {
    dropForeign(headers, from);
    const before = from.trusted ? headers.get('x-forwarded-for') : null;
    if (forwardedHeaders === 'none') headers.delete('x-forwarded-for');
    else {
      const { peer } = callerOf(from);
      headers.set('x-forwarded-for', before === null ? peer : `${before}, ${peer}`);
    }
    if (forwardedHeaders === 'all') {
      if (!headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', from.scheme);
      if (!headers.has('x-forwarded-host')) headers.set('x-forwarded-host', from.host);
    } else if (from.trusted) {
      headers.delete('x-forwarded-proto');
      headers.delete('x-forwarded-host');
    }
    if (requestId) headers.set('x-request-id', requestIdOf(from));
  };

/** Headers in which proxies forward the caller's address, besides X-Forwarded-*. */
var SAY_WHO_CALLED = new Set([
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-remote-ip',
  'x-remote-addr',
  'x-envoy-external-address',
  'client-ip',
]);
/** Cloudflare sets these itself; on plain workerd any caller can. */
var CLOUDFLARE_SAYS = new Set(['cf-connecting-ip', 'cf-connecting-ipv6', 'cf-pseudo-ipv4', 'true-client-ip']);

/** Meant only for the hop to the gateway, or never to be trusted (https://httpoxy.org). */
var STAYS = new Set(['proxy', 'proxy-connection', 'proxy-authorization', 'expect']);

/**
 * Drops hop-by-hop headers, and headers that a caller may not set: the caller's address (from untrusted peers), and the
 * headers that only the gateway sets on this route. Whole families of names are matched, in any spelling that an origin
 * may treat as the same: CGI, WSGI and Rack have one name for `X_Forwarded-For` and `X-Forwarded-For`. Proxies set the
 * plain spelling and forward the others, so a trusted peer's odd spellings are dropped too. One pass over all names.
 * Rejected: deleting each name of a list, which costs more and misses new members of a family.
 */
function dropForeign(headers, from) {
  for (const name of namesOf(from)) {
    if (name === 'cookie') joinCookieLines(headers);
    else if (name === 'connection') dropConnectionNamed(headers);
    const canonical = canonicalName(name);
    const odd = canonical !== name;
    const isForged =
      canonical.startsWith('x-forwarded') ||
      SAY_WHO_CALLED.has(canonical) ||
      (from.selfHosted && CLOUDFLARE_SAYS.has(canonical)) ||
      (odd && canonical === 'x-request-id');
    if (STAYS.has(canonical) || (isForged && (odd || !from.trusted))) headers.delete(name);
    for (const names of from.claimed) if (names.has(canonical)) headers.delete(name);
  }
}

/** Drops other spellings of the headers that an origin's settings add, such as a shared secret. */
function dropLikeOwn(headers, sent, own) {
  const names = new Set(own.map(([name]) => canonicalName(name)));
  for (const name of sent.keys()) if (names.has(canonicalName(name))) headers.delete(name);
}

/** Scheme and host of a Location, as browsers parse them: "\\" is "/" to them. */
var NAMES_HOST = /^\s*(?:https?:)?[/\\]{2,}[^/\\?#]*/i;

/** Whether the URL's host and port are the origin's, a trailing dot aside. */
function namesOrigin(url, { site, host }) {
  const plain = (text) => text.replace(/\.(?=:|$)/, '');
  try {
    return plain(new URL(url, site).host) === plain(host);
  } catch {
    return false;
  }
}

/**
 * The path, with query and fragment and without the origin's base path, of a Location that names this origin; null if
 * it names another host, or none. Scheme and host are case-insensitive (RFC 3986, 6.2.2.1), "//host/" has the origin's
 * scheme, and an origin that assumes TLS in front of it writes https: all of them name this origin. What follows the
 * host is not changed.
 */
function pathAtOrigin(location, origin) {
  const { basePath } = origin;
  if (!NAMES_HOST.test(location) || !namesOrigin(location, origin)) return null;
  const rest = location.replace(NAMES_HOST, '');
  const within = basePath !== '' && (rest === basePath || rest.startsWith(basePath + '/'));
  return within ? rest.slice(basePath.length) || '/' : rest;
}

// lib/upstream/failures.ts
/**
 * The failed attempts of a request, in the log's terms. Built only if an attempt failed, so that a request without
 * failures pays nothing.
 *
 * On Cloudflare, 52x tells what happened to a connection. Plain workerd throws the same error, marked `retryable`, for
 * a refused and a reset connection, and another one for DNS and TLS failures; over plain http the latter is a DNS
 * failure or, in older releases, a response that is not HTTP.
 */

/** In the order they were sent; null if none failed, not counting `answer`, which the caller gets. */
function failuresOf(state, answer) {
  const failures = [];
  for (let tried = state.last; tried !== null; tried = tried.earlier) {
    const { outcome, status, response } = tried;
    if (tried === answer || outcome === 'superseded' || outcome === 'rejected') continue;
    const { name, site } = tried.origin.settings;
    const threw = response instanceof Error;
    const error = threw ? thrownFailure(response, site) : outcome === 'timeout' ? outcome : BY_STATUS[status];
    failures.unshift({
      origin: name,
      error: error ?? 'status',
      status: threw ? undefined : status || undefined,
    });
  }
  return failures.length > 0 ? failures : null;
}

var BY_STATUS = {
  520: 'reset',
  521: 'refused',
  523: 'refused',
  525: 'tls',
  526: 'tls',
  530: 'dns',
};

function thrownFailure(error, site) {
  if (error.retryable === true) return 'refused_or_reset';
  return site.startsWith('http:') ? 'dns' : 'dns_or_tls';
}

// lib/core/origin-address.ts
/**
 * The URL of a request to an origin, and the Host it carries.
 *
 * `fetch` takes the Host header from the URL; `resolveOverride` names the server to connect to. Cloudflare honours it
 * only for names in one's own zone, and the port is still the URL's. Plain workerd ignores resolveOverride: there a
 * request goes wherever its Host points.
 */

/** The address of `tail`, a path with its query, under `host`; by default the origin's configured `hostHeader`. */
function originAddress(origin, tail, host = origin.hostHeader) {
  if (host === null) return { url: origin.site + tail, cf: null };
  const scheme = origin.site.slice(0, origin.site.indexOf('//') + 2);
  return { url: scheme + host + tail, cf: { resolveOverride: origin.host.replace(/:\d+$/, '') } };
}

/** Sends a request of the gateway's own to an origin. */
function sendOwnRequest(runtime, origin, path, init) {
  const { url, cf } = originAddress(origin, origin.basePath + path);
  return runtime.fetch(url, { ...init, redirect: 'manual', ...(cf && { cf }) });
}

// lib/upstream/side-request.ts
/**
 * A side request that carries nothing of the caller's, with a timeout: is the origin up, and how distant is it?
 * The response's body is read only if a number is to be read from it.
 */

/**
 * Sends one request; never rejects. Good is 200 to 399, or the statuses that the pool's health check lists; if the pool
 * names no path, any status below 500: an API need not have a page at "/".
 */
async function probeOrigin(runtime, origin, request, pool) {
  const { health, probe } = pool;
  const { path, method, timeoutMs, read } = request;
  const startedAt = runtime.now();
  const result = await tryWithin(runtime, timeoutMs, async (signal) => {
    const headers = origin.headers;
    const response = await sendOwnRequest(runtime, origin, path, { method, headers, signal });
    const { status } = response;
    const elapsedMs = runtime.now() - startedAt;
    const listed = health && path === health.path ? health : null;
    const most = probe || health ? 400 : 500;
    const good = listed?.statuses
      ? listed.statuses.includes(status) || ((listed.badStatuses?.includes(status) ?? true) ? false : null)
      : status >= 200 && status < most;
    const reading = read === null ? undefined : await read(response);
    if (!response.bodyUsed) await response.body?.cancel();
    return { good, elapsedMs, reading };
  });
  return result ?? { good: false, elapsedMs: runtime.now() - startedAt, reading: undefined };
}

// lib/http/context.ts
/**
 * Creates the context of a request: its URL, parsed once, and its caller.
 *
 * Reads only the headers that it must: each costs as much as all the rest here. Values that are rarely needed are read
 * on first use (core/request.ts).
 */

function createReader(settings, parts, runtime) {
  const trust = parts.trust?.(settings) ?? null;
  return {
    trust,
    hostOverride: parts.hostOverride ?? null,
    dnsErrors: settings.compat === null ? null : (parts.dnsErrors ?? null),
    selfHosted: null,
    ipv6Prefix: settings.ipv6Prefix ?? (settings.compat === null ? null : 128),
    id: ({ trusted, headers }) => (trusted ? trust.id(headers) : null) ?? runtime.id(),
  };
}

/** Creates a request's context. `request.url` is always absolute. */
function openContext(event, state) {
  const { request } = event;
  const { headers, method, url } = request;
  const { settings, reader, metrics } = state;
  const kong = settings.compat === null ? null : settings;
  const hostAt = url.indexOf('//') + 2;
  const pathAt = url.indexOf('/', hostAt);
  // "OPTIONS *": plain workerd appends the asterisk to the host.
  const sent = pathAt < 0 ? url.slice(hostAt).replace(/\*$/, '') : url.slice(hostAt, pathAt);
  const host = kong ? readKongHost(headers.get('host') ?? sent) : readHost(sent);
  const target = pathAt < 0 ? '/' : readPath(url.slice(pathAt), kong === null);
  const [path = '/'] = target?.split('?', 1) ?? [];
  const query = target?.slice(path.length) ?? '';
  const readable = host !== null && target !== null && (kong === null || !NGINX_REJECTS.test(path));
  const selfHosted = (reader.selfHosted ??= request.cf?.clientIp !== undefined);
  const { trust } = reader;
  const peer = trust === null ? null : peerOf(request, selfHosted);
  const client = peer === null ? null : trust.client(peer, headers);
  const trusted = client !== null;
  const secure = (trusted ? trust.secure(headers) : null) ?? url.startsWith('https:');
  // One literal with all fields that the steps fill in: spreading a second literal into it cost one per cent of a whole
  // request, and getters for the fields that are computed on first use cost 2 µs.
  return {
    request,
    headers,
    method,
    scheme: secure ? 'https' : 'http',
    host: host ?? '',
    path,
    query,
    unreadable: readable ? null : UNREADABLE,
    selfHosted,
    trusted,
    startedAt: state.runtime.now(),
    kong,
    forward: state.forward,
    waitUntil: (work) => event.waitUntil(work),
    reader,
    names: null,
    normalPath: null,
    caller: peer === null ? null : { peer, client: client ?? peer },
    id: null,
    route: null,
    matchedPath: '',
    captures: null,
    consumer: null,
    credentialId: null,
    anonymous: false,
    originQuery: query,
    originMethod: method,
    originPath: null,
    claimed: [],
    fields: null,
    originHeaders: [],
    body: null,
    stopped: null,
    upload: null,
    costsPassed: false,
    correlationId: null,
    span: null,
    cache: null,
    answerHeaders: [],
    admittedAt: 0,
    sentAt: 0,
    answeredAt: 0,
    attempts: 0,
    failed: null,
    origin: null,
    pool: -1,
    trace: null,
    metrics,
  };
}

var UNREADABLE = refuse('bad_request', 400, 'Bad request');

/** Escapes in a path for which nginx, and so Kong, answers 400: a zero byte and malformed ones. */
var NGINX_REJECTS = /%(?:00|(?![\da-f]{2}))/i;

/**
 * Kong compares and forwards hosts as sent. Rejected are those that nginx rejects, such as two Host headers, which the
 * platform joins, and one that is longer than any valid host.
 */
var readKongHost = (sent) => (sent.length > 260 || /[\s/]/.test(sent) ? null : sent);

// lib/http/trace.ts
/**
 * Correlation of the records of one request: its id, and W3C Trace Context. The caller's trace continues through the
 * gateway, whose own span is between caller and origin.
 *
 * Trace id and flags are forwarded unchanged, so that the caller's sampling decision is respected, and the parent id is
 * the gateway's own (https://www.w3.org/TR/trace-context/#mutating-the-traceparent-field); tracestate is not touched.
 * An invalid traceparent is forwarded unchanged, and none is created: starting traces is up to those who record them.
 */

/** The request id of a trusted peer; null if it is unsuitable for a log or a header. */
function peersId(id) {
  return id !== null && /^[\w.:-]{1,64}$/.test(id) ? id : null;
}

/** Version, trace id, parent id, flags. A later version may have more fields; version 00 is forwarded. */
var TRACEPARENT = /^(?!ff)[\da-f]{2}-((?!0{32})[\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})(-.*)?$/;

/** The header for the origin with `span`, 16 hex digits, as parent; null if `traceparent` is invalid. */
function renewTraceparent(traceparent, span) {
  const parts = TRACEPARENT.exec(traceparent);
  return parts && (!parts[3] || !traceparent.startsWith('00')) ? `00-${parts[1]}-${span}-${parts[2]}` : null;
}

// lib/http/log.ts
/**
 * The log: one line of JSON per request; and the Server-Timing header for callers.
 *
 * No key can appear in a line, because nothing that a caller sent does: no query, header, body, address or path. A line
 * names what the operator wrote: the route, the prefix that matched, pool, origin, consumer. Exceptions: the method, a
 * W3C trace id, and the request id of a trusted peer.
 * Rejected: a list of names to mask. Kong and Traefik mask the names they know and log all others (traefik#10735).
 */

/** Fields that do not apply are omitted. `ms` ends at the response's headers; `pool` is its name. */
function logLine(context, pool, status, reason, now) {
  const { route, trace, span } = context;
  return JSON.stringify({
    time: new Date(now).toISOString(),
    id: requestIdOf(context),
    method: context.method,
    route: route?.name,
    // A prefix that matched is the operator's string; what a regular expression matched is the caller's.
    path: route?.paths.includes(context.matchedPath) ? context.matchedPath : undefined,
    status,
    ms: now - context.startedAt,
    reason: reason ?? undefined,
    pool,
    origin: context.origin?.name,
    attempts: context.attempts,
    failed: context.failed ?? undefined,
    consumer: context.consumer ? (context.consumer.username ?? context.consumer.id) : undefined,
    // The setting `trace` has its own span, which the origin and the collector get; else that of the traceparent sent on.
    trace: span?.traceId ?? trace?.slice(3, 35),
    span: span?.spanId ?? trace?.slice(36, 52),
  });
}

/**
 * The line for an internal error, written whatever `log` is set to: where the exception was thrown, without its
 * message, which may quote a URL with a key in it.
 */
function internalErrorLine(context, error) {
  const { name, stack = '' } = error instanceof Error ? error : { name: typeof error };
  return JSON.stringify({
    id: requestIdOf(context),
    route: context.route?.name,
    error: name,
    at: stack.match(/^ +at .*/gm)?.slice(0, 5),
  });
}

/** Server-Timing (W3C), in ms; steps that the request did not reach are omitted. */
function serverTiming(context, now) {
  const { startedAt, admittedAt, sentAt, answeredAt } = context;
  return (
    (admittedAt ? `auth;dur=${admittedAt - startedAt}, ` : '') +
    (sentAt ? `pick;dur=${sentAt - (admittedAt || startedAt)}, ` : '') +
    (sentAt && answeredAt ? `origin;dur=${answeredAt - sentAt}, ` : '') +
    `total;dur=${now - startedAt}, attempts;desc="${context.attempts}"`
  );
}

/** Writes the line when the response is ready; with "errors" only for requests that failed. */
function startLog({ settings, runtime }) {
  const { log, pools } = settings;
  if (log === 'off') return {};
  return {
    // Only if logging: a hop that records no spans must forward the trace unchanged, or it would name an unknown span.
    early: (context) => {
      const parent = context.headers.get('traceparent');
      context.trace = parent && renewTraceparent(parent, runtime.id().slice(16));
      return null;
    },
    finish:
      () =>
      (context, { status, reason }) => {
        // With "errors": refusals, failures, and requests that succeeded only after a failed attempt.
        if (log === 'all' || reason !== null || status >= 500 || context.failed !== null)
          runtime.log(logLine(context, pools[context.pool]?.name, status, reason, runtime.now()));
      },
  };
}

/** Adds Server-Timing to every response. */
function startServerTiming({ settings, runtime }) {
  const { serverTiming: wanted, status, log } = settings;
  if (!(wanted ?? (status !== null || log !== 'off'))) return {};
  return {
    finish:
      () =>
      (context, { change }) =>
        change().append('Server-Timing', serverTiming(context, runtime.now())),
  };
}

/** Sends the request's id to the caller; the origin gets it with the request. */
function startRequestId({ settings }) {
  if (settings.compat !== null || !settings.requestId) return {};
  return {
    finish:
      () =>
      (context, { change }) =>
        change().set('X-Request-Id', requestIdOf(context)),
  };
}

// lib/http/response.ts
/**
 * Finishes every response, of an origin or of the gateway, before it is sent to the caller.
 *
 * Adds what the features of the route add, and nothing else. Headers are read only if needed: each costs as much in the
 * runtime as all the code around it. A response to which nothing is added is sent as received.
 */

function finishResponse(context, from, state) {
  const plan = state.plans.get(context.route);
  const refused = 'reason' in from;
  const asked = !refused && context.origin !== null;
  let response = refused ? state.refusal(from, context) : from;
  let opened = refused;
  if (asked) {
    for (const received of plan.received) received(context, response);
    // If headers will be added anyway, copy first: reading the headers of the original and the copy would cost twice.
    opened = plan.adds || context.answerHeaders.length > 0;
    if (opened) response = openResponse(response);
  }
  const exit = {
    status: response.status,
    reason: refused ? from.reason : null,
    response,
    headers: response.headers,
    change: () => {
      if (!opened) {
        exit.response = openResponse(exit.response);
        exit.headers = exit.response.headers;
        opened = true;
      }
      return exit.headers;
    },
    replace: (other) => {
      exit.response = other;
      exit.headers = other.headers;
      exit.status = other.status;
      opened = true;
    },
  };
  if (asked) {
    dropConnectionNamed(exit.headers, exit.change);
    const { status } = exit;
    if (status === 201 || (status > 299 && status < 400)) publishLocation(context, exit, state);
  }
  for (const [name, value] of context.answerHeaders)
    if (name === 'Set-Cookie') exit.change().append(name, value);
    else exit.change().set(name, value);
  for (const finish of plan.finish) finish(context, exit);
  return exit.response;
}

/** Whether responses of this status have no body (RFC 9110, 15.3.5, 15.3.6 and 15.4.5): the runtime constructs none. */
var isBodiless = (status) => status === 204 || status === 205 || status === 304;

/** The same response with mutable headers, its body untouched. */
function openResponse(from) {
  const { webSocket } = from;
  if (!webSocket) return new Response(from.body, from);
  return new Response(null, { status: from.status, headers: from.headers, webSocket });
}

/** Rewrites a Location that names the origin. */
function publishLocation(context, exit, state) {
  const location = state.settings.rewriteLocation ? exit.headers.get('location') : null;
  if (location === null) return;
  let path = null;
  for (const origin of state.settings.pools[context.pool]?.origins ?? [])
    path ??= pathAtOrigin(location, origin);
  if (path === null) return;
  const site = `${context.scheme}://${publicHostOf(context)}`;
  exit.change().set('location', site + state.routing.publicPath(path, context));
}

// lib/http/state.ts
/**
 * The isolate's state, created from the settings. Nothing else outlives a request.
 *
 * An isolate is one of many: its state is its own, and is lost when the platform evicts it. The state holds only plain
 * numbers and strings: a Response or a stream of one request cannot be used by another.
 */

/** Merges what the features add to pools; each of the optional parts comes from one of them. */
function balanceOf(features) {
  const parts = features.flatMap(({ balance }) => balance ?? []);
  return Object.assign({}, ...parts, {
    policies: Object.assign({}, ...parts.map(({ policies }) => policies)),
    sideRequests: parts.flatMap(({ sideRequests }) => sideRequests ?? []),
  });
}

function createState(settings, runtime, features) {
  const hooks = [];
  const parts = Object.assign({}, ...features.map((feature) => feature.parts));
  const balance = balanceOf(features);
  const plans = new Map();
  const state = {
    settings,
    runtime,
    routing: parts.routing?.(settings, parts) ?? loneRouting(settings),
    reader: createReader(settings, parts, runtime),
    pools: settings.pools.map((pool) => createPool(pool, runtime.random, balance)),
    metrics: parts.metrics?.(settings) ?? null,
    parts,
    hooks,
    plans,
    early: [],
    forward: forwardPlainHeaders(settings),
    refusal: (refusal, context) =>
      plainRefusal(refusal, context, settings.requestId ? requestIdOf(context) : null),
  };
  for (const { start } of features) if (start) hooks.push(start(state));
  for (const route of [...settings.routes, null]) plans.set(route, planOf(hooks, route));
  for (const { early, forward: forward2, refusal } of hooks) {
    if (early) state.early.push(early);
    state.forward = forward2 ?? state.forward;
    state.refusal = refusal ?? state.refusal;
  }
  return state;
}

/** A single route, which matches every request and leaves its path unchanged. */
function loneRouting({ routes }) {
  const match = { route: routes[0], path: '', matchedPath: '', captures: null };
  return { match: () => match, originPath: ({ path }) => path, publicPath: (path) => path || '/' };
}

/** Collects the features' hooks for a route. */
function planOf(hooks, route) {
  const join = (name) => (route === null ? [] : hooks.flatMap((hook) => hook[name]?.(route) ?? []));
  const steps = [...join('admit'), ...join('answer')];
  return {
    preflight: [...join('preflight'), ...steps],
    steps,
    received: join('received'),
    finish: hooks.flatMap((hook) => hook.finish?.(route) ?? []),
    adds: join('adds').includes(true),
  };
}

/**
 * The first response among the steps from `at` on; null if all of them continue. Only promises are awaited, so that
 * synchronous steps run without a delay.
 */
function runSteps(context, steps, at = 0) {
  for (let i = at; i < steps.length; i++) {
    const answer = steps[i](context);
    if (answer instanceof Promise) return answer.then((given) => given ?? runSteps(context, steps, i + 1));
    if (answer !== null) return answer;
  }
  return null;
}

/**
 * The plain profile's response to a refusal: small JSON with `no-store`, since the next caller may be admitted. A refusal
 * without a message, such as a redirect, has no body. `id` is the request's id if callers are sent it, else null.
 */
function plainRefusal({ status, message, headers }, context, id) {
  const sent = new Headers(headers);
  if (message === '') return new Response(null, { status, headers: sent });
  sent.set('content-type', 'application/json; charset=utf-8');
  sent.set('cache-control', 'no-store');
  const text = JSON.stringify(id === null ? { message } : { message, request_id: id });
  return new Response(context.method === 'HEAD' ? null : text, { status, headers: sent });
}

// lib/core/base64.ts
/** Base64 from untrusted senders (RFC 4648, 4 and 5). */

/** The accepted characters: the standard alphabet, the URL-safe one of tokens, or either. */
var STANDARD_ALPHABET = /^[A-Za-z\d+/]*$/;
var URL_ALPHABET = /^[\w-]*$/;
var EITHER_ALPHABET = /^[\w+/-]*$/;

/**
 * The bytes, one character each; null if the string holds another character or ends within a byte. Padding may be
 * absent, and everything from the first "=" on is ignored: nginx's rules.
 */
function decodeBase64(text, alphabet) {
  const [data = ''] = text.split('=', 1);
  if (!alphabet.test(data) || data.length % 4 === 1) return null;
  return atob(data.replaceAll('-', '+').replaceAll('_', '/'));
}

/** The same as a byte array. */
function bytesOfBase64(text, alphabet) {
  const bytes = decodeBase64(text, alphabet);
  return bytes === null ? null : bytesOf(bytes);
}

/** The bytes of a string with one character per byte. */
function bytesOf(text) {
  return Uint8Array.from(text, (byte) => byte.charCodeAt(0));
}

// lib/auth/consumer-headers.ts
/**
 * The headers that identify the caller to the origin: Kong's five, and those from a verifier. Only the gateway may set
 * them.
 *
 * None of them reaches the origin as sent by a caller, in any spelling: to CGI and WSGI, `X_Consumer-ID` is the same
 * header as `X-Consumer-ID`. Outside Kong's profiles a route claims the names, and http/headers.ts drops the caller's
 * headers of these names in its one pass over all names. The Kong profiles let other spellings pass, as Kong does.
 */

var IDENTITY = [
  'x-consumer-id',
  'x-consumer-username',
  'x-consumer-custom-id',
  'x-credential-identifier',
  'x-anonymous-consumer',
];

/** The names that only the gateway may set: the five, and `more`. */
function claimedNames(more = []) {
  return new Set([...IDENTITY, ...more].map(canonicalName));
}

/** Adds the headers to `context.originHeaders`, the five in order. `again`: a caller has been set before. */
function setConsumerHeaders(context, identity, again) {
  const { consumer, headers, id, login } = identity;
  const { kong, anonymous, originHeaders } = context;
  // Outside Kong's profiles the caller's own headers are dropped already, so nulls are needed only if set `again`.
  const say = (name, value) => {
    if (value != null || again || kong !== null) originHeaders.push([name, value ?? null]);
  };
  say('x-consumer-id', consumer?.id);
  say('x-consumer-username', consumer?.username);
  say('x-consumer-custom-id', consumer?.customId);
  // Kong sends the credential's identifier since 2.1; before, only its user name.
  if (kong?.compat === 'kong-2018') say('x-credential-username', login);
  else say('x-credential-identifier', id);
  say('x-anonymous-consumer', anonymous ? 'true' : null);
  for (const [name, value] of headers) say(name, value);
}

// lib/auth/admit.ts
/**
 * Authentication: what an authenticator is, and how its verdict is applied to the request.
 *
 * An authenticator (API key, user name and password, and so on) is a record: how to find a credential, and how to
 * verify it. Several on one route combine as in Kong: without `anonymous`, all of them must accept the request; one
 * with `anonymous` is skipped if another has accepted it, and otherwise accepts a caller without a good credential as
 * its anonymous consumer. They run in the order of the features, and if several accept, the last one's consumer counts:
 * with `anonymous` on each, that is the first, since the others are skipped. Synchronous if nothing has to be awaited.
 * The credential itself never leaves this folder: only the consumer or the credential's id is stored, counted or sent.
 */

/**
 * The step that runs an authenticator on a route. `anonymous`: the caller used in place of one without a good
 * credential; null: such requests are refused.
 */
function admitBy({ runOnPreflight, claimed, find, verify, hide }, anonymous) {
  /** Sets the caller, and the headers by which the gateway, never the caller itself, identifies it to the origin. */
  const settle = (context, judged, credential) => {
    const isBad = isRefusal(judged) && (judged.status === 401 || judged.status === 403);
    const accepted = isBad ? (anonymous ?? judged) : judged;
    if (isRefusal(accepted)) return accepted;
    hide(context, credential);
    const { identity, credentialId } = accepted;
    const again = context.credentialId !== null || context.anonymous;
    context.consumer = identity.consumer;
    context.credentialId = credentialId;
    context.anonymous = credentialId === null;
    setConsumerHeaders(context, identity, again);
    return null;
  };
  return (context) => {
    const plain = context.kong === null;
    if (plain) context.claimed.push(claimed);
    const isAccepted = anonymous !== null && context.credentialId !== null;
    if (isAccepted || (!runOnPreflight && context.method === 'OPTIONS')) {
      if (plain) hide(context, null);
      return null;
    }
    const found = find(context);
    if (isRefusal(found)) return settle(context, found, null);
    const judged = verify(context, found);
    return judged instanceof Promise
      ? judged.then((given) => settle(context, given, found))
      : settle(context, judged, found);
  };
}

function isRefusal(value) {
  return 'reason' in value;
}

// lib/auth/authorization.ts
/**
 * The headers that carry credentials (RFC 9110, 11.6.2 and 11.7.2), as an authenticator reads them.
 *
 * Under Kong's profiles an authenticator sees the changes of those before it: a header that one has hidden or set is so
 * for the next. Otherwise all see what the caller sent, so that their order does not matter.
 */

/** nginx refuses a repeated header, and so does every profile: it is unknown which of the two the origin would use. */
var TWO_LINES = refuse('bad_request', 400, 'Bad request');
/** The platform joins repeated headers with ", ": this matches another scheme followed by a credential. */
var SECOND = /, *(?:basic|bearer|hmac) +[^ ,]/i;

/** The value of WWW-Authenticate; Kong does not escape the realm. */
function challengeOf(scheme, realm, compat) {
  if (realm === null) return scheme;
  return `${scheme} realm="${compat === null ? realm.replace(/["\\]/g, '\\$&') : realm}"`;
}

/** A request header with the changes so far (see above); null if absent. */
var headerSeen = (context, name) =>
  context.kong === null ? context.headers.get(name) : headerNow(context, name);

/** The headers to read, in order; null if all are absent. Kong reads `Proxy-Authorization` first. */
function credentialPlaces(context) {
  const places = context.kong === null ? ['authorization'] : ['proxy-authorization', 'authorization'];
  return places.every((place) => headerSeen(context, place) === null) ? null : places;
}

/** Whether the caller's `Authorization` has this scheme, which is case-insensitive (RFC 9110, 11.1). */
function hasScheme({ headers }, scheme) {
  return (headers.get('authorization') ?? '').split(' ', 1)[0].toLowerCase() === scheme;
}

/** `Authorization`, or another header of its form; a refusal if it is repeated. */
function readAuthorization(context, name) {
  const value = headerSeen(context, name);
  return value?.includes(', ') && SECOND.test(value) ? TWO_LINES : value;
}

// lib/auth/credentials.ts
/** The configured keys, by digest: verified without a verifier. */

function createCredentials(consumers) {
  const byDigest = new Map();
  for (const consumer of consumers)
    for (const { id, sha256, ttlSeconds } of consumer.credentials) {
      const caller = { identity: { consumer, headers: [], id }, credentialId: id ?? sha256 };
      byDigest.set(sha256, { caller, lifeMs: (ttlSeconds ?? Infinity) * 1e3 });
    }
  return { byDigest, bornAt: 0 };
}

/** The caller of a digest (64 hex digits); null if there is none, or the credential has expired. */
function callerByDigest(credentials, digest, now) {
  if (credentials.bornAt === 0) credentials.bornAt = now;
  const credential = credentials.byDigest.get(digest);
  return credential !== undefined && now < credentials.bornAt + credential.lifeMs ? credential.caller : null;
}

/** The caller that a credential with a name of its own belongs to. `isLogin`: the name is a user name. */
function namedCaller(consumer, { id }, name, isLogin) {
  const identity = { consumer, headers: [], id: name, login: isLogin ? name : undefined };
  return { identity, credentialId: id ?? name };
}

/**
 * The anonymous consumer, used for requests without a good credential: the one of that id, else of that username. Null:
 * such requests are refused.
 */
function anonymousCaller(consumers, name) {
  if (name === null) return null;
  const consumer =
    consumers.find(({ id }) => id === name) ?? consumers.find(({ username }) => username === name);
  return consumer === undefined
    ? refuse('anonymous_missing', 500, `anonymous consumer ${name} is configured but doesn't exist`)
    : { identity: { consumer, headers: [] }, credentialId: null };
}

// lib/auth/warm-keys.ts
/**
 * Recently used keys, stored by the key itself, so that they need no WebCrypto and a request with one is accepted
 * without waiting. In memory only, and few. The owner of the map decides when a key is dropped.
 */

/** How many keys are stored, and their greatest length: at most two megabytes of the isolate's 128. */
var MOST_WARM = 2e3;
var LONGEST_WARM = 1024;

/** Stores the value of a key that is not yet stored; if there are too many, the oldest is dropped. */
function keepWarm(warm, key, value) {
  if (key.length > LONGEST_WARM || warm.has(key)) return;
  const [oldest] = warm.keys();
  if (oldest !== undefined && warm.size >= MOST_WARM) warm.delete(oldest);
  // A copy of the string: a slice of a query would keep the whole query in memory.
  warm.set(key.split('').join(''), value);
}

// lib/auth/logins.ts
/**
 * The configured user names and passwords: parses a login and checks its password.
 *
 * Passwords are stored as PBKDF2-HMAC-SHA-256 (RFC 8018) with a salt each: an attacker who reads the configuration has
 * to guess, at a cost of thousands of hashes per guess. The gateway pays as much for each wrong password, before any
 * rate limit applies, so the iterations must fit into a Worker's 10 ms: 5,000 take about 2.5 ms. Right passwords are
 * cached in clear, in memory only, and cost one look-up.
 *
 * Rejected: a salted SHA-256 (a graphics card tries ten billion a second), and scrypt or Argon2 (WebCrypto has neither;
 * one in JavaScript is slower here than on the attacker's side). Kong's SHA-1 of the password and the consumer's id is
 * accepted too, since an export of Kong's contains nothing else.
 */

/** One character for each byte of its UTF-8. */
var byteText = (text) => String.fromCharCode(...new TextEncoder().encode(text));

function createLogins(consumers) {
  const byName = new Map();
  for (const consumer of consumers)
    for (const login of consumer.logins ?? []) {
      const { username, passwordHash } = login;
      const caller = namedCaller(consumer, login, username, true);
      byName.set(byteText(username), { caller, passwordHash, consumerId: byteText(consumer.id) });
    }
  return { byName, warm: new Map() };
}

/**
 * Splits at the first colon with a name before it; the password ends at a line feed. Kong's `([^:]+):(.*)`, in one
 * pass. Null if there is no such colon.
 */
function splitLogin(text) {
  let start = 0;
  while (text[start] === ':') start++;
  const colon = text.indexOf(':', start);
  return colon < 0 ? null : [text.slice(start, colon), text.slice(colon + 1).split('\n', 1)[0]];
}

/** Whether the password is the login's. Caches a right one. */
function checkPassword(logins, login, name, password) {
  const text = `${name}:${password}`;
  if (logins.warm.get(text) === login) return true;
  return hashAs(login, password).then((hash) => {
    const good = hash === login.passwordHash;
    if (good) keepWarm(logins.warm, text, login);
    return good;
  });
}

/** The password's hash with the scheme, iterations and salt of the login's. */
async function hashAs({ passwordHash, consumerId }, password) {
  const [scheme, iterations = '', salt = ''] = passwordHash.split(':');
  if (scheme === 'sha1') return `sha1:${await sha1Of(bytesOf(password + consumerId))}`;
  const salted = Uint8Array.from(salt.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const hash = await pbkdf2Of(bytesOf(password), salted, Number(iterations));
  return `${scheme}:${iterations}:${salt}:${hash}`;
}

// lib/auth/vary.ts
/**
 * Adds Vary, so that a browser whose user changes the credential is not served responses cached for the former caller:
 * a credential in a header is not part of the URL. Only on responses that a cache may reuse without revalidation (RFC
 * 9111, 4.1 and 4.2.2); all others are unchanged.
 */

/** `names`: the headers that may contain a credential, as a value of Vary. */
function varyBy(names) {
  return ({ method, origin }, exit) => {
    if (exit.reason !== null || origin === null || (method !== 'GET' && method !== 'HEAD')) return;
    const { headers } = exit;
    const control = headers.get('cache-control');
    const kept =
      control === null
        ? headers.has('expires') || headers.has('last-modified')
        : !/\bno-store\b/i.test(control);
    if (kept) exit.change().append('Vary', names);
  };
}

// lib/auth/basic-auth.ts
/**
 * User names and passwords (RFC 7617), checked against the configuration's hashes.
 *
 * Under Kong's profiles this is Kong's basic-auth: `Proxy-Authorization` is read first, the scheme may be anywhere in
 * the header as "Basic" or "basic", the search ends at the first known user, and `hideCredentials` removes each header
 * that was read, whatever its scheme (kong/plugins/basic-auth/access.lua). Otherwise only `Authorization` is read, as
 * in the RFC, and removed if its scheme is Basic.
 */

function startBasicAuth({ settings }) {
  const { compat, consumers } = settings;
  const logins = createLogins(consumers);
  return {
    admit: ({ basicAuth }) => {
      if (!basicAuth) return null;
      const authenticator = basicAuthenticator(basicAuth, compat, logins);
      return admitBy(authenticator, anonymousCaller(consumers, basicAuth.anonymous));
    },
    finish: (route) => (route?.basicAuth && compat === null ? varyBy('Authorization') : null),
  };
}

function basicAuthenticator({ hideCredentials, realm }, compat, logins) {
  const old = compat === 'kong-2018';
  const challenge = [['WWW-Authenticate', challengeOf('Basic', old ? 'kong' : realm, compat)]];
  const missing = refuse('no_credential', 401, 'Unauthorized', challenge);
  // Kong 1.1 to 3.5 sent the first of these messages too, but with 401.
  const bad = old
    ? refuse('bad_credential', 403, 'Invalid authentication credentials')
    : refuse('bad_credential', 401, 'Unauthorized', challenge);
  return {
    runOnPreflight: true,
    claimed: claimedNames(),
    find: (context) => findLogin(context, logins, compat, missing),
    verify: (_, { login, name, password }) => {
      if (login === null) return bad;
      const good = checkPassword(logins, login, name, password);
      const judge = (is) => (is ? login.caller : bad);
      return good instanceof Promise ? good.then(judge) : judge(good);
    },
    hide: (context, shown) => {
      if (!hideCredentials) return;
      // Outside Kong's profiles also if authentication was skipped.
      const plain = compat === null;
      if (plain && hasScheme(context, 'basic')) context.originHeaders.push(['authorization', null]);
      if (!plain) for (const name of shown?.looked ?? []) context.originHeaders.push([name, null]);
    },
  };
}

function findLogin(context, { byName }, compat, missing) {
  const places = credentialPlaces(context);
  if (places === null) return missing;
  const looked = [];
  let shown = { login: null, name: '', password: '', looked };
  for (const place of places) {
    const value = readAuthorization(context, place);
    if (value !== null && typeof value !== 'string') return value;
    const [, base64] = (compat === null ? STRICT : KONG).exec(value ?? '') ?? [];
    const text = base64 === undefined ? null : decodeBase64(base64, STANDARD_ALPHABET);
    const pair = text === null ? null : splitLogin(text);
    // Kong does not remove a header that decodes to a string without a colon.
    if (text === null || pair !== null) looked.push(place);
    const [name, password] = pair ?? ['', ''];
    const login = byName.get(name) ?? null;
    shown = { login, name, password, looked };
    if (login !== null) break;
  }
  return shown;
}
var STRICT = /^basic +(.+)$/i;
var KONG = /[Bb]asic[ \t]*(.+)/;

// lib/core/json-pointer.ts
/**
 * Looks up a value in JSON by JSON pointer (RFC 6901): used for verdicts, versions and load figures in responses.
 */

/** The value; undefined if the string is not JSON or the pointer matches nothing. "" is the whole. Never throws. */
function jsonAt(text, pointer) {
  return valueAt(parseJson(text), pointer);
}

/** The same for a value from `parseJson`. */
function valueAt(json, pointer) {
  let value = json;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** The parsed value; undefined if the string is not JSON. */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// lib/core/read-at-most.ts
/** Reads a body of unknown length up to a limit. */

/**
 * The bytes of a stream; null if there are more than `most`, and the rest is not read. Rejects if the stream fails.
 */
async function readAtMost(stream, most) {
  const pieces = [];
  let size = 0;
  const reader = stream?.getReader();
  for (;;) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) return new Blob(pieces).arrayBuffer();
    size += value.length;
    if (size > most) {
      // Not awaited: cancelling one branch of a tee settles only when both branches are cancelled.
      void reader?.cancel().catch(() => undefined);
      return null;
    }
    pieces.push(value);
  }
}

/** More than any verdict, version or load needs. A larger body would have to be buffered for each of them. */
var LARGEST_TEXT = 65536;

/** The text of a response to one of the gateway's own requests; null if it is larger than 64 KiB. */
async function readText({ body }) {
  const bytes = await readAtMost(body, LARGEST_TEXT);
  return bytes && new TextDecoder().decode(bytes);
}

/**
 * The request's body, which is then sent from memory; empty if there is none. `broken`: the refusal of a body that
 * breaks off.
 */
async function readWhole(context, most, tooLarge, broken) {
  const { body, request, upload } = context;
  if (body !== null) return body;
  // `stopped` is set where the body exceeded maxBodyBytes.
  const read = readAtMost(upload?.readable ?? request.body, most).catch(() => context.stopped ?? broken);
  const bytes = (await read) ?? tooLarge;
  if (request.body !== null && bytes instanceof ArrayBuffer) context.body = bytes;
  return bytes;
}

/** Whether the platform decodes the response's body when it is read; no other coding is decoded here. */
var isDecoded = ({ headers }) =>
  /^(?:gzip|br|deflate|identity|)$/i.test(headers.get('content-encoding') ?? '');

// lib/auth/api-key.ts
/**
 * Finds the key in header or query, and hides it from the origin. For body fields see body-key.ts.
 *
 * For each name in order, each place is tried in order (Kong: header, query, body). The first place with any value for
 * the name decides: a wrong key there is not saved by a right one in a later place, an empty one counts as absent, and
 * a repeated one is refused, since it is unknown which of the two the origin would use. Only the first 100 arguments
 * are read, as in Kong.
 *
 * The platform joins repeated headers with ", " before a Worker sees them, so two headers look like one whose key
 * contains ", ". Such a value is marked `joined`: it is a key if it is valid as a whole, and a duplicate otherwise.
 *
 * Rejected: URLSearchParams, both for finding (it decodes the whole query for one name) and for hiding (it re-encodes
 * the rest, which breaks signed URLs; Kong does so since 3.9, and so do its profiles: hide-as-kong.ts).
 */

var MOST_ARGUMENTS = 100;

/**
 * The key of a request; null if there is none. `query` is without its "?"; `fields` is null if the body has no fields.
 */
function findKey(auth, headers, query, fields) {
  for (const name of auth.keyNames) {
    for (const place of auth.keyIn) {
      const values =
        place === 'header'
          ? headerValues(headers, name)
          : place === 'query'
            ? argumentsOf(query, name)
            : (fields?.valuesOf(name) ?? []);
      const key = values[0];
      if (key === undefined) continue;
      if (values.length > 1) return { name, key: '', repeated: true, joined: false };
      // Not a string, such as `?apikey`: no further place is tried for this name, as in Kong.
      if (key === null) break;
      return { name, key, repeated: false, joined: place === 'header' && key.includes(', ') };
    }
  }
  return null;
}

/** nginx also reads `api-key` for a configured `api_key`, but not vice versa. */
function headerValues(headers, name) {
  const key = headers.get(name) ?? (name.includes('_') ? headers.get(name.replaceAll('_', '-')) : null);
  return key === null ? [] : [key];
}

/** All values of an argument in a query or urlencoded form, in order; null for one without "=". */
function argumentsOf(text, name) {
  if (!mayHold(text, name)) return [];
  const pieces = text.split('&').filter((piece) => piece !== '');
  const named = pieces.slice(0, MOST_ARGUMENTS).filter((piece) => nameOf(piece) === name);
  return named.map((piece) => (piece.includes('=') ? decoded(piece.slice(piece.indexOf('=') + 1)) : null));
}

/** The text without arguments of those names; all other bytes are preserved. */
function cutArguments(text, names) {
  if (!names.some((name) => mayHold(text, name))) return text;
  const pieces = text.split('&');
  return pieces.filter((piece) => !names.includes(nameOf(piece))).join('&');
}

// Names consist of letters, digits, "_" and "-", so they appear in the text literally or percent-encoded.
function mayHold(text, name) {
  return text.includes(name) || text.includes('%');
}

/** The name of an argument, its escapes decoded to a character for each byte. */
function nameOf(piece) {
  const end = piece.indexOf('=');
  const name = end < 0 ? piece : piece.slice(0, end);
  return name.includes('%')
    ? name.replace(/%[\da-f]{2}/gi, (byte) => String.fromCharCode(Number.parseInt(byte.slice(1), 16)))
    : name;
}

/** "+" is a space and a malformed escape is left as it is: the rules of the URL standard, and nginx's. */
function decoded(text) {
  return text.includes('%') || text.includes('+') ? new URLSearchParams('=' + text).get('') : text;
}

/** The query (with its "?") without those arguments. */
function hideInQuery(query, names) {
  const rest = cutArguments(query.slice(1), names);
  return rest === '' ? '' : '?' + rest;
}

/** The Referer without those arguments: the page's URL may contain the key too. */
function hideInReferer(referer, names) {
  const from = referer.indexOf('?');
  if (from < 0) return referer;
  const hash = referer.indexOf('#', from);
  const to = hash < 0 ? referer.length : hash;
  return referer.slice(0, from) + hideInQuery(referer.slice(from, to), names) + referer.slice(to);
}

/**
 * Removes the key, under every name, from query, Referer, cookies and body of the request to the origin, where it would
 * end up in logs; headers are dropped because their names are claimed. Only for accepted requests, so that a flood of
 * keys costs no more.
 */
function hideKeys(context, names) {
  const { headers, originHeaders, fields } = context;
  const sent = namesOf(context);
  context.originQuery = hideInQuery(context.originQuery, names);
  const referer = sent.includes('referer') ? headers.get('referer') : null;
  if (referer?.includes('?')) originHeaders.push(['referer', hideInReferer(referer, names)]);
  const cookies = sent.includes('cookie') ? headers.get('cookie') : null;
  const kept = cookies && cutCookies(cookies, names);
  if (kept !== cookies) originHeaders.push(['cookie', kept]);
  if (fields !== null && names.some((name) => fields.valuesOf(name).length > 0))
    context.body = fields.without(names);
}

// lib/auth/body-key.ts
/**
 * The fields of a request body, for keys in it: urlencoded forms, JSON objects and multipart forms of at most 8 KiB
 * (nginx's in-memory buffer: Kong can't read larger ones either). Any other or malformed body has no fields.
 *
 * Removing a field preserves all other bytes, file parts and the digits of long numbers included; Kong sorts the
 * fields, re-encodes JSON and loses file names.
 *
 * Rejected: FormData, which picks a new boundary and so a new Content-Type, and holds files as streams of this request;
 * JSON.parse with a reviver and JSON.stringify for removing, which overflow the stack on a body of 4,000 brackets.
 */

var LARGEST_BODY = 8192;

/** Runs before key-auth and reads the bodies on routes whose key may be in them. */
function startBodyKey({ settings }) {
  const legacy = settings.compat === 'kong-2018';
  return {
    admit: ({ auth }) => {
      if (!auth?.keyIn.includes('body')) return null;
      return (context) => (mayHoldKey(context, auth) ? readInto(context, legacy) : null);
    },
  };
}

async function readInto(context, legacy) {
  const read = await readFields(context.request);
  if (read !== null) context.body = read.bytes;
  context.fields = read?.fields ?? null;
  // Kong up to 2.1 refused a body that it could not read; later versions treat it as a body without fields.
  return context.fields === null && legacy ? UNREADABLE_BODY : null;
}
var UNREADABLE_BODY = refuse('bad_body', 400, 'Cannot process request body');

/** A GET's body is not read: the platform forwards the original, but a Worker can't construct one. */
function mayHoldKey({ method, request }, { runOnPreflight }) {
  return request.body !== null && method !== 'GET' && (method !== 'OPTIONS' || runOnPreflight);
}

/**
 * Reads a body that may have fields; null if it was not read, or not to its end. `bytes` replaces the request's stream,
 * which is used up then. A body without Content-Length is read from a clone, so that one that turns out larger can
 * still be forwarded.
 */
async function readFields(request) {
  const type = request.headers.get('content-type') ?? '';
  if (request.body === null || !/x-www-form-urlencoded|application\/json|multipart\/form-data/i.test(type))
    return null;
  const length = request.headers.get('content-length');
  if (Number(length) > LARGEST_BODY) return null;
  const read = length === null ? readAtMost(request.clone().body, LARGEST_BODY) : request.arrayBuffer();
  // A body that breaks off has no fields, and fails when it is forwarded.
  const bytes = await read.catch(() => null);
  return bytes && { bytes, fields: parseBodyFields(type, new Uint8Array(bytes)) };
}

/** The fields of a body of that type; null if it is malformed. */
function parseBodyFields(type, bytes) {
  if (/multipart\//i.test(type)) return multipartFields(type, bytes);
  const text = new TextDecoder().decode(bytes);
  if (/json/i.test(type)) return jsonFields(text);
  return {
    valuesOf: (name) => argumentsOf(text, name),
    without: (names) => encoded(cutArguments(text, names)),
  };
}

function jsonFields(text) {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map(Object.entries(value));
  return {
    valuesOf: (name) => {
      const field = fields.get(name);
      if (field === undefined) return [];
      // Kong takes a list or an object for several values, whatever is in it.
      if (typeof field === 'object' && field !== null) return [null, null];
      return [typeof field === 'string' ? field : null];
    },
    without: (names) => encoded(Array.isArray(value) ? text : cutMembers(text, names)),
  };
}

/** The strings, brackets and commas of a JSON text: all that is needed to find its members. */
var TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

/** A JSON object's text without its top-level members of those names. */
function cutMembers(text, names) {
  const open = text.indexOf('{') + 1;
  const kept = [];
  let [depth, start] = [0, open];
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    if (depth > 1 || (depth === 1 && token !== ',')) continue;
    if (depth === 0 || token === ',') {
      const member = text.slice(start, index);
      if (!names.includes(memberName(member))) kept.push(member);
      start = index + 1;
    }
  }
  return text.slice(0, open) + kept.join(',') + text.slice(start - 1);
}

/** "" if there is no name. */
function memberName(member) {
  const [name = '""'] = /"(?:[^"\\]|\\.)*"/s.exec(member) ?? [];
  return parseJson(name);
}

/** Works on strings of one character per byte, so that binary parts are preserved. */
function multipartFields(type, bytes) {
  const boundary = /boundary="?([^";\s]+)/i.exec(type);
  if (boundary === null) return null;
  const line = '\r\n--' + boundary[1];
  const parts = ('\r\n' + String.fromCharCode(...bytes)).split(line);
  // A name consists of letters, digits, "_" and "-", so it needs no escaping in the pattern.
  const named = (name) => (part) =>
    new RegExp(`[;\\s]name="?${name}"?\\s*(;|$)`, 'm').test(part.split('\r\n\r\n', 1)[0]);
  return {
    valuesOf: (name) => parts.filter(named(name)).map(contentOf),
    without: (names) => {
      const isNamed = names.map(named);
      const others = parts.filter((part) => !isNamed.some((is) => is(part)));
      return latin1Bytes(others.join(line).slice(2));
    },
  };
}

var contentOf = (part) => new TextDecoder().decode(latin1Bytes(part.slice(part.indexOf('\r\n\r\n') + 4)));

function encoded(text) {
  return new TextEncoder().encode(text).buffer;
}
function latin1Bytes(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
}

// lib/auth/single-flight.ts
/**
 * Single flight: concurrent requests for the same id share one piece of work, even if some of their callers disconnect
 * (Go's singleflight, for Workers).
 *
 * On Workers a promise belongs to the request that created it and dies with it; another request that awaits it then
 * hangs forever. Therefore the shared promise never rejects and resolves to plain data; waitUntil keeps its request
 * alive from the same tick on; every waiting request, the first included, has its own timer; and a request that finds a
 * flight overdue starts the next one. A request can be killed during its flight (CPU limit, eviction), so every flight
 * has a deadline.
 *
 * Flights queue in a few slots, one after the other in each, so that at most as many run at a time as there are slots.
 * Only the current flight of an id may have its result stored: that of one that was superseded or forgotten is ignored.
 *
 * Rejected: a promise that another request resolves (the runtime kills a request that waits for nothing of its own,
 * before the compatibility date 2024-10-14 even with a timer), and polling (late by half a period).
 */

/** Long enough for a cold start with hundreds of callers, and short enough to refuse a flood at once. */
var SLOT_DEPTH = 50;
/**
 * The longest wait for a slot. Together with the work it stays within the 30 s that waitUntil gives after a caller has
 * disconnected.
 */
var QUEUE_MS = 1e4;
var FLIGHT_GRACE_MS = 250;

function createFlights(slots) {
  return { slots: Array.from({ length: slots }, () => []), inFlight: new Map() };
}

/** Whether there is a flight to join. */
function isInFlight(flights, id, now) {
  return flightOf(flights, id, now) !== null;
}

/** Whether work could start at once. */
function hasFreeSlot(flights, now) {
  return flights.slots.some((slot) => waitingIn(slot, now) === 0);
}

/** The result of work that started after the last forget; null if there is none, or the queues are full. */
async function joinFlight(flights, work, asker) {
  for (let turn = 0; turn < 3; turn++) {
    const now = asker.runtime.now();
    const flight = flightOf(flights, work.id, now) ?? startFlight(flights, work, asker, now);
    if (flight === null) return null;
    const result = await settledWithin(flight.result, flight.until - now, asker.runtime);
    if (result === undefined) finishFlight(flights, work.id, flight);
    else if (!flight.forgotten) return result;
  }
  return null;
}

/** Results of work that started before are no longer used. `id` null: of all work. */
function forgetFlights({ inFlight: inFlight2 }, id) {
  for (const [each, flight] of inFlight2) {
    if (id !== null && each !== id) continue;
    flight.forgotten = true;
    inFlight2.delete(each);
  }
}

/** The flight to join; null if there is none, or it is past its deadline. */
function flightOf(flights, id, now) {
  const flight = flights.inFlight.get(id);
  return flight !== undefined && flight.until > now ? flight : null;
}

/** Queues a flight in the shortest slot that it may use; null if all of them are full. */
function startFlight(flights, work, asker, now) {
  let shortest = null;
  let length = SLOT_DEPTH;
  // From the last slot backwards, so that work with access to the reserved slots uses those first.
  for (let i = work.slots - 1; i >= 0; i--) {
    const slot = flights.slots[i];
    if (waitingIn(slot, now) >= length) continue;
    shortest = slot;
    length = slot.length;
  }
  if (shortest === null) return null;
  const until = now + QUEUE_MS + work.timeoutMs + FLIGHT_GRACE_MS;
  const flight = { result: NO_RESULT, until, slot: shortest, forgotten: false };
  shortest.push(flight);
  flights.inFlight.set(work.id, flight);
  flight.result = run(flights, work, flight, asker.runtime);
  asker.waitUntil(flight.result);
  return flight;
}
var NO_RESULT = Promise.resolve(null);

async function run(flights, work, flight, runtime) {
  const lastCall = runtime.now() + QUEUE_MS;
  const before = flight.slot[flight.slot.length - 2];
  if (before !== undefined) await settledWithin(before.result, before.until - runtime.now(), runtime);
  const startedAt = runtime.now();
  const result = startedAt > lastCall || flight.forgotten ? null : await work.start();
  if (finishFlight(flights, work.id, flight)) work.finish(result, startedAt);
  return result;
}

/** Frees its place in the slot. True if it was the current flight of its id, so that its result may be stored. */
function finishFlight(flights, id, flight) {
  const place = flight.slot.indexOf(flight);
  if (place >= 0) flight.slot.splice(place, 1);
  return flights.inFlight.get(id) === flight && flights.inFlight.delete(id);
}

// A slot's flights end in the order of their start, so the dead ones are at the front.
function waitingIn(slot, now) {
  while (slot[0] !== undefined && slot[0].until <= now) slot.shift();
  return slot.length;
}

// lib/core/cache-control.ts
/** How long a response is fresh for a shared cache (RFC 9111, section 4.2). */

// A name and an optional, possibly quoted value: linear, each character is read once.
var DIRECTIVE = /([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*(?:"([^"]*)"|([^\s,"]*)))?/g;

/** The directives of a Cache-Control header, names in lower case; the first of each name is used. */
function cacheDirectives(text) {
  const directives = new Map();
  for (const [, name = '', quoted, plain] of (text ?? '').matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    if (!directives.has(key)) directives.set(key, quoted ?? plain ?? '');
  }
  return directives;
}

/** Longer times count as this one (RFC 9111, section 1.2.2); "Expires: Fri, 31 Dec 9999 23:59:59 GMT" is common. */
var LONGEST_SECONDS = 2 ** 31;

/**
 * Seconds that a response remains fresh from `now` (ms since 1970): s-maxage, else max-age, else Expires, minus its
 * Age. Null if none of them is present, -1 for no-store, 0 for no-cache. Malformed values count as stale, as section
 * 4.2.1 advises.
 */
function freshSeconds(headers, now) {
  const directives = cacheDirectives(headers.get('cache-control'));
  if (directives.has('no-store')) return -1;
  if (directives.has('no-cache')) return 0;
  const life = directives.get('s-maxage') ?? directives.get('max-age');
  const seconds = life === undefined ? untilExpiry(headers, now) : /^\d+$/.test(life) ? Number(life) : 0;
  if (seconds === null) return null;
  const age = Math.max(0, Number(headers.get('age')) || 0);
  return Math.max(0, Math.min(LONGEST_SECONDS, seconds) - age);
}

function untilExpiry(headers, now) {
  const expires = headers.get('expires');
  if (expires === null) return null;
  const date = Date.parse(headers.get('date') ?? '');
  return Math.max(0, (Date.parse(expires) - (Number.isNaN(date) ? now : date)) / 1e3 || 0);
}

// lib/auth/verifier.ts
/**
 * Asks the verifier about one key, once. The result is good, bad or no verdict: only an unambiguous response counts; a
 * timeout, a 5xx, a redirect, more than 64 KiB or a body that is not JSON is no verdict.
 *
 * The verdict is plain data: a Response belongs to the request that fetched it, while a verdict is shared by all
 * requests that wait for it. Nothing is thrown and nothing is logged: an error message could contain the URL, and the
 * URL the key.
 */

var BAD_VERDICT = { good: false, consumer: null, headers: [], lifeSeconds: null };

/** The verifier's verdict; null if it gives none in time. */
async function askVerifier(verify, key, runtime) {
  const inUrl = verify.url.includes('{key}');
  if (!canTravel(key, inUrl)) return BAD_VERDICT;
  return tryWithin(runtime, verify.timeoutMs, async (signal) => {
    const { method } = verify;
    const headers = new Headers(verify.headers);
    if (!inUrl) headers.set(verify.keyHeader, key);
    const url = inUrl ? verify.url.replaceAll('{key}', () => encodeURIComponent(key)) : verify.url;
    // Cloudflare's cache also goes by the URL's extension, and a key may end in ".pdf": neither verdicts nor keys may
    // be cached there.
    const cf = { cacheTtl: -1 };
    const response = await runtime.fetch(url, { method, headers, redirect: 'manual', signal, cf });
    const text = await readText(response);
    return readVerdict(verify, response.status, text, freshSeconds(response.headers, runtime.now()));
  });
}

/**
 * Whether the key can be sent unchanged. Otherwise the verifier would be asked about something else: a key of dots
 * climbs the path ("/keys/.." is "/", and "%2E" is a dot to URL parsers), a lone surrogate has no UTF-8, and a header
 * value has no control characters and no spaces at its ends. No such key is good.
 */
function canTravel(key, inUrl) {
  if (inUrl) return !/^\.+$/.test(key) && !/[\ud800-\udfff]/u.test(key);
  return key === key.trim() && !/[\0-\x1f\x7f]/.test(key);
}

/**
 * The verdict of a response. `text` is null if the body is too large, `lifeSeconds` is the lifetime by its headers.
 */
function readVerdict(verify, status, text, lifeSeconds) {
  if (status === 401 || status === 403 || status === 404) return { ...BAD_VERDICT, lifeSeconds };
  if (status !== 200) return null;
  const { field, consumer, upstreamHeaders } = verify;
  const pointers = [field, consumer.id, consumer.username, consumer.customId, upstreamHeaders[0]];
  const json = pointers.some((pointer) => pointer != null) ? parseJson(text ?? '') : null;
  if (json === undefined) return null;
  if (field !== null && valueAt(json, field) !== true) return { ...BAD_VERDICT, lifeSeconds };
  return {
    good: true,
    consumer: readConsumer(consumer, json),
    headers: upstreamHeaders.map(([name, pointer]) => [name, headerText(json, pointer)]),
    lifeSeconds,
  };
}

function readConsumer(pointers, json) {
  const username = headerText(json, pointers.username);
  const customId = headerText(json, pointers.customId);
  const id = headerText(json, pointers.id) ?? username ?? customId;
  return id === null ? null : makeConsumer(id, username, customId);
}

/** A consumer that is not configured. */
function makeConsumer(id, username, customId) {
  return {
    id,
    ...(username !== null && { username }),
    ...(customId !== null && { customId }),
    credentials: [],
  };
}

/** A string, number or boolean as a header value; null for anything else, "" and a string with control characters. */
function headerText(json, pointer) {
  const value = pointer === null ? null : valueAt(json, pointer);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  return value === '' || /[\0-\x1f\x7f]/.test(String(value)) ? null : String(value);
}

// lib/auth/packed-entry.ts
/**
 * A cache entry as one flat string: an isolate has 128 MB, and an object with its own strings takes two to three times
 * as much (135 bytes a key with id and username in workerd's heap, instead of 300 to 430).
 *
 *   1 character   flags: good, used, failed
 *   5 characters  freshUntil, in units of 10 ms since 1970, a byte each
 *   4 characters  lifetime, in units of 10 ms
 *   6 characters  failedAt, if failed
 *   the rest      the consumer's id, username and custom id and the values of verify.upstreamHeaders, each after a LF
 *
 * `join` makes a flat string; concatenation would keep all parts alive. No part contains a LF, which a header can't
 * hold. Rejected: JSON, with half the code and 159 bytes a key.
 */

var [GOOD, USED, FAILED] = [1, 2, 4];
/** An absent value. */
var NONE = '\0';
var LONGEST_LIFE = 2 ** 32 - 1;

/** Packs an entry, marked as unused. */
function packEntry({ good, consumer, headers, freshUntil, lifeMs, failedAt }) {
  const times = [(good ? GOOD : 0) | (failedAt > 0 ? FAILED : 0)];
  pushBytes(times, Math.max(0, Math.floor(freshUntil / 10)), 5);
  pushBytes(times, Math.min(LONGEST_LIFE, Math.floor(lifeMs / 10)), 4);
  if (failedAt > 0) pushBytes(times, failedAt, 6);
  const parts = [String.fromCharCode(...times)];
  if (consumer !== null || headers.length > 0) {
    parts.push(consumer?.id ?? NONE, consumer?.username ?? NONE, consumer?.customId ?? NONE);
    for (const [, value] of headers) parts.push(value ?? NONE);
    while (parts.at(-1) === NONE) parts.pop();
  }
  return parts.join('\n');
}

/** Unpacks an entry. The header names are those of the settings. */
function unpackEntry(packed, verify) {
  const flags = packed.charCodeAt(0);
  const end = (flags & FAILED) === 0 ? 10 : 16;
  const parts = packed.slice(end + 1).split('\n');
  const part = (at) => {
    const value = parts[at];
    return value === undefined || value === '' || value === NONE ? null : value;
  };
  const id = part(0);
  const good = (flags & GOOD) !== 0;
  return {
    good,
    consumer: id === null ? null : makeConsumer(id, part(1), part(2)),
    headers: good && verify !== null ? verify.upstreamHeaders.map(([name], i) => [name, part(i + 3)]) : [],
    freshUntil: readBytes(packed, 1, 5) * 10,
    lifeMs: readBytes(packed, 6, 4) * 10,
    failedAt: end > 10 ? readBytes(packed, 10, 6) : 0,
  };
}

/** The entry marked as used or unused; the same string if it is already. */
function withUse(packed, used) {
  const flags = packed.charCodeAt(0);
  const wanted = used ? flags | USED : flags & ~USED;
  // Joining an array of characters makes one flat string, where concatenation would keep both.
  return flags === wanted ? packed : [String.fromCharCode(wanted), ...packed.slice(1).split('')].join('');
}

function pushBytes(into, value, count) {
  for (let i = count - 1; i >= 0; i--) into.push(Math.floor(value / 256 ** i) % 256);
}

function readBytes(text, at, count) {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 256 + text.charCodeAt(i);
  return value;
}

// lib/auth/forget.ts
/**
 * What the operator sees of cached verdicts, and how they are forgotten: by the status page, or because the key was
 * revoked in another isolate.
 */

function startForget({ hooks }) {
  const stores = () => hooks.flatMap(({ verdicts }) => verdicts?.() ?? []);
  return {
    report: () => ({ keys: countEntries(stores()) }),
    forget: (digest) => stores().reduce((sum, store) => sum + forgetKey(store, digest), 0),
  };
}

function countEntries(stores) {
  const sizes = { good: 0, bad: 0 };
  for (const { good, bad } of stores) {
    sizes.good += good.entries.size;
    sizes.bad += bad.entries.size;
  }
  return sizes;
}

/**
 * Forgets one digest (64 hex digits), or all (null). The result of a check in flight is no longer used. Returns the
 * number of entries dropped.
 */
function forgetKey(store, digest) {
  const { good, bad, warm, flights } = store;
  forgetFlights(flights, digest);
  if (digest !== null) return dropVerdict(store, shortDigest(digest));
  const dropped = good.entries.size + bad.entries.size;
  for (const map of [good.entries, bad.entries, warm]) map.clear();
  return dropped;
}

// lib/auth/hide-as-kong.ts
/**
 * Hides a key from the origin as Kong does: only the name under which it was found. Kong 3.9 and later re-encode the
 * whole query, earlier versions sort it as well. Cleaning the Referer goes beyond Kong.
 */

function hideAsKong(context, name) {
  const { headers, originHeaders, fields, kong } = context;
  originHeaders.push([name, null]);
  if (name.includes('_')) originHeaders.push([name.replaceAll('_', '-'), null]);
  context.originQuery = withoutArgument(context.originQuery, name, kong?.compat ?? null);
  const referer = headers.get('referer');
  if (referer !== null) originHeaders.push(['referer', hideInReferer(referer, [name])]);
  if (fields !== null && fields.valuesOf(name).length > 0) context.body = fields.without([name]);
}

/** The query, with its "?". */
function withoutArgument(query, name, compat) {
  const pairs = new URLSearchParams(query);
  pairs.delete(name);
  if (compat === 'kong-2018') pairs.sort();
  const rest = pairs.toString().replaceAll('+', '%20');
  return rest === '' ? '' : '?' + rest;
}

// lib/core/http-date.ts
/** HTTP dates (RFC 9110, 5.6.7) in their three forms; `Date.parse` accepts many more. */

/** "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"; nginx requires neither the day nor the zone. */
var USUAL = /^[^, ]*, *(\d\d)([ -])(\w{3})\2(\d{4}|\d\d) ([\d:]{8})/;
/** "Sun Nov  6 08:49:37 1994": asctime's form. */
var ASCTIME = /^[^, ]+ +(\w{3}) ([ \d])(\d) ([\d:]{8}) (\d{4})/;

/** Seconds since 1970, as nginx reads dates; null if it is no valid date. */
function parseHttpDate(text) {
  const usual = text.replace(
    ASCTIME,
    (_, month2, tens, ones, time2, year2) => `, ${tens.trim() || 0}${ones} ${month2} ${year2} ${time2}`,
  );
  const [, day, dash, month, year = '', time] = USUAL.exec(usual) ?? [];
  // Years of two digits go with dashes; from 70 on they are in the 20th century.
  const isShort = year.length === 2;
  const plain = `${day} ${month} ${isShort ? (year < '70' ? 20 : 19) : ''}${year} ${time}`;
  const date = new Date(`${plain} GMT`);
  // A day that does not exist, such as April 31st, is normalised to another.
  return isShort === (dash === '-') && date.toUTCString().includes(plain) ? date.getTime() / 1e3 : null;
}

// lib/auth/verify-keys.ts
/**
 * Keys for verifying signatures. Each is imported at its first use and cached for the isolate's lifetime: only the
 * first requests wait for it, and there are no more keys than configured credentials.
 */

/** Requests during the import each import the key themselves: none may await a promise of another request. */
function importOnce(load) {
  let key;
  return () => (key === undefined ? load().then((loaded) => (key = loaded)) : key);
}

/** The key of a secret: its UTF-8 bytes, or the bytes that it encodes in base64 of either alphabet. */
function secretKey(secret, base64, algorithm, runtime) {
  return importOnce(async () => {
    const text = typeof secret === 'string' ? secret : await boundText(secret.binding);
    if (text === null && typeof secret !== 'string')
      runtime.log(`Cannot read a secret: there is no binding ${secret.binding}`);
    const bytes = base64
      ? bytesOfBase64(text ?? '', EITHER_ALPHABET)
      : Uint8Array.from(new TextEncoder().encode(text ?? ''));
    return bytes === null || bytes.length === 0 ? null : importVerifyKey('raw', bytes, algorithm);
  });
}

/** A public key in PEM, as written by `openssl pkey -pubout`. */
function publicKey(pem, algorithm) {
  return importOnce(async () => {
    const bytes = bytesOfBase64(pem.replace(/-----[\w ]+-----|\s/g, ''), STANDARD_ALPHABET);
    return bytes && importVerifyKey('spki', bytes, algorithm);
  });
}

// lib/auth/hmac/body-digest.ts
/** Whether a body matches the Digest header. */

/** The largest body in bytes: what Kong buffers in memory, and what a Worker easily can. */
var KONG_MOST = 8192;
var MOST = 1024 * 1024;
var TOO_LARGE = refuse('body_too_large', 413, 'Request size limit exceeded');

/**
 * A body without Digest must be empty. One that is too large to buffer is a mismatch under Kong's profiles, and refused
 * with 413 otherwise.
 */
async function isOwnDigest(context) {
  const digest = context.headers.get('digest');
  const body = context.body ?? (await readBody(context, context.kong === null ? MOST : KONG_MOST));
  if (body === null) return context.kong === null ? TOO_LARGE : false;
  return digest === null ? body.byteLength === 0 : digest === `SHA-256=${await sha256Of(body)}`;
}

/**
 * Null if the body is too large or breaks off. It is read from a clone if its length is unknown, since the request may
 * still be forwarded as an anonymous one, and for GET and HEAD, whose body can't be replaced: the platform lets no
 * Worker construct one.
 */
async function readBody(context, most) {
  const { request, headers, method } = context;
  const length = headers.get('content-length');
  if (Number(length) > most) return null;
  const isCopied = request.body !== null && (length === null || method === 'GET' || method === 'HEAD');
  const body = await readAtMost((isCopied ? request.clone() : request).body, most).catch(() => null);
  if (request.body !== null && !isCopied) context.body = body;
  return body;
}

// lib/auth/hmac/signature.ts
/**
 * The signature header and the signed text: the scheme of draft-cavage-http-signatures in Kong's variant, which clients
 * use.
 */

/**
 * Kong's pattern, but in linear time: of its greedy groups only the last has to be greedy, as it extends to the last
 * quote. The two differ for user names with quotes.
 */
var SIGNATURE =
  /[Hh]mac\s*username="([^"]+)",\s*algorithm="([^"]+)",\s*headers="([^"]+)",\s*signature="(.+)"/;

/** Null if the header holds none. */
function readSignature(header) {
  const [, username = '', algorithm = '', names = '', signature = ''] = SIGNATURE.exec(header) ?? [];
  return signature === '' ? null : { username, algorithm, names: names.split(' '), signature };
}

var TOKEN2 = /^[\w!#$%&'*+.^`|~-]+$/;
/** A bound is needed: a list may name one long header a thousand times. */
var LONGEST_SIGNED = 131072;

/** One line for each name; null if that is longer than all headers together can be. */
function signedText(context, names, target) {
  let length = 0;
  const lines = [];
  for (const name of names) {
    const line = lineOf(context, name, target);
    length += line.length + 1;
    if (length > LONGEST_SIGNED) return null;
    lines.push(line);
  }
  return lines.join('\n');
}

/** nginx also reads `x-date` for `x_date`. */
function lineOf({ headers, request, method }, name, target) {
  const value = TOKEN2.test(name) ? (headers.get(name) ?? headers.get(name.replaceAll('_', '-'))) : null;
  if (value !== null) return `${name}: ${value}`;
  if (name === '@request-target') return `${name}: ${method.toLowerCase()} ${target}`;
  if (name !== 'request-line') return `${name}:`;
  const version = protocolOf(request);
  return `${method} ${target} HTTP/${version.includes('.') ? version : `${version}.0`}`;
}

// lib/auth/hmac/hmac-auth.ts
/**
 * Requests that are signed with a secret: Kong's hmac-auth. The signature covers what its `headers` list names, a date
 * limits how long the request can be replayed, and a digest may protect the body.
 *
 * Kong's profiles follow Kong (kong/plugins/hmac-auth/access.lua): `Proxy-Authorization` is read first, either date
 * counts, signed or not, and the message for an unknown user differs from that for a wrong signature. Otherwise only a
 * signed date counts (an unsigned one limits nothing), the names that must be signed are compared case-insensitively,
 * and the two messages are the same.
 */

var HMAC_ALGORITHMS = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'];

function startHmacAuth({ settings, runtime }) {
  const { compat, consumers } = settings;
  const signatories = createSignatories(consumers, runtime);
  return {
    admit: ({ hmacAuth }) => {
      if (!hmacAuth) return null;
      const authenticator = hmacAuthenticator(hmacAuth, compat, signatories);
      return admitBy(authenticator, anonymousCaller(consumers, hmacAuth.anonymous));
    },
    finish: (route) => (route?.hmacAuth && compat === null ? varyBy('Authorization') : null),
  };
}

function createSignatories(consumers, runtime) {
  const signatories = new Map();
  for (const consumer of consumers)
    for (const credential of consumer.hmacSecrets ?? []) {
      const { username, secret } = credential;
      const keyOf = (algorithm) =>
        secretKey(
          secret,
          false,
          { name: 'HMAC', hash: `SHA-${algorithm.slice('hmac-sha'.length)}` },
          runtime,
        );
      signatories.set(username, {
        caller: namedCaller(consumer, credential, username, true),
        keys: new Map(HMAC_ALGORITHMS.map((algorithm) => [algorithm, keyOf(algorithm)])),
      });
    }
  return signatories;
}

function hmacAuthenticator(
  { algorithms, signed, bodyDigest, hideCredentials, clockSkewSeconds, realm },
  compat,
  signatories,
) {
  const plain = compat === null;
  const old = compat === 'kong-2018';
  const challenge = old ? [] : [['WWW-Authenticate', challengeOf('hmac', realm, compat)]];
  // Kong's responses: before 1.1 all but the first were 403, and before 3.8 there was no challenge.
  const missing = refuse('no_signature', 401, 'Unauthorized', challenge);
  const bad = (message) => refuse('bad_signature', old ? 403 : 401, message, challenge);
  const unverifiable = bad(UNVERIFIABLE);
  const outdated = bad(`${UNVERIFIABLE}, a valid date or x-date header is required for HMAC Authentication`);
  const wrong = bad('HMAC signature does not match');
  const spelt = (names) =>
    plain ? names.map((name) => (SPECIAL.test(name) ? name : name.toLowerCase())) : names;
  const needed = spelt(signed);

  return {
    runOnPreflight: true,
    claimed: claimedNames(),
    find: (context) => {
      const shown = findSignature(context);
      if (shown === null) return missing;
      if ('reason' in shown) return shown;
      if (plain && shown.signature === null) return unverifiable;
      const names = plain ? spelt(shown.signature?.names ?? []) : DATES;
      const isRecent2 = (name) => names.includes(name) && isNear(context, name, clockSkewSeconds);
      return DATES.some(isRecent2) ? shown : outdated;
    },
    verify: async (context, { signature: shown }) => {
      if (shown === null) return unverifiable;
      const { names, algorithm, username, signature } = shown;
      const covered = spelt(names);
      const isAllowed = algorithms.includes(algorithm);
      if (!isAllowed || !needed.every((name) => covered.includes(name))) return unverifiable;
      const signatory = signatories.get(username);
      if (signatory === undefined) return plain ? wrong : unverifiable;
      const key = await signatory.keys.get(algorithm)();
      const bytes = bytesOfBase64(signature, STANDARD_ALPHABET);
      if (key === null || bytes === null) return wrong;
      let good = false;
      for (const target of targetsOf(context, names)) {
        const text = signedText(context, names, target);
        good ||= text !== null && (await isSignedBy(key, { name: 'HMAC' }, bytes, text));
      }
      const own = good && (!bodyDigest || (await isOwnDigest(context)));
      return own === true ? signatory.caller : own || wrong;
    },
    hide: (context, shown) => {
      // Outside Kong's profiles also if authentication was skipped.
      const place = plain && hasScheme(context, 'hmac') ? 'authorization' : plain ? undefined : shown?.place;
      if (hideCredentials && place !== undefined) context.originHeaders.push([place, null]);
    },
  };
}

var UNVERIFIABLE = 'HMAC signature cannot be verified';
/** Case matters in these: in another spelling they name headers, which no client sends. */
var SPECIAL = /^(@.*|request-line)$/i;
var DATES = ['x-date', 'date'];

/** Null if both headers are absent; the second is read if the first holds no signature. */
function findSignature(context) {
  const places = credentialPlaces(context);
  if (places === null) return null;
  for (const place of places) {
    const value = readAuthorization(context, place);
    if (value !== null && typeof value !== 'string') return value;
    const signature = value === null ? null : readSignature(value);
    if (signature !== null) return { signature, place };
  }
  return { signature: null, place: 'authorization' };
}

/** Whether a header's date is within the clock skew in either direction, limits included; in whole seconds. */
function isNear(context, name, skewSeconds) {
  const value = context.headers.get(name);
  const date = value === null ? null : parseHttpDate(value);
  return date !== null && Math.abs(Math.floor(context.startedAt / 1e3) - date) <= skewSeconds;
}

/** Path and query as they were sent; Kong up to 2.8 also accepted the decoded path without the query. */
function targetsOf(context, names) {
  const { path, query, kong } = context;
  const target = path + query;
  if (kong?.compat !== 'kong-2018' || !names.includes('request-line')) return [target];
  try {
    return [target, decodeURIComponent(normalPathOf(context))];
  } catch {
    return [target];
  }
}

// lib/core/memo.ts
/** The values of `make`, each made once, when it is first asked for. */
function memo(make) {
  const made = new Map();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
}

// lib/auth/jwt/token.ts
/**
 * A JSON Web Token (RFC 7519) in the compact serialization of RFC 7515: three parts in base64url. Nothing that is read
 * here is trusted before the signature is verified.
 */

/** In characters; nginx accepts no header line beyond 8 KB. */
var LONGEST_TOKEN = 16384;

/** `alphabet`: of the base64; Kong accepted both until 3.4. */
function parseToken(text, alphabet) {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (second <= first || text.length > LONGEST_TOKEN) return 'invalid JSON';
  const header = readPart(text.slice(0, first), alphabet);
  const payload = readPart(text.slice(first + 1, second), alphabet);
  if (header === null || payload === null) return 'invalid JSON';
  const algorithm = claimOf(header, 'alg');
  const parameters = typeof algorithm === 'string' ? algorithmOf(algorithm) : null;
  if (parameters === null) return 'invalid alg';
  const signature = bytesOfBase64(text.slice(second + 1), alphabet);
  if (signature === null) return 'invalid signature';
  const signed = text.slice(0, second);
  return { header, payload, algorithm, parameters, signature, signed };
}

/** A string counts as an empty object, as in Kong; numbers, true, false and null, on which Kong fails, are invalid. */
function readPart(text, alphabet) {
  const bytes = bytesOfBase64(text, alphabet);
  const value = bytes && parseJson(new TextDecoder().decode(bytes));
  return typeof value === 'string' ? {} : typeof value === 'object' ? value : null;
}

/** An own member; undefined if there is none, even for names that every object inherits. */
function claimOf(claims, name) {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** WebCrypto's parameters for an algorithm of RFC 7518 or 8037; null for all others, including "none". */
function algorithmOf(name) {
  const [, family, bits] = /^(HS|RS|PS|ES)(256|384|512)$/.exec(name) ?? [];
  const hash = `SHA-${bits}`;
  switch (family) {
    case 'HS':
      return { name: 'HMAC', hash };
    case 'RS':
      return { name: 'RSASSA-PKCS1-v1_5', hash };
    case 'PS':
      return { name: 'RSA-PSS', hash, saltLength: Number(bits) / 8 };
    case 'ES':
      return { name: 'ECDSA', hash, namedCurve: `P-${bits === '512' ? '521' : bits}` };
    default:
      return name === 'EdDSA' ? { name: 'Ed25519' } : null;
  }
}

// lib/auth/jwt/claims.ts
/** Validates the time claims of a token (RFC 7519, 4.1.4 and 4.1.5), in whole seconds and without leeway. */

/**
 * The error for each claim, in Kong's words; null if all are valid. Kong checks only claims that are listed in
 * `claims`; outside its profiles those in the token are always checked. `now` in ms since 1970.
 */
function claimFaults(payload, required, compat, now) {
  const seconds = Math.floor(now / 1e3);
  const faults = {};
  for (const name of ['exp', 'nbf']) {
    const time = claimOf(payload, name);
    if (!required.includes(name) && (compat !== null || time === undefined)) continue;
    if (typeof time !== 'number') faults[name] = 'must be a number';
    else if (name === 'exp' && time <= seconds) faults[name] = 'token expired';
    else if (name === 'nbf' && time > seconds) faults[name] = 'token not valid yet';
  }
  return Object.keys(faults).length > 0 ? faults : null;
}

/** Whether a token is valid for more than another `most` seconds; true for one without `exp`. */
function livesTooLong(payload, most, now) {
  const end = claimOf(payload, 'exp');
  return typeof end !== 'number' || end - Math.floor(now / 1e3) > most;
}

// lib/auth/jwt/places.ts
/**
 * The places of a token: query, cookies, headers. All are read, and different tokens are refused, since it is unknown
 * which of them the origin would use. Kong before 3.2 used the first place with a token.
 */

/** The different tokens, null for an argument without "="; a refusal if Authorization is repeated. */
function findTokens(context, jwt) {
  const authorization = readAuthorization(context, 'authorization');
  if (authorization !== null && typeof authorization !== 'string') return authorization;
  const found = new Set();
  for (const tokens of placesOf(context, jwt)) {
    for (const token of tokens) if (token !== '') found.add(token);
    if (found.size > 0 && context.kong?.compat === 'kong-2018') break;
  }
  return found;
}

function* placesOf({ kong, headers, query }, jwt) {
  for (const name of jwt.queryNames) yield argumentsOf(query.slice(1), name);
  const pairs = jwt.cookieNames.length > 0 ? cookiePairs(headers.get('cookie')) : [];
  for (const name of jwt.cookieNames) {
    const isIt = (pair) => pair.toLowerCase().startsWith(`${name}=`.toLowerCase());
    yield [pairs.find(isIt)?.slice(name.length + 1) ?? ''];
  }
  for (const name of jwt.headers) {
    const isOwn = name !== 'authorization';
    const value = headers.get(name) ?? '';
    // Kong reads the first of repeated headers, which the platform has joined: no token contains a comma.
    const line = kong !== null && isOwn ? value.split(', ', 1)[0] : value;
    const pattern = kong !== null ? KONG2 : isOwn ? OWN_HEADER : AUTHORIZATION;
    yield [pattern.exec(line)?.[1] ?? ''];
  }
}

/** The scheme is case-insensitive (RFC 9110, 11.1); other headers than Authorization may hold the token without it. */
var AUTHORIZATION = /^bearer +(.+)/i;
var OWN_HEADER = /^(?:bearer +)?(.+)/i;
/** Kong's pattern: anywhere in the value, and in these two spellings only. */
var KONG2 = /[Bb]earer\s+(.+)/;

// lib/auth/jwt/jwt.ts
/**
 * JSON Web Tokens: a token names a configured key (by `keyClaim`), the key determines the consumer and the algorithm,
 * and the signature is verified with it.
 *
 * The algorithm is the key's, never the token's choice: "none" is not supported, and a public key can't be passed off
 * as an HMAC secret (RFC 8725, 3.1). Tokens are not cached: one that was good may have expired since, and a table of
 * them could be flooded. Under Kong's profiles statuses, messages and challenges are Kong's; a token on which Kong
 * fails with 500 is rejected as bad here.
 */

function startJwt({ settings, runtime }) {
  const { compat, consumers } = settings;
  const signersOf = memo((base64) => createSigners(consumers, base64, runtime));
  return {
    admit: ({ jwt }) => {
      if (!jwt) return null;
      const authenticator = jwtAuthenticator(jwt, compat, signersOf(jwt.base64Secrets));
      return admitBy(authenticator, anonymousCaller(consumers, jwt.anonymous));
    },
    finish: (route) => {
      const { headers = [], cookieNames = [] } = route?.jwt ?? {};
      const names = [...headers, ...(cookieNames.length > 0 ? ['cookie'] : [])];
      return compat === null && names.length > 0 ? varyBy(names.join(', ')) : null;
    },
  };
}

/** `base64`: secrets are written in base64. */
function createSigners(consumers, base64, runtime) {
  const signers = new Map();
  for (const consumer of consumers)
    for (const one of [...(consumer.jwtKeys ?? []), ...(consumer.jwtSecrets ?? [])]) {
      const { name, algorithm } = one;
      const parameters = algorithmOf(algorithm);
      const key =
        'secret' in one
          ? secretKey(one.secret, base64, parameters, runtime)
          : publicKey(one.publicKey, parameters);
      signers.set(name, { caller: namedCaller(consumer, one, name, false), algorithm, key });
    }
  return signers;
}

function jwtAuthenticator(jwt, compat, signers) {
  const { keyClaim, claims, maxExpirationSeconds, runOnPreflight, realm } = jwt;
  const old = compat === 'kong-2018';
  const base = challengeOf('Bearer', realm, compat);
  const invalid = `${base}${realm === null ? '' : ','} error="invalid_token"`;
  /**
   * Kong's response: compact JSON whatever the caller accepts, and before 3.8 without a challenge. `before`: its status
   * until 1.0.
   */
  const bad = (message, before = 401, json = { message }, challenge = invalid) => ({
    ...refuse(challenge === base ? 'no_token' : 'bad_token', old ? before : 401, message),
    headers: old ? [] : [['WWW-Authenticate', challenge]],
    json: JSON.stringify(json),
  });
  const missing = bad('Unauthorized', 401, undefined, base);
  const badTimes = (faults, before) =>
    bad(
      Object.entries(faults)
        .map((fault) => fault.join(': '))
        .join(', '),
      before,
      faults,
    );

  return {
    runOnPreflight,
    claimed: claimedNames(),
    find: (context) => {
      const tokens = findTokens(context, jwt);
      if ('reason' in tokens) return tokens;
      const [token] = tokens;
      if (token === undefined) return missing;
      if (tokens.size > 1) return bad('Multiple tokens provided');
      return token === null ? bad('Unrecognizable token') : { token };
    },
    verify: async (context, shown) => {
      const token = parseToken(shown.token, old ? EITHER_ALPHABET : URL_ALPHABET);
      if (typeof token === 'string') return bad(`Bad token; ${token}`);
      const { header, payload, algorithm, parameters, signature } = token;
      const own = claimOf(payload, keyClaim);
      // In Lua, false counts as absent.
      const name = own === undefined || own === false ? claimOf(header, keyClaim) : own;
      if (name === undefined || name === false) return bad(`No mandatory '${keyClaim}' in claims`);
      if (typeof name !== 'string' || (name === '' && !old)) return bad(`Invalid '${keyClaim}' in claims`);
      const signer = signers.get(name);
      if (signer === undefined) return bad(`No credentials found for given '${keyClaim}'`, 403);
      if (signer.algorithm !== algorithm) return bad('Invalid algorithm', 403);
      const key = await signer.key();
      if (key === null) return bad('Invalid key/secret', 403);
      // Kong accepts RSA-PSS with 2048 bits only.
      const isTaken = compat === null || !algorithm.startsWith('PS') || signature.length === 256;
      if (!isTaken || !(await isSignedBy(key, parameters, signature, token.signed)))
        return bad('Invalid signature', 403);
      const faults = claimFaults(payload, claims, compat, context.startedAt);
      if (faults !== null) return badTimes(faults);
      return maxExpirationSeconds !== null && livesTooLong(payload, maxExpirationSeconds, context.startedAt)
        ? badTimes({ exp: 'exceeds maximum allowed expiration' }, 403)
        : signer.caller;
    },
    hide: () => undefined,
  };
}

// lib/balance/listed-failures.ts
/**
 * Counts only the failures that the operator lists (`outlier.on`), as Kong's passive checks do: statuses, lost
 * connections and timeouts have separate counts, and the one nearest to its limit decides.
 *
 * With `retrySame` (Kong's retries) an attempt counts as lost only if another follows it; the last one counts as the
 * 502 that its caller gets. A 504 is a timeout, whoever sent it (kong/runloop/balancer, kong/init.lua).
 */

/** Which count a failure adds to; null for none. `isLast`: no other attempt follows it. */
function kindOf({ outlier: { on }, retrySame }, outcome, status, isLast) {
  if (on === null) return null;
  if (outcome === 'timeout' || (retrySame && status === 504)) return on.timeout ? 'timeout' : null;
  const said = isAnswer(outcome) ? status : retrySame && isLast ? 502 : null;
  if (said !== null) return on.statuses.includes(said) ? 'answer' : null;
  return on.unreachable ? 'lost' : null;
}

/** Null for a pool that counts all failures. */
function listedFailures(settings) {
  const { consecutiveFailures: most, unreachableFailures, timeoutFailures, on } = settings.outlier;
  if (on === null) return null;
  const limits = { answer: most, lost: unreachableFailures ?? most, timeout: timeoutFailures ?? most };
  return (pool, origin, { outcome, status }, isLast, now) => {
    const kind = kindOf(settings, outcome, status, isLast);
    if (kind === null) return;
    origin.listed[kind]++;
    origin.strikes = Math.max(origin.strikes, (origin.listed[kind] * most) / limits[kind]);
    if (isOverLimit(pool, origin)) ejectOrigin(pool, origin, now);
  };
}

// lib/core/xxhash.ts
/**
 * xxHash, 32 bits, seed 0, of a string's UTF-8 bytes: the hash of Kong's ring, so that callers keep their origins.
 *
 * Matches the reference (github.com/Cyan4973/xxHash, doc/xxhash_spec.md); costs about a nanosecond per byte. Fast and
 * well distributed, but not cryptographic: it hides nothing and does not resist crafted collisions.
 */

var P1 = 2654435761;
var P2 = 2246822519;
var P3 = 3266489917;
var P4 = 668265263;
var P5 = 374761393;

var rotl = (x, bits) => (x << bits) | (x >>> (32 - bits));

/** An unsigned 32-bit number. */
function xxh32(text) {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  const end = bytes.length;
  let at = 0;
  let hash = P5;
  if (end >= 16) {
    const lanes = [P1 + P2, P2, 0, -P1];
    for (; at <= end - 16; at += 16)
      for (let k = 0; k < 4; k++)
        lanes[k] = Math.imul(rotl((lanes[k] + Math.imul(view.getUint32(at + 4 * k, true), P2)) | 0, 13), P1);
    hash = rotl(lanes[0], 1) + rotl(lanes[1], 7) + rotl(lanes[2], 12) + rotl(lanes[3], 18);
  }
  hash = (hash + end) | 0;
  for (; at <= end - 4; at += 4)
    hash = Math.imul(rotl((hash + Math.imul(view.getUint32(at, true), P3)) | 0, 17), P4);
  for (; at < end; at++) hash = Math.imul(rotl((hash + Math.imul(bytes[at], P5)) | 0, 11), P1);
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

// lib/balance/consistent-hash.ts
/**
 * Consistent hashing. The ring is Kong's, point for point, so that a migration moves no caller to another origin.
 *
 * A string maps to the same origin in every isolate. If one of n origins goes, only its own callers (about one in n)
 * move, to the next point on the ring. The cost is 160 hashes per origin at start-up, and one hash and a short walk per
 * request. Points are at `hash("host::port i") mod size`, and the walk goes downwards
 * (kong/runloop/balancer/consistent_hashing.lua). Kong hashes resolved addresses; here the host is hashed as written,
 * so that owners agree with Kong's if the targets were written as addresses. Rejected: rendezvous hashing (n hashes per
 * request), modulo (all callers move).
 */

var POINTS = 160;

var addressOf = ({ host, site }) => {
  const [name, port = site.startsWith('https') ? 443 : 80] = host.split(/:(\d+)$/);
  return `${name}::${port}`;
};

/** For each slot its owner's index + 1, or 0 if the slot is free. */
function createRing(origins) {
  const weights = origins.reduce((sum, origin) => sum + origin.weight, 0);
  const ring = new Uint16Array(Math.max(1, Math.ceil(origins.length / 30)) * 1e4);
  // A comma occurs in no address, and sorts before any character that may follow in one.
  for (const text of origins.map((origin, index) => `${addressOf(origin)},${index}`).sort()) {
    const [address, at] = text.split(',');
    const index = Number(at);
    const { weight } = origins[index];
    if (weight === 0) continue;
    let left = Math.max(1, Math.floor((weight / weights) * origins.length * POINTS));
    for (let i = 1; left > 0 && i < 100 * POINTS * origins.length; i++) {
      const place = xxh32(`${address} ${i}`) % ring.length;
      if (ring[place] !== 0) continue;
      ring[place] = index + 1;
      left--;
    }
  }
  return ring;
}

/** Steps downwards from the hash's slot to the origin's first point. */
function stepsTo(ring, hash, index) {
  const { length } = ring;
  const start = length + (hash % length);
  let step = 0;
  while (step < length && ring[(start - step) % length] !== index + 1) step++;
  return step;
}

/** The policy: the nearest origin on the ring. Weight has set the number of points, so its division is undone. */
function consistentHash({ origins }) {
  const ring = createRing(origins);
  return ({ index, weight }, _pool, _now, hash) => stepsTo(ring, hash, index) * weight;
}

// lib/core/metrics.ts
/**
 * This isolate's counters for the operator: responses by route and status class, refusals by reason, and a latency
 * histogram for each route and each origin.
 *
 * Their size is fixed by the configuration: no caller, key, path or host can make it grow. They cost an array index or
 * two per request, and nothing if `status` is off. A timeout is counted with its full length, so that a silent origin
 * looks slow rather than absent. An attempt that lost a race is not counted: it is only known that it was slower.
 * Rejected: quantile sketches. They need merging and memory; ten buckets answer "how many within 250 ms" exactly.
 */

/** Upper bounds in ms; one more bucket holds what is slower. */
var LATENCY_BOUNDS = [5, 10, 25, 50, 100, 250, 500, 1e3, 2500, 1e4];

var STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'];

var CLASSES = ['1xx', '1xx', '2xx', '3xx', '4xx'];

var noLatencies = () => ({ buckets: [...LATENCY_BOUNDS, 0].fill(0), sumMs: 0 });

/** Null if `status` is off. */
function createMetrics(settings) {
  if (!settings.status) return null;
  const origins = settings.pools.map((pool) => pool.origins.map(noLatencies));
  return {
    since: null,
    routes: new Map(
      [...settings.routes, null].map((route) => [
        route,
        {
          name: route?.name ?? '(none)',
          '1xx': 0,
          '2xx': 0,
          '3xx': 0,
          '4xx': 0,
          '5xx': 0,
          latency: noLatencies(),
        },
      ]),
    ),
    keys: { hits: 0, misses: 0, stale: 0 },
    refusals: {},
    shadows: new Map(
      settings.routes
        .filter((route) => route.shadow)
        .map((route) => [route, { same: 0, different: 0, skipped: 0 }]),
    ),
    origins,
    attempt(pool, origin, ms) {
      const of = origins[pool]?.[origin];
      if (of) countLatency(of, ms);
    },
    history: [],
    tick: 0,
    configuration: '',
  };
}

function countLatency(of, ms) {
  const bucket = LATENCY_BOUNDS.findIndex((bound) => ms <= bound);
  of.buckets[bucket < 0 ? LATENCY_BOUNDS.length : bucket]++;
  // If the clock was set back meanwhile: Prometheus takes a sum that decreases for a restart.
  of.sumMs += Math.max(0, ms);
}

/** Counts a response to a caller. `route` is null if none matched, `reason` if it is not a refusal. */
function countAnswer(metrics, { route, startedAt }, { status, reason }, now) {
  if (!metrics) return;
  metrics.since ??= now;
  const of = metrics.routes.get(route);
  of[CLASSES[Math.floor(status / 100)] ?? '5xx']++;
  countLatency(of.latency, now - startedAt);
  if (reason) metrics.refusals[reason] = (metrics.refusals[reason] ?? 0) + 1;
}

/** Counts a key that was presented. */
function countKey(metrics, found) {
  if (metrics) metrics.keys[found]++;
}

/** Counts a copy of a request to a route's shadow pool. */
function countShadow(metrics, route, result) {
  if (metrics) metrics.shadows.get(route)[result]++;
}

// lib/auth/key-auth.ts
/**
 * API keys: key -> digest -> consumer, by the configured credentials or by a verifier.
 *
 * A recently used key costs one look-up; any other key a digest in addition. On routes without authentication the Kong
 * profiles forward the caller's own identity headers, as Kong does; otherwise they are removed there too if any route
 * has authentication (unasked.ts).
 */

var NO_VERDICT = refuse('no_verdict', 503, 'API key could not be verified', [
  ['Retry-After', String(CHECK_RETRY_MS / 1e3)],
]);

function startKeyAuth({ settings, runtime, hooks, parts }) {
  const { compat, consumers } = settings;
  const credentials = createCredentials(consumers);
  const tier = hooks.find(({ verdictTier }) => verdictTier)?.verdictTier ?? null;
  const caches2 = new Map();
  return {
    admit: ({ auth }) => {
      if (!auth) return null;
      const { hideAsKong: hideAsKong2 } = parts;
      const cache = cacheOf(caches2, auth, tier);
      const authenticator = keyAuthenticator({
        auth,
        compat,
        credentials,
        cache,
        runtime,
        hideAsKong: hideAsKong2,
      });
      return admitBy(authenticator, anonymousCaller(consumers, auth.anonymous));
    },
    finish: (route) =>
      route?.auth?.keyIn.includes('header') && compat === null
        ? varyBy(route.auth.keyNames.join(', '))
        : null,
    verdicts: () => [...caches2.values()],
  };
}

/** The verifier cache of a route: those with the same verifier and cache settings share one. */
function cacheOf(caches2, auth, tier) {
  const terms = JSON.stringify([auth.verify, auth.cache]);
  const cache = caches2.get(terms) ?? createVerifierCache(auth, tier);
  caches2.set(terms, cache);
  return cache;
}

function keyAuthenticator(keyAuth) {
  const { auth, compat, hideAsKong: hideAsKong2 } = keyAuth;
  const { realm, keyNames, hideCredentials, runOnPreflight } = auth;
  const challenge = challengeOf('Key', realm, compat);
  const unauthorized = (reason, message) => refuse(reason, 401, message, [['WWW-Authenticate', challenge]]);
  const noKey = unauthorized('no_key', 'No API key found in request');
  const duplicate = unauthorized('duplicate_key', 'Duplicate API key found');
  const bad = unauthorized('bad_key', 'Unauthorized');
  const fromVerifier = auth.verify?.upstreamHeaders.map(([name]) => name) ?? [];
  return {
    runOnPreflight,
    claimed: claimedNames(hideCredentials ? [...fromVerifier, ...keyNames] : fromVerifier),
    find: (context) => {
      const found = findKey(auth, context.headers, context.query.slice(1), context.fields);
      if (found === null) return noKey;
      if (found.repeated) return duplicate;
      if (found.key === '') return compat === 'kong-2018' ? bad : noKey;
      return found;
    },
    verify: (context, { key, joined }) => verifyKey(keyAuth, context, key, joined ? duplicate : bad),
    hide: (context, found) => {
      // Under Kong's profiles too, a caller must not set the headers that come from a verifier.
      if (compat !== null) for (const name of fromVerifier) context.originHeaders.push([name, null]);
      if (!hideCredentials) return;
      if (compat === null) hideKeys(context, keyNames);
      else if (found !== null) hideAsKong2?.(context, found.name);
    },
  };
}

/** The caller that a key belongs to; `bad` for a bad key, another refusal if there is no verdict. */
function verifyKey(keyAuth, context, key, bad) {
  const { cache, runtime } = keyAuth;
  const warm = cache.warm.get(key);
  if (warm) return judgeKey(keyAuth, context, key, warm, bad);
  return runtime.digest(key).then((digest) => judgeKey(keyAuth, context, key, hashedKey(digest), bad));
}

/**
 * While the verifier is down, an unknown key is neither accepted nor called bad, and a known one is accepted until
 * staleSeconds have passed.
 */
function judgeKey({ credentials, cache, runtime }, { metrics, waitUntil }, key, hashed, bad) {
  const { warm, auth, flights } = cache;
  const { digest } = hashed;
  const now = runtime.now();
  const configured = callerByDigest(credentials, digest, now);
  if (configured) keepWarm(warm, key, hashed);
  if (configured || auth.verify === null) {
    countKey(metrics, 'hits');
    return configured ?? bad;
  }
  const entry = lookUpVerdict(cache, hashed);
  const freshness = freshnessOf(cache, entry, now);
  if (entry?.good && freshness !== 'expired') keepWarm(warm, key, hashed);
  else warm.delete(key);
  const judged = (verdict) => {
    if (!verdict) return NO_VERDICT;
    return verdict.good ? { identity: verdict, credentialId: digest } : bad;
  };
  const check = (known) => checkKey(cache, digest, key, known, { runtime, waitUntil });
  if (entry === undefined || freshness === 'expired') {
    countKey(metrics, 'misses');
    return check(false).then(judged);
  }
  if (freshness === 'stale' && hasFreeSlot(flights, now)) {
    return check(true).then((verdict) => {
      countKey(metrics, verdict === null ? 'stale' : 'misses');
      return judged(verdict ?? lookUpVerdict(cache, hashed));
    });
  }
  countKey(metrics, now < entry.freshUntil ? 'hits' : 'stale');
  // In the background: this caller's verdict is still valid, or the verifier is overloaded.
  if (freshness !== 'fresh' && !isInFlight(flights, digest, now)) waitUntil(check(true));
  return judged(entry);
}

// lib/auth/unasked.ts
/**
 * Routes without authentication: if another route has it, a caller's own identity headers are dropped here too, since
 * an origin behind both routes would trust them. Kong forwards them, and so do its profiles.
 */

/** Whether the route has authentication. Settings of a feature that the file does not carry are undefined. */
function asksWho({ auth, jwt, basicAuth, hmacAuth }) {
  return Boolean(auth ?? jwt ?? basicAuth ?? hmacAuth);
}

function startUnasked({ settings: { compat, routes } }) {
  if (compat !== null || !routes.some(asksWho)) return {};
  const identity = claimedNames();
  return {
    admit: (route) =>
      asksWho(route)
        ? null
        : (context) => {
            context.claimed.push(identity);
            return null;
          },
  };
}

// lib/http/response-headers.ts
/**
 * The tutorial's response headers: Origin, Country, Cache-Control, Version and, on refusals, Error; each only if it is
 * configured.
 *
 * A shared cache goes by the URL. A response that depends on the caller in another way is never given freshness that it
 * did not have, or the cache would serve one caller's response to another (RFC 9111, 3.5, says the same of
 * Authorization); neither is a refusal or an error.
 */

function startResponseHeaders({ settings, runtime }) {
  const versions = createVersions(settings);
  return {
    adds: ({ responseHeaders }) => Boolean(responseHeaders && responseHeaders.origin),
    finish: (route) => {
      const { responseHeaders } = route ?? settings;
      if (!responseHeaders) return null;
      const { version } = responseHeaders;
      const entries = version && versions.get(version);
      return (context, exit) => {
        addResponseHeaders(responseHeaders, context, exit);
        if (!version || !entries || context.origin === null) return;
        const text = versionOf(entries, version, context, runtime);
        if (text !== null) exit.change().set(version.header, text);
      };
    },
  };
}

var addResponseHeaders = ({ origin, country, cacheControl }, context, exit) => {
  const from = country && namesOf(context).includes('cf-ipcountry') && context.headers.get('cf-ipcountry');
  if (origin && context.origin) exit.change().set(origin, context.origin.name);
  if (country && from) exit.change().set(country, from);
  if (cacheControl && mayBeKept(context, exit)) exit.change().set('Cache-Control', cacheControl);
  if (exit.reason) exit.change().set('Error', exit.reason);
};

/** A successful response to GET or HEAD that does not depend on the caller and has no freshness from the origin. */
function mayBeKept(context, { status, reason, headers }) {
  if (reason !== null || context.origin === null || status < 200 || status > 399) return false;
  if (context.method !== 'GET' && context.method !== 'HEAD') return false;
  if (context.credentialId !== null || context.anonymous) return false;
  const names = namesOf(context);
  if (names.includes('cookie') || names.includes('authorization')) return false;
  return !headers.has('cache-control') && !headers.has('expires') && !headers.has('set-cookie');
}

// lib/limits/windows.ts
/** The fixed windows in which requests are counted: aligned to UTC and the calendar, as in Kong. */

/** Kong's lengths: a month has 30 days and a year 365, although both start at the calendar's. */
var LENGTHS_MS = {
  second: 1e3,
  minute: 6e4,
  hour: 36e5,
  day: 864e5,
  month: 2592e6,
  year: 31536e6,
};

/**
 * When the UTC window that contains `time` began, or one `later`; in ms since 1970. Months and years are the
 * calendar's.
 */
function windowStart(period, time, later = 0) {
  const length = LENGTHS_MS[period];
  if (period !== 'month' && period !== 'year') return time - (time % length) + later * length;
  const date = new Date(time);
  const year = date.getUTCFullYear();
  return period === 'month' ? Date.UTC(year, date.getUTCMonth() + later) : Date.UTC(year + later, 0);
}

/** When that window ends. */
var windowEnd = (period, time) => windowStart(period, time, 1);

// lib/limits/limit-counters.ts
/**
 * The bounded table of counters, by scope and identity.
 *
 * Limits of one scope share its counters, one per window, whichever windows each limit has. A full table evicts the
 * counters whose windows have ended, then those that have used the least of their limit, up to half of it: a flood of
 * made-up callers evicts its own, and resets no caller that is near a limit. If nothing can be evicted, new callers of
 * a scope that has more than its share of the table are counted together, in a few groups: the limit applies to each
 * group, so that no request passes uncounted. A sweep costs milliseconds; a futile one is not repeated within a second.
 * Rejected: looking at a few counters each time (code size), a timer (Workers have none), a sketch (count-min; it
 * refuses callers that never came before).
 */

var COUNTER_CAPACITY = 2e4;
/** A prime: whatever identities have in common, they spread over all groups. */
var NEWCOMER_GROUPS = 61;
var SWEEP_MS = 1e3;

/**
 * An empty table of about `capacity` counters: up to twice as many, if each scope takes its share after one scope has
 * filled the table.
 */
function createLimits(capacity = COUNTER_CAPACITY) {
  return { scopes: new Map(), capacity, size: 0, sweptInVain: -Infinity };
}

/** An identity's windows as they are at `now`, in the order of the limit's. */
function windowsOf(limits, { windows, scope: name }, identity, now) {
  const scope = limits.scopes.get(name) ?? { counters: new Map(), groups: new Map() };
  limits.scopes.set(name, scope);
  const counter = scope.counters.get(identity) ?? addCounter(limits, scope, identity, now);
  return windows.map(({ period, limit }) => {
    const start = windowStart(period, now);
    let window = counter.find((one) => one.period === period);
    if (!window) counter.push((window = { period, start, count: 0, limit }));
    if (window.start !== start) window.count = 0;
    window.start = start;
    window.limit = limit;
    return window;
  });
}

function addCounter(limits, scope, identity, now) {
  if (limits.size >= limits.capacity) makeCounterRoom(limits, now);
  const share = limits.capacity / limits.scopes.size;
  if (limits.size >= limits.capacity && scope.counters.size >= share) return groupOf(scope, identity);
  const counter = [];
  scope.counters.set(identity, counter);
  limits.size++;
  return counter;
}

function groupOf({ groups }, identity) {
  let group = 0;
  for (let i = 0; i < identity.length; i++) group = (31 * group + identity.charCodeAt(i)) % NEWCOMER_GROUPS;
  const counter = groups.get(group) ?? [];
  groups.set(group, counter);
  return counter;
}

/** Halves a full table: evicts ended counters, then those that have used the least, oldest first. */
function makeCounterRoom(limits, now) {
  if (!havePassed(SWEEP_MS, limits.sweptInVain, now)) return;
  const current = new Map(PERIODS.map((period) => [period, windowStart(period, now)]));
  for (const spare of [0, 0.1, 0.5])
    for (const { counters } of limits.scopes.values())
      for (const [identity, counter] of counters) {
        if (limits.size <= limits.capacity / 2) return;
        if (shareOf(counter, current) > spare) continue;
        counters.delete(identity);
        limits.size--;
      }
  if (limits.size > 0.75 * limits.capacity) limits.sweptInVain = now;
}

/** The share of its limit that the fullest window has used; 0 if all have ended. */
function shareOf(counter, current) {
  let share = 0;
  for (const { period, start, count, limit } of counter)
    if (start === current.get(period)) share = Math.max(share, count / limit);
  return share;
}

// lib/limits/rate-limit.ts
/**
 * Rate limits: Kong's fixed windows, aligned to UTC, with Kong's headers (plugins/rate-limiting).
 *
 * Counts are per isolate: a caller spread over n isolates may send up to n times the limit. The table of counters is
 * limit-counters.ts. Only requests that pass are counted.
 */

/**
 * Checks one request of this identity at `now` (ms since 1970), and counts it if it may pass. `compat` decides how long
 * a month is, and which version's headers are sent.
 */
function takeFromLimit(limits, settings, identity, now, compat = null) {
  const windows = windowsOf(limits, settings, identity, now);
  const allowed = windows.every(({ count, limit }) => count < limit);
  if (allowed) for (const window of windows) window.count++;
  const remaining2 = windows.map(({ count, limit }) => Math.max(0, limit - count));
  return { allowed, headers: limitHeaders(settings, { allowed, remaining: remaining2 }, now, compat) };
}

/** Kong's headers; `remaining` is what is left of each window once the request is counted. */
function limitHeaders({ windows, hideHeaders }, { allowed, remaining: remaining2 }, now, compat) {
  const headers = [];
  if (hideHeaders) return headers;
  let [most, least, seconds] = [0, Infinity, 0];
  windows.forEach(({ period, limit }, i) => {
    const rest = remaining2[i];
    const name = period.charAt(0).toUpperCase() + period.slice(1);
    headers.push(
      [`X-RateLimit-Limit-${name}`, String(limit)],
      [`X-RateLimit-Remaining-${name}`, String(rest)],
    );
    // Windows are ordered from short to long: of two equals, the longer one counts.
    if (rest > least) return;
    most = limit;
    least = rest;
    seconds = secondsLeft(period, now, compat);
  });
  if (compat === 'kong-2018') return headers;
  headers.push(
    ['RateLimit-Limit', String(most)],
    ['RateLimit-Remaining', String(least)],
    ['RateLimit-Reset', String(seconds)],
  );
  if (!allowed) headers.push(['Retry-After', String(seconds)]);
  return headers;
}

/** Seconds until the window ends, at least 1; Kong's months have 30 days and its years 365. */
function secondsLeft(period, now, compat) {
  if (compat === null) return Math.max(1, Math.ceil((windowEnd(period, now) - now) / 1e3));
  return Math.max(1, LENGTHS_MS[period] / 1e3 - Math.floor((now - windowStart(period, now)) / 1e3));
}

/** The identity that a request is counted under; if it has none of that kind, the caller's address. */
function limitIdentity({ by }, context, limitKey2) {
  const { consumer, credentialId } = context;
  const key =
    by === 'consumer'
      ? (consumer?.id ?? credentialId)
      : by === 'credential'
        ? credentialId
        : limitKey2?.(by, context);
  return key ?? callerNetworkOf(context);
}

function startRateLimit({ settings, hooks, parts, runtime }) {
  const limits = createLimits();
  // Not the time of the request's arrival: one that was held up by its body would bring back a window that has ended,
  // and so empty the present one.
  const countHere = (limit, identity) =>
    takeFromLimit(limits, limit, identity, runtime.now(), settings.compat);
  return {
    admit: ({ rateLimit, consumerLimits }) => {
      if (!rateLimit && !consumerLimits && !settings.consumerLimits) return null;
      const count = hooks.find(({ limiter }) => limiter)?.limiter ?? countHere;
      return (context) => {
        const limit = parts.consumerLimit?.(settings, context) ?? rateLimit ?? null;
        if (limit === null) return null;
        const result = count(limit, limitIdentity(limit, context, parts.limitKey), context);
        return result instanceof Promise
          ? result.then((taken) => judgeLimit(context, limit, taken))
          : judgeLimit(context, limit, result);
      };
    },
  };
}

/** Adds the limit's headers to the context. Null: the request may pass. */
function judgeLimit(context, limit, result) {
  if ('reason' in result) return result;
  context.answerHeaders.push(...result.headers);
  return result.allowed ? null : refuse('rate_limited', limit.status, limit.message);
}

// lib/routing/priority.ts
/**
 * Kong's order among the routes that match: lists of numbers, compared one by one, greater first.
 *
 * Kong 3's default flavor (`get_priority` in router/transform.lua): more kinds of condition, all hosts plain, more
 * headers, regex before prefix, regex_priority, longer prefix; then the larger id. traditional.ts has Kong's older one.
 */

var isWild = (host) => host.includes('*');
var hasPort = (host) => /:\d+$/.test(host);

/** The sort keys of one of a route's paths; `path` is "" for a route without paths. */
function rankKeys(route, path) {
  const { hosts, headers, methods, regexPriority } = route;
  const regex = path.startsWith('~');
  const plainHosts = hosts.length > 0 && !hosts.some(isWild);
  const count =
    Number(hosts.length > 0) + Number(headers.length > 0) + Number(path !== '') + Number(methods.length > 0);
  return [
    count,
    Number(plainHosts),
    headers.length,
    Number(regex),
    regex ? regexPriority : 0,
    regex ? 0 : path.length,
  ];
}

// lib/routing/route-table.ts
/**
 * The routing table, built once at start-up. Every path of every route is a compiled route of its own, with its rank.
 *
 * The table is keyed by host (exact, wildcard by its labels, any), and for each host by path prefix: a sorted list in
 * which every prefix links to the longest other prefix that it begins with. Regular expressions are filed under the
 * literal string that they begin with. Rejected: a radix tree (more code, no faster).
 */

/** @throws Error if a pattern is invalid: validation calls routePatternFault first. */
function compileRoute(route, path, rank, patterns) {
  const source = pathBytes(path);
  const conditions = patterns && patterns.conditions(route, source);
  const prefix = conditions?.prefix ?? source;
  return {
    rank,
    match: { route, path, matchedPath: prefix, captures: null },
    methods: route.methods.length > 0 ? route.methods : null,
    prefix,
    conditions,
  };
}

function pushTo(map, key, route) {
  const known = map.get(key);
  if (known) known.push(route);
  else map.set(key, [route]);
}

function makeNodes(routes) {
  const byPrefix = new Map();
  for (const route of routes) pushTo(byPrefix, route.prefix, route);
  const nodes = [];
  for (const prefix of [...byPrefix.keys()].sort()) {
    let inner = nodes.at(-1) ?? null;
    while (inner && !prefix.startsWith(inner.prefix)) inner = inner.inner;
    nodes.push({ prefix, routes: byPrefix.get(prefix), inner });
  }
  return nodes;
}

/** Every path of every route in Kong's order, best first. */
function rankPaths(routes, traditional) {
  const rank = traditional ?? rankKeys;
  return routes
    .flatMap((route) =>
      (route.paths.length > 0 ? route.paths : ['']).map((path) => ({ route, path, keys: rank(route, path) })),
    )
    .sort((a, b) => {
      for (const [index, key] of a.keys.entries()) if (key !== b.keys[index]) return b.keys[index] - key;
      // Of equals the larger id goes first, in the traditional order the one that stands first.
      const [left, right] = [a.route.id, b.route.id];
      return traditional || left === right ? 0 : left < right ? 1 : -1;
    });
}

/** @throws Error if a pattern is invalid. */
function compileRoutes(routes, { traditional, asSent, patterns }) {
  const compiled = rankPaths(routes, traditional).map(({ route, path }, rank) =>
    compileRoute(route, path, rank, patterns),
  );
  const byHost = new Map();
  const anyHost = [];
  for (const one of compiled) {
    const { hosts } = one.match.route;
    if (hosts.length === 0) anyHost.push(one);
    for (const host of new Set(asSent ? hosts : hosts.map((name) => readHost(name) ?? name)))
      pushTo(byHost, host, one);
  }
  const names = [...byHost.keys()];
  const lone = compiled.length === 1 ? anyHost[0] : undefined;
  return {
    only: lone && lone.prefix === '' && !lone.conditions && !lone.methods ? lone.match.route : null,
    hosts: new Map([...byHost].map(([host, among]) => [host, makeNodes(among)])),
    anyHost: makeNodes(anyHost),
    ports: names.some(hasPort),
    wildcards: names.some(isWild),
  };
}

// lib/routing/rewrite.ts
/**
 * The path that the origin gets: the route's base path, and what the route leaves of the request's path.
 *
 * Kong has two ways to join them: v0 (0.x, 2.x, 3.x) puts a slash between them, v1 (1.x) only concatenates. Under a
 * Kong profile the normalised path is sent, as in Kong. In plain mode the caller's bytes are sent: an escape or a
 * doubled slash may mean something to the origin, so they are changed only if the stripped prefix itself was spelt
 * differently.
 */

/** What follows a stripped prefix must not climb up a level: Kong drops one leading dot segment. */
var withoutDots = (rest) => {
  if (rest === '.' || rest === '..') return '';
  if (rest.startsWith('./')) return rest.slice(2);
  return rest.startsWith('../') ? rest.slice(3) : rest;
};

function joinPaths(base, path, rest, strip) {
  const slashed = base.endsWith('/');
  const bare = slashed ? base.slice(0, -1) : base;
  if (!strip) return path === '/' && !slashed ? base : bare + path;
  if (rest.startsWith('/')) return bare + rest;
  if (rest !== '') return bare + '/' + rest;
  return (path.endsWith('/') && path !== '/') || (slashed && path === '/')
    ? bare + '/'
    : bare === ''
      ? '/'
      : bare;
}

/** v1 as in Kong 1.0 to 1.5: two adjacent slashes become one; otherwise nothing is inserted. */
var joinPathsV1 = (base, path, rest, strip) => {
  if (!strip) return base + path.slice(1);
  return base.endsWith('/') && rest.startsWith('/') ? base + rest.slice(1) : base + rest;
};

/**
 * A path at the origin, with query and fragment, as the route's callers see it: without the base path that the route
 * added, and with the prefix that it stripped.
 */
function publicPath(path, route, matchedPath) {
  const { basePath = '', stripPath = false } = route ?? {};
  const bare = (text) => text.replace(/\/$/, '');
  const base = bare(basePath);
  const put = stripPath ? escapePath(bare(matchedPath)) : '';
  return path === base || path.startsWith(base + '/') ? put + (path.slice(base.length) || '/') : path;
}

/** The origin gets paths as they were sent. */
var keepsPaths = ({ pathHandling, stripPath, basePath }, kong) =>
  !kong && pathHandling !== 'v1' && !stripPath && basePath === '/';

/**
 * The origin's path, without the query. `matchedPath` is what the router matched ("" for nothing), `path` the raw
 * request path; `kong`: a Kong profile is on.
 */
function originPath(route, matchedPath, path, kong) {
  if (keepsPaths(route, kong)) return path;
  const cut = matchedPath.length;
  // "/route" cut from "/route.%2e/x" would leave a segment that climbs: if the rest may begin with a dot, the whole
  // path is normalised.
  const plain =
    path.startsWith(matchedPath) && (matchedPath.endsWith('/') || !'.%'.includes(path.charAt(cut) || '/'));
  const own = kong || (route.stripPath && !plain) ? normalisePath(path) : path;
  const rest = withoutDots(matchedPath === '' ? own.slice(1) : own.slice(cut));
  const joined = (route.pathHandling === 'v1' ? joinPathsV1 : joinPaths)(
    route.basePath,
    own,
    rest,
    route.stripPath,
  );
  return own === path && !kong ? joined : escapePath(joined);
}

// lib/routing/router.ts
/**
 * Finds a request's route: the best-ranked compiled route whose conditions all hold.
 *
 * Of a host's sorted prefixes, only the greatest that does not sort after the path, and the chain of prefixes inside
 * it, can match: a thousand routes cost a binary search and no allocation.
 *
 * Kong 3's rules: a prefix is a plain string prefix, so "/foo" matches "/foobar"; "*" spans one or more labels; header
 * values are compared regardless of case. A preflight goes to the route of the request that it asks about, except under
 * the Kong profiles: Kong requires OPTIONS to be listed.
 */

function preflightMethod({ method, headers, kong }) {
  return method === 'OPTIONS' && kong === null && headers.get('origin')
    ? headers.get('access-control-request-method')
    : null;
}

/** Tries one route: a match, null for none, or a refusal if it can't be decided. */
function tryRoute({ match, methods, conditions }, { method, asksFor, path, headers }) {
  if (methods && !methods.includes(method) && !(asksFor !== null && methods.includes(asksFor))) return null;
  return conditions ? conditions.evaluate(match, path, headers) : match;
}

/** Searches these nodes for a route that ranks better than the best so far. */
function searchNodes(nodes, search) {
  if (!nodes) return;
  const { path } = search;
  let low = 0;
  for (let high = nodes.length; low < high;) {
    const middle = (low + high) >> 1;
    if (nodes[middle].prefix <= path) low = middle + 1;
    else high = middle;
  }
  let node = nodes[low - 1] ?? null;
  while (node && !path.startsWith(node.prefix)) node = node.inner;
  for (; node; node = node.inner)
    for (const route of node.routes) {
      if (route.rank >= search.rank) break;
      const found = tryRoute(route, search);
      if (!found) continue;
      search.rank = route.rank;
      search.found = found;
      break;
    }
}

/** Searches the routes of this host and of every wildcard that matches it, with and without its port. */
function searchHosts({ hosts, ports, wildcards }, { host, scheme }, search) {
  const colon = host.lastIndexOf(':');
  const ported = colon > host.lastIndexOf(']');
  const name = ported ? host.slice(0, colon) : host;
  const port = !ports ? '' : ported ? host.slice(colon) : scheme === 'https' ? ':443' : ':80';
  const look = (key) => {
    searchNodes(hosts.get(key), search);
    if (port !== '') searchNodes(hosts.get(key + port), search);
  };
  look(name);
  for (let dot = wildcards ? name.indexOf('.') : -1; dot >= 0; dot = name.indexOf('.', dot + 1)) {
    if (dot > 0) look('*' + name.slice(dot));
    if (dot < name.length - 1) look(name.slice(0, dot + 1) + '*');
  }
}

/**
 * The route for a request; null for none; a refusal if a route that ranks better than any match could not be
 * decided.
 */
function matchRoute(router, request) {
  const search = {
    method: request.method,
    asksFor: preflightMethod(request),
    path: normalPathOf(request),
    headers: request.headers,
    rank: Infinity,
    found: null,
  };
  if (router.hosts.size > 0) searchHosts(router, request, search);
  searchNodes(router.anyHost, search);
  return search.found;
}

/** Null if the only route matches everything and leaves paths unchanged: then there is nothing to do for a request. */
function createRouting(settings, parts) {
  const { routes, routerFlavor, compat } = settings;
  const router = compileRoutes(routes, {
    traditional: routerFlavor === 'traditional' ? parts.rankTraditionally : null,
    asSent: compat !== null,
    patterns: parts.patterns ?? null,
  });
  if (router.only && keepsPaths(router.only, compat !== null)) return null;
  return {
    match: (context) => matchRoute(router, context),
    originPath: ({ route, matchedPath, path, kong }) => originPath(route, matchedPath, path, kong !== null),
    publicPath: (path, { route, matchedPath }) => publicPath(path, route, matchedPath),
  };
}

// lib/features.ts
/**
 * The features of dist/worker.js, in Kong's order of plug-in priority: both the steps before the origin and the changes
 * to a response run in this order.
 */

var BALANCE = {
  name: 'balance',
  beside: ['core', 'pool'],
  balance: { policies: POLICIES },
};
/** Kong's profiles need it too: they read paths in their own way even on the default route. */
var ROUTES = {
  name: 'routes',
  beside: ['kong'],
  rows: routeRows,
  parts: { routing: createRouting },
};
var CORS = { name: 'cors', rows: corsRows, start: startCors };
var KEY_AUTH = { name: 'key-auth', rows: keyAuthRows, start: startKeyAuth };
var UNASKED = {
  name: 'unasked',
  beside: ['key-auth', 'jwt', 'basic-auth', 'hmac-auth'],
  start: startUnasked,
};
var RATE_LIMIT = {
  name: 'rate-limit',
  beside: ['consumer-limits'],
  rows: rateLimitRows,
  start: startRateLimit,
};
var RESPONSE_HEADERS = {
  name: 'response-headers',
  rows: responseHeadersRows,
  start: startResponseHeaders,
};
var REQUEST_ID = {
  name: 'request-id',
  beside: ['log', 'status'],
  rows: requestIdRows,
  start: startRequestId,
};
var LOG = { name: 'log', rows: logRows, start: startLog };

// lib/http/client-address.ts
/**
 * The caller's address: the peer's, or the one that a trusted peer forwards.
 *
 * Kong profiles: nginx's realip module, as Kong configures it (real_ip_header, real_ip_recursive). Plain profile:
 * X-Forwarded-For read from the right, the first address that is not a trusted proxy's. Reading it from the left was
 * rejected: any caller can start such a list. X-Forwarded-Proto means https only if every hop in it was https: with
 * proxies that append to it, a caller's own "https" comes first.
 */

/** The caller's address. `peer` is trusted; `list` is the value of its forwarding header. */
function forwardedAddress(peer, list, trusted, recursive) {
  let caller = peer;
  const hops = list?.split(',') ?? [];
  for (let i = hops.length - 1; i >= 0; i--) {
    const hop = parseAddress(hops[i]);
    if (hop === null) break;
    caller = formatAddress(hop);
    if (!recursive || !inNetworks(trusted, hop)) break;
  }
  return caller;
}

/** Null if no proxy is trusted. */
function createTrust({ trustedProxies, compat, kong }) {
  if (trustedProxies.length === 0) return null;
  const networks = trustedProxies.flatMap((text) => parseNetwork(text) ?? []);
  const [header, recursive] =
    compat === null ? ['x-forwarded-for', true] : [kong.realIpHeader, kong.realIpRecursive];
  return {
    client: (peer, headers) =>
      inNetworks(networks, parseAddress(peer))
        ? forwardedAddress(peer, headers.get(header), networks, recursive)
        : null,
    id: (headers) => (compat === null ? peersId(headers.get('x-request-id')) : null),
    secure(headers) {
      const sent = headers.get('x-forwarded-proto');
      if (!sent) return null;
      if (compat !== null) return sent === 'https' || null;
      return sent.split(',').every((hop) => /^\s*(?:https|wss)\s*$/i.test(hop));
    },
  };
}

// lib/http/host-override.ts
/**
 * Requests with a Host other than the origin's own: the caller's with preserveHost, else the origin's hostHeader.
 *
 * `fetch` takes the Host header from the URL; resolveOverride names the server to connect to. Cloudflare honours it
 * only for names in one's own zone, and the port is still the URL's: the origin's, or one that the route's hosts name,
 * never the caller's (except on Cloudflare under the Kong profiles, which send the Host as received, to the origin's
 * own server). Plain workerd ignores resolveOverride: there a request goes wherever its Host points. So there the
 * caller's Host is used only if the route names it, or if it matches a wildcard, no host of the route is open-ended
 * ("shop.*"), and the origin has no headers of its own: they are secrets.
 */

/** Only a host may be inserted into the URL: "evil.example\.shop.example" would end the host early. */
var HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;
var HOST_PORT = /:\d+$/;

/** The caller's Host if the route preserves it and it may be used; else null. */
function preservedHost(context, origin) {
  const { route, host, selfHosted, kong } = context;
  if (!route?.preserveHost || !HOST.test(host)) return null;
  if (!selfHosted && kong !== null) return host;
  const [port = ''] = HOST_PORT.exec(host) ?? [];
  const name = host.slice(0, host.length - port.length);
  const names = route.hosts.map((named) => (kong === null ? (readHost(named) ?? named) : named));
  if (selfHosted && !names.includes(name) && !names.includes(host)) {
    if (!isElsewhere(context) || origin.headers.length > 0) return null;
  }
  const [own = ''] = HOST_PORT.exec(origin.host) ?? [];
  return port !== '' && names.some((named) => named.endsWith(port)) ? host : name + own;
}

function isElsewhere({ route, selfHosted }) {
  if (!selfHosted || !route?.preserveHost) return false;
  return route.hosts.length > 0 && !endsInWildcard(route);
}

/** One of its hosts is open-ended: anyone who registers a domain could choose where requests go. */
var endsInWildcard = ({ hosts }) => hosts.some((named) => named.includes('.*'));

function targetOf(context, origin, tail) {
  const host = preservedHost(context, origin) ?? origin.hostHeader;
  return host === null ? null : originAddress(origin, tail, host);
}

var HOST_OVERRIDES = { target: targetOf, isElsewhere };

// lib/http/health-path.ts
/**
 * `healthPath`: a health check for load balancers and containers, which needs no token and asks no origin.
 */

function startHealthPath({ settings: { healthPath } }) {
  if (healthPath === null) return {};
  return {
    early: ({ path, method }) =>
      path === healthPath && (method === 'GET' || method === 'HEAD')
        ? new Response('ok\n', { headers: { 'Cache-Control': 'no-store' } })
        : null,
  };
}

// lib/http/respond-with.ts
/**
 * A fixed response from the configuration: the route is closed, a page is gone, a consumer may not call.
 *
 * Kong's request-termination: it runs after authentication and rate limits, before the origin; the response is never
 * negotiated by Accept (kong/plugins/request-termination/handler.lua). The consumer's response overrides the route's.
 */

function startRespondWith({ settings }) {
  return {
    answer: ({ respondWith, consumerResponses }) =>
      respondWith || consumerResponses || settings.consumerResponses
        ? (context) => fixedResponse(context, settings)
        : null,
  };
}

/** The response to send instead of the origin's; null to send the request to the origin. */
function fixedResponse(context, settings) {
  const { route, consumer } = context;
  const own =
    consumer && (route?.consumerResponses?.get(consumer.id) ?? settings.consumerResponses?.get(consumer.id));
  const fixed = own ?? route?.respondWith ?? null;
  if (fixed === null || !isTriggered(fixed, context)) return null;
  const { status, text, headers } = fixed;
  const bare = text === '' || context.method === 'HEAD' || isBodiless(status);
  // As bytes: the runtime adds a Content-Type to a body that is a string.
  const body = bare ? null : new TextEncoder().encode(text);
  return new Response(body, { status, headers });
}

/**
 * `trigger` names a header, in any case, or a query argument, exactly, as earlier features have left them; its value
 * may be empty.
 */
function isTriggered({ trigger }, context) {
  return (
    trigger === null ||
    headerNow(context, trigger.toLowerCase()) !== null ||
    new URLSearchParams(context.originQuery).has(trigger)
  );
}

// lib/kong/error-bodies.ts
/**
 * Kong's error responses, in two profiles.
 *
 * "kong-3": status and message of Kong 3, as JSON, text, HTML or XML. Errors of the router and of plugins are
 * negotiated by Accept, and are JSON without it; errors raised while proxying fall back to Content-Type and then to
 * text (kong/error_handlers.lua, kong/pdk/response.lua). "kong-2018": Kong 0.12 to 1.0, where a plugin's response was
 * always compact JSON, and a wrong key was 403. Kong inserts messages into its templates unescaped; so do both
 * profiles.
 */

/** Errors raised while proxying or parsing: nginx's error page in Kong. */
var PROXY = /^(?:origin_|retry_|method_|bad_up|bad_req|payload_)/;
/** Internal errors of Kong: never negotiated, and without a request id. */
var INTERNAL = /^(?:internal|limit_unknown)$/;

var TYPES = {
  json: 'application/json',
  plain: 'text/plain',
  html: 'text/html',
  xml: 'application/xml',
};
var FORMS = new Map([
  ['text/html', 'html'],
  ['text/plain', 'plain'],
  ['text/*', 'plain'],
  ['application/xml', 'xml'],
]);
var UTF8 = '; charset=utf-8';

/** What differed in 2018: status, message (null if the same), WWW-Authenticate (null for none). */
var OLD = {
  no_route: [404, 'no API found with those values', null],
  bad_key: [403, 'Invalid authentication credentials', null],
  no_key: [401, null, 'Key realm="kong"'],
  duplicate_key: [401, null, null],
  anonymous_missing: [500, 'An unexpected error occurred', null],
};

/** The best format of a list such as Accept, by Kong's rules: unknown types mean JSON, the first of equals wins. */
function chooseForm(accepted) {
  let chosen = 'json';
  let best = 0;
  for (const range of accepted?.split(',') ?? []) {
    const [name = '', ...parameters] = range.toLowerCase().split(';');
    let quality = 1;
    for (const parameter of parameters)
      quality = Number(/^\s*q=(\d*\.\d+)\s*$/.exec(parameter)?.[1] ?? quality);
    if (quality > best && name.includes('/')) {
      chosen = FORMS.get(name.trim()) ?? 'json';
      best = quality;
    }
  }
  return chosen;
}

/** Kong of 2018 searched for a known type anywhere in Accept. */
var chooseOldForm = (accept) =>
  ['html', 'json', 'xml'].find((known) => accept?.includes(TYPES[known])) ?? 'plain';

var bodyWriters = {
  json: (message, id) => `{
  "message":"${message}",
  "request_id":"${id}"
}`,
  plain: (message, id) => `${message}
request_id: ${id}
`,
  html: (message, id) => `<!doctype html>
<html>
  <head>
    <meta charset="utf-8">
    <title>Error</title>
  </head>
  <body>
    <h1>Error</h1>
    <p>${message}.</p>
    <p>request_id: ${id}</p>
  </body>
</html>
`,
  xml: (message, id) => `<?xml version="1.0" encoding="UTF-8"?>
<error>
  <message>${message}</message>
  <requestid>${id}</requestid>
</error>
`,
};

var writeOld = {
  json: (message) => `{"message":"${message}"}
`,
  plain: (message) => message + '\n',
  html: (message) => `<html>
<head>
<title>Kong Error</title>
</head>
<body>
<h1>Kong Error</h1>
<p>${message}.</p>
</body>
</html>
`,
  xml: (message) => `<?xml version="1.0" encoding="UTF-8"?>
<error><message>${message}</message></error>
`,
};

function oldRefusal(refusal) {
  const old = OLD[refusal.reason];
  if (!old) return refusal;
  const [status, message, challenge] = old;
  const kept = (refusal.headers ?? []).filter(([name]) => name.toLowerCase() !== 'www-authenticate');
  const headers = challenge === null ? kept : [...kept, ['WWW-Authenticate', challenge]];
  return refuse(refusal.reason, status, message ?? refusal.message, headers);
}

/** Content-Type and body. */
function kongBody({ reason, message, json }, old, accept, contentType, id) {
  const proxied = PROXY.test(reason);
  if (json !== undefined) return [TYPES.json + UTF8, old ? json + '\n' : json];
  if (old) {
    if (!proxied) return [TYPES.json + UTF8, writeOld.json(message)];
    const oldForm = chooseOldForm(accept);
    return [TYPES[oldForm], writeOld[oldForm](message)];
  }
  if (INTERNAL.test(reason)) return [TYPES.json + UTF8, `{"message":"${message}"}`];
  const form = chooseForm(accept ?? (proxied ? (contentType ?? 'text/plain') : null));
  return [TYPES[form] + UTF8, bodyWriters[form](message, id)];
}

/** Kong's response to a refusal, negotiated by the request's Accept, else by its Content-Type. */
function kongRefusal(refusal, context, compat, errorType) {
  const old = compat === 'kong-2018';
  const error = old ? oldRefusal(refusal) : refusal;
  const headers = new Headers(error.headers);
  if (error.message === '') return new Response(null, { status: error.status, headers });
  const { headers: sent, method } = context;
  const id = requestIdOf(context);
  const [type, text] = kongBody(error, old, sent.get('accept'), sent.get('content-type') ?? errorType, id);
  headers.set('content-type', type);
  return new Response(method === 'HEAD' ? null : text, { status: error.status, headers });
}

// lib/kong/headers.ts
/**
 * Kong's headers, under the Kong profiles only.
 *
 * To the origin  X-Forwarded-For (the caller's value and the peer), -Proto, -Host, -Port, -Path, -Prefix, X-Real-IP,
 *                X-Kong-Request-Id, Via; a trusted peer's own X-Forwarded-* are forwarded
 * To the caller  Server, Via, X-Kong-Request-Id, and either the two latencies of a proxied response or the one of a
 *                response made here
 *
 * Kong of 2018 had no -Path, -Prefix, request id, Via to the origin, or latency of its own responses; its Via named no
 * protocol and replaced the origin's.
 */

var kongName = ({ compat }) => (compat === 'kong-2018' ? 'kong/0.14.1' : 'kong/3.10.0');

var appendHeader = (headers, name, value) => {
  const before = headers.get(name);
  headers.set(name, before ? `${before}, ${value}` : value);
};

/**
 * The stripped part of the path, null if it is only "/"; escaped: a regular expression may have matched a line break.
 */
var strippedPrefix = (route, matched) =>
  route?.stripPath && matched !== '' && matched !== '/' ? escapePath(matched) : null;

/** Turns the caller's headers into the origin's, in place. */
function forwardKongHeaders(headers, context, settings) {
  dropHopHeaders(headers);
  const { host, trusted } = context;
  const { kong, compat } = settings;
  const colon = host.lastIndexOf(':');
  const ported = colon > host.lastIndexOf(']');
  const named = ported ? host.slice(colon + 1) : '';
  const port = /^\d{1,5}$/.test(named) ? named : context.scheme === 'https' ? '443' : '80';
  const mapped = Object.hasOwn(kong.portMaps, port) ? kong.portMaps[port] : port;
  const set = (name, value) => {
    if (trusted && headers.has(name)) return;
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  };
  joinCookieLines(headers);
  headers.delete('proxy');
  headers.set('x-real-ip', callerOf(context).client);
  appendHeader(headers, 'x-forwarded-for', callerOf(context).peer);
  set('x-forwarded-proto', context.scheme);
  set('x-forwarded-host', (ported ? host.slice(0, colon) : host).toLowerCase());
  set('x-forwarded-port', String(mapped));
  if (compat === 'kong-2018') return;
  set('x-forwarded-path', context.path);
  set('x-forwarded-prefix', strippedPrefix(context.route, context.matchedPath));
  appendHeader(headers, 'via', `${protocolOf(context.request)} ${kongName(settings)}`);
  if (kong.upstreamRequestId) headers.set('x-kong-request-id', requestIdOf(context));
  else headers.delete('x-kong-request-id');
}

var TEXTS = /^(text\/(html|xml|plain|vnd\.wap\.wml)|application\/(javascript|rss\+xml))$/i;

/** nginx's charset module adds the charset to text types that have none. */
function nameCharset(headers) {
  const type = headers.get('content-type');
  if (type !== null && TEXTS.test(type)) headers.set('content-type', `${type}; charset=UTF-8`);
}

/** Headers from an origin to nginx, which are not forwarded (ngx_http_proxy_module, proxy_hide_header). */
var NGINX_KEEPS = ['Buffering', 'Charset', 'Expires', 'Limit-Rate', 'Redirect'].map(
  (name) => 'X-Accel-' + name,
);

/** Adds Kong's headers to the response, in place. `proxied`: an origin was asked, whether it responded or not. */
function addKongHeaders(headers, context, settings, { proxied, status }, now) {
  const { compat, kong } = settings;
  if (context.origin !== null) for (const name of NGINX_KEEPS) headers.delete(name);
  if (kong.charset && context.origin !== null) nameCharset(headers);
  const listed = kong.headers === true ? null : kong.headers || [];
  const old = compat === 'kong-2018';
  const put = (name, value) => {
    if (listed === null || listed.includes(name)) headers.set(name, String(value));
  };
  if (!proxied || !headers.has('server')) put('Server', kongName(settings));
  if (proxied) {
    const before = headers.get('via');
    const via = old ? kongName(settings) : `1.1 ${kongName(settings)}`;
    put('Via', old || before === null ? via : `${before}, ${via}`);
    put('X-Kong-Upstream-Latency', Math.max(0, context.answeredAt - context.sentAt));
    put('X-Kong-Proxy-Latency', Math.max(0, context.sentAt - context.startedAt));
    if (listed !== null) put('X-Kong-Upstream-Status', status);
  } else if (!old) put('X-Kong-Response-Latency', Math.max(0, now - context.startedAt));
  if (!old) put('X-Kong-Request-Id', requestIdOf(context));
  if ((old || kong.debugHeaders) && context.route !== null && context.headers.has('kong-debug'))
    addDebugHeaders(headers, context.route);
}

/** The route and service that matched (kong/router, `http_kong_debug`); a route without a name sends no name. */
function addDebugHeaders(headers, { id, name, service }) {
  headers.set('Kong-Route-Id', id);
  if (!name.startsWith('routes[')) headers.set('Kong-Route-Name', name);
  if (service === null) return;
  headers.set('Kong-Service-Id', service.id);
  if (service.name !== undefined) headers.set('Kong-Service-Name', service.name);
}

// lib/kong/compat.ts
/**
 * Kong's visible behaviour as one feature: headers in both directions, and the format of refusals.
 */

function startKong({ settings, runtime }) {
  const { compat, kong } = settings;
  if (compat === null) return {};
  return {
    forward: (headers, context) => forwardKongHeaders(headers, context, settings),
    refusal: (refusal, context) => kongRefusal(refusal, context, compat, kong.errorType),
    finish:
      () =>
      (context, { status, reason, change }) => {
        const proxied =
          reason === null ? context.origin !== null : context.sentAt > 0 && reason !== 'no_origin';
        addKongHeaders(change(), context, settings, { proxied, status }, runtime.now());
      },
  };
}

// lib/kong/dns-error.ts
/** Origins whose name cannot be resolved: Kong distinguishes them from origins that cannot be reached. */

/** Cloudflare's status for an origin whose name it cannot resolve. */
var NO_NAME = 530;
var UNRESOLVED = refuse('no_origin', 503, 'name resolution failed');

var DNS_ERRORS = {
  /**
   * workerd does not report DNS failures as such. But over plain http an error that it does not mark as retryable is a
   * DNS failure or, in older releases, a response that is not HTTP: the request may have arrived, and is not sent
   * again.
   */
  statusOf: (error, { site }) => (!site.startsWith('http:') || error.retryable === true ? 0 : NO_NAME),
  refusalOf: (status) => (status === NO_NAME ? UNRESOLVED : null),
};

// lib/routing/canary.ts
/**
 * Canary releases: a share of callers gets the canary's pool instead of the route's own.
 *
 * Promises that a caller stays on one pool, on every route and in every isolate: only its identity decides (consumer,
 * else credential, else address). Its position between 0 and 100 is fixed, so raising the share only adds callers. Of
 * 10,000 callers, the share is exact to within 1 %. A request that fails at its pool is not sent to the other: the
 * caller would see both. Rejected: a cookie, which API clients don't store, and a random choice, which switches pools.
 * The hash is salted: a consistent-hash pool hashes the same identities, and the canary's callers would be close
 * together on its ring.
 */

/**
 * Index of the pool for this request; `next` is the canary's. If the header that the route names is "always" or
 * "never", only it decides (the convention of ingress-nginx). Anonymous callers are distinguished by address.
 */
function canaryPool({ canary, pool }, next, context) {
  if (canary === null) return pool;
  const forced = canary.header === null ? null : context.headers.get(canary.header);
  if (forced === 'always') return next;
  const known = context.anonymous ? null : (context.consumer?.id ?? context.credentialId);
  const place = xxh32('canary ' + (known ?? callerNetworkOf(context))) / 2 ** 32;
  return forced !== 'never' && place * 100 < canary.percent ? next : pool;
}

function startCanary({ settings }) {
  return {
    // Before the cache is asked, which keeps the pools' responses apart.
    answer: (route) => {
      if (!route.canary) return null;
      const next = settings.pools.findIndex(({ name }) => name === route.canary?.pool);
      return (context) => {
        context.pool = canaryPool(route, next, context);
        return null;
      };
    },
  };
}

// lib/http/https-redirect.ts
/**
 * An https-only route refuses plain http (RFC 9110, 15.5.22: 426 names what to upgrade to), or redirects to https. A
 * key or token in the query is removed from that redirect, so that its owner notices that it was sent unencrypted; the
 * Kong profiles send the query unchanged.
 */

var UPGRADE = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'TLS/1.2, HTTP/1.1'],
];

/** Null if the scheme is one of `protocols`; a route that accepts http accepts https too, as in Kong. */
function refuseInsecure(context, protocols, status) {
  if (context.scheme === 'https' || protocols.includes('http')) return null;
  if (status < 300 || status > 399)
    return refuse('https_required', status, 'Please use HTTPS protocol', UPGRADE);
  const host = publicHostOf(context).replace(/:\d+$/, '');
  const route = context.kong === null ? context.route : null;
  const keyNames = route?.auth?.hideCredentials ? route.auth.keyNames : [];
  const names = [...keyNames, ...(route?.jwt?.queryNames ?? [])];
  const query = names.length > 0 ? hideInQuery(context.query, names) : context.query;
  return refuse('https_required', status, '', [['Location', `https://${host}${context.path}${query}`]]);
}

function startHttpsRedirect() {
  const guard = ({ protocols, httpsRedirectStatus }) =>
    protocols.includes('http') ? null : (context) => refuseInsecure(context, protocols, httpsRedirectStatus);
  return { preflight: guard, admit: guard };
}

// lib/limits/consumer-limits.ts
/** Limits of single consumers, which override those of their routes: Kong's rate-limiting of a consumer. */

/** The consumer's limit on this route, or everywhere; null if it has none of its own. */
function consumerLimit({ consumerLimits }, { route, consumer }) {
  const own = consumer && (route?.consumerLimits?.get(consumer.id) ?? consumerLimits?.get(consumer.id));
  return own ?? null;
}

// lib/limits/limit-key.ts
/**
 * Limits by something other than the caller: by a header's value, by path, by service. Paths are normalised first.
 */

/** A caller's string may be long or a secret: the table of counters holds a 64-bit hash of it. */
var shortText = (text) => text && `${xxh32(text)} ${xxh32(' ' + text)}`;

/** The key that a request is counted under; null if it is counted by the caller's address. */
function limitKey(by, context) {
  const { route } = context;
  // Kong's services may share a pool. Undefined if the file does not carry the Kong feature.
  if (by === 'service') return route?.service?.id ?? String(route?.pool ?? '');
  if (by === 'path') return shortText(normalPathOf(context)) ?? '';
  if (typeof by === 'string') return null;
  if ('header' in by) return shortText(context.headers.get(by.header));
  return normalPathOf(context) === normalisePath(pathBytes(by.path)) ? by.path : null;
}

// lib/routing/patterns.ts
/**
 * Conditions that only some gateways use: regular expressions for paths, and header values. The router itself knows
 * hosts, prefixes and methods, and gets these from here, so that a file without them carries no code for regular
 * expressions.
 *
 * A string too long for a pattern is refused, not treated as a mismatch: the request would go to the next route, which
 * may require no key.
 */

var PATH_TOO_LONG = refuse('bad_request', 414, 'URI too long');
var HEADER_TOO_LONG = refuse('bad_request', 431, 'Request header or cookie too large');

/** The literal string that every match begins with: what precedes the first special or repeated character. */
var literalPrefix = (source) =>
  source.includes('|')
    ? ''
    : /^\^?((?:(?:[\w/%~@:,-]|\\[./-])(?![?*+{]))*)/.exec(source)[1].replaceAll('\\', '');

var PATTERNS = {
  conditions({ headers: named }, path) {
    const source = path.startsWith('~') ? path.slice(1) : null;
    const pattern = source === null ? null : compilePattern(source, true);
    const conditions = named.map(([name, values]) => headerCondition(name, values));
    if (pattern === null && conditions.length === 0) return null;
    return {
      prefix: source === null ? path : literalPrefix(source),
      evaluate(match, sent, headers) {
        let refused = null;
        for (const condition of conditions) {
          const holds = condition(headers);
          if (holds === false) return null;
          if (holds !== true) refused = holds;
        }
        if (pattern === null) return refused ?? match;
        if (sent.length > pattern.maxLength) return refused ?? PATH_TOO_LONG;
        const captures = pattern.regex.exec(sent);
        return captures && (refused ?? { ...match, matchedPath: captures[0], captures });
      },
    };
  },
  origin(source) {
    const { regex, maxLength } = compilePattern(source.replace(/^\^/, ''), true, true);
    return (text) => text.length <= maxLength && regex.test(text);
  },
};

/** Kong's rule: values are compared regardless of case, but a single value that starts with "~*" is a pattern. */
function headerCondition(name, values) {
  const [only = ''] = values;
  if (values.length === 1 && only.startsWith('~*')) {
    const { regex, maxLength } = compilePattern(only.slice(2), false, false, 'i');
    return (headers) => {
      const value = headers.get(name);
      if (value !== null && value.length > maxLength) return HEADER_TOO_LONG;
      return value !== null && regex.test(value);
    };
  }
  const known = new Set(values.map((value) => value.toLowerCase()));
  return (headers) => known.has(headers.get(name)?.toLowerCase() ?? '\n');
}

// lib/routing/traditional.ts
/**
 * The order of Kong's traditional router, and of all of 1.x and 2.x (`sort_routes` in router/traditional.lua): which
 * kinds of condition a route has is compared before the rest; among equals the older route wins.
 */

function rankTraditionally(route, path) {
  const { hosts, headers, methods } = route;
  const [count = 0, plainHosts = 0, , regex = 0, ...tail] = rankKeys(route, path);
  const kinds = [hosts.length > 0, headers.length > 0, path !== '', methods.length > 0].map(Number);
  const wildPort = hosts.some((host) => isWild(host) && hasPort(host));
  return [count, ...kinds, 4 * Number(wildPort) + 2 * plainHosts + regex, headers.length, ...tail];
}

// lib/balance/board.ts
/**
 * The board: isolates of one data centre share five numbers per origin of a pool, and the newest win.
 *
 * It serves isolates that see a request every ten seconds, whose own measurements are old when they are needed. The
 * board is read before a request, but only if the isolate's own data is older than five seconds (a busy isolate never
 * reads). It is written after the response, if no isolate has written the same lately: about once in eleven requests.
 *
 * Entries are first guesses only. One can make an origin look fast or slow until the origin answers a request here; it
 * can neither eject an origin nor readmit one, whoever wrote it. An ejection is shared like a failure: the origin looks
 * five times as slow for a while. Rejected: sharing ejections (hole-sparse: p99 during the fault 759 instead of 381 ms,
 * because it is then left to chance which request retests); sharing readmissions (no gain); reading the board in
 * parallel with the request (its data is then ten seconds old by the next one).
 */

/** Data older than this is looked up, and shared again. */
var FRESH_MS = 5e3;
/** How long a request waits for the board: at 15 ms a request the board costs more than it saves. */
var BOARD_WAIT_MS = 5;
/** How long a board is stored; an older entry is no better than none. */
var BOARD_KEPT_MS = 6e5;
/** Upper bound of the times that are read from a board, as for a failure's. */
var MOST_MS = 1e4;

/** Null for a pool that would gain nothing: one origin, or a policy that ignores response times. */
function createBoard(pool) {
  if (pool.origins.length < 2 || !followsLatency(pool)) return null;
  return {
    readAt: 0,
    toldAt: 0,
    heard: pool.origins.map(() => 0),
    ejectedUntil: pool.origins.map(() => 0),
  };
}

/** Whether a request is to read the board before it chooses an origin. */
function isReadDue({ origins }, board, now) {
  return isOld(board.readAt, now) && origins.every(({ learntAt }) => isOld(learntAt, now));
}

/** Math.abs, since the clock may have been set back. */
var isOld = (since, now) => havePassed(FRESH_MS, since, now);

/** The rows of a board, in the order of the pool's origins; null if this code would not write such a value. */
function boardRowsIn(value, { origins }) {
  const isRow = (row) =>
    Array.isArray(row) && row.length === 5 && row.every((one) => Number.isFinite(one) && one >= 0);
  return Array.isArray(value) && value.length === origins.length && value.every(isRow) ? value : null;
}

function readBoard(pool, board, rows, now) {
  for (const origin of pool.origins) {
    const [latency, mean, deviation, learntAt, goodAt] = rows[origin.index];
    // A time in the future comes from a wrong clock.
    if (mean === 0 || learntAt > now || now - learntAt > BOARD_KEPT_MS) continue;
    board.heard[origin.index] = learntAt;
    if (goodAt <= now) origin.goodAt = Math.max(origin.goodAt, goodAt);
    if (learntAt <= origin.learntAt) continue;
    origin.latency = Math.min(MOST_MS, Math.max(1, latency));
    origin.mean = Math.min(MOST_MS, Math.max(1, mean));
    origin.deviation = Math.min(MOST_MS, deviation);
    origin.learntAt = learntAt;
  }
}

/**
 * Records what a request did to the pool; true if the board is to be written, after the response. A silent origin that
 * was overtaken is ejected without a failure: here it gets a failure's latency.
 */
function isTellingDue(pool, board, now) {
  let due = isOld(board.toldAt, now);
  for (const origin of pool.origins) {
    const { index, ejectedUntil } = origin;
    if (ejectedUntil === board.ejectedUntil[index]) continue;
    board.ejectedUntil[index] = ejectedUntil;
    if (ejectedUntil === 0) continue;
    if (origin.learntAt < now) learnFailure(origin, pool, now);
    board.heard[index] = 0;
    due = true;
  }
  if (due) board.toldAt = now;
  return due;
}

/** The rows to write; null if the board's entry of each origin is recent enough. */
function rowsToTell({ origins }, board) {
  if (origins.every(({ index, learntAt }) => learntAt - board.heard[index] < FRESH_MS)) return null;
  return origins.map(({ index, latency, mean, deviation, learntAt, goodAt }) => {
    board.heard[index] = learntAt;
    return [latency, mean, deviation, learntAt, goodAt];
  });
}

// lib/limits/lease-messages.ts
/**
 * The messages about limits between isolates and the companion. All are JSON; all times are ms since 1970.
 *
 * A message may be lost, duplicated, late or overtaken by a later one. Session and sequence tell the companion which of
 * an isolate's messages it has seen, so that tokens are returned, and counts added, only once.
 */

/**
 * The version of all messages, in a header of the companion's answers. An answer without it is none: it is from some
 * other Worker, or from a companion of another version.
 */
var ANSWER_HEADERS = { 'x-shared': '1' };

// lib/shared/companion.ts
/**
 * The client of the companion: calls to it, and the envelope that identifies this isolate's messages.
 *
 * Calls are plain fetch with JSON, so that the same binding can be a Worker on Cloudflare and another process or
 * machine on plain workerd. Nothing here throws: a call without an answer returns null.
 */

/** For work that waits for an isolate to become idle: below the 30 s for which waitUntil extends a request. */
var IDLE_MS = 2e4;

function createCompanion(settings, runtime) {
  return { settings, runtime, isolate: '', complained: false };
}

/** The envelope of a new message from this isolate. */
function newEnvelope(companion, sender) {
  companion.isolate ||= companion.runtime.id();
  return { isolate: companion.isolate, session: sender.session, sequence: ++sender.sequence };
}

/** Sends `body`, or a GET without one. Returns the companion's answer, null if none came within `timeoutMs`. */
async function callCompanion(companion, path, body) {
  const { runtime, settings } = companion;
  let fault = hasCompanion() ? 'the companion does not answer' : 'there is no service binding SHARED';
  const answer = await tryWithin(runtime, settings.timeoutMs, async (signal) => {
    const init = body === undefined ? { signal } : { method: 'POST', body: JSON.stringify(body), signal };
    const response = await askCompanion(`http://shared${path}`, init);
    if (!response.ok) fault = `the companion answers ${response.status}`;
    else if (response.headers.get('x-shared') !== ANSWER_HEADERS['x-shared'])
      fault = 'SHARED is not a companion of this version';
    else {
      const value = await response.json();
      fault = '';
      return value;
    }
    return null;
  });
  // Once per isolate: it works alone while this lasts, and requests must not fill the log.
  if (fault !== '' && !companion.complained) {
    companion.complained = true;
    runtime.log(JSON.stringify({ error: `shared: ${fault}` }));
  }
  return answer;
}

// lib/shared/sealed-cache.ts
/**
 * Strings in the Cache API that only this gateway can have written.
 *
 * Any Worker of the zone can read and write that cache. An entry's name is therefore an HMAC of its subject, and its
 * text is valid only with an HMAC over name and text: without the secret no one can find an entry, forge one, or move
 * one to another name. On workers.dev, in the dashboard's preview and on plain workerd the cache is absent or empty,
 * and nothing is ever read.
 */

/** `kind` separates entries of different uses. */
function createSealedCache(kind, secret) {
  const nameOf2 = async (about) =>
    `https://${kind}.invalid/v1/${(
      await hmacOf(
        secret,
        `name
${about}`,
      )
    ).slice(0, 32)}`;
  const sealOf = (name, text) =>
    hmacOf(
      secret,
      `text
${name}
${text}`,
    );
  return {
    read: async (about) => {
      const name = await nameOf2(about);
      const hit = await platformCache()?.match(name);
      const [seal, text = ''] = (await hit?.text())?.split('\n') ?? [];
      return seal !== undefined && seal === (await sealOf(name, text)) ? text : null;
    },
    write: async (about, text, seconds) => {
      const name = await nameOf2(about);
      const sealed = `${await sealOf(name, text)}
${text}`;
      const headers = { 'Cache-Control': `max-age=${seconds}` };
      await platformCache()?.put(name, new Response(sealed, { headers }));
    },
  };
}

// lib/shared/board.ts
/**
 * The isolates of one data centre share what they have measured of each pool's origins (balance/board.ts). The board is
 * read before a request that would otherwise guess, which waits 5 ms at most, and written after the response.
 *
 * With a secret it is stored, sealed, in the data centre's Cache API. Without one the companion stores it by data
 * centre: meant for processes of one machine or network, where it answers within those 5 ms. Anyone who can write to
 * either store can make origins look fast or slow for a while, but nothing else.
 */

function startBoard(state) {
  const { settings, runtime } = state;
  const { shared } = settings;
  if (!shared?.board) return {};
  const { secret } = shared.board;
  const store = secret === null ? companionStore(shared, runtime) : cacheStore(secret);
  const poolBoards = state.pools.map(poolBoardOf);
  const boards = { store, runtime, timeoutMs: shared.timeoutMs };
  const look = (route, context) => {
    const poolBoard = poolBoards[context.pool < 0 ? route.pool : context.pool];
    return poolBoard ? lookAtBoard(boards, poolBoard, context) : null;
  };
  const tell = (context) => {
    const poolBoard = poolBoards[context.pool];
    if (poolBoard && isTellingDue(poolBoard.pool, poolBoard.board, runtime.now()))
      context.waitUntil(tellBoard(boards, poolBoard, context));
  };
  const isFor = ({ pool, canary }) =>
    Boolean(poolBoards[pool] ?? poolBoards[settings.pools.findIndex(({ name }) => name === canary?.pool)]);
  return {
    // The last step, so that requests answered without an origin read no board.
    answer: (route) => (isFor(route) ? (context) => look(route, context) : null),
    finish: (route) => (route !== null && isFor(route) ? tell : null),
  };
}

function poolBoardOf(pool) {
  const board = createBoard(pool);
  const title = JSON.stringify(pool.settings.origins.map(({ site, basePath }) => site + basePath));
  return board && { pool, board, title, reading: null };
}

function cacheStore(secret) {
  const cache = createSealedCache('board', secret);
  return {
    read: async (about) => JSON.parse((await cache.read(about)) ?? 'null'),
    write: (about, rows) => cache.write(about, JSON.stringify(rows), BOARD_KEPT_MS / 1e3),
  };
}

function companionStore(shared, runtime) {
  const companion = createCompanion(shared, runtime);
  const nameOf2 = (about) => xxh32(about).toString(16);
  return {
    read: (about) => callCompanion(companion, `/board?name=${nameOf2(about)}`),
    write: (about, rows) => callCompanion(companion, '/board', { name: nameOf2(about), rows }),
  };
}

/** By data centre, because they all share one companion. A cache belongs to one data centre anyway. */
var aboutOf = ({ title }, { request }) => `${request.cf?.colo ?? ''}
${title}`;

/** Requests that arrive meanwhile wait for the same read, each with its own timer. */
function lookAtBoard(boards, poolBoard, context) {
  const { runtime } = boards;
  const { pool, board } = poolBoard;
  const now = runtime.now();
  if (isReadDue(pool, board, now)) {
    board.readAt = now;
    poolBoard.reading = readPoolBoard(boards, poolBoard, context);
    context.waitUntil(poolBoard.reading);
  }
  const left = BOARD_WAIT_MS - Math.abs(now - board.readAt);
  if (poolBoard.reading === null || left <= 0) return null;
  return settledWithin(poolBoard.reading, left, runtime).then(() => null);
}

/** A read that is too late for its own request serves the next one. */
async function readPoolBoard({ store, runtime, timeoutMs }, poolBoard, context) {
  const value = await settledWithin(store.read(aboutOf(poolBoard, context)), timeoutMs, runtime);
  const rows = boardRowsIn(value, poolBoard.pool);
  if (rows !== null) readBoard(poolBoard.pool, poolBoard.board, rows, runtime.now());
  poolBoard.reading = null;
}

async function tellBoard(boards, poolBoard, context) {
  const { store, runtime, timeoutMs } = boards;
  const now = runtime.now();
  // Read first, so that what others wrote meanwhile is not overwritten.
  if (now - poolBoard.board.readAt >= FRESH_MS) {
    poolBoard.board.readAt = now;
    await readPoolBoard(boards, poolBoard, context);
  }
  const rows = rowsToTell(poolBoard.pool, poolBoard.board);
  if (rows !== null) await settledWithin(store.write(aboutOf(poolBoard, context), rows), timeoutMs, runtime);
}

// lib/limits/shared-limit.ts
/**
 * A limit over all isolates: each one spends tokens that the companion has granted it, chunk by chunk.
 *
 * Promises for `exact` with `onFailure: closed` that all isolates together spend no more tokens of a window than its
 * limit, whatever fails: a token is spent once and only in the window that it was granted for, it leaves the counter
 * before the message that returns it is sent, and an answer counts only while its ask is in flight. A lost answer, an
 * isolate that dies and a window that ends can only lose tokens.
 *
 * Costs nothing while tokens are left. A caller's first request in an isolate and window waits for one round trip;
 * later chunks, and those of the next second or minute, are asked for in parallel with a request that does not wait.
 * Rejected: a call for each request (0.3 of the throughput); counting here and sending deltas each second as Kong's
 * redis policy does (up to 2.9 times the limit passes); caching refusals only (half a call per request). Pure: neither
 * clock nor network.
 */

var LEASE_CAPACITY = 2e4;
/** While the companion is down, one call a second checks whether it is back. */
var LEASE_RETRY_MS = 1e3;
/** How long after its timeout an ask is given up if its request was killed. */
var LEASE_GRACE_MS = 250;
var MINUTE_MS = LENGTHS_MS.minute;

function createLeases(settings, capacity = LEASE_CAPACITY) {
  return { settings, counters: new Map(), capacity };
}

function createLink(shard = 0) {
  const state = { down: false, retryAt: 0, roundTripMs: 30, isolates: 1, sweepsAt: 0 };
  return { ...state, shard, session: '', sequence: 0 };
}

/** The time that a chunk is meant to last: a tenth of the shortest window, in ms. */
function chunkMs({ windows }) {
  return Math.min(2e4, Math.max(250, LENGTHS_MS[windows[0].period] / 10));
}

/** Returns a caller's counter, and records one request of the caller at `now`. */
function useCounter(leases, key, windows, link, now) {
  // Limits of one scope share its windows, whichever of them each has: the companion counts each window separately.
  const id = windows.reduce(
    (text, { period, limit }) => `${text}
${limit} a ${period}`,
    key,
  );
  let counter = leases.counters.get(id);
  if (counter === undefined) {
    makeLeaseRoom(leases, now);
    counter = createCounter(key, windows, link, now);
    leases.counters.set(id, counter);
  }
  const fade = Math.exp(-Math.max(0, now - counter.usedAt) / chunkMs(counter));
  counter.demand = counter.demand * fade + 1;
  counter.usedAt = now;
  roll(counter, now);
  return counter;
}

function createCounter(key, windows, link, now) {
  return {
    key,
    // `roll` starts them.
    windows: windows.map((window) => ({ ...window, start: NaN, back: 0, room: 0, unpaid: 0 })),
    link,
    left: 0,
    spent: 0,
    early: 0,
    next: null,
    demand: 0,
    usedAt: now,
    fullUntil: 0,
    aloneUntil: 0,
    waiting: 0,
    ask: null,
  };
}

/**
 * Halves a full table: evicts idle counters, then the oldest. An evicted counter loses its tokens, and asks again when
 * it is next used; requests that passed without a token and were not yet reported are lost with it.
 */
function makeLeaseRoom({ counters, capacity }, now) {
  for (const idleOnly of [true, false])
    if (counters.size >= capacity) {
      for (const [key, counter] of counters)
        if (counters.size > capacity / 2 && !(idleOnly && isBusy(counter, now))) counters.delete(key);
    }
}

function isBusy(counter, now) {
  return counter.ask !== null || now < counter.fullUntil || now - counter.usedAt < 2 * chunkMs(counter);
}

var startsAt = ({ windows }, now) => windows.map(({ period }) => windowStart(period, now));
var startsOf = ({ windows }) => windows.map(({ start }) => start);
var areCurrent = ({ windows }, starts) => windows.every(({ start }, i) => start === starts[i]);

/**
 * Moves the counter into the windows of `now`. Tokens left when a window ends are returned to the longer windows that
 * continue. If the clock was set back, too, nothing that belongs to other windows is kept.
 */
function roll(counter, now) {
  const { windows, next, left } = counter;
  const starts = startsAt(counter, now);
  if (areCurrent(counter, starts)) return;
  const fits = next !== null && next.starts.every((start, i) => start === starts[i]);
  windows.forEach((window, i) => {
    const start = starts[i];
    if (window.start === start) window.back += left;
    else Object.assign(window, { start, back: 0, room: window.limit, unpaid: 0 });
    if (next !== null && !fits && next.starts[i] === start) window.back += next.granted;
  });
  counter.left = fits ? next.granted : 0;
  counter.next = null;
  counter.spent = counter.early = counter.fullUntil = counter.aloneUntil = 0;
}

/** Passes a request without a token, to be reported with the next ask. */
function passUnpaid({ windows }) {
  for (const window of windows) {
    window.back--;
    window.unpaid++;
  }
  return 'pass';
}

/** Spends a token for one request, which the counter's demand includes already. */
function takeToken(leases, counter, now) {
  roll(counter, now);
  if (counter.left > 0) {
    counter.left--;
    counter.spent++;
    return 'pass';
  }
  if (now < counter.fullUntil) return 'refuse';
  if (isAlone(counter, now)) {
    // If others are refused, the request that checks whether the companion is back may as well wait for the answer.
    const findsOut =
      leases.settings.onFailure === 'closed' && now >= counter.aloneUntil && isRetryDue(counter.link, now);
    return findsOut ? 'wait' : takeAlone(leases, counter);
  }
  if (leases.settings.limits === 'loose' && counter.early < earlyMost(counter)) {
    counter.early++;
    return passUnpaid(counter);
  }
  return 'wait';
}

/** The companion can't be reached, or does not know the current window's count. */
function isAlone({ link, aloneUntil }, now) {
  return link.down || now < aloneUntil;
}

/** A twentieth of the limit for all isolates together, but at least one in each. */
function earlyMost({ windows, link }) {
  return Math.max(1, Math.floor(Math.min(...windows.map(({ limit }) => limit)) / 20 / link.isolates));
}

/** Applies `onFailure`. For `local`, an isolate has an equal share of what was left as of the last answer. */
function takeAlone({ settings: { onFailure } }, counter) {
  if (onFailure === 'closed') return 'unavailable';
  const { windows, link } = counter;
  const mayPass = ({ room, unpaid }) => room > 0 && unpaid < Math.max(1, Math.floor(room / link.isolates));
  return onFailure === 'open' || windows.every(mayPass) ? passUnpaid(counter) : 'refuse';
}

/**
 * The ask to send at `now`, in parallel with a request or before one that waits; null for none. The tokens that it
 * returns have left the counter. Only one ask is in flight at a time.
 */
function nextAsk(leases, counter, now, waits) {
  const { windows, link, ask } = counter;
  roll(counter, now);
  if (ask !== null && isRunning(ask.sentAt, now, leases.settings.timeoutMs + LEASE_GRACE_MS)) return null;
  if (now < counter.aloneUntil || now < counter.fullUntil) return null;
  if (link.down) {
    if (!isRetryDue(link, now)) return null;
    link.retryAt = now + LEASE_RETRY_MS;
  }
  const need = waits ? Math.max(1, counter.waiting) : counter.waiting;
  const owes = windows.some(({ unpaid }) => unpaid > 0);
  if (need > 0 || owes || link.down) return sendAsk(counter, startsOf(counter), need, now);
  const ahead = 2 * link.roundTripMs + 5;
  const low = counter.demand * Math.min(0.5, ahead / chunkMs(counter));
  if (counter.left > 0 && counter.left <= low && windows.every(({ room }) => room > 0))
    return sendAsk(counter, startsOf(counter), 0, now);
  return isNextDue(counter, now + ahead) ? sendAsk(counter, startsAt(counter, now + ahead), 0, now) : null;
}

/** False if the clock was set back: otherwise nothing would be asked until it has caught up. */
var isRunning = (since, now, ms) => now >= since && now < since + ms;

var isRetryDue = ({ retryAt }, now) => !isRunning(retryAt - LEASE_RETRY_MS, now, LEASE_RETRY_MS);

function isNextDue({ windows, next, demand }, then) {
  const { period, start } = windows[0];
  return (
    LENGTHS_MS[period] <= MINUTE_MS && next === null && demand >= 1.5 && windowStart(period, then) !== start
  );
}

function sendAsk(counter, starts, need, now) {
  const message = composeAsk(counter, starts, need, Math.ceil(counter.demand) + need);
  counter.ask = { message, sentAt: now };
  return message;
}

function composeAsk(counter, starts, need, want) {
  const isCurrent = areCurrent(counter, starts);
  const spent = isCurrent ? Math.max(0, counter.spent) : 0;
  counter.spent -= spent;
  return {
    key: counter.key,
    windows: counter.windows.map(({ period, limit }, i) => ({
      start: starts[i],
      length: LENGTHS_MS[period],
      limit,
    })),
    need,
    want,
    spent,
    back: counter.windows.map((window, i) => {
      const { start, back } = window;
      if (starts[i] !== start) return 0;
      window.back = 0;
      return back;
    }),
  };
}

/** The companion's answer to an ask; ignored unless that ask is in flight. */
function receiveGrant(counter, message, grant, now) {
  const { link, ask } = counter;
  if (ask === null || ask.message !== message) return;
  counter.ask = null;
  link.down = false;
  // The clock may have been set in the meantime.
  const took = Math.min(LEASE_RETRY_MS, Math.max(0, now - ask.sentAt));
  link.roundTripMs += (took - link.roundTripMs) / 8;
  roll(counter, now);
  const starts = message.windows.map(({ start }) => start);
  if (areCurrent(counter, starts)) receiveCurrent(counter, message, grant, now);
  else if (!grant.unknown) receiveOther(counter, starts, grant.granted);
}

function receiveCurrent(counter, message, grant, now) {
  const { granted, room, full, held } = grant;
  if (grant.unknown) {
    counter.waiting = 0;
    // Not until the window ends, which may be a month: the companion's table may have room soon.
    counter.aloneUntil = now + chunkMs(counter);
    restoreDebts(counter, message);
    return;
  }
  counter.left += granted;
  // Waiting requests spend theirs now, and the companion has counted them.
  counter.spent -= Math.min(granted, message.need);
  counter.waiting = Math.max(0, counter.waiting - granted);
  counter.windows.forEach((window, i) => {
    window.room = room[i];
    window.unpaid = Math.max(0, -window.back);
  });
  const exhausted = counter.windows[full];
  if (granted > 0 || exhausted === undefined) return;
  counter.waiting = 0;
  const { period, start } = exhausted;
  const ends = windowEnd(period, start);
  const soon = now + Math.max(chunkMs(counter), LENGTHS_MS[period] / 20);
  counter.fullUntil = held > 0 ? Math.min(ends, soon) : ends;
}

/** A grant for windows that have not begun, or that have ended in the meantime. */
function receiveOther(counter, starts, granted) {
  const { windows } = counter;
  if (starts[0] > windows[0].start) counter.next = { starts, granted };
  else windows.forEach((window, i) => (window.back += starts[i] === window.start ? granted : 0));
}

/** No answer came. Tokens being returned are lost; a debt is reported again, at the risk of reporting it twice. */
function failAsk(counter, message, now) {
  const { link, ask } = counter;
  if (ask === null || ask.message !== message) return;
  counter.ask = null;
  counter.waiting = 0;
  link.down = true;
  link.retryAt = now + LEASE_RETRY_MS;
  restoreDebts(counter, message);
}

function restoreDebts(counter, { windows, back }) {
  counter.windows.forEach((window, i) => {
    if (windows[i].start === window.start) window.back += Math.min(0, back[i]);
  });
}

/**
 * The tokens of a link's idle counters, to be returned in one message whose answer is ignored. The tokens have left the
 * counters.
 */
function returnIdle(leases, link, now) {
  const asks = [];
  for (const counter of leases.counters.values()) {
    if (counter.link !== link || counter.left === 0 || isBusy(counter, now)) continue;
    roll(counter, now);
    if (counter.left === 0) continue;
    for (const window of counter.windows) window.back += counter.left;
    counter.left = 0;
    counter.demand = 0;
    asks.push(composeAsk(counter, startsOf(counter), 0, 0));
  }
  return asks;
}

/** For each window, how many requests a caller may still send, as far as this isolate knows. */
function remainingOf({ windows, left }) {
  return windows.map(({ room, unpaid }) => Math.max(0, room + left - unpaid));
}

// lib/shared/limits.ts
/**
 * Rate limits across all isolates. If the isolate holds tokens, a request passes at once; otherwise it waits for the
 * companion's answer.
 *
 * The request that asks keeps the exchange alive with waitUntil, and each request that waits for it has its own timer
 * (auth/single-flight.ts says why). Unspent tokens are returned when their counter is idle; the request that asked last keeps a
 * timer for that.
 */

/** How many exchanges a request waits for; after that it proceeds as if the companion were unreachable. */
var MOST_TURNS = 8;
var UNAVAILABLE = 'The rate limit could not be checked';

function startSharedLimit({ settings, runtime }) {
  const { shared, compat } = settings;
  if (!shared?.limits) return {};
  const { limits, onFailure, timeoutMs } = shared;
  const companion = createCompanion(shared, runtime);
  // A missing binding is a mistake; it must not remove every limit.
  const isOpen = onFailure === 'open' && !hasCompanion();
  const leases = createLeases({ limits, onFailure: isOpen ? 'local' : onFailure, timeoutMs });
  const links = Array.from({ length: shared.shards }, (_, shard) => createLink(shard));
  return { limiter: createLimiter({ companion, leases, links, exchanges: new Map(), compat }) };
}

function createLimiter(shared) {
  const { companion, leases, links } = shared;
  return (limit, identity, { waitUntil }) => {
    const key = `${limit.scope}
${identity}`;
    const link = links.length === 1 ? links[0] : links[xxh32(key) % links.length];
    const now = companion.runtime.now();
    const counter = useCounter(leases, key, limit.windows, link, now);
    const lease = takeToken(leases, counter, now);
    if (lease === 'wait') {
      counter.waiting++;
      return waitForToken(shared, counter, waitUntil).then((late) => resultOf(shared, limit, counter, late));
    }
    void askForLease(shared, counter, false, waitUntil);
    return resultOf(shared, limit, counter, lease);
  };
}

/** With Kong's headers, unless `onFailure` is "open" and the companion is unreachable: the count is then unknown. */
function resultOf({ companion, leases, compat }, limit, counter, lease) {
  if (lease === 'unavailable')
    return compat
      ? refuse('limit_unknown', 500, 'An unexpected error occurred')
      : refuse('limit_unknown', 503, UNAVAILABLE, [['Retry-After', '1']]);
  const now = companion.runtime.now();
  const allowed = lease === 'pass';
  if (leases.settings.onFailure === 'open' && isAlone(counter, now)) return { allowed, headers: [] };
  return { allowed, headers: limitHeaders(limit, { allowed, remaining: remainingOf(counter) }, now, compat) };
}

async function waitForToken(shared, counter, waitUntil) {
  const { leases, companion } = shared;
  const { runtime, settings } = companion;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const exchange2 = askForLease(shared, counter, true, waitUntil);
    if (exchange2 === null) break;
    await settledWithin(exchange2, settings.timeoutMs + 50, runtime);
    const lease = takeToken(leases, counter, runtime.now());
    if (lease === 'wait') continue;
    void askForLease(shared, counter, false, waitUntil);
    return lease;
  }
  return takeAlone(leases, counter);
}

/** Asks for the tokens that are due, or joins the exchange in flight; null if there is neither. */
function askForLease(shared, counter, waits, waitUntil) {
  const { companion, leases, exchanges } = shared;
  const message = nextAsk(leases, counter, companion.runtime.now(), waits);
  if (message === null) return exchanges.get(counter) ?? null;
  const exchange2 = exchangeAsk(shared, counter, message).then(() => {
    if (exchanges.get(counter) === exchange2) exchanges.delete(counter);
  });
  exchanges.set(counter, exchange2);
  waitUntil(exchange2);
  giveBackLater(shared, counter, waitUntil);
  return exchange2;
}

/** Sends a message under a new sequence number. Returns the companion's answer, null if none came. */
async function postAsks({ companion }, link, asks) {
  const message = { ...newEnvelope(companion, link), asks };
  const answer = await callCompanion(companion, `/lease?shard=${link.shard}`, message);
  if (answer !== null) link.session = answer.session;
  return answer;
}

async function exchangeAsk(shared, counter, message) {
  const answer = await postAsks(shared, counter.link, [message]);
  const now = shared.companion.runtime.now();
  const grant = answer?.grants[0];
  if (grant === undefined) return failAsk(counter, message, now);
  counter.link.isolates = Math.max(1, answer?.isolates ?? 1);
  receiveGrant(counter, message, grant, now);
}

/** One timer per shard. It is lost if its request is killed, so it counts only until it should have fired. */
function giveBackLater(shared, counter, waitUntil) {
  const { link } = counter;
  const { runtime } = shared.companion;
  const now = runtime.now();
  if (now < link.sweepsAt && link.sweepsAt <= now + IDLE_MS) return;
  const ms = Math.min(IDLE_MS, 2.2 * chunkMs(counter));
  link.sweepsAt = now + ms;
  waitUntil(
    delay(runtime, ms).then(async () => {
      const asks = returnIdle(shared.leases, link, runtime.now());
      if (asks.length > 0) await postAsks(shared, link, asks);
    }),
  );
}

// lib/shared/verdict-tier.ts
/**
 * Good verdicts in the Cache API, so that a new isolate uses those of its data centre before it asks the verifier.
 *
 * Entries are sealed under the verifier's terms and the key's digest (sealed-cache.ts): they contain no key, no digest
 * and no other credential. A lifetime counts from when the verifier was asked, so the tier never extends it. An entry
 * from before the key's last revocation is ignored, and without the list of revocations nothing is read. Only good
 * verdicts are stored: a flood of made-up keys must not cause writes.
 */

/** A slower look-up is abandoned: the verifier would have answered by then. */
var LOOK_UP_MS = 100;
/** The longest time that a look-up takes, the list of revocations included. */
var MOST_MS2 = 1e3;
/** Allowance for differing clocks of isolates and companion. */
var SKEW_MS = 1e4;

function createVerdictTier(secret, revokedAt, runtime) {
  const store = createTierStore(secret, revokedAt, runtime);
  return {
    ...store,
    mostMs: MOST_MS2,
    ask: async ({ auth, digest, renews, waitUntil }, ask) => {
      const terms = termsOf(auth);
      const entry = await store.read(terms, digest);
      const left = entry === null ? 0 : entry.until - runtime.now();
      // A verdict that is due for renewal itself renews none.
      if (entry !== null && !(renews && left < 0.2 * (entry.until - entry.askedAt)))
        return { ...JSON.parse(entry.text), good: true, lifeSeconds: left / 1e3 };
      const askedAt = runtime.now();
      const verdict = await ask();
      if (!verdict?.good) return verdict;
      const until = askedAt + 1e3 * (verdict.lifeSeconds ?? auth.cache.ttlSeconds);
      const text = JSON.stringify(verdict);
      if (until > askedAt) waitUntil(store.write(terms, digest, { text, askedAt, until }));
      return verdict;
    },
  };
}

/** Keeps the verdicts of different verifiers apart. */
var termsOf = ({ verify, cache }) => JSON.stringify([verify, cache]);

function createTierStore(secret, revokedAt, runtime) {
  const cache = createSealedCache('verdicts', secret);
  const read = async (terms, digest) => {
    const after = await revokedAt(digest);
    const text =
      after === null
        ? null
        : await cache.read(`${terms}
${digest}`);
    if (after === null || text === null) return null;
    const entry = JSON.parse(text);
    return entry.until > runtime.now() && entry.askedAt > after + SKEW_MS ? entry : null;
  };
  return {
    read: async (terms, digest) => (await settledWithin(read(terms, digest), LOOK_UP_MS, runtime)) ?? null,
    write: async (terms, digest, entry) => {
      const seconds = Math.floor((entry.until - runtime.now()) / 1e3);
      if (seconds < 1) return;
      const written = cache.write(
        `${terms}
${digest}`,
        JSON.stringify(entry),
        seconds,
      );
      await settledWithin(written, LOOK_UP_MS, runtime);
    },
  };
}

// lib/shared/revocations.ts
/**
 * Revokes cached verdicts on keys in every isolate: each polls, in parallel with a request, for what was revoked since
 * its last poll.
 *
 * A revocation takes effect within two polls and one call. An isolate that has heard nothing for two polls, because it
 * was idle or frozen, polls before its cached verdicts admit anyone, and waits for that as long as for any answer of
 * the companion. Without this rule there is no bound. An unavailable list locks no one out, and is not waited for again
 * before the next poll; verdicts already dropped stay dropped. A new isolate has nothing cached, so it polls in
 * parallel with its first request.
 */

/** Beyond this number the oldest entry is replaced by a revocation of all keys at its time. */
var MOST_REVOKED = 1e4;

function startRevocations({ settings, runtime, hooks }) {
  const { shared } = settings;
  if (!shared?.revocations) return {};
  const pollMs = 1e3 * shared.revocations.pollSeconds;
  const companion = createCompanion(shared, runtime);
  const forget = (digest) => hooks.forEach((hook) => hook.forget?.(digest));
  const poller = {
    companion,
    pollMs,
    forget,
    since: 0,
    heardAt: 0,
    askedAt: 0,
    asking: null,
    revokedAt: new Map(),
    allRevokedAt: 0,
  };
  const step = (context) => hearChanges(poller, context);
  const tier = shared.verdicts
    ? createVerdictTier(shared.verdicts.secret, (digest) => lastRevoked(poller, digest), runtime)
    : undefined;
  return {
    verdictTier: tier,
    admit: ({ auth }) => (auth?.verify ? step : null),
    revoke: async (sha256) => {
      const revoked = await callCompanion(companion, '/revoke', { sha256 });
      // Not only with the next poll: until then the tier would return the verdict that was just dropped.
      if (revoked !== null) noteRevocation(poller, sha256, revoked.version);
      return revoked !== null;
    },
  };
}

function hearChanges(poller, { waitUntil }) {
  const { companion, pollMs } = poller;
  const { runtime, settings } = companion;
  const now = runtime.now();
  // Math.abs, since the clock may have been set back.
  if (havePassed(pollMs, poller.askedAt, now)) {
    poller.askedAt = now;
    const asking = poll(poller, now).then(() => {
      if (poller.asking === asking) poller.asking = null;
    });
    poller.asking = asking;
    waitUntil(asking);
  }
  if (poller.asking === null || poller.heardAt === 0 || !isBehind(poller)) return null;
  return settledWithin(poller.asking, settings.timeoutMs, runtime).then(() => null);
}

/** No answer for two polls. */
function isBehind({ companion, pollMs, heardAt }) {
  return Math.abs(companion.runtime.now() - heardAt) >= 2 * pollMs;
}

async function poll(poller, askedAt) {
  let changes;
  do {
    changes = await callCompanion(poller.companion, `/changes?since=${poller.since}`);
    if (changes === null) {
      // No verdict can be older than the first poll.
      if (poller.since === 0) poller.heardAt = askedAt;
      return;
    }
    const { voidBefore } = changes;
    // This isolate has no verdict from before its first list, but the tier may. Without SKEW_MS: an entry must be later
    // than the list's start, and what was revoked before that was revoked well before.
    if (poller.since === 0) poller.allRevokedAt = Math.max(poller.allRevokedAt, voidBefore - SKEW_MS);
    else if (voidBefore > 0) noteRevocation(poller, null, Math.max(voidBefore, poller.since));
    for (const [digest, at] of changes.revoked) noteRevocation(poller, digest, at);
    poller.since = changes.version;
  } while (changes.more);
  poller.heardAt = askedAt;
}

function noteRevocation(poller, digest, at) {
  const { revokedAt } = poller;
  poller.forget(digest);
  if (digest === null) poller.allRevokedAt = Math.max(poller.allRevokedAt, at);
  else revokedAt.set(digest, Math.max(at, revokedAt.get(digest) ?? 0));
  if (revokedAt.size <= MOST_REVOKED) return;
  const [oldest] = revokedAt;
  if (oldest === undefined) return;
  poller.allRevokedAt = Math.max(poller.allRevokedAt, oldest[1]);
  revokedAt.delete(oldest[0]);
}

/**
 * When a key was last revoked, 0 for never. Null if the list is unavailable: another isolate's entry in the cache may
 * be for a key that was revoked since. The poll has been in flight since the request was admitted.
 */
async function lastRevoked(poller, digest) {
  const { runtime, settings } = poller.companion;
  if (poller.since === 0 && poller.asking !== null)
    await settledWithin(poller.asking, settings.timeoutMs, runtime);
  if (poller.since === 0 || isBehind(poller)) return null;
  return Math.max(poller.revokedAt.get(digest) ?? 0, poller.allRevokedAt);
}

// lib/status/pool-report.ts
/**
 * The operator's view of a pool: plain data, computed on request without any state of its own. An origin's state is
 * described in words, with what happens next.
 */

function poolReport(pool, now) {
  const all = pool.origins.reduce((sum, origin) => sum + origin.requests, 0) || 1;
  for (const origin of pool.origins) expirePending(origin, now, pool.settings.timeoutMs + 1e3);
  return {
    name: pool.settings.name,
    balance: pool.settings.balance,
    requests: pool.requests,
    /** Hedges and retries that may be sent now. */
    hedgeBudget: pool.hedgeBudget.tokens,
    retryBudget: pool.retryBudget.tokens,
    origins: pool.origins.map((origin) => ({
      name: origin.settings.name,
      state: stateOf(origin, pool, now),
      lastError: origin.failedAt > 0 ? `${failureOf(origin)}, ${ago(origin.failedAt, now)}` : undefined,
      ejected: isEjected(origin),
      drained: origin.weight === 0,
      share: Math.round((100 * origin.requests) / all) + ' %',
      requests: origin.requests,
      failures: origin.failures,
      inFlight: origin.pending.length,
      estimateMs: Math.round(expectedLatency(origin, pool, now)),
      load: origin.readAt > 0 ? origin.reading : undefined,
      hedges: origin.hedges,
      retries: origin.retries,
      weight: origin.settings.weight,
      priority: origin.priority,
    })),
  };
}

var isEjected = ({ ejectedUntil, unhealthy }) => ejectedUntil > 0 || unhealthy;

function stateOf(origin, pool, now) {
  const { weight, unhealthy, ejectedAt, priority, index } = origin;
  const { health, origins } = pool.settings;
  if (weight === 0) return origins[index].weight > 0 ? 'drained by hand' : 'drained: its weight is 0';
  const others = pool.origins.filter(inService);
  if (isEjected(origin)) {
    const next = unhealthy
      ? `health checks failed, back after ${health?.healthyAfter} good ones`
      : `${failureOf(origin)}, ${retestOf(origin, pool, now)}`;
    const panic = others.length === 0 ? '; asked all the same, since no other is in service' : '';
    return `ejected ${ago(ejectedAt, now)}: ${next}${panic}`;
  }
  return others.some((other) => other.priority < priority) ? 'standby' : 'in rotation';
}

function retestOf({ ejectedUntil, retestRequest }, { requests }, now) {
  const seconds = Math.ceil((ejectedUntil - now) / 1e3);
  const left = retestRequest - requests;
  const waits = [
    ...(seconds > 0 ? [`${seconds} s`] : []),
    ...(left > 0 ? [left === 1 ? '1 request' : `${left} requests`] : []),
  ];
  return waits.length > 0 ? `retest in ${waits.join(' and ')}` : 'retest with the next request';
}

/** Descriptions of Cloudflare's own statuses and of other failures. */
var FAILURES = new Map([
  [520, 'reset'],
  [521, 'refused'],
  [522, 'timeout'],
  [523, 'unreachable'],
  [524, 'timeout'],
  [525, 'TLS failed'],
  [526, 'bad certificate'],
  [530, 'DNS failed'],
  // The runtime does not distinguish them.
  ['lost', 'refused or reset'],
  ['probe', 'probe failed'],
  ['silence', 'silent for too long'],
  ['operator', 'by hand'],
]);

function failureOf({ lastFailure, lastStatus, failuresInRow }) {
  const words =
    FAILURES.get(lastStatus) ??
    (lastStatus > 0 ? `status ${lastStatus}` : (FAILURES.get(lastFailure) ?? lastFailure));
  return failuresInRow > 1 ? `${words} ${failuresInRow} times` : words;
}

function ago(at, now) {
  const seconds = Math.max(0, Math.round((now - at) / 1e3));
  if (seconds < 100) return `${seconds} s ago`;
  return seconds < 6e3 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

// lib/status/actions.ts
/**
 * The operator's actions: POST below `status.path`, behind the token, from the page or from a program.
 *
 *   POST {path}/drain?pool=NAME&origin=NAME    no new requests to it; those in flight finish
 *   POST {path}/undrain?pool=NAME&origin=NAME  restores its configured weight
 *   POST {path}/eject?pool=NAME&origin=NAME    ejects it as if it had failed; a retest brings it back
 *   POST {path}/forget                         drops the verdicts on all keys, or on the one of this SHA-256
 *
 * A page of another site cannot make the operator's browser do any of this. Actions apply to the isolate that answers
 * and end with it, except `forget`, which `shared` propagates to all. Rejected: propagating a drain to the other
 * isolates. They would have to ask before each pick; a weight in the configuration reaches all of them.
 */

/** Enough for the names of a pool and an origin, or for a digest in some JSON. */
var LARGEST_ORDER = 1024;

var isAction = (name) => /^(drain|undrain|eject|forget)$/.test(name);

var cannot = (name, status, why) =>
  refuse('bad_request', status, `Cannot ${name}: ${why}`, [['Cache-Control', 'no-store']]);

/** `name` is an action's name (isAction). */
async function act(name, context, state) {
  const site = context.headers.get('origin');
  if (site !== null && !site.endsWith('//' + context.host)) return cannot(name, 403, 'another site asks');
  const body = await readAtMost(context.request.body, LARGEST_ORDER);
  if (body === null || context.query.length > LARGEST_ORDER)
    return cannot(name, 400, 'the request is too long');
  const words = `${context.query.slice(1)}&${new TextDecoder().decode(body)}`;
  return name === 'forget' ? forgetKeys(words, state) : moveOrigin(name, words, state);
}

/** Drains, undrains or ejects an origin. */
function moveOrigin(name, words, { pools, runtime }) {
  const asked = new URLSearchParams(words);
  const now = runtime.now();
  const pool = pools.find(({ settings }) => settings.name === asked.get('pool'));
  const origin = pool?.origins.find(({ settings }) => settings.name === asked.get('origin'));
  if (!pool || !origin) return cannot(name, 404, 'pool and origin must be names of the configuration');
  const { weight } = origin.settings;
  if (weight === 0) return cannot(name, 409, 'its weight is 0 in the configuration');
  if (name === 'drain') origin.weight = 0;
  else if (name === 'undrain') origin.weight = weight;
  else if (pool.settings.outlier.consecutiveFailures === Infinity)
    return cannot(name, 409, 'with outlier: false nothing would bring it back; drain it');
  else if (now >= origin.ejectedUntil) {
    noteFailure(origin, 'operator', 0, now);
    ejectOrigin(pool, origin, now);
  }
  return {
    status: 200,
    report: { pool: pool.settings.name, origin: poolReport(pool, now).origins[origin.index] },
  };
}

/** Anything but a digest is rejected: a typing mistake must not drop all verdicts. */
async function forgetKeys(text, { hooks }) {
  // Accepts `digest=...`, `{"all":true}` and the like: only the words are read.
  const words = text.toLowerCase().match(/\w+/g) ?? [];
  const digest = words.find((word) => /^[0-9a-f]{64}$/.test(word)) ?? null;
  if (digest === null && words.some((word) => word !== 'all' && word !== 'true'))
    return cannot('forget', 400, 'a key must be named by the 64 hex digits of its SHA-256');
  const forgotten = hooks.reduce((sum, { forget: drop }) => sum + (drop?.(digest) ?? 0), 0);
  const everywhere = await hooks.find((hook) => hook.revoke)?.revoke?.(digest);
  return { status: everywhere === false ? 502 : 200, report: { forgotten, everywhere } };
}

// lib/status/history.ts
/**
 * Five minutes of this isolate's history, for charts and for figures "of the last minute".
 *
 * Counters only grow. The first request of each five seconds copies them, and the rest is subtraction when the operator
 * asks: a request pays one comparison. Unchanged rows are shared between copies, so that memory follows what is in use:
 * at most 60 copies of 15 numbers for each route and origin.
 * Rejected: history in the browser. An operator opens the page after something has gone wrong, and would not see it.
 * Also rejected: counting into slots with each attempt, as before, which costs every request more.
 */

var SLOTS = 60;
var SLOT_MS = 5e3;
/** The two latest, one of them still running: the most recent rate that does not jump. */
var RATE_SLOTS = 2;
var MINUTE_SLOTS = 12;

var FIRST_BUCKET = 3;

var add = (to, more) => more.map((value, i) => value + (to[i] ?? 0));
var subtract = (from, less) => (less ? from.map((value, i) => value - less[i]) : from);
var rowOf = (requests, errors, { sumMs, buckets }) => [requests, errors, sumMs, ...buckets];

/** All responses, rejections by a rate limit, then one row per route and one per origin. */
function readRows({ pools, metrics: kept }) {
  const metrics = kept;
  const routes = [...metrics.routes.values()].map((route) => {
    const answers = STATUS_CLASSES.reduce((sum, one) => sum + route[one], 0);
    return rowOf(answers, route['5xx'], route.latency);
  });
  const origins = pools.flatMap((pool, i) =>
    pool.origins.map(({ requests, failures }, j) => rowOf(requests, failures, metrics.origins[i][j])),
  );
  return [routes.reduce(add), [metrics.refusals.rate_limited ?? 0], ...routes, ...origins];
}

/** Attempts in flight, without the expired entries of callers that hung up. */
function inFlight({ pools }, now) {
  let count = 0;
  for (const { origins, settings } of pools)
    for (const origin of origins) {
      expirePending(origin, now, settings.timeoutMs + 1e3);
      count += origin.pending.length;
    }
  return count;
}

/** Called at the start of each request, before anything is counted for it. */
function keepHistory(state, now) {
  const metrics = state.metrics;
  const { history } = metrics;
  const tick = Math.floor(now / SLOT_MS);
  if (tick <= metrics.tick) return;
  const before = history.at(-1)?.rows;
  const rows = readRows(state).map((row, i) => {
    const old = before?.[i];
    return old?.every((value, k) => value === row[k]) ? old : row;
  });
  if (metrics.tick > 0) history.push({ tick: metrics.tick, rows, inFlight: inFlight(state, now) });
  if (history.length > SLOTS) history.shift();
  metrics.tick = tick;
}

/** Prometheus's histogram_quantile: linear interpolation within a bucket. Null if there are no values. */
function quantile(buckets, share) {
  const total = buckets.reduce((sum, one) => sum + one, 0);
  let left = share * total;
  if (total === 0) return null;
  for (const [i, bound] of LATENCY_BOUNDS.entries()) {
    const least = LATENCY_BOUNDS[i - 1] ?? 0;
    if (buckets[i] >= left && buckets[i] > 0)
      return Math.round(least + ((bound - least) * left) / buckets[i]);
    left -= buckets[i];
  }
  return LATENCY_BOUNDS.at(-1);
}

var latenciesOf = (row) => {
  const buckets = row.slice(FIRST_BUCKET);
  return { p50Ms: quantile(buckets, 0.5), p99Ms: quantile(buckets, 0.99) };
};

var perSecond = (count, ms) => Math.round((1e4 * count) / Math.max(1e3, ms)) / 10;

/** Reads the history at `now`, by row: all responses, rate limits, routes, origins. */
function readHistory(state, now) {
  keepHistory(state, now);
  const { history, since, routes } = state.metrics;
  const first = Math.floor(now / SLOT_MS) - SLOTS + 1;
  const current = readRows(state);
  // The counters at the start of each slot, and now.
  const marks = Array.from(
    { length: SLOTS },
    (_, i) => history.findLast(({ tick }) => tick < first + i)?.rows,
  );
  const ends = [...marks.slice(1), current];
  const lately = (at, slots) => subtract(current[at], marks[SLOTS - slots]?.[at]);
  const age = now - (since ?? now);
  const runsFor = now % SLOT_MS;
  const course = (at) =>
    ends.map((end, i) => {
      const [row, before] = [end?.[at] ?? [], marks[i]?.[at]];
      return row === before ? [] : subtract(row, before);
    });
  return {
    routeRow: 2,
    originRow: 2 + routes.size,
    /** Requests per second of the last ten seconds; everything else of the last minute. */
    recent: (at) => {
      const minute = lately(at, MINUTE_SLOTS);
      const [requests = 0] = lately(at, RATE_SLOTS);
      return {
        requestsPerSecond: perSecond(requests, Math.min(age, (RATE_SLOTS - 1) * SLOT_MS + runsFor)),
        requests: minute[0],
        errors: minute[1] ?? 0,
        ...latenciesOf(minute),
      };
    },
    /** Mean ms of each slot, oldest first; null for a slot without responses. */
    trail: (at) =>
      course(at).map((row) => {
        const ended = row.slice(FIRST_BUCKET).reduce((sum, one) => sum + one, 0);
        return ended > 0 ? Math.round(row[2] / ended) : null;
      }),
    /** Of all responses, oldest first. */
    charts: () => {
      const rows = course(0);
      const rate = (column) =>
        rows.map((row, i) => perSecond(row[column] ?? 0, i === SLOTS - 1 ? runsFor : SLOT_MS));
      return {
        slotSeconds: SLOT_MS / 1e3,
        requestsPerSecond: rate(0),
        errorsPerSecond: rate(1),
        p50Ms: rows.map((row) => latenciesOf(row).p50Ms),
        p99Ms: rows.map((row) => latenciesOf(row).p99Ms),
        inFlight: rows.map((_, i) =>
          i === SLOTS - 1
            ? inFlight(state, now)
            : (history.find(({ tick }) => tick === first + i)?.inFlight ?? 0),
        ),
      };
    },
  };
}

// lib/core/release.ts
/** The version of this release, the same as in CHANGELOG.md, the package and the operator's page. */
var RELEASE = '0.2.0';

// lib/status/prometheus.ts
/**
 * Prometheus's text exposition format, version 0.0.4, from plain figures.
 *
 * The output passes `promtool check metrics`: HELP and TYPE once, before a family's samples; label values escaped;
 * cumulative buckets that end in +Inf. Names follow https://prometheus.io/docs/practices/naming/: snake case, seconds
 * instead of ms, `_total` on counters only. A new figure in a report needs no change here.
 */

/** Figures that are counters. */
var COUNTERS = /^(requests|failures|hedges|retries|hits|misses|stale|sent|failed|dropped)$/;

/** The format has these three escapes. JSON's others, such as \t, are errors that reject the whole scrape. */
var escaped = (text) => text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : '\\' + char));

/** The family's samples, to which more can be added. `of`: what its figures are of. */
function samplesOf2(families, name, type, of) {
  const help = `${name.replace('gateway_', '').replaceAll('_', ' ')} ${of}`;
  const family = families.get(name) ?? { help, type, samples: [] };
  families.set(name, family);
  return family.samples;
}

/** `part` is the suffix of a histogram's sample, else "". */
function addSample(families, family, labels, value, part = '') {
  const name = 'gateway_' + family;
  const type = family.endsWith('_total') ? 'counter' : part ? 'histogram' : 'gauge';
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const series = `${name}${part}{${pairs.join()}}`;
  samplesOf2(families, name, type, 'of this isolate alone').push([series, value]);
}

/** Each figure that is a number or a boolean becomes a family. */
function addFigures(families, prefix, labels, figures) {
  for (const [key, value] of Object.entries(figures)) {
    if (typeof value !== 'number' && typeof value !== 'boolean') continue;
    const snake = `${prefix}_${key}`.replace(/[A-Z]/g, (letter) => '_' + letter.toLowerCase());
    const seconds = snake.replace(/_ms$/, '_seconds');
    const name = COUNTERS.test(key) ? seconds + '_total' : seconds;
    addSample(families, name, labels, seconds === snake ? Number(value) : Number(value) / 1e3);
  }
}

/** A histogram in seconds. */
function addLatencies(families, family, labels, { buckets, sumMs }) {
  let count = 0;
  buckets.forEach((one, i) => {
    const le = i < LATENCY_BOUNDS.length ? String(LATENCY_BOUNDS[i] / 1e3) : '+Inf';
    addSample(families, family, { ...labels, le }, (count += one), '_bucket');
  });
  addSample(families, family, labels, sumMs / 1e3, '_sum');
  addSample(families, family, labels, count, '_count');
}

function familiesText(families) {
  return [...families]
    .map(([name, { help, type, samples }]) => {
      const lines = samples.map((sample) => sample.join(' '));
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
    })
    .join('');
}

// lib/status/report.ts
/**
 * The operator's figures as plain data: one record for the page and the JSON, and the same figures as Prometheus
 * families.
 *
 * All figures are this isolate's only. None holds a secret: in the plan the operator's token, values of headers and of
 * transformations, digests of keys, password hashes, bodies, values in query strings and paths of log servers are
 * redacted.
 */

/** For a state with `status`. `now` in ms since 1970. Counters are present from the start, so that rates can be computed. */
function statusReport({ metrics: kept, pools, hooks, settings }, now) {
  const metrics = kept;
  const reports = Object.assign({}, ...hooks.map((hook) => hook.report?.()));
  return {
    ...reports,
    version: RELEASE,
    isolate: 'this one alone; others have figures of their own',
    since: new Date(metrics.since ?? now).toISOString(),
    pools: pools.map((pool, i) => {
      const report = poolReport(pool, now);
      const origins = report.origins.map((origin, j) => ({ ...origin, latency: metrics.origins[i][j] }));
      return { ...report, origins };
    }),
    routes: [...metrics.routes].map(([route, counts]) => ({
      ...counts,
      pool: route && (settings.pools[route.pool]?.name ?? null),
      canary: route?.canary ? { pool: route.canary.pool, percent: route.canary.percent } : null,
    })),
    keys: { ...metrics.keys, ...reports.keys },
    refusals: metrics.refusals,
    shadows: [...metrics.shadows].map(([route, counts]) => ({ name: route.name, ...counts })),
  };
}

/** The report with the history of the last minutes, as the page renders it. */
async function pageReport(state, now) {
  const metrics = state.metrics;
  metrics.configuration ||= (await state.runtime.digest(redactedPlan(state.settings))).slice(0, 12);
  const report = statusReport(state, now);
  const history = readHistory(state, now);
  const charts = history.charts();
  let row = history.originRow;
  return {
    ...report,
    configuration: metrics.configuration,
    uptimeSeconds: Math.floor((now - (metrics.since ?? now)) / 1e3),
    /** Whether `metrics?all` answers. */
    allIsolates: state.hooks.some((hook) => hook.allMetrics),
    recent: {
      ...history.recent(0),
      limitsHit: history.recent(1).requests,
      inFlight: charts.inFlight.at(-1),
    },
    charts,
    pools: report.pools.map((pool) => ({
      ...pool,
      origins: pool.origins.map((origin) => {
        const at = row++;
        return {
          ...origin,
          recent: history.recent(at),
          latency: { ...origin.latency, trail: history.trail(at) },
        };
      }),
    })),
    routes: report.routes.map((route, i) => ({ ...route, recent: history.recent(history.routeRow + i) })),
  };
}

var SECRET = /^(token|secret|body|text|sha256|passwordHash)$/;
/** Lists of names with values: headers, and the operations of transformations. */
var NAMED_VALUES = /^(headers|replace|add|append)$/;
var isLogServer = (value) => typeof value === 'object' && value !== null && 'batchSize' in value;

/** The resolved settings without secrets. */
function redactedPlan(settings) {
  return JSON.stringify(settings, (key, value) => {
    if (SECRET.test(key) && value) return '***';
    if (NAMED_VALUES.test(key) && Array.isArray(value))
      return value.map((one) => (Array.isArray(one) ? one[0] : one));
    // Many services put the key to write to them into the path.
    if (isLogServer(value)) return { ...value, url: new URL(value.url).origin };
    // "{key}" is a placeholder, not a key; a string that starts with "~" is a regular expression.
    return typeof value === 'string' && value[0] !== '~'
      ? value.replace(/([?&][^=&]*=)(?!\{key)[^&]+/g, '$1***')
      : value;
  });
}

/** The report for Prometheus, in its units and names. */
function metricFamilies(report) {
  const families = new Map();
  for (const route of report.routes)
    for (const code of STATUS_CLASSES)
      addSample(families, 'requests_total', { route: route.name, code }, route[code]);
  for (const { name: route, latency } of report.routes)
    addLatencies(families, 'route_latency_seconds', { route }, latency);
  for (const { name: route, ...results } of report.shadows)
    for (const [result, value] of Object.entries(results))
      addSample(families, 'shadow_requests_total', { route, result }, value);
  for (const [reason, value] of Object.entries(report.refusals))
    addSample(families, 'refusals_total', { reason }, value);
  for (const { name: pool, origins, ...of } of report.pools) {
    addFigures(families, 'pool', { pool }, of);
    for (const { name: origin, latency, ...figures } of origins) {
      addFigures(families, 'origin', { pool, origin }, figures);
      addLatencies(families, 'origin_latency_seconds', { pool, origin }, latency);
    }
  }
  for (const part of ['keys', 'accessLog', 'trace']) addFigures(families, part, {}, report[part] ?? {});
  addSample(families, 'start_time_seconds', {}, Date.parse(report.since) / 1e3);
  return families;
}

// lib/status/page.ts
/**
 * The operator's page: one HTML document that fetches the JSON every two seconds and renders it.
 *
 * Its Content-Security-Policy lets it load nothing but that JSON. Names and errors come from origins and from a
 * configuration that a program may have written; they are rendered as text, never as markup. The page follows the
 * system's light or dark scheme and fits a phone, where a row is a card. A screen reader announces ejections but not
 * new figures, and a checkbox stops the refresh (WCAG 2.2.2). Row elements are reused, or the keyboard focus would be
 * lost every two seconds. Rejected: rendering on the server, which would use the Worker's CPU time and send four times
 * the bytes every two seconds.
 */

/** The Content-Security-Policy of the page with this nonce. */
function pagePolicy(nonce) {
  const own = `'nonce-${nonce}'`;
  return `default-src 'none'; script-src ${own}; style-src ${own}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** The page for the operator's path; each response needs a fresh `nonce`. */
function statusPage(path, nonce) {
  return PAGE.replaceAll('NONCE', nonce).replaceAll('PATH', path);
}

var PAGE = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Gateway status</title>
<style nonce="NONCE">
:root { color-scheme: light dark; font: 14px/1.4 system-ui; background: Canvas;
  --line: light-dark(#0b57d0, #8ab4f8); --bad: light-dark(#b3261e, #ff8a80); --rule: light-dark(#ccc, #444) }
body { margin: .75rem }
h1, h2 { font-size: 1.2em; margin: 1rem 0 .25rem }
p, dl, dd, figure { margin: 0 }
header, #charts, dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center }
header h1 { margin: 0 }
#totals dd { font-size: 1.5em }
figure { flex: 1 20rem; max-width: 28rem }
svg { fill: none; stroke-width: 1.5; stroke: var(--rule); font-size: 11px }
text { fill: CanvasText; stroke: none }
.a { stroke: var(--line); color: var(--line) }
.b { stroke: var(--bad); color: var(--bad) }
table { border-collapse: collapse; width: 100% }
th, td { border-top: thin solid var(--rule); padding: .1rem .5rem; text-align: left; overflow-wrap: break-word }
.n { text-align: right; white-space: nowrap }
th button { all: unset; cursor: pointer; text-decoration: underline dotted }
th button:focus-visible { outline: auto }
[aria-sort=ascending]::after { content: " \\25b2" }
[aria-sort=descending]::after { content: " \\25bc" }
.bad { background: light-dark(#fdecea, #3b1512) }
.off { background: light-dark(#f1f1f1, #2a2a2a) }
[data-is=Origin] { min-width: 9rem }
[data-is=Actions] { white-space: nowrap }
[data-is=Actions] button { font-size: .85em; padding: 0 .4em }
[hidden] { display: none !important }
@media (width < 60rem) {
  table, tbody { display: block }
  thead tr { display: flex; flex-wrap: wrap; gap: .5rem }
  th { border: 0; padding: 0 }
  tbody tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); padding: .5rem 0;
    border-top: thin solid }
  td, td.n { border: 0; text-align: left; white-space: normal; min-width: 0 }
  td::before { content: attr(data-is) " "; font-size: .85em }
  [data-is=State], [data-is="Last error"] { grid-column: 1 / -1 }
}
</style>
<header>
<h1>Gateway status</h1>
<label><input type="checkbox" id="live" checked> Refresh</label>
<label>Filter <input type="search" id="filter"></label>
<a href="PATH/plan">Configuration</a>
<a href="PATH/json">JSON</a>
<a href="PATH/metrics">Metrics</a>
<button id="forget">Forget keys</button>
<strong id="news" role="status"></strong>
</header>
<main>
<p id="about"></p>
<p id="everywhere"></p>
<dl id="totals"></dl>
<div id="charts"></div>
<h2 id="h1">Origins</h2>
<table id="origins" role="table" aria-labelledby="h1"></table>
<h2 id="h2">Routes</h2>
<table id="routes" role="table" aria-labelledby="h2"></table>
<h2 id="h3">Pools</h2>
<table id="pools" role="table" aria-labelledby="h3"></table>
<h2>Counts since the start</h2>
<dl id="counts"></dl>
</main>
<dialog id="ask" aria-labelledby="question">
<p id="question"></p>
<button id="no">Cancel</button>
<button id="yes"></button>
</dialog>
<script nonce="NONCE">
const { live, filter, forget, news, about, everywhere, totals, charts, counts, ask, question, no, yes } = window
let shown

const say = (text) => { if (news.textContent !== text) news.textContent = text }
const number = (value) => value == null ? '-' : value.toLocaleString('en')
const ms = (value) => value == null ? '-' : value < 1e4 ? number(value) + ' ms' : number(value / 1000) + ' s'
const since = (s) => s < 100 ? s + ' s' : s < 6000 ? Math.round(s / 60) + ' min' : Math.round(s / 3600) + ' h'
// What failed now may have been sent earlier.
const part = ({ errors, requests }) => errors && errors / Math.max(errors, requests)
const failed = ({ recent }) => recent.errors ? recent.errors + ' (' + Math.ceil(100 * part(recent)) + ' %)' : '0'
const make = (tag, attributes, ...inside) => {
  const element = document.createElement(tag)
  for (const name in attributes) element.setAttribute(name, attributes[name])
  element.append(...inside)
  return element
}
const fill = (list, figures) => list.replaceChildren(...Object.entries(figures).map(([name, value]) =>
  make('div', {}, make('dt', {}, name.replaceAll('_', ' ')), make('dd', {}, value))))

// Charts: five minutes from left to right, from 0 up to the next round number.
const ceiling = (values) => {
  const most = Math.max(1, ...values)
  const ten = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].find((times) => times * ten >= most) * ten
}
const line = (values, top, color, x, y) => '<path class="' + color + '" d="' + values.map((value, i) =>
  value === null ? '' : (i && values[i - 1] !== null ? 'L' : 'M') + x(i) + ' ' + y(value / top) + 'h.1').join('') + '"/>'
const label = (x, y, text) => '<text x="' + x + '" y="' + y + '" text-anchor="end">' + text + '</text>'
const chart = (lines) => {
  const names = Object.keys(lines)
  const top = ceiling(Object.values(lines).flat())
  return '<figure><figcaption>' + names.map((name, i) => '<b class="' + 'ab'[i] + '">' + name + '</b>').join(', ') +
    '</figcaption><svg viewBox="0 0 350 100" role="img" aria-label="' + names.map((name) => name + ' now ' +
      number(lines[name].at(-1)) + ', at most ' + number(Math.max(...lines[name]))).join('; ') + ' in 5 minutes">' +
    '<path d="M44 5V82H345M44 5h-3M44 43.5h-3"/>' +
    label(38, 9, top) + label(38, 47, top / 2) + label(38, 86, 0) + label(96, 97, '5 min ago') + label(345, 97, 'now') +
    names.map((name, i) => line(lines[name], top, 'ab'[i], (at) => 46 + 5 * at, (share) => 82 - 77 * share)).join('') +
    '</svg></figure>'
}

// Tables. A column is its title, what it is sorted by, and what it shows where that is something else: text, or
// nothing if it has filled the cell. A table is sorted by the column of this number.
const table = (id, columns, by, order) => {
  let rows
  const titles = columns.map(([title, value], i) => {
    const button = make('button', {}, title)
    button.onclick = () => {
      order = by === i ? -order : rows[0] && typeof value(rows[0]) === 'string' ? 1 : -1
      by = i
      drawRows(rows)
    }
    return make('th', { role: 'columnheader' }, title === 'Actions' ? title : button)
  })
  const head = make('tr', { role: 'row' }, ...titles)
  const body = make('tbody', { role: 'rowgroup' })
  window[id].append(make('thead', { role: 'rowgroup' }, head), body)
  const rowOf = {}
  const drawRows = (given) => {
    rows = given
    const drawn = rows.map((row) => {
      const tr = rowOf[row.pool + ' ' + row.name] ??= make('tr', { role: 'row' },
        ...columns.map(([title]) => make('td', { role: 'cell', 'data-is': title })))
      tr.className = row.ejected || row.recent?.errors ? 'bad' : row.drained ? 'off' : ''
      columns.forEach(([, value, show = value], i) => {
        const td = tr.cells[i]
        const shown = show(row, td)
        if (shown === undefined) return
        const text = typeof shown === 'string' ? shown : number(shown)
        if (td.textContent !== text) td.textContent = text
        td.className = head.cells[i].className = text === '-' || text > '' && text[0] <= '9' ? 'n' : ''
      })
      tr.hidden = !tr.textContent.toLowerCase().includes(filter.value.toLowerCase())
      return [columns[by][1](row) ?? -1, tr]
    })
    drawn.sort(([a], [b]) => (a < b ? -1 : a > b) * order)
    columns.forEach((_, i) => head.cells[i].ariaSort = i !== by ? null : order > 0 ? 'ascending' : 'descending')
    if (drawn.every(([, tr], i) => body.rows[i] === tr)) return
    // What is moved loses the focus.
    const focused = document.activeElement
    body.replaceChildren(...drawn.map(([, tr]) => tr))
    focused.focus()
  }
  return drawRows
}
const trouble = ({ ejected, drained, recent }) =>
  ejected ? 3 : recent.errors ? 1 + part(recent) : drained ? 1 : recent.p99Ms / 1e5
const sparkline = ({ latency, top }, td) => {
  td.innerHTML = '<svg width="120" height="22" role="img" aria-label="now ' + ms(latency.trail.at(-1)) + ' of ' + top +
    '"><path d="M0 21H120"/>' + line(latency.trail, top, 'a', (at) => 2 * at, (share) => 21 - 20 * share) + '</svg>'
}
const RATE = ['Requests/s', (row) => row.recent.requestsPerSecond]
const P50 = ['p50', (row) => row.recent.p50Ms, (row) => ms(row.recent.p50Ms)]
const P99 = ['p99', (row) => row.recent.p99Ms, (row) => ms(row.recent.p99Ms)]
const drawOrigins = table('origins', [
  ['Pool', (row) => row.pool],
  ['Origin', (row) => row.name],
  ['State', trouble, (row) => row.state],
  RATE,
  ['Errors', (row) => row.recent.errors, failed],
  P50,
  P99,
  ['In flight', (row) => row.inFlight],
  ['Weight', (row) => row.weight, (row) => row.weight + (row.priority && ', priority ' + row.priority)],
  ['Last error', (row) => row.lastError ?? ''],
  ['Latency', (row) => row.latency.trail.at(-1), sparkline],
  ['Actions', () => 0, (row, td) => offer(row, td)],
], 2, -1)
const drawRoutes = table('routes', [
  ['Route', (row) => row.name],
  ['Pool', (row) => (row.pool ?? '') + (row.canary ? ', ' + row.canary.percent + ' % to ' + row.canary.pool : '')],
  RATE,
  ['Errors', trouble, failed],
  P50,
  P99,
  ...['2xx', '3xx', '4xx', '5xx'].map((code) => [code, (row) => row[code]]),
], 3, -1)
const drawPools = table('pools', [
  ['Pool', (row) => row.name],
  ['Policy', (row) => row.balance],
  ...['requests', 'hedges', 'retries'].map((key) => [key, (row) => row[key]]),
  ['hedge budget', (row) => Math.floor(row.hedgeBudget)],
  ['retry budget', (row) => Math.floor(row.retryBudget)],
], 0, 1)
const draw = ({ pools, routes }) => {
  const top = ceiling(pools.flatMap((pool) => pool.origins.flatMap((row) => row.latency.trail)))
  window.origins.rows[0].cells[10].firstChild.textContent = 'Latency, 0 to ' + ms(top)
  drawOrigins(pools.flatMap((pool) => pool.origins.map((row) => ({ ...row, pool: pool.name, top }))))
  drawRoutes(routes)
  const sum = (pool, key) => pool.origins.reduce((all, one) => all + one[key], 0)
  drawPools(pools.map((pool) => ({ ...pool, hedges: sum(pool, 'hedges'), retries: sum(pool, 'retries') })))
}

// Buttons, each with a question first.
const HERE = ' In the one isolate that answers, until it ends; others go on as before.'
const onConfirmed = (button, action, names, text) => button.onclick = () => {
  question.textContent = text
  yes.textContent = button.textContent
  yes.onclick = async () => {
    ask.close()
    const response = await fetch('PATH/' + action + '?' + new URLSearchParams(names), { method: 'POST' })
    refresh((response.ok ? 'Done: ' + text.split('?')[0] : (await response.json()).message) + '. ')
  }
  ask.showModal()
}
const offer = ({ pool, name, drained, ejected, weight }, td) => {
  if (!td.firstChild) td.append(make('button'), ' ', make('button'))
  const [drain, eject] = td.children
  const put = (button, word, what, possible) => {
    const label = word + ' ' + name + ' of ' + pool
    button.hidden = !possible
    if (button.ariaLabel === label) return
    button.textContent = word
    button.ariaLabel = label
    onConfirmed(button, word.toLowerCase(), { pool, origin: name }, label + '?' + what + HERE)
  }
  if (drained) put(drain, 'Undrain', ' It gets its share again.', weight)
  else put(drain, 'Drain', ' It gets no further request; those under way end.', true)
  put(eject, 'Eject', ' It is left alone for a while, then one request tries it.', !drained && !ejected)
}
onConfirmed(forget, 'forget', {}, 'Forget all keys? The verifier is asked again about each.')
no.onclick = () => ask.close()

// The report.
const show = (report) => {
  const { recent, keys, refusals } = report
  const moved = shown && shown.since !== report.since
  shown = report
  about.textContent = 'Version ' + report.version + ', configuration ' + report.configuration +
    '. This isolate alone, up ' + since(report.uptimeSeconds) +
    ': requests/s of the last 10 s, errors and latency of the last minute.'
  fill(totals, { 'Requests/s': number(recent.requestsPerSecond), Errors: failed(report), p50: ms(recent.p50Ms),
    p99: ms(recent.p99Ms), 'In flight': number(recent.inFlight), 'Keys known': number(keys.good),
    'Limits hit': number(recent.limitsHit) })
  const { requestsPerSecond, errorsPerSecond, p50Ms, p99Ms, inFlight } = report.charts
  charts.innerHTML = chart({ 'Requests/s': requestsPerSecond, '5xx/s': errorsPerSecond }) +
    chart({ 'p50, ms': p50Ms, 'p99, ms': p99Ms }) + chart({ 'In flight': inFlight })
  draw(report)
  const figures = { ...refusals }
  for (const key in keys) figures['keys ' + key] = keys[key]
  for (const { name, ...results } of report.shadows)
    for (const key in results) figures['shadow of ' + name + ' ' + key] = results[key]
  fill(counts, figures)
  if (moved) tell('Another isolate answers now. ')
  return report.pools.flatMap((pool) => pool.origins)
    .filter((one) => one.ejected).map((one) => one.name + ' is ejected. ').join('')
}
// What happened once is said for ten seconds.
let said = ''
const tell = (text) => {
  said = text
  setTimeout(() => { if (said === text) said = '' }, 10000)
}
// A report that was asked for before the latest is not shown after it.
let asked = 0, latest = 0
const refresh = async (did) => {
  const turn = ++asked
  const report = await fetch('PATH/json').then((response) => response.json()).catch(() => {})
  if (turn < latest) return
  latest = turn
  if (did) tell(did)
  const events = report ? show(report) : 'No answer'
  say(said + events)
}
const addUp = async () => {
  const text = await (await fetch('PATH/metrics?all')).text()
  const sum = (pattern) => number([...text.matchAll(pattern)].reduce((all, [, one]) => all + Number(one), 0))
  everywhere.textContent = 'All isolates, ' + sum(/^gateway_isolates (.+)$/gm) + ' within the last minute: ' +
    sum(/^gateway_requests_total.+ (.+)$/gm) + ' requests, ' + sum(/^gateway_requests_total.+"5xx"} (.+)$/gm) +
    ' errors, ' + sum(/^gateway_refusals_total.+"rate_limited"} (.+)$/gm) + ' limits hit.'
}
filter.oninput = () => draw(shown)
const loop = async (turn) => {
  setTimeout(loop, 2000, turn + 1)
  if (live.checked) await refresh()
  if (live.checked && turn % 5 === 0 && shown?.allIsolates) await addUp()
}
loop(0)
</script>`;

// lib/status/api.ts
/**
 * The operator's requests, at `status.path` and behind its token.
 *
 *   GET  {path}          the page
 *   GET  {path}/json     the page's figures
 *   GET  {path}/metrics  the same for Prometheus
 *   GET  {path}/plan     the resolved configuration, redacted
 *   GET  {path}/metrics?all  the sums of all isolates (shared.metrics)
 *   POST {path}/drain, undrain, eject, forget: actions.ts
 *
 * Without the token every path returns 401; no response is cached, framed or readable by another site's pages. A
 * program sends the token as Bearer, a browser as the password of its own prompt, for any user name. Tokens are
 * compared by their digests, which an attacker cannot choose, so the time it takes reveals nothing. A browser sends the
 * password to everything below the directory that asked for it; {path} is therefore redirected to {path}/ first, or the
 * origins would get the password with each request to this host. Rejected: a cookie. It needs a form, a second secret
 * and a way to revoke it.
 */

/** Refusals too, under every profile: a cache would otherwise serve them to the operator. */
var NO_STORE = ['Cache-Control', 'no-store'];
var NOT_OPERATOR = refuse('operator_only', 401, 'Unauthorized', [
  ['WWW-Authenticate', 'Basic realm="gateway status"'],
  NO_STORE,
]);
var NO_SUCH_PAGE = refuse('no_route', 404, 'Not found', [NO_STORE]);
var NO_SUMS = refuse('bad_request', 503, 'There are no sums of all isolates: see shared.metrics', [NO_STORE]);
var notAllowed = (methods) =>
  refuse('method_not_allowed', 405, 'Method not allowed', [['Allow', methods], NO_STORE]);
var READ_ONLY = notAllowed('GET, HEAD');
var ACTION = notAllowed('POST');

/**
 * The part of a request's path after the operator's path, "" for the page itself; null for all other requests.
 */
function operatorPage(status, requestPath) {
  const path = normalisePath(requestPath);
  if (path === status.path) return '';
  return path.startsWith(status.path + '/') ? path.slice(status.path.length) : null;
}

function startStatus(state) {
  const { status } = state.settings;
  if (status === null) return {};
  return {
    early: (context) => {
      keepHistory(state, context.startedAt);
      const page = operatorPage(status, context.path);
      return page === null ? null : answerOperator(context, page, state);
    },
    finish: () => (context, exit) => countAnswer(state.metrics, context, exit, state.runtime.now()),
  };
}

/** Answers a request for a page, as `operatorPage` names it. */
async function answerOperator(context, page, state) {
  const { runtime } = state;
  const { path, token } = state.settings.status;
  const { headers } = context;
  if (page === '' && headers.get('sec-fetch-mode') === 'navigate')
    return new Response(null, {
      status: 302,
      headers: { Location: path + '/', 'Cache-Control': 'no-store' },
    });
  const shown = shownToken(headers.get('authorization') ?? '');
  const known = (await runtime.digest(shown)) === (await runtime.digest(token));
  const made = known ? await answerKnown(context, page.slice(1), state) : NOT_OPERATOR;
  if (made instanceof Response)
    return context.method === 'HEAD' ? new Response(null, { headers: made.headers }) : made;
  if (!known) {
    const now = runtime.now();
    countAnswer(state.metrics, context, made, now);
    if (state.settings.log !== 'off') runtime.log(logLine(context, undefined, made.status, made.reason, now));
  }
  // Not through the common exit, which would add CORS headers: no page of another site may read this response.
  return state.refusal(made, context);
}

async function answerKnown(context, page, state) {
  const { runtime, settings, hooks } = state;
  const { method } = context;
  const nonce = runtime.id();
  const reply = (type, text, status = 200) => {
    const headers = {
      'Content-Type': type + '; charset=utf-8',
      'Content-Security-Policy': pagePolicy(nonce),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    };
    return new Response(text, { status, headers });
  };
  if (isAction(page)) {
    if (method !== 'POST') return ACTION;
    const done = await act(page, context, state);
    return 'reason' in done ? done : reply('application/json', JSON.stringify(done.report), done.status);
  }
  if (method !== 'GET' && method !== 'HEAD') return READ_ONLY;
  const now = runtime.now();
  if (page === 'json') return reply('application/json', JSON.stringify(await pageReport(state, now)));
  if (page === 'plan') return reply('application/json', redactedPlan(settings));
  if (page === 'metrics') {
    const text = /[?&]all\b/.test(context.query)
      ? await hooks.find((hook) => hook.allMetrics)?.allMetrics?.()
      : familiesText(metricFamilies(statusReport(state, now)));
    return text == null ? NO_SUMS : reply('text/plain; version=0.0.4', text);
  }
  return page === '' ? reply('text/html', statusPage(settings.status.path, nonce)) : NO_SUCH_PAGE;
}

/** The token in the Authorization header, "" if absent. */
function shownToken(authorization) {
  const [scheme = '', value = ''] = authorization.split(' ');
  try {
    return /^basic$/i.test(scheme) ? atob(value).replace(/^[^:]*:/, '') : value;
  } catch {
    return '';
  }
}

// lib/status/sums.ts
/**
 * `{status.path}/metrics?all`: the counters of all isolates, for Prometheus.
 *
 * Each isolate reports the increase of its counters to the companion, in parallel with a request and once more when it
 * becomes idle; what an isolate counted since then is lost when it is killed. Gauges cannot be summed and stay per
 * isolate. A message whose answer is lost is sent again unchanged, with its old number, and counts once. If the
 * companion has restarted meanwhile, the message is dropped: undercounting is better than counting twice.
 */

function startSums(state) {
  const { settings, runtime } = state;
  const { shared, status } = settings;
  if (!shared?.metrics || status === null) return {};
  const companion = createCompanion(shared, runtime);
  const read = () => countersIn(metricFamilies(statusReport(state, runtime.now())));
  const sender = { session: '', sequence: 0 };
  const reporter = { companion, sender, read, reported: new Map(), pending: null, reportedAt: 0 };
  const everyMs = 1e3 * shared.metrics.everySeconds;
  return {
    finish: () => (context) => reportBeside(reporter, everyMs, context),
    allMetrics: async () => {
      await reportSums(reporter);
      const report = await callCompanion(companion, '/count');
      return report && sumsText(report);
    },
  };
}

function reportBeside(reporter, everyMs, { waitUntil }) {
  const { runtime } = reporter.companion;
  const now = runtime.now();
  if (!havePassed(everyMs, reporter.reportedAt, now)) return;
  reporter.reportedAt = now;
  const idle = delay(runtime, Math.min(everyMs, IDLE_MS));
  waitUntil(reportSums(reporter));
  waitUntil(idle.then(() => (reporter.reportedAt === now ? reportSums(reporter) : undefined)));
}

async function reportSums(reporter) {
  const { companion, sender, reported } = reporter;
  if (reporter.pending === null) {
    const counts = reporter.read();
    const grown = counts.flatMap(([series, value]) => {
      const more = value - (reported.get(series) ?? 0);
      return more > 0 ? [[series, more]] : [];
    });
    if (grown.length === 0) return;
    for (const [series, value] of counts) reported.set(series, value);
    reporter.pending = { message: { ...newEnvelope(companion, sender), counts: grown }, sent: 0 };
  }
  const { pending } = reporter;
  pending.sent++;
  const answer = await callCompanion(companion, '/count', pending.message);
  if (answer === null || reporter.pending !== pending) return;
  sender.session = answer.session;
  reporter.pending = null;
  // A message of an unknown session counts nothing. One that was sent only once cannot have counted before.
  if (answer.session === pending.message.session || pending.sent > 1) return;
  reporter.pending = { message: { ...pending.message, ...newEnvelope(companion, sender) }, sent: 0 };
  return reportSums(reporter);
}

function countersIn(families) {
  return [...families.values()].flatMap(({ type, samples }) => (type === 'gauge' ? [] : samples));
}

/** The sums in Prometheus's text format: each family's samples together, after its type. */
function sumsText({ since, isolates, sums }) {
  const families = new Map();
  for (const sample of sums) {
    const name = sample[0].slice(0, sample[0].indexOf('{'));
    const family = name.replace(/_(bucket|sum|count)$/, '');
    const type = family === name ? 'counter' : 'histogram';
    samplesOf2(families, family, type, 'of all isolates').push(sample);
  }
  const addGauge = (name, of, value) => samplesOf2(families, name, 'gauge', of).push([name, value]);
  addGauge('gateway_isolates', 'that reported anything within the last minute', isolates);
  addGauge('gateway_sums_start_time_seconds', '(when the companion began to add up)', since / 1e3);
  return familiesText(families);
}

// lib/traffic/batch-sender.ts
/**
 * Sends records (lines of the access log, spans) to a server in batches, after the answers have gone out.
 *
 * No caller waits for a record or fails because of one. Requests in flight and queued records are bounded; what does
 * not fit is dropped and counted, so that a log server that is down costs a little memory and no request. The queue is
 * this isolate's, and a record waits no longer than the platform lets work go on after an answer (30 s). What an
 * isolate has not sent when it ends is lost.
 */

var MOST_WAITING = 1e3;
var MOST_AT_ONCE = 8;
/** A slot is freed after the time that the platform gives work after an answer: it stops such work without notice. */
var SEND_PLACE_MS = 3e4;
/** Delays before the second and the third attempt. */
var SEND_RETRY_MS = [500, 3e3];

/** `write` makes the body of a batch. Each server has a queue and slots of its own. */
function createBatchSender(write, runtime) {
  const counts = { sent: 0, failed: 0, dropped: 0 };
  const queueOf = memo(() => ({
    waiting: [],
    places: Array(MOST_AT_ONCE).fill(0),
    overdue: false,
  }));

  const flush = async (to) => {
    const queue = queueOf(to);
    const { waiting, places } = queue;
    const now = runtime.now();
    const place = places.findIndex((until) => until <= now);
    if (place < 0) queue.overdue = true;
    if (place < 0 || waiting.length === 0) return;
    const batch = waiting.splice(0, Math.max(1, to.batchSize));
    if (waiting.length === 0) queue.overdue = false;
    places[place] = now + SEND_PLACE_MS;
    const good = await deliver(to, write(batch, to), runtime);
    places[place] = 0;
    counts[good ? 'sent' : 'failed'] += batch.length;
    if (queue.overdue || waiting.length >= to.batchSize) await flush(to);
  };

  return {
    counts,
    send: (to, record, waitUntil) => {
      const { waiting } = queueOf(to);
      if (waiting.length >= MOST_WAITING) return void counts.dropped++;
      waiting.push(record);
      if (waiting.length >= to.batchSize) return waitUntil(flush(to));
      waitUntil(delay(runtime, to.delaySeconds * 1e3).then(() => flush(to)));
    },
  };
}

/** Never rejects. */
async function deliver(to, body, runtime) {
  for (let turn = 0; ; turn++) {
    const status = await tryWithin(runtime, to.timeoutMs, async (signal) => {
      const headers = new Headers(to.headers);
      if (!headers.has('content-type')) headers.set('content-type', 'application/json');
      const response = await runtime.fetch(to.url, {
        method: to.method,
        headers,
        body,
        redirect: 'manual',
        signal,
      });
      response.body?.cancel().catch(() => undefined);
      return response.status;
    });
    if (status !== null && status >= 200 && status < 300) return true;
    const wait = SEND_RETRY_MS[turn];
    // What was understood and refused is refused again.
    if (wait === undefined || (status !== null && status < 500 && status !== 429)) return false;
    await delay(runtime, wait);
  }
}

// lib/traffic/secret-names.ts
/**
 * Which headers and arguments may hold a credential, by name: words that suggest one, and the configured key names.
 */

var SECRET2 = /auth|token|secret|passw|pwd|api-?_?key|cookie|session|signature|jwt|credential/i;

function secretNames({ routes }) {
  const names = routes.flatMap(({ auth, jwt }) => [
    ...(auth?.keyNames ?? []),
    ...(jwt?.headers ?? []),
    ...(jwt?.queryNames ?? []),
  ]);
  const named = new Set(names.map((name) => name.toLowerCase()));
  return (name) => SECRET2.test(name) || named.has(name.toLowerCase());
}

// lib/traffic/transform/operations.ts
/**
 * The operations of Kong's transformers on named values, in this order, each on the result of the one before: remove,
 * rename, replace (if present), add (if absent), append.
 */

/** The same operations with the names respelled and other values; those whose name becomes null are dropped. */
function mapOperations({ remove, rename, replace, add: add2, append }, spell, make) {
  const each = (pairs, of) =>
    pairs.flatMap(([name, value]) => {
      const [spelt, made] = [spell(name), of(value)];
      return spelt === null || made === null ? [] : [[spelt, made]];
    });
  return {
    remove: remove.flatMap((name) => spell(name) ?? []),
    rename: each(rename, spell),
    replace: each(replace, make),
    add: each(add2, make),
    append: each(append, make),
  };
}

/** The same operations with other values. */
var mapValues = (operations, make) => mapOperations(operations, (name) => name, make);

// lib/traffic/transform/arguments.ts
/**
 * Operations on the arguments of a query or a urlencoded form. The whole is re-encoded, as in Kong: sorted by the
 * encoded text, with the escapes of RFC 3986; `?flag` stays without "=" and `?e=` keeps it.
 *
 * Names and values are byte strings, one character a byte: an escape that is not UTF-8 must survive unchanged.
 */

var decodeArgument = (text) =>
  pathBytes(text.replaceAll('+', ' ')).replace(/%([\da-f]{2})/gi, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );

var encode = (bytes) =>
  bytes.replace(
    /[^\w.~-]/g,
    (character) => '%' + (character.charCodeAt(0) + 256).toString(16).slice(-2).toUpperCase(),
  );

/** `text` is a query without its "?", or a form. */
function parseArguments(text) {
  const found = new Map();
  for (const part of text.split('&')) {
    const cut = part.indexOf('=');
    const name = decodeArgument(cut < 0 ? part : part.slice(0, cut));
    if (name !== '') addTo(found, name, cut < 0 ? null : decodeArgument(part.slice(cut + 1)));
  }
  return found;
}

function addTo(found, name, value) {
  const values = found.get(name);
  if (values) values.push(value);
  else found.set(name, [value]);
}

function writeArguments(found) {
  const parts = [];
  for (const [name, values] of found)
    for (const value of values) parts.push(encode(name) + (value === null ? '' : '=' + encode(value)));
  return parts.sort().join('&');
}

function transformArguments(found, written) {
  const operations = mapOperations(written, pathBytes, pathBytes);
  for (const name of operations.remove) found.delete(name);
  for (const [from, to] of operations.rename) {
    const values = found.get(from);
    if (values === undefined || from === to) continue;
    found.delete(from);
    found.set(to, values);
  }
  for (const [name, value] of operations.replace) if (found.has(name)) found.set(name, [value]);
  for (const [name, value] of operations.add) if (!found.has(name)) found.set(name, [value]);
  // Appending drops a name without a value: Kong's rule.
  for (const [name, value] of operations.append)
    found.set(name, [...(found.get(name) ?? []).filter((one) => one !== null), value]);
}

/** Decodes a byte string as UTF-8; unchanged if it is not. */
function textOf(bytes) {
  try {
    return decodeURIComponent(encode(bytes));
  } catch {
    return bytes;
  }
}

// lib/traffic/setting-for.ts
/**
 * Which configuration of a feature applies to a request: exactly one, the most specific, and two are never merged
 * (Kong's rule). The order: the consumer's on this route, the consumer's everywhere, the route's, the default (which
 * the route has inherited already).
 */

/**
 * Null if `name` is set (other than to false) neither for the route nor for a consumer: the feature then adds no hook.
 * `route` is null if none matched.
 */
function settingFor(name, route, settings) {
  // Undefined for a feature that the file does not carry.
  const common = (route ?? settings)[name] ?? null;
  const ownOf = (consumer) => consumer?.[name] ?? null;
  const tables = [route?.consumerSettings, route && settings.consumerSettings].flatMap((table) =>
    table && [...table.values()].some((consumer) => ownOf(consumer) !== null) ? table : [],
  );
  const [here, everywhere] = tables;
  if (here === undefined) return common === null || common === false ? null : () => common;
  return ({ consumer }) =>
    (consumer && (ownOf(here.get(consumer.id)) ?? ownOf(everywhere?.get(consumer.id)))) ?? common;
}

/**
 * A hook that calls `act` with the setting that applies to a request; null as above. A request to which none applies
 * continues.
 */
function withSetting(name, route, settings, act2) {
  const settingOf = settingFor(name, route, settings);
  return (
    settingOf &&
    ((context, ...more) => {
      const rule = settingOf(context);
      return rule && act2(rule, context, ...more);
    })
  );
}

// lib/traffic/access-log.ts
/**
 * A record of each request in Kong's format, sent to a log server (Kong's http-log) or to the console (file-log).
 *
 * No record holds a credential: headers and arguments with names such as "key", "token" or "session", and those that
 * the configuration names, are redacted. Kong redacts Authorization only.
 */

var HIDDEN = 'REDACTED';

/** The query, with its "?", with redacted values. Names may be percent-encoded. */
function hideInQueryText(query, isSecret) {
  return query
    .split('&')
    .map((part) => {
      const cut = part.indexOf('=');
      if (cut < 0) return part;
      const name = part.slice(0, cut);
      return isSecret(decodeArgument(name).replace('?', '')) ? `${name}=${HIDDEN}` : part;
    })
    .join('&');
}

/** Kong's form: the values of a repeated argument are an array. */
function argumentsIn(query) {
  const values = new Map();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length > 1 ? all : all[0]]));
}

/** A value may be a URL (Referer, Location), whose arguments may be secret too. */
function headersOf(headers, isSecret) {
  const shown = (value) => value.replace(/\?[^\s#]*/g, (query) => hideInQueryText(query, isSecret));
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, isSecret(name) ? HIDDEN : shown(value)]),
  );
}

/** Kong's log record (kong/pdk/log.lua), without what a Worker cannot see. `now` in ms since 1970. */
function accessRecord(context, exit, settings, isSecret, now) {
  const { consumer, credentialId, anonymous, origin, startedAt, sentAt, answeredAt, span } = context;
  const query = hideInQueryText(context.query, isSecret);
  const uri = context.path + query;
  const asked = sentAt > 0;
  return {
    request: {
      id: requestIdOf(context),
      method: context.method,
      uri,
      url: `${context.scheme}://${withPort(context)}${uri}`,
      querystring: argumentsIn(query),
      headers: headersOf(context.headers, isSecret),
    },
    response: { status: exit.status, headers: headersOf(exit.response.headers, isSecret) },
    upstream_uri: asked ? pathAsked(context) + hideInQueryText(context.originQuery, isSecret) : '',
    upstream_status: origin && asked ? String(exit.status) : '',
    latencies: {
      request: now - startedAt,
      kong: asked ? sentAt - startedAt : now - startedAt,
      proxy: asked ? Math.max(0, answeredAt - sentAt) : -1,
    },
    attempts: context.attempts,
    tries: [
      ...(context.failed ?? []).map(({ origin: name, status: code }) => ({
        origin: name,
        state: 'failed',
        code,
      })),
      ...(origin && asked ? [{ origin: origin.name }] : []),
    ],
    // A digest would let its reader test guesses of the key.
    authenticated_entity:
      credentialId !== null && !anonymous && !/^[\da-f]{64}$/.test(credentialId)
        ? { id: credentialId, consumer_id: consumer?.id }
        : undefined,
    consumer: consumer
      ? { id: consumer.id, username: consumer.username, custom_id: consumer.customId }
      : undefined,
    ...routeRecords(context, settings),
    client_ip: callerOf(context).client,
    started_at: startedAt,
    source: origin ? 'upstream' : 'kong',
    correlation_id: context.correlationId ?? undefined,
    trace_id: span ? { w3c: span.traceId } : undefined,
  };
}

/** Kong names the port, be it the scheme's own. */
function withPort({ host, scheme }) {
  return /:\d+$/.test(host) ? host : `${host}:${scheme === 'https' ? 443 : 80}`;
}

function pathAsked({ route, origin, originPath: set, matchedPath, path, kong }) {
  const made = set ?? (route ? originPath(route, matchedPath, path, kong !== null) : path);
  return (origin?.basePath ?? '') + made;
}

function routeRecords({ route, pool, origin, kong }, { pools }) {
  if (route === null) return {};
  const { id, name, hosts, paths, methods, stripPath, preserveHost } = route;
  const service = pools[pool < 0 ? route.pool : pool];
  const isUnnamed = kong !== null && name.startsWith('routes[');
  return {
    route: {
      id,
      name: isUnnamed ? undefined : name,
      hosts,
      paths,
      methods,
      strip_path: stripPath,
      preserve_host: preserveHost,
    },
    service: service && {
      ...(route.service ?? { name: service.name }),
      host: (origin ?? service.origins[0])?.host.replace(/:\d+$/, ''),
    },
  };
}

var bodyOf = (records, { batchSize }) => (batchSize > 1 ? `[${records.join(',')}]` : records.join(''));

function startAccessLog({ settings, runtime }) {
  const isSecret = secretNames(settings);
  const { send, counts } = createBatchSender(bodyOf, runtime);
  const finish = (route) =>
    withSetting('logTo', route, settings, (targets, context, exit) => {
      if (targets.length === 0) return;
      const line = JSON.stringify(accessRecord(context, exit, settings, isSecret, runtime.now()));
      for (const target of targets)
        if (target === 'console') runtime.log(line);
        else send(target, line, context.waitUntil);
    });
  return { finish, report: () => ({ accessLog: counts }) };
}

// lib/traffic/addresses.ts
/**
 * Which addresses may call: Kong's ip-restriction. Runs after authentication, so that a consumer can have its own list.
 *
 * `deny` is checked first; then a non-empty `allow` must hold the address. An IPv4 network never matches an IPv6 caller
 * and vice versa (Kong's rule, and the safe one: "::/0" in an allow list is not meant to open IPv4). A caller of
 * unknown address is refused.
 */

/** "::ffff:10.0.0.1" is the IPv4 address 10.0.0.1. */
var isV6 = (address) => address.includes(':') && !/^::ffff:[\d.]+(\/|$)/i.test(address);

function readNetworks(list) {
  const read = (texts) => texts.flatMap((text) => parseNetwork(text) ?? []);
  return { v4: read(list.filter((text) => !isV6(text))), v6: read(list.filter(isV6)) };
}

function compileAddresses({ allow, deny }) {
  return { allow: allow.length > 0 ? readNetworks(allow) : null, deny: readNetworks(deny) };
}

function isAllowedAddress({ allow, deny }, address) {
  const bits = parseAddress(address);
  if (bits === null) return false;
  const family = isV6(address) ? 'v6' : 'v4';
  return !inNetworks(deny[family], bits) && (allow === null || inNetworks(allow[family], bits));
}

function refuseAddress({ status, message }, context) {
  const wording =
    context.kong === null
      ? 'Address not allowed'
      : context.kong.compat === 'kong-2018'
        ? 'Your IP address is not allowed'
        : `IP address not allowed: ${callerOf(context).client}`;
  return refuse('address_refused', status, message ?? wording);
}

function startAddresses({ settings }) {
  const ruleOf = memo(compileAddresses);
  return {
    admit: (route) =>
      withSetting('addresses', route, settings, (addresses, context) =>
        isAllowedAddress(ruleOf(addresses), callerOf(context).client)
          ? null
          : refuseAddress(addresses, context),
      ),
  };
}

// lib/traffic/agents.ts
/**
 * Which programs may call, by their User-Agent: Kong's bot-detection. It stops honest robots only: any client can send
 * any User-Agent.
 *
 * An `allow` match passes; a `deny` match or, with `bots`, a known name of a robot or HTTP library is refused. A
 * request without User-Agent passes. Runs before CORS, so that a preflight is refused like any other request. The list
 * of names is our own; Kong's comes from ua-parser.
 */

/** "bot" at the end of a word, except the phone maker "CUBOT"; and the words for crawlers. */
var ROBOT = /(?<![Cc][Uu])[Bb]ot(?![A-Za-z])|[Ss]pider|SPIDER|[Cc]rawl|CRAWL|[Ss]crap(?:e|y)/;
/**
 * Robots without such a word, and HTTP libraries. curl, wget and python-requests pass.
 */
var AGENT_NAMES = new RegExp(
  [
    'facebookexternalhit/|Google.{0,50}/\\+/web/snippet|Mediapartners-Google|AdsBot-Google',
    'AppEngine-Google|GoogleOther|Google-InspectionTool|Google-HTTP-Java-Client|BingPreview|Slurp',
    'ia_archiver|archiver|heritrix|Yandex\\w|Slackbot-LinkExpanding|Slack-ImgProxy|Netvibes',
    'NewsGator|Nutch|Feedbin|WordPress|WebThumb|WhatWeb|masscan|Qwantify|htdig|larbin|Kraken|Reaper|WIRE',
    'Scrubby|SimplePie|SimpleRSS|Xenu|Genieo|HttpMonitor|TLSProber|PingdomTMS',
    'Apache-HttpClient|Python-urllib|WinHTTP|JNLP',
  ].join('|'),
);
/** Those that Kong has refused since 2.2. */
var NEWER_NAMES =
  /WhatsApp|Go-http-client|okhttp|axios|reqwest|aihttp|scalaj-http|unirest-|\b(?:aws-cli|aws-sdk-|Boto3?|JetS3t|s3fs)/;
/** Longer ones are refused before matching, so that its cost is bounded. */
var LONGEST_AGENT = 2048;

var compileAll = (patterns) => patterns.map((pattern) => compilePattern(pattern, false));

function compileAgents({ bots, ...agents }) {
  const [allow, deny] = [compileAll(agents.allow), compileAll(agents.deny)];
  const longest = Math.min(LONGEST_AGENT, ...[...allow, ...deny].map(({ maxLength }) => maxLength));
  return { allow, deny, bots, longest };
}

/** Null if the program may call. `agent` is the header as sent, null if absent; `old`: as in Kong of 2018. */
function judgeAgent(rule, agent, old = false) {
  const name = agent?.trim() ?? '';
  if (name === '') return null;
  if (name.length > rule.longest) return refuse('agent_refused', 431, 'User-Agent is too long');
  if (rule.allow.some(({ regex }) => regex.test(name))) return null;
  const bad =
    rule.deny.some(({ regex }) => regex.test(name)) ||
    (rule.bots && (ROBOT.test(name) || AGENT_NAMES.test(name) || (!old && NEWER_NAMES.test(name))));
  return bad ? refuse('agent_refused', 403, old ? '' : 'Forbidden') : null;
}

function startAgents({ settings }) {
  const old = settings.compat === 'kong-2018';
  const ruleOf = memo(compileAgents);
  const stepFor = (route) =>
    withSetting('agents', route, settings, (agents, { headers }) =>
      judgeAgent(ruleOf(agents), headers.get('user-agent'), old),
    );
  return { preflight: stepFor, admit: stepFor };
}

// lib/traffic/body-limit.ts
/**
 * How large a request's body may be: Kong's request-size-limiting, and the bound of the nginx below it. A body of
 * exactly `maxBodyBytes` passes.
 *
 * A Content-Length decides before anything is read. A body without one is counted while it streams: when it exceeds the
 * limit, the attempt is aborted, so that the origin sees an aborted request and never a truncated one that looks whole.
 * Rejected: reading the whole body first, as Kong does, which costs as much memory as the limit allows.
 */

var NO_LENGTH = refuse('length_required', 411, 'A valid Content-Length header is required');

/** What the headers alone decide; null if the request may pass. `length` is Content-Length. */
function judgeLength({ bytes, requireLength }, length, withBody, kong) {
  if (length !== null && /^\d+$/.test(length)) return Number(length) > bytes ? 'too large' : null;
  // Kong lets a chunked body pass and requires a length of all other requests, even of a GET without a body.
  if (requireLength && withBody !== kong) return 'no length';
  return withBody ? 'count' : null;
}

function refuseLarge({ headers, kong }, { ofNginx }) {
  if (ofNginx) return refuse('payload_too_large', 413, 'Payload too large');
  const expects = kong !== null && /^100-continue$/i.test(headers.get('expect') ?? '');
  return refuse('body_too_large', expects ? 417 : 413, 'Request size limit exceeded');
}

function limitBody(context, limit, runtime) {
  const { request, headers, method } = context;
  if (context.body !== null)
    return context.body.byteLength > limit.bytes ? refuseLarge(context, limit) : null;
  const length = headers.get('content-length');
  const judged = judgeLength(limit, length, request.body !== null, context.kong !== null);
  if (judged === 'too large') return refuseLarge(context, limit);
  // The platform forwards a GET's body by itself: it can be read here, but not sent.
  if (judged === 'no length' || (judged === 'count' && (method === 'GET' || method === 'HEAD')))
    return NO_LENGTH;
  if (judged === 'count') countBody(context, request.body, limit, runtime);
  return null;
}

/** Sends the same bytes; beyond the limit the attempt is aborted. */
function countBody(context, from, limit, runtime) {
  const { readable, writable } = runtime.pipe(NaN);
  const upload = { readable, doneAt: Infinity, stop: new AbortController() };
  const reader = from.getReader();
  const writer = writable.getWriter();
  const pump = async () => {
    for (let left = limit.bytes; ;) {
      const { done, value } = await reader.read();
      if (done) break;
      left -= value.length;
      if (left < 0) {
        context.stopped = refuseLarge(context, limit);
        reader.cancel().catch(() => undefined);
        throw new Error('the body is too large');
      }
      await writer.write(value);
    }
    await writer.close();
    upload.doneAt = runtime.now();
  };
  context.upload = upload;
  pump().catch((error) => {
    // An origin that wants no more of the body has closed the stream itself.
    if (writer.desiredSize === null) return;
    upload.stop.abort();
    // To the origin a stream that fails would look like a whole body; one that is read here has to fail.
    if (context.sentAt === 0) writer.abort(error).catch(() => undefined);
  });
}

function startBodyLimit({ settings, runtime }) {
  const nginx = (settings.compat && settings.kong.maxBodyBytes) ?? Infinity;
  return {
    admit: (route) => {
      const mostOf = settingFor('maxBodyBytes', route, settings);
      const requireOf = settingFor('requireContentLength', route, settings);
      if (mostOf === null && requireOf === null && nginx === Infinity) return null;
      return (context) => {
        const own = mostOf?.(context) ?? Infinity;
        const requireLength = requireOf?.(context) ?? false;
        const ofNginx = nginx < Infinity && nginx <= own;
        return limitBody(context, { bytes: Math.min(own, nginx), ofNginx, requireLength }, runtime);
      };
    },
  };
}

// lib/traffic/cache/freshness.ts
/** Whether an entry may be reused for a request, and whether a response may be stored by its type. */

/** Whether the request's Cache-Control directives accept an entry of `age` seconds that was fresh for `lifetime`. */
function isAcceptable(request, age, lifetime) {
  const seconds = (name, otherwise) => {
    const value = request.get(name);
    return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : otherwise;
  };
  return (
    age <= seconds('max-age', Infinity) &&
    age - lifetime <= seconds('max-stale', Infinity) &&
    lifetime - age >= seconds('min-fresh', -Infinity)
  );
}

/**
 * Compares type, subtype and all parameters, names without regard to case. "*" in the list stands for any type or
 * subtype.
 */
function isListedType(listed, type) {
  const sent = parseType(type);
  return sent !== null && listed.some((one) => matchesType(parseType(one), sent));
}

function parseType(text) {
  const [name = '', ...rest] = text?.split(';') ?? [];
  const [, type = '', subtype = ''] = /^\s*([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)\s*$/.exec(name) ?? [];
  if (type === '') return null;
  const parameters = new Map();
  for (const part of rest) {
    const [, key = '', value = ''] = /^\s*([\w!#$&^.+-]+)=(?:"?([^";\s]*)"?)\s*$/.exec(part) ?? [];
    if (key === '') return null;
    parameters.set(key.toLowerCase(), value);
  }
  return { type: type.toLowerCase(), subtype: subtype.toLowerCase(), parameters };
}

function matchesType(listed, sent) {
  if (listed === null || listed.parameters.size !== sent.parameters.size) return false;
  const same = (a, b) => a === '*' || a === b;
  return (
    same(listed.type, sent.type) &&
    same(listed.subtype, sent.subtype) &&
    [...listed.parameters].every(([name, value]) => sent.parameters.get(name) === value)
  );
}

// lib/traffic/cache/key.ts
/**
 * The cache key of a request, and which requests have none.
 *
 * Responses are never shared between callers with different credentials. A consumer has entries of its own. A request
 * with another credential (Authorization, a cookie, a header or an argument with the name of one) is not cached unless
 * `varyHeaders` or `varyQuery` names what carries it. Kong shares the responses to Authorization and cookies.
 */

/** Whether the request carries a credential that is not part of its cache key. */
function carriesCredential(context, { varyHeaders, varyQuery }, isSecret) {
  // Keys that the gateway has checked: the consumer or credential is part of the cache key.
  const known = context.credentialId === null ? [] : (context.route?.auth?.keyNames ?? []);
  const checked = new Set(known.map((name) => name.toLowerCase()));
  const isOpen = (name, kept) => isSecret(name) && !kept.includes(name) && !checked.has(name.toLowerCase());
  for (const name of context.headers.keys()) if (isOpen(name, varyHeaders)) return true;
  if (varyQuery === null) return false;
  return [...parseArguments(context.originQuery.slice(1)).keys()].some((name) => isOpen(name, varyQuery));
}

/**
 * Escapes the separators, so that no request can be made to have another's cache key.
 */
var keyPart = (text) => text.replace(/[%|:,=]/g, encodeURIComponent);

/** Arguments sorted by name, each with its sorted values; listed names in the list's order. */
function argumentsText(query, names) {
  const found = parseArguments(query.slice(1));
  return (names ?? [...found.keys()].sort())
    .flatMap((name) => {
      const values = found.get(name);
      if (values === undefined) return [];
      const texts = values
        .map((value) => (value === null ? keyPart(name) : `${keyPart(name)}=${keyPart(value)}`))
        .sort();
      // Kong writes the name once for several values.
      return [texts.map((text, i) => (i === 0 ? text : text.slice(keyPart(name).length + 1))).join(',')];
    })
    .join(':');
}

/**
 * The string whose SHA-256 is the cache key. Under Kong's profiles it is Kong's (proxy-cache/cache_key.lua), where the
 * line of a request without a query includes the protocol. Otherwise host and Origin are part of it too: a route may
 * have several hosts, and the response may depend on either.
 */
function keyText(context, { varyHeaders, varyQuery, ignorePathCase }) {
  const { consumer, credentialId, route, method, originMethod, path, query, headers, kong } = context;
  const who = consumer?.id ?? credentialId;
  const line = `${method} ${path.replaceAll('|', '%7C')}${query === '' ? ' HTTP/1.1' : ''}`;
  const varied = varyHeaders.flatMap((name) => {
    const value = headerNow(context, name);
    return value === null ? [] : [`${name}=${keyPart(value)}`];
  });
  const parts = [
    who === null ? route?.id : `${keyPart(who)}:${route?.id}`,
    originMethod,
    ignorePathCase ? line.toLowerCase() : line,
    argumentsText(context.originQuery, varyQuery),
    varied.join(':'),
  ];
  if (kong === null)
    parts.push(`${context.scheme}://${keyPart(context.host)}`, keyPart(headers.get('origin') ?? ''));
  // A canary's responses are not for the callers of the route's own pool, nor the other way round.
  if (route?.canary && context.pool !== route.pool) parts.push(`canary ${keyPart(route.canary.pool)}`);
  // A rewritten path may depend on headers that are not in the key.
  if (context.originPath !== null) parts.push(context.originPath.replaceAll('|', '%7C'));
  return parts.join('|');
}

// lib/traffic/cache/store.ts
/**
 * Where responses are stored: in this isolate's memory, and in the data centre's cache (Cache API) if there is one.
 *
 * Memory is bounded in bytes and entries and drops the least recently used; large responses go to the Cache API only,
 * which may drop any entry at any time. Plain workerd throws unless a cache is configured; then it is not used again.
 */

var LARGEST_ENTRY = 8 * 1024 * 1024;
var LARGEST_IN_MEMORY = 1024 * 1024;
var MOST_BYTES = 16 * 1024 * 1024;
var MOST_ENTRIES = 2e3;
/** Bytes of an entry beside its body. */
var OVERHEAD = 2048;

/** `put` returns false if a newer entry is kept: that of a response that came later, but took less time to be read. */
function createMemoryStore() {
  const entries = new Map();
  let bytes = 0;
  const sizeOf = ({ body }) => body.byteLength + OVERHEAD;
  const drop = (key) => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    bytes -= sizeOf(entry);
    entries.delete(key);
  };
  return {
    get: (key, now) => {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      drop(key);
      if (now - entry.storedAt > entry.storage * 1e3) return null;
      // Inserted again at the end: a Map iterates from the least recently used.
      entries.set(key, entry);
      bytes += sizeOf(entry);
      return entry;
    },
    put: (key, entry) => {
      const known = entries.get(key);
      if (known !== undefined && known.storedAt > entry.storedAt) return false;
      drop(key);
      if (entry.body.byteLength > LARGEST_IN_MEMORY) return true;
      entries.set(key, entry);
      bytes += sizeOf(entry);
      for (const oldest of entries.keys()) {
        if (bytes <= MOST_BYTES && entries.size <= MOST_ENTRIES) break;
        drop(oldest);
      }
      return true;
    },
  };
}

/**
 * The Cache API stores GETs by URL, for as long as Cache-Control says: status, headers and times travel in one header.
 */
var urlOf = (key) => `https://cache.invalid/${key}`;

function createStore(platform) {
  const memory = createMemoryStore();
  let hasPlatform = true;
  const ask = async (work) => {
    const cache = hasPlatform ? platform() : null;
    if (cache === null) return null;
    try {
      return await work(cache);
    } catch {
      hasPlatform = false;
      return null;
    }
  };
  return {
    get: async (key, now) => {
      const known = memory.get(key, now);
      if (known !== null) return known;
      const found = await ask((cache) => cache.match(urlOf(key)));
      const entry = found ? await unpack(found) : null;
      if (entry === null || now - entry.storedAt > entry.storage * 1e3) return null;
      return memory.put(key, entry) ? entry : memory.get(key, now);
    },
    put: async (key, entry) => {
      if (memory.put(key, entry)) await ask((cache) => cache.put(urlOf(key), pack(entry)));
    },
  };
}

function pack({ body, ...rest }) {
  return new Response(body, {
    headers: {
      'cache-control': `max-age=${Math.max(1, Math.ceil(rest.storage))}`,
      'x-entry': encodeURIComponent(JSON.stringify(rest)),
    },
  });
}

async function unpack(found) {
  try {
    const rest = JSON.parse(decodeURIComponent(found.headers.get('x-entry') ?? ''));
    return { ...rest, body: await found.arrayBuffer() };
  } catch {
    return null;
  }
}

// lib/traffic/cache/cache.ts
/**
 * Caches responses: Kong's proxy-cache.
 *
 * An entry is the response as the origin sent it: CORS headers, limits and ids are added for each caller. (Kong stores
 * its own headers too, among them one caller's Access-Control-Allow-Origin.) Unlike in Kong, responses with Set-Cookie
 * are never stored.
 */

var NOT_KEPT = refuse('cache_only', 504, '');
/** Hop-by-hop headers, and those that are computed for each response. */
var LEFT_OUT = new RegExp(
  '^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|content-length|content-encoding|age)$|ratelimit-remaining',
);

async function lookUpAnswer(context, cache, parts) {
  const wishes = cacheDirectives(cache.obeyCacheControl ? context.headers.get('cache-control') : null);
  const use = { status: 'Bypass', key: null, age: 0 };
  context.cache = use;
  if (
    !cache.methods.includes(context.originMethod) ||
    context.headers.has('upgrade') ||
    wishes.has('no-store') ||
    wishes.has('no-cache') ||
    carriesCredential(context, cache, parts.isSecret)
  )
    return null;
  use.key = await parts.runtime.digest(keyText(context, cache));
  const now = parts.runtime.now();
  const entry = await parts.store.get(use.key, now);
  use.status = entry === null ? 'Miss' : 'Refresh';
  if (entry === null) return wishes.has('only-if-cached') ? NOT_KEPT : null;
  use.age = Math.max(0, Math.floor((now - entry.storedAt) / 1e3));
  // With cache_control Kong serves stale entries unless the caller objects.
  const fresh =
    now - entry.storedAt <= entry.lifetime * 1e3 || (cache.obeyCacheControl && context.kong !== null);
  if (!fresh || !isAcceptable(wishes, use.age, entry.lifetime)) return null;
  use.status = 'Hit';
  return answerFrom(entry, context, parts);
}

/** Treated like a response that the origin has just sent. */
function answerFrom({ status, headers, body, origin }, context, { settings, runtime }) {
  if (context.pool < 0) context.pool = context.route?.pool ?? -1;
  context.origin = settings.pools[context.pool]?.origins.find(({ name }) => name === origin) ?? null;
  context.sentAt = context.answeredAt = runtime.now();
  const empty = context.method === 'HEAD' || body.byteLength === 0;
  return new Response(empty ? null : body, { status, headers });
}

/** Seconds for which the response may be reused; 0 or less if it must not be stored. */
function lifetimeOf(cache, context, response, now) {
  const { headers, status } = response;
  if (!cache.statuses.includes(status) || headers.has('set-cookie')) return 0;
  // They answer Range and If-None-Match, which are not in the key: the next caller may have sent neither.
  if (status === 206 || status === 304) return 0;
  if (cache.contentTypes !== null && !isListedType(cache.contentTypes, headers.get('content-type'))) return 0;
  // Kong ignores Vary. Bodies are stored decoded, so Accept-Encoding makes no difference.
  const varied = (headers.get('vary') ?? '').toLowerCase().split(/[\s,]+/);
  const kept = (name) =>
    name === '' || name === 'accept-encoding' || name === 'origin' || cache.varyHeaders.includes(name);
  if (context.kong === null && !varied.every(kept)) return 0;
  if (!cache.obeyCacheControl) return cache.ttlSeconds;
  if (cacheDirectives(headers.get('cache-control')).has('private')) return 0;
  return freshSeconds(headers, now) ?? cache.ttlSeconds;
}

/** Stores a copy after the response has gone out. */
function keepAnswer(context, response, cache, parts) {
  const use = context.cache;
  if (use === null || use.key === null || use.status === 'Hit') return;
  const now = parts.runtime.now();
  const lifetime = lifetimeOf(cache, context, response, now);
  const large = Number(response.headers.get('content-length') ?? 0) > LARGEST_ENTRY;
  if (lifetime <= 0 || large || !isDecoded(response)) {
    use.status = 'Bypass';
    return;
  }
  const { key } = use;
  const entry = {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !LEFT_OUT.test(name)),
    storedAt: now,
    lifetime,
    storage: cache.storageSeconds ?? lifetime,
    origin: context.origin?.name ?? '',
  };
  const copy = response.clone().body;
  const body = copy === null ? Promise.resolve(new ArrayBuffer(0)) : readAtMost(copy, LARGEST_ENTRY);
  // A response that breaks off is not stored.
  const stored = body.then((bytes) =>
    bytes === null ? undefined : parts.store.put(key, { ...entry, body: bytes }),
  );
  context.waitUntil(stored.catch(() => undefined));
}

function showCacheStatus(context, use, { change }, cache) {
  const debug = context.kong !== null && context.headers.has('kong-debug');
  const shown = (name) => debug || cache.show.includes(name);
  // The gateway's own answers are never from the cache.
  const status = context.origin === null ? 'Bypass' : use.status;
  if (shown('status')) change().set('X-Cache-Status', status);
  if (shown('key') && use.key !== null) change().set('X-Cache-Key', use.key);
  if (shown('age') && status === 'Hit') change().set('Age', String(use.age));
}

function startCache({ settings, runtime }) {
  const parts = {
    settings,
    runtime,
    store: createStore(platformCache),
    isSecret: secretNames(settings),
  };
  return {
    answer: (route) =>
      withSetting('cache', route, settings, (cache, context) => lookUpAnswer(context, cache, parts)),
    received: (route) =>
      withSetting('cache', route, settings, (cache, context, response) =>
        keepAnswer(context, response, cache, parts),
      ),
    finish: (route) =>
      route &&
      withSetting('cache', route, settings, (cache, context, exit) => {
        if (context.cache) showCacheStatus(context, context.cache, exit, cache);
      }),
  };
}

// lib/traffic/correlation-id.ts
/**
 * One id by which the records of a request can be found in every system: Kong's correlation-id. The caller's id is
 * kept, so that a chain of services shares one; otherwise one is generated.
 *
 * Outside Kong's profiles a caller's id is kept only if it has at most 256 printable characters and no space: it ends
 * up in logs. Runs before authentication; refusals carry the id too. In Kong of 2018 it ran last, so that refusals
 * carried none, and an empty id was kept.
 */

/** 32 hex digits of a random UUID as they are usually written. */
var uuidOf = (id) => id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

function keptId(sent, kong) {
  const id = sent?.trim() ?? '';
  return id !== '' && (kong || /^[\x21-\x7e]{1,256}$/.test(id)) ? id : null;
}

function newId({ generator }, context, counter, runtime) {
  if (generator === 'uuid') return uuidOf(runtime.id());
  counter.isolate ??= uuidOf(runtime.id());
  counter.count++;
  if (generator === 'counter') return `${counter.isolate}#${counter.count}`;
  return `${callerOf(context).peer}-0-1-${counter.count}-1-${(context.startedAt / 1e3).toFixed(3)}`;
}

function startCorrelationId({ settings, runtime }) {
  const counter = { isolate: null, count: 0 };
  const old = settings.compat === 'kong-2018';
  const idOf = (setting, context) =>
    (context.correlationId ??=
      keptId(context.headers.get(setting.header), context.kong !== null) ??
      (old ? context.headers.get(setting.header) : null) ??
      newId(setting, context, counter, runtime));
  const stepFor = (route) =>
    withSetting('correlationId', route, settings, (rule, context) => {
      context.originHeaders.push([rule.header.toLowerCase(), idOf(rule, context)]);
      return null;
    });
  return {
    ...(old ? { answer: stepFor } : { admit: stepFor }),
    finish: (route) =>
      withSetting('correlationId', route, settings, (rule, context, { change }) => {
        if (rule.echo && (!old || context.correlationId !== null))
          change().set(rule.header, idOf(rule, context));
      }),
  };
}

// lib/traffic/cost-limits.ts
/**
 * Limits on costs that the origin reports: Kong's response-ratelimiting. An answer names costs in a header ("video=2,
 * image=1"); each is charged to the caller's budget of that name, in fixed windows aligned to UTC.
 *
 * The request carries what is left to the origin. An answer that costs something when nothing is left becomes a 429.
 * Counters are this isolate's own, in a table like the rate limit's.
 */

/** What is left in each window; may be negative. */
var remaining = ({ windows }) => windows.map(({ count, limit }) => limit - count);

/** Parses "video=2, image=1". The last value of a name counts; malformed parts are ignored. */
function parseCosts(text) {
  const costs = new Map();
  for (const part of text?.split(',') ?? []) {
    const [, name = '', cost] = /^\s*([^=\s]+)\s*=\s*(\d{1,15}(?:\.\d{1,9})?)\s*$/.exec(part) ?? [];
    if (cost !== undefined) costs.set(name, Number(cost));
  }
  return costs;
}

function setRemainingHeaders(context, costs, budgets) {
  for (const budget of budgets) {
    const { name } = budget.limit;
    const left = remaining(budget);
    if (costs.refuseEarly && left.includes(0))
      return refuse('rate_limited', 429, `API rate limit exceeded for '${name}'`);
    context.originHeaders.push([`x-ratelimit-remaining-${name}`.toLowerCase(), String(Math.min(...left))]);
  }
  return null;
}

function settleCosts(context, exit, costs, budgets) {
  // The gateway's own answers cost nothing, and a cached one has been charged before.
  const reported = parseCosts(context.attempts > 0 ? exit.response.headers.get(costs.header) : null);
  const headers = exit.change();
  headers.delete(costs.header);
  const charges = budgets.map((budget) => ({
    budget,
    cost: reported.get(budget.limit.name) ?? 0,
    left: remaining(budget),
  }));
  const refused = charges.some(({ cost, left }) => cost > 0 && Math.min(...left) <= 0);
  for (const { budget, cost, left } of charges) {
    if (!costs.hideHeaders) setLimitHeaders(headers, budget.limit, left, cost);
    if (!refused) for (const window of budget.windows) window.count += cost;
  }
  if (!refused) return;
  exit.response.body?.cancel().catch(() => undefined);
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.set('content-length', '0');
  exit.replace(new Response(null, { status: 429, headers: kept }));
}

function setLimitHeaders(headers, { name, windows }, left, cost) {
  for (const [i, { period, limit }] of windows.entries()) {
    headers.set(`X-RateLimit-Limit-${name}-${period}`, String(limit));
    headers.set(`X-RateLimit-Remaining-${name}-${period}`, String(Math.max(0, left[i] - cost)));
  }
}

function startCostLimits({ settings, runtime }) {
  const limits = createLimits();
  let generated = 0;
  /** Settings without a scope have one each. */
  const scopeOf = memo(({ scope }) => scope ?? `#${generated++}`);
  const budgetsOf = (costs, context) => {
    const now = runtime.now();
    const { consumer, credentialId } = context;
    const { by } = costs;
    const identity =
      (by === 'consumer' ? consumer?.id : null) ??
      (by === 'ip' ? null : credentialId) ??
      callerNetworkOf(context);
    return costs.limits.map((limit) => {
      const scope = `${scopeOf(costs)}
${limit.name}`;
      return { limit, windows: windowsOf(limits, { windows: limit.windows, scope }, identity, now) };
    });
  };
  return {
    admit: (route) =>
      withSetting('costLimits', route, settings, (costs, context) => {
        const refusal = setRemainingHeaders(context, costs, budgetsOf(costs, context));
        context.costsPassed = refusal === null;
        return refusal;
      }),
    finish: (route) =>
      route &&
      withSetting('costLimits', route, settings, (costs, context, exit) => {
        if (context.costsPassed && exit.status !== 101)
          settleCosts(context, exit, costs, budgetsOf(costs, context));
      }),
  };
}

// lib/traffic/groups.ts
/**
 * Which groups of consumers may call: Kong's acl. The origin gets the consumer's groups in X-Consumer-Groups.
 *
 * Groups are compared exactly. A caller without a consumer, or an anonymous consumer without groups, gets a 401; a
 * known consumer that is not allowed gets a 403.
 */

var NAME = 'x-consumer-groups';
var UNAUTHORIZED = refuse('group_refused', 401, 'Unauthorized');
var FORBIDDEN = refuse('group_refused', 403, 'You cannot consume this service');

/** Null if the caller may pass. `groups`: the consumer's, null without a consumer. */
function judgeGroups(rule, groups, anonymous) {
  if (groups === null) return UNAUTHORIZED;
  if (groups.some((group) => rule.deny.includes(group))) return FORBIDDEN;
  if (rule.allow.length === 0 || groups.some((group) => rule.allow.includes(group))) return null;
  return anonymous && groups.length === 0 ? UNAUTHORIZED : FORBIDDEN;
}

function startGroups({ settings }) {
  const claimed = new Set([NAME]);
  return {
    admit: (route) =>
      withSetting('groups', route, settings, (rule, context) => admitGroups(context, rule, claimed)),
  };
}

function admitGroups(context, rule, claimed) {
  const groups = context.consumer && (context.consumer.groups ?? []);
  const refusal = judgeGroups(rule, groups, context.anonymous);
  // Up to 2.0 Kong had no 401 here.
  if (refusal !== null) return context.kong?.compat === 'kong-2018' ? FORBIDDEN : refusal;
  // A caller's own X-Consumer-Groups is removed; Kong forwards it with hide_groups_header.
  if (context.kong === null) context.claimed.push(claimed);
  if (!rule.hideHeader) context.originHeaders.push([NAME, (groups ?? []).join(', ')]);
  return null;
}

// lib/traffic/redirect.ts
/**
 * Redirects callers to another URL: Kong's redirect. With `keepPath` the request's path and query replace those of the
 * URL; its host and port always stay the configuration's.
 */

/** The Location header. `query` starts with "?" unless it is empty. */
function redirectLocation({ to, keepPath }, path, query) {
  if (!keepPath) return to;
  const url = new URL(to);
  url.pathname = escapePath(normalisePath(path));
  url.search = query;
  return url.href;
}

function respond(context, redirect) {
  const { path, originQuery, kong, method } = context;
  // The query that earlier features have left: a hidden key is not told to another host.
  const headers = { Location: redirectLocation(redirect, path, originQuery) };
  const bare = kong === null || method === 'HEAD' || isBodiless(redirect.status);
  // As bytes: a string as a body would set Content-Type.
  return new Response(bare ? null : new TextEncoder().encode('redirecting'), {
    status: redirect.status,
    headers,
  });
}

function startRedirect({ settings }) {
  return {
    admit: (route) =>
      withSetting('redirect', route, settings, (redirect, context) => respond(context, redirect)),
  };
}

// lib/traffic/transform/header-lines.ts
/** Operations on the headers of requests and responses; the two differ in what counts as present. */

/**
 * A line end would start another header, and every runtime refuses NUL; a value that comes from a request may hold
 * them.
 */
var oneLine = (value) => value.replace(/[\0\r\n]+/g, ' ');

/**
 * Each operation sees the result of the one before. Several values of a name become one line, which means the same (RFC
 * 9110, 5.2).
 */
function transformRequestHeaders(headers, operations) {
  for (const name of operations.remove) if (headers.get(name) !== null) headers.delete(name);
  for (const [from, to] of operations.rename) {
    const value = headers.get(from);
    if (value === null || from === to) continue;
    headers.delete(from);
    headers.set(to, value);
  }
  for (const [name, value] of operations.replace)
    if (headers.get(name) !== null) headers.set(name, oneLine(value));
  for (const [name, value] of operations.add)
    if (headers.get(name) === null) headers.set(name, oneLine(value));
  for (const [name, value] of operations.append) {
    const before = headers.get(name);
    headers.set(name, (before === null ? '' : `${before}, `) + oneLine(value));
  }
}

/**
 * Presence is judged by the response as it came (Kong since 1.0): a header that is removed and added stays removed, one
 * that is removed and replaced comes back. `live` judges by its current state, as Kong 0.x did.
 */
function transformAnswerHeaders(headers, operations, live = false) {
  const before = live ? headers : new Headers(headers);
  for (const name of operations.remove) headers.delete(name);
  for (const [from, to] of operations.rename) {
    if (!before.has(from) || from.toLowerCase() === to.toLowerCase()) continue;
    const lines = from.toLowerCase() === 'set-cookie' ? before.getSetCookie() : [before.get(from)];
    headers.delete(from);
    headers.delete(to);
    for (const line of lines) headers.append(to, line);
  }
  for (const [name, value] of operations.replace) if (before.has(name)) headers.set(name, value);
  for (const [name, value] of operations.add) if (!before.has(name)) headers.set(name, value);
  for (const [name, value] of operations.append) headers.append(name, value);
}

// lib/traffic/transform/json-fields.ts
/**
 * Operations on the top-level fields of a JSON object. As in Kong, `false` counts as absent and null as present.
 *
 * Fields are held in a Map, so that "__proto__" is a name like any other, and numbers keep their digits
 * (12345678901234567890). Kong writes "/" as "\/", which means the same and is not copied.
 */

/** A number with its original digits, if the runtime has JSON.rawJSON. */
function numberAsWritten(_key, value, context) {
  const { rawJSON } = JSON;
  return typeof value === 'number' && context?.source && rawJSON ? rawJSON(context.source) : value;
}

/** Null if the text is not a JSON object. */
function parseJsonFields(text) {
  try {
    const value = JSON.parse(text, numberAsWritten);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // JSON.rawJSON makes an object of a number at the top.
    return isObject && text.trimStart().startsWith('{') ? new Map(Object.entries(value)) : null;
  } catch {
    return null;
  }
}

function writeFields(fields) {
  return JSON.stringify(Object.fromEntries(fields));
}

/** `moveFalse`: a field that is `false` is renamed too, as in responses. */
function transformFields(fields, operations, moveFalse) {
  const isThere = (name) => fields.has(name) && fields.get(name) !== false;
  for (const name of operations.remove) fields.delete(name);
  for (const [from, to] of operations.rename) {
    if (from === to || !(moveFalse ? fields.has(from) : isThere(from))) continue;
    const value = fields.get(from);
    fields.delete(from);
    fields.set(to, value);
  }
  for (const [name, value] of operations.replace) if (isThere(name)) fields.set(name, value);
  for (const [name, value] of operations.add) if (!isThere(name)) fields.set(name, value);
  for (const [name, value] of operations.append) fields.set(name, appended(fields.get(name), value));
}

/** A previous value that is neither a string nor a list is dropped: Kong's rule. */
function appended(before, value) {
  if (Array.isArray(before)) return [...before, value];
  return typeof before === 'string' ? [before, value] : [value];
}

// lib/traffic/transform/multipart.ts
/**
 * Operations on the parts of a multipart form. A part that is renamed or replaced becomes a plain field; rename comes
 * first, then remove, and append does nothing (Kong's rules). All other parts keep their bytes, files included.
 *
 * Texts are byte strings, one character a byte, so that binary parts survive.
 */

/** Names are escaped as browsers do, since a quote or a line end would end them. */
var plainPart = (name, value) => ({
  name,
  text: `\r
Content-Disposition: form-data; name="${oneLine(name).replaceAll('"', '%22')}"\r
\r
${oneLine(value)}`,
});

function partOf(text) {
  const head = text.slice(0, Math.max(0, text.indexOf('\r\n\r\n')));
  const line = /^content-disposition:[^\r\n]*/im.exec(head)?.[0] ?? '';
  const [, quoted, bare] = /;[ \t]*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(line) ?? [];
  return { name: quoted ?? bare ?? null, text };
}

/** The new body; null if the old one can't be parsed. `type` is the Content-Type, `body` a byte string. */
function transformMultipart(type, body, written) {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type);
  const line = `\r
--${boundary?.[1] ?? boundary?.[2] ?? ''}`;
  const pieces = ('\r\n' + body).split(line);
  if (boundary === null || pieces.length < 2) return null;
  const [preamble = '', ...rest] = pieces;
  const epilogue = rest.pop();
  const parts = transformParts(rest.map(partOf), mapOperations(written, pathBytes, pathBytes));
  return [preamble, ...parts.map(({ text }) => text), epilogue].join(line).slice(2);
}

function transformParts(from, { remove, rename, replace, add: add2 }) {
  let parts = [...from];
  const named = (name) => (part) => part.name === name;
  for (const [old, name] of rename) {
    const index = parts.findIndex(named(old));
    const part = parts[index];
    if (part === undefined || old === name) continue;
    parts = parts.filter((one, i) => i === index || (one.name !== name && one.name !== old));
    const { text } = part;
    parts[parts.indexOf(part)] = plainPart(name, text.slice(text.indexOf('\r\n\r\n') + 4));
  }
  for (const name of remove) parts = parts.filter((part) => part.name !== name);
  for (const [name, value] of replace) {
    const index = parts.findIndex(named(name));
    if (index < 0) continue;
    parts = parts.filter((part, i) => i === index || part.name !== name);
    parts[parts.findIndex(named(name))] = plainPart(name, value);
  }
  for (const [name, value] of add2) if (!parts.some(named(name))) parts.push(plainPart(name, value));
  return parts;
}

// lib/traffic/transform/request-body.ts
/**
 * Operations on a request's body, which is read whole: a JSON object, a urlencoded or a multipart form, by
 * Content-Type. Any other body, and one that does not match its Content-Type, is forwarded unchanged.
 *
 * Kong does not touch a body larger than its buffer, so a caller can get past "remove" by padding it. Here such a body
 * is refused.
 */

var LARGEST_REQUEST = 8 * 1024 * 1024;
var REQUEST_TOO_LARGE = refuse('body_too_large', 413, 'Request body is too large to be changed');
var BROKEN_BODY = refuse('bad_body', 400, 'Bad request');

/**
 * The new body is recorded in the context. `type` is the Content-Type that the origin gets. Returns the fields of a
 * urlencoded form as they were sent, null for any other body.
 */
async function transformRequestBody(context, operations, type) {
  const kind = /application\/json|multipart\/form-data|application\/x-www-form-urlencoded/i.exec(type)?.[0];
  // The platform forwards a GET's body by itself: it can be read here, but not sent.
  const unsendable = context.originMethod === 'GET' || context.originMethod === 'HEAD';
  if (kind === undefined || (unsendable && context.method === context.originMethod)) return null;
  const bytes = await readWhole(context, LARGEST_REQUEST, REQUEST_TOO_LARGE, BROKEN_BODY);
  if ('reason' in bytes) return bytes;
  const text = new TextDecoder().decode(bytes);
  if (/json/i.test(kind)) {
    if (operations) changeJson(context, text, operations);
    return null;
  }
  if (/multipart/i.test(kind)) {
    const changed = operations && transformMultipart(type, characters(new Uint8Array(bytes)), operations);
    if (changed !== null) context.body = bytesOf(changed).buffer;
    return null;
  }
  if (operations) {
    const changed = parseArguments(text);
    transformArguments(changed, operations);
    setBody(context, writeArguments(changed));
  }
  return parseArguments(text);
}

function setBody(context, text) {
  context.body = new TextEncoder().encode(text).buffer;
}

/** An empty body counts as an empty object. */
function changeJson(context, text, operations) {
  const fields = text === '' ? new Map() : parseJsonFields(text);
  if (fields === null) return;
  transformFields(fields, operations, false);
  if (text !== '' || fields.size > 0) setBody(context, writeFields(fields));
}

/** One character a byte. TextDecoder's "latin1" is windows-1252, which differs for 80 to 9f. */
function characters(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

// lib/traffic/request-transform.ts
/**
 * Changes requests before they are sent: Kong's request-transformer, in its order: method, path, headers, body, query.
 *
 * Templates are filled in from the request as it was before the first change, including the headers that earlier
 * features have added. Headers that the gateway sets (X-Forwarded-*, X-Real-IP, Via, the request id) and those that
 * frame the message (Host, Content-Length) can't be changed.
 */

var FIXED =
  /^(?:x-forwarded-.*|x-real-ip|via|x-kong-request-id|host|content-length|transfer-encoding|connection|upgrade)$/;
/** The name in lower case; null for a header that can't be changed. */
var changeable = (name) => {
  const plain = name.toLowerCase();
  return FIXED.test(plain) ? null : plain;
};

/**
 * @throws Error for a malformed template, which validation has ruled out.
 */
function compileRequestTransform({ method, path, headers, query, body }) {
  return {
    method,
    path: path === null ? null : compileTemplate(pathBytes(path)),
    headers: headers && mapOperations(headers, changeable, compileTemplate),
    query: query && mapValues(query, compileTemplate),
    body: body && mapValues(body, compileTemplate),
  };
}

/** The request's headers as the origin would get them at this point. Changes are recorded in the context. */
var outgoingHeaders = (context) => ({
  get: (name) => headerNow(context, name),
  set: (name, value) => void context.originHeaders.push([name, value]),
  delete: (name) => void context.originHeaders.push([name, null]),
});

/** The query is the one that earlier features have left: without a hidden key. */
function sourceOf({ originQuery, captures }, headers) {
  let read = null;
  return {
    headers: (name) => (/^[\w-]+$/.test(name) ? headers.get(name.toLowerCase()) : null),
    query_params: (name) => {
      read ??= parseArguments(originQuery.slice(1));
      const [value = null] = read.get(name) ?? [];
      // Kong reads an argument without "=" as true.
      return read.has(name) ? (value === null ? 'true' : textOf(value)) : null;
    },
    uri_captures: (name) => {
      if (/^\d/.test(name)) return captures?.[Number(name)] ?? null;
      const groups = captures?.groups ?? {};
      return Object.hasOwn(groups, name) ? (groups[name] ?? null) : null;
    },
  };
}

/**
 * The path that a template makes; null if it must not be requested: one that does not start with "/", or that climbs
 * out of the origin's base path. A caller's value can't end the path, and outside Kong's profiles stays one segment.
 */
function fillPath(template, source, kong) {
  const path = fillTemplate(template, source, (value, place) =>
    // A route's capture is a part of the path already.
    place === 'uri_captures' ? endless(value) : kong ? endless(pathBytes(value)) : encodeURIComponent(value),
  );
  return path.startsWith('/') && !/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path) ? escapePath(path) : null;
}

var endless = (value) => value.replace(/[?#\\]/g, encodeURIComponent);

var NO_PATH = refuse('internal', 500, 'An unexpected error occurred');

function transformRequest(context, compiled) {
  const headers = outgoingHeaders(context);
  const source = sourceOf(context, headers);
  const fill = (value) => fillTemplate(value, source);
  const { method, path } = compiled;
  // All templates are filled in before the first change.
  const operations = compiled.headers && mapValues(compiled.headers, fill);
  const query = compiled.query && mapValues(compiled.query, fill);
  const body = compiled.body && mapValues(compiled.body, fill);
  if (method !== null) context.originMethod = method;
  if (path !== null) {
    context.originPath = fillPath(path, source, context.kong !== null);
    if (context.originPath === null) return NO_PATH;
  }
  if (operations) transformRequestHeaders(headers, operations);
  const formless = method === null || !/^(?:GET|HEAD|TRACE)$/.test(method);
  if (body === null && formless) return transformQuery(context, query, null);
  return transformRequestBody(context, body, headers.get('content-type') ?? '').then((done) =>
    done !== null && 'reason' in done ? done : transformQuery(context, query, formless ? null : done),
  );
}

/** `form`: fields of a form that the query gets too, since this method has no body. */
function transformQuery(context, operations, form) {
  if (operations === null && form === null) return null;
  const found = parseArguments(context.originQuery.slice(1));
  for (const [name, values] of form ?? []) found.set(name, [...(found.get(name) ?? []), ...values]);
  if (operations) transformArguments(found, operations);
  const text = writeArguments(found);
  context.originQuery = text && '?' + text;
  return null;
}

function startRequestTransform({ settings }) {
  const compiledOf = memo(compileRequestTransform);
  return {
    admit: (route) =>
      withSetting('requestTransform', route, settings, (own, context) =>
        transformRequest(context, compiledOf(own)),
      ),
  };
}

// lib/traffic/response-transform.ts
/**
 * Changes responses, the origin's and the gateway's own: Kong's response-transformer.
 *
 * A JSON body is read whole and rewritten while it streams: status and headers do not wait for it. A body that turns
 * out not to be a JSON object, or larger than 8 MiB, passes unchanged.
 */

var LARGEST_ANSWER = 8 * 1024 * 1024;
/** `application/json` or `application/...+json`, with parameters that are well-formed. */
var JSON_BODY =
  /^\s*application\/(?:json|[\w.!#$&^-]+\+json)\s*(?:;\s*[\w!#$%&'*+.^`|~-]+=(?:[^\s;"]+|"[^"]*")\s*)*$/i;

var isJsonType = (type) => type !== null && JSON_BODY.test(type);

/** The new body; the same text if it is not a JSON object. */
function transformJson(text, operations) {
  const fields = parseJsonFields(text);
  if (fields === null) return text;
  transformFields(fields, operations, true);
  return writeFields(fields);
}

/** Writes the body with its text changed, once all of it has arrived. */
async function writeTransformed(reader, writer, operations) {
  const pieces = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    pieces.push(value);
    if (size > LARGEST_ANSWER) for (const piece of pieces.splice(0)) await writer.write(piece);
  }
  if (size <= LARGEST_ANSWER) {
    const text = await new Blob(pieces).text();
    const changed = transformJson(text, operations);
    // A body that is not JSON may not be UTF-8 either.
    const out = changed === text ? pieces : [new TextEncoder().encode(changed)];
    for (const piece of out) await writer.write(piece);
  }
  await writer.close();
}

function transformAnswerBody(exit, operations, runtime, isHead) {
  const { response } = exit;
  const { body, headers, status, statusText } = response;
  if ((body === null && !isHead) || !isJsonType(headers.get('content-type')) || !isDecoded(response)) return;
  const changed = new Headers(headers);
  // The body is decoded here, and its length changes. A HEAD says what a GET would.
  changed.delete('content-encoding');
  changed.delete('content-length');
  if (isHead || body === null)
    return exit.replace(new Response(null, { status, statusText, headers: changed }));
  const { readable, writable } = runtime.pipe(NaN);
  const reader = body.getReader();
  const writer = writable.getWriter();
  writeTransformed(reader, writer, operations).catch((error) => {
    // One of the two ends has failed: the other ends with it.
    reader.cancel(error).catch(() => undefined);
    writer.abort(error).catch(() => undefined);
  });
  exit.replace(new Response(readable, { status, statusText, headers: changed }));
}

function startResponseTransform({ settings, runtime }) {
  const live = settings.compat === 'kong-2018';
  return {
    finish: (route) =>
      withSetting('responseTransform', route, settings, ({ headers, body }, context, exit) => {
        if (headers) transformAnswerHeaders(exit.change(), headers, live);
        if (body && exit.status !== 101) transformAnswerBody(exit, body, runtime, context.method === 'HEAD');
      }),
  };
}

// lib/traffic/trace/formats.ts
/**
 * Reads and writes the headers of trace propagation: W3C Trace Context, Zipkin's B3 (single and multiple headers),
 * Jaeger's uber-trace-id and OpenTracing's ot-tracer-*.
 *
 * Ids that are not hex of the right length, or all zeros, are ignored: the request starts a new trace, and its headers
 * are forwarded as they are.
 */

/** `least` to `most` hex digits, not all 0, in lower case and padded to 16 or 32; null for anything else. */
function hexId(text, least, most) {
  const id = text?.trim().toLowerCase() ?? '';
  if (!/^[\da-f]+$/.test(id) || id.length < least || id.length > most || /^0+$/.test(id)) return null;
  return id.padStart(id.length > 16 ? 32 : 16, '0');
}

function flagOf(text) {
  if (text === null || text === undefined) return null;
  return /^(?:1|d|true)$/i.test(text) ? true : /^(?:0|false)$/i.test(text) ? false : null;
}

function readW3c(get) {
  const [, trace, span, flags] =
    /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(get('traceparent')?.trim() ?? '') ?? [];
  const [traceId, spanId] = [hexId(trace, 32, 32), hexId(span, 16, 16)];
  return traceId && spanId
    ? { format: 'w3c', traceId, spanId, sampled: (Number.parseInt(flags ?? '0', 16) & 1) === 1 }
    : null;
}

function readB3(get) {
  const sampled = flagOf(get('x-b3-flags') === '1' ? '1' : get('x-b3-sampled'));
  const single = get('b3');
  if (single !== null) {
    const [trace = '', span, flag] = single.trim().split('-');
    if (span === undefined)
      return flagOf(trace) === null
        ? null
        : { format: 'b3-single', traceId: null, spanId: null, sampled: flagOf(trace) };
    const [traceId2, spanId2] = [b3Trace(trace), hexId(span, 16, 16)];
    if (traceId2 && spanId2)
      return { format: 'b3-single', traceId: traceId2, spanId: spanId2, sampled: flagOf(flag) ?? sampled };
  }
  const [traceId, spanId] = [b3Trace(get('x-b3-traceid')), hexId(get('x-b3-spanid'), 16, 16)];
  if (traceId === null && sampled === null) return null;
  return { format: 'b3', traceId, spanId: traceId && spanId, sampled };
}

function b3Trace(text) {
  const id = text?.trim() ?? '';
  return id.length === 16 || id.length === 32 ? hexId(id, 16, 32) : null;
}

/** `trace:span:parent:flags`; colons may be percent-encoded. */
function readJaeger(get) {
  const parts = get('uber-trace-id')?.replaceAll(/%3a/gi, ':').trim().split(':');
  const [traceId, spanId] = [hexId(parts?.[0], 1, 32), hexId(parts?.[1], 1, 16)];
  const flags = Number.parseInt(parts?.[3] ?? '', 16);
  if (!traceId || !spanId || Number.isNaN(flags)) return null;
  return { format: 'jaeger', traceId, spanId, sampled: (flags & 1) === 1 };
}

function readOt(get) {
  const [traceId, spanId] = [b3Trace(get('ot-tracer-traceid')), hexId(get('ot-tracer-spanid'), 16, 16)];
  if (traceId === null || spanId === null) return null;
  return { format: 'ot', traceId, spanId, sampled: flagOf(get('ot-tracer-sampled')) };
}

var READ = {
  w3c: readW3c,
  b3: readB3,
  jaeger: readJaeger,
  ot: readOt,
};

/** The first format of the list that the request carries; null for none. */
function extractTrace(formats, get) {
  for (const format of formats) {
    const found = READ[format](get);
    if (found) return found;
  }
  return null;
}

var WRITE = {
  w3c: ({ traceId, spanId, sampled }) => [
    ['traceparent', `00-${traceId.padStart(32, '0')}-${spanId}-${sampled ? '01' : '00'}`],
  ],
  b3: ({ traceId, spanId, parentId, sampled }) => [
    ['x-b3-traceid', traceId],
    ['x-b3-spanid', spanId],
    ...(parentId === null ? [] : [['x-b3-parentspanid', parentId]]),
    ['x-b3-sampled', sampled ? '1' : '0'],
  ],
  'b3-single': ({ traceId, spanId, parentId, sampled }) => [
    ['b3', `${traceId}-${spanId}-${sampled ? '1' : '0'}${parentId === null ? '' : `-${parentId}`}`],
  ],
  jaeger: ({ traceId, spanId, parentId, sampled }) => [
    ['uber-trace-id', `${traceId}:${spanId}:${parentId ?? '0'}:${sampled ? '01' : '00'}`],
  ],
  ot: ({ traceId, spanId, sampled }) => [
    ['ot-tracer-traceid', traceId],
    ['ot-tracer-spanid', spanId],
    ['ot-tracer-sampled', sampled ? '1' : '0'],
  ],
};

var traceLines = (format, span) => WRITE[format](span);

// lib/traffic/trace/otlp.ts
/**
 * Spans in OTLP/HTTP JSON (opentelemetry-proto, trace/v1): ids are hex, times are nanoseconds in a string.
 */

var SERVER_KIND = 2;
var STATUS_ERROR = 2;

var attribute = (key, value) =>
  value === null || value === undefined
    ? []
    : [{ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } }];

/** One span as JSON. `now`, in ms since 1970, is when it ends. */
function spanOf(
  { route, method, origin, startedAt, attempts },
  { traceId, spanId, parentId },
  pool,
  status,
  now,
) {
  return JSON.stringify({
    traceId,
    spanId,
    ...(parentId === null ? {} : { parentSpanId: parentId }),
    name: route ? `${method} ${route.name}` : method,
    kind: SERVER_KIND,
    startTimeUnixNano: `${startedAt}000000`,
    endTimeUnixNano: `${now}000000`,
    attributes: [
      ...attribute('http.request.method', method),
      ...attribute('http.response.status_code', status),
      ...attribute('http.route', route?.name),
      ...attribute('gateway.pool', pool),
      ...attribute('gateway.origin', origin?.name),
      ...attribute('gateway.attempts', attempts),
    ],
    status: status >= 500 ? { code: STATUS_ERROR } : {},
  });
}

function spansBody(spans, { serviceName }) {
  const resource = JSON.stringify({ attributes: attribute('service.name', serviceName) });
  const scope = `{"scope":{"name":"edge-gateway"},"spans":[${spans.join(',')}]}`;
  return `{"resourceSpans":[{"resource":${resource},"scopeSpans":[${scope}]}]}`;
}

// lib/traffic/trace/trace.ts
/**
 * The gateway as a hop of a trace: Kong's zipkin and opentelemetry. The caller's trace is continued in the format that
 * it came in, or a new one starts; spans are exported by OTLP/HTTP after the response.
 *
 * A span holds names from the configuration (route, pool, origin), the method and the status; nothing else comes from
 * the caller, so no credential can. With `responseHeader` every response carries the trace id, also where no route
 * matched.
 */

/** The gateway's own span. */
function beginSpan({ sample, capCallers, idBytes }, incoming, runtime, kong) {
  const decided = incoming?.sampled ?? null;
  const drawn = decided === null || (decided && capCallers) ? runtime.random() < sample : decided;
  const spanId = runtime.id().slice(16);
  if (incoming?.traceId) {
    const { traceId: traceId2, spanId: parentId } = incoming;
    return { traceId: traceId2, spanId, parentId, sampled: drawn };
  }
  const id = runtime.id();
  const traceId = idBytes === 8 ? id.slice(16).padStart(32, '0') : id;
  // In Kong the first span has a parent too.
  return { traceId, spanId, parentId: kong ? id.slice(16) : null, sampled: drawn };
}

function followTrace(context, trace, runtime) {
  const incoming = extractTrace(trace.extract, (name) => context.headers.get(name));
  const span = beginSpan(trace, incoming, runtime, context.kong !== null);
  context.span = { ...span, traceId: span.traceId.padStart(32, '0') };
  for (const name of trace.clear) context.originHeaders.push([name.toLowerCase(), null]);
  const preserved = incoming?.format ?? trace.defaultFormat;
  for (const format of new Set(trace.inject.map((one) => (one === 'preserve' ? preserved : one))))
    for (const [name, value] of traceLines(format, span)) context.originHeaders.push([name, value]);
  return context.span;
}

function startTrace({ settings, runtime }) {
  const { send, counts } = createBatchSender(spansBody, runtime);
  return {
    admit: (route) =>
      withSetting('trace', route, settings, (trace, context) => {
        followTrace(context, trace, runtime);
        return null;
      }),
    finish: (route) =>
      withSetting('trace', route, settings, (trace, context, { status, change }) => {
        const { to, responseHeader } = trace;
        const span = context.span ?? followTrace(context, trace, runtime);
        if (responseHeader !== null) change().set(responseHeader, span.traceId);
        if (to !== null && span.sampled) {
          const pool = settings.pools[context.pool]?.name;
          send(to, spanOf(context, span, pool, status, runtime.now()), context.waitUntil);
        }
      }),
    report: () => ({ trace: counts }),
  };
}

// lib/traffic/webhook.ts
/**
 * Verifies signed webhooks (standardwebhooks.com, as Kong's standard-webhooks does): HMAC-SHA-256 of id, time and body.
 *
 * Every failure gets the same answer. The body is read whole, up to 1 MiB. As in Kong, a time in the future passes, a
 * message may be replayed within the tolerance, and the secret is used as written, including "whsec_".
 */

var LARGEST_WEBHOOK = 1024 * 1024;
var BAD_SIGNATURE = refuse('bad_signature', 400, 'Bad request');
var WEBHOOK_TOO_LARGE = refuse('body_too_large', 413, 'Request size limit exceeded');

/** `time` in seconds since 1970, as sent; `now` in ms since 1970. A malformed time counts as 1970. */
function isRecent(time, toleranceSeconds, now) {
  const sent = /^\d{1,15}(?:\.\d{1,9})?$/.test(time) ? Number(time) : 0;
  return Math.floor(now / 1e3) - sent <= toleranceSeconds;
}

async function verifyWebhook(context, webhook, { digest }) {
  const { headers, method } = context;
  const [id, time, signature] = ['id', 'timestamp', 'signature'].map((name) =>
    headers.get(`webhook-${name}`),
  );
  if (!id || !time || !signature || !isRecent(time, webhook.toleranceSeconds, context.startedAt))
    return BAD_SIGNATURE;
  // A GET's body can be read here, but not sent.
  if (method === 'GET' || method === 'HEAD') return BAD_SIGNATURE;
  const body = await readWhole(context, LARGEST_WEBHOOK, WEBHOOK_TOO_LARGE, BAD_SIGNATURE);
  if ('reason' in body) return body;
  if (body.byteLength === 0) return BAD_SIGNATURE;
  const signed = await new Blob([`${id}.${time}.`, body]).arrayBuffer();
  const right = 'v1,' + (await hmacInBase64(webhook.secret, signed));
  // By their digests, which no caller can choose, so that the time it takes reveals nothing.
  return (await digest(right)) === (await digest(signature)) ? null : BAD_SIGNATURE;
}

function startWebhook({ settings, runtime }) {
  return {
    admit: (route) =>
      withSetting('webhook', route, settings, (webhook, context) => verifyWebhook(context, webhook, runtime)),
  };
}

// lib/upstream/geo-prior.ts
/**
 * The geo prior: distances replace the first measurements. The caller's location (request.cf) is taken as this
 * isolate's.
 */

/** How much longer a response takes than the round trip. */
var GEO_SERVICE_MS = 20;
var EARTH_KM = 6371;
/** Cables carry a signal about 70 km per ms, there and back. */
var KM_PER_MS = 70;

/** A round trip over the great circle between two points in degrees, in ms. */
function distanceMs([latitude, longitude], [toLatitude, toLongitude]) {
  const rad = Math.PI / 180;
  const cosine =
    Math.sin(latitude * rad) * Math.sin(toLatitude * rad) +
    Math.cos(latitude * rad) * Math.cos(toLatitude * rad) * Math.cos((longitude - toLongitude) * rad);
  return 5 + (EARTH_KM * Math.acos(Math.min(1, Math.max(-1, cosine)))) / KM_PER_MS;
}

/** Null if no origin has a location. Coordinates are strings in request.cf; applying them once is enough. */
function geoPrior({ origins }) {
  if (origins.every(({ location }) => location === null)) return null;
  return (pool, place, now) => {
    const { latitude, longitude } = place ?? {};
    if (!latitude || !longitude) return false;
    for (const [i, { location }] of origins.entries())
      if (location !== null)
        learnGuess(pool.origins[i], distanceMs([+latitude, +longitude], location) + GEO_SERVICE_MS, now);
    return true;
  };
}

// lib/upstream/hash-on.ts
/**
 * What a pool hashes to keep a caller on one origin: Kong's hash_on and hash_fallback (runloop/balancer).
 *
 * If the input is empty, the fallback is used. If that is empty too, the empty string is hashed: all such requests
 * share one origin, as in Kong. A cookie is never empty, because a missing one is generated and set on the response.
 * Addresses are hashed in normal form, and by the network that counts as one caller (ip.ts), so that "::1" and "0:0::1"
 * are the same.
 */

/** Values of one query argument, sorted and joined; one without a value counts as "true". */
function queryValue(query, name) {
  const values = [];
  for (const text of query.slice(1).split('&'))
    for (const [key, value] of new URLSearchParams(text))
      if (key === name) values.push(text.includes('=') ? value : 'true');
  return values.sort().join();
}

function cookieValue(context, on, makeId) {
  const known = cookieOf(context.headers.get('cookie'), on.cookie);
  if (known) return known;
  const made = makeId().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  // Kong misspells it, and browsers ignore unknown attributes.
  const sameSite = context.kong === null ? 'SameSite' : 'Same-Site';
  context.answerHeaders.push([
    'Set-Cookie',
    `${on.cookie}=${made}; Path=${on.path ?? '/'}; ${sameSite}=Lax; HttpOnly`,
  ]);
  return made;
}

function inputOf(on, context, makeId) {
  if (on === null) return '';
  if (on === 'consumer') return context.consumer?.id ?? context.credentialId ?? '';
  if (on === 'ip') return callerNetworkOf(context);
  if (on === 'path') return normalPathOf(context);
  if ('header' in on) return context.headers.get(on.header) ?? '';
  if ('query' in on) return queryValue(context.query, on.query);
  if ('uriCapture' in on)
    return context.captures?.groups?.[on.uriCapture] ?? context.captures?.[Number(on.uriCapture)] ?? '';
  return cookieValue(context, on, makeId);
}

/** The string to hash for this request. `makeId` returns 32 hex digits; it is called only if the cookie is missing. */
var hashInput = (on, fallback, context, makeId) =>
  inputOf(on, context, makeId) || inputOf(fallback, context, makeId);

/** Hashes a request to its position on this pool's ring; null for a pool without one. */
function hashFor({ balance, hashOn, hashFallback }) {
  if (balance !== 'consistent-hash') return null;
  return (context, makeId) => xxh32(hashInput(hashOn, hashFallback, context, makeId));
}

// lib/upstream/health-check.ts
/**
 * Active health checks, with consecutive counts like HAProxy's rise and fall. They run along with requests: a pool
 * without requests is not checked.
 */

function healthChecks({ health, origins }) {
  if (health === null) return null;
  const { path, timeoutMs, intervalSeconds, healthyAfter, unhealthyAfter } = health;
  /**
   * In the order of the origins: when each was last checked, and how many checks in a row had the same result (negative
   * for bad ones).
   */
  const checkedAt = origins.map(() => 0);
  const inRow = origins.map(() => 0);
  return ({ origins: all }, now) => {
    const due = all
      .filter(({ index }) => havePassed(intervalSeconds * 1e3, checkedAt[index], now))
      .slice(0, SIDE_REQUEST_MOST);
    if (due.length === 0) return null;
    for (const { index } of due) checkedAt[index] = now;
    return {
      origins: due,
      path,
      method: 'GET',
      timeoutMs,
      read: null,
      learn(_pool, origin, { good }, at) {
        if (good === null) return;
        const count = inRow[origin.index];
        const next = good ? Math.max(0, count) + 1 : Math.min(0, count) - 1;
        inRow[origin.index] = next;
        if (next >= healthyAfter) origin.unhealthy = false;
        if (next > -unhealthyAfter) return;
        if (inService(origin)) origin.ejectedAt = at;
        origin.unhealthy = true;
      },
    };
  };
}

// lib/upstream/reported-load.ts
/**
 * The tutorial's "load average API": the origin that reports the lowest number is asked. It reports in a header of its
 * responses, or in the response to a separate request. See the warning in docs/balancing.md.
 */

/** A reading older than this is ignored. */
var READING_MS = 6e4;
var TIMEOUT_MS = 2e3;

var byReading = ({ reading, readAt }, { random }, now) =>
  (now - readAt < READING_MS ? reading : 1e9) + 1e-6 * random();

/** The policy. */
var leastLoad = () => byReading;

function noteReading(origin, reading, now) {
  if (reading === undefined) return;
  origin.reading = reading;
  origin.readAt = now;
}

var learnReading = (_pool, origin, { reading }, now) => noteReading(origin, reading, now);

/** Asks the origins with the oldest readings, once per interval. */
function loadRequests({ load }) {
  if (load === null) return null;
  const { path, intervalSeconds } = load;
  const read = (response) => readLoad(response, load);
  let askedAt = 0;
  return ({ origins }, now) => {
    if (!havePassed(intervalSeconds * 1e3, askedAt, now)) return null;
    askedAt = now;
    const stalest = origins.toSorted((a, b) => a.readAt - b.readAt).slice(0, SIDE_REQUEST_MOST);
    return { origins: stalest, path, method: 'GET', timeoutMs: TIMEOUT_MS, read, learn: learnReading };
  };
}

/** Records the load that any response reports, if the pool names a header. */
function observeLoad({ load }) {
  const header = load?.header ?? null;
  if (header === null) return null;
  return (origin, { headers }, now) => noteReading(origin, toReading(headers.get(header)), now);
}

/** The load in the response to a load request: in the header or in the body, which is then read. */
async function readLoad(response, { header, pointer }) {
  if (header !== null) return toReading(response.headers.get(header));
  // An error page reports no load, though it may begin with a number.
  const text = response.ok ? await readText(response) : null;
  return toReading(text && pointer ? jsonAt(text, pointer) : text);
}

/** "0.42 0.40 0.38", the format of uptime, is read as its first number. */
function toReading(value) {
  const reading = typeof value === 'string' ? Number.parseFloat(value) : value;
  return typeof reading === 'number' && Number.isFinite(reading) ? reading : undefined;
}

// lib/upstream/shadow.ts
/**
 * Shadow traffic: a share of GET and HEAD requests is sent to another pool after the caller has been answered, to learn
 * how that pool would have responded.
 *
 * Promises that no caller waits for a shadow request or fails because of one: it runs after the response, a few at a
 * time in an isolate; what doesn't fit is counted as skipped, never queued. Compared are the status, the headers
 * (except those in which any two servers differ) and the first 64 KiB of the body. The log names what differs but no
 * value, since a value may hold a key. Rejected: sending both at once (the shadow request would use some of the six
 * connections that a request may have waiting for headers).
 */

var BODY_BYTES = 65536;
/** An event stream never ends: a body is not compared if it takes longer, and differs if only the shadow's does. */
var BODY_MS = 5e3;
/** A slot is freed after the time that the platform gives work after a response: it stops such work without notice. */
var PLACE_MS = 3e4;
var VOLATILE =
  /^(age|alt-svc|cf-.+|connection|date|expires|keep-alive|nel|report-to|server|server-timing|set-cookie|transfer-encoding|via|x-request-id)$/;

function startShadow(state) {
  const places = [0, 0, 0, 0, 0, 0, 0, 0];
  return {
    finish: (route) =>
      route?.shadow
        ? (context, { reason, response }) => {
            if (reason === null) shadowAnswer(context, response, state, places);
          }
        : null,
  };
}

/**
 * Call before the response's body is passed on. `places`: one slot per concurrent shadow request, with the latest time
 * at which it ends, in ms since 1970.
 */
function shadowAnswer(context, answer, state, places) {
  const { runtime } = state;
  const shadow = context.route?.shadow;
  if (!shadow || runtime.random() * 100 >= shadow.percent) return;
  if (!/^(GET|HEAD)$/.test(context.originMethod) || context.request.body !== null || answer.status === 101)
    return;
  // The gateway's own response and a cached one have nothing to compare with, and a canary's caller may have been on
  // that pool already.
  const pool = state.settings.pools.findIndex(({ name }) => name === shadow.pool);
  if (context.attempts === 0 || context.pool === pool) return;
  const now = runtime.now();
  const place = places.findIndex((until) => until <= now);
  if (place < 0) return countShadow(context.metrics, context.route, 'skipped');
  places[place] = now + PLACE_MS;
  const free = () => void (places[place] = 0);
  context.waitUntil(compareShadow(context, pool, answer, state).then(free, free));
}

async function compareShadow(context, index, from, state) {
  const { runtime } = state;
  const answer = from.clone();
  const route = context.route;
  const settings = state.settings.pools[index];
  // A timer fires once the response is being sent; a promise by itself may continue before that.
  await delay(runtime, 0);
  const body = await readStart(answer, runtime);
  const twin = { ...context, pool: index, origin: null };
  const other = await race(twin, state.pools[index], state);
  const differs = 'reason' in other ? [other.reason] : differences(context, answer, twin, other);
  if (body !== null && 'body' in other && body !== (await readStart(other, runtime).catch(() => null)))
    differs.push('body');
  countShadow(context.metrics, route, differs[0] ? 'different' : 'same');
  if (differs[0] && state.settings.log !== 'off')
    runtime.log(
      JSON.stringify({ id: requestIdOf(context), route: route.name, shadow: settings.name, differs }),
    );
}

/** The statuses and the names of headers that differ. An origin's own address in a header is not a difference. */
function differences(context, answer, twin, other) {
  const differs = answer.status === other.status ? [] : [`status ${answer.status} ${other.status}`];
  const valueOf = (from, { origin }, name) => from.headers.get(name)?.replace(origin?.site ?? '', '');
  for (const name of new Set([...answer.headers.keys(), ...other.headers.keys()]))
    if (
      !VOLATILE.test(name) &&
      !context.route.shadow.ignoreHeaders.includes(name) &&
      valueOf(answer, context, name) !== valueOf(other, twin, name)
    )
      differs.push(name);
  return differs;
}

/** The body's first bytes, one character each; null if they take too long. The rest is cancelled. */
async function readStart({ body }, runtime) {
  if (!body) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder('latin1');
  let text = '';
  let late = false;
  const timer = runtime.after(BODY_MS, () => {
    late = true;
    reader.cancel().catch(() => undefined);
  });
  while (text.length < BODY_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value);
  }
  runtime.cancel(timer);
  reader.cancel().catch(() => undefined);
  return late ? null : text.slice(0, BODY_BYTES);
}

// lib/features-full.ts
/** The features of dist/worker-full.js: all of them, in Kong's order of plug-in priority. */

// Except the list, which the one below replaces.

var REGEX_PATTERNS = {
  name: 'patterns',
  // Kong reads every CORS origin with a star as a regular expression.
  beside: ['kong'],
  rows: patternRows,
  parts: { patterns: PATTERNS },
};
var TRUSTED_PROXIES = {
  name: 'trusted-proxies',
  rows: trustedProxyRows,
  parts: { trust: createTrust },
};
var HOST_OVERRIDE = {
  name: 'host-override',
  rows: hostOverrideRows,
  parts: { hostOverride: HOST_OVERRIDES },
};
var KONG_BALANCER = {
  name: 'kong-balancer',
  rows: kongBalancerRows,
  balance: { countFailures: listedFailures },
};
var CONSISTENT_HASH = {
  name: 'consistent-hash',
  rows: consistentHashRows,
  balance: { policies: { 'consistent-hash': consistentHash }, hash: hashFor },
};
var REPORTED_LOAD = {
  name: 'reported-load',
  rows: leastLoadRows,
  balance: { policies: { 'least-load': leastLoad }, sideRequests: [loadRequests], observe: observeLoad },
};
var HEALTH_CHECKS = {
  name: 'health-checks',
  rows: healthCheckRows,
  balance: { sideRequests: [healthChecks] },
};
var GEO_PRIOR = {
  name: 'geo-prior',
  rows: geoPriorRows,
  balance: { locate: geoPrior },
};
var BODY_KEY = { name: 'body-key', start: startBodyKey };
var JWT = { name: 'jwt', rows: jwtRows, start: startJwt };
var BASIC_AUTH = { name: 'basic-auth', rows: basicAuthRows, start: startBasicAuth };
var HMAC_AUTH = { name: 'hmac-auth', rows: hmacAuthRows, start: startHmacAuth };
var HTTPS_REDIRECT = {
  name: 'https-redirect',
  rows: httpsRedirectRows,
  start: startHttpsRedirect,
};
var CANARY = { name: 'canary', rows: canaryRows, start: startCanary };
var SHADOW = { name: 'shadow', rows: shadowRows, start: startShadow };
var RESPOND_WITH = {
  name: 'respond-with',
  rows: respondWithRows,
  start: startRespondWith,
};
var KONG3 = {
  name: 'kong',
  rows: kongRows,
  parts: { hideAsKong, dnsErrors: DNS_ERRORS, rankTraditionally },
  start: startKong,
};
var SERVER_TIMING = {
  name: 'server-timing',
  beside: ['log', 'status'],
  rows: serverTimingRows,
  start: startServerTiming,
};
var STATUS = {
  name: 'status',
  rows: statusRows,
  parts: { metrics: createMetrics },
  start: startStatus,
};
var HEALTH_PATH = {
  name: 'health-path',
  rows: healthPathRows,
  start: startHealthPath,
};
var CONSUMER_LIMITS = {
  name: 'consumer-limits',
  rows: consumerLimitRows,
  parts: { consumerLimit },
};
/** No rows: the row of `rateLimit.by` declares which of its values need it. */
var LIMIT_KEYS = { name: 'limit-keys', parts: { limitKey } };
var REVOCATIONS = {
  name: 'revocations',
  beside: ['shared-limit'],
  start: startRevocations,
};
var FORGET = {
  name: 'forget',
  beside: ['status', 'shared-limit'],
  start: startForget,
};
var SHARED_LIMIT = {
  name: 'shared-limit',
  rows: sharedRows,
  start: startSharedLimit,
};
var BOARD = { name: 'board', rows: boardRows, start: startBoard };
var SUMS = { name: 'sums', beside: ['shared-limit'], start: startSums };
var CONSUMER_SETTINGS = { name: 'consumer-settings', rows: consumerSettingsRows };
var CORRELATION_ID = {
  name: 'correlation-id',
  rows: correlationIdRows,
  start: startCorrelationId,
};
var TRACE = { name: 'trace', rows: traceRows, start: startTrace };
var AGENTS = { name: 'agents', rows: agentsRows, start: startAgents };
var ADDRESSES = { name: 'addresses', rows: addressesRows, start: startAddresses };
var BODY_LIMIT = { name: 'body-limit', rows: bodyLimitRows, start: startBodyLimit };
var GROUPS = { name: 'groups', rows: groupsRows, start: startGroups };
var COST_LIMITS = {
  name: 'cost-limits',
  rows: costLimitsRows,
  start: startCostLimits,
};
var REQUEST_TRANSFORM = {
  name: 'request-transform',
  rows: requestTransformRows,
  start: startRequestTransform,
};
var RESPONSE_TRANSFORM = {
  name: 'response-transform',
  rows: responseTransformRows,
  start: startResponseTransform,
};
var REDIRECT = { name: 'redirect', rows: redirectRows, start: startRedirect };
var WEBHOOK = { name: 'webhook', rows: webhookRows, start: startWebhook };
var CACHE = { name: 'cache', rows: cacheRows, start: startCache };
var ACCESS_LOG = { name: 'access-log', rows: accessLogRows, start: startAccessLog };

// start.ts
// The last line: the configuration is checked, and a fault stops the script here. The names are those of settings that this file does not carry.
startWorker(
  [
    TRUSTED_PROXIES,
    HOST_OVERRIDE,
    BALANCE,
    ROUTES,
    KONG_BALANCER,
    CONSISTENT_HASH,
    REPORTED_LOAD,
    HEALTH_CHECKS,
    GEO_PRIOR,
    SHADOW,
    HTTPS_REDIRECT,
    CONSUMER_SETTINGS,
    CORRELATION_ID,
    TRACE,
    AGENTS,
    CORS,
    REVOCATIONS,
    FORGET,
    JWT,
    BODY_KEY,
    KEY_AUTH,
    BASIC_AUTH,
    HMAC_AUTH,
    UNASKED,
    ADDRESSES,
    BODY_LIMIT,
    GROUPS,
    SHARED_LIMIT,
    CONSUMER_LIMITS,
    LIMIT_KEYS,
    RATE_LIMIT,
    COST_LIMITS,
    REQUEST_TRANSFORM,
    RESPONSE_TRANSFORM,
    REDIRECT,
    WEBHOOK,
    CANARY,
    CACHE,
    RESPOND_WITH,
    BOARD,
    RESPONSE_HEADERS,
    REQUEST_ID,
    KONG3,
    SERVER_TIMING,
    STATUS,
    HEALTH_PATH,
    SUMS,
    ACCESS_LOG,
    LOG,
    REGEX_PATTERNS,
  ],
  {},
);
