/**
 * Who called: the peer, or whoever a trusted peer says it speaks for.
 *
 * Kong profiles: nginx's realip module, as Kong sets it up (real_ip_header, real_ip_recursive). Plain: X-Forwarded-For
 * read from the right, the first address that is no trusted proxy's. Reading it from the left was rejected: anybody
 * may begin such a list.
 */
import { addressBits, inNetworks } from './cidr.ts';
import type { Network } from './cidr.ts';

/** The caller's address. `peer` is trusted; `name` is the header that its word stands in. */
export function callerAddress(
  peer: string,
  headers: Headers,
  trusted: readonly Network[],
  name: string,
  recursive: boolean,
): string {
  const hops = headers.get(name)?.split(',') ?? [];
  let caller = peer;
  for (let index = hops.length - 1; index >= 0; index--) {
    const hop = hops[index]?.trim() ?? '';
    if (addressBits(hop) === null) break;
    caller = hop;
    if (!recursive || !inNetworks(trusted, hop)) break;
  }
  return caller;
}
