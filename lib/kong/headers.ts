/**
 * Kong's headers, under the Kong profiles only.
 *
 * To the origin  X-Forwarded-For (the caller's value and the peer), -Proto, -Host, -Port, -Path, -Prefix, X-Real-IP,
 *                X-Kong-Request-Id, Via; a trusted peer's own X-Forwarded-* are forwarded
 * To the caller  Server, Via, X-Kong-Request-Id, and either the two latencies of a proxied response or the one of a
 *                response made here
 *
 * Kong of 2018 had no -Path, -Prefix, request id, Via to the origin, or latency of its own responses; its Via named no
 * protocol and replaced the origin's.
 */
import { callerOf, protocolOf, requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { escapePath } from '../core/url-path.ts';
import { joinCookieLines } from '../core/cookies.ts';
import { dropHopHeaders } from '../core/header-names.ts';
import type { RouteSettings, Settings } from '../config/types.ts';

const kongName = ({ compat }: Settings) => (compat === 'kong-2018' ? 'kong/0.14.1' : 'kong/3.10.0');

const appendHeader = (headers: Headers, name: string, value: string): void => {
  const before = headers.get(name);
  headers.set(name, before ? `${before}, ${value}` : value);
};

/**
 * The stripped part of the path, null if it is only "/"; escaped: a regular expression may have matched a line break.
 */
const strippedPrefix = (route: RouteSettings | null, matched: string): string | null =>
  route?.stripPath && matched !== '' && matched !== '/' ? escapePath(matched) : null;

/** Turns the caller's headers into the origin's, in place. */
export function forwardKongHeaders(headers: Headers, context: Context, settings: Settings): void {
  dropHopHeaders(headers);
  const { host, trusted } = context;
  const { kong, compat } = settings;
  const colon = host.lastIndexOf(':');
  const ported = colon > host.lastIndexOf(']');
  const named = ported ? host.slice(colon + 1) : '';
  const port = /^\d{1,5}$/.test(named) ? named : context.scheme === 'https' ? '443' : '80';
  const mapped = Object.hasOwn(kong.portMaps, port) ? kong.portMaps[port] : port;
  const set = (name: string, value: string | null): void => {
    if (trusted && headers.has(name)) return;
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  };
  joinCookieLines(headers);
  headers.delete('proxy');
  headers.set('x-real-ip', callerOf(context).client);
  appendHeader(headers, 'x-forwarded-for', callerOf(context).peer);
  set('x-forwarded-proto', context.scheme);
  set('x-forwarded-host', (ported ? host.slice(0, colon) : host).toLowerCase());
  set('x-forwarded-port', String(mapped));
  if (compat === 'kong-2018') return;
  set('x-forwarded-path', context.path);
  set('x-forwarded-prefix', strippedPrefix(context.route, context.matchedPath));
  appendHeader(headers, 'via', `${protocolOf(context.request)} ${kongName(settings)}`);
  if (kong.upstreamRequestId) headers.set('x-kong-request-id', requestIdOf(context));
  else headers.delete('x-kong-request-id');
}

const TEXTS = /^(text\/(html|xml|plain|vnd\.wap\.wml)|application\/(javascript|rss\+xml))$/i;

/** nginx's charset module adds the charset to text types that have none. */
function nameCharset(headers: Headers): void {
  const type = headers.get('content-type');
  if (type !== null && TEXTS.test(type)) headers.set('content-type', `${type}; charset=UTF-8`);
}

/** Headers from an origin to nginx, which are not forwarded (ngx_http_proxy_module, proxy_hide_header). */
const NGINX_KEEPS = ['Buffering', 'Charset', 'Expires', 'Limit-Rate', 'Redirect'].map(
  (name) => 'X-Accel-' + name,
);

/** Adds Kong's headers to the response, in place. `proxied`: an origin was asked, whether it responded or not. */
export function addKongHeaders(
  headers: Headers,
  context: Context,
  settings: Settings,
  { proxied, status }: { readonly proxied: boolean; readonly status: number },
  now: number,
): void {
  const { compat, kong } = settings;
  if (context.origin !== null) for (const name of NGINX_KEEPS) headers.delete(name);
  if (kong.charset && context.origin !== null) nameCharset(headers);
  const listed = kong.headers === true ? null : kong.headers || [];
  const old = compat === 'kong-2018';
  const put = (name: string, value: string | number): void => {
    if (listed === null || listed.includes(name)) headers.set(name, String(value));
  };
  if (!proxied || !headers.has('server')) put('Server', kongName(settings));
  if (proxied) {
    const before = headers.get('via');
    const via = old ? kongName(settings) : `1.1 ${kongName(settings)}`;
    put('Via', old || before === null ? via : `${before}, ${via}`);
    put('X-Kong-Upstream-Latency', Math.max(0, context.answeredAt - context.sentAt));
    put('X-Kong-Proxy-Latency', Math.max(0, context.sentAt - context.startedAt));
    if (listed !== null) put('X-Kong-Upstream-Status', status);
  } else if (!old) put('X-Kong-Response-Latency', Math.max(0, now - context.startedAt));
  if (!old) put('X-Kong-Request-Id', requestIdOf(context));
  if ((old || kong.debugHeaders) && context.route !== null && context.headers.has('kong-debug'))
    addDebugHeaders(headers, context.route);
}

/** The route and service that matched (kong/router, `http_kong_debug`); a route without a name sends no name. */
function addDebugHeaders(headers: Headers, { id, name, service }: RouteSettings): void {
  headers.set('Kong-Route-Id', id);
  if (!name.startsWith('routes[')) headers.set('Kong-Route-Name', name);
  if (service === null) return;
  headers.set('Kong-Service-Id', service.id);
  if (service.name !== undefined) headers.set('Kong-Service-Name', service.name);
}
