/**
 * Operations on the fields of a JSON object, at its top level. To Kong `false` is as good as absent, and null is there.
 *
 * Fields are kept in a Map and numbers as they were written, so that "__proto__" is a name like any other and
 * 12345678901234567890 keeps its digits. Kong writes "/" as "\/", which means the same and is not copied.
 */
import type { Operations } from './operations.ts';

/** A number with the digits that it came with, where the runtime can keep them. */
function numberAsWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };
  return typeof value === 'number' && context?.source && rawJSON ? rawJSON(context.source) : value;
}

/** Null for a text that is no JSON object. */
export function parseJsonFields(text: string): Map<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text, numberAsWritten);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // A number at the top is an object too, where its digits are kept.
    return isObject && text.trimStart().startsWith('{') ? new Map(Object.entries(value)) : null;
  } catch {
    return null;
  }
}

export function writeFields(fields: ReadonlyMap<string, unknown>): string {
  return JSON.stringify(Object.fromEntries(fields));
}

/** `moveFalse`: a field that is `false` is renamed too, as in answers. */
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

/** What is neither a string nor a list is lost: Kong's rule. */
function appended(before: unknown, value: unknown): unknown[] {
  if (Array.isArray(before)) return [...(before as unknown[]), value];
  return typeof before === 'string' ? [before, value] : [value];
}
