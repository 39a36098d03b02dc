/**
 * The front door: the only listener, the only state, the only exit.
 *
 * The listener hands every request to `handleRequest`; OPTIONS goes to `handleOptions`, safe methods to `race`, all others to
 * `forward`; answers and refusals alike leave through `finishCall`. A bad configuration stops the script here, before it serves anyone.
 */
import type { Config, RouteSettings } from './lib/config.ts';
import { boundConfig, importedConfig, RUNTIME } from './lib/runtime.ts';
import { refuse } from './lib/errors.ts';
import type { Reason, Refusal } from './lib/errors.ts';
import { inNetworks } from './lib/cidr.ts';
import { callerAddress } from './lib/caller.ts';
import { allowRequestOrigin, isPreflight, preflightHeaders } from './lib/cors.ts';
import { rewriteLocation, rewriteResponseHeaders } from './lib/headers.ts';
import { stampKongHeaders } from './lib/kong-headers.ts';
import { hashInput } from './lib/hash-on.ts';
import { originPath } from './lib/rewrite.ts';
import { countAnswer } from './lib/metrics.ts';
import { matchRoute } from './lib/routes.ts';
import { renewTraceparent } from './lib/trace.ts';
import { answerRefusal } from './lib/answers.ts';
import { defectLine, isFailed, logLine, serverTiming } from './lib/log.ts';
import { checkConfig } from './lib/check-config.ts';
import { createState } from './lib/state.ts';
import type { State } from './lib/state.ts';
import type { Call } from './lib/call.ts';
import { answerOperator, isOperatorPath } from './lib/operator.ts';
import { admit } from './lib/admit.ts';
import { forward } from './lib/forward.ts';
import { race } from './lib/race.ts';

declare const CONFIG: Config;

/** The tutorial's methods, and those that it wishes for. */
const ALLOWED = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

let STATE: State = createState(checkConfig(boundConfig() ?? CONFIG));
/** Whether an ES module's binding has been looked for; nothing else can bring one once the script runs. */
let LOOKED = boundConfig() !== undefined;

async function lookForConfig(): Promise<void> {
  const bound = await importedConfig();
  if (bound !== undefined && !LOOKED) STATE = createState(checkConfig(bound));
  LOOKED = true;
}

/** Cuts the request into what the steps need, once. */
function openCall(event: FetchEvent): Call {
  const { request } = event;
  const { url, headers } = request;
  const peerIp = peerAddress(request);
  const trusted = inNetworks(STATE.trustedProxies, peerIp);
  const kong = STATE.settings.answers === 'plain' ? null : STATE.settings;
  const parent = headers.get('traceparent');
  const hostAt = url.indexOf('//') + 2;
  const pathAt = url.indexOf('/', hostAt);
  const queryAt = url.indexOf('?', pathAt);
  const query = queryAt < 0 ? '' : url.slice(queryAt);
  return {
    request,
    method: request.method,
    scheme:
      url.startsWith('https:') || (trusted && headers.get('x-forwarded-proto') === 'https')
        ? 'https'
        : 'http',
    host: headers.get('host') ?? url.slice(hostAt, pathAt),
    path: queryAt < 0 ? url.slice(pathAt) : url.slice(pathAt, queryAt),
    query,
    peerIp,
    clientIp: !trusted
      ? peerIp
      : kong
        ? callerAddress(
            peerIp,
            headers,
            STATE.trustedProxies,
            kong.kong.realIpHeader,
            kong.kong.realIpRecursive,
          )
        : callerAddress(peerIp, headers, STATE.trustedProxies, 'x-forwarded-for', true),
    trusted,
    id: RUNTIME.id(),
    startedAt: RUNTIME.now(),
    kong,
    waitUntil: (work) => event.waitUntil(work),
    route: null,
    matchedPath: '',
    captures: null,
    consumer: null,
    credentialId: null,
    anonymous: false,
    originQuery: query,
    originHeaders: [],
    body: null,
    answerHeaders: [],
    versions: null,
    askingVersion: null,
    admittedAt: 0,
    sentAt: 0,
    answeredAt: 0,
    attempts: 0,
    origin: null,
    pool: -1,
    trace: parent && renewTraceparent(parent, RUNTIME.id().slice(16)),
    metrics: STATE.metrics,
  };
}

