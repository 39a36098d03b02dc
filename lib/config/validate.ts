/**
 * The vocabulary of checking a configuration: small checks that join into larger ones.
 *
 * A check takes a value and its path, adds a fault to the list for everything that is wrong, and returns the value with
 * its defaults filled in, so that reading and defaulting are one step. It never throws: a person sees all faults at once.
 * Rejected: a schema language with its own interpreter (twice the code), and one that compiles to functions (`eval` and
 * `new Function` are refused on Workers).
 */

export type Check<T> = (value: unknown, path: string, faults: string[]) => T;
export type Checked<C> = C extends Check<infer T> ? T : never;

export function showReceived(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = writtenAs(value);
  return text.length > 60 ? text.slice(0, 57) + '...' : text;
}

/** As JSON would write it. A CONFIG may hold what JSON cannot, and its other faults are to be told all the same. */
function writtenAs(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'what JSON cannot hold';
  }
}

/** A value that passes `test`; `must` completes "<path> must be …". */
export function be<T>(test: (value: unknown) => boolean, must: string): Check<T> {
  return (value, path, faults) => {
    if (!test(value)) faults.push(`${path} must be ${must}, received ${showReceived(value)}`);
    return value as T;
  };
}

export const TEXT = be<string>((value) => typeof value === 'string' && value !== '', 'a text');
export const FLAG = be<boolean>((value) => typeof value === 'boolean', 'true or false');

export function whole(least: number, most = 2_147_483_647): Check<number> {
  const test = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return be(test, `a whole number from ${least} to ${most}`);
}
export function number(least: number, most: number): Check<number> {
  return be(
    (value) => typeof value === 'number' && value >= least && value <= most,
    `a number from ${least} to ${most}`,
  );
}
export function oneOf<const T extends string>(...words: T[]): Check<T> {
  return be((value) => words.includes(value as T), words.map((word) => `"${word}"`).join(' or '));
}
export function matching(pattern: RegExp, must: string): Check<string> {
  return be((value) => typeof value === 'string' && pattern.test(value), must);
}

/** RFC 9110, section 5.6.2: what a header or a method may be called. */
export const TOKEN = matching(/^[\w!#$%&'*+.^`|~-]+$/, 'a header name');
export const PATH = matching(/^\/[^?#\s]*$/, 'a path that starts with "/", without query');
/** RFC 6901. */
export const POINTER = matching(/^(\/|$)/, 'a JSON pointer: "" or a text that starts with "/"');

/** Left out, it is `fallback`. */
export function or<T, const F>(check: Check<T>, fallback: F): Check<T | F> {
  return (value, path, faults) => (value === undefined ? fallback : check(value, path, faults));
}
/** `false` is `off`; left out, it is `fallback`. */
export function offOr<T, const F, const D>(check: Check<T>, off: F, fallback: D): Check<T | F | D> {
  return (value, path, faults) =>
    value === undefined ? fallback : value === false ? off : check(value, path, faults);
}
/** Left out, it is a record of defaults alone. */
export function filled<T>(check: Check<T>): Check<T> {
  return (value, path, faults) => check(value === undefined ? {} : value, path, faults);
}
/** `false` is `off`; left out, it is on, with its defaults. */
export function onOr<T, const F>(check: Check<T>, off: F): Check<T | F> {
  return (value, path, faults) => (value === false ? off : filled(check)(value, path, faults));
}
/** For secrets: the fault does not repeat what was received. */
export function hidden<T>(check: Check<T>): Check<T> {
  return (value, path, faults) => {
    const before = faults.length;
    const made = check(value, path, faults);
    for (let i = before; i < faults.length; i++)
      faults[i] = (faults[i] as string).replace(
        /, received (?!nothing$).*/s,
        ' (what was received is not shown)',
      );
    return made;
  };
}
/** What `make` builds of a good value. What is faulty is not built upon: one mistake, one line. */
export function derive<T, U>(
  check: Check<T>,
  make: (value: T, path: string, faults: string[]) => U,
): Check<U> {
  return (value, path, faults) => {
    const before = faults.length;
    const good = check(value, path, faults);
    return faults.length > before ? (undefined as U) : make(good, path, faults);
  };
}

export function listOf<T>(check: Check<T>, least = 0): Check<readonly T[]> {
  return (value, path, faults) => {
    if (Array.isArray(value) && value.length >= least)
      return Object.freeze(value.map((item, i) => check(item, `${path}[${i}]`, faults)));
    faults.push(
      `${path} must be a list${least ? ` of at least ${least}` : ''}, received ${showReceived(value)}`,
    );
    return [];
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A record with keys of the writer's choice, as a list of pairs in the order written. */
export function pairsOf<T>(key: Check<string>, check: Check<T>): Check<readonly (readonly [string, T])[]> {
  return (value, path, faults) => {
    if (!isRecord(value)) {
      faults.push(`${path} must be a record, received ${showReceived(value)}`);
      return [];
    }
    return Object.freeze(
      Object.entries(value).map(
        ([name, item]) =>
          [key(name, `${path}: the key`, faults), check(item, `${path}.${name}`, faults)] as const,
      ),
    );
  };
}

/** What a record holds where nothing is written: the defaults; a field without one is missing here. */
function absentOf(fields: Record<string, Check<unknown>>): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const key in fields) {
    const faults: string[] = [];
    const fallback = (fields[key] as Check<unknown>)(undefined, key, faults);
    if (faults.length === 0) made[key] = fallback;
  }
  return made;
}

/** A record with these keys and no others. Defaults are worked out once: a hundred routes start a millisecond sooner. */
export function shape<F extends Record<string, Check<unknown>>>(
  fields: F,
): Check<{ readonly [K in keyof F]: Checked<F[K]> }> {
  // V8 is slow to copy a record that was made key by key, and quick to copy a copy.
  const defaults = { ...absentOf(fields) };
  const needed = Object.keys(fields).filter((key) => !(key in defaults));
  return (value, path, faults) => {
    const made = { ...defaults };
    const at = path ? path + '.' : '';
    if (!isRecord(value))
      faults.push(`${path || 'the configuration'} must be a record, received ${showReceived(value)}`);
    else {
      for (const key in value)
        if (Object.hasOwn(fields, key))
          made[key] = (fields[key] as Check<unknown>)(value[key], at + key, faults);
        else faults.push(`${at}${key}: unknown key${nearest(key, Object.keys(fields))}`);
      for (const key of needed)
        if (!(key in value)) (fields[key] as Check<unknown>)(undefined, at + key, faults);
    }
    return Object.freeze(made) as { readonly [K in keyof F]: Checked<F[K]> };
  };
}

/** `, did you mean "hedge"?` where a known key is at most two edits away (three for long ones), else "". */
function nearest(word: string, known: readonly string[]): string {
  const [best] = known
    .map((name) => ({ name, edits: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits < (word.length > 7 ? 4 : 3) ? `, did you mean "${best.name}"?` : '';
}

/** Levenshtein's distance, row by row; a swap of neighbours counts two. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
