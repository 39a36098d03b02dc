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
    report.fault(`--with must name a file with an object, received ${showValue(overlay)}`);
    return config;
  }
  return mergeTables({ ...config }, overlay, report);
}

function mergeTables(base: Table, overlay: Table, report: Report): Table {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(overlay)) {
    const own = Object.hasOwn(base, key) ? base[key] : undefined;
    if (value === null) merged.delete(key);
    else if (isTable(value) && isTable(own)) merged.set(key, mergeTables(own, value, report));
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
    const found = merged.findIndex((one) =>
      names.some((name) => entry[name] !== undefined && one[name] === entry[name]),
    );
    // A route without conditions would match every request, which is surely unintended if a name is misspelled.
    const isRoute = kind !== 'routes' || CONDITIONS.some((name) => entry[name] !== undefined);
    if (found >= 0) merged[found] = mergeTables(merged[found]!, entry, report);
    else if (isRoute) merged.push(entry);
    else {
      const name = nameOf(entry);
      const range = `name a route of the import, or have ${CONDITIONS.join(', ')}`;
      report.fault(
        `--with ${kind}[${index}] must ${range}; received ${name}${nearest(name, merged.map(nameOf))}`,
      );
    }
  }
  // An origin may be just its URL.
  return merged.map((entry) => (Object.keys(entry).join() === 'url' ? entry['url'] : entry));
}

function nameOf({ name, id }: Table): string {
  return String(name ?? id ?? 'nothing');
}

function asTable(value: unknown): Table {
  return isTable(value) ? value : { url: value };
}
