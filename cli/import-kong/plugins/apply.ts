/**
 * Applies the plug-ins of a route, in Kong's order: settings if they are carried over, a closed route if a guard is
 * not.
 */
import type { Config, Route } from '../../../lib/config/types.ts';
import type { Row } from '../rows.ts';
import type { PluginRow } from './entry.ts';
import { closedBy, closes, lossOf, type PluginContext } from './guards.ts';
import { globalPlugin, pluginOf } from './scopes.ts';
import { pluginNamed } from './table.ts';

/** Settings of one route so far. */
interface Found {
  /** Settings on the route itself. */
  readonly draft: Partial<Route>;
  /** Top-level settings that apply to it. */
  readonly top: Partial<Route>;
}

/** All settings from a route's plug-ins, except those set at the top level. */
export function routePlugins(
  route: Row<'routes'>,
  service: Row<'services'> | null,
  context: PluginContext,
): Partial<Route> {
  const found: Found = { draft: {}, top: {} };
  const closing = inOrder(context).filter((name) => {
    const plugin = pluginOf(context.plugins, name, route, service);
    return plugin !== null && !takeOver(name, plugin, route, found, context);
  });
  if (closing.length > 0) found.draft.respondWith = closedBy(closing.join(', '));
  return found.draft;
}

/** The plug-ins' names, in order of execution. */
function inOrder({ plugins }: PluginContext): string[] {
  return plugins.names.toSorted((a, b) => pluginNamed(b).priority - pluginNamed(a).priority);
}

/** False if the plug-in is a guard without a replacement. */
function takeOver(
  name: string,
  plugin: PluginRow,
  route: Row<'routes'>,
  { draft, top }: Found,
  context: PluginContext,
): boolean {
  const entry = pluginNamed(name);
  if (entry.fate !== 'carried') {
    const { effect, why } = lossOf(entry, plugin);
    return effect !== 'closed' || !closes(plugin, why, route, context);
  }
  if (
    plugin.fields.ordering !== undefined &&
    closes(plugin, 'its ordering is not carried over', route, context)
  )
    return false;
  const mapped = entry.map(plugin, { ...context, draft: { ...top, ...draft } });
  if ('closed' in mapped) return !closes(plugin, mapped.closed, route, context);
  const { respondWith, ...settings } = mapped;
  // Two plug-ins may share a setting (`logTo`, `trace`): the route's own value replaces the top-level one.
  const isShared = Object.keys(settings).some((key) => key in draft);
  const isAtTop = plugin === globalPlugin(context.plugins, name) && !isShared;
  Object.assign(isAtTop ? top : draft, settings);
  // `respondWith` exists on routes only.
  if (respondWith) draft.respondWith = respondWith;
  return true;
}

/** Global plug-ins as settings for all routes, and for requests that match none. */
export function globalPlugins(context: PluginContext): Pick<Config, keyof Config & keyof Route> {
  const found: Partial<Route> = {};
  for (const name of inOrder(context)) {
    const entry = pluginNamed(name);
    const plugin = globalPlugin(context.plugins, name);
    if (plugin === null || entry.fate !== 'carried') continue;
    const mapped = entry.map(plugin, { ...context, draft: found });
    if (!('closed' in mapped)) Object.assign(found, mapped);
  }
  const { respondWith: _, ...settings } = found;
  return settings;
}

const LOGS: readonly unknown[] = ['http-log', 'file-log'];

/** Adds a note for each plug-in that is lost or only partly carried over. */
export function noteLosses({ plugins, report, harmless }: PluginContext): void {
  for (const plugin of plugins.rows) {
    const { name = '', condition } = plugin.fields;
    const { consumer, consumer_group: group } = plugin.links;
    const lost = (text: string): void => report.note('lost', plugin.at, text, name);
    const entry = pluginNamed(name);
    if (entry.fate !== 'carried') {
      const { effect, why } = lossOf(entry, plugin);
      if (effect !== 'closed') report.note(effect, plugin.at, why, name);
    } else if (group && !entry.guards)
      lost('members of a consumer group are treated like every other consumer');
    if (consumer && entry.fate === 'carried' && entry.consumer === 'ignored')
      lost('cannot be set for single consumers: the setting for all applies');
    const isOtherLog = ({ fields, links }: PluginRow): boolean =>
      LOGS.includes(fields.name) && fields.name !== name && links.consumer !== consumer;
    if (consumer && LOGS.includes(name) && plugins.rows.some(isOtherLog))
      lost('logs for all do not get the records of this consumer');
    if (condition !== undefined) lost('its condition is not evaluated: it always runs');
  }
  for (const name of harmless)
    if (!plugins.names.includes(name))
      report.note('check', [], 'no plug-in of this name is in use', `--assume-harmless ${name}`);
}
