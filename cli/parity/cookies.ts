/**
 * Compares cookies one by one, since their order has no meaning: value and attributes (RFC 6265, section 5.2), the
 * domain relative to the gateway, an expiry date as a point in time.
 *
 * No value is ever shown, not even in part: a cookie is usually a session.
 */
import { parseSetCookie } from 'set-cookie-parser';
import { difference, sameMoment, type Difference, type Reply, type Side } from './difference.ts';

/** Set by Cloudflare itself in front of any Worker. */
const COOKIES_OF_CLOUDFLARE: readonly string[] = ['__cf_bm', '_cfuvid', '__cflb', '__cfruid', 'cf_clearance'];

interface Cookie {
  readonly value: string;
  /** Attributes in a fixed order, without the expiry date. */
  readonly rest: string;
  readonly expires: string;
}

export function compareCookies(from: Reply, to: Reply, ignore: readonly string[]): Difference[] {
  const left = cookiesOf(from);
  const right = cookiesOf(to);
  const ignored = new Set([...COOKIES_OF_CLOUDFLARE, ...ignore]);
  const found: Difference[] = [];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const x = left.get(name);
    const y = right.get(name);
    const note = ignored.has(name) ? '' : noteOf(x, y);
    if (note !== '') found.push(difference('cookie', name, shown(x), shown(y), note));
  }
  return found;
}

function noteOf(x: Cookie | undefined, y: Cookie | undefined): string {
  if (!x) return 'added';
  if (!y) return 'missing';
  if (x.value !== y.value) return 'value';
  const sameExpiry = x.expires === y.expires || sameMoment(x.expires, y.expires);
  return x.rest === y.rest && sameExpiry ? '' : 'attributes';
}

function cookiesOf({ answer, side }: Reply): Map<string, Cookie> {
  const texts = answer.headers.flatMap(([key, text]) => (key === 'set-cookie' ? [text] : []));
  const cookies = parseSetCookie(texts, { decodeValues: false });
  return new Map(
    cookies.map(({ name, value, expires, ...attributes }) => [
      name,
      { value, expires: expires?.toUTCString() ?? '', rest: restOf(attributes, side) },
    ]),
  );
}

function restOf(attributes: Readonly<Record<string, unknown>>, { gateway, host }: Side): string {
  const own = [gateway.hostname, host.replace(/:\d+$/, '')];
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
