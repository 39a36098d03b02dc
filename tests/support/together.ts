/**
 * Runs the test files of a folder in one process. A tap process costs two seconds of CPU time before the first test,
 * which is more than most files need.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';

/** A hanging test ends the process: no single test takes this long. */
const LONGEST_MS = 900_000;

/** With `atOnce` above 1 that many tests run side by side: for folders that mostly wait and share no state. */
export function runTogether(pattern: string, atOnce = 1): void {
  // tap's hooks, which every Node process started by a test would load too.
  delete process.env['NODE_OPTIONS'];
  // Their tests are queued after this one, in the order of the files.
  void t.test('the files load', async () => {
    for (const file of globSync(pattern, { cwd: ROOT }).toSorted()) await import(join(ROOT, file));
  });
  // From here on: tests that are added while several may run are run side by side.
  t.jobs = atOnce;
  t.setTimeout(LONGEST_MS);
  t.on('subtestEnd', () => t.setTimeout(LONGEST_MS));
}
