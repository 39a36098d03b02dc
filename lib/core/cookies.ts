/**
 * The cookie list of a request. Two Cookie lines are one list (RFC 6265, 5.4; RFC 9113, 8.2.3), but the platform joins
 * repeated headers with ", " before a script sees them. No cookie's value holds a comma and a space (RFC 6265, 4.1.1),
 * so the list can still be split correctly.
 */

/** `a=1`, `b=2`, ..., in the order sent. */
export function cookiePairs(header: string | null): string[] {
  return header === null ? [] : header.split(/; *|, +/).filter((pair) => pair !== '');
}

/** The value of the first cookie of that name; undefined if there is none. */
export function cookieOf(header: string | null, name: string): string | undefined {
  return cookiePairs(header)
    .find((pair) => pair.startsWith(name + '='))
    ?.slice(name.length + 1);
}

/** The list without the cookies of those names; null if it becomes empty. */
export function cutCookies(header: string, names: readonly string[]): string | null {
  const pairs = cookiePairs(header);
  const kept = pairs.filter((pair) => !names.some((name) => pair.startsWith(name + '=')));
  return kept.length === pairs.length ? header : kept.join('; ') || null;
}

/** Replaces the platform's commas between joined Cookie lines by "; ", in place. */
export function joinCookieLines(headers: Headers): void {
  const list = headers.get('cookie');
  if (list?.includes(', ')) headers.set('cookie', cookiePairs(list).join('; '));
}
