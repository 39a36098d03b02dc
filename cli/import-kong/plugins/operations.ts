/**
 * Converts the transformers' lists (`name`, `name:value`) to the records of `requestTransform` and `responseTransform`.
 */
import {
  ANYTHING,
  ANY_TEXT,
  compact,
  isTable,
  listOf,
  shape,
  type Check,
  type Checks,
  type Table,
} from '../checks.ts';
import { groupBy } from '../rows.ts';

export interface Operations<V> {
  remove?: string[];
  rename?: Record<string, string>;
  replace?: Record<string, V>;
  add?: Record<string, V>;
  append?: Record<string, V[]>;
}

/** The fields of the operations: each has a list for each part, such as `headers`. */
export function operationFields(parts: readonly string[], ofReplace: Checks = {}) {
  const lists = Object.fromEntries(parts.map((part) => [part, listOf(ANY_TEXT)]));
  const operation: Check<Table> = shape({ ...lists, json_types: ANYTHING });
  const replace: Check<Table> = shape({ ...lists, ...ofReplace, json_types: ANYTHING });
  return { remove: operation, rename: operation, replace, add: operation, append: operation };
}

/** A list of an operation. */
export function listIn(config: Table, operation: string, part: string): unknown[] {
  const parts = config[operation];
  const list = isTable(parts) ? parts[part] : [];
  return Array.isArray(list) ? list : [];
}

/** Splits at the first colon, or colons. */
function pairsOf(list: readonly unknown[]): [name: string, value: string][] {
  return list.map((entry) => {
    const [, name = '', value = ''] = /^([^:]*):*([^]*)$/.exec(String(entry)) ?? [];
    return [name, value];
  });
}

/**
 * One part of all five operations, of those that set it. `valueOf` returns the value, undefined to skip it, or null to
 * remove the name instead of replacing it; `at` is the index in the operation's list.
 */
export function operationsOf<V>(
  config: Table,
  part: string,
  valueOf: (value: string, operation: string, at: number) => V | null | undefined,
): Operations<V> {
  const pairs = (operation: string): [string, string][] => pairsOf(listIn(config, operation, part));
  const remove = pairs('remove').map(([name]) => name);
  const valued = (operation: string): [string, V][] =>
    pairs(operation).flatMap(([name, value], at) => {
      const made = valueOf(value, operation, at);
      if (made === null && operation === 'replace') remove.push(name);
      return made === undefined || made === null ? [] : [[name, made] as [string, V]];
    });
  const rename = firstOfEach(pairs('rename'));
  const replace = Object.fromEntries(valued('replace'));
  const add = firstOfEach(valued('add'));
  const append = Object.fromEntries(
    [...groupBy(valued('append'), ([name]) => name)].map(([name, all]) => [
      name,
      all.map(([, value]) => value),
    ]),
  );
  return compact({ remove, rename, replace, add, append });
}

/** The first of several for one name is used: after it a rename no longer finds the name, and an addition does. */
function firstOfEach<V>(pairs: readonly [string, V][]): Record<string, V> {
  return Object.fromEntries(pairs.filter(([name], at) => pairs.findIndex(([one]) => one === name) === at));
}
