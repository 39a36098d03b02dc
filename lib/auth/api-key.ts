/**
 * Where the key is, and how it is hidden from the origin: header, query, Referer, cookies. Fields of bodies are
 * body-key.ts.
 *
 * For each name in order, each place in order (Kong: header, query, body): the first place that holds anything for the
 * name decides. A wrong key there is not rescued by a right one further on, an empty one counts as none, and a name
 * that comes twice is refused: nobody knows which of the two the origin would believe. Only the first 100 arguments are
 * read, as in Kong.
 *
 * The platform joins repeated headers with ", " before anybody can see them, so two headers and one whose key contains
 * ", " look alike. Such a value is marked `joined`: it is a key if it is good as a whole, and a duplicate otherwise.
 *
 * Rejected: URLSearchParams for looking up (it decodes the whole query for one name) and for hiding (it re-encodes what
 * it keeps, which breaks signed URLs; Kong does so since 3.9, and the Kong profiles repeat it).
 */
import type { AuthSettings, Settings } from '../config/types.ts';
import type { BodyFields } from '../core/request.ts';

/**
 * What a place holds for a name: a string, null for something that is none, LIST for several, undefined for nothing.
 */
export const LIST = false;
export type Held = string | null | typeof LIST | undefined;

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

/**
 * The key of a request; null where it shows none. `query` is without its "?"; `fields` is null where the body holds no
 * fields.
 */
export function findKey(
  auth: AuthSettings,
  headers: Headers,
  query: string,
  fields: BodyFields | null,
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
      // Something that is no string, such as `?apikey`: no further place for this name, as in Kong.
      break;
    }
  }
  return null;
}

/** nginx reads `api-key` for a configured `api_key`, and not the other way round. */
function headerHeld(headers: Headers, name: string): Held {
  return (
    headers.get(name) ?? (name.includes('_') ? headers.get(name.replaceAll('_', '-')) : null) ?? undefined
  );
}

/** The value of an argument in a query or an urlencoded form. */
export function argumentOf(text: string, name: string): Held {
  const [held, ...more] = argumentsOf(text, name);
  return more.length > 0 ? LIST : held;
}

/** All values of an argument, in their order. */
export function argumentsOf(text: string, name: string): (string | null)[] {
  const held: (string | null)[] = [];
  if (!mayHold(text, name)) return held;
  let [seen, start] = [0, 0];
  while (start <= text.length && seen < MOST_ARGUMENTS) {
    const end = pieceEnd(text, start);
    if (end > start) seen++;
    const nameEnd = matchName(text, start, end, name);
    if (nameEnd >= 0) held.push(nameEnd < end ? decoded(text.slice(nameEnd + 1, end)) : null);
    start = end + 1;
  }
  return held;
}

/**
 * The same text without any argument of those names; every other byte stays. Each character is read once for each name.
 */
export function cutArguments(text: string, names: readonly string[]): string {
  if (!names.some((name) => mayHold(text, name))) return text;
  const kept: string[] = [];
  for (let start = 0; start <= text.length;) {
    const end = pieceEnd(text, start);
    if (!names.some((name) => matchName(text, start, end, name) >= 0)) kept.push(text.slice(start, end));
    start = end + 1;
  }
  return kept.join('&');
}

// Names are of letters, digits, "_" and "-": they stand in the text as they are, or percent-encoded.
function mayHold(text: string, name: string): boolean {
  return text.includes(name) || text.includes('%');
}

function pieceEnd(text: string, start: number): number {
  const end = text.indexOf('&', start);
  return end < 0 ? text.length : end;
}

/**
 * Where the name of the argument from `start` to `end` ends, if it is `name` once decoded; else -1. Nothing is
 * allocated.
 */
function matchName(text: string, start: number, end: number, name: string): number {
  let at = start;
  for (let i = 0; i < name.length; i++) {
    let code = text.charCodeAt(at);
    if (code === PERCENT && at + 2 < end) {
      code = Number.parseInt(text.slice(at + 1, at + 3), 16);
      at += 2;
    }
    if (at >= end || code !== name.charCodeAt(i)) return -1;
    at++;
  }
  return at === end || text[at] === '=' ? at : -1;
}
const PERCENT = 37;

/** "+" is a space and a broken escape stays as it is: the rules of the URL standard, which nginx's agree with. */
function decoded(text: string): string {
  return text.includes('%') || text.includes('+')
    ? (new URLSearchParams('=' + text).get('') as string)
    : text;
}

/**
 * The query (with its "?") as the origin gets it. Kong 3.9 and later write the whole query anew, earlier ones sort it
 * as well.
 */
export function hideInQuery(query: string, names: readonly string[], compat: Settings['compat']): string {
  if (query === '') return query;
  let rest: string;
  if (compat === null) {
    rest = cutArguments(query.slice(1), names);
  } else {
    const pairs = new URLSearchParams(query);
    for (const name of names) pairs.delete(name);
    if (compat === 'kong-2018') pairs.sort();
    rest = pairs.toString().replaceAll('+', '%20');
  }
  return rest === '' ? '' : '?' + rest;
}

/** The page's own address may carry the key too: a Referer without those arguments. */
export function hideInReferer(referer: string, names: readonly string[]): string {
  const from = referer.indexOf('?');
  if (from < 0) return referer;
  const hash = referer.indexOf('#', from);
  const to = hash < 0 ? referer.length : hash;
  return referer.slice(0, from) + hideInQuery(referer.slice(from, to), names, null) + referer.slice(to);
}
