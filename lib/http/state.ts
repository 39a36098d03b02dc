/**
 * The isolate's state, created from the settings. Nothing else outlives a request.
 *
 * An isolate is one of many: its state is its own, and is lost when the platform evicts it. The state holds only plain
 * numbers and strings: a Response or a stream of one request cannot be used by another.
 */
import { createPool } from '../balance/pool.ts';
import type { Pool, PoolFeatures } from '../balance/pool.ts';
import type { RouteSettings, Settings } from '../config/types.ts';
import type { Refusal } from '../core/errors.ts';
import { planOf } from '../core/feature.ts';
import type { Feature, Hooks, Isolate, Parts, RoutePlan, Routing } from '../core/feature.ts';
import { requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { Runtime } from '../core/runtime.ts';
import { createReader } from './context.ts';
import type { ContextReader } from './context.ts';
import { forwardPlainHeaders } from './headers.ts';
import { plainRefusal } from './refusal.ts';

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

/** A feature may also add to the balancer. */
export interface GatewayFeature extends Partial<Feature<State>> {
  readonly name: string;
  readonly balance?: Partial<PoolFeatures>;
}

/** Merges what the features add to pools; each of the parts that may be null comes from one of them. */
export function balanceOf(features: readonly GatewayFeature[]): PoolFeatures {
  const parts = features.flatMap(({ balance }) => balance ?? []);
  const none = { observe: null, countFailures: null, locate: null, hash: null };
  return Object.assign(none, ...parts, {
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
