/**
 * The isolate's state, created from the settings. Nothing else outlives a request.
 *
 * An isolate is one of many: its state is its own, and is lost when the platform evicts it. The state holds only plain
 * numbers and strings: a Response or a stream of one request cannot be used by another.
 */
import { createPool } from '../balance/pool.ts';
import type { Pool, PoolFeatures } from '../balance/pool.ts';
import type { FeatureRows } from '../config/rows.ts';
import type { RouteSettings, Settings } from '../config/types.ts';
import type { Refusal } from '../core/errors.ts';
import type { Finish, Hooks, Isolate, MaybePromise, Parts, Routing, Step } from '../core/feature.ts';
import { requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { Runtime } from '../core/runtime.ts';
import { createReader } from './context.ts';
import type { ContextReader } from './context.ts';
import { forwardPlainHeaders } from './headers.ts';

/** The hooks that run for a route's requests. */
export interface RoutePlan {
  /** The `preflight` hooks, then `steps`: a preflight that no hook answers is for the origin. */
  readonly preflight: readonly Step[];
  /** The `admit` hooks, then the `answer` hooks. */
  readonly steps: readonly Step[];
  readonly received: readonly ((context: Context, response: Response) => void)[];
  readonly finish: readonly Finish[];
  /** Headers are added to every response of an origin. */
  readonly adds: boolean;
}

export interface State extends Isolate {
  readonly routing: Routing;
  /** In the order of `settings.pools`. */
  readonly pools: readonly Pool[];
  readonly reader: ContextReader;
  /** The hooks for each route's requests; under null for requests that match no route. */
  readonly plans: ReadonlyMap<RouteSettings | null, RoutePlan>;
  /** What responds before routing. */
  readonly early: NonNullable<Hooks['early']>[];
  /** The plain profile's functions, or those of a feature. */
  forward: Context['forward'];
  refusal: (refusal: Refusal, context: Context) => Response;
}

/** A feature: rows of the schema, and what it does (core/feature.ts). */
export interface GatewayFeature {
  /** The name in the docs, e.g. "key-auth". */
  readonly name: string;
  /** A file built for a configuration also includes this feature if it uses one of these. */
  readonly beside?: readonly string[];
  /** Its rows of the schema: a function, so that a bundler drops them if the feature is not included. */
  readonly rows?: () => FeatureRows;
  /** Called once, when the script starts. The feature's state lives in the closure of its hooks. */
  readonly start?: (state: State) => Hooks;
  readonly parts?: Parts;
  /** What it adds to pools. */
  readonly balance?: Partial<PoolFeatures>;
}

/** Merges what the features add to pools; each of the optional parts comes from one of them. */
export function balanceOf(features: readonly GatewayFeature[]): PoolFeatures {
  const parts = features.flatMap(({ balance }) => balance ?? []);
  return Object.assign({}, ...parts, {
    policies: Object.assign({}, ...parts.map(({ policies }) => policies)) as PoolFeatures['policies'],
    sideRequests: parts.flatMap(({ sideRequests }) => sideRequests ?? []),
  }) as PoolFeatures;
}

export function createState(
  settings: Settings,
  runtime: Runtime,
  features: readonly GatewayFeature[],
): State {
  const hooks: Hooks[] = [];
  const parts: Parts = Object.assign({}, ...features.map((feature) => feature.parts));
  const balance = balanceOf(features);
  const plans = new Map<RouteSettings | null, RoutePlan>();
  const state: State = {
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
  for (const { early, forward, refusal } of hooks) {
    if (early) state.early.push(early);
    state.forward = forward ?? state.forward;
    state.refusal = refusal ?? state.refusal;
  }
  return state;
}

/** A single route, which matches every request and leaves its path unchanged. */
function loneRouting({ routes }: Settings): Routing {
  const match = { route: routes[0]!, path: '', matchedPath: '', captures: null };
  return { match: () => match, originPath: ({ path }) => path, publicPath: (path) => path || '/' };
}

type RouteHook = 'preflight' | 'admit' | 'answer' | 'received' | 'adds';
type Given<N extends RouteHook> = NonNullable<ReturnType<NonNullable<Hooks[N]>>>;

/** Collects the features' hooks for a route. */
export function planOf(hooks: readonly Hooks[], route: RouteSettings | null): RoutePlan {
  const join = <N extends RouteHook>(name: N): Given<N>[] =>
    route === null ? [] : hooks.flatMap((hook) => (hook[name]?.(route) as Given<N> | null | undefined) ?? []);
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
export function runSteps(
  context: Context,
  steps: readonly Step[],
  at = 0,
): MaybePromise<Response | Refusal | null> {
  for (let i = at; i < steps.length; i++) {
    const answer = steps[i]!(context);
    if (answer instanceof Promise) return answer.then((given) => given ?? runSteps(context, steps, i + 1));
    if (answer !== null) return answer;
  }
  return null;
}

/**
 * The plain profile's response to a refusal: small JSON with `no-store`, since the next caller may be admitted. A refusal
 * without a message, such as a redirect, has no body. `id` is the request's id if callers are sent it, else null.
 */
export function plainRefusal(
  { status, message, headers }: Refusal,
  context: Context,
  id: string | null,
): Response {
  const sent = new Headers(headers as [string, string][] | undefined);
  if (message === '') return new Response(null, { status, headers: sent });
  sent.set('content-type', 'application/json; charset=utf-8');
  sent.set('cache-control', 'no-store');
  const text = JSON.stringify(id === null ? { message } : { message, request_id: id });
  return new Response(context.method === 'HEAD' ? null : text, { status, headers: sent });
}
