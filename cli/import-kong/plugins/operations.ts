/**
 * Converts the transformers' lists (`name`, `name:value`) to the records of `requestTransform` and `responseTransform`.
 */
import { groupBy } from '../group-by.ts';
import type { Settings } from './entry.ts';
import { ANYTHING, ANY_TEXT, listOf, shape } from '../checks.ts';
import type { Check } from '../checks.ts';

export interface Operations<V> {
  remove?: string[];
  rename?: Record<string, string>;
  replace?: Record<string, V>;
  add?: Record<string, V>;
  append?: Record<string, V[]>;
}

/** The fields of one operation: a list for each part, such as `headers`. */
export function operationShape(parts: readonly string[], more: Readonly<Record<string, Check>> = {}): Check {
  return shape({
    ...Object.fromEntries(parts.map((part) => [part, listOf(ANY_TEXT)])),
    ...more,
    json_types: ANYTHING,
  });
}

/** Splits at the first colon, or colons. */
export function pairsOf(list: unknown): [name: string, value: string][] {
  return (Array.isArray(list) ? (list as unknown[]) : []).map((entry) => {
    const [, name = '', value = ''] = /^([^:]*):*([^]*)$/.exec(String(entry)) ?? [];
    return [name, value];
  });
}

/**
 * One part of all five operations; null if none sets it. `valueOf` makes a value, undefined for one that is skipped,
 * null for one that removes the name where it would replace it; `at` is its index in the operation's list.
 */
export function operationsOf<V>(
  config: Settings,
  part: string,
  valueOf: (value: string, operation: string, at: number) => V | null | undefined,
): Operations<V> | null {
  const listIn = (operation: string): unknown => (config[operation] as Settings | undefined)?.[part];
  const remove = pairsOf(listIn('remove')).map(([name]) => name);
  const valued = (operation: string): [string, V][] =>
    pairsOf(listIn(operation)).flatMap(([name, value], at) => {
      const made = valueOf(value, operation, at);
      if (made === null && operation === 'replace') remove.push(name);
      return made === undefined || made === null ? [] : [[name, made] as [string, V]];
    });
  const made: Operations<V> = {};
  // Of several renames of one name the first is applied: afterwards the others no longer find it.
  const rename = pairsOf(listIn('rename')).reverse();
  const [replace, add, append] = [valued('replace'), valued('add').reverse(), valued('append')];
  if (remove.length > 0) made.remove = remove;
  if (rename.length > 0) made.rename = Object.fromEntries(rename.reverse());
  if (replace.length > 0) made.replace = Object.fromEntries(replace);
  if (add.length > 0) made.add = Object.fromEntries(add.reverse());
  if (append.length > 0)
    made.append = Object.fromEntries(
      [...groupBy(append, ([name]) => name)].map(([name, all]) => [name, all.map(([, value]) => value)]),
    );
  return Object.keys(made).length > 0 ? made : null;
}
