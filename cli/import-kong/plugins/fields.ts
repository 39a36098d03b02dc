/**
 * Tables of a plug-in's settings: for each of Kong's names its range, and the setting here that it becomes. A name with
 * a range alone is validated and not carried over, or carried over by code.
 */
import type { Route } from '../../../lib/config/types.ts';
import { ANYTHING, isEmptyTable, shape, type Check } from '../checks.ts';
import type { Row } from '../rows.ts';
import { configOf, type Carried, type Closed, type ForConsumer, type Place, type Settings } from './entry.ts';

export interface Field<N extends string> {
  readonly check: Check;
  readonly setting: N;
  /** What Kong takes where nothing is written. */
  readonly standard?: unknown;
  /** The value here; undefined: the setting is left out. */
  readonly make: (value: unknown) => unknown;
}
export type Fields<S> = Readonly<Record<string, Check | Field<keyof S & string>>>;

/** Left out where it is empty, or `standard`: Kong's default, which is the default here too. */
export function to<N extends string>(setting: N, check: Check, standard?: unknown): Field<N> {
  const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.length === 0);
  return { setting, check, make: (value) => (isEmpty(value) || value === standard ? undefined : value) };
}

/** Written if Kong's is, as `make` converts it. */
export function made<N extends string, V>(
  setting: N,
  check: Check,
  make: (value: V) => unknown = (value) => value,
): Field<N> {
  return { setting, check, make: make as (value: unknown) => unknown };
}

/** Always written: Kong's default is not the default here. */
export function always<N extends string, V>(
  setting: N,
  check: Check,
  standard: V,
  make: (value: V) => unknown = (value) => value,
): Field<N> {
  return { setting, check, standard, make: make as (value: unknown) => unknown };
}

/** Settings that nothing here reads. */
export function unread(...names: readonly string[]): Record<string, Check> {
  return Object.fromEntries(names.map((name) => [name, ANYTHING]));
}

export function checkOf(fields: Fields<never>): Check {
  return shape(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [
        name,
        typeof field === 'function' ? field : field.check,
      ]),
    ),
  );
}

export function carry<S>(fields: Fields<S>, config: Settings): S {
  const carried = Object.entries(fields).flatMap(([name, field]): [string, unknown][] => {
    if (typeof field === 'function') return [];
    const value = config[name] ?? field.standard ?? undefined;
    const here = value === undefined ? undefined : field.make(isEmptyTable(value) ? [] : value);
    return here === undefined ? [] : [[field.setting, here]];
  });
  return Object.fromEntries(carried) as S;
}

type Inner<K extends keyof Route> = Exclude<NonNullable<Route[K]>, false>;
interface Recipe<S> extends Omit<Carried, 'fate' | 'config' | 'map' | 'consumer'> {
  readonly fields: Fields<S>;
  /** What takes more than one field, or a note. */
  readonly more?: (config: Settings, plugin: Row, place: Place) => Partial<S> | Closed;
  /** It may be tied to a consumer, whose `consumerSettings` then hold the same. */
  readonly tied?: boolean;
}

/** A plug-in whose configuration becomes one setting. */
export function carried<K extends keyof Route>(
  setting: K,
  { fields, more, tied, ...plugin }: Recipe<Inner<K>>,
): Carried {
  const map = (row: Row, place: Place): Partial<Route> | Closed => {
    const config = configOf(row);
    const rest = more?.(config, row, place);
    if (isClosed(rest)) return rest;
    return { [setting]: { ...carry<Settings>(fields, config), ...rest } };
  };
  const consumer = { setting: 'consumerSettings', map: map as ForConsumer['map'] } as const;
  return { fate: 'carried', config: checkOf(fields), map, ...(tied ? { consumer } : {}), ...plugin };
}

function isClosed(rest: object | undefined): rest is Closed {
  return rest !== undefined && 'closed' in rest;
}
