/**
 * Tables of a plug-in's settings: for each of Kong's names its range, and the setting that it becomes here. A name with
 * only a range is validated and not carried over, or carried over by code.
 */
import type { Route } from '../../../lib/config/types.ts';
import { ANYTHING, shape, type Check, type Checked, type Table } from '../checks.ts';
import { configOf, type Carried, type Closed, type Place, type PluginRow } from './entry.ts';

interface Field<N extends string, T = unknown> extends Check<T> {
  readonly setting: N;
  /** Kong's default. */
  readonly standard?: unknown;
  /** The value here; undefined: the setting is omitted. */
  readonly make: (value: never) => unknown;
}
type Fields<N extends string = string> = Readonly<Record<string, Check | Field<N>>>;

/** Omitted if it is empty, or `standard`: Kong's default, which is the default here too. */
export function to<N extends string, T>(setting: N, check: Check<T>, standard?: T): Field<N, T> {
  const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.length === 0);
  return { ...check, setting, make: (value) => (isEmpty(value) || value === standard ? undefined : value) };
}

/** Written if it is set in Kong, as converted by `make`. */
export function made<N extends string, T>(
  setting: N,
  check: Check<T>,
  make: (value: T) => unknown = (value) => value,
): Field<N, T> {
  return { ...check, setting, make };
}

/** Always written: Kong's default is not the default here. */
export function always<N extends string, T>(
  setting: N,
  check: Check<T>,
  standard: NoInfer<T>,
  make: (value: T) => unknown = (value) => value,
): Field<N, T> {
  return { ...check, setting, standard, make };
}

/** Settings that are not used here. */
export function unread<N extends string>(...names: readonly N[]): Record<N, Check> {
  return Object.fromEntries(names.map((name) => [name, ANYTHING])) as Record<N, Check>;
}

function carry(fields: Fields, config: Table): Table {
  const carried = Object.entries(fields).flatMap(([name, field]): [string, unknown][] => {
    if (!('setting' in field)) return [];
    const value = config[name] ?? field.standard;
    const here = value === undefined ? undefined : field.make(value as never);
    return here === undefined ? [] : [[field.setting, here]];
  });
  return Object.fromEntries(carried);
}

interface Recipe<F, S> extends Omit<Carried, 'fate' | 'config' | 'fault' | 'map'> {
  readonly fields: F;
  readonly fault?: (config: Checked<F>) => string | null;
  /** `carried`: the settings that `fields` become by themselves. */
  readonly map: (config: Checked<F>, plugin: PluginRow, place: Place, carried: Table) => S | Closed;
}

export function plugIn<F extends Fields>({ fields, map, ...plugin }: Recipe<F, Partial<Route>>): Carried {
  return {
    ...(plugin as Omit<Carried, 'fate' | 'config' | 'map'>),
    fate: 'carried',
    config: shape(fields),
    map: (row, place) => {
      const config = configOf(row);
      return map(config as Checked<F>, row, place, carry(fields, config));
    },
  };
}

type Inner<K extends keyof Route> = Exclude<NonNullable<Route[K]>, false>;

/** A plug-in whose configuration becomes one setting; `more` handles what depends on several fields, or adds notes. */
export function carried<K extends keyof Route, F extends Fields<keyof Inner<K> & string>>(
  setting: K,
  {
    more,
    ...recipe
  }: Omit<Recipe<F, never>, 'map'> & { readonly more?: Recipe<F, Partial<Inner<K>>>['map'] },
): Carried {
  return plugIn<F>({
    ...recipe,
    map: (config, row, place, settings) => {
      const rest = more?.(config, row, place, settings) ?? {};
      return isClosed(rest) ? rest : { [setting]: { ...settings, ...rest } };
    },
  });
}

function isClosed(rest: object): rest is Closed {
  return 'closed' in rest;
}
