/** Rows to the configuration: pools first, then routes, consumers and the defaults that a global plugin sets. */
import { type Config, type Consumer, type Pool } from '../../lib/config/types.ts';
import { mapConf } from './conf.ts';
import { keyDigest } from './link.ts';
import { mapRateLimit } from './limits.ts';
import { absenceOf } from './others.ts';
import { globalPlugin, isEnabled, label, mapCors, mapKeyAuth, pluginOfConsumer } from './plugins.ts';
import { mapPool } from './pools.ts';
import { type Report } from './report.ts';
import { mapRoute } from './routes.ts';
import { type Book, type Row } from './rows.ts';
import { PLUGIN_CONFIGS } from './settings-schema.ts';

export interface MapOptions {
  /** Whose answers are given: Kong 3's or 2018's. */
  readonly profile: 'kong-3' | 'kong-2018';
  /** Null: what the file shows. */
  readonly flavor: 'traditional_compatible' | 'traditional' | null;
  /** Settings of kong.conf. */
  readonly conf: Readonly<Record<string, unknown>>;
}

export function mapBook(book: Book, options: MapOptions, report: Report): Config {
  const of2018 = options.profile === 'kong-2018';
  const { pools, byService } = mapPools(book, report);
  const routes = inOrder(book.rows['routes']!).map((row) =>
    mapRoute(row, { book, of2018, pools: byService, report }),
  );
  const credentials = Map.groupBy(book.rows['keyauth_credentials']!, (row) => row.links['consumer']);
  const consumers = book.rows['consumers']!.map((row) =>
    mapConsumer(row, credentials.get(row) ?? [], report),
  );
  const flavor = options.flavor ?? flavorOf(book, options);
  noteOthers(book, report);
  return {
    pools,
    routes: routes.filter((route) => route !== null),
    ...(consumers.length > 0 ? { consumers } : {}),
    ...mapGlobals(book, of2018, report),
    ...mapConsumerLimits(book, report),
    compat: options.profile,
    responseHeaders: false,
    serverTiming: false,
    rewriteLocation: false,
    ...(flavor === 'traditional' ? { routerFlavor: flavor } : {}),
    ...mapConf(options.conf, report),
  };
}

function mapPools(book: Book, report: Report): { pools: Record<string, Pool>; byService: Map<Row, string> } {
  const upstreams = new Map(book.rows['upstreams']!.map((row) => [String(row.fields['name']), row]));
  const byUpstream = Map.groupBy(book.rows['targets']!, (target) => target.links['upstream']);
  const pools: Record<string, Pool> = {};
  const byService = new Map<Row, string>();
  for (const service of book.rows['services']!) {
    if (service.fields['enabled'] === false) continue;
    const upstream = upstreams.get(String(service.fields['host'])) ?? null;
    const targets = (upstream && byUpstream.get(upstream)) ?? [];
    const pool = mapPool(service, upstream, targets, report);
    byService.set(service, addPool(pools, pool, upstream, service));
  }
  return { pools, byService };
}

/** Services that want the same of the same upstream share its pool. */
function addPool(pools: Record<string, Pool>, pool: Pool, upstream: Row | null, service: Row): string {
  const first = upstream ? label(upstream) : label(service);
  const taken = pools[first];
  if (taken === undefined || (upstream && JSON.stringify(taken) === JSON.stringify(pool))) {
    pools[first] = pool;
    return first;
  }
  let name = `${first} (${label(service)})`;
  while (pools[name] !== undefined) name += '*';
  pools[name] = pool;
  return name;
}

/** The older router puts the older route first where all else is equal: its list is in that order. */
function inOrder(routes: readonly Row[]): Row[] {
  const age = (row: Row): number => Number(row.fields['created_at'] ?? Infinity);
  return [...routes].sort((a, b) => (age(a) === age(b) ? 0 : age(a) - age(b)));
}

/**
 * Before 3.0 there was one router, now called traditional. A file of 3.0 shows that it is meant for it where it uses
 * what only that one reads: path_handling v1, or ages of routes that have no id to rank by.
 */
function flavorOf(book: Book, options: MapOptions): 'traditional' | 'traditional_compatible' {
  const { router_flavor: asked } = options.conf;
  if (asked === 'traditional' || asked === 'traditional_compatible') return asked;
  const older = book.rows['routes']!.some(
    ({ fields }) =>
      fields['path_handling'] === 'v1' || (fields['created_at'] !== undefined && fields['id'] === undefined),
  );
  return book.format !== '3.0' || options.profile === 'kong-2018' || older
    ? 'traditional'
    : 'traditional_compatible';
}

function mapGlobals(
  book: Book,
  of2018: boolean,
  report: Report,
): Pick<Config, 'auth' | 'cors' | 'rateLimit'> {
  const plugins = book.rows['plugins']!;
  const auth = globalPlugin(plugins, 'key-auth');
  const cors = globalPlugin(plugins, 'cors');
  const limit = globalPlugin(plugins, 'rate-limiting');
  return {
    auth: auth ? mapKeyAuth(auth) : false,
    cors: cors ? mapCors(cors, of2018, report) : false,
    rateLimit: limit ? mapRateLimit(limit, report) : false,
  };
}

function mapConsumer(row: Row, credentials: readonly Row[], report: Report): Consumer {
  const { username, custom_id: customId } = row.fields;
  return {
    id: row.id,
    ...(typeof username === 'string' ? { username } : {}),
    ...(typeof customId === 'string' ? { customId } : {}),
    credentials: credentials.flatMap((credential) => mapCredential(credential, report)),
  };
}

function mapConsumerLimits(book: Book, report: Report): Pick<Config, 'consumerLimits'> {
  const limits = book.rows['consumers']!.map(
    (row) => [row.id, pluginOfConsumer(book.rows['plugins']!, 'rate-limiting', row)] as const,
  );
  const set = limits.flatMap(([id, plugin]) => (plugin ? [[id, mapRateLimit(plugin, report)] as const] : []));
  return set.length > 0 ? { consumerLimits: Object.fromEntries(set) } : {};
}

function mapCredential({ id, at, fields }: Row, report: Report): Consumer['credentials'] {
  const { key, ttl } = fields;
  if (typeof key !== 'string' || /\$\{\{|^\{vault:/.test(key)) {
    const reason =
      typeof key === 'string'
        ? 'its key stands elsewhere, and is not known here'
        : 'it has no key, and one that Kong makes up at load nobody can know';
    report.note(at, `credential not carried over: ${reason}`);
    return [];
  }
  return [{ id, sha256: keyDigest(key), ...(typeof ttl === 'number' && ttl > 0 ? { ttlSeconds: ttl } : {}) }];
}

/** One line for each plugin that is not carried over, and for what a carried one says that is not. */
function noteOthers(book: Book, report: Report): void {
  for (const plugin of book.rows['plugins']!) {
    const { name, consumer_group: group, ordering, condition } = plugin.fields;
    if (!isEnabled(plugin)) continue;
    if (PLUGIN_CONFIGS[String(name)] === undefined)
      report.note(plugin.at, `${String(name)} not carried over: ${absenceOf(String(name))}`);
    else if (group !== undefined)
      report.note(
        plugin.at,
        `${String(name)} of a consumer group not carried over: its members get what everybody gets`,
      );
    if (ordering !== undefined || condition !== undefined)
      report.note(
        plugin.at,
        'ordering and condition not carried over: plugins run in their fixed order, always',
      );
  }
}
