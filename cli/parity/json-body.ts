/**
 * Compares two JSON texts as values: key order and white space are ignored, the order of a list matters, and numbers
 * are compared as written, since a caller may read 1.0 and 1, or 9007199254740993, differently.
 *
 * Each difference is identified by its JSON pointer (RFC 6901), by which it can also be ignored.
 */
import { parse } from 'lossless-json';
import compare from 'microdiff';

export interface BodyDifference {
  /** A JSON pointer; "" for the body as bytes. */
  readonly pointer: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly note: string;
}
/** A JSON pointer split into segments; "*" matches any key or index. */
export type Pointer = readonly string[];

/** More differences for one pair of bodies would not help. */
const MOST = 50;
const SHOWN = 320;
/** Prefixed to a number's digits for the comparison: microdiff considers 1.0 and 1 equal. */
const NUMBER = '\0number:';

/** Null if one of them is not valid JSON. */
export function compareJson(from: Buffer, to: Buffer, ignored: readonly Pointer[]): BodyDifference[] | null {
  const read = (bytes: Buffer): object => ({
    all: parse(bytes.toString(), null, (digits) => NUMBER + digits),
  });
  let sides: [object, object];
  try {
    sides = [read(from), read(to)];
  } catch {
    return null;
  }
  return compare(...sides, { cyclesFix: false })
    .map((found) => ({ ...found, place: found.path.slice(1).map(String) }))
    .filter(({ place }) => !ignored.some((pointer) => covers(pointer, place)))
    .slice(0, MOST)
    .map((found) => {
      const pointer = pointerOf(found.place);
      if (found.type === 'CREATE') return one(pointer, null, written(found.value), 'added');
      if (found.type === 'REMOVE') return one(pointer, written(found.oldValue), null, 'missing');
      return one(pointer, written(found.oldValue), written(found.value), noteOf(found.oldValue, found.value));
    });
}

function noteOf(from: unknown, to: unknown): string {
  const [a, b] = [numberOf(from), numberOf(to)];
  if (a !== null && b !== null) return Number(a) === Number(b) ? 'same number, written differently' : 'value';
  const kind = (value: unknown): string =>
    numberOf(value) ? 'number' : value === null ? 'null' : typeof value;
  return kind(from) === kind(to) && typeof from !== 'object' ? 'value' : 'type';
}

function numberOf(value: unknown): string | null {
  return typeof value === 'string' && value.startsWith(NUMBER) ? value.slice(NUMBER.length) : null;
}

/** Whether the pointer matches this location or an ancestor. "*" matches any key or index. */
function covers(pointer: Pointer, place: readonly string[]): boolean {
  return pointer.length <= place.length && pointer.every((part, i) => part === '*' || part === place[i]);
}

export function cutPointer(text: string): string[] {
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function pointerOf(place: readonly string[]): string {
  return place.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** As JSON, truncated; for display only. */
function written(value: unknown): string {
  const text = (JSON.stringify(value) ?? '').replaceAll(/"\\u0000number:(.*?)"/g, '$1');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text;
}

export function one(pointer: string, from: string | null, to: string | null, note: string): BodyDifference {
  return { pointer, from, to, note };
}
