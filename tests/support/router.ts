/** The router over routes as they are configured: what it finds for a request, and the name of the route that wins. */
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config, Route } from '../../lib/config/types.ts';
import { compileRoutes } from '../../lib/routing/route-table.ts';
import { matchRoute } from '../../lib/routing/router.ts';

export type Flavor = NonNullable<Config['routerFlavor']>;

export interface Ask {
  method?: string;
  host?: string;
  path?: string;
  scheme?: string;
  headers?: Record<string, string>;
}

export const settingsOf = (routes: Route[]) => checkConfig({ origins: ['http://a'], routes }).routes;

export function routerOf(routes: Route[], flavor: Flavor = 'traditional_compatible') {
  const router = compileRoutes(settingsOf(routes), flavor);
  return (ask: Ask) =>
    matchRoute(
      router,
      ask.method ?? 'GET',
      ask.scheme ?? 'http',
      ask.host ?? 'x.test',
      ask.path ?? '/',
      new Headers(ask.headers) as never,
    );
}

export const winner = (routes: Route[], ask: Ask, flavor?: Flavor): string | null =>
  routerOf(routes, flavor)(ask)?.route.name ?? null;
