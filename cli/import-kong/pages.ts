/**
 * Converts Admin API exports, common before the declarative format existed, to rows: the pages of /apis, /services,
 * /routes, /plugins, /consumers, /key-auths, /upstreams and /upstreams/{name}/targets.
 *
 * Three file formats are accepted, since there was no standard:
 *   1. an object by endpoint: { "/services": PAGE, "/routes": PAGE, "/upstreams/u/targets": PAGE, … };
 *   2. a list of pages, or pages one after the other, as a loop of curl leaves them;
 *   3. a single page.
 * A PAGE is { "data": [ … ], "next" or "offset": … }, a bare list, or a list of pages. Entities of formats 2 and 3
 * are identified by fields that only their kind has.
 *
 * Unknown fields are noted, not rejected: these files were machine-generated, by Kong as it was in 2018.
 */
import { isTable, type Table } from './checks.ts';
import { markRegexes } from './declarative.ts';
import { ELSEWHERE, meaningOf } from './elsewhere.ts';
import { type Path, type Report, showValue } from './report.ts';
import { addRow, type Book, type Row } from './rows.ts';
import { isKind } from './schema.ts';

interface Found {
  readonly endpoint: string;
  readonly at: Path;
  readonly entity: Table;
}

export function readPages(documents: readonly unknown[], book: Book): void {
  const { rows, report } = book;
  const found = documents.flatMap((document, index) => collect(document, [index], '', report));
  if (found.length === 0 && report.faults.size === 0)
    report.fault([0], 'must hold a Kong configuration, received nothing');
  const upstreams = new Map<string, string>();
  for (const { entity } of found)
    if (typeof entity['slots'] === 'number')
      upstreams.set(String(entity['name']), String(entity['id'] ?? entity['name']));
  for (const item of found) place(item, upstreams, book);
  rows.routes.forEach(markRegexes);
  for (const row of rows.basicauth_credentials) book.hashed.add(row);
  rows.targets = newestTargets(rows.targets);
}

function collect(value: unknown, at: Path, endpoint: string, report: Report): Found[] {
  if (Array.isArray(value))
    return value.flatMap((entry: unknown, index) => collect(entry, [...at, index], endpoint, report));
  if (!isTable(value)) {
    report.fault(at, `must be a page of the Admin API or an entity of one, received ${showValue(value)}`);
    return [];
  }
  const { data } = value;
  if ('data' in value && (Array.isArray(data) || Object.keys(data ?? {}).length === 0)) {
    const entities: unknown[] = Array.isArray(data) ? data : [];
    const { next, offset, total } = value;
    if (
      (typeof next === 'string' || typeof offset === 'string') &&
      Number(total ?? Infinity) > entities.length
    )
      report.note(
        'check',
        at,
        'this page names a next one: what stands there is missing unless it is in this file too',
      );
    return entities.flatMap((entry, index) => collect(entry, [...at, 'data', index], endpoint, report));
  }
  const keys = Object.keys(value);
  if (endpoint === '' && keys.every((key) => kindOfEndpoint(key) !== null))
    return keys.flatMap((key) => collect(value[key] ?? [], [...at, key], key, report));
  return [{ endpoint, at, entity: value }];
}

/** Endpoints that are called otherwise than the lists of a declaration, most of them in the singular or the plural. */
const ENDPOINTS: ReadonlyMap<string, string> = new Map([
  ['api', 'apis'],
  ['key-auth', 'keyauth_credentials'],
  ['basic-auth', 'basicauth_credentials'],
  ['hmac-auth', 'hmacauth_credentials'],
  ['jwt', 'jwt_secrets'],
  ['oauth2', 'oauth2_credentials'],
]);

/** `/upstreams/u/targets?size=100` returns targets. */
function kindOfEndpoint(endpoint: string): string | null {
  const [path = ''] = endpoint.split('?');
  const last = path.split('/').findLast((part) => part !== '' && part !== 'all' && part !== 'active') ?? '';
  const known = ENDPOINTS.get(last.replace(/s$/, ''));
  return known ?? (isKind(last) || ELSEWHERE.has(last) ? last : null);
}

