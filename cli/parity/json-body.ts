/**
 * Two JSON texts as values: the order of keys and the white space say nothing, the order of a list does, and numbers
 * are compared as written, since a caller may read 1.0 and 1, or 9007199254740993, as different things.
 *
 * Each difference is named by its JSON pointer (RFC 6901), so that it can be ignored by it.
 */
import { isLosslessNumber, parse } from 'lossless-json';

export interface BodyDifference {
  /** A JSON pointer; "" for the body as bytes. */
  readonly pointer: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly note: string;
}
/** A JSON pointer in parts; "*" is any key or index. */
export type Pointer = readonly string[];

/** More of one pair of bodies help nobody. */
const MOST = 50;
const SHOWN = 320;

/** Null where one of them is no JSON after all. */
export function compareJson(from: Buffer, to: Buffer, ignored: readonly Pointer[]): BodyDifference[] | null {
  let left: unknown;
  let right: unknown;
  try {
    left = parse(from.toString());
    right = parse(to.toString());
  } catch {
    return null;
  }
  const found: BodyDifference[] = [];
  walk(left, right, [], ignored, found);
  return found;
}

type Path = string[];

function walk(
  a: unknown,
  b: unknown,
  path: Path,
  ignored: readonly Pointer[],
  found: BodyDifference[],
): void {
  if (found.length >= MOST || ignored.some((pointer) => covers(pointer, path))) return;
  const kind = jsonKind(a);
  const say = (note: string) => void found.push(one(pointerOf(path), written(a), written(b), note));
  if (kind !== jsonKind(b)) return say('type');
  if (kind === 'number' && String(a) !== String(b))
    return say(Number(String(a)) === Number(String(b)) ? 'same number, written differently' : 'value');
  if (kind === 'object') {
    const left = a as Record<string, unknown>;
    const right = b as Record<string, unknown>;
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)]))
      member(left, right, key, path, ignored, found);
  } else if (kind === 'array') {
    const left = a as unknown[];
    const right = b as unknown[];
    for (let i = 0; i < Math.max(left.length, right.length); i++)
      member(left, right, String(i), path, ignored, found);
  } else if (kind !== 'number' && a !== b) say('value');
}

function member(
  left: object,
  right: object,
  key: string,
  path: Path,
  ignored: readonly Pointer[],
  found: BodyDifference[],
): void {
  path.push(key);
  const a = (left as Record<string, unknown>)[key];
  const b = (right as Record<string, unknown>)[key];
  if (Object.hasOwn(left, key) && Object.hasOwn(right, key)) walk(a, b, path, ignored, found);
  else if (found.length < MOST && !ignored.some((pointer) => covers(pointer, path))) {
    const here = Object.hasOwn(left, key);
    found.push(
      one(pointerOf(path), here ? written(a) : null, here ? null : written(b), here ? 'missing' : 'added'),
    );
  }
  path.pop();
}

/** Does the pointer name this place or one above it? "*" stands for any key or index. */
function covers(pointer: readonly string[], path: Path): boolean {
  return pointer.length <= path.length && pointer.every((part, i) => part === '*' || part === path[i]);
}

export function cutPointer(text: string): string[] {
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function pointerOf(path: Path): string {
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function jsonKind(value: unknown): string {
  if (value === null) return 'null';
  if (isLosslessNumber(value)) return 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** As JSON has it, cut short. Not for reading back. */
function written(value: unknown): string {
  const text =
    JSON.stringify(value, (_, inner: unknown) =>
      isLosslessNumber(inner) ? `\0${String(inner)}\0` : inner,
    ) ?? '';
  const shown = text.replace(/"\\u0000(.*?)\\u0000"/g, '$1');
  return shown.length > SHOWN ? `${shown.slice(0, SHOWN)}… (${shown.length} characters)` : shown;
}

export function one(pointer: string, from: string | null, to: string | null, note: string): BodyDifference {
  return { pointer, from, to, note };
}
