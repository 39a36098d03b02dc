/**
 * Checks for the field tables. Null and absence are the same to Kong, so checks never receive null.
 */

/** A record, not a function: TypeScript infers no types from generic functions that return functions. */
export interface Check<T = unknown> {
  /** The expected range if the value is invalid; null if it is valid. */
  readonly rangeFor: (value: unknown) => string | null;
  /** The type of a valid value, for the compiler only. */
  readonly valid?: T;
}
export type Checks = Readonly<Record<string, Check>>;
/** The type of an object whose fields have passed these checks. */
export type Checked<F> = { -readonly [K in keyof F]?: F[K] extends Check<infer T> ? T : never };

export type Table = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isEmptyTable(value: unknown): boolean {
  return isTable(value) && Object.keys(value).length === 0;
}

/**
 * The Admin API writes an empty Lua table as `{}`, list or not: it is read as a list, which has no fields either. A
 * value without empty tables is returned as it is, so that aliases take no memory.
 */
export function withLists(value: unknown): unknown {
  if (isEmptyTable(value)) return [];
  if (Array.isArray(value)) {
    const list = value.map(withLists);
    return list.some((entry, index) => entry !== value[index]) ? list : value;
  }
  if (!isTable(value)) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, withLists(entry)] as const);
  return entries.some(([key, entry]) => entry !== value[key]) ? Object.fromEntries(entries) : value;
}

/** An object without what is undefined, an empty list or an empty object. */
export function compact<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const isSet = (value: unknown): boolean =>
    value !== undefined && (typeof value !== 'object' || value === null || Object.keys(value).length > 0);
  return Object.fromEntries(Object.entries(record).filter(([, value]) => isSet(value))) as never;
}

export function checkOf<T>(range: string, good: (value: unknown) => boolean): Check<T> {
  return { rangeFor: (value) => (good(value) ? null : range) };
}

export const ANYTHING: Check = { rangeFor: () => null };
export const TEXT = checkOf<string>(
  'a non-empty string',
  (value) => typeof value === 'string' && value !== '',
);
export const ANY_TEXT = checkOf<string>('a string', (value) => typeof value === 'string');
export const BOOL = checkOf<boolean>('true or false', (value) => typeof value === 'boolean');
export const NUMBER = checkOf<number>('a number', (value) => typeof value === 'number');
export const RECORD = checkOf<Table>('an object', isTable);
export const UUID = matching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'a UUID');
/** A name or an id, or decK's `{id: …}`, `{name: …}`, `{username: …}`. */
export const REFERENCE = checkOf(
  'a name, an id, or an object with one of them',
  (value) => referenceText(value) !== null,
);

export function referenceText(value: unknown): string | null {
  const found = isTable(value) ? (value['id'] ?? value['name'] ?? value['username']) : value;
  return typeof found === 'string' && found !== '' ? found : null;
}

/** A whole number in a range, ends included. */
export function whole(least: number, most: number): Check<number> {
  return checkOf(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  );
}

export function between(least: number, most: number): Check<number> {
  return checkOf(
    `a number from ${least} to ${most}`,
    (value) => typeof value === 'number' && value >= least && value <= most,
  );
}

export function oneOf<T extends string | number>(...allowed: readonly T[]): Check<T> {
  return checkOf(`one of ${allowed.join(', ')}`, (value) => allowed.includes(value as T));
}

export function matching(pattern: RegExp, range: string): Check<string> {
  return checkOf(range, (value) => typeof value === 'string' && pattern.test(value));
}

/** A list of items that pass `item`, or an empty table. */
export function listOf<T>(item: Check<T>): Check<T[]> {
  const rangeFor = (value: unknown): string | null => {
    if (isEmptyTable(value)) return null;
    if (!Array.isArray(value)) return 'a list';
    for (const entry of value as unknown[]) {
      const range = entry === null ? 'not null' : item.rangeFor(entry);
      if (range !== null) return `a list in which each entry is ${range}`;
    }
    return null;
  };
  return { rangeFor };
}

/** An object whose values pass `item`. */
export function mapOf<T>(item: Check<T>): Check<Readonly<Record<string, T>>> {
  const rangeFor = (value: unknown): string | null => {
    if (Array.isArray(value) && value.length === 0) return null;
    if (!isTable(value)) return 'an object';
    const ranges = Object.values(value).map((one) => item.rangeFor(one));
    const range = ranges.find((one) => one !== null);
    return range === undefined ? null : `an object in which each value is ${range}`;
  };
  return { rangeFor };
}

/** An object with the named fields and no others. */
export function shape<F extends Checks>(fields: F): Check<Checked<F>> {
  const rangeFor = (value: unknown): string | null => {
    if (!isTable(value)) return 'an object';
    for (const [key, entry] of Object.entries(value)) {
      const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (check === undefined) return `an object of ${Object.keys(fields).join(', ')} (it has ${key})`;
      const range = entry === null ? null : check.rangeFor(entry);
      if (range !== null) return `an object in which ${key} is ${range}`;
    }
    return null;
  };
  return { rangeFor };
}
