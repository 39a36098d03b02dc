/**
 * Where an origin is asked, and under which Host.
 *
 * A fetch takes its Host from the URL; `resolveOverride` says whom to connect to. Cloudflare heeds it for names of one's own zone only, and the
 * port stays the URL's. Plain workerd knows no resolveOverride: there a request goes wherever its Host points.
 */
import type { OriginSettings } from '../config/types.ts';

export interface Address {
  readonly url: string;
  /** Null where the origin goes by its own name. */
  readonly cf: { readonly resolveOverride: string } | null;
}

/** The address of `tail`, a path with its query, under `host`; by default the one that the origin is configured to be asked by. */
export function originAddress(origin: OriginSettings, tail: string, host = origin.hostHeader): Address {
  if (host === null) return { url: origin.site + tail, cf: null };
  const scheme = origin.site.slice(0, origin.site.indexOf('//') + 2);
  return { url: scheme + host + tail, cf: { resolveOverride: origin.host.replace(/:\d+$/, '') } };
}
