/**
 * Kong's declarative format (1.1, 2.1, 3.0) and decK's dialect of it, to rows.
 *
 * Up to 2.1 a path was a regular expression if it held any character outside `A-Z a-z 0-9 . - _ ~ / %`; since 3.0 only
 * those that start with `~/` are (kong/db/migrations/migrate_path_280_300.lua). The older ones are rewritten here.
 */
import { nearest } from './nearest.ts';
import { type Report, showValue } from './report.ts';
import { addList, emptyRows, type Book, type Format, type Row } from './rows.ts';
import { ABOUT, ELSEWHERE } from './elsewhere.ts';
import { KINDS } from './schema.ts';

export interface Declaration {
  readonly book: Book;
  /** Settings of kong.conf that were written into the file as `x_kong_conf`. */
  readonly conf: Readonly<Record<string, unknown>>;
}

const FORMATS: readonly Format[] = ['1.1', '2.1', '3.0'];

export function isDeclarative(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !looksLikePages(value);
}

/** An export of the Admin API has endpoints for keys, or the `data` of one page. */
function looksLikePages(value: object): boolean {
  if ('_format_version' in value) return false;
  return Object.entries(value).some(
    ([key, entry]) =>
      key === 'data' || key === 'apis' || key === 'key-auths' || key.startsWith('/') || isPage(entry),
  );
}

function isPage(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Array.isArray((value as { data?: unknown }).data)
  );
}

export function readDeclaration(top: Record<string, unknown>, report: Report): Declaration {
  const format = readFormat(top['_format_version'], report);
  const rows = emptyRows();
  const conf: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(top)) {
    if (key === 'x_kong_conf' && typeof value === 'object' && value !== null) Object.assign(conf, value);
    else if (/^x[_-]/.test(key)) report.note([key], 'not carried over: an extension that is not known here');
    else if (KINDS[key] !== undefined || ELSEWHERE[key] !== undefined)
      addList(rows, key, value, [key], null, report);
    else if (!ABOUT.has(key))
      report.fault(
        [key],
        `is no part of a Kong configuration${nearest(key, [...Object.keys(KINDS), ...Object.keys(ELSEWHERE)])}`,
      );
  }
  applyDefaults(rows, top['_info'], report);
  shareConfigs(rows['plugins']!, top['_plugin_configs'], report);
  if (format !== '3.0') for (const route of rows['routes']!) markRegexes(route);
  return { book: { format, rows }, conf };
}

function readFormat(value: unknown, report: Report): Format {
  const text = typeof value === 'number' ? value.toFixed(1) : value;
  const format = FORMATS.find((known) => known === text);
  if (format === undefined) {
    const received = value === undefined ? 'nothing' : showValue(value);
    report.fault(
      ['_format_version'],
      `must be one of ${FORMATS.map((known) => `"${known}"`).join(', ')}, received ${received}`,
    );
  }
  return format ?? '3.0';
}

/** decK's `_info.defaults`: what an entity of a kind has where it says nothing itself. */
function applyDefaults(rows: Record<string, Row[]>, info: unknown, report: Report): void {
  const { defaults } = (info ?? {}) as { defaults?: Record<string, Record<string, unknown>> };
  for (const kind of ['services', 'routes', 'upstreams', 'targets']) {
    const { singular, fields } = KINDS[kind]!;
    for (const [key, value] of Object.entries(defaults?.[singular] ?? {})) {
      const range = value === null ? null : fields[key]?.(value);
      if (range === undefined)
        report.fault(['_info', 'defaults', singular, key], `is no field of a ${singular}`);
      else if (range !== null)
        report.fault(['_info', 'defaults', singular, key], `must be ${range}, received ${showValue(value)}`);
      else
        for (const row of rows[kind]!)
          if (row.fields[key] === undefined) (row.fields as Record<string, unknown>)[key] = value;
    }
  }
}

/** decK keeps settings that several plugins share at the top, by name; what a plugin says itself wins. */
function shareConfigs(plugins: readonly Row[], shared: unknown, report: Report): void {
  const known = (typeof shared === 'object' && shared !== null ? shared : {}) as Record<string, object>;
  for (const plugin of plugins) {
    const name = plugin.fields['_config'] as string | undefined;
    if (name === undefined) continue;
    if (known[name] === undefined)
      report.fault(
        [...plugin.at, '_config'],
        `names no entry of _plugin_configs, received ${showValue(name)}`,
      );
    (plugin.fields as Record<string, unknown>)['config'] = {
      ...known[name],
      ...(plugin.fields['config'] as object | undefined),
    };
  }
}

export function markRegexes(route: Row): void {
  const paths = route.fields['paths'] as string[] | undefined;
  if (paths) (route.fields as Record<string, unknown>)['paths'] = paths.map(markRegex);
}

export function markRegex(path: string): string {
  return !path.startsWith('~') && /[^A-Za-z0-9.\-_~/%]/.test(path) ? `~${path}` : path;
}
