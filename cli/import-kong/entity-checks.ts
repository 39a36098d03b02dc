/** Validation of one entity beyond its single fields. */
import { fromPcre } from './regex.ts';
import { type Report, showValue } from './report.ts';
import { textsOf, type Row } from './rows.ts';

const CONDITIONS = ['methods', 'hosts', 'paths', 'headers', 'snis', 'sources', 'destinations', 'expression'];

export function checkRoute(row: Row, report: Report): void {
  checkPatterns(row, report);
  const has = CONDITIONS.some((name) => Object.keys(row.fields[name] ?? {}).length > 0);
  if (!has && !row.broken)
    report.fault(row.at, 'must have at least one of methods, hosts, paths, headers, snis');
  const { sources, destinations } = row.fields;
  const isHttp = ((row.fields['protocols'] as string[] | undefined) ?? ['http']).some((one) =>
    /^https?$/.test(one),
  );
  if (isHttp && (sources !== undefined || destinations !== undefined))
    report.fault(row.at, 'must not have sources or destinations: those are for TCP routes');
  const headers = Object.keys((row.fields['headers'] as object | undefined) ?? {});
  if (headers.some((name) => name.toLowerCase() === 'host'))
    report.fault([...row.at, 'headers'], 'must not name Host: that is what hosts is for');
}

/** The hashed header, cookie or argument must be named. */
export function checkHashing(row: Row, report: Report): void {
  const { hash_on: on, hash_fallback: fallback } = row.fields;
  for (const [field, value] of Object.entries({ hash_on: on, hash_fallback: fallback })) {
    const detail = `${field === 'hash_fallback' && value === 'cookie' ? 'hash_on' : field}_${String(value)}`;
    if (/^(header|cookie|query_arg|uri_capture)$/.test(String(value)) && row.fields[detail] === undefined)
      report.fault([...row.at, field], `must come with ${detail}`);
  }
}

/**
 * No engine accepts a pattern with unbalanced brackets; one that only other engines accept is noted later, not
 * rejected.
 */
function checkPatterns(row: Row, report: Report): void {
  for (const [index, path] of textsOf(row, 'paths').entries()) {
    if (!path.startsWith('~')) continue;
    try {
      new RegExp(fromPcre(path.slice(1)));
    } catch (error) {
      const reason = /Unterminated|Unmatched|Nothing to repeat|Lone quantifier/.exec(
        (error as Error).message,
      );
      if (reason)
        report.fault(
          [...row.at, 'paths', index],
          `must be a regular expression, received ${showValue(path)}`,
        );
    }
  }
}
