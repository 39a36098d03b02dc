/** What a transformer does, as a configuration states it; a list of values to append stands for several operations. */
import type { Config } from '../../lib/config/types.ts';
import type { Operations } from '../../lib/traffic/transform/operations.ts';
import { configured } from './config.ts';

type Transform = Exclude<NonNullable<Config['responseTransform']>, false>;
export type Changes = NonNullable<Transform['body']>;

/** `V`: the values that the test gives. */
export const operations = <V = string>(changes: Changes): Operations<V> =>
  configured({ responseTransform: { body: changes } }).routes[0]!.responseTransform!.body as Operations<V>;
