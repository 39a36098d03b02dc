/**
 * The URL of a request to an origin, and the Host it carries.
 *
 * `fetch` takes the Host header from the URL; `resolveOverride` names the server to connect to. Cloudflare honours it
 * only for names in one's own zone, and the port is still the URL's. Plain workerd ignores resolveOverride: there a
 * request goes wherever its Host points.
 */
import type { OriginSettings } from '../config/types.ts';

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
