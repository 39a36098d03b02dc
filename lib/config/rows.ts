/**
 * The functions with which the schema is written: each makes one row, a plain record that describes a setting.
 *
 * Rows are data, so that validation, the types, the manual and the JSON Schema are all derived from them. Rejected:
 * validators as closures (fast, but nothing else can be derived from them), and JSON Schema itself as the schema (no
 * types, no messages, and a validator for it is 30 KB).
 */

export type Fields = Readonly<Record<string, Row>>;
/** Records that a feature may extend. */
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
  /** Completes "<path> must be ...". */
  readonly must: string;
  readonly pattern?: RegExp;
  /** The only valid strings or numbers. */
  readonly words?: readonly (string | number)[];
  /** Minimum and maximum of a number; the minimum length of a list. */
  readonly least?: number;
  readonly most?: number;
  readonly items?: Row | readonly Row[];
  /** For a record with arbitrary names: the rows of its names and of its values. */
  readonly keys?: Row;
  readonly values?: Row;
  readonly fields?: Fields;
  readonly to?: RecordName;
  readonly among?: readonly Row[];
  /** The default, as it would be written. If this key is present, the row is optional. */
  readonly default?: unknown;
  /** The meaning of `false`, if that is valid. */
  readonly off?: unknown;
  /** Faults do not show the received value. */
  readonly secret?: true;
  /** A rule that no pattern can express: its name, and what the value must be; null if it is valid. */
  readonly format?: string;
  readonly test?: (value: never) => string | null;
  /** Converts a valid value and its path to what the gateway uses. */
  readonly make?: (value: never, path: string) => unknown;
  /** Checks a valid value against the rest of the configuration, once all values are valid. */
  readonly review?: Review<never>;
  /** Values that need a feature: a pattern of the string, or of the JSON of anything else, and the feature's name. */
  readonly needs?: readonly (readonly [RegExp, string])[];
}

/** What reviews see besides the value itself. */
export interface Whole {
  readonly compat: string | null;
  readonly origins: unknown;
  readonly pools: readonly (readonly [string, unknown])[];
  readonly consumers: readonly { readonly id: string; readonly username?: string }[];
}
/** Adds a fault if the value makes no sense. */
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
/** A list with exactly these items. */
export function tuple<const A extends readonly Row[]>(...items: A) {
  return { type: 'tuple', must: `a list of ${items.length}`, items } as const;
}
/** An object with arbitrary names. */
export function recordOf<R extends Row>(values: R, keys: Row = string()) {
  return { type: 'record', must: OBJECT, values, keys } as const;
}
/** An object with exactly these fields. */
export function object<F extends Fields>(fields: F) {
  return { type: 'object', must: OBJECT, fields } as const;
}
/** A record that features may extend. */
export function ref<N extends RecordName>(to: N) {
  return { type: 'ref', must: OBJECT, to } as const;
}
/** One of these, distinguished by JSON type; objects by a field that only one of them has. */
export function either<const A extends readonly Row[]>(...among: A) {
  const shapes = among.map(({ must, fields }) => (fields ? `{${tellingName(fields)}}` : must));
  return { type: 'either', must: shapes.join(' or '), among } as const;
}
const OBJECT = 'an object';
/** The field that distinguishes an object from its alternatives: its first. */
export const tellingName = (fields: Fields): string => Object.keys(fields)[0] as string;

// ---- modifiers of rows ----------------------------------------------------------------------

/** If absent, it remains so: the record has no such key. */
export function optional<R extends Row>(row: R): R & { default: undefined } {
  return { ...row, default: undefined };
}
/** If absent, it is null. */
export function nullable<R extends Row>(row: R): R & { default: null } {
  return { ...row, default: null };
}
/** If absent, it is as if `fallback` were written. */
export function defaulted<R extends Row, const D>(row: R, fallback: D): R & { default: D } {
  return { ...row, default: fallback };
}
/** `false` is valid and means null. */
export function switchable<R extends Row>(row: R): R & { off: null } {
  return switchableTo(row, null);
}
/** `false` is valid and means `off`, a value that needs no special case. */
export function switchableTo<R extends Row, const O>(row: R, off: O): R & { off: O } {
  return { ...row, must: `${row.must} or false`, off };
}
export function asSecret<R extends Row>(row: R): R & { secret: true } {
  return { ...row, secret: true };
}
/** `fault` returns what a value must be, null if it is valid; `format` names the rule in the JSON Schema. */
export function test<R extends Row>(row: R, format: string, fault: (value: string) => string | null): R {
  return { ...row, format, test: fault };
}
export function transformed<R extends Row, S>(
  row: R,
  make: (value: Plain<R>, path: string) => S,
): R & { made: S } {
  return { ...row, make } as unknown as R & { made: S };
}
/** Values by arbitrary id: a Map, since callers and verifiers also send ids. */
export function byId<R extends Row>(values: R): ByIdRow<R> {
  return transformed(recordOf(values), (pairs) => new Map(pairs)) as unknown as ByIdRow<R>;
}
type ByIdRow<R> = { type: 'record'; must: string; values: R; keys: Row } & {
  made: R extends { made: infer S } ? ReadonlyMap<string, S> : ReadonlyMap<string, never>;
};
/** Also checks the value against the rest of the configuration: a well-formed value may still make no sense. */
export function reviewed<R extends Row>(row: R, review: Review<never>): R {
  return { ...row, review };
}
/** Values that match a pattern are available only if its feature is included. */
export function needing<R extends Row>(row: R, ...needs: readonly (readonly [RegExp, string])[]): R {
  return { ...row, needs };
}

// ---- types, derived from the rows -----------------------------------------------------------

/** A value as written, or as the gateway uses it. */
type View = 'written' | 'resolved';
type Flat<T> = { [N in keyof T]: T[N] };
/** Fields that may be absent. */
type LeftOut<V> = { default: V extends 'written' ? unknown : undefined };

/** These fields in one view. `K` holds the fields of records that features may extend. */
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

/** Before `transformed`, and if it is neither off nor absent. */
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

/** These fields as written. */
export type WrittenFields<F, K = unknown> = FieldsIn<F, 'written', K>;
/** These fields as the gateway uses them. */
export type ResolvedFields<F, K = unknown> = Readonly<FieldsIn<F, 'resolved', K>>;
