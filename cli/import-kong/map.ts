/** Converts rows to the configuration: pools first, then routes, consumers and the defaults that global plugins set. */
import { groupBy } from './group-by.ts';
import type { Config, Consumer, Pool } from '../../lib/config/types.ts';
import { referenceText } from './checks.ts';
import { isOn, mapConf } from './conf.ts';
import { createHosts } from './hosts.ts';
import { keyDigest } from './link.ts';
import { mapLogin } from './logins.ts';
import { mapHmacSecret, mapJwtSecrets } from './signing-keys.ts';
import { globalPlugins, noteLosses } from './plugins/apply.ts';
import { consumerPlugins } from './plugins/consumers.ts';
import { sharedLimits, tellsService } from './plugins/rate-limiting.ts';
import { indexPlugins, label } from './plugins/scopes.ts';
import { mapPool, type PoolContext } from './pools.ts';
import type { Report } from './report.ts';
import { mapRoute } from './routes.ts';
import type { Book, Row } from './rows.ts';

export interface MapOptions {
  /** Whose responses are imitated: those of Kong 3 or of 2018. */
  readonly profile: 'kong-3' | 'kong-2018';
  /** Null: inferred from the file. */
  readonly flavor: 'traditional_compatible' | 'traditional' | null;
  /** Settings of kong.conf. */
  readonly conf: Readonly<Record<string, unknown>>;
  /** Plug-ins declared harmless by the operator. */
  readonly harmless: ReadonlySet<string>;
  /** Public addresses for hosts of a private network. */
  readonly hosts: ReadonlyMap<string, string>;
}

export function mapBook(book: Book, options: MapOptions, report: Report): Config {
  const rowsOf = (kind: string): readonly Row[] => book.rows[kind]!;
  const plugins = {
    plugins: indexPlugins(rowsOf('plugins')),
    of2018: options.profile === 'kong-2018',
    report,
    conf: options.conf,
    harmless: options.harmless,
  };
  const hosts = createHosts(options.hosts, report);
  const { pools, byService } = mapPools(book, { hosts, report });
  hosts.report();
  const consumers = consumerPlugins(rowsOf('consumers'), (group) => membersOf(group, book), plugins);
  // Before 3.2, debug headers were always sent on request.
  const debug = isOn(options.conf['allow_debug_header']) || book.format !== '3.0';
  const context = {
    plugins,
    consumers,
    pools: byService,
    tellsService: debug || tellsService(rowsOf('plugins')),
    report,
  };
  const routes = inOrder(rowsOf('routes')).flatMap((row) => mapRoute(row, context));
  const known = mapConsumers(book, report);
  const flavor = options.flavor ?? flavorOf(book, options);
  noteLosses(plugins);
  return {
    pools,
    routes,
    ...(known.length > 0 ? { consumers: known } : {}),
    cors: false,
    ...globalPlugins(plugins),
    ...consumers.everywhere,
    ...sharedLimits(rowsOf('plugins'), report),
    compat: options.profile,
    responseHeaders: false,
    serverTiming: false,
    rewriteLocation: false,
    ...(flavor === 'traditional' ? { routerFlavor: flavor } : {}),
    ...mapConf({ ...options.conf, allow_debug_header: debug }, report),
  };
}

function mapPools(
  book: Book,
  context: PoolContext,
): { pools: Record<string, Pool>; byService: Map<Row, string> } {
  const upstreams = new Map(book.rows['upstreams']!.map((row) => [String(row.fields['name']), row]));
  const byUpstream = groupBy(book.rows['targets']!, (target) => target.links['upstream']);
  const pools = new Map<string, Pool>();
  const byService = new Map<Row, string>();
  for (const service of book.rows['services']!) {
    if (service.fields['enabled'] === false) continue;
    const upstream = upstreams.get(String(service.fields['host'])) ?? null;
    const targets = (upstream && byUpstream.get(upstream)) ?? [];
    byService.set(service, addPool(pools, mapPool(service, upstream, targets, context), upstream, service));
  }
  return { pools: Object.fromEntries(pools), byService };
}