/** The kind of an entity, from fields that no other kind has. */
function guessKind(entity: Table): string | null {
  const has = (...names: string[]): boolean => names.every((name) => Object.hasOwn(entity, name));
  if (has('upstream_url')) return 'apis';
  if (has('target')) return 'targets';
  if (has('slots')) return 'upstreams';
  if (has('key', 'algorithm')) return 'jwt_secrets';
  if (has('key', 'consumer_id') || has('key', 'consumer')) return 'keyauth_credentials';
  if (has('config') || has('name', 'enabled')) return 'plugins';
  if (has('protocols') || has('strip_path') || has('paths')) return 'routes';
  if (has('protocol') || has('host')) return 'services';
  if (has('username', 'secret')) return 'hmacauth_credentials';
  if (has('username', 'password')) return 'basicauth_credentials';
  return has('username') || has('custom_id') ? 'consumers' : null;
}

function place(found: Found, upstreams: ReadonlyMap<string, string>, book: Book): void {
  const { at, endpoint, entity } = found;
  const kind = endpoint === '' ? guessKind(entity) : kindOfEndpoint(endpoint);
  if (kind === null) book.report.fault(at, 'is no entity of the Admin API that can be told by its fields');
  else if (kind === 'apis') splitApi(found, book);
  else if (isKind(kind)) addRow(book, kind, modern(kind, found, upstreams), at, null);
  else book.report.note('lost', at, meaningOf(kind), kind);
}

/** Flat ids, and the references that they are now. */
const FLAT_IDS = ['service', 'route', 'consumer', 'upstream'].map((name) => [`${name}_id`, name] as const);

/** Flat ids become references, and 2018's notations for "none" are removed. */
function modern(kind: string, { entity, endpoint }: Found, upstreams: ReadonlyMap<string, string>): Table {
  const { api_id: api, orderlist: _, ...result }: Record<string, unknown> = entity;
  for (const [flat] of FLAT_IDS) delete result[flat];
  if (kind === 'plugins' && api) result['route'] = api;
  for (const [flat, reference] of FLAT_IDS) if (entity[flat]) result[reference] = entity[flat];
  if (kind === 'targets') {
    const parent = result['upstream'] ?? /upstreams\/([^/]+)\/targets/.exec(endpoint)?.[1];
    if (parent) result['upstream'] = upstreams.get(String(parent)) ?? parent;
  }
  return result;
}

/** The fields of an API (before 0.15), and what they are called at a service and at a route. */
const SERVICE_OF_API = {
  upstream_url: 'url',
  retries: 'retries',
  upstream_connect_timeout: 'connect_timeout',
  upstream_send_timeout: 'write_timeout',
  upstream_read_timeout: 'read_timeout',
};
const ROUTE_OF_API = {
  name: 'name',
  uris: 'paths',
  hosts: 'hosts',
  methods: 'methods',
  strip_uri: 'strip_path',
  preserve_host: 'preserve_host',
  created_at: 'created_at',
};

/** An API becomes one service and one route; its plugins become plugins of the route. */
function splitApi({ at, entity }: Found, book: Book): void {
  const { id, https_only: httpsOnly, http_if_terminated: terminated } = entity;
  const name = entity['name'] ?? id;
  const renamed = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(names).map(([former, now]) => [now, entity[former] ?? null]));
  addRow(book, 'services', { id, name, ...renamed(SERVICE_OF_API) }, at, null);
  const protocols = httpsOnly === true ? ['https'] : null;
  addRow(book, 'routes', { id, ...renamed(ROUTE_OF_API), protocols, service: id ?? name }, at, null);
  if (httpsOnly === true && terminated === true)
    book.report.note(
      'check',
      [...at, 'http_if_terminated'],
      'X-Forwarded-Proto is believed from trusted proxies alone: name them in trustedProxies',
    );
}

/** Targets were an append-only log: of several entries for one target the newest counts. */
function newestTargets(targets: readonly Row<'targets'>[]): Row<'targets'>[] {
  const age = ({ fields: { created_at: created = 0 } }: Row<'targets'>): number => created;
  const newest = new Map<string, Row<'targets'>>();
  for (const row of targets) {
    const key = `${String(row.fields.upstream)} ${row.fields.target}`;
    const known = newest.get(key);
    if (known === undefined || age(row) >= age(known)) newest.set(key, row);
  }
  return [...newest.values()];
}
