/**
 * The cost check of patterns (lib/core/regex-cost.ts) against recheck, which finds an attack for each pattern that it
 * reports as vulnerable: such a pattern is rejected, or accepted only for strings so short that the attack is harmless.
 */
import t from 'tap';
import fc from 'fast-check';
import { check } from 'recheck';
import { countCost } from '../../lib/core/regex-cost.ts';
import { compilePattern } from '../../lib/core/regex.ts';

// The native and Java engines are optional packages: the result must not depend on what is installed.
process.env['RECHECK_BACKEND'] = 'pure';

const atom = fc.constantFrom('a', 'b', '/', '-', '.', '[ab]', '[^/]', '\\w', '\\d', 'ab');
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '+?');
const join = (parts: string[]): string => parts.join('');
const { pattern } = fc.letrec<{ pattern: string; group: string; piece: string; sequence: string }>((tie) => ({
  group: fc
    .tuple(fc.constantFrom('(', '(?:', '(?=', '(?!'), tie('pattern'), quantifier)
    .map(([open, body, times]) => `${open}${body})${/[=!]$/.test(open) ? '' : times}`),
  piece: fc.oneof({ maxDepth: 2 }, fc.tuple(atom, quantifier).map(join), tie('group')),
  sequence: fc.array(tie('piece'), { minLength: 1, maxLength: 3 }).map(join),
  pattern: fc.oneof(
    { arbitrary: tie('sequence'), weight: 2 },
    { arbitrary: fc.tuple(tie('sequence'), tie('sequence')).map((two) => two.join('|')), weight: 1 },
  ),
}));
const whole = fc
  .tuple(fc.constantFrom('', '/'), pattern, fc.constantFrom('', '$'))
  .map(join)
  .filter((source) => source.length < 18);

/** The accepted length and cost; null if rejected. */
function costOf(source: string): { power: number; maxLength: number } | null {
  try {
    const { maxLength, regex } = compilePattern(source, true);
    return { maxLength, power: countCost(regex.source).power };
  } catch {
    return null;
  }
}

t.setTimeout(300_000);
t.test('a pattern for which recheck finds an attack is rejected or bounded', async (t) => {
  const patterns = new Set(fc.sample(whole, { numRuns: 1000, seed: 20261127 }));
  const count = { attacked: 0, missed: [] as string[] };
  for (const source of patterns) {
    const mine = costOf(source);
    if (mine === null) continue;
    const theirs = await check(`^(?:${source})`, '', { checker: 'automaton', timeout: 2000 });
    if (theirs.status !== 'vulnerable') continue;
    count.attacked++;
    const { type } = theirs.complexity;
    const degree = type === 'polynomial' ? theirs.complexity.degree : Infinity;
    if (mine.maxLength === Infinity || mine.power < degree)
      count.missed.push(`${source} (${type} ${degree})`);
  }
  t.ok(count.attacked > 10, `${count.attacked} of ${patterns.size} accepted patterns have an attack`);
  t.same(count.missed, []);
});
