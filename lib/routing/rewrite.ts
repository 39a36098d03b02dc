/**
 * The path that the origin gets: the route's base path and what the route leaves of the request's own.
 *
 * Kong's two ways of joining them: v0 (0.x, 2.x, 3.x) puts a slash between, v1 (1.x) only joins. Under a Kong profile
 * the normalised path travels, as Kong's does. In plain mode the caller's bytes do: an escape or a doubled slash may
 * mean something to the origin, so they are touched only where the stripped prefix itself was spelt another way.
 */
import type { RouteSettings } from '../config/types.ts';
import { escapePath, normalisePath } from '../core/url-path.ts';

/** What follows a stripped prefix must not climb: Kong drops one leading dot segment. */
const withoutDots = (rest: string): string => {
  if (rest === '.' || rest === '..') return '';
  if (rest.startsWith('./')) return rest.slice(2);
  return rest.startsWith('../') ? rest.slice(3) : rest;
};

function joinPaths(base: string, path: string, rest: string, strip: boolean): string {
  const slashed = base.endsWith('/');
  const bare = slashed ? base.slice(0, -1) : base;
  if (!strip) return path === '/' && !slashed ? base : bare + path;
  if (rest.startsWith('/')) return bare + rest;
  if (rest !== '') return bare + '/' + rest;
  return (path.endsWith('/') && path !== '/') || (slashed && path === '/')
    ? bare + '/'
    : bare === ''
      ? '/'
      : bare;
}

/** v1 as Kong 1.0 to 1.5 had it: two meeting slashes become one, otherwise nothing is put between. */
const joinPathsV1 = (base: string, path: string, rest: string, strip: boolean): string => {
  if (!strip) return base + path.slice(1);
  return base.endsWith('/') && rest.startsWith('/') ? base + rest.slice(1) : base + rest;
};

/**
 * A path at the origin, with query and fragment, as the route's callers know it: without what the route put before
 * it, with what it took.
 */
export function publicPath(
  path: string,
  route: Pick<RouteSettings, 'basePath' | 'stripPath'> | null,
  matchedPath: string,
): string {
  const { basePath = '', stripPath = false } = route ?? {};
  const bare = (text: string): string => text.replace(/\/$/, '');
  const base = bare(basePath);
  const put = stripPath ? escapePath(bare(matchedPath)) : '';
  return path === base || path.startsWith(base + '/') ? put + (path.slice(base.length) || '/') : path;
}

/**
 * The origin's path, without its query. `matchedPath` is what the router matched ("" for nothing), `path` the raw
 * request path; `kong` says whether a Kong profile is on.
 */
export function originPath(route: RouteSettings, matchedPath: string, path: string, kong: boolean): string {
  const v1 = route.pathHandling === 'v1';
  if (!kong && !v1 && !route.stripPath && route.basePath === '/') return path;
  const cut = matchedPath.length;
  // "/route" cut from "/route.%2e/x" would leave a segment that climbs: what begins with a dot is read in full.
  const plain =
    path.startsWith(matchedPath) && (matchedPath.endsWith('/') || !'.%'.includes(path.charAt(cut) || '/'));
  const own = kong || (route.stripPath && !plain) ? normalisePath(path) : path;
  const rest = withoutDots(matchedPath === '' ? own.slice(1) : own.slice(cut));
  const joined = (v1 ? joinPathsV1 : joinPaths)(route.basePath, own, rest, route.stripPath);
  return own === path && !kong ? joined : escapePath(joined);
}
