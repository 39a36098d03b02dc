/**
 * Everything an isolate remembers, made from the settings. Nothing else outlives a request.
 *
 * An isolate is one of many: what is learnt here is known here alone, and is gone when the platform evicts it.
 * Plain numbers and texts only: a Response or a stream of one request cannot be used by another.
 */
import { createPool } from '../attempts.ts';
import { RUNTIME } from '../core/runtime.ts';
import type { PoolState } from '../attempts.ts';
import { createVerdicts } from '../auth-cache.ts';
import type { Verdicts } from '../auth-cache.ts';
import type { CorsSettings, OriginSettings, Settings, VersionSettings } from '../config/types.ts';
import { compileCors } from '../cors.ts';
import type { CorsRule } from '../cors.ts';
import { createMetrics } from '../core/metrics.ts';
import type { Metrics } from '../core/metrics.ts';
import { createLimits } from '../limits/rate-limit.ts';
import type { Limits } from '../limits/rate-limit.ts';
import { createTrust } from './client-address.ts';
import { createReader } from './context.ts';
import type { ContextReader } from './context.ts';
import { PATTERNS } from '../routing/patterns.ts';
import { compileRoutes } from '../routing/route-table.ts';
import type { Router } from '../routing/route-table.ts';
import { createVersion } from '../version.ts';
import type { VersionEntry } from '../version.ts';

export interface State {
  readonly settings: Settings;
  readonly router: Router;
  /** One for each settings record: routes without their own share the general one. */
  readonly cors: ReadonlyMap<CorsSettings, CorsRule>;
  readonly reader: ContextReader;
  /** In the order of `settings.pools`. */
  readonly pools: readonly PoolState[];
  /** Null where `status` is off. */
  readonly metrics: Metrics | null;
  readonly verdicts: Verdicts;
  readonly limits: Limits;
  /** When the place of each copy under way is free again, in ms since 1970: so many copies to shadow pools at once. */
  readonly shadows: number[];
  /** For each version setting, one entry an origin. */
  readonly versions: Map<VersionSettings, Map<OriginSettings, VersionEntry>>;
}

/** What is made of each record, once for all that share it. */
function bookOf<K, V>(records: readonly (K | null | undefined)[], make: (record: K) => V): Map<K, V> {
  return new Map([...new Set(records)].flatMap((record) => (record ? [[record, make(record)]] : [])));
}

export function createState(settings: Settings): State {
  const origins = settings.pools.flatMap((pool) => pool.origins);
  return {
    settings,
    router: compileRoutes(settings.routes, {
      flavor: settings.routerFlavor,
      asSent: settings.compat !== null,
      patterns: PATTERNS,
    }),
    cors: bookOf([settings.cors, ...settings.routes.map((route) => route.cors)], (cors) =>
      compileCors(cors, settings.compat === null),
    ),
    reader: createReader(settings, createTrust(settings), RUNTIME),
    pools: settings.pools.map((pool) => createPool(pool, RUNTIME.random)),
    verdicts: createVerdicts(settings),
    limits: createLimits(),
    versions: bookOf(
      settings.routes.map((route) => route.responseHeaders?.version),
      () => new Map(origins.map((origin) => [origin, createVersion()])),
    ),
    shadows: [0, 0, 0, 0, 0, 0, 0, 0],
    metrics: createMetrics(settings),
  };
}
