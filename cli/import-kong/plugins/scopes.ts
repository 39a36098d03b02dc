/**
 * Which configuration of a plugin applies where.
 *
 * Kong runs exactly one configuration of a plugin per request, the most specific, and never merges two
 * (kong/runloop/plugins_iterator.lua): route+service+consumer, route+consumer, service+consumer, route+service,
 * consumer, route, service, global. `enabled: false` removes a configuration, so that a less specific one applies.
 */
import { groupBy, type Row } from '../rows.ts';
import type { PluginRow } from './entry.ts';

type Route = Row<'routes'>;
type Service = Row<'services'> | null;
type Consumer = Row<'consumers'>;

interface Scope {
  readonly route?: Route;
  readonly service?: Service;
  readonly consumer?: Consumer;
}

/** Plugins indexed by name and scope, so that the cost for thousands of routes and plugins is not their product. */
export interface Plugins {
  /** Names of the enabled plugins. */
  readonly names: readonly string[];
  readonly rows: readonly PluginRow[];
  readonly index: ReadonlyMap<string, PluginRow>;
  /** Plugins tied to a consumer, by name. */
  readonly tied: ReadonlyMap<string, readonly PluginRow[]>;
}

function scopeKey(name: string, { route, service, consumer }: Scope): string {
  return [name, route?.id, service?.id, consumer?.id].join('\n');
}

const nameOf = ({ fields: { name = '' } }: PluginRow): string => name;

export function indexPlugins(all: readonly PluginRow[]): Plugins {
  const rows = all.filter(isEnabled);
  const ofAll = rows.filter(({ links }) => links.consumer_group === undefined);
  return {
    names: [...new Set(rows.map(nameOf))],
    rows,
    index: new Map(ofAll.map((plugin) => [scopeKey(nameOf(plugin), plugin.links), plugin])),
    tied: groupBy(
      rows.filter(({ links }) => links.consumer !== undefined),
      nameOf,
    ),
  };
}

/** A disabled plugin, or one for gRPC or TCP only, has no effect here. */
function isEnabled({ fields: { enabled, protocols = ['http'] } }: PluginRow): boolean {
  return enabled !== false && protocols.some((protocol) => /^(https?|wss?)$/.test(protocol));
}

/** The configuration in the first of these scopes that has one; null if none has. */
export function pluginIn(plugins: Plugins, name: string, ...scopes: readonly Scope[]): PluginRow | null {
  for (const scope of scopes) {
    const found = plugins.index.get(scopeKey(name, scope));
    if (found) return found;
  }
  return null;
}

/** The configuration for a route's requests from any consumer. */
export function pluginOf(plugins: Plugins, name: string, route: Route, service: Service): PluginRow | null {
  return pluginIn(plugins, name, { route, service }, { route }, { service }, {});
}

/** The configuration for one consumer on this route that takes precedence over those tied to the consumer only. */
export function pluginOfPair(plugins: Plugins, name: string, scope: Required<Scope>): PluginRow | null {
  const { route, service, consumer } = scope;
  const ofService = service ? [{ service, consumer }] : [];
  const own = pluginIn(plugins, name, scope, { route, consumer }, ...ofService);
  const pair = service && pluginIn(plugins, name, { route, service });
  return own ?? (pair && pluginIn(plugins, name, { consumer }) ? pair : null);
}

/** The consumers with their own configuration of this plugin on this route. */
export function consumersOn(plugins: Plugins, name: string, route: Route, service: Service): Consumer[] {
  const all = pluginIn(plugins, name, { route, service }) !== null;
  const tied = (plugins.tied.get(name) ?? []).filter(({ links }) => {
    const isOfService = links.route === undefined && links.service !== undefined && links.service === service;
    return all || links.route === route || isOfService;
  });
  return [...new Set(tied.map(({ links }) => links.consumer!))];
}
