/**
 * Cookies one by one, since their order says nothing: value and attributes (RFC 6265, section 5.2), the domain relative
 * to the gateway, an expiry date as the moment it names.
 *
 * No value is ever shown, not even in part: a cookie is a session more often than not.
 */
import { difference, sameMoment, type Difference, type Side } from './difference.ts';
import type { Answer } from './answer.ts';

/** Set by Cloudflare itself in front of any Worker. */
const COOKIES_OF_CLOUDFLARE: readonly string[] = ['__cf_bm', '_cfuvid', '__cflb', '__cfruid', 'cf_clearance'];

interface Cookie {
  readonly value: string;
  /** Attributes in one order, the date of an expiry apart. */
  readonly rest: string;
  readonly expires: string;
}

export function compareCookies(
  from: Answer,
  to: Answer,
  a: Side,
  b: Side,
  ignore: readonly string[],
): Difference[] {
  const left = cookiesOf(from, a);
  const right = cookiesOf(to, b);
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

function cookiesOf(answer: Answer, side: Side): Map<string, Cookie> {
  const cookies = new Map<string, Cookie>();
  for (const [key, text] of answer.headers) {
    if (key !== 'set-cookie') continue;
    const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice(8) ?? '';
    const rest = attributes.filter((attribute) => !/^expires=/i.test(attribute));
    cookies.set(pair.slice(0, Math.max(0, equals)), {
      value: pair.slice(equals + 1),
      rest: rest
        .map((attribute) => attributeOf(attribute, side))
        .sort()
        .join('; '),
      expires,
    });
  }
  return cookies;
}

function attributeOf(attribute: string, { gateway, host }: Side): string {
  const equals = attribute.indexOf('=');
  const name = (equals === -1 ? attribute : attribute.slice(0, equals)).toLowerCase();
  const value = equals === -1 ? '' : attribute.slice(equals + 1);
  if (name === 'path') return `path=${value}`;
  const own = [gateway.hostname, host.replace(/:\d+$/, '')].includes(value.replace(/^\./, ''));
  if (name === 'domain' && own) return 'domain={gateway}';
  return value === '' ? name : `${name}=${value.toLowerCase()}`;
}

function shown(cookie: Cookie | undefined): string | null {
  if (!cookie) return null;
  const expires = cookie.expires === '' ? '' : `expires=${cookie.expires}`;
  return ['[redacted]', cookie.rest, expires].filter((part) => part !== '').join('; ');
}
