/**
 * Looks up a value in JSON by JSON pointer (RFC 6901): used for verdicts, versions and load figures in responses.
 */

/** The value; undefined if the string is not JSON or the pointer matches nothing. "" is the whole. Never throws. */
export function jsonAt(text: string, pointer: string): unknown {
  return valueAt(parseJson(text), pointer);
}

/** The same for a value from `parseJson`. */
export function valueAt(json: unknown, pointer: string): unknown {
  let value = json;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** The parsed value; undefined if the string is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
