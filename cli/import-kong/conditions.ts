/**
 * Which requests a route matches. A condition that cannot be expressed here is dropped such that the route never
 * matches more than in Kong, and no request that it matched falls to a route with fewer guards.
 */
import type { Route } from '../../lib/config/types.ts';
import { compact } from './checks.ts';
import { fromPcre, patternFault } from './regex.ts';
import type { Row } from './rows.ts';

export interface Conditions {
  /** Null: no request can be attributed to this route. */
  readonly open: Partial<Route> | null;
  /**
   * The conditions that replace unsupported patterns: they match at least as much, so the route must be closed. Null:
   * none.
   */
  readonly closed: Partial<Route> | null;
}

/** `guarded`: requests that this route loses must not reach another one. */
export function mapConditions(row: Row<'routes'>, guarded: boolean): Conditions {
  const { methods = [], paths = [], regex_priority: priority = 0 } = row.fields;
  const hosts = hostsOf(row);
  const { runnable, closedPaths } = splitPaths(row, guarded);
  const { headers, broken } = headersOf(row, guarded);
  if (hosts === null) return { open: null, closed: null };
  const withPaths = (matched: string[]): Partial<Route> =>
    compact({
      hosts,
      paths: matched,
      methods,
      regexPriority: priority === 0 ? undefined : priority,
      headers: Object.fromEntries(headers),
    });
  if (broken) return { open: null, closed: guarded ? withPaths([...runnable, ...closedPaths]) : null };
  const isEmpty = runnable.length === 0 && paths.length > 0;
  return {
    open: isEmpty ? null : withPaths(runnable),
    closed: closedPaths.length > 0 ? withPaths(closedPaths) : null,
  };
}

/**
 * A Worker does not see the TLS server name separately from Host; if both are conditions, only names allowed by both
 * match.
 */
function hostsOf({ report, fields }: Row<'routes'>): string[] | null {
  const { hosts = [], snis = [] } = fields;
  if (snis.length === 0) return hosts;
  const names = snis.map((name) => name.replace(/\.$/, ''));
  const both = hosts.length === 0 ? names : names.filter((name) => hosts.some((host) => covers(host, name)));
  const text = 'a Worker does not see the TLS server name: they are taken as hosts';
  report.at('snis').note(both.length === 0 ? 'closed' : 'lost', text);
  return both.length === 0 ? null : both;
}

function covers(host: string, name: string): boolean {
  const bare = host.replace(/:\d+$/, '');
  if (bare.startsWith('*.')) return name.endsWith(bare.slice(1));
  return bare.endsWith('.*') ? name.startsWith(bare.slice(0, -1)) : bare === name;
}

function splitPaths(
  { report, fields }: Row<'routes'>,
  guarded: boolean,
): { runnable: string[]; closedPaths: string[] } {
  const runnable: string[] = [];
  const closedPaths: string[] = [];
  for (const [index, path] of (fields.paths ?? []).entries()) {
    const pattern = path.startsWith('~') ? fromPcre(path) : path;
    const fault = path.startsWith('~') ? patternFault(pattern.slice(1)) : null;
    if (fault === null) {
      runnable.push(pattern);
      continue;
    }
    const place = report.at('paths', index);
    const prefix = literalStart(pattern.slice(1));
    if (!guarded) place.note('lost', `${fault}: its requests match other routes or none`);
    else if (prefix === null)
      place.fault(`${fault}, and the requests that it guards cannot be identified: rewrite it`);
    else {
      place.note('closed', `${fault}: every path that starts with ${prefix} answers 503`);
      closedPaths.push(`~${prefix.replace(/[.]/g, '\\$&')}`);
    }
  }
  return { runnable, closedPaths };
}

/** The literal prefix of all matches, beyond the first slash; null if there is none. */
function literalStart(pattern: string): string | null {
  const [start = ''] = /^\^?\/(?:[\w/-]|\\\.)*/.exec(pattern) ?? [];
  const next = pattern[start.length] ?? '';
  const sure = /[*?{]/.test(next) ? start.slice(0, -1) : start;
  const prefix = sure.replace(/^\^/, '').replaceAll('\\.', '.');
  return prefix.length < 2 || hasAlternatives(pattern) ? null : prefix;
}

/** Whether a "|" outside all groups starts another alternative. */
function hasAlternatives(pattern: string): boolean {
  let depth = 0;
  for (const [sign] of pattern.matchAll(/\\[^]|\[(?:\\[^]|[^\]])*\]|[(|)]/g)) {
    if (sign === '(') depth++;
    else if (sign === ')') depth--;
    else if (sign === '|' && depth === 0) return true;
  }
  return false;
}

/**
 * Ignoring an unsupported header pattern would match every request, or none: the route is dropped, or matches any value
 * and is closed.
 */
function headersOf(
  { report, fields }: Row<'routes'>,
  guarded: boolean,
): { headers: [string, string[]][]; broken: boolean } {
  let broken = false;
  const headers = Object.entries(fields.headers ?? {}).map(([name, values]): [string, string[]] => {
    const [first = '', ...more] = values;
    if (more.length > 0 || !first.startsWith('~*')) return [name, values];
    const pattern = fromPcre(first);
    const fault = patternFault(pattern.slice(2));
    if (fault === null) return [name, [pattern]];
    broken = true;
    const place = report.at('headers', name);
    if (guarded) place.note('closed', `${fault}: the route answers 503`);
    else place.note('lost', `${fault}: the route's requests match other routes or none`);
    return [name, ['~*.*']];
  });
  return { headers, broken };
}
