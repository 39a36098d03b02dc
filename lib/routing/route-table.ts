/**
 * The routes as a table to look things up in, made once, at start-up. Every path of every route is a compiled route
 * of its own, with its place in the order.
 *
 * The table goes by host (exact, wildcards by their labels, any) and in each by path prefix: a sorted list in which
 * every prefix knows the longest other one inside it. Regular expressions hang under the literal string they begin
 * with. A radix tree was rejected: more code, no faster.
 */
import type { RouteSettings, Settings } from '../config/types.ts';
import type { HeaderCondition, Match, PathPattern, Patterns } from '../core/feature.ts';
import { readHost } from '../core/url-host.ts';
import { pathBytes } from '../core/url-path.ts';
import { compareIds, hasPort, isWild, rankKeys } from './priority.ts';

/** One path of a route, or a route without paths. */
export interface CompiledRoute {
  /** Place in the order: 0 is asked first. */
  readonly rank: number;
  /** What is found where no regular expression has a say. */
  readonly match: Match;
  /** Null for any. */
  readonly methods: readonly string[] | null;
  /** Null where it asks for none. */
  readonly headers: readonly HeaderCondition[] | null;
  /** What every path it takes begins with. */
  readonly prefix: string;
  readonly pattern: PathPattern | null;
}

/** A path prefix, and what hangs under it. */
export interface PrefixNode {
  readonly prefix: string;
  /** Best first. */
  readonly routes: readonly CompiledRoute[];
  /** The longest other prefix that this one begins with. */
  readonly inner: PrefixNode | null;
}

export interface Router {
  /** The one route without conditions, where there is no other: no table is needed. */
  readonly only: Match | null;
  /** By host as it is read, with its port where the configuration names one; wildcards with their "*". */
  readonly hosts: ReadonlyMap<string, readonly PrefixNode[]>;
  readonly anyHost: readonly PrefixNode[];
  /** Some host is configured with a port. */
  readonly ports: boolean;
  /** Some host is configured with a wildcard. */
  readonly wildcards: boolean;
}

interface RouterOptions {
  /** Whose order among routes that match (priority.ts). */
  readonly flavor: Settings['routerFlavor'];
  /** Hosts are compared as they are written and sent, as Kong does. */
  readonly asSent: boolean;
  /** Null in a file that carries none. */
  readonly patterns: Patterns | null;
}

/** @throws Error where a pattern is faulty (the checks ask routePatternFault first), or the file carries none. */
function compileRoute(
  route: RouteSettings,
  path: string,
  rank: number,
  patterns: Patterns | null,
): CompiledRoute {
  const regex = path.startsWith('~');
  if ((regex || route.headers.length > 0) && patterns === null)
    throw new Error(`Cannot compile ${route.name}: regular expressions and headers need worker-full.js`);
  const source = pathBytes(path).replace(/^~/, '');
  const pattern = regex ? patterns!.path(source) : null;
  const prefix = pattern?.prefix ?? source;
  return {
    rank,
    match: { route, path, matchedPath: prefix, captures: null },
    methods: route.methods.length > 0 ? route.methods : null,
    headers:
      route.headers.length > 0 ? route.headers.map(([name, values]) => patterns!.header(name, values)) : null,
    prefix,
    pattern: pattern?.match ?? null,
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
function rankPaths(
  routes: readonly RouteSettings[],
  flavor: Settings['routerFlavor'],
): { readonly route: RouteSettings; readonly path: string }[] {
  return routes
    .flatMap((route) =>
      (route.paths.length > 0 ? route.paths : ['']).map((path) => ({
        route,
        path,
        keys: rankKeys(route, path, flavor),
      })),
    )
    .sort((a, b) => {
      for (const [index, key] of a.keys.entries()) if (key !== b.keys[index]) return b.keys[index]! - key;
      return compareIds(a.route.id, b.route.id, flavor);
    });
}

/** @throws Error where a pattern is faulty, or the file carries none. */
export function compileRoutes(
  routes: readonly RouteSettings[],
  { flavor, asSent, patterns }: RouterOptions,
): Router {
  const compiled = rankPaths(routes, flavor).map(({ route, path }, rank) =>
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
    only: lone && lone.prefix === '' && !lone.pattern && !lone.methods && !lone.headers ? lone.match : null,
    hosts: new Map([...byHost].map(([host, among]) => [host, makeNodes(among)])),
    anyHost: makeNodes(anyHost),
    ports: names.some(hasPort),
    wildcards: names.some(isWild),
  };
}
