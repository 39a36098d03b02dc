/**
 * Makes a parser's result safe to traverse: no cycles, a depth that recursion survives, decK's placeholders filled in.
 *
 * A YAML alias is the same object in two places, and remains one here, so that a file cannot grow by repeating itself.
 */
import { fillIn, isFilled } from './placeholders.ts';
import type { Path } from './report.ts';
import type { Reading } from './source.ts';

/** Kong's deepest setting has nine levels; an export wraps them in a few more. */
const DEEPEST = 64;

/** Throws why the value is invalid, with the path as the cause. */
export function plainValue(raw: unknown, { env, filled }: Reading): unknown {
  const copies = new Map<object, unknown>();
  const above = new Set<object>();
  const refuse = (at: Path, text: string): never => {
    throw new Error(text, { cause: at });
  };
  const copyText = (text: string, at: Path): unknown => {
    if (!text.includes('${{')) return text;
    const { value, missing } = fillIn(text, env);
    if (missing.length > 0)
      return refuse(
        at,
        `the environment has no ${missing.join(', ')}: set it, as for decK, and import again`,
      );
    if (typeof value === 'string' && isFilled(text)) filled.add(value);
    return value;
  };
  const copy = (value: unknown, at: Path): unknown => {
    if (typeof value === 'string') return copyText(value, at);
    if (typeof value !== 'object' || value === null) return value;
    if (above.has(value)) return refuse(at, 'an alias is inside its own anchor');
    if (at.length > DEEPEST) return refuse(at, `values must not be nested more than ${DEEPEST} levels deep`);
    if (copies.has(value)) return copies.get(value);
    above.add(value);
    const made = Array.isArray(value)
      ? value.map((item: unknown, index) => copy(item, [...at, index]))
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, [...at, key])]));
    above.delete(value);
    copies.set(value, made);
    return made;
  };
  return copy(raw, []);
}
