/**
 * The operations of Kong's transformers on named values, in this order, each on the result of the one before: remove,
 * rename, replace (if present), add (if absent), append.
 */

import type { Operations } from '../../config/schema-transform.ts';

export type { Operations };

/** The same operations with other values. */
export function mapValues<V, W>(operations: Operations<V>, make: (value: V) => W): Operations<W> {
  const each = (pairs: Operations<V>['add']): Operations<W>['add'] =>
    pairs.map(([name, value]) => [name, make(value)]);
  const { remove, rename, replace, add, append } = operations;
  return { remove, rename, replace: each(replace), add: each(add), append: each(append) };
}

/** The same operations with the names respelled; an operation whose name becomes null is dropped. */
export function mapNames<V>(
  operations: Operations<V>,
  spell: (name: string) => string | null,
): Operations<V> {
  const each = <T>(pairs: readonly (readonly [string, T])[]): (readonly [string, T])[] =>
    pairs.flatMap(([name, value]) => {
      const spelt = spell(name);
      return spelt === null ? [] : [[spelt, value] as const];
    });
  const rename = each(operations.rename).flatMap(([from, to]) => {
    const spelt = spell(to);
    return spelt === null ? [] : [[from, spelt] as const];
  });
  return {
    remove: operations.remove.flatMap((name) => spell(name) ?? []),
    rename,
    replace: each(operations.replace),
    add: each(operations.add),
    append: each(operations.append),
  };
}
