/**
 * Conditions that only some gateways use: regular expressions for paths, and header values. The router itself knows
 * hosts, prefixes and methods, and gets these from here, so that a file without them carries no code for regular
 * expressions.
 *
 * A string too long for a pattern is refused, not treated as a mismatch: the request would go to the next route, which
 * may require no key.
 */
import { compilePattern } from '../core/regex.ts';
import { refuse } from '../core/errors.ts';
import type { Patterns } from '../core/feature.ts';

const PATH_TOO_LONG = refuse('bad_request', 414, 'URI too long');
const HEADER_TOO_LONG = refuse('bad_request', 431, 'Request header or cookie too large');

/** The literal string that every match begins with: what precedes the first special or repeated character. */
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
   * Kong's rule: values are compared regardless of case, but a single value that starts with "~*" is a pattern.
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
