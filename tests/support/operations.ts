/** What a transformer does, by name; a list of values stands for several operations on one name. */
import type { Operations } from '../../lib/traffic/transform/operations.ts';

type Pairs<V> = Readonly<Record<string, V | readonly V[]>>;
export interface Changes<V> {
  readonly remove?: string[];
  readonly rename?: Pairs<string>;
  readonly replace?: Pairs<V>;
  readonly add?: Pairs<V>;
  readonly append?: Pairs<V>;
}

const pairsOf = <V>(pairs: Pairs<V> = {}): [string, V][] =>
  Object.entries(pairs).flatMap(([name, values]) =>
    [values].flat().map((one): [string, V] => [name, one as V]),
  );

export const operations = <V = string>({
  remove = [],
  rename,
  replace,
  add,
  append,
}: Changes<V>): Operations<V> => ({
  remove,
  rename: pairsOf(rename),
  replace: pairsOf(replace),
  add: pairsOf(add),
  append: pairsOf(append),
});
