/** Settings of single consumers: from plug-ins tied to them, or to one of their consumer groups. */
import type { Route } from '../../../lib/config/types.ts';
import type { Row } from '../rows.ts';
import type { ConsumerTables, PluginRow } from './entry.ts';
import { become, closedBy, closes, type PluginContext } from './guards.ts';
import { consumersOn, pluginIn, pluginOfPair } from './scopes.ts';
import { pluginNamed } from './table.ts';

type Consumer = Row<'consumers'>;

export interface ConsumerPlugins {
  /** For every route. */
  readonly everywhere: ConsumerTables;
  /** For one route only. */
  readonly onRoute: (route: Row<'routes'>, service: Row<'services'> | null) => ConsumerTables;
}

/** One entry of a table. A consumer closed because of a missing guard stays closed, whatever else is set for it. */
interface Cell {
  readonly setting: keyof ConsumerTables;
  readonly consumer: Consumer;
  readonly value: object;
  readonly closed: boolean;
}

export function consumerPlugins(
  consumers: readonly Consumer[],
  membersOf: (group: Row<'consumer_groups'>) => readonly Consumer[],
  context: PluginContext,
): ConsumerPlugins {
  const own = context.names.flatMap((name) =>
    consumers.flatMap((consumer) => mapCell(pluginIn(context, name, { consumer }), consumer, context)),
  );
  const cells = [...own, ...groupCells(membersOf, context)];
  const closed = new Set(cells.filter((cell) => cell.closed).map(({ consumer }) => consumer));
  const cellsOn = (name: string, route: Row<'routes'>, service: Row<'services'> | null): Cell[] =>
    consumersOn(context, name, route, service)
      .filter((consumer) => !closed.has(consumer))
      .flatMap((consumer) =>
        mapCell(pluginOfPair(context, name, { route, service, consumer }), consumer, context),
      );
  return {
    everywhere: tablesOf(cells),
    onRoute: (route, service) => tablesOf(context.names.flatMap((name) => cellsOn(name, route, service))),
  };
}

function mapCell(plugin: PluginRow | null, consumer: Consumer, context: PluginContext): Cell[] {
  if (plugin === null) return [];
  const entry = pluginNamed(plugin.fields.name ?? '');
  const setting = entry.fate === 'carried' ? entry.consumer : undefined;
  if (setting === 'ignored') return [];
  const mapped = become(plugin, { ...context, draft: {} });
  if ('closed' in mapped) return closeFor(consumer, plugin, mapped.closed, context);
  // It is lost: those that may not be tied to a consumer have been rejected before.
  if (setting === undefined) return [];
  const value = valueFor(setting, mapped);
  return value
    ? [{ setting, consumer, value, closed: false }]
    : closeFor(consumer, plugin, 'one of its values is not supported', context);
}

/** A plug-in's settings as an entry of the table; false for a response, which `consumerSettings` has no place for. */
function valueFor(setting: keyof ConsumerTables, mapped: Partial<Route>): object | false {
  if (setting === 'consumerLimits') return mapped.rateLimit ?? false;
  if (setting === 'consumerResponses') return mapped.respondWith ?? false;
  return mapped.respondWith ? false : mapped;
}

function closeFor(consumer: Consumer, plugin: PluginRow, why: string, context: PluginContext): Cell[] {
  const value = closedBy(plugin.fields.name ?? '');
  return closes(plugin, why, consumer, context)
    ? [{ setting: 'consumerResponses', consumer, value, closed: true }]
    : [];
}

/** Consumer groups are not carried over: plug-ins that may reject requests of their members reject all of them. */
function groupCells(
  membersOf: (group: Row<'consumer_groups'>) => readonly Consumer[],
  context: PluginContext,
): Cell[] {
  return context.rows.flatMap((plugin) => {
    const { consumer_group: group } = plugin.links;
    const entry = pluginNamed(plugin.fields.name ?? '');
    const refuses =
      entry.fate === 'carried' ? entry.guards : entry.judge(plugin.fields.config ?? {}).effect === 'closed';
    if (!group || !refuses) return [];
    const why = 'plug-ins of consumer groups are not carried over';
    return membersOf(group).flatMap((consumer) => closeFor(consumer, plugin, why, context));
  });
}

function tablesOf(cells: readonly Cell[]): ConsumerTables {
  const tables = new Map<string, Map<string, object>>();
  for (const { setting, consumer, value } of cells.toSorted((a, b) => Number(a.closed) - Number(b.closed))) {
    const table = tables.get(setting) ?? new Map<string, object>();
    // Several plug-ins may contribute to `consumerSettings` of one consumer, two of them to its `logTo`.
    const before: Partial<Route> = setting === 'consumerSettings' ? (table.get(consumer.id) ?? {}) : {};
    const { logTo } = value as Partial<Route>;
    const both = before.logTo && logTo ? { logTo: [...before.logTo, ...logTo] } : {};
    tables.set(setting, table.set(consumer.id, { ...before, ...value, ...both }));
  }
  return Object.fromEntries([...tables].map(([setting, table]) => [setting, Object.fromEntries(table)]));
}
