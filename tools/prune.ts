/**
 * Prunes a script to what a configuration uses: writes in what is known, drops what that decides against, and again, until nothing is
 * left to do. What remains is the sources' own text, comments and all, so that a small build reads like the whole and nothing is written
 * twice.
 *
 * Each step leaves the script doing what it did, given what is known; tests/tools/lean.test.ts plays both. Rejected: a minifier's folding
 * (esbuild, terser), which joins what stays into expressions that nobody would write; and Rollup's tree-shaking, which finds the dead
 * code, but leaves parameters, names for constants and fields that nobody reads: the two-node build came to 39 KB in place of 35.
 */
import { resolveCalls } from './prune-calls.ts';
import { applied } from './prune-edits.ts';
import { dropFields } from './prune-fields.ts';
import type { OwnRecord } from './prune-fields.ts';
import { foldKnown } from './prune-fold.ts';
import type { Known } from './prune-known.ts';
import { resolveNames } from './prune-names.ts';
import { readScript } from './prune-tree.ts';
import { dropUnused } from './prune-unused.ts';

export interface Habits {
  readonly known: Known;
  /** The gateway's own records. */
  readonly records: readonly OwnRecord[];
  /** Fields of any record of which it is known that nobody asks for them. */
  readonly gone: ReadonlySet<string>;
  /** Functions of one expression that stand in for more: calls become that expression. */
  readonly standIns: ReadonlySet<string>;
}

/** More passes than any build needs: a script that is not settled by then never will be. */
const PASSES = 100;

export function prune(text: string, { known, records, gone, standIns }: Habits): string {
  for (let pass = 0; pass < PASSES; pass++) {
    const script = readScript(text);
    const next = applied(text, [
      ...foldKnown(script, known),
      ...dropUnused(script),
      ...resolveNames(script),
      ...resolveCalls(script, standIns),
      ...dropFields(script, records, gone),
    ]);
    if (next === text) return text;
    text = next;
  }
  throw new Error(`Cannot prune the script: it is not settled after ${PASSES} passes`);
}

/** Records that were made in a line each are put in one, where they fit: Prettier leaves them as they come. */
export function joinRecords(text: string): string {
  return applied(
    text,
    readScript(text)
      .nodes.filter(({ type, start }) => type === 'ObjectExpression' && text[start + 1] === '\n')
      .map(({ start }) => [[start + 1, start + 2 + /^ */.exec(text.slice(start + 2))![0].length, ' ']]),
  );
}
