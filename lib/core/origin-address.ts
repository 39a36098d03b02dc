/**
 * The URL of a request to an origin, and the Host it carries.
 *
 * `fetch` takes the Host header from the URL; `resolveOverride` names the server to connect to. Cloudflare honours it
 * only for names in one's own zone, and the port is still the URL's. Plain workerd ignores resolveOverride: there a
 * request goes wherever its Host points.
 */
import type { OriginSettings } from '../config/types.ts';
import type { Runtime } from './runtime.ts';

export interface Address {
  readonly url: string;
  /** Null if the request carries the origin's own host name. */
  readonly cf: { readonly resolveOverride: string } | null;
}

/** The address of `tail`, a path with its query, under `host`; by default the origin's configured `hostHeader`. */
export function originAddress(origin: OriginSettings, tail: string, host = origin.hostHeader): Address {
  if (host === null) return { url: origin.site + tail, cf: null };
  const scheme = origin.site.slice(0, origin.site.indexOf('//') + 2);
  return { url: scheme + host + tail, cf: { resolveOverride: origin.host.replace(/:\d+$/, '') } };
}

/** Sends a request of the gateway's own to an origin. */
export function sendOwnRequest(
  runtime: Runtime,
  origin: OriginSettings,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const { url, cf } = originAddress(origin, origin.basePath + path);
  return runtime.fetch(url, { ...init, redirect: 'manual', ...(cf && { cf }) });
}
