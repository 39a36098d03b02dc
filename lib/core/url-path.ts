/**
 * One reading of a path for all its spellings, so that no one gets around a route by writing a letter as an escape.
 *
 * Two forms of a path are in use. `readPath` makes the first, once, at the door: the path as `fetch` will send it,
 * in ASCII. `normalisePath` makes the second from it, for comparing. It is Kong 3's (kong/tools/uri.lua, after RFC
 * 3986, 6.2.2): escapes of unreserved characters are decoded, those of reserved ones stay and get upper-case
 * digits, repeated slashes merge, dot segments resolve. As in Kong it is a string of bytes, one character each:
 * decoding UTF-8 was rejected, because not every path is UTF-8. A path without "%", "//" and "/." costs three
 * searches and no allocation.
 */

const ESCAPE = /%[\da-f]{2}/gi;
/** Their escapes stay escapes: gen-delims, sub-delims and the sign itself. */
const RESERVED = "!#$%&'()*+,/:;=?@[]";
/** Whatever may not stand in a path as it is. */
const UNSAFE = /[^!#-;=?-Z[\]_a-z~]/g;

/**
 * What the URL standard reads its own way: "\" is "/", "#" ends, control characters and spaces vanish, dot segments
 * resolve, and characters above 127 are the escapes of their UTF-8 bytes.
 */
const ODD = /[\\#\0-\x20\x7f-\uffff]|(?:\/|%2f|%5c)(?:\.|%2e)/i;
/** A dot segment that some servers see and others don't: beside an escaped separator, or with a parameter. */
const HIDDEN_DOTS = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:;|%3b|%2f|%5c|\/|$)/i;

const byteOf = (escape: string): string => String.fromCharCode(Number.parseInt(escape.slice(1), 16));

const decodeOne = (escape: string): string => {
  const character = byteOf(escape);
  return RESERVED.includes(character) ? escape.toUpperCase() : character;
};

const encodeOne = (byte: string): string =>
  '%' + (byte.charCodeAt(0) + 256).toString(16).slice(-2).toUpperCase();

/**
 * Path and query, as they stand in a URL, as `fetch` will send them. workerd hands them over as they came: if a
 * route were chosen by another reading than the origin's, "/public/..\private", "/private#/../public" and
 * "/private//../public" would get past a key, and "/../x" out of an origin's base path. Null, where `strict`, for a
 * path about which servers disagree: "/open/..;/keyed" and "/open/..%2fkeyed" are names inside "open" to some and
 * "/keyed" to others.
 */
export function readPath(target: string, strict: boolean): string | null {
  if (!ODD.test(target)) return target;
  const { pathname, search } = new URL('http://h' + target);
  return strict && HIDDEN_DOTS.test(pathname) ? null : pathname + search;
}

/** A path that `readPath` has read, without its query, as the router compares it. */
export function normalisePath(path: string): string {
  const plain = path.includes('%') ? path.replace(ESCAPE, decodeOne) : path;
  if (!plain.includes('//') && !plain.includes('/.')) return plain;
  const kept: string[] = [];
  let open = '';
  for (const segment of plain.split('/')) {
    const dots = segment === '.' || segment === '..';
    if (segment === '..') kept.pop();
    else if (segment !== '' && !dots) kept.push(segment);
    open = segment === '' || dots ? '/' : '';
  }
  return '/' + kept.join('/') + (kept.length > 0 ? open : '');
}

const PATH_ENCODER = new TextEncoder();

/** A configured path in the same bytes: "é" is the two of its UTF-8. */
export const pathBytes = (path: string): string =>
  path.replace(/[^\0-\x7f]+/g, (text) => String.fromCharCode(...PATH_ENCODER.encode(text)));

/** A normalised path as it may travel, in ASCII: what may not stand in a path is escaped, all else stays. */
export const escapePath = (path: string): string => path.replace(UNSAFE, encodeOne);
