/** What the repository promises beside its tests; each is an npm script, so that it can be run alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { RELEASE } from '../../lib/core/release.ts';
import { runShell } from '../support/command.ts';

t.test('types, lint, format and the built files', { jobs: 2 }, (t) => {
  for (const script of ['types', 'lint', 'format:check', 'build -- --check'])
    void t.test(`npm run ${script}`, async (t) => {
      const { code, output } = await runShell(`npm run --silent ${script} 2>&1`);
      t.equal(code, 0, script, { diff: output });
    });
  t.end();
});

t.test('the version is the same in the package, the changelog and the built files', async (t) => {
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
  for (const file of ['package.json', 'cli/package.json'])
    t.equal((JSON.parse(read(file)) as { version: string }).version, RELEASE, file);
  t.equal(/^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1], RELEASE);
  for (const file of ['worker', 'worker-full'])
    t.match(read(`dist/${file}.js`).split('\n')[0], `Edge gateway ${RELEASE}:`);
});

// V8 keeps such a script one byte a character and parses it in five sixths of the time: one "…" in a comment costs a
// millisecond at each start.
t.test('the built files have no character beyond Latin-1', async (t) => {
  for (const file of ['worker', 'worker-full'])
    t.same(readFileSync(join(ROOT, `dist/${file}.js`), 'utf8').match(/.*[^\0-\xff].*/g), null, file);
});
