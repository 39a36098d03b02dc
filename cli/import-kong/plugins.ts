/**
 * Which configuration of a plugin applies where, and what it becomes.
 *
 * Kong runs exactly one configuration of a plugin per request, the most specific, and never merges two
 * (kong/runloop/plugins_iterator.lua): route+service+consumer, route+consumer, service+consumer, route+service,
 * consumer, route, service, global. `enabled: false` takes a configuration away, so that a less specific one applies.
 */
import { type Auth, type Cors } from '../../lib/config/types.ts';
import { routePatternFault } from '../../lib/core/regex.ts';
import { referenceText } from './checks.ts';
import { fromPcre } from './regex.ts';
import { type Report } from './report.ts';
import { type Row } from './rows.ts';

export type Settings = Readonly<Record<string, unknown>>;

export function configOf(plugin: Row): Settings {
  return (plugin.fields['config'] ?? {}) as Settings;
}

export function isEnabled(plugin: Row): boolean {
  return plugin.fields['enabled'] !== false;
}

export interface Scope {
  readonly route?: Row | null;
  readonly service?: Row | null;
  readonly consumer?: Row | null;
}

/** Plugins by name and scope: a file of thousands of routes and plugins must not be their product. */
const INDEXES = new WeakMap<readonly Row[], Map<string, Row>>();

function scopeKey(name: unknown, route?: Row | null, service?: Row | null, consumer?: Row | null): string {
  return [name, route?.id, service?.id, consumer?.id].join(' ');
}

function indexOf(plugins: readonly Row[]): Map<string, Row> {
  const known = INDEXES.get(plugins);
  if (known) return known;
  const index = new Map<string, Row>();
  for (const plugin of plugins) {
    if (!isEnabled(plugin) || referenceText(plugin.fields['consumer_group']) !== null) continue;
    const { route, service, consumer } = plugin.links;
    index.set(scopeKey(plugin.fields['name'], route, service, consumer), plugin);
  }
  INDEXES.set(plugins, index);
  return index;
}

/** The configuration of this name that stands at exactly this combination. */
function exactly(plugins: readonly Row[], name: string, scope: Scope): Row | null {
  return indexOf(plugins).get(scopeKey(name, scope.route, scope.service, scope.consumer)) ?? null;
}

/** The configuration that a route's requests get, whoever sends them; null for none. */
export function pluginOf(plugins: readonly Row[], name: string, route: Row, service: Row | null): Row | null {
  const alone =
    exactly(plugins, name, { route }) ??
    (service && exactly(plugins, name, { service })) ??
    globalPlugin(plugins, name);
  return (service && exactly(plugins, name, { route, service })) ?? alone;
}

export function globalPlugin(plugins: readonly Row[], name: string): Row | null {
  return exactly(plugins, name, {});
}

/** What one consumer gets on this route before anything tied to the consumer alone is looked at. */
export function pluginOfPair(
  plugins: readonly Row[],
  name: string,
  route: Row,
  service: Row | null,
  consumer: Row,
): Row | null {
  return (
    (service && exactly(plugins, name, { route, service, consumer })) ??
    exactly(plugins, name, { route, consumer }) ??
    (service && exactly(plugins, name, { service, consumer })) ??
    (service && exactly(plugins, name, { route, service }) && exactly(plugins, name, { consumer })
      ? exactly(plugins, name, { route, service })
      : null)
  );
}

export function pluginOfConsumer(plugins: readonly Row[], name: string, consumer: Row): Row | null {
  return exactly(plugins, name, { consumer });
}

export function mapKeyAuth(plugin: Row): Auth {
  const {
    key_names: names,
    key_in_header: header,
    key_in_query: query,
    key_in_body: body,
    anonymous,
    run_on_preflight: preflight,
    realm,
    hide_credentials: hide,
  } = configOf(plugin);
  const keyIn: ('header' | 'query' | 'body')[] = [];
  if (header !== false) keyIn.push('header');
  if (query !== false) keyIn.push('query');
  if (body === true) keyIn.push('body');
  return {
    ...(Array.isArray(names) && names.length > 0 ? { keyNames: names as string[] } : {}),
    ...(keyIn.join() === 'header,query' ? {} : { keyIn }),
    hideCredentials: hide === true,
    ...(typeof anonymous === 'string' && anonymous !== '' ? { anonymous } : {}),
    ...(preflight === false ? { runOnPreflight: false } : {}),
    ...(typeof realm === 'string' && realm !== '' ? { realm } : {}),
  };
}

const METHODS_3 = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];
const METHODS_2018 = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'];

/** The list of methods is always written: what is allowed by default changed in 1.3. */
export function mapCors(plugin: Row, of2018: boolean, report: Report): Cors {
  const config = configOf(plugin);
  const list = (name: string): string[] | null =>
    Array.isArray(config[name]) && config[name].length > 0 ? (config[name] as string[]) : null;
  const origins = runnableOrigins(plugin, list('origins')?.map(patternEntry) ?? null, report);
  const headers = list('headers');
  const exposedHeaders = list('exposed_headers');
  return {
    ...(origins ? { origins } : {}),
    methods: list('methods') ?? (of2018 ? METHODS_2018 : METHODS_3),
    ...(headers ? { headers } : {}),
    ...(exposedHeaders ? { exposedHeaders } : {}),
    ...(config['credentials'] === true ? { credentials: true } : {}),
    ...(typeof config['max_age'] === 'number' ? { maxAge: Math.max(-1, Math.round(config['max_age'])) } : {}),
    ...(config['preflight_continue'] === true ? { preflightContinue: true } : {}),
    ...(config['private_network'] === true ? { privateNetwork: true } : {}),
    ...(config['allow_origin_absent'] === false ? { allowOriginAbsent: false } : {}),
  };
}

/** A colon decides what a pattern is compared with, so it may neither come nor go. */
function patternEntry(entry: string): string {
  const translated = entry === '*' ? entry : fromPcre(entry);
  return translated.includes(':') === entry.includes(':') ? translated : entry;
}

/** Entries whose regular expression can be run here. None left must not mean any: then nobody may read. */
function runnableOrigins(plugin: Row, origins: readonly string[] | null, report: Report): string[] | null {
  const left = origins?.filter((origin, index) => {
    const fault = /^(\*|[A-Za-z0-9.:/-]+)$/.test(origin) ? null : routePatternFault(origin);
    if (fault !== null)
      report.note(
        [...plugin.at, 'config', 'origins', index],
        `not carried over: the regular expression cannot be run safely here (${fault}); such origins may not read answers`,
      );
    return fault === null;
  });
  return left?.length === 0 && origins?.length !== 0 ? ['https://nobody.invalid'] : (left ?? null);
}

/** A row's name, else its id: unique within its kind. */
export function label(row: Row): string {
  return String(row.fields['name'] ?? row.fields['username'] ?? row.id);
}
