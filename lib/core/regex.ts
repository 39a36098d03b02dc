/**
 * Regular expressions of the configuration, run by JavaScript's engine without the risk of ReDoS: the engine
 * backtracks, and some patterns take time exponential in, or a high power of, the length of a string that any caller
 * may choose.
 *
 * regex-cost.ts counts in how many ways a string can match. If exponentially many, the pattern is rejected; if a power
 * of the length, the length is bounded (`maxLength`). No harmful pattern passes, and few harmless ones are rejected,
 * such as `(a?b?)*` and `([a-z]{1,3})*`. Rejected: rules on the pattern's text, which were shorter and wrong (loops in
 * alternatives); a linear-time matcher of our own, which is slower than the engine on every ordinary pattern. Kong's
 * (?P<name>, \A, \z and a leading (?i) are supported.
 */
import { countCost } from './regex-cost.ts';

export interface Pattern {
  readonly regex: RegExp;
  /**
   * Longer strings are not tried: they would take more than about 100 ms. Infinity if the time is linear in the length.
   */
  readonly maxLength: number;
}

/** The most steps of a match: 20 ns each before the engine compiles the pattern, 2 ns afterwards. */
const MAX_STEPS = 5e6;

/** The longest string for which d + 1 nested loops, which take n^(d+1) / (d+1)! steps on it, stay below MAX_STEPS. */
function longestFor(power: number, factor: number): number {
  if (power < 2) return Infinity;
  let permutations = 1;
  for (let i = 2; i <= power; i++) permutations *= i;
  return Math.floor(((MAX_STEPS / factor) * permutations) ** (1 / power));
}

/**
 * Compiles a pattern, anchored at the start (`anchored`) and at the end (`entire`).
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

/** What is wrong with a pattern; null if it is valid. */
export function routePatternFault(pattern: string): string | null {
  try {
    compilePattern(pattern, true);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
