/**
 * Kong's order among the routes that match: lists of numbers, compared one by one, greater first.
 *
 * Kong 3's default flavor (`get_priority` in router/transform.lua): more kinds of condition, all hosts plain, more
 * headers, regex before prefix, regex_priority, longer prefix; then the larger id. traditional.ts has Kong's older one.
 */
import type { RouteSettings } from '../config/types.ts';

export const isWild = (host: string): boolean => host.includes('*');
export const hasPort = (host: string): boolean => /:\d+$/.test(host);

/** The sort keys of one of a route's paths; `path` is "" for a route without paths. */
export function rankKeys(route: RouteSettings, path: string): number[] {
  const { hosts, headers, methods, regexPriority } = route;
  const regex = path.startsWith('~');
  const plainHosts = hosts.length > 0 && !hosts.some(isWild);
  const count =
    Number(hosts.length > 0) + Number(headers.length > 0) + Number(path !== '') + Number(methods.length > 0);
  return [
    count,
    Number(plainHosts),
    headers.length,
    Number(regex),
    regex ? regexPriority : 0,
    regex ? 0 : path.length,
  ];
}
