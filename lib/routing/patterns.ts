/**
 * Conditions that only some gateways have: paths that are regular expressions, and header values. The router itself
 * knows hosts, prefixes and methods; it gets these from here, so that a file without them carries nothing of
 * regular expressions.
 *
 * A string too long for a pattern is refused, not called a mismatch: it would go to the next route, which may ask
 * for no key.
 */
import { compilePattern } from '../core/regex.ts';
import { refuse } from '../core/errors.ts';
import type { Patterns } from '../core/feature.ts';

const PATH_TOO_LONG = refuse('bad_request', 414, 'URI too long');
const HEADER_TOO_LONG = refuse('bad_request', 431, 'Request header or cookie too large');

/** The string a pattern certainly begins with: what stands before the first special or repeated character. */
const literalPrefix = (source: string): string =>
  source.includes('|') || source.startsWith('(?i)')
    ? ''
    : /^\^?((?:(?:[\w/%~@:,-]|\\[./-])(?![?*+{]))*)/.exec(source)![1]!.replaceAll('\\', '');

export const PATTERNS: Patterns = {
  path(source) {
    const { regex, maxLength } = compilePattern(source, true);
    return {
      prefix: literalPrefix(source),
      match: (path) => (path.length > maxLength ? PATH_TOO_LONG : regex.exec(path)),
    };
  },
  origin(source) {
    const { regex, maxLength } = compilePattern(source.replace(/^\^/, ''), true, true);
    return (text) => text.length <= maxLength && regex.test(text);
  },
  /**
   * Kong's rule: a value of several is compared regardless of case, a single one that starts with "~*" is a
   * pattern.
   */
  header(name, values) {
    const [only = ''] = values;
    if (values.length === 1 && only.startsWith('~*')) {
      const { regex, maxLength } = compilePattern(only.slice(2), false, false, 'i');
      return (headers) => {
        const value = headers.get(name);
        if (value !== null && value.length > maxLength) return HEADER_TOO_LONG;
        return value !== null && regex.test(value);
      };
    }
    const known = new Set(values.map((value) => value.toLowerCase()));
    return (headers) => known.has(headers.get(name)?.toLowerCase() ?? '\n');
  },
};
