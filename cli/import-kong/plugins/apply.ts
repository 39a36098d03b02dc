/**
 * Applies the plug-ins of a route, in Kong's order: settings if they are carried over, a closed route if a guard is
 * not.
 */
import type { Config, Route } from '../../../lib/config/types.ts';
import type { Row } from '../rows.ts';
import { closedBy, closes, lossOf, type PluginContext } from './guards.ts';
import { mayRefuse } from './entry.ts';
import { globalPlugin, pluginOf } from './scopes.ts';
import { pluginNamed } from './table.ts';

/** All settings from a route's plug-ins, except those set at the top level. */
export function routePlugins(route: Row, service: Row | null, context: PluginContext): Partial<Route> {
  const { plugins } = context;
  const found: Found = { draft: {}, top: {} };
  const closing: string[] = [];
  for (const name of inOrder(plugins.names)) {
    const plugin = pluginOf(plugins, name, route, service);
    if (plugin !== null && !takeOver(name, plugin, route, found, context)) closing.push(name);
  }
  if (closing.length > 0) found.draft.respondWith = closedBy(closing.join(', '));
  return found.draft;
}

/** Settings of one route so far. */
interface Found {
  /** Settings on the route itself. */
  readonly draft: Partial<Route>;
  /** Top-level settings that apply to it. */
  readonly top: Partial<Route>;
}

/** In order of execution. */
function inOrder(names: readonly string[]): string[] {
  return names.toSorted((a, b) => pluginNamed(b).priority - pluginNamed(a).priority);
}

/** False if the plug-in is a guard without a replacement. */
function takeOver(
  name: string,
  plugin: Row,
  route: Row,
  { draft, top }: Found,
  context: PluginContext,
): boolean {
  const entry = pluginNamed(name);
  if (entry.fate !== 'carried') {
    const { effect, why } = lossOf(entry, plugin);
    return effect !== 'closed' || !closes(plugin, why, route, context);
  }
  const { ordering } = plugin.fields;
  if (ordering !== undefined && closes(plugin, 'its ordering is not carried over', route, context))
    return false;
  const mapped = entry.map(plugin, { ...context, draft: { ...top, ...draft } });
  if ('closed' in mapped) return !closes(plugin, mapped.closed, route, context);
  const { respondWith, ...settings } = mapped;
  const atTop = !entry.onRoutesOnly && plugin === globalPlugin(context.plugins, name);
  // Two plug-ins may share a setting (`logTo`, `trace`): the route's own value replaces the top-level one.
  const isShared = Object.keys(settings).some((key) => key in draft);
  Object.assign(atTop && !isShared ? top : draft, settings);
  // `respondWith` exists on routes only.
  Object.assign(draft, respondWith ? { respondWith } : {});
  return true;
}

/** Global plug-ins as settings for all routes, and for requests that match none. */
export function globalPlugins(context: PluginContext): Pick<Config, keyof Config & keyof Route> {
  const found: Partial<Route> = {};
  for (const name of inOrder(context.plugins.names)) {
    const entry = pluginNamed(name);
    const plugin = globalPlugin(context.plugins, name);
    if (plugin === null || entry.fate !== 'carried' || entry.onRoutesOnly) continue;
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
    const { name, condition } = plugin.fields;
    const of = { at: plugin.at, subject: String(name) };
    const entry = pluginNamed(of.subject);
    if (entry.fate !== 'carried') {
      const { effect, why } = lossOf(entry, plugin);
      if (effect !== 'closed') report.note({ ...of, effect, text: why });
    } else if (plugin.links['consumer_group'] && !mayRefuse(entry))
      report.note({ ...of, effect: 'lost', text: 'members of a consumer group get what everybody gets' });
    const { consumer } = plugin.links;
    if (consumer && entry.fate === 'carried' && entry.ignoresConsumer)
      report.note({
        ...of,
        effect: 'lost',
        text: 'cannot be set for single consumers: what is set for all holds',
      });
    const isOtherLog = ({ fields, links }: Row): boolean =>
      LOGS.includes(fields['name']) && fields['name'] !== name && links['consumer'] !== consumer;
    if (consumer && LOGS.includes(name) && plugins.rows.some(isOtherLog))
      report.note({ ...of, effect: 'lost', text: 'logs for all do not get the records of this consumer' });
    if (condition !== undefined)
      report.note({ ...of, effect: 'lost', text: 'its condition is not asked: it runs always' });
  }
  for (const name of harmless)
    if (!plugins.names.includes(name)) {
      const subject = `--assume-harmless ${name}`;
      report.note({ effect: 'check', at: [], subject, text: 'no plug-in of this name is in use' });
    }
}
