/**
 * Regular expressions written for Kong (PCRE, or Rust's regex), made ready for JavaScript's engine.
 *
 * Translated: (?P<name>, (?P=name), (?>, possessive quantifiers, a leading (?i), \A, \z, \Z, \h, \x{..}, \Q..\E,
 * [[:alpha:]], (?#..). Refused at start-up: what JavaScript then can't parse, and what may take exponential time.
 */
import { longestText } from './ambiguity.ts';

export interface Pattern {
  readonly regex: RegExp;
  /** Longer texts are taken for no match. */
  readonly maxLength: number;
}

const FOREIGN =
  /\\Q([^]*?)(?:\\E|$)|\\x\{([\da-f]{1,4})\}|\\[^]|\[(\^?)(\]?)((?:\[:\w+:\]|\\[^]|[^\]])*)\]|\(\?P?<(?=[a-z_])|\(\?P=(\w+)\)|\(\?#[^)]*\)|\(\?>|([*+?}])\+/gi;
const ESCAPES: Record<string, string> = { '\\A': '^', '\\z': '$', '\\Z': '$', '\\h': '[ \\t]' };
const POSIX: Record<string, string> = {
  alpha: 'a-zA-Z',
  digit: '\\d',
  alnum: 'a-zA-Z\\d',
  upper: 'A-Z',
  lower: 'a-z',
  word: '\\w',
  space: '\\s',
  xdigit: '\\da-fA-F',
  punct: '!-\\/:-@\\[-`{-~',
};

/** The pattern in JavaScript's words, and its flags. */
function translatePattern(pattern: string): { source: string; flags: string } {
  const inline = /^\^?\(\?([imsu]+)\)/.exec(pattern);
  const source = pattern
    .slice(inline ? inline[0].length : 0)
    .replace(FOREIGN, (all, quoted, hex, not, bracket, members, name, quantifier) => {
      if (quoted !== undefined) return quoted.replace(/[^\w]/g, '\\$&');
      if (hex !== undefined) return '\\u' + hex.padStart(4, '0');
      if (members !== undefined)
        return `[${not}${bracket && '\\]'}${members.replace(/\[:(\w+):\]/g, (_: string, word: string) => POSIX[word] ?? '')}]`;
      if (name !== undefined) return `\\k<${name}>`;
      if (quantifier !== undefined) return quantifier;
      if (all.startsWith('(?#')) return '';
      if (all === '(?>') return '(?:';
      return all.startsWith('(') ? '(?<' : (ESCAPES[all] ?? all);
    });
  return { source, flags: (inline?.[1] ?? '').replaceAll('u', '') + (/\\p\{/i.test(source) ? 'u' : '') };
}

/**
 * A pattern ready for use, anchored at the start (`anchored`) and at the end (`whole`); `flags` may add "i".
 * Throws an Error whose message says what is wrong with the pattern.
 */
export function compilePattern(pattern: string, anchored: boolean, whole = false, flags = ''): Pattern {
  const translated = translatePattern(pattern);
  const { source } = translated;
  const all = [...new Set(translated.flags + flags)].join('');
  if (source.length > 1000) throw new Error('is longer than 1000 characters');
  const regex = new RegExp(anchored ? `^(?:${source})${whole ? '$' : ''}` : source, all);
  const maxLength = longestText(source, all, anchored);
  if (maxLength === 0) throw new Error('may take exponential time');
  return { regex, maxLength };
}

/** What is wrong with a pattern as a route's path, a header's value or a CORS entry has it; null for nothing. */
export function routePatternFault(pattern: string): string | null {
  try {
    compilePattern(pattern, true);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
