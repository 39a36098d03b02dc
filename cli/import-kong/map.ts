/** Converts rows to the configuration: pools first, then routes, consumers and the defaults that global plugins set. */
import type { Config, Pool } from '../../lib/config/types.ts';
import { compact, referenceText } from './checks.ts';
import { isOn, mapConf } from './conf.ts';
import { mapConsumers } from './credentials.ts';
import { createHosts, type Hosts } from './hosts.ts';
import { mapPool } from './pools.ts';
import { globalPlugins, noteLosses } from './plugins/apply.ts';
import { consumerPlugins } from './plugins/consumers.ts';
import { sharedLimits, namesService } from './plugins/rate-limiting.ts';
import { indexPlugins } from './plugins/scopes.ts';
import { mapRoute } from './routes.ts';
import { groupBy, label, type ImportState, type Row } from './rows.ts';

type Flavor = 'traditional_compatible' | 'traditional';

export interface MapOptions {
  /** Whose responses are imitated: those of Kong 3, the default, or of 2018. */
  readonly profile?: 'kong-3' | 'kong-2018';
  /** Default: inferred from the file. */
  readonly flavor?: Flavor | undefined;
  /** Settings of kong.conf. */
  readonly conf?: Readonly<Record<string, unknown>>;
  /** Plug-ins declared harmless by the operator. */
  readonly harmless?: ReadonlySet<string>;
  /** Public addresses for hosts of a private network. */
  readonly hosts?: ReadonlyMap<string, string>;
}

export function mapState(state: ImportState, options: MapOptions): Config {
  const { rows, report } = state;
  const { profile = 'kong-3', harmless = new Set() } = options;
  const conf = { ...state.conf, ...options.conf };
  const of2018 = profile === 'kong-2018';
  const plugins = { ...indexPlugins(rows.plugins), of2018, conf, harmless };
  const hosts = createHosts(options.hosts ?? new Map(), report);
  const { pools, byService } = mapPools(state, hosts);
  hosts.report();
  const consumers = consumerPlugins(rows.consumers, (group) => membersOf(group, state), plugins);
  // Before 3.2, debug headers were always sent on request.
  const debug = isOn(conf['allow_debug_header']) || state.format !== '3.0';
  const context = { plugins, consumers, pools: byService, namesService: debug || namesService(plugins.rows) };
  // By age: the traditional router prefers the older of two equal routes, here the first in the list.
  const age = ({ fields: { created_at: created = Infinity } }: Row<'routes'>): number => created;
  const inOrder = rows.routes.toSorted((a, b) => (age(a) === age(b) ? 0 : age(a) - age(b)));
  const routes = inOrder.flatMap((row) => mapRoute(row, context));
  const known = mapConsumers(state);
  const flavor = options.flavor ?? flavorOf(state, conf, of2018);
  noteLosses(plugins.rows);
  for (const name of harmless)
    if (!plugins.names.includes(name))
      report.note('check', 'no plug-in of this name is in use', `--assume-harmless ${name}`);
  return {
    pools,
    routes,
    ...compact({ consumers: known }),
    cors: false,
    ...globalPlugins(plugins),
    ...consumers.everywhere,
    ...sharedLimits(plugins.rows),
    compat: profile,
    responseHeaders: false,
    serverTiming: false,
    rewriteLocation: false,
    ...compact({ routerFlavor: flavor === 'traditional' ? flavor : undefined }),
    ...mapConf({ ...conf, allow_debug_header: debug }, report),
  };
}

function mapPools(
  { rows }: ImportState,
  hosts: Hosts,
): { pools: Record<string, Pool>; byService: Map<Row, string> } {
  const upstreams = new Map(rows.upstreams.map((row) => [row.fields.name, row]));
  const byUpstream = groupBy(rows.targets, (target) => target.links.upstream);
  const pools = new Map<string, Pool>();
  const byService = new Map<Row, string>();
  for (const service of rows.services) {
    if (service.fields.enabled === false) continue;
    const upstream = upstreams.get(service.fields.host) ?? null;
    const targets = (upstream && byUpstream.get(upstream)) ?? [];
    const pool = mapPool(service, upstream, targets, hosts);
    byService.set(service, addPool(pools, pool, upstream, service));
  }
  return { pools: Object.fromEntries(pools), byService };
}

/** Services with the same settings for the same upstream share its pool. */
function addPool(pools: Map<string, Pool>, pool: Pool, upstream: Row | null, service: Row): string {
  const first = label(upstream ?? service);
  const taken = pools.get(first);
  // A route without a pool uses the one named "default": a closed route must not.
  const isFree = first !== 'default' && taken === undefined;
  const isSame = upstream !== null && JSON.stringify(taken) === JSON.stringify(pool);
  let name = isFree || isSame ? first : `${first} (${label(service)})`;
  while (name !== first && pools.has(name)) name += '*';
  pools.set(name, pool);
  return name;
}

/**
 * Before 3.0 there was only the router now called traditional. A 3.0 file is assumed to need it if it uses what only
 * that router reads: path_handling v1, or creation times of routes that have no id to rank by.
 */
function flavorOf(
  { format, rows }: ImportState,
  { router_flavor: asked }: Readonly<Record<string, unknown>>,
  of2018: boolean,
): Flavor {
  if (asked === 'traditional' || asked === 'traditional_compatible') return asked;
  const older = rows.routes.some(
    ({ fields }) =>
      fields.path_handling === 'v1' || (fields.created_at !== undefined && fields.id === undefined),
  );
  return format !== '3.0' || of2018 || older ? 'traditional' : 'traditional_compatible';
}

/** Memberships are listed at the consumer, at the group, or as a list of pairs. */
function membersOf(group: Row<'consumer_groups'>, { rows }: ImportState): Row<'consumers'>[] {
  const listed = referencesIn(group.fields.consumers);
  const pairs = rows.consumer_group_consumers.filter(({ links }) => links.consumer_group === group);
  const paired = new Set(pairs.map(({ links }) => links.consumer));
  return rows.consumers.filter((consumer) => {
    const groups = referencesIn(consumer.fields.groups);
    return paired.has(consumer) || names(listed, consumer) || names(groups, group);
  });
}

function referencesIn(list: unknown): Set<string | null> {
  return new Set(Array.isArray(list) ? list.map(referenceText) : []);
}

function names(references: ReadonlySet<string | null>, row: Row): boolean {
  return references.has(row.id) || references.has(label(row));
}
