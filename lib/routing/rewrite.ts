/**
 * The path that the origin gets: the route's base path, and what the route leaves of the request's path.
 *
 * Kong has two ways to join them: v0 (0.x, 2.x, 3.x) puts a slash between them, v1 (1.x) only concatenates. Under a
 * Kong profile the normalised path is sent, as in Kong. In plain mode the caller's bytes are sent: an escape or a
 * doubled slash may mean something to the origin, so they are changed only if the stripped prefix itself was spelt
 * differently.
 */
import type { RouteSettings } from '../config/types.ts';
import { escapePath, normalisePath } from '../core/url-path.ts';

/** What follows a stripped prefix must not climb up a level: Kong drops one leading dot segment. */
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

/** v1 as in Kong 1.0 to 1.5: two adjacent slashes become one; otherwise nothing is inserted. */
const joinPathsV1 = (base: string, path: string, rest: string, strip: boolean): string => {
  if (!strip) return base + path.slice(1);
  return base.endsWith('/') && rest.startsWith('/') ? base + rest.slice(1) : base + rest;
};

/**
 * A path at the origin, with query and fragment, as the route's callers see it: without the base path that the route
 * added, and with the prefix that it stripped.
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

/** The origin gets paths as they were sent. */
export const keepsPaths = ({ pathHandling, stripPath, basePath }: RouteSettings, kong: boolean): boolean =>
  !kong && pathHandling !== 'v1' && !stripPath && basePath === '/';

/**
 * The origin's path, without the query. `matchedPath` is what the router matched ("" for nothing), `path` the raw
 * request path; `kong`: a Kong profile is on.
 */
export function originPath(route: RouteSettings, matchedPath: string, path: string, kong: boolean): string {
  if (keepsPaths(route, kong)) return path;
  const cut = matchedPath.length;
  // "/route" cut from "/route.%2e/x" would leave a segment that climbs: if the rest may begin with a dot, the whole
  // path is normalised.
  const plain =
    path.startsWith(matchedPath) && (matchedPath.endsWith('/') || !'.%'.includes(path.charAt(cut) || '/'));
  const own = kong || (route.stripPath && !plain) ? normalisePath(path) : path;
  const rest = withoutDots(matchedPath === '' ? own.slice(1) : own.slice(cut));
  const joined = (route.pathHandling === 'v1' ? joinPathsV1 : joinPaths)(
    route.basePath,
    own,
    rest,
    route.stripPath,
  );
  return own === path && !kong ? joined : escapePath(joined);
}
