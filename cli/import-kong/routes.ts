/**
 * Maps one Kong route to routes of the configuration: one, none if it is not for HTTP, two if a part of it is closed.
 */
import type { Route } from '../../lib/config/types.ts';
import { compact } from './checks.ts';
import { mapConditions } from './conditions.ts';
import { routePlugins } from './plugins/apply.ts';
import type { ConsumerPlugins } from './plugins/consumers.ts';
import { closedBy, type PluginContext } from './plugins/guards.ts';
import { pluginOf } from './plugins/scopes.ts';
import { pluginNamed } from './plugins/table.ts';
import type { Row } from './rows.ts';

export interface RouteContext {
  readonly plugins: PluginContext;
  readonly consumers: ConsumerPlugins;
  /** Pool names by service. */
  readonly pools: ReadonlyMap<Row, string>;
  /** Routes name their former service, for Kong-Debug, logs or limits that count by service. */
  readonly namesService: boolean;
}

type Service = Row<'services'> | null;

const HTTP = ['http', 'https', 'ws', 'wss'];

export function mapRoute(row: Row<'routes'>, context: RouteContext): Route[] {
  const service = row.links.service ?? null;
  if (service?.fields.enabled === false) return [];
  const guarded = isGuarded(row, service, context);
  const speaks = protocolOf(row, service);
  if (speaks === null || !isReadable(row, guarded)) return [];
  const { open, closed } = mapConditions(row, guarded);
  const whole = speaks === 'http' ? undefined : closedBy(speaks);
  return [
    ...(open ? [routeOf(row, service, open, whole, context)] : []),
    ...(closed ? [routeOf(row, service, closed, closedBy('a regular expression'), context)] : []),
  ];
}

/** `closed` is the response of a closed route, in place of the service's. */
function routeOf(
  row: Row<'routes'>,
  service: Service,
  conditions: Partial<Route>,
  closed: Route['respondWith'],
  { plugins, consumers, pools, namesService }: RouteContext,
): Route {
  const { name, protocols = HTTP, https_redirect_status_code: redirect = 426, ...fields } = row.fields;
  const isSecure = protocols.some((one) => HTTP.includes(one)) && !/\b(http|ws)\b/.test(protocols.join(' '));
  const basePath = service?.fields.path ?? '/';
  const settings = routePlugins(row, service, plugins);
  const respondWith = closed ?? settings.respondWith;
  return {
    ...compact({ name }),
    id: row.id,
    ...conditions,
    ...compact({
      // A closed route never reaches an origin, whatever is set for single consumers.
      pool: service && !isClosed(respondWith) ? pools.get(service) : undefined,
      basePath: basePath === '/' ? undefined : basePath,
      service:
        namesService && service ? { id: service.id, ...compact({ name: service.fields.name }) } : undefined,
      stripPath: fields.strip_path !== false,
      preserveHost: fields.preserve_host === true ? true : undefined,
      pathHandling: fields.path_handling === 'v1' ? 'v1' : undefined,
      protocols: isSecure ? ['https'] : [],
      httpsRedirectStatus: redirect === 426 ? undefined : redirect,
    }),
    ...settings,
    ...(respondWith ? { respondWith } : {}),
    ...consumers.onRoute(row, service),
  };
}

function isClosed(respondWith: Route['respondWith']): boolean {
  return respondWith ? (respondWith.message ?? '').startsWith('closed: ') : false;
}

/** Whether any plug-in of the route may reject requests. CORS rejects none. */
function isGuarded(row: Row<'routes'>, service: Service, { plugins }: RouteContext): boolean {
  return plugins.names.some(
    (name) =>
      name !== 'cors' && pluginNamed(name).fate !== 'lost' && pluginOf(plugins, name, row, service) !== null,
  );
}

function isReadable({ report, fields }: Row<'routes'>, guarded: boolean): boolean {
  if (fields.expression === undefined) return true;
  const place = report.at('expression');
  if (guarded)
    place.fault(
      'is not supported, and the requests that it guards must not match another route: use hosts and paths',
    );
  else place.note('lost', 'expressions are not supported: its requests match other routes or none');
  return false;
}

/** "http", the route's other protocol if its requests can also arrive by HTTP, or null if they cannot. */
function protocolOf({ report, fields }: Row<'routes'>, service: Service): string | null {
  const { protocols = HTTP } = fields;
  const { protocol: ofService = 'http' } = service?.fields ?? {};
  const isHttp = protocols.some((protocol) => HTTP.includes(protocol));
  if (isHttp && HTTP.includes(ofService)) return 'http';
  if (!isHttp && !protocols.some((protocol) => protocol.startsWith('grpc'))) {
    const text = `a Worker forwards only HTTP, not ${protocols.join(', ')}: the route is omitted`;
    report.at('protocols').note('lost', text);
    return null;
  }
  const name = isHttp ? ofService : 'gRPC';
  report.note('closed', `a Worker forwards only HTTP, not ${name}: 503`);
  return name;
}
