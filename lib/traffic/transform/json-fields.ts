/**
 * Operations on the top-level fields of a JSON object. As in Kong, `false` counts as absent and null as present.
 *
 * Fields are held in a Map, so that "__proto__" is a name like any other, and numbers keep their digits
 * (12345678901234567890). Kong writes "/" as "\/", which means the same and is not copied.
 */
import type { Operations } from './operations.ts';

/** A number with its original digits, if the runtime has JSON.rawJSON. */
function numberAsWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };
  return typeof value === 'number' && context?.source && rawJSON ? rawJSON(context.source) : value;
}

/** Null if the text is not a JSON object. */
export function parseJsonFields(text: string): Map<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text, numberAsWritten);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // JSON.rawJSON makes an object of a number at the top.
    return isObject && text.trimStart().startsWith('{') ? new Map(Object.entries(value)) : null;
  } catch {
    return null;
  }
}

export function writeFields(fields: ReadonlyMap<string, unknown>): string {
  return JSON.stringify(Object.fromEntries(fields));
}

/** `moveFalse`: a field that is `false` is renamed too, as in responses. */
export function transformFields(
  fields: Map<string, unknown>,
  operations: Operations<unknown>,
  moveFalse: boolean,
): void {
  const isThere = (name: string): boolean => fields.has(name) && fields.get(name) !== false;
  for (const name of operations.remove) fields.delete(name);
  for (const [from, to] of operations.rename) {
    if (from === to || !(moveFalse ? fields.has(from) : isThere(from))) continue;
    const value = fields.get(from);
    fields.delete(from);
    fields.set(to, value);
  }
  for (const [name, value] of operations.replace) if (isThere(name)) fields.set(name, value);
  for (const [name, value] of operations.add) if (!isThere(name)) fields.set(name, value);
  for (const [name, value] of operations.append) fields.set(name, appended(fields.get(name), value));
}

/** A previous value that is neither a string nor a list is dropped: Kong's rule. */
function appended(before: unknown, value: unknown): unknown[] {
  if (Array.isArray(before)) return [...(before as unknown[]), value];
  return typeof before === 'string' ? [before, value] : [value];
}
