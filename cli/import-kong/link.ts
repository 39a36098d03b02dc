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
import { type Report, showValue, writePath } from './report.ts';
import { checkHashing, checkRoute } from './entity-checks.ts';
import { isReference, refusePlaceholder, type Book, type Gathering, type Row } from './rows.ts';
import { KINDS, kindOf } from './schema.ts';
import { PLUGINS } from './plugins/table.ts';

const ROOT = 'fd02801f-0957-4a15-a55a-c8d9606f30b5';

/** The id that Kong gives to an entity of this kind and name. */
export function entityId(kind: string, name: string): string {
  return v5(name, v5(kind, ROOT));
}

/** SHA-256 of a key, as 64 lower-case hex digits, which the configuration holds instead of the key. */
export function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

export function linkRows(book: Book, report: Report): void {
  for (const kind of KINDS.keys()) {
    for (const row of book.rows[kind]!) {
      if (kind === 'services') expandUrl(row, report);
      row.id = rowId(row);
    }
  }
  const names = Object.fromEntries(
    [...KINDS.keys()].map((kind) => [kind, indexRows(kind, book.rows[kind]!)]),
  );
  for (const kind of KINDS.keys()) {
    for (const row of book.rows[kind]!) {
      followReferences(row, names, report);
      checkRequired(row, report);
    }
    checkUnique(book.rows[kind]!, kindOf(kind).unique, report);
  }
  for (const row of book.rows['consumers']!)
    if (row.fields['username'] === undefined && row.fields['custom_id'] === undefined)
      report.fault(row.at, 'must have a username or a custom_id');
  for (const row of book.rows['routes']!) checkRoute(row, report);
  for (const row of book.rows['upstreams']!) checkHashing(row, report);
  checkPlugins(book, report);
  if (book.format !== '1.1' && book.format !== '2018') checkTargets(book.rows['targets']!, report);
}

function rowId(row: Row): string {
  const { id, username, custom_id: custom, key } = row.fields;
  if (typeof id === 'string') return id;
  if (row.kind === 'keyauth_credentials' && typeof key === 'string')
    return entityId(row.kind, keyDigest(key));
  const name = row.kind === 'consumers' ? (username ?? custom) : row.fields[kindOf(row.kind).key];
  return entityId(row.kind, typeof name === 'string' && row.kind !== 'targets' ? name : writePath(row.at));
}

/** Indexes rows by id and by the name that references use. */
function indexRows(kind: string, rows: readonly Row[]): Map<string, Row> {
  const index = new Map<string, Row>();
  for (const row of rows) {
    const name = row.fields[kindOf(kind).key];
    if (typeof name === 'string' && !index.has(name)) index.set(name, row);
  }
  for (const row of rows) index.set(row.id, row);
  return index;
}

function followReferences(row: Row, names: Readonly<Record<string, Map<string, Row>>>, report: Report): void {
  if (row.parent !== null) row.links[kindOf(row.parent.kind).singular] = row.parent;
  for (const [key, value] of Object.entries(row.fields)) {
    if (!isReference(row.kind, key)) continue;
    const name = referenceText(value);
    const known = names[`${key}s`]!;
    const target = name === null ? undefined : (known.get(name) ?? known.get(name.toLowerCase()));
    if (target) row.links[key] = target;
    else report.fault([...row.at, key], `must name a ${key} of the file, received ${showValue(value)}`);
  }
}

function checkRequired(row: Row, report: Report): void {
  const { required, singular } = kindOf(row.kind);
  if (row.broken) return;
  for (const field of required)
    if (row.fields[field] === undefined && row.links[field] === undefined)
      report.fault(row.at, `must have ${field === 'host' ? 'host or url' : field}: every ${singular} does`);
}

function checkUnique(rows: readonly Row[], fields: readonly string[], report: Report): void {
  for (const field of ['id', ...fields])
    for (const [row, other] of twice(rows, ({ fields: { [field]: value } }) => value))
      // The value may be a secret.
      report.fault([...row.at, field], `must be unique: ${writePath(other.at)} has the same`);
}

