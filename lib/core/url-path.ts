/**
 * Normalises paths, so that no caller can bypass a route by percent-encoding a letter.
 *
 * A path has two forms. `readPath` makes the first, once, when a request arrives: the path as `fetch` will send it, in
 * ASCII. `normalisePath` makes the second from it, for comparisons. That form is Kong 3's (kong/tools/uri.lua, after
 * RFC 3986, 6.2.2): escapes of unreserved characters are decoded, those of reserved ones remain and get upper-case
 * digits, repeated slashes are merged, dot segments are resolved. As in Kong it is a string of bytes, one character
 * each: decoding UTF-8 was rejected, because not every path is UTF-8. A path without "%", "//" and "/." costs three
 * searches and no allocation.
 */

const ESCAPE = /%[\da-f]{2}/gi;
/** Their escapes are not decoded: gen-delims, sub-delims and "%" itself. */
const RESERVED = "!#$%&'()*+,/:;=?@[]";
/** Characters that must be escaped in a path. */
const UNSAFE = /[^!#-;=?-Z[\]_a-z~]/g;

/**
 * What the URL standard rewrites: "\" becomes "/", "#" ends the path, control characters and spaces are removed or
 * escaped, dot segments are resolved, and characters above 127 become the escapes of their UTF-8 bytes.
 */
const ODD = /[\\#\0-\x20\x7f-\uffff]|(?:\/|%2f|%5c)(?:\.|%2e)/i;
/** A dot segment that some servers resolve and others do not: next to an escaped separator, or with a parameter. */
const HIDDEN_DOTS = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:;|%3b|%2f|%5c|\/|$)/i;

const byteOf = (escape: string): string => String.fromCharCode(Number.parseInt(escape.slice(1), 16));

const decodeOne = (escape: string): string => {
  const character = byteOf(escape);
  return RESERVED.includes(character) ? escape.toUpperCase() : character;
};

const encodeOne = (byte: string): string =>
  '%' + (byte.charCodeAt(0) + 256).toString(16).slice(-2).toUpperCase();

/** A dot segment in any spelling that the URL standard resolves. */
const DOTS = /(?<=\/)(?:\.|%2e){1,2}(?=\/|$)/gi;
const UNPRINTABLE = /[^\x21-\x7e]/g;

/**
 * Path and query of a URL, in the form in which `fetch` will send them. workerd delivers them as sent: if the route
 * were chosen by another reading than the origin's, "/public/..\private", "/private#/../public" and
 * "/private//../public" would bypass authentication, and "/../x" would escape an origin's base path. With `strict`,
 * null for a path that servers read differently: "/open/..;/keyed" and "/open/..%2fkeyed" are names inside "open" to
 * some and "/keyed" to others. Rejected: the URL parser, which before the compatibility date 2022-10-31 neither resolves
 * "%2e%2e" nor reads "\\" as "/".
 */
export function readPath(target: string, strict: boolean): string | null {
  if (!ODD.test(target)) return target;
  let end = target.length;
  while (target.charCodeAt(end - 1) <= 0x20) end--;
  const [sent = ''] = target
    .slice(0, end)
    .replace(/[\t\n\r]/g, '')
    .split('#', 1);
  const [path = ''] = sent.split('?', 1);
  const plain = path.replaceAll('\\', '/').replace(DOTS, (dots) => dots.replace(/%2e/gi, '.'));
  const read = escapeBytes(resolveDots(plain));
  return strict && HIDDEN_DOTS.test(read) ? null : read + escapeBytes(sent.slice(path.length));
}

/** A dot segment at the end leaves a slash (RFC 3986, 5.2.4); repeated slashes remain. */
function resolveDots(path: string): string {
  const kept: string[] = [];
  let open = '';
  for (const segment of path.replace(/^\//, '').split('/')) {
    open = segment === '.' || segment === '..' ? '/' : '';
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return '/' + kept.join('/') + (kept.length > 0 ? open : '');
}

const escapeBytes = (text: string): string => pathBytes(text).replace(UNPRINTABLE, encodeOne);

/** The router's form of a path from `readPath`, without its query. */
export function normalisePath(path: string): string {
  const plain = path.includes('%') ? path.replace(ESCAPE, decodeOne) : path;
  if (!plain.includes('//') && !plain.includes('/.')) return plain;
  return resolveDots(plain.replace(/\/{2,}/g, '/'));
}

const PATH_ENCODER = new TextEncoder();

/** A configured path as the same string of bytes: "é" becomes its two UTF-8 bytes. */
export const pathBytes = (path: string): string =>
  path.replace(/[^\0-\x7f]+/g, (text) => String.fromCharCode(...PATH_ENCODER.encode(text)));

/**
 * A normalised path in ASCII, ready to send: characters that a path may not contain are escaped, the rest is unchanged.
 */
export const escapePath = (path: string): string => path.replace(UNSAFE, encodeOne);
