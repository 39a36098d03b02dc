/**
 * Everything an isolate remembers, made in one function from the settings. Nothing else in the tree outlives a request.
 *
 * An isolate is one of many: what is counted or learnt here is known here alone, and is gone when the platform evicts it.
 * Plain numbers and texts only: a Response or a stream of one request cannot be used by another.
 */
import { createPool } from './attempts.ts';
import type { PoolState } from './attempts.ts';
import type { OriginSettings, Settings, VersionSettings } from './config.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { compileRoutes } from './routes.ts';
import type { Router } from './routes.ts';
import { createVersion } from './version.ts';
import type { VersionEntry } from './version.ts';

export interface State {
  readonly settings: Settings;
  readonly router: Router;
  /** In the order of `settings.pools`. */
  readonly pools: readonly PoolState[];
  /** Null where `status` is off. */
  readonly metrics: Metrics | null;
  /** One entry for each origin that a version setting is asked of. */
  readonly versions: Map<VersionSettings, Map<OriginSettings, VersionEntry>>;
}

export function createState(settings: Settings): State {
  const versions: State['versions'] = new Map();
  for (const route of settings.routes) {
    const version = route.stamp?.version;
    if (!version) continue;
    const entries = versions.get(version) ?? new Map<OriginSettings, VersionEntry>();
    for (const index of [route.pool, route.canary?.pool ?? -1])
      for (const origin of settings.pools[index]?.origins ?? []) if (!entries.has(origin)) entries.set(origin, createVersion());
    versions.set(version, entries);
  }
  return {
    settings,
    router: compileRoutes(settings.routes, settings.routerFlavor),
    pools: settings.pools.map((pool) => createPool(pool)),
    versions,
    metrics: createMetrics(settings),
  };
}