/**
 * Cloudflare sets CF-Connecting-IP and nobody can forge it there. Plain workerd passes a forged one on, but tells the peer's
 * "address:port" in `cf.clientIp`, which Cloudflare never sets: where it is, it wins.
 */
function peerAddress(request: Request): string {
  const peer = (request.cf as { clientIp?: string } | undefined)?.clientIp;
  if (peer !== undefined) return peer.slice(0, peer.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return request.headers.get('cf-connecting-ip') ?? '';
}

/** OPTIONS that the gateway answers itself; null where the origin is to be asked. */
function handleOptions(call: Call, route: RouteSettings): Response | null {
  const { headers } = call.request;
  const rule = route.cors && STATE.cors.get(route.cors);
  const { answers } = STATE.settings;
  if (rule && !rule.preflightContinue && isPreflight(call.method, headers, answers === 'kong-2018'))
    return new Response(null, {
      status: answers === 'kong-3' ? 200 : 204,
      headers: preflightHeaders(rule, headers),
    });
  if (STATE.settings.tutorial) return new Response(null, { headers: { Allow: ALLOWED } });
  return null;
}

/** Respond to the request. */
async function handleRequest(event: FetchEvent): Promise<Response> {
  if (!LOOKED) await lookForConfig();
  const call = openCall(event);
  const failOpen = STATE.settings.passThroughOnException && (call.method === 'GET' || call.method === 'HEAD');
  if (failOpen) event.passThroughOnException();
  try {
    if (isOperatorPath(STATE.settings.status, call.path)) return await answerOperator(call, STATE, RUNTIME);
    const from = await answer(call);
    if (call.askingVersion && call.origin && call.versions?.get(call.origin)?.text === null)
      await awaitVersion(call);
    return finishCall(call, from);
  } catch (error) {
    if (failOpen) throw error;
    RUNTIME.log(defectLine(call, error));
    return finishCall(call, refuse('internal', 500, 'An unexpected error occurred'));
  }
}

async function answer(call: Call): Promise<Response | Refusal> {
  const { settings } = STATE;
  if (!isTaken(call.method))
    return refuse('method_not_allowed', 405, 'Method not allowed', [['Allow', ALLOWED]]);
  const match = matchRoute(
    STATE.router,
    call.method,
    call.scheme,
    call.host,
    call.path,
    call.request.headers,
  );
  if (!match) return refuse('no_route', 404, 'no Route matched with those values');
  const { route } = match;
  call.route = route;
  call.matchedPath = match.matchedPath;
  call.captures = match.captures;
  const insecure = refuseInsecure(call, route);
  if (insecure) return insecure;
  if (call.method === 'OPTIONS') {
    const own = handleOptions(call, route);
    if (own) return own;
  }
  const admission = admit(call, STATE, RUNTIME);
  const refused = admission instanceof Promise ? await admission : admission;
  if (refused) return refused;
  call.admittedAt = RUNTIME.now();
  const pool = STATE.pools[route.pool];
  const poolSettings = settings.pools[route.pool];
  if (!pool || !poolSettings) return refuse('no_service', 503, 'no Service found with those values');
  call.pool = route.pool;
  if (route.stamp?.version) call.versions = STATE.versions.get(route.stamp.version) ?? null;
  const kong = settings.answers !== 'plain';
  const path = originPath(route, match.matchedPath, call.path, kong);
  const hash =
    poolSettings.balance === 'consistent-hash'
      ? hashInput(poolSettings.hashOn, poolSettings.hashFallback, call, RUNTIME.id)
      : null;
  return call.method === 'GET' || call.method === 'HEAD' || call.method === 'OPTIONS'
    ? race(call, RUNTIME, pool, poolSettings, path, hash)
    : forward(call, RUNTIME, pool, poolSettings, path, hash, kong);
}

/** TRACE would show an origin's secrets to whoever asks, CONNECT is for proxies of another kind; the tutorial takes its own methods. */
function isTaken(method: string): boolean {
  return method !== 'TRACE' && method !== 'CONNECT' && (!STATE.settings.tutorial || ALLOWED.includes(method));
}

/** A route for https alone refuses plain http, or sends it there. */
function refuseInsecure(call: Call, route: RouteSettings): Refusal | null {
  if (call.scheme === 'https' || route.protocols.includes('http')) return null;
  const status = route.httpsRedirectStatus;
  if (status < 300 || status > 399) {
    const upgrade = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'TLS/1.2, HTTP/1.1'],
    ] as const;
    return refuse('https_required', status, 'Please use HTTPS protocol', upgrade);
  }
  const host = call.host.replace(/:\d+$/, '');
  return refuse('https_required', status, '', [['Location', `https://${host}${call.path}${call.query}`]]);
}

