/**
 * Import never opens what Kong closed. A guard is a plug-in that may reject requests, or responds in place of the
 * service; if one is not carried over, the route, or the one consumer that it is tied to, gets a 503 that names the
 * plug-in.
 */
import type { RespondWith, Route } from '../../../lib/config/types.ts';
import { label, type Row } from '../rows.ts';
import { singular } from '../schema.ts';
import type { Closed, Place, PluginRow } from './entry.ts';
import type { Plugins } from './scopes.ts';
import { pluginNamed } from './table.ts';

export interface PluginContext extends Plugins, Omit<Place, 'draft'> {
  /** Plug-ins declared harmless by the operator: they close nothing. */
  readonly harmless: ReadonlySet<string>;
}

/** The settings that a plug-in becomes; none if it is lost. */
export function become(plugin: PluginRow, place: Place): Partial<Route> | Closed {
  const { name = '', config = {} } = plugin.fields;
  const entry = pluginNamed(name);
  if (entry.fate === 'carried') return entry.map(plugin, place);
  const { effect, why } = entry.judge(config);
  return effect === 'closed' ? { closed: why } : {};
}

/** The response of a closed route. */
export function closedBy(what: string): RespondWith {
  return { status: 503, message: `closed: ${what} is not carried over` };
}

/** Notes a missing guard and returns whether it closes the route or consumer: not if it was declared harmless. */
export function closes(plugin: PluginRow, why: string, affected: Row, { harmless }: PluginContext): boolean {
  const { name = '' } = plugin.fields;
  const isHarmless = harmless.has(name);
  const text = isHarmless
    ? `assumed to be harmless: ${why}`
    : `503, because ${why} (--assume-harmless ${name} opens it)`;
  const whom = `${singular(affected.kind)} ${label(affected)}`;
  plugin.report.note(isHarmless ? 'open' : 'closed', text, name, whom);
  return !isHarmless;
}
