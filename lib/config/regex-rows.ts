/** Regular expressions in the configuration; in a file of their own, since many builds do not include them. */
import { ORIGIN_PATTERN } from '../core/origin-glob.ts';
import { routePatternFault } from '../core/regex.ts';
import { BROWSERS_ORIGIN } from './meaning.ts';
import type { Whole } from './rows.ts';
import { showReceived } from './validate.ts';

/** What a regular expression must be, to complete "must be ..."; null if it is valid. */
export function regexFault(pattern: string): string | null {
  const fault = routePatternFault(pattern);
  return fault && `a regular expression that is safe to run (${fault})`;
}

/** A shell's star, which means something else in a regular expression: at the start, or after a literal character. */
const SHELL_STAR = /(^|(^|[^\\])[\w/:-])\*/;

/** Rejects patterns of CORS origins that match no origin as a browser sends it. */
export function reviewOriginPatterns(
  origins: readonly string[],
  path: string,
  { compat }: Whole,
  faults: string[],
): void {
  if (compat !== null) return;
  for (const [i, entry] of origins.entries())
    if (ORIGIN_PATTERN.test(entry) && neverSent(entry))
      faults.push(`${path}[${i}] must be ${BROWSERS_ORIGIN}, received ${showReceived(entry)}`);
}

/** Whether a regular expression requires something that a browser's origin never contains. */
function neverSent(entry: string): boolean {
  const literal = entry.replace(/\\[^]|\[[^\]]*\]/g, '');
  const anyCase = entry.startsWith('(?i)');
  return (
    SHELL_STAR.test(entry) ||
    /[\s,]|\/$/.test(literal.replace(/\{[\d,]+\}/g, '')) ||
    (!anyCase && /[A-Z]/.test(literal))
  );
}
