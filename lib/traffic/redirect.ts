/**
 * Redirects callers to another URL: Kong's redirect. With `keepPath` the request's path and query replace those of the
 * URL; its host and port always stay the configuration's.
 */
import type { Redirect } from '../config/types.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { escapePath, normalisePath } from '../core/url-path.ts';
import { isBodiless } from '../http/response.ts';
import { withSetting } from './setting-for.ts';

/** The Location header. `query` starts with "?" unless it is empty. */
export function redirectLocation({ to, keepPath }: Redirect, path: string, query: string): string {
  if (!keepPath) return to;
  const url = new URL(to);
  url.pathname = escapePath(normalisePath(path));
  url.search = query;
  return url.href;
}

function respond(context: Context, redirect: Redirect): Response {
  const { path, originQuery, kong, method } = context;
  // The query that earlier features have left: a hidden key is not told to another host.
  const headers = { Location: redirectLocation(redirect, path, originQuery) };
  const bare = kong === null || method === 'HEAD' || isBodiless(redirect.status);
  // As bytes: a string as a body would set Content-Type.
  return new Response(bare ? null : new TextEncoder().encode('redirecting'), {
    status: redirect.status,
    headers,
  });
}

export function startRedirect({ settings }: Isolate): Hooks {
  return {
    admit: (route) =>
      withSetting('redirect', route, settings, (redirect, context) => respond(context, redirect)),
  };
}
