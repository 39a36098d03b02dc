/** The router for configured routes: its result for a request, and the name of the matching route. */
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config, Route } from '../../lib/config/types.ts';
import { PATTERNS } from '../../lib/routing/patterns.ts';
import { compileRoutes } from '../../lib/routing/route-table.ts';
import { rankTraditionally } from '../../lib/routing/traditional.ts';
import type { Match } from '../../lib/core/feature.ts';
import type { Refusal } from '../../lib/core/errors.ts';
import { matchRoute } from '../../lib/routing/router.ts';

export type Flavor = NonNullable<Config['routerFlavor']>;

export interface Ask {
  method?: string;
  host?: string;
  path?: string;
  scheme?: 'http' | 'https';
  headers?: Record<string, string>;
}

export const settingsOf = (routes: Route[]) => checkConfig({ origins: ['http://a'], routes }).routes;

type Found = Match | Refusal | null;

function searchOf(routes: Route[], flavor: Flavor): (ask: Ask) => Found {
  const router = compileRoutes(settingsOf(routes), {
    traditional: flavor === 'traditional' ? rankTraditionally : null,
    asSent: false,
    patterns: PATTERNS,
  });
  return (ask) =>
    matchRoute(router, {
      method: ask.method ?? 'GET',
      scheme: ask.scheme ?? 'http',
      host: ask.host ?? 'x.test',
      path: ask.path ?? '/',
      normalPath: null,
      headers: new Headers(ask.headers) as never,
      kong: null,
    });
}

/** The router's result; throws if it rejects the request. */
export function routerOf(
  routes: Route[],
  flavor: Flavor = 'traditional_compatible',
): (ask: Ask) => Match | null {
  const search = searchOf(routes, flavor);
  return (ask) => {
    const found = search(ask);
    if (found && 'reason' in found) throw new Error(`refused with ${found.status}`);
    return found;
  };
}

/** The name of the matching route, or the status of the rejection; null for no match. */
export function winner(
  routes: Route[],
  ask: Ask,
  flavor: Flavor = 'traditional_compatible',
): string | number | null {
  const found = searchOf(routes, flavor)(ask);
  return found && ('reason' in found ? found.status : found.route.name);
}
