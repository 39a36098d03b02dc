/**
 * Is this address one of those networks? Networks are read once, at start-up.
 *
 * The URL parser knows how addresses are written (RFC 5952); a second one of our own was rejected. IPv4 lies in IPv6's
 * mapped range, so "::ffff:10.0.0.1" is in 10.0.0.0/8. A bare address is a network of one; what is no address is in none.
 */
export interface Network {
  readonly bits: bigint;
  /** How many of the low bits are free. */
  readonly free: bigint;
}

/** An address in IPv6's one spelling; null for a text that is none. */
export function plainAddress(text: string): string | null {
  if (!/^[\da-f:.]+$/i.test(text)) return null;
  try {
    return new URL(`http://[${text.includes(':') ? '' : '::ffff:'}${text}]`).hostname.slice(1, -1);
  } catch {
    return null;
  }
}

function addressBits(text: string): bigint | null {
  const plain = plainAddress(text);
  if (plain === null) return null;
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return BigInt('0x' + [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(''));
}

/** "10.0.0.0/8", "2001:db8::/32" or one address; null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = addressBits(address);
  const width = address.includes(':') ? 128 : 32;
  const free = width - Number(length ?? width);
  return bits === null || free < 0 ? null : { bits: bits >> BigInt(free), free: BigInt(free) };
}

export function inNetworks(networks: readonly Network[], address: string): boolean {
  const bits = networks.length > 0 ? addressBits(address) : null;
  return bits !== null && networks.some((network) => bits >> network.free === network.bits);
}
