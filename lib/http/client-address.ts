/**
 * Who called: the peer, or whoever a trusted peer says it speaks for.
 *
 * Kong profiles: nginx's realip module, as Kong sets it up (real_ip_header, real_ip_recursive). Plain: X-Forwarded-For
 * read from the right, the first address that is no trusted proxy's. Reading it from the left was rejected: anybody
 * may begin such a list.
 */
import { inNetworks, plainAddress } from '../core/ip.ts';
import type { Network } from '../core/ip.ts';
import type { Settings } from '../config/types.ts';

/** The caller's address. `peer` is trusted; `word` is the header that it speaks by. */
export function forwardedAddress(
  peer: string,
  word: string | null,
  trusted: readonly Network[],
  recursive: boolean,
): string {
  let caller = peer;
  for (const hop of word?.split(',').reverse() ?? []) {
    if (plainAddress(hop.trim()) === null) break;
    caller = hop.trim();
    if (!recursive || !inNetworks(trusted, caller)) break;
  }
  return caller;
}

/** Whom a trusted peer says it speaks for, by the header of the profile. */
export function clientAddress(
  peer: string,
  headers: Headers,
  trusted: readonly Network[],
  kong: Settings | null,
): string {
  const word = headers.get(kong ? kong.kong.realIpHeader : 'x-forwarded-for');
  return forwardedAddress(peer, word, trusted, kong ? kong.kong.realIpRecursive : true);
}
