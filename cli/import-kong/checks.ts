/**
 * The vocabulary of the field tables: a check takes a value and returns what it must be, or null if it is valid. Null
 * and absence are the same to Kong, so checks never see them.
 */

export type Check = (value: unknown) => string | null;

export type Table = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const says =
  (range: string, good: (value: unknown) => boolean): Check =>
  (value) =>
    good(value) ? null : range;

export const ANYTHING: Check = () => null;
export const TEXT = says('a text that is not empty', (value) => typeof value === 'string' && value !== '');
export const ANY_TEXT = says('a text', (value) => typeof value === 'string');
export const BOOL = says('true or false', (value) => typeof value === 'boolean');
export const NUMBER = says('a number', (value) => typeof value === 'number');
export const RECORD = says('an object', isTable);
export const UUID = says(
  'a UUID',
  (value) =>
    typeof value === 'string' &&
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value),
);
/** A name or an id, or decK's `{id: …}`, `{name: …}`, `{username: …}`. */
export const REFERENCE = says(
  'a name, an id, or an object with one of them',
  (value) => referenceText(value) !== null,
);

export function referenceText(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { id, name, username } = value as Record<string, unknown>;
  const found = id ?? name ?? username;
  return typeof found === 'string' && found !== '' ? found : null;
}

/** A whole number in a range, ends included. */
export function whole(least: number, most: number): Check {
  return says(
    `a whole number from ${least} to ${most}`,
    (value) => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most,
  );
}

export function between(least: number, most: number): Check {
  return says(
    `a number from ${least} to ${most}`,
    (value) => typeof value === 'number' && value >= least && value <= most,
  );
}

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return says(`one of ${allowed.join(', ')}`, (value) => allowed.includes(value as string));
}

export function matching(pattern: RegExp, range: string): Check {
  return says(range, (value) => typeof value === 'string' && pattern.test(value));
}

/** A list of items that pass `item`. The Admin API writes an empty Lua table as `{}`, which is an empty list. */
export function listOf(item: Check): Check {
  return (value) => {
    if (isEmptyTable(value)) return null;
    if (!Array.isArray(value)) return 'a list';
    for (const entry of value as unknown[]) {
      const range = entry === null ? 'something' : item(entry);
      if (range !== null) return `a list in which each entry is ${range}`;
    }
    return null;
  };
}

export function isEmptyTable(value: unknown): boolean {
  return isTable(value) && Object.keys(value).length === 0;
}

/** An object whose values pass `item`. */
export function mapOf(item: Check): Check {
  return (value) => {
    if (Array.isArray(value) && value.length === 0) return null;
    if (!isTable(value)) return 'an object';
    for (const entry of Object.values(value)) {
      const range = item(entry);
      if (range !== null) return `an object in which each value is ${range}`;
    }
    return null;
  };
}

/** An object with the named fields and no others. */
export function shape(fields: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (!isTable(value)) return 'an object';
    for (const [key, entry] of Object.entries(value)) {
      const check = fields[key];
      if (check === undefined) return `an object of ${Object.keys(fields).join(', ')} (it has ${key})`;
      const range = entry === null ? null : check(entry);
      if (range !== null) return `an object in which ${key} is ${range}`;
    }
    return null;
  };
}
