/**
 * A value within a JSON text, by JSON pointer (RFC 6901): how verdicts, versions and load numbers are cut out of
 * answers.
 */

/** The value; undefined where the text is no JSON or the pointer leads nowhere. "" is the whole. Never throws. */
export function jsonAt(text: string, pointer: string): unknown {
  return valueAt(parseJson(text), pointer);
}

/** The same within what `parseJson` made of a text. */
export function valueAt(json: unknown, pointer: string): unknown {
  let value = json;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** What a JSON text holds; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
