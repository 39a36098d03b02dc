/**
 * The front door: the only listener, the only state.
 *
 * The listener hands every request to `handleRequest`. OPTIONS goes to `handleOptions`, safe methods to `race`, all others to
 * `forward`; answers and refusals alike leave through `finishCall`. A bad configuration stops the script here, before it serves anyone.
 */
import type { Config, OriginSettings, RouteSettings } from './lib/config/types.ts';
import { boundConfig, importedConfig, RUNTIME } from './lib/core/runtime.ts';
import { refuse } from './lib/core/errors.ts';
import type { Refusal } from './lib/core/errors.ts';
import { originPath } from './lib/routing/rewrite.ts';
import type { Call } from './lib/core/request.ts';
import { isPreflight, preflightHeaders } from './lib/cors.ts';
import { canaryPool } from './lib/routing/canary.ts';
import { matchRoute } from './lib/routing/router.ts';
import { ringKey } from './lib/hash-on.ts';
import { refuseInsecure } from './lib/routing/https-redirect.ts';
import { defectLine } from './lib/http/internal-error.ts';
import { checkConfig } from './lib/config/settings.ts';
import { createState } from './lib/http/state.ts';
import type { State } from './lib/http/state.ts';
import { admit } from './lib/auth/admit.ts';
import { openCall } from './lib/http/context.ts';
import { finishCall } from './lib/http/response.ts';
import { answerOperator, isOperatorPath } from './lib/status/api.ts';
import { forward } from './lib/forward.ts';
import { race } from './lib/race.ts';
import { shadowAnswer } from './lib/upstream/shadow.ts';

declare const CONFIG: Config;

/** The tutorial's methods, and those that it says one might add. */
const ALLOWED = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

let STATE: State = createState(checkConfig(boundConfig() ?? CONFIG));
/** Whether an ES module's binding has been looked for; nothing else can bring one once the script runs. */
let LOOKED = boundConfig() !== undefined;

async function lookForConfig(): Promise<void> {
  const bound = await importedConfig();
  if (bound !== undefined && !LOOKED) STATE = createState(checkConfig(bound));
  LOOKED = true;
}

/** OPTIONS that the gateway answers itself; null where the origin is to be asked. */
function handleOptions(call: Call, route: RouteSettings): Response | null {
  const { headers } = call;
  const rule = route.cors && STATE.cors.get(route.cors);
  const { answers, tutorial } = STATE.settings;
  if (rule && !rule.preflightContinue && isPreflight(call.method, headers, answers === 'kong-2018'))
    return new Response(null, {
      status: answers === 'kong-3' ? 200 : 204,
      headers: preflightHeaders(rule, headers),
    });
  return tutorial ? new Response(null, { headers: { Allow: ALLOWED } }) : null;
}

/** TRACE would show an origin's secrets, CONNECT is for other proxies. Without routes only the tutorial's methods are taken. */
function isTaken(method: string): boolean {
  return method !== 'TRACE' && method !== 'CONNECT' && (!STATE.settings.tutorial || ALLOWED.includes(method));
}

/** Respond to the request. */
async function handleRequest(event: FetchEvent): Promise<Response> {
  if (!LOOKED) await lookForConfig();
  const state = STATE;
  const call = openCall(event, state, RUNTIME);
  const failOpen = state.settings.passThroughOnException && (call.method === 'GET' || call.method === 'HEAD');
  if (failOpen) event.passThroughOnException();
  try {
    if (isOperatorPath(state.settings.status, call.path)) return await answerOperator(call, state, RUNTIME);
    const from = await answerCall(call);
    if (call.askingVersions) await awaitVersion(call, call.askingVersions);
    if (call.route?.shadow && !('reason' in from)) shadowAnswer(call, from, state, RUNTIME);
    return finishCall(call, from, state, RUNTIME);
  } catch (error) {
    if (failOpen) throw error;
    RUNTIME.log(defectLine(call, error));
    return finishCall(call, refuse('internal', 500, 'An unexpected error occurred'), state, RUNTIME);
  }
}

type Answer = Response | Refusal;

/** Not async itself: a promise for each step would cost more than the step. */
function answerCall(call: Call): Answer | Promise<Answer> {
  const { method, scheme, host, path, headers } = call;
  if (!isTaken(method)) return refuse('method_not_allowed', 405, 'Method not allowed', [['Allow', ALLOWED]]);
  const match = matchRoute(STATE.router, method, scheme, host, path, headers);
  if (!match) return refuse('no_route', 404, 'no Route matched with those values');
  const { route } = match;
  call.route = route;
  call.matchedPath = match.matchedPath;
  call.captures = match.captures;
  const insecure = refuseInsecure(call, route.protocols, route.httpsRedirectStatus);
  if (insecure) return insecure;
  if (method === 'OPTIONS') {
    const own = handleOptions(call, route);
    if (own) return own;
  }
  const admission = admit(call, STATE, RUNTIME);
  return admission instanceof Promise
    ? admission.then((refused) => refused ?? askOrigin(call, route, RUNTIME.now()))
    : (admission ?? askOrigin(call, route, call.startedAt));
}

/** The method decides who carries the request: the tutorial's dispatch. */
function askOrigin(call: Call, route: RouteSettings, now: number): Answer | Promise<Answer> {
  const { settings } = STATE;
  call.admittedAt = now;
  call.pool = canaryPool(route, call);
  const pool = STATE.pools[call.pool];
  const poolSettings = settings.pools[call.pool];
  if (!pool || !poolSettings) return refuse('no_service', 503, 'no Service found with those values');
  if (route.stamp?.version) call.versions = STATE.versions.get(route.stamp.version) ?? null;
  const to = {
    pool,
    path: originPath(route, call.matchedPath, call.path, call.kong !== null),
    hash: ringKey(poolSettings, call, RUNTIME.id),
  };
  const safe = call.method === 'GET' || call.method === 'HEAD' || call.method === 'OPTIONS';
  return safe ? race(call, RUNTIME, to) : forward(call, RUNTIME, to);
}

/**
 * Only the request that started an origin's first version call waits for it, and no longer than this: so the very first answer has
 * a Version, at the price of one short wait.
 */
const VERSION_MS = 300;

async function awaitVersion(
  { origin, versions }: Call,
  askings: Map<OriginSettings, Promise<void>>,
): Promise<void> {
  const asking = origin && askings.get(origin);
  if (!asking || versions?.get(origin)?.text !== null) return;
  await Promise.race([asking, new Promise<void>((done) => RUNTIME.after(VERSION_MS, done))]);
}

addEventListener('fetch', (event) => event.respondWith(handleRequest(event)));
