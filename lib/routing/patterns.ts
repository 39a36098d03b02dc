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
import type { Refusal } from '../core/errors.ts';
import type { Patterns } from '../core/feature.ts';

const PATH_TOO_LONG = refuse('bad_request', 414, 'URI too long');
const HEADER_TOO_LONG = refuse('bad_request', 431, 'Request header or cookie too large');

/** The literal string that every match begins with: what precedes the first special or repeated character. */
const literalPrefix = (source: string): string =>
  source.includes('|')
    ? ''
    : /^\^?((?:(?:[\w/%~@:,-]|\\[./-])(?![?*+{]))*)/.exec(source)![1]!.replaceAll('\\', '');

export const PATTERNS: Patterns = {
  conditions({ headers: named }, path) {
    const source = path.startsWith('~') ? path.slice(1) : null;
    const pattern = source === null ? null : compilePattern(source, true);
    const conditions = named.map(([name, values]) => headerCondition(name, values));
    if (pattern === null && conditions.length === 0) return null;
    return {
      prefix: source === null ? path : literalPrefix(source),
      evaluate(match, sent, headers) {
        let refused: Refusal | null = null;
        for (const condition of conditions) {
          const holds = condition(headers);
          if (holds === false) return null;
          if (holds !== true) refused = holds;
        }
        if (pattern === null) return refused ?? match;
        if (sent.length > pattern.maxLength) return refused ?? PATH_TOO_LONG;
        const captures = pattern.regex.exec(sent);
        return captures && (refused ?? { ...match, matchedPath: captures[0], captures });
      },
    };
  },
  origin(source) {
    const { regex, maxLength } = compilePattern(source.replace(/^\^/, ''), true, true);
    return (text) => text.length <= maxLength && regex.test(text);
  },
};

/** Kong's rule: values are compared regardless of case, but a single value that starts with "~*" is a pattern. */
function headerCondition(name: string, values: readonly string[]): (headers: Headers) => boolean | Refusal {
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
}
