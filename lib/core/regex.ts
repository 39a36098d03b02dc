/**
 * Regular expressions of the configuration, run by JavaScript's engine without its one danger: it backtracks, and
 * some patterns take time exponential, or a high power, in the length of a string that any caller may choose.
 *
 * regex-cost.ts counts in how many ways a string can match. Exponentially many: the pattern is refused. A power of the
 * length: it bounds the length (`maxLength`). Nothing harmful is let in, and little that is harmless is refused:
 * `(a?b?)*`, `([a-z]{1,3})*`.
 * Lost: rules on the text of the pattern, which were shorter and wrong (loops in alternatives); a matcher of our own in
 * linear time, which is slower than the engine on every honest pattern.
 * Kong's (?P<name>, \A, \z and a leading (?i) are understood.
 */
import { countCost } from './regex-cost.ts';

export interface Pattern {
  readonly regex: RegExp;
  /**
   * Longer strings are not tried: they would take more than some 100 ms. Infinity where time grows with the length
   * alone.
   */
  readonly maxLength: number;
}

/** What a match may take, in steps: 20 ns each before the engine compiles the pattern, 2 ns afterwards. */
const MAX_STEPS = 5e6;

/** The longest string for which d + 1 nested loops, which make n^(d+1) / (d+1)! steps of it, stay below MAX_STEPS. */
function longestFor(power: number, factor: number): number {
  if (power < 2) return Infinity;
  let permutations = 1;
  for (let i = 2; i <= power; i++) permutations *= i;
  return Math.floor(((MAX_STEPS / factor) * permutations) ** (1 / power));
}

/**
 * A pattern ready for use, anchored at the start (`anchored`) and at the end (`entire`).
 * @throws Error whose message says what is wrong with it.
 */
export function compilePattern(pattern: string, anchored: boolean, entire = false, flags = ''): Pattern {
  const source = pattern
    .replace(/^\(\?i\)/, () => ((flags = 'i'), ''))
    .replace(/\\[^]|\(\?P</g, (text) =>
      text === '(?P<' ? '(?<' : text === '\\A' ? '^' : /\\z/i.test(text) ? '$' : text,
    );
  const regex = new RegExp(anchored ? `^(?:${source})${entire ? '$' : ''}` : source, flags);
  const tied = anchored || /^\^[^|]*$/.test(source);
  const { power, factor } = countCost(tied ? regex.source : `[^]*(?:${source})`);
  return { regex, maxLength: longestFor(power, factor) };
}

/** What is wrong with a pattern; null for nothing. */
export function routePatternFault(pattern: string): string | null {
  try {
    compilePattern(pattern, true);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
