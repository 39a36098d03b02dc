/**
 * Compares two JSON texts as values: key order and white space are ignored, the order of a list matters, and numbers
 * are compared as written, since a caller may read 1.0 and 1, or 9007199254740993, differently.
 *
 * Each difference is identified by its JSON pointer (RFC 6901), by which it can also be ignored.
 */
import { parse } from 'lossless-json';
import compare from 'microdiff';
import { difference, type Difference } from './difference.ts';

/** A JSON pointer split into segments; "*" matches any key or index. */
export type Pointer = readonly string[];

/** More differences for one pair of bodies would not help. */
const MOST = 50;
const SHOWN = 320;
/** Prefixed to a number's digits for the comparison: microdiff considers 1.0 and 1 equal. */
const NUMBER = '\0number:';

/** Null if one of them is not valid JSON. */
export function compareJson(from: Buffer, to: Buffer, ignored: readonly Pointer[]): Difference[] | null {
  // In a record, since microdiff compares no plain values.
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
    .map((found) => ({ found, place: found.path.slice(1).map(String) }))
    .filter(({ place }) => !ignored.some((pointer) => covers(pointer, place)))
    .slice(0, MOST)
    .map(({ found, place }) => {
      const [before, after] = [
        found.type === 'CREATE' ? null : written(found.oldValue),
        found.type === 'REMOVE' ? null : written(found.value),
      ];
      const note = found.type === 'CHANGE' ? noteOf(found.oldValue, found.value) : undefined;
      return difference('body', pointerOf(place), before, after, note);
    });
}

function noteOf(from: unknown, to: unknown): string {
  const kinds = [from, to].map((value) =>
    isNumber(value) ? 'number' : value === null ? 'null' : typeof value,
  );
  if (kinds[0] !== kinds[1] || kinds[0] === 'object') return 'type';
  const same = isNumber(from) && isNumber(to) && digitsOf(from) === digitsOf(to);
  return same ? 'same number, written differently' : 'value';
}

const isNumber = (value: unknown): value is string => typeof value === 'string' && value.startsWith(NUMBER);
const digitsOf = (number: string): number => Number(number.slice(NUMBER.length));

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
