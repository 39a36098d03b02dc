/**
 * Compares cookies one by one, since their order has no meaning: value and attributes (RFC 6265, section 5.2), the
 * domain relative to the gateway, an expiry date as a point in time.
 *
 * No value is ever shown, not even in part: a cookie is usually a session.
 */
import { parseSetCookie } from 'set-cookie-parser';
import type { Answer } from './answer.ts';
import { difference, sameMoment, type Difference } from './difference.ts';

/** Set by Cloudflare itself in front of any Worker. */
const COOKIES_OF_CLOUDFLARE = ['__cf_bm', '_cfuvid', '__cflb', '__cfruid', 'cf_clearance'];

interface Cookie {
  readonly value: string;
  /** Attributes in a fixed order, without the expiry date. */
  readonly rest: string;
  readonly expires: string;
}

export function compareCookies(from: Answer, to: Answer, ignore: readonly string[]): Difference[] {
  const [left, right] = [cookiesOf(from), cookiesOf(to)];
  const ignored = new Set([...COOKIES_OF_CLOUDFLARE, ...ignore]);
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) => {
    const [x, y] = [left.get(name), right.get(name)];
    if (ignored.has(name) || (x && y && sameCookie(x, y))) return [];
    const note = x && y && (x.value === y.value ? 'attributes' : 'value');
    return [difference('cookie', name, shown(x), shown(y), note)];
  });
}

function sameCookie(x: Cookie, y: Cookie): boolean {
  const sameExpiry = x.expires === y.expires || sameMoment(x.expires, y.expires);
  return x.value === y.value && x.rest === y.rest && sameExpiry;
}

function cookiesOf(answer: Answer): Map<string, Cookie> {
  const lines = answer.headers.flatMap(([key, text]) => (key === 'set-cookie' ? [text] : []));
  return new Map(
    parseSetCookie(lines, { decodeValues: false }).map(({ name, value, expires, ...attributes }) => [
      name,
      { value, expires: expires?.toUTCString() ?? '', rest: restOf(attributes, answer) },
    ]),
  );
}

function restOf(attributes: Readonly<Record<string, unknown>>, { gateway, host }: Answer): string {
  const own = [gateway.url.hostname, host.replace(/:\d+$/, '')];
  return Object.entries(attributes)
    .flatMap(([name, value]) => {
      const key = name.toLowerCase();
      if (value === undefined || value === false) return [];
      if (value === true || value === '') return [key];
      const text = String(value);
      if (key === 'path') return [`path=${text}`];
      const isOwn = key === 'domain' && own.includes(text.replace(/^\./, ''));
      return [`${key}=${isOwn ? '{gateway}' : text.toLowerCase()}`];
    })
    .sort()
    .join('; ');
}

function shown(cookie: Cookie | undefined): string | null {
  if (!cookie) return null;
  const expires = cookie.expires === '' ? '' : `expires=${cookie.expires}`;
  return ['[redacted]', cookie.rest, expires].filter((part) => part !== '').join('; ');
}
