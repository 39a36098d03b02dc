/**
 * `--with FILE`: manual additions to an import, which the next import preserves. The file has the structure of the
 * configuration.
 *
 * Objects are merged, pools by name; routes and consumers by id or name, origins by name or URL; null removes a
 * setting; anything else replaces the imported value.
 */
import type { Config } from '../../lib/config/types.ts';
import { nearest } from '../../lib/config/validate.ts';
import { isTable, type Table } from './checks.ts';
import { showValue, type Report } from './report.ts';

/** Lists whose entries are merged, and the fields that identify an entry. */
const NAMED: ReadonlyMap<string, readonly string[]> = new Map([
  ['routes', ['id', 'name']],
  ['consumers', ['id', 'username']],
  ['origins', ['name', 'url']],
]);
/** A new route must set one of these conditions. */
const CONDITIONS = ['hosts', 'paths', 'methods', 'headers'];

export function mergeOverlay(config: Config, overlay: unknown, report: Report): Config {
  if (!isTable(overlay)) {
    report.fault([], `--with must name a file with an object, received ${showValue(overlay)}`);
    return config;
  }
  return mergeTables({ ...config }, overlay, '--with', report);
}

function mergeTables(base: Table, overlay: Table, at: string, report: Report): Table {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(overlay)) {
    const own = Object.hasOwn(base, key) ? base[key] : undefined;
    const place = `${at} ${key}`;
    if (value === null) merged.delete(key);
    else if (isTable(value) && isTable(own)) merged.set(key, mergeTables(own, value, place, report));
    else if (Array.isArray(value) && Array.isArray(own) && NAMED.has(key))
      merged.set(key, mergeLists(key, own as unknown[], value as unknown[], report));
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** An entry is identified by the first of its names that an imported entry has. */
function mergeLists(
  kind: string,
  base: readonly unknown[],
  overlay: readonly unknown[],
  report: Report,
): unknown[] {
  const names = NAMED.get(kind)!;
  const merged = base.map(asTable);
  for (const [index, value] of overlay.entries()) {
    const entry = asTable(value);
    const place = `--with ${kind}[${index}]`;
    const found = merged.findIndex((one) =>
      names.some((name) => entry[name] !== undefined && one[name] === entry[name]),
    );
    if (found >= 0) merged[found] = mergeTables(merged[found]!, entry, place, report);
    else if (kind === 'routes' && !CONDITIONS.some((name) => entry[name] !== undefined))
      refuseRoute(place, entry, merged, report);
    else merged.push(entry);
  }
  return merged.map(asWritten);
}

/** A route without conditions would match every request, which is surely unintended if a name is misspelled. */
function refuseRoute(place: string, entry: Table, routes: readonly Table[], report: Report): void {
  const name = String(entry['name'] ?? entry['id'] ?? 'nothing');
  const hint = nearest(
    name,
    routes.map((route) => String(route['name'] ?? route['id'])),
  );
  report.fault(
    [],
    `${place} must name a route of the import, or have ${CONDITIONS.join(', ')}; received ${name}${hint}`,
  );
}

/** An origin may be just its URL. */
function asTable(value: unknown): Table {
  return isTable(value) ? value : { url: value };
}

function asWritten(entry: Table): unknown {
  return Object.keys(entry).join() === 'url' ? entry['url'] : entry;
}
