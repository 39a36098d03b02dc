// Edge gateway 0.2.0: an API load balancer and gateway in one Cloudflare Worker. MIT licence.
// Paste this file as it is, edit the configuration right below, deploy. In this file:
//   balance, routes, cors, key-auth, unasked, rate-limit, response-headers, request-id, log

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

var requestIdRows = () => ({
  config: {
    /** Send X-Request-Id to caller and origin. Default: if `log` or `status` is on. */
    requestId: nullable(boolean()),
  },
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

var ENCODER = new TextEncoder();

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

/** The value of WWW-Authenticate; Kong does not escape the realm. */
function challengeOf(scheme, realm, compat) {
  if (realm === null) return scheme;
  return `${scheme} realm="${compat === null ? realm.replace(/["\\]/g, '\\$&') : realm}"`;
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

/** Counts a key that was presented. */
function countKey(metrics, found) {
  if (metrics) metrics.keys[found]++;
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
      const { hideAsKong } = parts;
      const cache = cacheOf(caches2, auth, tier);
      const authenticator = keyAuthenticator({ auth, compat, credentials, cache, runtime, hideAsKong });
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
  const { auth, compat, hideAsKong } = keyAuth;
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
      else if (found !== null) hideAsKong?.(context, found.name);
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
  const remaining = windows.map(({ count, limit }) => Math.max(0, limit - count));
  return { allowed, headers: limitHeaders(settings, { allowed, remaining }, now, compat) };
}

/** Kong's headers; `remaining` is what is left of each window once the request is counted. */
function limitHeaders({ windows, hideHeaders }, { allowed, remaining }, now, compat) {
  const headers = [];
  if (hideHeaders) return headers;
  let [most, least, seconds] = [0, Infinity, 0];
  windows.forEach(({ period, limit }, i) => {
    const rest = remaining[i];
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
function limitIdentity({ by }, context, limitKey) {
  const { consumer, credentialId } = context;
  const key =
    by === 'consumer'
      ? (consumer?.id ?? credentialId)
      : by === 'credential'
        ? credentialId
        : limitKey?.(by, context);
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

// start.ts
// The last line: the configuration is checked, and a fault stops the script here. The names are those of settings that this file does not carry.
startWorker([BALANCE, ROUTES, CORS, KEY_AUTH, UNASKED, RATE_LIMIT, RESPONSE_HEADERS, REQUEST_ID, LOG], {
  config: {
    trustedProxies: [],
    consumerSettings: null,
    correlationId: null,
    trace: null,
    agents: null,
    jwt: null,
    basicAuth: null,
    hmacAuth: null,
    addresses: null,
    maxBodyBytes: null,
    requireContentLength: false,
    groups: null,
    shared: null,
    consumerLimits: null,
    costLimits: null,
    requestTransform: null,
    responseTransform: null,
    redirect: null,
    webhook: null,
    cache: null,
    consumerResponses: null,
    compat: null,
    routerFlavor: 'traditional_compatible',
    kong: {},
    serverTiming: null,
    status: null,
    healthPath: null,
    logTo: null,
  },
  origin: { hostHeader: null, location: null },
  route: {
    preserveHost: false,
    shadow: null,
    protocols: ['http', 'https'],
    httpsRedirectStatus: 426,
    consumerSettings: null,
    correlationId: null,
    trace: null,
    agents: null,
    jwt: null,
    basicAuth: null,
    hmacAuth: null,
    addresses: null,
    maxBodyBytes: null,
    requireContentLength: null,
    groups: null,
    consumerLimits: null,
    costLimits: null,
    requestTransform: null,
    responseTransform: null,
    redirect: null,
    webhook: null,
    canary: null,
    cache: null,
    respondWith: null,
    consumerResponses: null,
    pathHandling: 'v0',
    service: null,
    logTo: null,
    regexPriority: 0,
    headers: {},
  },
  pool: { retrySame: false, threshold: null, hashOn: 'ip', hashFallback: null, load: null, health: null },
  outlier: { on: null, unreachableFailures: null, timeoutFailures: null, cumulative: false },
  consumer: { jwtKeys: null, jwtSecrets: null, logins: null, hmacSecrets: null, groups: null },
});
