/**
 * What the importer knows of a plug-in: one record each in table.ts.
 *
 * To carry one more over, write a file beside this one with its `Carried` record and put it into the table:
 * `config` says what its settings may be, `map` which settings of the route it becomes. Scope, `enabled`, order
 * and closing are seen to in apply.ts.
 */
import type { Config, Route } from '../../../lib/config/types.ts';
import type { Check } from '../checks.ts';
import type { Effect, Report } from '../report.ts';
import type { Row } from '../rows.ts';

export type Settings = Readonly<Record<string, unknown>>;

/** Where a plug-in's configuration applies. */
export interface Place {
  readonly of2018: boolean;
  readonly report: Report;
  /** What kong.conf says. */
  readonly conf: Settings;
  /** What plug-ins of higher priority have made of the route so far. */
  readonly draft: Readonly<Partial<Route>>;
}

/** The plug-in's effect is not possible here: the route is closed, for this reason. */
export interface Closed {
  readonly closed: string;
}

interface Common {
  /** Kong 3's PRIORITY: the higher runs first. */
  readonly priority: number;
  /** In Kong's own package; the others are the Enterprise edition's. Default true. */
  readonly bundled?: boolean;
  /** One line: what it becomes, or what its absence means. Printed in docs/kong.md and in the report. */
  readonly why: string;
}

export interface Carried extends Common {
  readonly fate: 'carried';
  /** What its settings may be. */
  readonly config: Check;
  /** What its own rules ask beyond single settings; null where they are kept. */
  readonly fault?: (config: Settings) => string | null;
  /** The settings of the route that it becomes. */
  readonly map: (plugin: Row, place: Place) => Partial<Route> | Closed;
  /**
   * A global one stands at the top of the configuration and holds for requests that match no route too. Default:
   * on each route.
   */
  readonly atTop?: boolean;
  /** Where it may be tied to a consumer: the table of consumers that it fills. */
  readonly consumer?: ForConsumer;
  /** It may refuse: where a part of it is not carried over, whoever it is tied to is closed. Default: by `consumer`. */
  readonly guards?: boolean;
}
export interface ForConsumer {
  readonly setting: keyof ConsumerTables;
  readonly map: (
    plugin: Row,
    place: Place,
  ) => NonNullable<ConsumerTables[ForConsumer['setting']]>[string] | Closed;
}
export type ConsumerTables = Pick<Config, 'consumerLimits' | 'consumerResponses' | 'consumerSettings'>;
/** What a plug-in becomes for one consumer; on a route it is the same. */
export type OwnSettings = NonNullable<ConsumerTables['consumerSettings']>[string];

export function mayRefuse({ guards, consumer }: Carried): boolean {
  return guards ?? consumer?.setting === 'consumerResponses';
}

/**
 * A guard may refuse, or answers in the service's place: where it applies, the route is closed. The others are
 * lost.
 */
export interface Missing extends Common {
  readonly fate: 'guard' | 'lost';
  /** Where it depends on its settings. Default: a guard closes for `why`, another is lost with `why`. */
  readonly judge?: (config: Settings) => Loss;
}
export interface Loss {
  readonly effect: Exclude<Effect, 'check'>;
  readonly why: string;
}

export type Plugin = Carried | Missing;

export function configOf(plugin: Row): Settings {
  return (plugin.fields['config'] ?? {}) as Settings;
}
