/**
 * Addresses as 128-bit numbers, so that all spellings of an address are equal.
 *
 * Unusual IPv4 ("010.0.0.1", "0x7f.1", "127.1") is invalid: parsers read it differently. IPv4 is mapped into IPv6:
 * "::ffff:10.0.0.1" is 10.0.0.1, and in 10.0.0.0/8. Rejected: the URL parser, which before the compatibility date
 * 2022-10-31 takes every IPv6 address for the same one.
 */

/** A range of addresses: all with these high bits. */
export interface Network {
  readonly bits: bigint;
  /** The number of low bits that are not fixed. */
  readonly free: bigint;
}

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
/** An IPv4 address in its canonical spelling, as part of a regular expression. */
export const PLAIN_IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;

const MAPPED = 0xffffn;
const IPV4_AT_END = new RegExp(`(?<=:)${PLAIN_IPV4}$`);
/**
 * "10.0.0.1:443", "[2001:db8::1]:443" and "[2001:db8::1]", as proxies write them. A bare IPv6 address does not match.
 */
const PORTED = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/;

/** The address without brackets and port, as a string. */
function withoutPort(text: string): string {
  const parts = PORTED.exec(text);
  return parts ? (parts[1] ?? parts[2]!) : text;
}

/** RFC 4291, 2.2: eight groups, a run of zero groups as "::", the last two as IPv4. */
function parseBare(text: string): bigint | null {
  if (text.length > 45 || !/[:.]/.test(text)) return null;
  const mapped = text.includes(':') ? text : `::ffff:${text}`;
  const written = mapped.replace(IPV4_AT_END, (ipv4) => {
    const [a, b, c, d] = ipv4.split('.').map(Number) as [number, number, number, number];
    return `${(256 * a + b).toString(16)}:${(256 * c + d).toString(16)}`;
  });
  const [left = [], right, more] = written.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - (right?.length ?? 0);
  if (more || (right ? missing < 1 : missing !== 0)) return null;
  const groups = [...left, ...Array<string>(missing).fill('0'), ...(right ?? [])];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return null;
  return BigInt('0x' + groups.map((group) => group.padStart(4, '0')).join(''));
}

/** An address, with or without brackets, port and zone ("fe80::1%eth0"); null if it is invalid. */
export const parseAddress = (text: string): bigint | null =>
  parseBare(withoutPort(text.trim()).replace(/%[\w.-]+$/, ''));

/** An address in its canonical spelling (RFC 5952): IPv4 in four decimals, IPv6 shortened and in lower case. */
export function formatAddress(bits: bigint): string {
  if (bits >> 32n === MAPPED) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
  const groups = bits.toString(16).padStart(32, '0').match(/.{4}/g)!;
  const text = groups.map((group) => group.replace(/^0{1,3}/, '')).join(':');
  // The longest run of zero groups, the first of equals.
  const [longest] = [...text.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return text;
  const after = text.slice(longest.index + longest[0].length);
  return `${text.slice(0, longest.index).replace(/:$/, '')}::${after.replace(/^:/, '')}`;
}

/**
 * The caller that an address identifies: an IPv4 address itself, an IPv6 address its network of `ipv6Prefix` bits. A
 * household or a server has at least 2^64 IPv6 addresses (RFC 6177), so that a limit per single address is no limit.
 * An invalid address is returned unchanged.
 */
export function callerNetwork(address: string, ipv6Prefix = 64): string {
  if (!address.includes(':')) return address;
  const bits = parseAddress(address);
  if (bits === null) return address;
  if (ipv6Prefix === 128 || bits >> 32n === MAPPED) return formatAddress(bits);
  const free = BigInt(128 - ipv6Prefix);
  return `${formatAddress((bits >> free) << free)}/${ipv6Prefix}`;
}

/** "10.0.0.0/8", "2001:db8::/32" or a single address, which is a network of one; null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = parseBare(address);
  const width = address.includes(':') ? 128 : 32;
  const free = width - Number(length ?? width);
  return bits === null || free < 0 ? null : { bits: bits >> BigInt(free), free: BigInt(free) };
}

export function inNetworks(networks: readonly Network[], address: bigint | null): boolean {
  return address !== null && networks.some(({ bits, free }) => address >> free === bits);
}
