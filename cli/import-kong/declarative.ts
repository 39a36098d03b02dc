/**
 * Converts Kong's declarative format (1.1, 2.1, 3.0) and decK's dialect of it to rows. decK's state may be spread over
 * several files: their lists are concatenated, as decK does.
 *
 * Up to 2.1 a path was a regular expression if it contained any character outside `A-Z a-z 0-9 . - _ ~ / %`; since 3.0
 * only those that start with `~/` are (kong/db/migrations/migrate_path_280_300.lua). The older ones are rewritten here.
 */
import { nearest } from '../../lib/config/validate.ts';
import { isTable, type Table } from './checks.ts';
import { markHashed } from './logins.ts';
import { type Report, showValue } from './report.ts';
import { addList, type Book, type Format, type Gathering, type Row } from './rows.ts';
import { ABOUT, ELSEWHERE } from './elsewhere.ts';
import { KINDS, kindOf } from './schema.ts';

export interface Declaration {
  readonly book: Book;
  /** Settings of kong.conf from the file's `x_kong_conf`. */
  readonly conf: Table;
}

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

export function readDeclaration(documents: readonly Table[], into: Gathering): Declaration {
  const { rows, report } = into;
  const format = readFormat(documents, report);
  const conf: Record<string, unknown> = {};
  const shared = new Map<string, unknown>();
  for (const [index, top] of documents.entries()) {
    for (const [key, value] of Object.entries(top)) addTop(into, conf, index, key, value);
    applyDefaults(rows, index, top['_info'], report);
    if (top['_transform'] === false)
      markHashed(rows['basicauth_credentials']!.filter(({ at }) => at[0] === index));
    for (const [name, config] of Object.entries(top['_plugin_configs'] ?? {})) shared.set(name, config);
  }
  shareConfigs(rows['plugins']!, shared, report);
  if (format !== '3.0') for (const route of rows['routes']!) markRegexes(route);
  return { book: { format, rows, filled: into.filled }, conf };
}

function addTop(
  into: Gathering,
  conf: Record<string, unknown>,
  index: number,
  key: string,
  value: unknown,
): void {
  const { report } = into;
  const at = [index, key];
  if (key === 'x_kong_conf' && typeof value === 'object' && value !== null) Object.assign(conf, value);
  else if (/^x[_-]/.test(key)) {
    if (value !== null) report.note({ effect: 'check', at, text: 'an extension that is not known here' });
  } else if (KINDS.has(key) || ELSEWHERE.has(key)) addList(into, key, value, at, null);
  else if (!ABOUT.has(key))
    report.fault(
      at,
      `is no part of a Kong configuration${nearest(key, [...KINDS.keys(), ...ELSEWHERE.keys()])}`,
    );
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
      report.fault(
        [index, '_format_version'],
        `must be ${range}, received ${value === undefined ? 'nothing' : showValue(value)}`,
      );
    format ??= known ?? null;
  }
  return format ?? '3.0';
}

/** decK's `_info.defaults`: default field values of a kind of entity. */
function applyDefaults(rows: Gathering['rows'], index: number, info: unknown, report: Report): void {
  const { defaults } = (info ?? {}) as { defaults?: Record<string, Table> };
  for (const kind of ['services', 'routes', 'upstreams', 'targets']) {
    const { singular, fields } = kindOf(kind);
    for (const [key, value] of Object.entries(defaults?.[singular] ?? {})) {
      const at = [index, '_info', 'defaults', singular, key];
      const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const range = value === null || check === undefined ? null : check(value);
      if (check === undefined) report.fault(at, `is no field of a ${singular}`);
      else if (range !== null) report.fault(at, `must be ${range}, received ${showValue(value)}`);
      else if (value !== null) setWhereUnset(rows[kind]!, index, key, value);
    }
  }
}

function setWhereUnset(rows: readonly Row[], index: number, key: string, value: unknown): void {
  for (const { at, fields } of rows) if (at[0] === index && fields[key] === undefined) fields[key] = value;
}

/** decK stores settings shared by several plugins at the top, by name; a plugin's own settings win. */
function shareConfigs(plugins: readonly Row[], shared: ReadonlyMap<string, unknown>, report: Report): void {
  for (const { at, fields } of plugins) {
    const name = fields['_config'] as string | undefined;
    if (name === undefined) continue;
    if (!shared.has(name))
      report.fault([...at, '_config'], `names no entry of _plugin_configs, received ${showValue(name)}`);
    fields['config'] = {
      ...(shared.get(name) as object | undefined),
      ...(fields['config'] as object | undefined),
    };
  }
}

export function markRegexes(route: Row): void {
  const paths = route.fields['paths'] as string[] | undefined;
  if (paths) route.fields['paths'] = paths.map(markRegex);
}

export function markRegex(path: string): string {
  return !path.startsWith('~') && /[^A-Za-z0-9.\-_~/%]/.test(path) ? `~${path}` : path;
}