/** Rows with the key of an earlier one, and that one; only strings are keys. */
function twice(rows: readonly Row[], keyOf: (row: Row) => unknown): (readonly [Row, Row])[] {
  const first = new Map<string, Row>();
  return rows.flatMap((row) => {
    const key = keyOf(row);
    if (typeof key !== 'string') return [];
    const other = first.get(key);
    if (other !== undefined) return [[row, other] as const];
    first.set(key, row);
    return [];
  });
}

/** Expands `url`, the shorthand for four fields, which takes precedence over them. */
function expandUrl(row: Row, report: Report): void {
  const url = row.fields['url'];
  if (typeof url !== 'string') return;
  const parts = /^([a-z_]+):\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)(?::(\d+))?([^?#]*)/i.exec(url);
  if (!parts)
    return report.fault(
      [...row.at, 'url'],
      `must be a URL with a scheme and a host, received ${showValue(url)}`,
    );
  const protocol = parts[1]!.toLowerCase();
  const range = kindOf('services').fields['protocol']!(protocol);
  if (range !== null)
    return report.fault(
      [...row.at, 'url'],
      `must have a scheme that is ${range}, received ${showValue(url)}`,
    );
  const port = parts[3] === undefined ? (protocol.endsWith('s') ? 443 : 80) : Number(parts[3]);
  Object.assign(row.fields, {
    protocol,
    host: parts[2]!,
    port,
    ...(parts[4] === '' ? {} : { path: parts[4] }),
  });
}

/** At most one configuration of a plugin for each combination of parents. */
function checkPlugins({ rows, filled }: Book, report: Report): void {
  const scopeOf = ({ fields: { name }, links }: Row): string =>
    [name, ...['route', 'service', 'consumer', 'consumer_group'].map((parent) => links[parent]?.id)].join(
      ' ',
    );
  const named = rows['plugins']!.filter(({ fields }) => typeof fields['name'] === 'string');
  for (const [row, other] of twice(named, scopeOf))
    report.fault(
      row.at,
      `must be the only ${String(row.fields['name'])} of its kind: ${writePath(other.at)} stands at the same service, route and consumer`,
    );
  for (const row of named) checkPlugin(row, String(row.fields['name']), { filled, report });
}

/** Validates one plug-in that is carried over. */
function checkPlugin(row: Row, name: string, into: Pick<Gathering, 'filled' | 'report'>): void {
  const { report } = into;
  const plugin = PLUGINS.get(name);
  if (plugin?.fate !== 'carried') return;
  if (row.links['consumer'] && !plugin.consumer && !plugin.ignoresConsumer)
    report.fault([...row.at, 'consumer'], `must not be set: ${name} cannot be tied to a consumer`);
  const config = (row.fields['config'] ?? {}) as Record<string, unknown>;
  if (refusePlaceholder(into, [...row.at, 'config'], 'config', config)) return;
  const reference = vaultReference(config);
  if (reference !== null)
    return report.fault(
      [...row.at, 'config', ...reference],
      'must be the value itself, not a reference to a vault',
    );
  const range = plugin.config(config);
  const fault = range === null ? (plugin.fault?.(config) ?? null) : `must be ${range}`;
  if (fault !== null) report.fault([...row.at, 'config'], fault);
}

/** Where a value refers to a vault; null if none does. Redis is not used here, whatever its password is. */
function vaultReference(value: unknown): string[] | null {
  if (typeof value === 'string') return value.includes('{vault:') ? [] : null;
  for (const [key, inner] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const found = key.startsWith('redis') ? null : vaultReference(inner);
    if (found !== null) return [key, ...found];
  }
  return null;
}

function checkTargets(targets: readonly Row[], report: Report): void {
  const keyOf = ({ links, fields }: Row): string => `${links['upstream']?.id} ${String(fields['target'])}`;
  for (const [row, other] of twice(targets, keyOf))
    report.fault(
      [...row.at, 'target'],
      `must be unique in its upstream: ${writePath(other.at)} has the same`,
    );
}
