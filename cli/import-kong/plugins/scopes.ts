/**
 * Which configuration of a plugin applies where.
 *
 * Kong runs exactly one configuration of a plugin per request, the most specific, and never merges two
 * (kong/runloop/plugins_iterator.lua): route+service+consumer, route+consumer, service+consumer, route+service,
 * consumer, route, service, global. `enabled: false` removes a configuration, so that a less specific one applies.
 */
import { groupBy } from '../group-by.ts';
import type { Row } from '../rows.ts';

/** A disabled plugin, or one for gRPC or TCP only, has no effect here. */
export function isEnabled({ fields }: Row): boolean {
  const protocols = fields['protocols'] as string[] | undefined;
  const runs = protocols === undefined || protocols.some((protocol) => /^(https?|wss?)$/.test(protocol));
  return fields['enabled'] !== false && runs;
}

export interface Scope {
  readonly route?: Row | null;
  readonly service?: Row | null;
  readonly consumer?: Row | null;
}

/** Plugins indexed by name and scope, so that the cost for thousands of routes and plugins is not their product. */
export interface Plugins {
  /** Names of the enabled plugins. */
  readonly names: readonly string[];
  readonly rows: readonly Row[];
  readonly index: ReadonlyMap<string, Row>;
  /** Plugins tied to a consumer, by name. */
  readonly tied: ReadonlyMap<string, readonly Row[]>;
}

function scopeKey(name: unknown, { route, service, consumer }: Scope): string {
  return [name, route?.id, service?.id, consumer?.id].join('\n');
}

export function indexPlugins(all: readonly Row[]): Plugins {
  const rows = all.filter(isEnabled);
  const index = new Map<string, Row>();
  for (const plugin of rows)
    if (plugin.links['consumer_group'] === undefined)
      index.set(scopeKey(plugin.fields['name'], plugin.links), plugin);
  const names = [...new Set(rows.map(({ fields }) => String(fields['name'])))];
  const tied = groupBy(
    rows.filter(({ links }) => links['consumer'] !== undefined),
    ({ fields }) => String(fields['name']),
  );
  return { names, rows, index, tied };
}

/** The configuration of this name for exactly this combination. */
function exactly(plugins: Plugins, name: string, scope: Scope): Row | null {
  return plugins.index.get(scopeKey(name, scope)) ?? null;
}

/** The configuration for a route's requests from any consumer; null if there is none. */
export function pluginOf(plugins: Plugins, name: string, route: Row, service: Row | null): Row | null {
  return (
    (service && exactly(plugins, name, { route, service })) ??
    exactly(plugins, name, { route }) ??
    (service && exactly(plugins, name, { service })) ??
    globalPlugin(plugins, name)
  );
}

export function globalPlugin(plugins: Plugins, name: string): Row | null {
  return exactly(plugins, name, {});
}

/** The configuration for one consumer on this route that takes precedence over those tied to the consumer only. */
export function pluginOfPair(plugins: Plugins, name: string, scope: Required<Scope>): Row | null {
  const { route, service, consumer } = scope;
  const pair = service && exactly(plugins, name, { route, service });
  return (
    (service && exactly(plugins, name, scope)) ??
    exactly(plugins, name, { route, consumer }) ??
    (service && exactly(plugins, name, { service, consumer })) ??
    (pair && exactly(plugins, name, { consumer }) ? pair : null)
  );
}

export function pluginOfConsumer(plugins: Plugins, name: string, consumer: Row): Row | null {
  return exactly(plugins, name, { consumer });
}

/** The consumers with their own configuration of this plugin on this route. */
export function consumersOn(plugins: Plugins, name: string, route: Row, service: Row | null): Row[] {
  const found = new Set<Row>();
  const all = plugins.index.has(scopeKey(name, { route, service }));
  for (const { links } of plugins.tied.get(name) ?? []) {
    const { consumer, route: tied, service: of } = links;
    const isHere = tied === route || (tied === undefined && of !== undefined && of === service);
    if (all || isHere) found.add(consumer!);
  }
  return [...found];
}

/** A row's name, else its id: unique within its kind. */
export function label(row: Row): string {
  return String(row.fields['name'] ?? row.fields['username'] ?? row.id);
}
