/** A value within a JSON text, by JSON pointer (RFC 6901): how verdicts, versions and load numbers are cut out of answers. */

/** The value; undefined where the text is no JSON or the pointer leads nowhere. "" is the whole. Never throws. */
export function jsonAt(text: string, pointer: string): unknown {
  try {
    let value: unknown = JSON.parse(text);
    for (const step of pointer.split('/').slice(1)) {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return value;
  } catch {
    return undefined;
  }
}
