/**
 * The operations of Kong's transformers on named values, in this order, each on the result of the one before: remove,
 * rename, replace (if present), add (if absent), append.
 */
import type { Operations } from '../../config/schema-transform.ts';

export type { Operations };

/** The same operations with the names respelled and other values; those whose name becomes null are dropped. */
export function mapOperations<V, W>(
  { remove, rename, replace, add, append }: Operations<V>,
  spell: (name: string) => string | null,
  make: (value: V) => W,
): Operations<W> {
  const each = <T, U>(pairs: readonly (readonly [string, T])[], of: (value: T) => U | null) =>
    pairs.flatMap(([name, value]) => {
      const [spelt, made] = [spell(name), of(value)];
      return spelt === null || made === null ? [] : [[spelt, made] as const];
    });
  return {
    remove: remove.flatMap((name) => spell(name) ?? []),
    rename: each(rename, spell),
    replace: each(replace, make),
    add: each(add, make),
    append: each(append, make),
  };
}

/** The same operations with other values. */
export const mapValues = <V, W>(operations: Operations<V>, make: (value: V) => W): Operations<W> =>
  mapOperations(operations, (name) => name, make);
