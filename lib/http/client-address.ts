/**
 * The caller's address: the peer's, or the one that a trusted peer forwards.
 *
 * Kong profiles: nginx's realip module, as Kong configures it (real_ip_header, real_ip_recursive). Plain profile:
 * X-Forwarded-For read from the right, the first address that is not a trusted proxy's. Reading it from the left was
 * rejected: any caller can start such a list. X-Forwarded-Proto means https only if every hop in it was https: with
 * proxies that append to it, a caller's own "https" comes first.
 */
import { formatAddress, inNetworks, parseAddress, parseNetwork } from '../core/ip.ts';
import type { Network } from '../core/ip.ts';
import type { Settings } from '../config/types.ts';
import type { Trust } from '../core/feature.ts';
import { peersId } from './trace.ts';

/** The caller's address. `peer` is trusted; `list` is the value of its forwarding header. */
export function forwardedAddress(
  peer: string,
  list: string | null,
  trusted: readonly Network[],
  recursive: boolean,
): string {
  let caller = peer;
  const hops = list?.split(',') ?? [];
  for (let i = hops.length - 1; i >= 0; i--) {
    const hop = parseAddress(hops[i]!);
    if (hop === null) break;
    caller = formatAddress(hop);
    if (!recursive || !inNetworks(trusted, hop)) break;
  }
  return caller;
}

/** Null if no proxy is trusted. */
export function createTrust({ trustedProxies, compat, kong }: Settings): Trust | null {
  if (trustedProxies.length === 0) return null;
  const networks = trustedProxies.flatMap((text) => parseNetwork(text) ?? []);
  const [header, recursive] =
    compat === null ? (['x-forwarded-for', true] as const) : [kong.realIpHeader, kong.realIpRecursive];
  return {
    client: (peer, headers) =>
      inNetworks(networks, parseAddress(peer))
        ? forwardedAddress(peer, headers.get(header), networks, recursive)
        : null,
    id: (headers) => (compat === null ? peersId(headers.get('x-request-id')) : null),
    secure(headers) {
      const sent = headers.get('x-forwarded-proto');
      if (!sent) return null;
      if (compat !== null) return sent === 'https' || null;
      return sent.split(',').every((hop) => /^\s*(?:https|wss)\s*$/i.test(hop));
    },
  };
}
