/** Which requests a route takes. What cannot be asked here is left out so that the route never takes more than it did. */
import { type Route } from '../../lib/config/types.ts';
import { routePatternFault } from '../../lib/core/regex.ts';
import { fromPcre } from './regex.ts';
import { type Report } from './report.ts';
import { type Row } from './rows.ts';

/** Paths whose regular expression can be run here; null where none is left, as a route without its paths takes everything. */
function runnablePaths(row: Row, report: Report): string[] | null {
  const paths = ((row.fields['paths'] as string[] | undefined) ?? []).map((path) =>
    path.startsWith('~') ? fromPcre(path) : path,
  );
  const left = paths.filter((path, index) => {
    const fault = path.startsWith('~') ? routePatternFault(path.slice(1)) : null;
    if (fault !== null)
      report.note(
        [...row.at, 'paths', index],
        `not carried over: the regular expression cannot be run safely here (${fault}); its requests match other routes or none`,
      );
    return fault === null;
  });
  return paths.length > 0 && left.length === 0 ? null : left;
}

/** A header's pattern that cannot be run here would let nobody, or everybody, through: the route goes. */
function runnableHeaders(
  row: Row,
  headers: readonly (readonly [string, string[]])[],
  report: Report,
): boolean {
  for (const [name, [first = '', ...more]] of headers) {
    const fault = first.startsWith('~*') && more.length === 0 ? routePatternFault(first.slice(2)) : null;
    if (fault === null) continue;
    report.note(
      [...row.at, 'headers', name],
      `the route is not carried over: the regular expression cannot be run safely here (${fault}); its requests match other routes or none`,
    );
    return false;
  }
  return true;
}

/** TLS server names are host names that a Worker does not see apart from the Host header. Null: the route cannot be. */
export function mapConditions(row: Row, report: Report): Partial<Route> | null {
  const { fields } = row;
  const list = (name: string): string[] => (fields[name] as string[] | undefined) ?? [];
  const headers = Object.entries((fields['headers'] as Record<string, string[]> | undefined) ?? {}).map(
    ([name, values]): [string, string[]] => [
      name,
      values.length === 1
        ? values.map((value) => (value.startsWith('~*') ? fromPcre(value) : value))
        : values,
    ],
  );
  const paths = runnablePaths(row, report);
  if (paths === null || !runnableHeaders(row, headers, report)) return null;
  const snis = list('snis').map((name) => name.replace(/\.$/, ''));
  const hosts = list('hosts').length > 0 ? list('hosts') : snis;
  if (snis.length > 0) {
    const meaning =
      list('hosts').length > 0 ? 'the other conditions decide alone' : 'they are taken as hosts';
    report.note(
      [...row.at, 'snis'],
      `not carried over: a Worker does not see the TLS server name, ${meaning}`,
    );
  }
  const priority = fields['regex_priority'];
  return {
    ...(hosts.length > 0 ? { hosts } : {}),
    ...(paths.length > 0 ? { paths } : {}),
    ...(list('methods').length > 0 ? { methods: list('methods') } : {}),
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
    ...(typeof priority === 'number' && priority !== 0 ? { regexPriority: priority } : {}),
  };
}
