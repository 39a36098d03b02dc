/**
 * The order of Kong's traditional router, and of all of 1.x and 2.x (`sort_routes` in router/traditional.lua): which
 * kinds of condition a route has is compared before the rest; among equals the older route wins.
 */
import type { RouteSettings } from '../config/types.ts';
import { hasPort, isWild, rankKeys } from './priority.ts';

export function rankTraditionally(route: RouteSettings, path: string): number[] {
  const { hosts, headers, methods } = route;
  const [count = 0, plainHosts = 0, , regex = 0, ...tail] = rankKeys(route, path);
  const kinds = [hosts.length > 0, headers.length > 0, path !== '', methods.length > 0].map(Number);
  const wildPort = hosts.some((host) => isWild(host) && hasPort(host));
  return [count, ...kinds, 4 * Number(wildPort) + 2 * plainHosts + regex, headers.length, ...tail];
}
