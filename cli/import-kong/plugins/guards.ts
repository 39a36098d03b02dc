/**
 * Import never opens what Kong closed. A guard is a plug-in that may reject requests, or responds in place of the
 * service; if one is not carried over, the route, or the one consumer that it is tied to, gets a 503 that names the
 * plug-in.
 */
import type { RespondWith } from '../../../lib/config/types.ts';
import { label, type Row } from '../rows.ts';
import { singular } from '../schema.ts';
import { type Loss, type Missing, type Place, type PluginRow } from './entry.ts';
import type { Plugins } from './scopes.ts';

export interface PluginContext extends Omit<Place, 'draft'> {
  readonly plugins: Plugins;
  /** Plug-ins declared harmless by the operator: they close nothing. */
  readonly harmless: ReadonlySet<string>;
}

/** The response of a closed route. */
export function closedBy(what: string): RespondWith {
  return { status: 503, message: `closed: ${what} is not carried over` };
}

/** The effect of a plug-in's absence, given its settings. */
export function lossOf({ fate, why, judge }: Missing, plugin: PluginRow): Loss {
  return judge?.(plugin.fields.config ?? {}) ?? { effect: fate === 'guard' ? 'closed' : 'lost', why };
}

/** Notes a missing guard and returns whether it closes the route or consumer: not if it was declared harmless. */
export function closes(
  plugin: PluginRow,
  why: string,
  affected: Row,
  { report, harmless }: PluginContext,
): boolean {
  const { name = '' } = plugin.fields;
  const isHarmless = harmless.has(name);
  const text = isHarmless
    ? `assumed to be harmless: ${why}`
    : `503, because ${why} (--assume-harmless ${name} opens it)`;
  report.note(
    isHarmless ? 'open' : 'closed',
    plugin.at,
    text,
    name,
    `${singular(affected.kind)} ${label(affected)}`,
  );
  return !isHarmless;
}
