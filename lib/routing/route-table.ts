/**
 * The routing table, built once at start-up. Every path of every route is a compiled route of its own, with its rank.
 *
 * The table is keyed by host (exact, wildcard by its labels, any), and for each host by path prefix: a sorted list in
 * which every prefix links to the longest other prefix that it begins with. Regular expressions are filed under the
 * literal string that they begin with. Rejected: a radix tree (more code, no faster).
 */
import type { RouteSettings } from '../config/types.ts';
import type { Conditions, Match, Patterns, RankKeys } from '../core/feature.ts';
import { readHost } from '../core/url-host.ts';
import { pathBytes } from '../core/url-path.ts';
import { hasPort, isWild, rankKeys } from './priority.ts';

/** One path of a route, or a route without paths. */
export interface CompiledRoute {
  /** Position in the order: 0 is tried first. */
  readonly rank: number;
  /** The match if it has no regular expression. */
  readonly match: Match;
  /** Null for any. */
  readonly methods: readonly string[] | null;
  /** What every matching path begins with. */
  readonly prefix: string;
  readonly conditions: Conditions | null;
}

/** A path prefix and its routes. */
export interface PrefixNode {
  readonly prefix: string;
  /** Best first. */
  readonly routes: readonly CompiledRoute[];
  /** The longest other prefix that this one begins with. */
  readonly inner: PrefixNode | null;
}

export interface Router {
  /** The only route, if it has no conditions. */
  readonly only: RouteSettings | null;
  /** By normalised host, with its port if the configuration names one; wildcards with their "*". */
  readonly hosts: ReadonlyMap<string, readonly PrefixNode[]>;
  readonly anyHost: readonly PrefixNode[];
  /** Some host is configured with a port. */
  readonly ports: boolean;
  /** Some host is configured with a wildcard. */
  readonly wildcards: boolean;
}

interface RouterOptions {
  /** Kong's traditional order; null for the one of Kong 3 (priority.ts). */
  readonly traditional: RankKeys | null;
  /** Hosts are compared as written and sent, as in Kong. */
  readonly asSent: boolean;
  /** Null in a file without patterns. */
  readonly patterns: Patterns | null;
}

/** @throws Error if a pattern is invalid: validation calls routePatternFault first. */
function compileRoute(
  route: RouteSettings,
  path: string,
  rank: number,
  patterns: Patterns | null,
): CompiledRoute {
  const source = pathBytes(path);
  const conditions = patterns && patterns.conditions(route, source);
  const prefix = conditions?.prefix ?? source;
  return {
    rank,
    match: { route, path, matchedPath: prefix, captures: null },
    methods: route.methods.length > 0 ? route.methods : null,
    prefix,
    conditions,
  };
}

function pushTo<K>(map: Map<K, CompiledRoute[]>, key: K, route: CompiledRoute): void {
  const known = map.get(key);
  if (known) known.push(route);
  else map.set(key, [route]);
}

function makeNodes(routes: readonly CompiledRoute[]): PrefixNode[] {
  const byPrefix = new Map<string, CompiledRoute[]>();
  for (const route of routes) pushTo(byPrefix, route.prefix, route);
  const nodes: PrefixNode[] = [];
  for (const prefix of [...byPrefix.keys()].sort()) {
    let inner = nodes.at(-1) ?? null;
    while (inner && !prefix.startsWith(inner.prefix)) inner = inner.inner;
    nodes.push({ prefix, routes: byPrefix.get(prefix)!, inner });
  }
  return nodes;
}

/** Every path of every route in Kong's order, best first. */
export function rankPaths(
  routes: readonly RouteSettings[],
  traditional: RankKeys | null,
): { readonly route: RouteSettings; readonly path: string }[] {
  const rank = traditional ?? rankKeys;
  return routes
    .flatMap((route) =>
      (route.paths.length > 0 ? route.paths : ['']).map((path) => ({ route, path, keys: rank(route, path) })),
    )
    .sort((a, b) => {
      for (const [index, key] of a.keys.entries()) if (key !== b.keys[index]) return b.keys[index]! - key;
      // Of equals the larger id goes first, in the traditional order the one that stands first.
      const [left, right] = [a.route.id, b.route.id];
      return traditional || left === right ? 0 : left < right ? 1 : -1;
    });
}

/** @throws Error if a pattern is invalid. */
export function compileRoutes(
  routes: readonly RouteSettings[],
  { traditional, asSent, patterns }: RouterOptions,
): Router {
  const compiled = rankPaths(routes, traditional).map(({ route, path }, rank) =>
    compileRoute(route, path, rank, patterns),
  );
  const byHost = new Map<string, CompiledRoute[]>();
  const anyHost: CompiledRoute[] = [];
  for (const one of compiled) {
    const { hosts } = one.match.route;
    if (hosts.length === 0) anyHost.push(one);
    for (const host of new Set(asSent ? hosts : hosts.map((name) => readHost(name) ?? name)))
      pushTo(byHost, host, one);
  }
  const names = [...byHost.keys()];
  const lone = compiled.length === 1 ? anyHost[0] : undefined;
  return {
    only: lone && lone.prefix === '' && !lone.conditions && !lone.methods ? lone.match.route : null,
    hosts: new Map([...byHost].map(([host, among]) => [host, makeNodes(among)])),
    anyHost: makeNodes(anyHost),
    ports: names.some(hasPort),
    wildcards: names.some(isWild),
  };
}
