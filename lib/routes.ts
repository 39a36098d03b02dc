/** First draft: the longest prefix wins. */
import type { RouteSettings } from './config.ts';
export interface Match {
  readonly route: RouteSettings;
  readonly matchedPath: string;
  readonly captures: Record<string, string> | null;
}
export interface Router {
  readonly routes: readonly RouteSettings[];
}
export function routePatternFault(pattern: string): string | null {
  try {
    new RegExp(pattern);
    return null;
  } catch {
    return 'a regular expression';
  }
}
export function compileRoutes(routes: readonly RouteSettings[], _flavor: string): Router {
  return { routes };
}
export function matchRoute(router: Router, method: string, _scheme: string, host: string, path: string, _headers: Headers): Match | null {
  let best: Match | null = null;
  for (const route of router.routes) {
    if (route.methods.length > 0 && !route.methods.includes(method)) continue;
    if (route.hosts.length > 0 && !route.hosts.includes(host)) continue;
    if (route.paths.length === 0) best ??= { route, matchedPath: '', captures: null };
    for (const prefix of route.paths) if (path.startsWith(prefix) && prefix.length > (best?.matchedPath.length ?? -1)) best = { route, matchedPath: prefix, captures: null };
  }
  return best;
}
