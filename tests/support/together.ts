/**
 * Runs the test files of a folder in one process. A process of tap's costs two seconds of a processor before it tests anything, which is
 * more than most files need.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';

/** A test that hangs ends the process: no single one takes as long. */
const LONGEST_MS = 900_000;

export function runTogether(pattern: string): void {
  // tap's hooks, which every Node that a test starts would load as well.
  delete process.env['NODE_OPTIONS'];
  // Their tests stand in line behind this one, in the order of the files.
  void t.test('the files load', async () => {
    for (const file of globSync(pattern, { cwd: ROOT }).toSorted()) await import(join(ROOT, file));
  });
  t.setTimeout(LONGEST_MS);
  t.on('subtestEnd', () => t.setTimeout(LONGEST_MS));
}
