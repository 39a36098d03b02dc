/**
 * Converts Kong's declarative format (1.1, 2.1, 3.0) and decK's dialect of it to rows. decK's state may be spread over
 * several files: their lists are concatenated, as decK does.
 *
 * Up to 2.1 a path was a regular expression if it contained any character outside `A-Z a-z 0-9 . - _ ~ / %`; since 3.0
 * only those that start with `~/` are (kong/db/migrations/migrate_path_280_300.lua). The older ones are rewritten here.
 */
import { nearest } from '../../lib/config/validate.ts';
import { isTable, type Table } from './checks.ts';
import { ABOUT, ELSEWHERE } from './elsewhere.ts';
import { showValue, type Report } from './report.ts';
import { addList, checkField, type ImportState, type Format, type Row } from './rows.ts';
import { KINDS, isKind, singular } from './schema.ts';

const FORMATS: readonly Format[] = ['1.1', '2.1', '3.0'];

export function isDeclarative(value: unknown): value is Table {
  return isTable(value) && !looksLikePages(value);
}

export function isVersioned(value: unknown): boolean {
  return isDeclarative(value) && Object.hasOwn(value, '_format_version');
}

/** An Admin API export has endpoints as keys, or the `data` of one page. */
function looksLikePages(value: Table): boolean {
  if (Object.hasOwn(value, '_format_version')) return false;
  return Object.entries(value).some(
    ([key, entry]) =>
      ['data', 'apis', 'key-auths'].includes(key) ||
      key.startsWith('/') ||
      (isTable(entry) && Array.isArray(entry['data'])),
  );
}

export function readDeclaration(documents: readonly Table[], state: ImportState): void {
  const { rows, report } = state;
  state.format = readFormat(documents, report);
  const shared = new Map<string, unknown>();
  for (const [index, top] of documents.entries()) {
    for (const [key, value] of Object.entries(top)) addTop(state, key, value, report.at(index, key));
    applyDefaults(state, index, top['_info']);
    if (top['_transform'] === false) state.hashed.add(index);
    for (const [name, config] of Object.entries(top['_plugin_configs'] ?? {})) shared.set(name, config);
  }
  for (const plugin of rows.plugins) shareConfig(plugin, shared);
  if (state.format !== '3.0') rows.routes.forEach(markRegexes);
}

function addTop(state: ImportState, key: string, value: unknown, report: Report): void {
  if (key === 'x_kong_conf' && typeof value === 'object' && value !== null) Object.assign(state.conf, value);
  else if (/^x[_-]/.test(key)) {
    if (value !== null) report.note('check', 'an unknown extension, ignored');
  } else if (isKind(key) || ELSEWHERE.has(key)) addList(state, key, value, report, null);
  else if (!ABOUT.has(key))
    report.fault(`is not part of a Kong configuration${nearest(key, [...KINDS, ...ELSEWHERE.keys()])}`);
}

/** The first document's format applies to all; another document must not contradict it. */
function readFormat(documents: readonly Table[], report: Report): Format {
  let format: Format | null = null;
  for (const [index, { _format_version: value }] of documents.entries()) {
    if (value === undefined && (format !== null || index < documents.length - 1)) continue;
    const text = typeof value === 'number' ? value.toFixed(1) : value;
    const known = FORMATS.find((one) => one === text);
    const range = format === null ? `one of ${FORMATS.map((one) => `"${one}"`).join(', ')}` : `"${format}"`;
    if (known === undefined || (format !== null && known !== format))
      report.at(index, '_format_version').fault(`must be ${range}, received ${showValue(value)}`);
    format ??= known ?? null;
  }
  return format ?? '3.0';
}

/** decK's `_info.defaults`: default field values of a kind of entity. */
function applyDefaults(state: ImportState, index: number, info: unknown): void {
  const { defaults } = (info ?? {}) as { defaults?: Record<string, Table> };
  for (const kind of ['services', 'routes', 'upstreams', 'targets'] as const) {
    const report = state.report.at(index, '_info', 'defaults', singular(kind));
    for (const [key, value] of Object.entries(defaults?.[singular(kind)] ?? {}))
      if (value !== null && checkField(state, { kind, report, links: {} }, key, value))
        for (const row of state.rows[kind])
          if (row.report.path[0] === index) (row.fields as Record<string, unknown>)[key] ??= value;
  }
}

/** decK stores settings shared by several plugins at the top, by name; a plugin's own settings win. */
function shareConfig({ report, fields }: Row<'plugins'>, shared: ReadonlyMap<string, unknown>): void {
  const { _config: name } = fields;
  if (name === undefined) return;
  if (!shared.has(name))
    report.at('_config').fault(`names no entry of _plugin_configs, received ${showValue(name)}`);
  fields.config = { ...(shared.get(name) as Table | undefined), ...fields.config };
}

export function markRegexes({ fields }: Row<'routes'>): void {
  if (fields.paths)
    fields.paths = fields.paths.map((path) =>
      !path.startsWith('~') && /[^A-Za-z0-9.\-_~/%]/.test(path) ? `~${path}` : path,
    );
}
