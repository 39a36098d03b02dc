/**
 * Is this address one of those networks? Networks are read once, at start-up.
 *
 * An address is its 128 bits; IPv4 lies in IPv6's mapped range, so "::ffff:10.0.0.1" is in 10.0.0.0/8. A bare address
 * is a network of one. Texts that are no address are in no network.
 */
export interface Network {
  readonly bits: bigint;
  /** How many of the low bits are free. */
  readonly free: bigint;
}

/** The 128 bits of an address; null for a text that is none. */
export function addressBits(text: string): bigint | null {
  const v4 = /^(.*:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  let rest = text;
  if (v4) {
    const bytes = v4.slice(2).map(Number);
    if (bytes.some((byte) => byte > 255)) return null;
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    rest = `${v4[1] ?? '::ffff:'}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const [head = '', tail, more] = rest.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const missing = 8 - left.length - right.length;
  if (more !== undefined || (tail === undefined ? missing !== 0 : missing < 1)) return null;
  let bits = 0n;
  for (const group of [...left, ...Array<string>(missing).fill('0'), ...right]) {
    if (!/^[\da-f]{1,4}$/i.test(group)) return null;
    bits = (bits << 16n) | BigInt(`0x${group}`);
  }
  return bits;
}

/** "10.0.0.0/8", "2001:db8::/32" or one address; null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [address = '', length, more] = text.split('/');
  const bits = addressBits(address);
  const width = address.includes(':') ? 128 : 32;
  if (bits === null || more !== undefined || (length !== undefined && !/^\d{1,3}$/.test(length))) return null;
  const free = width - Number(length ?? width);
  return free < 0 ? null : { bits: bits >> BigInt(free), free: BigInt(free) };
}

/** Whether one of the networks holds the address. */
export function inNetworks(networks: readonly Network[], address: string): boolean {
  const bits = networks.length > 0 ? addressBits(address) : null;
  if (bits === null) return false;
  for (const network of networks) if (bits >> network.free === network.bits) return true;
  return false;
}
