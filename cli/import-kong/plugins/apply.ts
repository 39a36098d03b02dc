/**
 * Applies the plug-ins of a route, in Kong's order: settings if they are carried over, a closed route if a guard is
 * not.
 */
import type { Config, Route } from '../../../lib/config/types.ts';
import type { Row } from '../rows.ts';
import type { PluginRow } from './entry.ts';
import { become, closedBy, closes, type PluginContext } from './guards.ts';
import { pluginIn, pluginOf } from './scopes.ts';
import { pluginNamed, rankOf } from './table.ts';

/** The plug-ins' names, in order of execution. */
function inOrder({ names }: PluginContext): string[] {
  return names.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** All settings from a route's plug-ins, except those set at the top level. */
export function routePlugins(
  route: Row<'routes'>,
  service: Row<'services'> | null,
  context: PluginContext,
): Partial<Route> {
  const draft: Partial<Route> = {};
  const top: Partial<Route> = {};
  const closing = inOrder(context).filter((name) => {
    const plugin = pluginOf(context, name, route, service);
    if (plugin === null) return false;
    const refuses = (why: string): boolean => closes(plugin, why, route, context);
    const isReordered = pluginNamed(name).fate === 'carried' && plugin.fields.ordering !== undefined;
    if (isReordered && refuses('its ordering is not carried over')) return true;
    const mapped = become(plugin, { ...context, draft: { ...top, ...draft } });
    if ('closed' in mapped) return refuses(mapped.closed);
    const { respondWith, ...settings } = mapped;
    // Two plug-ins may share a setting (`logTo`, `trace`): the route's own value replaces the top-level one.
    const isShared = Object.keys(settings).some((key) => key in draft);
    const isAtTop = plugin === pluginIn(context, name, {}) && !isShared;
    Object.assign(isAtTop ? top : draft, settings);
    // `respondWith` exists on routes only.
    if (respondWith) draft.respondWith = respondWith;
    return false;
  });
  if (closing.length > 0) draft.respondWith = closedBy(closing.join(', '));
  return draft;
}

/** Global plug-ins as settings for all routes, and for requests that match none. */
export function globalPlugins(context: PluginContext): Pick<Config, keyof Config & keyof Route> {
  const found: Partial<Route> = {};
  for (const name of inOrder(context)) {
    const plugin = pluginIn(context, name, {});
    const mapped = plugin && become(plugin, { ...context, draft: found });
    if (mapped && !('closed' in mapped)) Object.assign(found, mapped);
  }
  const { respondWith: _, ...settings } = found;
  return settings;
}

const LOGS: readonly unknown[] = ['http-log', 'file-log'];

/** Adds a note for each plug-in that is lost or only partly carried over. */
export function noteLosses(plugins: readonly PluginRow[]): void {
  for (const plugin of plugins) {
    const { name = '', condition, config = {} } = plugin.fields;
    const { consumer, consumer_group: group } = plugin.links;
    const lost = (text: string): void => plugin.report.note('lost', text, name);
    const entry = pluginNamed(name);
    if (entry.fate !== 'carried') {
      const { effect, why } = entry.judge(config);
      if (effect !== 'closed') plugin.report.note(effect, why, name);
    } else {
      if (group && !entry.guards) lost('members of a consumer group are treated like every other consumer');
      if (consumer && entry.consumer === 'ignored')
        lost('cannot be set for single consumers: the setting for all applies');
    }
    const isOtherLog = ({ fields, links }: PluginRow): boolean =>
      LOGS.includes(fields.name) && fields.name !== name && links.consumer !== consumer;
    if (consumer && LOGS.includes(name) && plugins.some(isOtherLog))
      lost('logs for all do not get the records of this consumer');
    if (condition !== undefined) lost('its condition is not evaluated: it always runs');
  }
}
