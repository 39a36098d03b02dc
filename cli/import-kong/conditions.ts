/**
 * Which requests a route matches. A condition that cannot be expressed here is dropped such that the route never
 * matches more than in Kong, and no request that it matched falls to a route with fewer guards.
 */
import type { Route } from '../../lib/config/types.ts';
import { routePatternFault } from '../../lib/core/regex.ts';
import { fromPcre } from './regex.ts';
import type { Report } from './report.ts';
import { textsOf, type Row } from './rows.ts';

export interface Conditions {
  /** Null: no request can be identified as this route's. */
  readonly open: Partial<Route> | null;
  /**
   * The conditions that replace unsupported patterns: they match at least as much, so the route must be closed. Null:
   * none.
   */
  readonly closed: Partial<Route> | null;
}

/** `guarded`: requests that this route loses must not reach another one. */
export function mapConditions(row: Row, guarded: boolean, report: Report): Conditions {
  const { fields } = row;
  const [methods, paths] = [textsOf(row, 'methods'), textsOf(row, 'paths')];
  const hosts = hostsOf(row, textsOf(row, 'hosts'), textsOf(row, 'snis'), report);
  const priority = fields['regex_priority'];
  const rest: Partial<Route> = {
    ...(methods.length > 0 ? { methods } : {}),
    ...(typeof priority === 'number' && priority !== 0 ? { regexPriority: priority } : {}),
  };
  const { runnable, standIns } = splitPaths(row, guarded, report);
  const { headers, broken } = headersOf(row, guarded, report);
  if (hosts === null) return { open: null, closed: null };
  const withPaths = (matched: string[]): Partial<Route> => ({
    ...(hosts.length > 0 ? { hosts: [...hosts] } : {}),
    ...(matched.length > 0 ? { paths: matched } : {}),
    ...rest,
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
  });
  const all = [...runnable, ...standIns];
  if (broken) return { open: null, closed: guarded ? withPaths(all) : null };
  const isEmpty = runnable.length === 0 && paths.length > 0;
  return {
    open: isEmpty ? null : withPaths(runnable),
    closed: standIns.length > 0 ? withPaths(standIns) : null,
  };
}

/**
 * A Worker does not see the TLS server name separately from Host; if both are conditions, only names allowed by both
 * match.
 */
function hostsOf(
  row: Row,
  hosts: readonly string[],
  snis: readonly string[],
  report: Report,
): readonly string[] | null {
  if (snis.length === 0) return hosts;
  const names = snis.map((name) => name.replace(/\.$/, ''));
  const both = hosts.length === 0 ? names : names.filter((name) => hosts.some((host) => covers(host, name)));
  const text = 'a Worker does not see the TLS server name: they are taken as hosts';
  report.note({ effect: both.length === 0 ? 'closed' : 'lost', at: [...row.at, 'snis'], text });
  return both.length === 0 ? null : both;
}

function covers(host: string, name: string): boolean {
  const bare = host.replace(/:\d+$/, '');
  if (bare.startsWith('*.')) return name.endsWith(bare.slice(1));
  return bare.endsWith('.*') ? name.startsWith(bare.slice(0, -1)) : bare === name;
}

function splitPaths(row: Row, guarded: boolean, report: Report): { runnable: string[]; standIns: string[] } {
  const runnable: string[] = [];
  const standIns: string[] = [];
  for (const [index, path] of textsOf(row, 'paths').entries()) {
    const pattern = path.startsWith('~') ? fromPcre(path) : null;
    const fault = pattern === null ? null : routePatternFault(pattern.slice(1));
    if (fault === null) {
      runnable.push(pattern ?? path);
      continue;
    }
    const at = [...row.at, 'paths', index];
    const text = `the regular expression cannot be run safely here (${fault})`;
    const prefix = literalStart(pattern!.slice(1));
    if (!guarded)
      report.note({ effect: 'lost', at, text: `${text}: its requests match other routes or none` });
    else if (prefix === null)
      report.fault(at, `${text}, and what it guards cannot be told apart: write it anew`);
    else {
      report.note({ effect: 'closed', at, text: `${text}: all that starts with ${prefix} answers 503` });
      standIns.push(`~${prefix.replace(/[.]/g, '\\$&')}`);
    }
  }
  return { runnable, standIns };
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
  row: Row,
  guarded: boolean,
  report: Report,
): { headers: [string, string[]][]; broken: boolean } {
  let broken = false;
  const written = Object.entries((row.fields['headers'] as Record<string, string[]> | undefined) ?? {});
  const headers = written.map(([name, values]): [string, string[]] => {
    const [first = '', ...more] = values;
    if (more.length > 0 || !first.startsWith('~*')) return [name, values];
    const pattern = fromPcre(first);
    const fault = routePatternFault(pattern.slice(2));
    if (fault === null) return [name, [pattern]];
    broken = true;
    const text = `the regular expression cannot be run safely here (${fault}): `;
    const at = [...row.at, 'headers', name];
    if (guarded) report.note({ effect: 'closed', at, text: `${text}the route answers 503` });
    else report.note({ effect: 'lost', at, text: `${text}the route's requests match other routes or none` });
    return [name, ['~*.*']];
  });
  return { headers, broken };
}
