/** First draft. */
import type { RouteSettings } from './config.ts';
export function originPath(route: RouteSettings, matchedPath: string, path: string, _kong: boolean): string {
  const rest = route.stripPath ? path.slice(matchedPath.length) : path;
  return (route.basePath === '/' ? '' : route.basePath) + (rest.startsWith('/') ? rest : '/' + rest);
}
