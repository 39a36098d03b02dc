/** How long a response is fresh for a shared cache (RFC 9111, section 4.2). */

// A name and an optional, possibly quoted value: linear, each character is read once.
const DIRECTIVE = /([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*(?:"([^"]*)"|([^\s,"]*)))?/g;

/** The directives of a Cache-Control header, names in lower case; the first of each name is used. */
export function cacheDirectives(text: string | null): Map<string, string> {
  const directives = new Map<string, string>();
  for (const [, name = '', quoted, plain] of (text ?? '').matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    if (!directives.has(key)) directives.set(key, quoted ?? plain ?? '');
  }
  return directives;
}

/** Longer times count as this one (RFC 9111, section 1.2.2); "Expires: Fri, 31 Dec 9999 23:59:59 GMT" is common. */
const LONGEST_SECONDS = 2 ** 31;

/**
 * Seconds that a response remains fresh from `now` (ms since 1970): s-maxage, else max-age, else Expires, minus its
 * Age. Null if none of them is present, -1 for no-store, 0 for no-cache. Malformed values count as stale, as section
 * 4.2.1 advises.
 */
export function freshSeconds(headers: Headers, now: number): number | null {
  const directives = cacheDirectives(headers.get('cache-control'));
  if (directives.has('no-store')) return -1;
  if (directives.has('no-cache')) return 0;
  const life = directives.get('s-maxage') ?? directives.get('max-age');
  const seconds = life === undefined ? untilExpiry(headers, now) : /^\d+$/.test(life) ? Number(life) : 0;
  if (seconds === null) return null;
  const age = Math.max(0, Number(headers.get('age')) || 0);
  return Math.max(0, Math.min(LONGEST_SECONDS, seconds) - age);
}

function untilExpiry(headers: Headers, now: number): number | null {
  const expires = headers.get('expires');
  if (expires === null) return null;
  const date = Date.parse(headers.get('date') ?? '');
  return Math.max(0, (Date.parse(expires) - (Number.isNaN(date) ? now : date)) / 1000 || 0);
}
