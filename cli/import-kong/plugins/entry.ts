/**
 * What the importer knows about a plug-in: one record each in table.ts.
 *
 * To carry over another one, write its `Carried` record in a file of this folder and add it to the table: `plugIn` and
 * `carried` in fields.ts make it from a table of its settings. apply.ts handles scope, `enabled`, order and closing.
 */
import type { Config, Route } from '../../../lib/config/types.ts';
import { withLists, type Check, type Table } from '../checks.ts';
import type { Effect } from '../report.ts';
import type { Row } from '../rows.ts';

export type PluginRow = Row<'plugins'>;

/** Where a plug-in's configuration applies. */
export interface Place {
  readonly of2018: boolean;
  /** Settings of kong.conf. */
  readonly conf: Table;
  /** The route's settings from the plug-ins that run earlier. */
  readonly draft: Readonly<Partial<Route>>;
}

/** Kong's response when a plug-in fails. */
export const FAILED = { status: 500, message: 'An unexpected error occurred' };

/** The plug-in cannot be carried over: the route is closed, for this reason. */
export interface Closed {
  readonly closed: string;
}

export interface Carried {
  readonly fate: 'carried';
  /** One line: what it becomes. Printed in docs/kong.md. */
  readonly why: string;
  /** Validates its settings. */
  readonly config: Check;
  /** Validates rules across its settings; null if they are met. */
  readonly fault?: (config: Table) => string | null;
  /** Returns the settings of the route that it becomes. */
  readonly map: (plugin: PluginRow, place: Place) => Partial<Route> | Closed;
  /**
   * The table that it fills if it is tied to a consumer; "ignored": then it has no effect here, with a note. Default:
   * it may not be tied to a consumer.
   */
  readonly consumer?: keyof ConsumerTables | 'ignored';
  /** It may reject requests: if a part of it is not carried over, the route or consumer it is tied to is closed. */
  readonly guards?: true;
}
export type ConsumerTables = Pick<Config, 'consumerLimits' | 'consumerResponses' | 'consumerSettings'>;

/**
 * A guard may reject requests, or responds in place of the service: routes that it applies to are closed. Others are
 * lost.
 */
export interface Missing {
  readonly fate: 'guard' | 'lost';
  /** One line: the effect of its absence. Printed in docs/kong.md and in the report. */
  readonly why: string;
  /** The effect of its absence, given its settings. */
  readonly judge: (config: Table) => Loss;
}
export interface Loss {
  readonly effect: Exclude<Effect, 'check'>;
  readonly why: string;
}

export type Plugin = Carried | Missing;

/** A plug-in's settings that are not null; an empty table is an empty list. */
export function configOf({ fields: { config = {} } }: PluginRow): Table {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) => (value === null ? [] : [[name, withLists(value)]])),
  );
}

/** A note on one of a plug-in's settings. */
export function noteField(effect: Effect, { report, fields }: PluginRow, field: string, text: string): void {
  report.at('config', field).note(effect, text, fields.name);
}
