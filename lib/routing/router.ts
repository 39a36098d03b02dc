/**
 * Finds a request's route: the best-ranked compiled route whose conditions all hold.
 *
 * Of a host's sorted prefixes, only the greatest that does not sort after the path, and the chain of prefixes inside
 * it, can match: a thousand routes cost a binary search and no allocation.
 *
 * Kong 3's rules: a prefix is a plain string prefix, so "/foo" matches "/foobar"; "*" spans one or more labels; header
 * values are compared regardless of case. A preflight goes to the route of the request that it asks about, except under
 * the Kong profiles: Kong requires OPTIONS to be listed.
 */
import type { Settings } from '../config/types.ts';
import type { Refusal } from '../core/errors.ts';
import type { Match, Parts, Routing } from '../core/feature.ts';
import { normalPathOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { compileRoutes } from './route-table.ts';
import type { CompiledRoute, PrefixNode, Router } from './route-table.ts';
import { keepsPaths, originPath, publicPath } from './rewrite.ts';

/** The parts of a request that the router looks at. */
type Routed = Pick<Context, 'method' | 'scheme' | 'host' | 'path' | 'normalPath' | 'headers' | 'kong'>;

/** A search in progress: the request's parts, and the best match so far. */
interface Search {
  readonly method: string;
  /** The method that a preflight asks about; null for all other requests. */
  readonly asksFor: string | null;
  readonly path: string;
  readonly headers: Headers;
  rank: number;
  found: Match | Refusal | null;
}

function preflightMethod({ method, headers, kong }: Routed): string | null {
  return method === 'OPTIONS' && kong === null && headers.get('origin')
    ? headers.get('access-control-request-method')
    : null;
}

/** Tries one route: a match, null for none, or a refusal if it can't be decided. */
function tryRoute(
  { match, methods, conditions }: CompiledRoute,
  { method, asksFor, path, headers }: Search,
): Match | Refusal | null {
  if (methods && !methods.includes(method) && !(asksFor !== null && methods.includes(asksFor))) return null;
  return conditions ? conditions.evaluate(match, path, headers) : match;
}

/** Searches these nodes for a route that ranks better than the best so far. */
function searchNodes(nodes: readonly PrefixNode[] | undefined, search: Search): void {
  if (!nodes) return;
  const { path } = search;
  let low = 0;
  for (let high = nodes.length; low < high;) {
    const middle = (low + high) >> 1;
    if (nodes[middle]!.prefix <= path) low = middle + 1;
    else high = middle;
  }
  let node = nodes[low - 1] ?? null;
  while (node && !path.startsWith(node.prefix)) node = node.inner;
  for (; node; node = node.inner)
    for (const route of node.routes) {
      if (route.rank >= search.rank) break;
      const found = tryRoute(route, search);
      if (!found) continue;
      search.rank = route.rank;
      search.found = found;
      break;
    }
}

/** Searches the routes of this host and of every wildcard that matches it, with and without its port. */
function searchHosts({ hosts, ports, wildcards }: Router, { host, scheme }: Routed, search: Search): void {
  const colon = host.lastIndexOf(':');
  const ported = colon > host.lastIndexOf(']');
  const name = ported ? host.slice(0, colon) : host;
  const port = !ports ? '' : ported ? host.slice(colon) : scheme === 'https' ? ':443' : ':80';
  const look = (key: string): void => {
    searchNodes(hosts.get(key), search);
    if (port !== '') searchNodes(hosts.get(key + port), search);
  };
  look(name);
  for (let dot = wildcards ? name.indexOf('.') : -1; dot >= 0; dot = name.indexOf('.', dot + 1)) {
    if (dot > 0) look('*' + name.slice(dot));
    if (dot < name.length - 1) look(name.slice(0, dot + 1) + '*');
  }
}

/**
 * The route for a request; null for none; a refusal if a route that ranks better than any match could not be
 * decided.
 */
export function matchRoute(router: Router, request: Routed): Match | Refusal | null {
  const search: Search = {
    method: request.method,
    asksFor: preflightMethod(request),
    path: normalPathOf(request),
    headers: request.headers,
    rank: Infinity,
    found: null,
  };
  if (router.hosts.size > 0) searchHosts(router, request, search);
  searchNodes(router.anyHost, search);
  return search.found;
}

/** Null if the only route matches everything and leaves paths unchanged: then there is nothing to do for a request. */
export function createRouting(settings: Settings, parts: Parts): Routing | null {
  const { routes, routerFlavor, compat } = settings;
  const router = compileRoutes(routes, {
    traditional: routerFlavor === 'traditional' ? parts.rankTraditionally! : null,
    asSent: compat !== null,
    patterns: parts.patterns ?? null,
  });
  if (router.only && keepsPaths(router.only, compat !== null)) return null;
  return {
    match: (context) => matchRoute(router, context),
    originPath: ({ route, matchedPath, path, kong }) => originPath(route!, matchedPath, path, kong !== null),
    publicPath: (path, { route, matchedPath }) => publicPath(path, route, matchedPath),
  };
}
