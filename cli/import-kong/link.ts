/**
 * Validation across rows: ids, references, uniqueness, and required fields.
 *
 * A missing id is derived as Kong does, UUIDv5(UUIDv5(fd02801f-…, kind), name), so that origins that store
 * X-Consumer-ID still recognise their callers. What Kong would generate at random on every load (a credential's id, a
 * route without a name) is derived from the digest or the location instead, so that the same file always gives the same
 * configuration.
 */
import { createHash } from 'node:crypto';
import { v5 } from 'uuid';
import { referenceText } from './checks.ts';
import { checkHashing, checkPlugin, checkRoute, expandUrl } from './entity-checks.ts';
import { showValue, writePath } from './report.ts';
import { fieldOf, isReference, type ImportState, type Links, type Row } from './rows.ts';
import { KINDS, singular, tableOf, type Kind } from './schema.ts';

const ROOT = 'fd02801f-0957-4a15-a55a-c8d9606f30b5';

/** The id that Kong gives to an entity of this kind and name. */
export function entityId(kind: string, name: string): string {
  return v5(name, v5(kind, ROOT));
}

/** SHA-256 of a key, as 64 lower-case hex digits, which the configuration holds instead of the key. */
export function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

export function linkRows({ rows, filled, format }: ImportState): void {
  for (const service of rows.services) expandUrl(service);
  for (const kind of KINDS) for (const row of rows[kind]) row.id = rowId(row);
  const indexes = Object.fromEntries(KINDS.map((kind) => [singular(kind), indexRows(kind, rows[kind])]));
  for (const kind of KINDS) {
    for (const row of rows[kind]) {
      followReferences(row, indexes);
      checkRequired(row);
    }
    const { key } = tableOf(kind);
    for (const field of new Set(['id', key, ...(kind === 'consumers' ? ['custom_id'] : [])]))
      for (const [row, other] of duplicates<Row>(rows[kind], (one) => fieldOf(one, field)))
        // The value may be a secret.
        row.report.at(field).fault(`must be unique: ${writePath(other.report.path)} has the same`);
  }
  for (const { report, fields } of rows.consumers)
    if (fields.username === undefined && fields.custom_id === undefined)
      report.fault('must have a username or a custom_id');
  for (const route of rows.routes) checkRoute(route);
  for (const upstream of rows.upstreams) checkHashing(upstream);
  const plugins = rows.plugins.filter(({ fields }) => fields.name !== undefined);
  for (const [{ report, fields }, other] of duplicates(plugins, scopeOf))
    report.fault(
      `must be the only ${fields.name} in its scope: ${writePath(other.report.path)} has the same service, route and consumer`,
    );
  for (const plugin of plugins) checkPlugin(plugin, filled);
  if (format === '1.1' || format === '2018') return;
  for (const [{ report }, other] of duplicates(
    rows.targets,
    ({ fields, links }) => `${links.upstream?.id} ${fields.target}`,
  ))
    report.at('target').fault(`must be unique in its upstream: ${writePath(other.report.path)} has the same`);
}

function rowId(row: Row): string {
  const { id } = row.fields;
  if (typeof id === 'string') return id;
  const key = fieldOf(row, tableOf(row.kind).key) ?? fieldOf(row, 'custom_id');
  if (typeof key !== 'string') return entityId(row.kind, writePath(row.report.path));
  return entityId(row.kind, row.kind === 'keyauth_credentials' ? keyDigest(key) : key);
}

/** Indexes rows by id and by the name that references use. */
function indexRows(kind: Kind, rows: readonly Row[]): Map<string, Row> {
  const index = new Map<string, Row>();
  for (const row of rows) {
    const name = fieldOf(row, tableOf(kind).key);
    if (typeof name === 'string' && !index.has(name)) index.set(name, row);
  }
  for (const row of rows) index.set(row.id, row);
  return index;
}

function followReferences(row: Row, indexes: Readonly<Record<string, Map<string, Row>>>): void {
  const links = row.links as Record<string, Row>;
  for (const [key, value] of Object.entries(row.fields)) {
    if (!isReference(row, key)) continue;
    const name = referenceText(value);
    const known = indexes[key]!;
    const target = name === null ? undefined : (known.get(name) ?? known.get(name.toLowerCase()));
    if (target) links[key] = target;
    else row.report.at(key).fault(`must name a ${key} of the file, received ${showValue(value)}`);
  }
}

function checkRequired(row: Row): void {
  if (row.broken) return;
  for (const field of tableOf(row.kind).required)
    if (fieldOf(row, field) === undefined && row.links[field as keyof Links] === undefined)
      row.report.fault(
        `must have ${field === 'host' ? 'host or url' : field}, as every ${singular(row.kind)}`,
      );
}

/** Pairs of a row and an earlier one with the same key; only strings are keys. */
function duplicates<R>(rows: readonly R[], keyOf: (row: R) => unknown): (readonly [R, R])[] {
  const first = new Map<string, R>();
  return rows.flatMap((row) => {
    const key = keyOf(row);
    if (typeof key !== 'string') return [];
    const other = first.get(key);
    if (other !== undefined) return [[row, other] as const];
    first.set(key, row);
    return [];
  });
}

/** A plug-in has at most one configuration for each combination of these. */
function scopeOf({
  fields: { name },
  links: { route, service, consumer, consumer_group: group },
}: Row<'plugins'>) {
  return [name, route?.id, service?.id, consumer?.id, group?.id].join(' ');
}
