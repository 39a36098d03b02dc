/**
 * Translates regular expressions as Kong runs them (PCRE, or Rust's regex in Kong 3's default router) to JavaScript.
 *
 * Possessive quantifiers and atomic groups become ordinary ones: they save time, and differ only for patterns that rely
 * on them to fail. What has no counterpart (recursion, conditions) is unchanged and rejected when the pattern is
 * compiled.
 */
import { routePatternFault } from '../../lib/core/regex.ts';

const FOREIGN =
  /\\Q([^]*?)(?:\\E|$)|\\x\{([\da-f]{1,4})\}|\\[^]|\[(\^?)(\]?)((?:\[:\w+:\]|\\[^]|[^\]])*)\]|\(\?P?<(?=[a-z_])|\(\?P=(\w+)\)|\(\?#[^)]*\)|\(\?>|([*+?}])\+/gi;
const ESCAPES: Readonly<Record<string, string>> = { '\\A': '^', '\\z': '$', '\\Z': '$', '\\h': '[ \\t]' };
const POSIX = new Map(
  Object.entries({
    alpha: 'a-zA-Z',
    digit: '\\d',
    alnum: 'a-zA-Z\\d',
    upper: 'A-Z',
    lower: 'a-z',
    word: '\\w',
    space: '\\s',
    xdigit: '\\da-fA-F',
    punct: '!-\\/:-@\\[-`{-~',
  }),
);

const posixMembers = (members: string): string =>
  members.replace(/\[:(\w+):\]/g, (all: string, word: string) => POSIX.get(word) ?? all);

/**
 * Flags at the start, or after a path's first slash. Paths contain no line ends, so only the case flag has an effect.
 */
const FLAGS = /^(~\*?|)(\^?\/?)\(\?([imsuU]+)\)/;

/** The pattern for JavaScript, where (?i) is supported at the start only. A leading "~" or "~*" is preserved. */
export function fromPcre(pattern: string): string {
  const moved = pattern.replace(
    FLAGS,
    (_, sign: string, start: string, flags: string) => sign + (flags.includes('i') ? '(?i)' : '') + start,
  );
  return moved.replace(FOREIGN, (all: string, ...groups: (string | undefined)[]) => {
    const [quoted, hex, not = '', bracket = '', members, name, quantifier] = groups;
    if (quoted !== undefined) return quoted.replace(/[^\w]/g, '\\$&');
    if (hex !== undefined) return '\\u' + hex.padStart(4, '0');
    if (members !== undefined) return `[${not}${bracket && '\\]'}${posixMembers(members)}]`;
    if (name !== undefined) return `\\k<${name}>`;
    if (quantifier !== undefined) return quantifier;
    if (all.startsWith('(?#')) return '';
    if (all === '(?>') return '(?:';
    return all.startsWith('(') ? '(?<' : (ESCAPES[all] ?? all);
  });
}

/** Why the gateway does not run a pattern, for a note; null if it does. */
export function patternFault(pattern: string): string | null {
  const fault = routePatternFault(pattern);
  return fault === null ? null : `the regular expression cannot be run safely here (${fault})`;
}
