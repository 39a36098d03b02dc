/** Regular expressions in the configuration; a file of their own, for many built files carry none. */
import { globOf } from '../core/origin-glob.ts';
import { routePatternFault } from '../core/regex.ts';

/** What is wrong with a regular expression, as the end of "must be …". */
export function regexFault(pattern: string): string | null {
  const fault = routePatternFault(pattern);
  return fault && `a regular expression that is safe to run (${fault})`;
}

/** Whether an entry of `cors.origins` is a regular expression: neither an origin nor one with a star for labels or a port. */
export function isPattern(entry: string): boolean {
  return entry !== '*' && /[^\w.:/-]/.test(entry) && globOf(entry) === null;
}
