/**
 * Makes a parser's result safe to traverse: no cycles, a depth that recursion survives, decK's placeholders filled in.
 *
 * A YAML alias is the same object in two places, and remains one here, so that a file cannot grow by repeating itself.
 */
import type { Path } from './report.ts';
import { fillIn, isFilled } from './placeholders.ts';
import type { Environment } from './placeholders.ts';

/** Kong's deepest setting has nine levels; an export wraps them in a few more. */
const DEEPEST = 64;

export interface PlainValue {
  readonly value: unknown;
  /** Strings whose only placeholders were filled in from the environment. */
  readonly filled: ReadonlySet<string>;
  /** Why the value is invalid; null if it is valid. */
  readonly fault: { readonly at: Path; readonly text: string } | null;
}

export function plainValue(raw: unknown, env: Environment): PlainValue {
  const copies = new Map<object, unknown>();
  const above = new Set<object>();
  const filled = new Set<string>();
  let fault: PlainValue['fault'] = null;
  const refuse = (at: Path, text: string): undefined => void (fault ??= { at, text });
  const copyText = (text: string, at: Path): unknown => {
    if (!text.includes('${{')) return text;
    const { value, missing } = fillIn(text, env);
    if (missing.length > 0)
      refuse(at, `the environment has no ${missing.join(', ')}: set it, as for decK, and import again`);
    else if (typeof value === 'string' && isFilled(text)) filled.add(value);
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
  const value = copy(raw, []);
  return { value, filled, fault };
}
