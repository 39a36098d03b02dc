/**
 * The words that the table of settings is written in: each makes one row, a plain record that says what may be
 * written.
 *
 * Rows are data, so that the checks, the types, the manual and the JSON Schema are all read from them. Rejected:
 * checks as closures (quick, but nothing else can be read from them), and JSON Schema itself as the table (no types,
 * no messages, and a validator for it is 30 KB).
 */

export type Fields = Readonly<Record<string, Row>>;
/** Records that a feature may add settings to. */
export type RecordName =
  | 'config'
  | 'origin'
  | 'pool'
  | 'outlier'
  | 'health'
  | 'route'
  | 'auth'
  | 'jwt'
  | 'hmacAuth'
  | 'basicAuth'
  | 'verify'
  | 'verdictCache'
  | 'consumer'
  | 'rateLimit'
  | 'cors'
  | 'responseHeaders'
  | 'version'
  | 'respondWith'
  | 'shared'
  | 'consumerSettings'
  | 'correlationId'
  | 'trace'
  | 'collector'
  | 'agents'
  | 'addresses'
  | 'groups'
  | 'costLimits'
  | 'requestTransform'
  | 'responseTransform'
  | 'redirect'
  | 'webhook'
  | 'cache'
  | 'logServer'
  | 'kong';

/** Rows of one feature, by the record that they extend. */
export type FeatureRows = { readonly [N in RecordName]?: Fields };

export interface Row {
  readonly type:
    | 'string'
    | 'enum'
    | 'integer'
    | 'number'
    | 'boolean'
    | 'list'
    | 'tuple'
    | 'record'
    | 'object'
    | 'ref'
    | 'either';
  /** Completes "<path> must be …". */
  readonly must: string;
  readonly pattern?: RegExp;
  /** The only strings or numbers that are taken. */
  readonly words?: readonly (string | number)[];
  /** Least and most of a number; the least length of a list. */
  readonly least?: number;
  readonly most?: number;
  readonly items?: Row | readonly Row[];
  /** Of a record with names of the writer's choice: what they may be, and what they name. */
  readonly keys?: Row;
  readonly values?: Row;
  readonly fields?: Fields;
  readonly to?: RecordName;
  readonly among?: readonly Row[];
  /** What holds where nothing is written, as it would be written. Where this key is present, the row is optional. */
  readonly default?: unknown;
  /** What `false` means, where that is taken. */
  readonly off?: unknown;
  /** Faults do not repeat what was received. */
  readonly secret?: true;
  /** What no pattern can say: the name of the rule, and what the value must be; null where it is good. */
  readonly format?: string;
  readonly test?: (value: never) => string | null;
  /** What the gateway works with, made of a good value and its place. */
  readonly make?: (value: never, path: string) => unknown;
  /** Looks at a good value beside the others, once all of them are good. */
  readonly review?: Review<never>;
  /** Values that need a feature: a pattern of the string, or of the JSON of anything else, and the feature's name. */
  readonly needs?: readonly (readonly [RegExp, string])[];
}

/** What reviews look at beside the value itself. */
export interface Whole {
  readonly compat: string | null;
  readonly origins: unknown;
  readonly pools: readonly (readonly [string, unknown])[];
  readonly consumers: readonly { readonly id: string; readonly username?: string }[];
}
/** Adds what can't be meant to the faults. */
type Review<T> = (value: T, path: string, config: Whole, faults: string[]) => void;

// ---- kinds of values ------------------------------------------------------------------------

export function string(must = 'a string', pattern = /[^]/) {
  return { type: 'string', must, pattern } as const;
}
export function oneOf<const W extends readonly (string | number)[]>(...words: W) {
  return { type: 'enum', must: words.map((word) => JSON.stringify(word)).join(' or '), words } as const;
}
export function integer(least: number, most = 2_147_483_647) {
  return { type: 'integer', must: `a whole number from ${least} to ${most}`, least, most } as const;
}
export function number(least: number, most: number) {
  return { type: 'number', must: `a number from ${least} to ${most}`, least, most } as const;
}
export function boolean() {
  return { type: 'boolean', must: 'true or false' } as const;
}
export function listOf<R extends Row>(items: R, least = 0) {
  return { type: 'list', must: `a list${least ? ` of at least ${least}` : ''}`, items, least } as const;
}
/** A list of just these. */
export function tuple<const A extends readonly Row[]>(...items: A) {
  return { type: 'tuple', must: `a list of ${items.length}`, items } as const;
}
/** Names of the writer's choice. */
export function recordOf<R extends Row>(values: R, keys: Row = string()) {
  return { type: 'record', must: OBJECT, values, keys } as const;
}
/** These names and no others. */
export function object<F extends Fields>(fields: F) {
  return { type: 'object', must: OBJECT, fields } as const;
}
/** A record that features may add to. */
export function ref<N extends RecordName>(to: N) {
  return { type: 'ref', must: OBJECT, to } as const;
}
/** Told apart by their JSON type; objects by a name that only one of them has. */
export function either<const A extends readonly Row[]>(...among: A) {
  const shapes = among.map(({ must, fields }) => (fields ? `{${tellingName(fields)}}` : must));
  return { type: 'either', must: shapes.join(' or '), among } as const;
}
const OBJECT = 'an object';
/** The name that tells an object from others in its place. */
export const tellingName = (fields: Fields): string => Object.keys(fields)[0] as string;

