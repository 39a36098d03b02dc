/**
 * One spelling of a path for all its spellings, so that nobody gets around a route by writing a letter as an escape.
 *
 * Kong 3's rule (kong/tools/uri.lua, after RFC 3986, 6.2.2): escapes of unreserved characters are decoded, those of
 * reserved ones stay and get upper-case digits, repeated slashes merge, dot segments resolve. As in Kong a normalised
 * path is a text of bytes, one character each: decoding UTF-8 was rejected, because not every path is UTF-8.
 * A path without "%", "//" and "/." costs three searches and no allocation.
 */

const ESCAPE = /%[\da-f]{2}/gi;
/** Their escapes stay escapes: gen-delims, sub-delims and the sign itself. */
const RESERVED = "!#$%&'()*+,/:;=?@[]";
/** Whatever may not stand in a path as it is. */
const UNSAFE = /[^!#-;=?-Z[\]_a-z~]/g;

const decodeOne = (escape: string): string => {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return RESERVED.includes(character) ? escape.toUpperCase() : character;
};

const encodeOne = (character: string): string =>
  '%' + (character.charCodeAt(0) + 256).toString(16).slice(-2).toUpperCase();

/** A raw path without its query, as Kong's router compares it. */
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

/** A configured path in the same bytes. */
export const pathBytes = (path: string): string =>
  path.replace(/[^\0-\x7f]+/g, (text) =>
    encodeURIComponent(text).replace(ESCAPE, (escape) =>
      String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
    ),
  );

/** A normalised path as it may travel: what may not stand in a path is escaped, all else stays. */
export const escapePath = (path: string): string => path.replace(UNSAFE, encodeOne);
