/** Settings of single consumers: from plug-ins tied to them, or to a consumer group of theirs. */
import type { Row } from '../rows.ts';
import { mayRefuse, type ConsumerTables, type ForConsumer, type OwnSettings } from './entry.ts';
import { closedBy, closes, lossOf, type PluginContext } from './guards.ts';
import { consumersOn, pluginOfConsumer, pluginOfPair } from './scopes.ts';
import { pluginNamed } from './table.ts';

export interface ConsumerPlugins {
  /** For every route. */
  readonly everywhere: ConsumerTables;
  /** For one route only. */
  readonly onRoute: (route: Row, service: Row | null) => ConsumerTables;
}

/** One entry of a table. A consumer closed because of a missing guard stays closed, whatever else is set for it. */
interface Cell {
  readonly setting: ForConsumer['setting'];
  readonly consumer: Row;
  readonly value: object;
  readonly closed: boolean;
}

export function consumerPlugins(
  consumers: readonly Row[],
  membersOf: (group: Row) => readonly Row[],
  context: PluginContext,
): ConsumerPlugins {
  const { plugins } = context;
  const own = plugins.names.flatMap((name) =>
    consumers.flatMap((consumer) => mapCell(pluginOfConsumer(plugins, name, consumer), consumer, context)),
  );
  const cells = [...own, ...groupCells(membersOf, context)];
  const closed = new Set(cells.filter((cell) => cell.closed).map(({ consumer }) => consumer));
  return {
    everywhere: tablesOf(cells),
    onRoute: (route, service) =>
      tablesOf(
        plugins.names.flatMap((name) =>
          consumersOn(plugins, name, route, service)
            .filter((consumer) => !closed.has(consumer))
            .flatMap((consumer) =>
              mapCell(pluginOfPair(plugins, name, { route, service, consumer }), consumer, context),
            ),
        ),
      ),
  };
}

function mapCell(plugin: Row | null, consumer: Row, context: PluginContext): Cell[] {
  if (plugin === null) return [];
  const entry = pluginNamed(String(plugin.fields['name']));
  if (entry.fate !== 'carried') {
    const { effect, why } = lossOf(entry, plugin);
    return effect === 'closed' ? closeFor(consumer, plugin, why, context) : [];
  }
  // Of the others a few ignore it, and the rest have been rejected before.
  if (entry.consumer === undefined) return [];
  const { setting, map } = entry.consumer;
  const value = map(plugin, { ...context, draft: {} });
  if ('closed' in value) return closeFor(consumer, plugin, value.closed, context);
  return [{ setting, consumer, value, closed: false }];
}

function closeFor(consumer: Row, plugin: Row, why: string, context: PluginContext): Cell[] {
  const value = closedBy(String(plugin.fields['name']));
  return closes(plugin, why, consumer, context)
    ? [{ setting: 'consumerResponses', consumer, value, closed: true }]
    : [];
}

/** Consumer groups are not carried over: plug-ins that may reject requests of their members reject all of them. */
function groupCells(membersOf: (group: Row) => readonly Row[], context: PluginContext): Cell[] {
  return context.plugins.rows.flatMap((plugin) => {
    const { consumer_group: group } = plugin.links;
    const entry = pluginNamed(String(plugin.fields['name']));
    const refuses = entry.fate === 'carried' ? mayRefuse(entry) : lossOf(entry, plugin).effect === 'closed';
    if (!group || !refuses) return [];
    const why = 'what is tied to a consumer group is not carried over';
    return membersOf(group).flatMap((consumer) => closeFor(consumer, plugin, why, context));
  });
}

function tablesOf(cells: readonly Cell[]): ConsumerTables {
  const tables = new Map<string, Map<string, object>>();
  for (const { setting, consumer, value } of cells.toSorted((a, b) => Number(a.closed) - Number(b.closed))) {
    const table = tables.get(setting) ?? new Map<string, object>();
    // Several plug-ins may contribute to `consumerSettings` of one consumer, two of them to its `logTo`.
    const before: OwnSettings = setting === 'consumerSettings' ? (table.get(consumer.id) ?? {}) : {};
    const { logTo } = value as OwnSettings;
    const both = before.logTo && logTo ? { logTo: [...before.logTo, ...logTo] } : {};
    tables.set(setting, table.set(consumer.id, { ...before, ...value, ...both }));
  }
  return Object.fromEntries([...tables].map(([setting, table]) => [setting, Object.fromEntries(table)]));
}