// ---- what else is said of a row -------------------------------------------------------------

/** Left out, it stays so: the record has no such key. */
export function optional<R extends Row>(row: R): R & { default: undefined } {
  return { ...row, default: undefined };
}
/** Left out, it is null. */
export function nullable<R extends Row>(row: R): R & { default: null } {
  return { ...row, default: null };
}
/** Left out, it is as if `fallback` were written. */
export function defaulted<R extends Row, const D>(row: R, fallback: D): R & { default: D } {
  return { ...row, default: fallback };
}
/** `false` is taken and means null. */
export function switchable<R extends Row>(row: R): R & { off: null } {
  return switchableTo(row, null);
}
/** `false` is taken and means `off`, a value that needs no branch of its own. */
export function switchableTo<R extends Row, const O>(row: R, off: O): R & { off: O } {
  return { ...row, must: `${row.must} or false`, off };
}
export function asSecret<R extends Row>(row: R): R & { secret: true } {
  return { ...row, secret: true };
}
/** `fault` says what a value must be, null where it is good; `format` names the rule in the JSON Schema. */
export function test<R extends Row>(row: R, format: string, fault: (value: string) => string | null): R {
  return { ...row, format, test: fault };
}
export function transformed<R extends Row, S>(
  row: R,
  make: (value: Plain<R>, path: string) => S,
): R & { made: S } {
  return { ...row, make } as unknown as R & { made: S };
}
/** One of these for each id of the writer's choice: a Map, for callers and verifiers name ids too. */
export function byId<R extends Row>(values: R): ByIdRow<R> {
  return transformed(recordOf(values), (pairs) => new Map(pairs)) as unknown as ByIdRow<R>;
}
type ByIdRow<R> = { type: 'record'; must: string; values: R; keys: Row } & {
  made: R extends { made: infer S } ? ReadonlyMap<string, S> : ReadonlyMap<string, never>;
};
/** What is well-formed and still cannot be meant, because of what stands elsewhere. */
export function reviewed<R extends Row>(row: R, review: Review<never>): R {
  return { ...row, review };
}
/** Values whose text matches a pattern are there only where its feature is. */
export function needing<R extends Row>(row: R, ...needs: readonly (readonly [RegExp, string])[]): R {
  return { ...row, needs };
}

// ---- types, read from the rows --------------------------------------------------------------

/** A value as a person writes it, or as the gateway works with it. */
type View = 'written' | 'resolved';
type Flat<T> = { [N in keyof T]: T[N] };
/** What need not be there. */
type LeftOut<V> = { default: V extends 'written' ? unknown : undefined };

/** These fields in one view. `K` has the fields of records that features may add to. */
type FieldsIn<F, V extends View, K> = Flat<
  { -readonly [N in keyof F as F[N] extends LeftOut<V> ? N : never]?: ValueOf<F[N], V, K> } & {
    -readonly [N in keyof F as F[N] extends LeftOut<V> ? never : N]: ValueOf<F[N], V, K>;
  }
>;
type ValueOf<R, V extends View, K> = V extends 'written'
  ? Plain<R, V, K> | (R extends { off: unknown } ? false : never)
  : | (R extends { made: infer S } ? S : Plain<R, V, K>)
    | (R extends { off: infer O } ? O : never)
    | (R extends { default: null } ? null : never);

/** Before `transformed`, and where it is neither off nor left out. */
export type Plain<R, V extends View = 'resolved', K = unknown> = R extends {
  type: 'enum';
  words: readonly (infer W)[];
}
  ? W
  : R extends { type: 'string' }
    ? string
    : R extends { type: 'integer' | 'number' }
      ? number
      : R extends { type: 'boolean' }
        ? boolean
        : R extends { type: 'list'; items: infer I }
          ? readonly ValueOf<I, V, K>[]
          : R extends { type: 'tuple'; items: infer A }
            ? { readonly [N in keyof A]: ValueOf<A[N], V, K> }
            : R extends { type: 'record'; values: infer T }
              ? V extends 'written'
                ? Record<string, ValueOf<T, V, K>>
                : readonly (readonly [string, ValueOf<T, V, K>])[]
              : R extends { type: 'object'; fields: infer F }
                ? InView<F, V, K>
                : R extends { type: 'ref'; to: infer N extends keyof K }
                  ? InView<K[N], V, K>
                  : R extends { type: 'either'; among: readonly (infer A)[] }
                    ? A extends unknown
                      ? ValueOf<A, V, K>
                      : never
                    : never;
type InView<F, V extends View, K> = V extends 'written' ? FieldsIn<F, V, K> : Readonly<FieldsIn<F, V, K>>;

/** What a person writes for these fields. */
export type WrittenFields<F, K = unknown> = FieldsIn<F, 'written', K>;
/** What the gateway works with. */
export type ResolvedFields<F, K = unknown> = Readonly<FieldsIn<F, 'resolved', K>>;
