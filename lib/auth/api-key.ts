/**
 * Finds the key in header or query, and hides it from the origin. For body fields see body-key.ts.
 *
 * For each name in order, each place is tried in order (Kong: header, query, body). The first place with any value for
 * the name decides: a wrong key there is not saved by a right one in a later place, an empty one counts as absent, and
 * a repeated one is refused, since it is unknown which of the two the origin would use. Only the first 100 arguments
 * are read, as in Kong.
 *
 * The platform joins repeated headers with ", " before a Worker sees them, so two headers look like one whose key
 * contains ", ". Such a value is marked `joined`: it is a key if it is valid as a whole, and a duplicate otherwise.
 *
 * Rejected: URLSearchParams, both for finding (it decodes the whole query for one name) and for hiding (it re-encodes
 * the rest, which breaks signed URLs; Kong does so since 3.9, and so do its profiles: hide-as-kong.ts).
 */
import type { AuthSettings } from '../config/types.ts';
import { cutCookies } from '../core/cookies.ts';
import { namesOf } from '../core/request.ts';
import type { BodyFields, Context } from '../core/request.ts';

const MOST_ARGUMENTS = 100;

export interface Found {
  readonly name: string;
  /** Decoded. "" if empty. */
  readonly key: string;
  /** There is more than one value for the name. */
  readonly repeated: boolean;
  /** There may be more than one: headers that the platform joined. */
  readonly joined: boolean;
}

/**
 * The key of a request; null if there is none. `query` is without its "?"; `fields` is null if the body has no fields.
 */
export function findKey(
  auth: AuthSettings,
  headers: Headers,
  query: string,
  fields: BodyFields | null,
): Found | null {
  for (const name of auth.keyNames) {
    for (const place of auth.keyIn) {
      const values =
        place === 'header'
          ? headerValues(headers, name)
          : place === 'query'
            ? argumentsOf(query, name)
            : (fields?.valuesOf(name) ?? []);
      const key = values[0];
      if (key === undefined) continue;
      if (values.length > 1) return { name, key: '', repeated: true, joined: false };
      // Not a string, such as `?apikey`: no further place is tried for this name, as in Kong.
      if (key === null) break;
      return { name, key, repeated: false, joined: place === 'header' && key.includes(', ') };
    }
  }
  return null;
}

/** nginx also reads `api-key` for a configured `api_key`, but not vice versa. */
function headerValues(headers: Headers, name: string): string[] {
  const key = headers.get(name) ?? (name.includes('_') ? headers.get(name.replaceAll('_', '-')) : null);
  return key === null ? [] : [key];
}

/** All values of an argument in a query or urlencoded form, in order; null for one without "=". */
export function argumentsOf(text: string, name: string): (string | null)[] {
  if (!mayHold(text, name)) return [];
  const pieces = text.split('&').filter((piece) => piece !== '');
  const named = pieces.slice(0, MOST_ARGUMENTS).filter((piece) => nameOf(piece) === name);
  return named.map((piece) => (piece.includes('=') ? decoded(piece.slice(piece.indexOf('=') + 1)) : null));
}

/** The text without arguments of those names; all other bytes are preserved. */
export function cutArguments(text: string, names: readonly string[]): string {
  if (!names.some((name) => mayHold(text, name))) return text;
  const pieces = text.split('&');
  return pieces.filter((piece) => !names.includes(nameOf(piece))).join('&');
}

// Names consist of letters, digits, "_" and "-", so they appear in the text literally or percent-encoded.
function mayHold(text: string, name: string): boolean {
  return text.includes(name) || text.includes('%');
}

/** The name of an argument, its escapes decoded to a character for each byte. */
function nameOf(piece: string): string {
  const end = piece.indexOf('=');
  const name = end < 0 ? piece : piece.slice(0, end);
  return name.includes('%')
    ? name.replace(/%[\da-f]{2}/gi, (byte) => String.fromCharCode(Number.parseInt(byte.slice(1), 16)))
    : name;
}

/** "+" is a space and a malformed escape is left as it is: the rules of the URL standard, and nginx's. */
function decoded(text: string): string {
  return text.includes('%') || text.includes('+')
    ? (new URLSearchParams('=' + text).get('') as string)
    : text;
}

/** The query (with its "?") without those arguments. */
export function hideInQuery(query: string, names: readonly string[]): string {
  const rest = cutArguments(query.slice(1), names);
  return rest === '' ? '' : '?' + rest;
}

/** The Referer without those arguments: the page's URL may contain the key too. */
export function hideInReferer(referer: string, names: readonly string[]): string {
  const from = referer.indexOf('?');
  if (from < 0) return referer;
  const hash = referer.indexOf('#', from);
  const to = hash < 0 ? referer.length : hash;
  return referer.slice(0, from) + hideInQuery(referer.slice(from, to), names) + referer.slice(to);
}

/**
 * Removes the key, under every name, from query, Referer, cookies and body of the request to the origin, where it would
 * end up in logs; headers are dropped because their names are claimed. Only for accepted requests, so that a flood of
 * keys costs no more.
 */
export function hideKeys(context: Context, names: readonly string[]): void {
  const { headers, originHeaders, fields } = context;
  const sent = namesOf(context);
  context.originQuery = hideInQuery(context.originQuery, names);
  const referer = sent.includes('referer') ? headers.get('referer') : null;
  if (referer?.includes('?')) originHeaders.push(['referer', hideInReferer(referer, names)]);
  const cookies = sent.includes('cookie') ? headers.get('cookie') : null;
  const kept = cookies && cutCookies(cookies, names);
  if (kept !== cookies) originHeaders.push(['cookie', kept]);
  if (fields !== null && names.some((name) => fields.valuesOf(name).length > 0))
    context.body = fields.without(names);
}
