/** One route of Kong's to one route of the configuration; null where it carries no HTTP. */
import { type RateLimit, type Route } from '../../lib/config/types.ts';
import { mapConditions } from './conditions.ts';
import { mapRateLimit } from './limits.ts';
import { absenceOf, isWall } from './others.ts';
import { globalPlugin, isEnabled, label, mapCors, mapKeyAuth, pluginOf, pluginOfPair } from './plugins.ts';
import { type Report } from './report.ts';
import { type Book, type Row } from './rows.ts';

export interface Context {
  readonly book: Book;
  readonly of2018: boolean;
  /** Pool names by service. */
  readonly pools: ReadonlyMap<Row, string>;
  readonly report: Report;
}

const HTTP = ['http', 'https', 'ws', 'wss'];

export function mapRoute(row: Row, context: Context): Route | null {
  const { fields } = row;
  const service = row.links['service'] ?? null;
  if (service?.fields['enabled'] === false || !carriesHttp(row, service, context.report)) return null;
  const conditions = mapConditions(row, context.report);
  if (conditions === null) return null;
  const protocols = (fields['protocols'] as string[] | undefined) ?? ['http', 'https'];
  const secure = !protocols.includes('http') && !protocols.includes('ws');
  const redirect = fields['https_redirect_status_code'];
  const basePath = service?.fields['path'];
  const pool = isClosed(row, service, context) ? undefined : service && context.pools.get(service);
  return {
    ...(typeof fields['name'] === 'string' ? { name: fields['name'] } : {}),
    id: row.id,
    ...conditions,
    ...(pool ? { pool } : {}),
    ...(typeof basePath === 'string' && basePath !== '/' ? { basePath } : {}),
    stripPath: fields['strip_path'] !== false,
    ...(fields['preserve_host'] === true ? { preserveHost: true } : {}),
    ...(fields['path_handling'] === 'v1' ? { pathHandling: 'v1' } : {}),
    ...(secure ? { protocols: ['https'] } : {}),
    ...(typeof redirect === 'number' && redirect !== 426 ? { httpsRedirectStatus: redirect } : {}),
    ...mapPlugins(row, service, context),
  };
}

function carriesHttp(row: Row, service: Row | null, report: Report): boolean {
  const protocols = (row.fields['protocols'] as string[] | undefined) ?? HTTP;
  if (row.fields['expression'] !== undefined) {
    report.note(
      [...row.at, 'expression'],
      'the route is not carried over: expressions are not read, its requests match other routes or none (404)',
    );
    return false;
  }
  if (!protocols.some((protocol) => HTTP.includes(protocol))) {
    report.note(
      [...row.at, 'protocols'],
      `the route is not carried over: only HTTP passes a Worker, not ${protocols.join(', ')}`,
    );
    return false;
  }
  const upstream = String(service?.fields['protocol'] ?? 'http');
  if (HTTP.includes(upstream)) return true;
  report.note(
    [...row.at],
    `the route is not carried over: its service speaks ${upstream}, and only HTTP passes a Worker`,
  );
  return false;
}

/** Only what differs from the defaults that stand at the top of the configuration. */
function mapPlugins(row: Row, service: Row | null, { book, of2018, report }: Context): Partial<Route> {
  const plugins = book.rows['plugins']!;
  const result: Partial<Route> = {};
  const own = (name: string): Row | null | undefined => {
    const found = pluginOf(plugins, name, row, service);
    return found === globalPlugin(plugins, name) ? undefined : found;
  };
  const auth = own('key-auth');
  const cors = own('cors');
  const limit = own('rate-limiting');
  if (auth !== undefined) result.auth = auth ? mapKeyAuth(auth) : false;
  if (cors !== undefined) result.cors = cors ? mapCors(cors, of2018, report) : false;
  if (limit !== undefined) result.rateLimit = limit ? mapRateLimit(limit, report) : false;
  const limits: Record<string, RateLimit> = {};
  for (const consumer of limitedConsumers(plugins, row, service)) {
    const pair = pluginOfPair(plugins, 'rate-limiting', row, service, consumer);
    if (pair) limits[consumer.id] = mapRateLimit(pair, report);
  }
  return Object.keys(limits).length > 0 ? { ...result, consumerLimits: limits } : result;
}

/**
 * The consumers whose limit on this route is not simply their own: those tied to it or to its service, and all with a limit
 * of their own where one for both route and service goes before theirs.
 */
function limitedConsumers(plugins: readonly Row[], row: Row, service: Row | null): Set<Row> {
  const found = new Set<Row>();
  const all = plugins.some(
    ({ fields, links }) =>
      fields['name'] === 'rate-limiting' && links['route'] === row && links['service'] !== undefined,
  );
  for (const { fields, links } of plugins) {
    const { consumer, route: tied, service: of } = links;
    if (consumer === undefined || fields['name'] !== 'rate-limiting') continue;
    if (all || tied === row || (tied === undefined && of !== undefined && of === service))
      found.add(consumer);
  }
  return found;
}

/** A route whose only guard is a plugin that is not carried over answers 503 rather than everybody. */
function isClosed(row: Row, service: Row | null, { book, report }: Context): boolean {
  const plugins = book.rows['plugins']!;
  const names = new Set(plugins.filter(isEnabled).map((plugin) => String(plugin.fields['name'])));
  const walls = [...names].filter((name) => isWall(name) && pluginOf(plugins, name, row, service) !== null);
  if (walls.length === 0) return false;
  const guarded = pluginOf(plugins, 'key-auth', row, service) !== null;
  const who = `route ${label(row)}`;
  if (guarded)
    report.note(
      row.at,
      `${who}: a good key alone lets callers in, ${walls.join(', ')} asked for more (${absenceOf(walls[0]!)})`,
    );
  else
    report.note(
      row.at,
      `${who} is closed (503): nothing but ${walls.join(', ')} guarded it; give it auth and a pool to open it`,
    );
  return !guarded;
}
