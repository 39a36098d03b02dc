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

export interface RequestParts {
  method?: string;
  host?: string;
  path?: string;
  scheme?: 'http' | 'https';
  headers?: Record<string, string>;
}

export const settingsOf = (routes: Route[]) => checkConfig({ origins: ['http://a'], routes }).routes;

type Found = Match | Refusal | null;

function searchOf(routes: Route[], flavor: Flavor): (request: RequestParts) => Found {
  const router = compileRoutes(settingsOf(routes), {
    traditional: flavor === 'traditional' ? rankTraditionally : null,
    asSent: false,
    patterns: PATTERNS,
  });
  return (request) =>
    matchRoute(router, {
      method: request.method ?? 'GET',
      scheme: request.scheme ?? 'http',
      host: request.host ?? 'x.test',
      path: request.path ?? '/',
      normalPath: null,
      headers: new Headers(request.headers) as never,
      kong: null,
    });
}

/** The router's result; throws if it rejects the request. */
export function routerOf(
  routes: Route[],
  flavor: Flavor = 'traditional_compatible',
): (request: RequestParts) => Match | null {
  const search = searchOf(routes, flavor);
  return (request) => {
    const found = search(request);
    if (found && 'reason' in found) throw new Error(`refused with ${found.status}`);
    return found;
  };
}

/** The name of the matching route, or the status of the rejection; null for no match. */
export function winner(
  routes: Route[],
  request: RequestParts,
  flavor: Flavor = 'traditional_compatible',
): string | number | null {
  const found = searchOf(routes, flavor)(request);
  return found && ('reason' in found ? found.status : found.route.name);
}
