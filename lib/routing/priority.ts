/**
 * Kong's order among the routes that match: lists of numbers, compared one by one, greater first.
 *
 * Kong 3's default flavor (`get_priority` in router/transform.lua): more kinds of condition, all hosts plain, more
 * headers, regex before prefix, regex_priority, longer prefix; then the larger id. The traditional flavor, and all of
 * 1.x and 2.x (`sort_routes` in router/traditional.lua), compare which kinds before the rest; among equals the older
 * route wins.
 */
import type { RouteSettings, Settings } from '../config/types.ts';

export const isWild = (host: string): boolean => host.includes('*');
export const hasPort = (host: string): boolean => /:\d+$/.test(host);

/** The sort keys of one of a route's paths; `path` is "" for a route without paths. */
export function rankKeys(route: RouteSettings, path: string, flavor: Settings['routerFlavor']): number[] {
  const { hosts, headers, methods } = route;
  const regex = path.startsWith('~');
  const plainHosts = hosts.length > 0 && !hosts.some(isWild);
  const kinds = [hosts.length > 0, headers.length > 0, path !== '', methods.length > 0].map(Number);
  const count = kinds.reduce((sum, kind) => sum + kind, 0);
  const tail = [regex ? route.regexPriority : 0, regex ? 0 : path.length];
  if (flavor === 'traditional_compatible')
    return [count, Number(plainHosts), headers.length, Number(regex), ...tail];
  const wildPort = hosts.some((host) => isWild(host) && hasPort(host));
  return [
    count,
    ...kinds,
    4 * Number(wildPort) + 2 * Number(plainHosts) + Number(regex),
    headers.length,
    ...tail,
  ];
}

/** Which of two equals comes first, by id; 0 leaves them in the configuration's order. */
export function compareIds(left: string, right: string, flavor: Settings['routerFlavor']): number {
  return flavor === 'traditional' || left === right ? 0 : left < right ? 1 : -1;
}
