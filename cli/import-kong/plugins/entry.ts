/**
 * What the importer knows about a plug-in: one record each in table.ts.
 *
 * To carry over another one, write its `Carried` record in a file of this folder and add it to the table: `config`
 * validates its settings, `map` converts them to settings of the route; `carried` in fields.ts makes both from one table.
 * apply.ts handles scope, `enabled`, order and closing.
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
  /** Settings of kong.conf. */
  readonly conf: Settings;
  /** The route's settings from plug-ins of higher priority so far. */
  readonly draft: Readonly<Partial<Route>>;
}

/** Kong's response when a plug-in fails. */
export const FAILED = { status: 500, message: 'An unexpected error occurred' };

/** The plug-in cannot be carried over: the route is closed, for this reason. */
export interface Closed {
  readonly closed: string;
}

interface Common {
  /** Kong 3's PRIORITY: the highest runs first. */
  readonly priority: number;
  /** Part of Kong's own package; otherwise of the Enterprise edition. Default true. */
  readonly bundled?: boolean;
  /** One line: what it becomes, or the effect of its absence. Printed in docs/kong.md and in the report. */
  readonly why: string;
}

export interface Carried extends Common {
  readonly fate: 'carried';
  /** Validates its settings. */
  readonly config: Check;
  /** Validates rules across its settings; null if they are met. */
  readonly fault?: (config: Settings) => string | null;
  /** Returns the settings of the route that it becomes. */
  readonly map: (plugin: Row, place: Place) => Partial<Route> | Closed;
  /**
   * A global configuration is set on each route. Default: at the top level, where it applies to requests that match no
   * route too.
   */
  readonly onRoutesOnly?: boolean;
  /** If it may be tied to a consumer: the table of consumers that it fills. */
  readonly consumer?: ForConsumer;
  /** It may be tied to a consumer, which has no effect here: the report says so. */
  readonly ignoresConsumer?: true;
  /**
   * It may reject requests: if a part of it is not carried over, the route or consumer it is tied to is closed.
   * Default: by `consumer`.
   */
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
/** The settings of a plug-in for one consumer; the same as on a route. */
export type OwnSettings = NonNullable<ConsumerTables['consumerSettings']>[string];

export function mayRefuse({ guards, consumer }: Carried): boolean {
  return guards ?? consumer?.setting === 'consumerResponses';
}

/**
 * A guard may reject requests, or responds in place of the service: routes that it applies to are closed. Others are
 * lost.
 */
export interface Missing extends Common {
  readonly fate: 'guard' | 'lost';
  /** For effects that depend on its settings. Default: a guard closes for `why`, another is lost with `why`. */
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
