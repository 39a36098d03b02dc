/**
 * Maps one Kong route to routes of the configuration: one, none if it carries no HTTP, two if a part of it is closed.
 */
import type { Route } from '../../lib/config/types.ts';
import { mapConditions } from './conditions.ts';
import { routePlugins } from './plugins/apply.ts';
import type { ConsumerPlugins } from './plugins/consumers.ts';
import { closedBy, type PluginContext } from './plugins/guards.ts';
import { pluginOf } from './plugins/scopes.ts';
import { pluginNamed } from './plugins/table.ts';
import type { Report } from './report.ts';
import type { Row } from './rows.ts';

export interface RouteContext {
  readonly plugins: PluginContext;
  readonly consumers: ConsumerPlugins;
  /** Pool names by service. */
  readonly pools: ReadonlyMap<Row, string>;
  /** Routes name their former service, for Kong-Debug, logs or limits that count by service. */
  readonly tellsService: boolean;
  readonly report: Report;
}

const HTTP = ['http', 'https', 'ws', 'wss'];

export function mapRoute(row: Row, context: RouteContext): Route[] {
  const service = row.links['service'] ?? null;
  if (service?.fields['enabled'] === false) return [];
  const guarded = isGuarded(row, service, context);
  const speaks = protocolOf(row, service, context.report);
  if (speaks === null || !isReadable(row, guarded, context.report)) return [];
  const { open, closed } = mapConditions(row, guarded, context.report);
  const whole = speaks === 'http' ? undefined : closedBy(speaks);
  return [
    ...(open ? [routeOf(row, service, open, whole, context)] : []),
    ...(closed ? [routeOf(row, service, closed, closedBy('a regular expression'), context)] : []),
  ];
}

/** `closed` is the response of a closed route, in place of the service's. */
function routeOf(
  row: Row,
  service: Row | null,
  conditions: Partial<Route>,
  closed: Route['respondWith'],
  { plugins, consumers, pools, tellsService }: RouteContext,
): Route {
  const { fields } = row;
  const protocols = (fields['protocols'] as string[] | undefined) ?? HTTP;
  const secure = HTTP.some((one) => protocols.includes(one)) && !/\b(http|ws)\b/.test(protocols.join(' '));
  const redirect = fields['https_redirect_status_code'];
  const basePath = service?.fields['path'];
  const settings = routePlugins(row, service, plugins);
  const respondWith = closed ?? settings.respondWith;
  const pool = service && pools.get(service);
  return {
    ...(typeof fields['name'] === 'string' ? { name: fields['name'] } : {}),
    id: row.id,
    ...conditions,
    // A closed route never reaches an origin, whatever is set for single consumers.
    ...(pool && !isClosed(respondWith) ? { pool } : {}),
    ...(typeof basePath === 'string' && basePath !== '/' ? { basePath } : {}),
    ...(tellsService && service ? { service: serviceOf(service) } : {}),
    stripPath: fields['strip_path'] !== false,
    ...(fields['preserve_host'] === true ? { preserveHost: true } : {}),
    ...(fields['path_handling'] === 'v1' ? { pathHandling: 'v1' } : {}),
    ...(secure ? { protocols: ['https'] } : {}),
    ...(typeof redirect === 'number' && redirect !== 426 ? { httpsRedirectStatus: redirect } : {}),
    ...settings,
    ...(respondWith ? { respondWith } : {}),
    ...consumers.onRoute(row, service),
  };
}

function serviceOf({ id, fields: { name } }: Row): NonNullable<Route['service']> {
  return typeof name === 'string' ? { id, name } : { id };
}

function isClosed(respondWith: Route['respondWith']): boolean {
  return (
    respondWith !== undefined && respondWith !== false && (respondWith.message ?? '').startsWith('closed: ')
  );
}

/** Whether any plug-in of the route may reject requests. CORS rejects none. */
function isGuarded(row: Row, service: Row | null, { plugins }: RouteContext): boolean {
  return plugins.plugins.names.some((name) => {
    const { fate } = pluginNamed(name);
    return name !== 'cors' && fate !== 'lost' && pluginOf(plugins.plugins, name, row, service) !== null;
  });
}

function isReadable(row: Row, guarded: boolean, report: Report): boolean {
  if (row.fields['expression'] === undefined) return true;
  const at = [...row.at, 'expression'];
  if (guarded)
    report.fault(
      at,
      'is not read here, and what it guards must not match another route: write hosts and paths',
    );
  else
    report.note({
      effect: 'lost',
      at,
      text: 'expressions are not read: its requests match other routes or none',
    });
  return false;
}

/** "http", the route's other protocol if its requests can also arrive by HTTP, or null if they cannot. */
function protocolOf(row: Row, service: Row | null, report: Report): string | null {
  const protocols = (row.fields['protocols'] as string[] | undefined) ?? HTTP;
  const of = service?.fields['protocol'] ?? 'http';
  const isHttp = protocols.some((protocol) => HTTP.includes(protocol));
  if (isHttp && HTTP.includes(String(of))) return 'http';
  if (!isHttp && !protocols.some((protocol) => protocol.startsWith('grpc'))) {
    const text = `only HTTP passes a Worker, not ${protocols.join(', ')}: the route is left out`;
    report.note({ effect: 'lost', at: [...row.at, 'protocols'], text });
    return null;
  }
  const name = isHttp ? String(of) : 'gRPC';
  report.note({ effect: 'closed', at: row.at, text: `only HTTP passes a Worker, not ${name}: 503` });
  return name;
}
