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
import { markRegexes } from './declarative.ts';
import { meaningOf } from './elsewhere.ts';
import { endpointKind, guessKind } from './endpoints.ts';
import { markHashed } from './logins.ts';
import { type Path, type Report, showValue } from './report.ts';
import { addRow, type Book, type Gathering, type Row } from './rows.ts';

interface Found {
  readonly endpoint: string;
  readonly at: Path;
  readonly entity: Record<string, unknown>;
}

export function readPages(documents: readonly unknown[], into: Gathering): Book {
  const { rows, report } = into;
  const found = documents.flatMap((document, index) => collect(document, [index], '', report));
  if (found.length === 0 && report.faults.length === 0)
    report.fault([0], 'must hold a Kong configuration, received nothing');
  const upstreams = new Map<string, string>();
  for (const { entity } of found)
    if (typeof entity['slots'] === 'number')
      upstreams.set(String(entity['name']), String(entity['id'] ?? entity['name']));
  for (const item of found) place(item, upstreams, into);
  for (const route of rows['routes']!) markRegexes(route);
  markHashed(rows['basicauth_credentials']!);
  rows['targets'] = newestTargets(rows['targets']!);
  return { format: '2018', rows, filled: into.filled };
}

function collect(value: unknown, at: Path, endpoint: string, report: Report): Found[] {
  if (Array.isArray(value))
    return value.flatMap((entry: unknown, index) => collect(entry, [...at, index], endpoint, report));
  if (typeof value !== 'object' || value === null) {
    report.fault(at, `must be a page of the Admin API or an entity of one, received ${showValue(value)}`);
    return [];
  }
  const page = value as Record<string, unknown>;
  if ('data' in page && (Array.isArray(page['data']) || Object.keys(page['data'] ?? {}).length === 0)) {
    const entities = Array.isArray(page['data']) ? (page['data'] as unknown[]) : [];
    if (incomplete(page, entities))
      report.note({
        effect: 'check',
        at,
        text: 'this page names a next one: what stands there is missing unless it is in this file too',
      });
    return entities.flatMap((entry, index) => collect(entry, [...at, 'data', index], endpoint, report));
  }
  const keys = Object.keys(page);
  if (endpoint === '' && keys.every((key) => endpointKind(key) !== null))
    return keys.flatMap((key) => collect(page[key] ?? [], [...at, key], key, report));
  return [{ endpoint, at, entity: page }];
}

function incomplete(page: Record<string, unknown>, entities: readonly unknown[]): boolean {
  return (
    (typeof page['next'] === 'string' || typeof page['offset'] === 'string') &&
    Number(page['total'] ?? Infinity) > entities.length
  );
}

function place(found: Found, upstreams: ReadonlyMap<string, string>, into: Gathering): void {
  const { rows, report } = into;
  const { at } = found;
  const kind = found.endpoint === '' ? guessKind(found.entity) : endpointKind(found.endpoint);
  if (kind === 'apis') splitApi(found, into);
  else if (kind !== null && rows[kind] !== undefined)
    addRow(into, kind, modern(kind, found, upstreams), at, null);
  else if (kind === null) report.fault(at, 'is no entity of the Admin API that can be told by its fields');
  else report.note({ effect: 'lost', at, subject: kind, text: meaningOf(kind) });
}

/** Flat ids, and the references that they are now. */
const FLAT_IDS: readonly (readonly [flat: string, reference: string])[] = [
  ['service_id', 'service'],
  ['route_id', 'route'],
  ['consumer_id', 'consumer'],
  ['upstream_id', 'upstream'],
];

/** Flat ids become references, and 2018's notations for "none" are removed. */
function modern(
  kind: string,
  { entity, endpoint }: Found,
  upstreams: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...entity };
  for (const field of ['api_id', 'orderlist', ...FLAT_IDS.map(([flat]) => flat)]) delete result[field];
  if (kind === 'plugins' && entity['api_id']) result['route'] = entity['api_id'];
  for (const [flat, reference] of FLAT_IDS) if (entity[flat]) result[reference] = entity[flat];
  if (kind === 'targets') {
    const parent = result['upstream'] ?? /upstreams\/([^/]+)\/targets/.exec(endpoint)?.[1];
    if (parent) result['upstream'] = upstreams.get(String(parent)) ?? parent;
  }
  const config = entity['config'] as Record<string, unknown> | undefined;
  if (kind === 'plugins' && config?.['anonymous'] === '') result['config'] = { ...config, anonymous: null };
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
function splitApi({ at, entity }: Found, into: Gathering): void {
  const { id, https_only: httpsOnly, http_if_terminated: terminated } = entity;
  const name = entity['name'] ?? id;
  const renamed = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(names).map(([former, now]) => [now, entity[former] ?? null]));
  addRow(into, 'services', { id, name, ...renamed(SERVICE_OF_API) }, at, null);
  const protocols = httpsOnly === true ? ['https'] : null;
  addRow(into, 'routes', { id, ...renamed(ROUTE_OF_API), protocols, service: id ?? name }, at, null);
  if (httpsOnly === true && terminated === true)
    into.report.note({
      effect: 'check',
      at: [...at, 'http_if_terminated'],
      text: 'X-Forwarded-Proto is believed from trusted proxies alone: name them in trustedProxies',
    });
}

/** Targets were an append-only log: of several entries for one target the newest counts. */
function newestTargets(targets: readonly Row[]): Row[] {
  const newest = new Map<string, Row>();
  for (const row of targets) {
    const key = `${String(row.fields['upstream'])} ${String(row.fields['target'])}`;
    const known = newest.get(key);
    if (
      known === undefined ||
      Number(row.fields['created_at'] ?? 0) >= Number(known.fields['created_at'] ?? 0)
    )
      newest.set(key, row);
  }
  return [...newest.values()];
}
