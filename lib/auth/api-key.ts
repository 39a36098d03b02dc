/**
 * Where the key is, and how it is hidden from the origin: header and query string. Fields of bodies are body-fields.ts.
 *
 * For each name in order, each place in order (Kong: header, query, body): the first place that holds anything for the name decides.
 * A wrong key there is not rescued by a right one further on, an empty one counts as none, and a name that comes twice is refused:
 * nobody knows which of the two the origin would believe. Only the first 100 arguments are read, as in Kong.
 *
 * The platform joins repeated headers with ", " before anybody can see them, so two headers and one whose key contains ", " look alike.
 * Such a value is marked `joined`: it is a key if it is good as a whole, and a duplicate otherwise.
 *
 * Rejected: URLSearchParams for looking up (it decodes the whole query for one name) and for hiding (it re-encodes what it keeps, which
 * breaks signed URLs; Kong does so since 3.9, and the Kong profiles repeat it).
 */
import type { AuthSettings, Settings } from '../config/types.ts';

/** What a place holds for a name: a text, null for something that is no text, LIST for several, undefined for nothing. */
export const LIST = false;
export type Held = string | null | typeof LIST | undefined;

export interface Fields {
  readonly get: (name: string) => Held;
  /** The body without that field. */
  readonly without: (name: string) => ArrayBuffer;
}

const MOST_ARGUMENTS = 100;

export interface Found {
  readonly name: string;
  /** As the caller means it: decoded. "" for an empty one. */
  readonly key: string;
  /** More than one value for that name. */
  readonly repeated: boolean;
  /** Perhaps more than one: headers that the platform joined. */
  readonly joined: boolean;
}

/** The key of a request; null where it shows none. `query` is without its "?"; `fields` is null where the body holds no fields. */
export function findKey(
  auth: AuthSettings,
  headers: Headers,
  query: string,
  fields: Fields | null,
): Found | null {
  for (const name of auth.keyNames) {
    for (const place of auth.keyIn) {
      const held =
        place === 'header'
          ? headerHeld(headers, name)
          : place === 'query'
            ? argumentOf(query, name)
            : fields?.get(name);
      if (held === undefined) continue;
      if (held === LIST) return { name, key: '', repeated: true, joined: false };
      if (held !== null)
        return { name, key: held, repeated: false, joined: place === 'header' && held.includes(', ') };
      // Something that is no text, such as `?apikey`: no further place for this name, as in Kong.
      break;
    }
  }
  return null;
}

/** nginx reads `api-key` for a configured `api_key`, and not the other way round. */
function headerHeld(headers: Headers, name: string): Held {
  return headers.get(name) ?? headers.get(name.replaceAll('_', '-')) ?? undefined;
}

/** The value of an argument in a query or an urlencoded form. */
export function argumentOf(text: string, name: string): Held {
  if (!mayHold(text, name)) return undefined;
  const pieces = text.split('&').filter(Boolean).slice(0, MOST_ARGUMENTS);
  const [piece, another] = pieces.filter((each) => nameOf(each) === name);
  if (another !== undefined) return LIST;
  return piece?.includes('=') ? decoded(piece.slice(piece.indexOf('=') + 1)) : piece && null;
}

/** The same text without any argument of that name; every other byte stays. */
export function cutArgument(text: string, name: string): string {
  if (!mayHold(text, name)) return text;
  return text
    .split('&')
    .filter((piece) => nameOf(piece) !== name)
    .join('&');
}

// Names are of letters, digits, "_" and "-": they stand in the text as they are, or percent-encoded.
function mayHold(text: string, name: string): boolean {
  return text.includes(name) || text.includes('%');
}
function nameOf(piece: string): string {
  const end = piece.indexOf('=');
  return decoded(end < 0 ? piece : piece.slice(0, end));
}

/** "+" is a space and a broken escape stays as it is: the rules of the URL standard, which nginx's agree with. */
function decoded(text: string): string {
  return text.includes('%') || text.includes('+')
    ? (new URLSearchParams('=' + text).get('') as string)
    : text;
}

/** The query (with its "?") as the origin gets it. Kong 3.9 and later write the whole query anew, earlier ones sort it as well. */
export function hideInQuery(query: string, name: string, compat: Settings['compat']): string {
  if (query === '') return query;
  let rest: string;
  if (compat === null) {
    rest = cutArgument(query.slice(1), name);
  } else {
    const pairs = new URLSearchParams(query);
    pairs.delete(name);
    if (compat === 'kong-2018') pairs.sort();
    rest = pairs.toString().replaceAll('+', '%20');
  }
  return rest === '' ? '' : '?' + rest;
}

/** The page's own address may carry the key too: a Referer without the argument. */
export function hideInReferer(referer: string, name: string): string {
  return referer.replace(/\?[^#]*/, (query) => hideInQuery(query, name, null));
}
