/** Validation of one entity beyond its single fields. */
import { isTable } from './checks.ts';
import { refusePlaceholder } from './placeholders.ts';
import { configOf } from './plugins/entry.ts';
import { PLUGINS } from './plugins/table.ts';
import { fromPcre } from './regex.ts';
import { showValue } from './report.ts';
import { fieldOf, type Row } from './rows.ts';
import { tableOf } from './schema.ts';

/** Expands `url`, the shorthand for four fields, which takes precedence over them. */
export function expandUrl({ report, fields }: Row<'services'>): void {
  const { url } = fields;
  if (url === undefined) return;
  const refuse = (range: string): void => report.at('url').fault(`must ${range}, received ${showValue(url)}`);
  const [, scheme, host, port, path] =
    /^([a-z_]+):\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)(?::(\d+))?([^?#]*)/i.exec(url) ?? [];
  if (scheme === undefined || host === undefined) return refuse('be a URL with a scheme and a host');
  const protocol = scheme.toLowerCase();
  const range = tableOf('services').fields['protocol']!.rangeFor(protocol);
  if (range !== null) return refuse(`have a scheme that is ${range}`);
  Object.assign(fields, {
    protocol,
    host,
    port: Number(port ?? (protocol.endsWith('s') ? 443 : 80)),
    ...(path ? { path } : {}),
  });
}

const CONDITIONS = ['methods', 'hosts', 'paths', 'headers', 'snis', 'sources', 'destinations', 'expression'];

export function checkRoute(row: Row<'routes'>): void {
  checkPatterns(row);
  const { report } = row;
  const { sources, destinations, protocols = ['http'], headers = {} } = row.fields;
  const has = CONDITIONS.some((name) => Object.keys(fieldOf(row, name) ?? {}).length > 0);
  if (!has && !row.broken) report.fault('must have at least one of methods, hosts, paths, headers, snis');
  const isHttp = protocols.some((one) => /^https?$/.test(one));
  if (isHttp && (sources !== undefined || destinations !== undefined))
    report.fault('must not have sources or destinations: those are for TCP routes');
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'host'))
    report.at('headers').fault('must not name Host: that is what hosts is for');
}

/**
 * No engine accepts a pattern with unbalanced brackets; one that only other engines accept is noted later, not
 * rejected.
 */
function checkPatterns({ report, fields: { paths = [] } }: Row<'routes'>): void {
  for (const [index, path] of paths.entries()) {
    if (!path.startsWith('~')) continue;
    try {
      new RegExp(fromPcre(path.slice(1)));
    } catch (error) {
      if (/Unterminated|Unmatched|Nothing to repeat|Lone quantifier/.test((error as Error).message))
        report.at('paths', index).fault(`must be a regular expression, received ${showValue(path)}`);
    }
  }
}

/** The hashed header, cookie or argument must be named. */
export function checkHashing(row: Row<'upstreams'>): void {
  for (const field of ['hash_on', 'hash_fallback'] as const) {
    const value = row.fields[field] ?? '';
    const detail = `${value === 'cookie' ? 'hash_on' : field}_${value}`;
    if (/^(header|cookie|query_arg|uri_capture)$/.test(value) && fieldOf(row, detail) === undefined)
      row.report.at(field).fault(`must come with ${detail}`);
  }
}

/** Validates one plug-in that is carried over. */
export function checkPlugin(row: Row<'plugins'>, filled: ReadonlySet<string>): void {
  const { fields, links } = row;
  const report = row.report.at('config');
  const { name = '', config = {} } = fields;
  const plugin = PLUGINS.get(name);
  if (plugin?.fate !== 'carried') return;
  if (links.consumer && plugin.consumer === undefined)
    row.report.at('consumer').fault(`must not be set: ${name} cannot be tied to a consumer`);
  if (refusePlaceholder({ filled }, report, 'config', config)) return;
  const reference = vaultReference(config);
  if (reference !== null)
    return report.at(...reference).fault('must be the value itself, not a reference to a vault');
  const range = plugin.config.rangeFor(config);
  const fault = range === null ? (plugin.fault?.(configOf(row)) ?? null) : `must be ${range}`;
  if (fault !== null) report.fault(fault);
}

/** The path of a reference to a vault; null if there is none. Redis settings are not used, so they may refer to one. */
function vaultReference(value: unknown): string[] | null {
  if (typeof value === 'string') return value.includes('{vault:') ? [] : null;
  if (!isTable(value) && !Array.isArray(value)) return null;
  for (const [key, inner] of Object.entries(value)) {
    const found = key.startsWith('redis') ? null : vaultReference(inner);
    if (found !== null) return [key, ...found];
  }
  return null;
}
