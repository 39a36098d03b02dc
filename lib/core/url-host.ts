/**
 * Normalises a host: lower case, punycode, no trailing dot, IPv4 and IPv6 in their canonical spelling.
 *
 * Cloudflare delivers hosts in this form, plain workerd as they were sent. Most are normalised already and cost one
 * regular expression; the URL parser reads the others, as `fetch` would.
 */
import { PLAIN_IPV4 } from './ip.ts';

/**
 * Already normalised: lower-case labels, the last of which starts with a letter, or an IPv4 address; and an optional
 * port. The URL parser costs 20 thousand instructions, a twentieth of a whole request. Labels may have the star of a
 * route's host, which the URL parser takes from the compatibility date 2022-10-31 on only.
 */
const PLAIN_HOST = new RegExp(
  `^(?:(?!-)(?:[a-z\\d*_-]+\\.)*[a-z*][a-z\\d*_-]*|${PLAIN_IPV4})(?::(?:[1-9]\\d{0,3}|[1-5]\\d{4}))?$`,
);
/** Characters that would end the host in a URL, or that a URL parser removes or decodes. */
const BROKEN_HOST = /[\0-\x20/?#\\@%,]/;
const EMPTY_LABEL = /^$|^\.|\.\.|\.$/;
const VALID_PORT = /:(\d*)$/;

/** DNS's limit, without a port. No longer name can be registered. */
const MAX_LENGTH = 253;

/** A host, with or without a port; null if it is invalid. */
export function readHost(sent: string): string | null {
  if (sent.length <= MAX_LENGTH && PLAIN_HOST.test(sent)) return sent;
  const port = VALID_PORT.exec(sent)?.[1] ?? '';
  const name = sent.replace(VALID_PORT, '');
  if (
    name.length > MAX_LENGTH ||
    BROKEN_HOST.test(name) ||
    !/^(?:[^:]*|\[.*\])$/.test(name) ||
    Number(port) > 65_535
  )
    return null;
  try {
    const host = new URL('http://' + name).host.replace(/\.$/, '');
    if (host.length > MAX_LENGTH || EMPTY_LABEL.test(host)) return null;
    return port === '' ? host : `${host}:${Number(port)}`;
  } catch {
    return null;
  }
}
