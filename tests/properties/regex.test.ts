/**
 * The judge of patterns (lib/core/regex-cost.ts) beside recheck, which knows an attack for whatever it calls vulnerable: nothing of that
 * is taken but for strings so short that the attack is harmless.
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
  .filter((text) => text.length < 18);

/** What is accepted: null for a refusal. */
function judged(text: string): { power: number; maxLength: number } | null {
  try {
    const { maxLength, regex } = compilePattern(text, true);
    return { maxLength, power: countCost(regex.source).power };
  } catch {
    return null;
  }
}

t.setTimeout(300_000);
t.test('whatever recheck has an attack for is refused or bounded', async (t) => {
  const texts = new Set(fc.sample(whole, { numRuns: 1000, seed: 20261127 }));
  const count = { attacked: 0, missed: [] as string[] };
  for (const text of texts) {
    const mine = judged(text);
    if (mine === null) continue;
    const theirs = await check(`^(?:${text})`, '', { checker: 'automaton', timeout: 2000 });
    if (theirs.status !== 'vulnerable') continue;
    count.attacked++;
    const { type } = theirs.complexity;
    const degree = type === 'polynomial' ? theirs.complexity.degree : Infinity;
    if (mine.maxLength === Infinity || mine.power < degree) count.missed.push(`${text} (${type} ${degree})`);
  }
  t.ok(count.attacked > 10, `${count.attacked} of ${texts.size} accepted patterns have an attack`);
  t.same(count.missed, []);
});
