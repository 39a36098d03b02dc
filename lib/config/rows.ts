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
  /** Of a string, completes "<path> must be …". */
  readonly must?: string;
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
  /** What the gateway works with, made of a good value. */
  readonly make?: (value: never) => unknown;
  /** Values that need a feature: a pattern, and the feature's name. */
  readonly needs?: readonly (readonly [RegExp, string])[];
}

// ---- kinds of values ------------------------------------------------------------------------

export function string(
  must = 'a string',
  pattern = /[^]/,
): { type: 'string'; must: string; pattern: RegExp } {
  return { type: 'string', must, pattern };
}
export function oneOf<const W extends readonly (string | number)[]>(...words: W): { type: 'enum'; words: W } {
  return { type: 'enum', words };
}
export function integer(
  least: number,
  most = 2_147_483_647,
): { type: 'integer'; least: number; most: number } {
  return { type: 'integer', least, most };
}
export function number(least: number, most: number): { type: 'number'; least: number; most: number } {
  return { type: 'number', least, most };
}
export function boolean(): { type: 'boolean' } {
  return { type: 'boolean' };
}
export function listOf<R extends Row>(items: R, least = 0): { type: 'list'; items: R; least: number } {
  return { type: 'list', items, least };
}
/** A list of just these. */
export function tuple<const A extends readonly Row[]>(...items: A): { type: 'tuple'; items: A } {
  return { type: 'tuple', items };
}
/** Names of the writer's choice. */
export function recordOf<R extends Row>(
  values: R,
  keys: Row = string(),
): { type: 'record'; values: R; keys: Row } {
  return { type: 'record', values, keys };
}
/** These names and no others. */
export function object<F extends Fields>(fields: F): { type: 'object'; fields: F } {
  return { type: 'object', fields };
}
/** A record that features may add to. */
export function ref<N extends RecordName>(to: N): { type: 'ref'; to: N } {
  return { type: 'ref', to };
}
/** Told apart by their JSON type; objects by a name that only one of them has. */
export function either<const A extends readonly Row[]>(...among: A): { type: 'either'; among: A } {
  return { type: 'either', among };
}

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
  return { ...row, off: null };
}
/** `false` is taken and means `off`, a value that needs no branch of its own. */
export function switchableTo<R extends Row, const O>(row: R, off: O): R & { off: O } {
  return { ...row, off };
}
export function asSecret<R extends Row>(row: R): R & { secret: true } {
  return { ...row, secret: true };
}
/** `fault` says what a value must be, null where it is good; `format` names the rule in the JSON Schema. */
export function test<R extends Row>(row: R, format: string, fault: (value: string) => string | null): R {
  return { ...row, format, test: fault };
}
export function transformed<R extends Row, S>(row: R, make: (value: Plain<R>) => S): R & { made: S } {
  return { ...row, make } as unknown as R & { made: S };
}
/** Strings that match `pattern` are there only where `feature` is. */
export function needing<R extends Row>(row: R, ...needs: readonly (readonly [RegExp, string])[]): R {
  return { ...row, needs };
}

// ---- types, read from the rows --------------------------------------------------------------

type Flat<T> = { [K in keyof T]: T[K] };
type OptionalKeys<F> = { [K in keyof F]: F[K] extends { default: unknown } ? K : never }[keyof F];

/** What a person writes for these fields. `K` has the fields of records that features may add to. */
export type WrittenFields<F, K = unknown> = Flat<
  { -readonly [N in keyof F as N extends OptionalKeys<F> ? N : never]?: Written<F[N], K> } & {
    -readonly [N in keyof F as N extends OptionalKeys<F> ? never : N]: Written<F[N], K>;
  }
>;
export type Written<R, K = unknown> = WrittenOn<R, K> | (R extends { off: unknown } ? false : never);
type WrittenOn<R, K> = R extends { type: 'enum'; words: readonly (infer W)[] }
  ? W
  : R extends { type: 'string' }
    ? string
    : R extends { type: 'integer' | 'number' }
      ? number
      : R extends { type: 'boolean' }
        ? boolean
        : R extends { type: 'list'; items: infer I }
          ? readonly Written<I, K>[]
          : R extends { type: 'tuple'; items: infer A }
            ? { -readonly [N in keyof A]: Written<A[N], K> }
            : R extends { type: 'record'; values: infer V }
              ? Record<string, Written<V, K>>
              : R extends { type: 'object'; fields: infer F }
                ? WrittenFields<F, K>
                : R extends { type: 'ref'; to: infer N extends keyof K }
                  ? WrittenFields<K[N], K>
                  : R extends { type: 'either'; among: readonly (infer A)[] }
                    ? A extends unknown
                      ? Written<A, K>
                      : never
                    : never;

/** What the gateway works with. */
export type ResolvedFields<F, K = unknown> = Flat<
  { readonly [N in keyof F as F[N] extends { default: undefined } ? never : N]: Resolved<F[N], K> } & {
    readonly [N in keyof F as F[N] extends { default: undefined } ? N : never]?: Resolved<F[N], K>;
  }
>;
export type Resolved<R, K = unknown> =
  | (R extends { made: infer S } ? S : Plain<R, K>)
  | (R extends { off: infer O } ? O : never)
  | (R extends { default: null } ? null : never);
/** Before `transform`. */
export type Plain<R, K = unknown> = R extends { type: 'enum'; words: readonly (infer W)[] }
  ? W
  : R extends { type: 'string' }
    ? string
    : R extends { type: 'integer' | 'number' }
      ? number
      : R extends { type: 'boolean' }
        ? boolean
        : R extends { type: 'list'; items: infer I }
          ? readonly Resolved<I, K>[]
          : R extends { type: 'tuple'; items: infer A }
            ? { readonly [N in keyof A]: Resolved<A[N], K> }
            : R extends { type: 'record'; values: infer V }
              ? readonly (readonly [string, Resolved<V, K>])[]
              : R extends { type: 'object'; fields: infer F }
                ? ResolvedFields<F, K>
                : R extends { type: 'ref'; to: infer N extends keyof K }
                  ? ResolvedFields<K[N], K>
                  : R extends { type: 'either'; among: readonly (infer A)[] }
                    ? A extends unknown
                      ? Resolved<A, K>
                      : never
                    : never;
