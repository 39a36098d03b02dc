/** One route of Kong's to one route of the configuration; null where it carries no HTTP. */
import { type RateLimit, type Route } from '../../lib/config.ts';
import { routePatternFault } from '../../lib/pattern.ts';
import { absenceOf, isWall } from './others.ts';
import { fromPcre } from './regex.ts';
import {
  globalPlugin,
  isEnabled,
  label,
  mapCors,
  mapKeyAuth,
  mapRateLimit,
  pluginOf,
  pluginOfPair,
} from './plugins.ts';
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

/** Paths whose regular expression can be run here; null where none is left, as a route without its paths takes everything. */
function runnablePaths(row: Row, report: Report): string[] | null {
  const paths = ((row.fields['paths'] as string[] | undefined) ?? []).map((path) =>
    path.startsWith('~') ? fromPcre(path) : path,
  );
  const left = paths.filter((path, index) => {
    const fault = path.startsWith('~') ? routePatternFault(path.slice(1)) : null;
    if (fault !== null)
      report.note(
        [...row.at, 'paths', index],
        `not carried over: the regular expression cannot be run safely here (${fault}); its requests match other routes or none`,
      );
    return fault === null;
  });
  return paths.length > 0 && left.length === 0 ? null : left;
}

/** A header's pattern that cannot be run here would let nobody, or everybody, through: the route goes. */
function runnableHeaders(
  row: Row,
  headers: readonly (readonly [string, string[]])[],
  report: Report,
): boolean {
  for (const [name, [first = '', ...more]] of headers) {
    const fault = first.startsWith('~*') && more.length === 0 ? routePatternFault(first.slice(2)) : null;
    if (fault === null) continue;
    report.note(
      [...row.at, 'headers', name],
      `the route is not carried over: the regular expression cannot be run safely here (${fault}); its requests match other routes or none`,
    );
    return false;
  }
  return true;
}

/** TLS server names are host names that a Worker does not see apart from the Host header. Null: the route cannot be. */
function mapConditions(row: Row, report: Report): Partial<Route> | null {
  const { fields } = row;
  const list = (name: string): string[] => (fields[name] as string[] | undefined) ?? [];
  const headers = Object.entries((fields['headers'] as Record<string, string[]> | undefined) ?? {}).map(
    ([name, values]): [string, string[]] => [
      name,
      values.length === 1
        ? values.map((value) => (value.startsWith('~*') ? fromPcre(value) : value))
        : values,
    ],
  );
  const paths = runnablePaths(row, report);
  if (paths === null || !runnableHeaders(row, headers, report)) return null;
  const snis = list('snis').map((name) => name.replace(/\.$/, ''));
  const hosts = list('hosts').length > 0 ? list('hosts') : snis;
  if (snis.length > 0) {
    const meaning =
      list('hosts').length > 0 ? 'the other conditions decide alone' : 'they are taken as hosts';
    report.note(
      [...row.at, 'snis'],
      `not carried over: a Worker does not see the TLS server name, ${meaning}`,
    );
  }
  const priority = fields['regex_priority'];
  return {
    ...(hosts.length > 0 ? { hosts } : {}),
    ...(paths.length > 0 ? { paths } : {}),
    ...(list('methods').length > 0 ? { methods: list('methods') } : {}),
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
    ...(typeof priority === 'number' && priority !== 0 ? { regexPriority: priority } : {}),
  };
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