/** The one exit: the answer as the caller gets it. */
function finishCall(call: Call, from: Response | Refusal): Response {
  const { settings } = STATE;
  const refused = 'reason' in from;
  const accept = call.request.headers.get('accept');
  const response = refused
    ? answerRefusal(
        from,
        settings.answers,
        accept,
        call.request.headers.get('content-type'),
        call.id,
        call.method === 'HEAD',
      )
    : from.webSocket
      ? new Response(null, { status: from.status, webSocket: from.webSocket, headers: from.headers })
      : new Response(from.body, from);
  const { headers } = response;
  if (!refused) {
    rewriteResponseHeaders(headers);
    if (settings.rewriteLocation) publishLocation(call, headers);
  }
  const cors = call.route ? call.route.cors : settings.cors;
  const rule = cors && STATE.cors.get(cors);
  const asked =
    call.route !== null && isPreflight(call.method, call.request.headers, settings.answers === 'kong-2018');
  if (rule && !asked) allowRequestOrigin(rule, call.request.headers.get('origin'), headers);
  stampHeaders(call, headers, refused ? from.reason : null);
  if (call.kong === null) headers.set('X-Request-Id', call.id);
  else
    stampKongHeaders(
      headers,
      call,
      call.kong,
      !refused ? call.origin !== null : call.sentAt > 0,
      RUNTIME.now(),
    );
  for (const [name, value] of call.answerHeaders)
    name === 'Set-Cookie' ? headers.append(name, value) : headers.set(name, value);
  observe(call, response, refused ? from.reason : null);
  return response;
}

/** What the caller, the counters and the log are told of it. */
function observe(call: Call, response: Response, reason: Reason | null): void {
  const { settings } = STATE;
  const { status } = response;
  const now = RUNTIME.now();
  if (settings.serverTiming) response.headers.append('Server-Timing', serverTiming(call, now));
  countAnswer(call.metrics, call.route, status, reason, now);
  if (settings.log === 'all' || (settings.log === 'errors' && isFailed(status, reason)))
    RUNTIME.log(logLine(call, settings.pools[call.pool]?.name, status, reason, now));
}

function publishLocation(call: Call, headers: Headers): void {
  if (!headers.has('location')) return;
  const site = `${call.scheme}://${call.host}`;
  for (const origin of STATE.settings.pools[call.pool]?.origins ?? [])
    rewriteLocation(headers, origin.site, origin.basePath, site);
}

/** The tutorial's Origin, Version, Country, Cache-Control and, where something failed, Error. */
function stampHeaders(call: Call, headers: Headers, reason: string | null): void {
  const stamp = call.route ? call.route.stamp : STATE.settings.stamp;
  if (!stamp) return;
  if (stamp.origin && call.origin) headers.set(stamp.origin, call.origin.name);
  const country = stamp.country && call.request.headers.get('cf-ipcountry');
  if (stamp.country && country) headers.set(stamp.country, country);
  if (stamp.cacheControl && !headers.has('cache-control')) headers.set('Cache-Control', stamp.cacheControl);
  if (reason) headers.set('Error', reason);
  const version = stamp.version && call.origin && call.versions?.get(call.origin);
  if (stamp.version && version && version.text !== null) headers.set(stamp.version.header, version.text);
}

/**
 * Only the request that started an origin's first version call waits for it, and no longer than this: the tutorial's reader
 * sees a Version on the very first answer, and an origin without a version call costs one request a moment.
 */
const VERSION_MS = 100;

async function awaitVersion(call: Call): Promise<void> {
  await Promise.race([call.askingVersion, new Promise<void>((done) => RUNTIME.after(VERSION_MS, done))]);
}

addEventListener('fetch', (event) => event.respondWith(handleRequest(event)));
