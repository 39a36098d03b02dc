/** Regular expressions in the configuration; in a file of their own, since many builds do not include them. */
import { globOf } from '../core/origin-glob.ts';
import { routePatternFault } from '../core/regex.ts';

/** What a regular expression must be, to complete "must be ..."; null if it is valid. */
export function regexFault(pattern: string): string | null {
  const fault = routePatternFault(pattern);
  return fault && `a regular expression that is safe to run (${fault})`;
}

/** Whether an entry of `cors.origins` is a regular expression, neither an origin nor a glob for labels or a port. */
export function isPattern(entry: string): boolean {
  return entry !== '*' && /[^\w.:/-]/.test(entry) && globOf(entry) === null;
}
