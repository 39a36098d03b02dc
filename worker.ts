/**
 * The entry point: the only event listener and the only module-level state.
 *
 * The listener passes every request to `handleRequest`. OPTIONS goes to `handleOptions`, safe methods to `race`, all
 * others to `forward`; responses and refusals alike leave through `finishResponse`. `startWorker` validates the
 * configuration: an invalid one stops the script before it serves a request.
 */
import type { Config, RouteSettings } from './lib/config/types.ts';
import { createSettings } from './lib/config/settings.ts';
import type { AbsentSettings } from './lib/config/validate.ts';
import { refuse } from './lib/core/errors.ts';
import type { Refusal } from './lib/core/errors.ts';
import type { Context } from './lib/core/request.ts';
import { boundConfig, importedConfig, RUNTIME } from './lib/core/runtime.ts';
import { isPreflight } from './lib/cors.ts';
import { forward } from './lib/forward.ts';
import { openContext } from './lib/http/context.ts';
import { internalErrorLine } from './lib/http/log.ts';
import { finishResponse } from './lib/http/response.ts';
import { createState, runSteps } from './lib/http/state.ts';
import type { GatewayFeature, RoutePlan, State } from './lib/http/state.ts';
import { race } from './lib/race.ts';

declare const CONFIG: Config;

/** The tutorial's methods, and those that it suggests adding. */
const ALLOWED = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

let STATE: State;
/** Looks for a configuration in an ES module's bindings, at the first request. Null when done or not needed. */
let PENDING: (() => Promise<void>) | null = null;

addEventListener('fetch', (event) => event.respondWith(handleRequest(event)));

/** Responds to the request. */
async function handleRequest(event: FetchEvent): Promise<Response> {
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
function handleOptions(context: Context, plan: RoutePlan, state: State): MaybeAnswer {
  const { compat, cors, tutorial } = state.settings;
  if (isPreflight(context.method, context.headers, compat === 'kong-2018'))
    return runSteps(context, plan.preflight);
  if (tutorial && cors) return new Response(null, { headers: { Allow: ALLOWED } });
  return runSteps(context, plan.steps);
}

type Answer = Response | Refusal | Promise<Response | Refusal>;
type MaybeAnswer = Answer | null | Promise<Response | Refusal | null>;

/** Matches a route and runs its steps. Awaits only promises: one for each step would cost more than the step itself. */
function answerRequest(context: Context, state: State): Answer {
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
  const plan = state.plans.get(route)!;
  const answer = method === 'OPTIONS' ? handleOptions(context, plan, state) : runSteps(context, plan.steps);
  if (answer === null) return askOrigin(context, route, state, context.startedAt);
  if (!(answer instanceof Promise)) return answer;
  return answer.then((given) => given ?? askOrigin(context, route, state, state.runtime.now()));
}

/** Dispatches by method, as the tutorial does. */
function askOrigin(context: Context, route: RouteSettings, state: State, now: number): Answer {
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
export function startWorker(features: readonly GatewayFeature[], absent: AbsentSettings): void {
  const begin = (config: unknown): void => {
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