/** Services with the same settings for the same upstream share its pool. */
function addPool(pools: Map<string, Pool>, pool: Pool, upstream: Row | null, service: Row): string {
  const first = label(upstream ?? service);
  const taken = pools.get(first);
  // A route without a pool uses the one named "default": a closed route must not.
  const isFree = first !== 'default' && taken === undefined;
  if (isFree || (upstream && JSON.stringify(taken) === JSON.stringify(pool))) {
    pools.set(first, pool);
    return first;
  }
  let name = `${first} (${label(service)})`;
  while (pools.has(name)) name += '*';
  pools.set(name, pool);
  return name;
}

/**
 * Sorts by age: the older router puts the older route first if all else is equal, and here that is the list's order.
 */
function inOrder(routes: readonly Row[]): Row[] {
  const age = (row: Row): number => Number(row.fields['created_at'] ?? Infinity);
  return routes.toSorted((a, b) => (age(a) === age(b) ? 0 : age(a) - age(b)));
}

/**
 * Before 3.0 there was only the router now called traditional. A 3.0 file is assumed to need it if it uses what only
 * that router reads: path_handling v1, or creation times of routes that have no id to rank by.
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

/** Memberships are listed at the consumer, at the group, or as a list of pairs. */
function membersOf(group: Row, book: Book): Row[] {
  const names = new Set([group.id, String(group.fields['name'])]);
  const listed = new Set(referencesIn(group.fields['consumers']));
  const pairs = new Set(
    book.rows['consumer_group_consumers']!.filter(({ links }) => links['consumer_group'] === group).map(
      ({ links }) => links['consumer'],
    ),
  );
  return book.rows['consumers']!.filter(
    (consumer) =>
      pairs.has(consumer) ||
      listed.has(consumer.id) ||
      listed.has(label(consumer)) ||
      referencesIn(consumer.fields['groups']).some((name) => names.has(name)),
  );
}

function referencesIn(list: unknown): string[] {
  const texts = Array.isArray(list) ? list.map(referenceText) : [];
  return texts.filter((text) => text !== null);
}

function mapConsumers(book: Book, report: Report): Consumer[] {
  const byConsumer = (kind: string): ((consumer: Row) => readonly Row[]) => {
    const rows = groupBy(book.rows[kind]!, ({ links }) => links['consumer']);
    return (consumer) => rows.get(consumer) ?? [];
  };
  const keys = byConsumer('keyauth_credentials');
  const logins = byConsumer('basicauth_credentials');
  const jwtSecrets = byConsumer('jwt_secrets');
  const hmacSecrets = byConsumer('hmacauth_credentials');
  const groups = byConsumer('acls');
  return book.rows['consumers']!.map((row) => {
    const { username, custom_id: customId } = row.fields;
    const lists = {
      groups: groups(row).map(({ fields }) => String(fields['group'])),
      logins: logins(row).flatMap((login) => mapLogin(login, row.id, report)),
      hmacSecrets: hmacSecrets(row).flatMap((secret) => mapHmacSecret(secret, report)),
    };
    return {
      id: row.id,
      ...(typeof username === 'string' ? { username } : {}),
      ...(typeof customId === 'string' ? { customId } : {}),
      credentials: keys(row).flatMap((credential) => mapCredential(credential, report)),
      ...mapJwtSecrets(jwtSecrets(row), report),
      ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    };
  });
}

function mapCredential({ id, at, fields }: Row, report: Report): Consumer['credentials'] {
  const { key, ttl } = fields;
  if (typeof key !== 'string' || key.startsWith('{vault:')) {
    const why =
      typeof key === 'string'
        ? 'a key that a vault holds is not known here'
        : 'a key that Kong makes up at load nobody can know';
    report.note({
      effect: 'closed',
      at,
      subject: 'keyauth_credentials',
      text: `${why}: callers with it get 401`,
    });
    return [];
  }
  return [{ id, sha256: keyDigest(key), ...(typeof ttl === 'number' && ttl > 0 ? { ttlSeconds: ttl } : {}) }];
}
