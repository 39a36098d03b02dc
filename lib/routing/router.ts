/**
 * From a request to its route: the best-ranked way in whose conditions all hold.
 *
 * Of one host's sorted prefixes only the greatest that is not after the path, and the chain of prefixes inside it, can
 * match: a thousand routes cost a binary search and allocate nothing. One route without conditions answers at once.
 *
 * Kong 3's rules: a prefix is a plain text prefix, so "/foo" takes "/foobar"; "*" spans several labels but not none;
 * hosts are compared as sent; header values regardless of case.
 */
import { normalisePath } from '../core/url-path.ts';
import type { Pattern } from '../core/regex.ts';
import type { Hit, Match, Router, Stem, Way } from './route-table.ts';

function admitsHeaders(way: Way, headers: Headers): boolean {
  for (const [name, values, pattern] of way.headers) {
    const value = headers.get(name);
    if (value === null) return false;
    if (pattern) {
      if (value.length > pattern.maxLength || !pattern.regex.test(value)) return false;
    } else if (!values.includes(value.toLowerCase())) return false;
  }
  return true;
}

function tryPattern(way: Way, pattern: Pattern, path: string): Hit | null {
  const captures = path.length > pattern.maxLength ? null : pattern.regex.exec(path);
  return (
    captures && { rank: way.rank, match: { route: way.match.route, matchedPath: captures[0], captures } }
  );
}

/** The best of these stems' ways that takes the request and ranks before `best`, or `best`. */
function searchStems(
  stems: readonly Stem[] | undefined,
  method: string,
  path: string,
  headers: Headers,
  best: Hit | null,
): Hit | null {
  if (!stems) return best;
  let low = 0;
  for (let high = stems.length; low < high;) {
    const middle = (low + high) >> 1;
    if (stems[middle]!.prefix <= path) low = middle + 1;
    else high = middle;
  }
  let stem = stems[low - 1] ?? null;
  while (stem && !path.startsWith(stem.prefix)) stem = stem.inner;
  for (; stem; stem = stem.inner)
    for (const way of stem.ways) {
      if (best && best.rank <= way.rank) break;
      if (way.methods.length > 0 && !way.methods.includes(method)) continue;
      if (way.headers.length > 0 && !admitsHeaders(way, headers)) continue;
      const hit = way.pattern ? tryPattern(way, way.pattern, path) : way;
      if (!hit) continue;
      best = hit;
      break;
    }
  return best;
}

/** The same among the ways in of one host, as written and with its port. */
function searchHost(
  router: Router,
  host: string,
  port: string,
  method: string,
  path: string,
  headers: Headers,
  best: Hit | null,
): Hit | null {
  const found = searchStems(router.hosts.get(host), method, path, headers, best);
  return port === '' ? found : searchStems(router.hosts.get(host + port), method, path, headers, found);
}

/** The route for a request, or null. `host` as sent, with or without a port; `path` raw, without the query. */
export function matchRoute(
  router: Router,
  method: string,
  scheme: string,
  host: string,
  path: string,
  headers: Headers,
): Match | null {
  if (router.only) return router.only;
  const plain = normalisePath(path);
  let best: Hit | null = null;
  if (router.hosts.size > 0) {
    const colon = host.lastIndexOf(':');
    const ported = colon > host.lastIndexOf(']');
    const name = ported ? host.slice(0, colon) : host;
    const port = !router.ports ? '' : ported ? host.slice(colon) : scheme === 'https' ? ':443' : ':80';
    best = searchHost(router, name, port, method, plain, headers, best);
    for (let dot = router.wildcards ? name.indexOf('.') : -1; dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (dot > 0) best = searchHost(router, '*' + name.slice(dot), port, method, plain, headers, best);
      if (dot < name.length - 1)
        best = searchHost(router, name.slice(0, dot + 1) + '*', port, method, plain, headers, best);
    }
  }
  best = searchStems(router.anyHost, method, plain, headers, best);
  return best ? best.match : null;
}
