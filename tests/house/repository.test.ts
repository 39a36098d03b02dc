/** Checks of the repository as a whole: lint, types, format, built files, versions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { RELEASE } from '../../lib/core/release.ts';
import { runShell } from '../support/command.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

async function runScript(t: Test, name: string, options = ''): Promise<string> {
  const { code, output } = await runShell(`${scripts[name]} ${options} 2>&1`);
  t.equal(code, 0, name, { diff: output });
  return output;
}

t.test('types, lint, format and the built files', { jobs: 2 }, (t) => {
  void t.test('npm run lint, which checks types too', (t) => runScript(t, 'lint'));
  void t.test('npm run format:check', (t) => runScript(t, 'format:check'));
  void t.test(
    'npm run build -- --check, and the sizes in the README are right to the kilobyte',
    async (t) => {
      const built = JSON.parse(await runScript(t, 'build', '--check --json')) as Record<
        string,
        string | number
      >[];
      const kilobytes = (bytes: unknown) => `${Math.round(Number(bytes) / 1000)} KB`;
      for (const { file, bytes, gzippedBytes } of built.slice(0, 2))
        t.match(
          read('README.md')
            .split('\n')
            .find((line) => line.includes(`](${file}) `)),
          `${kilobytes(bytes)}, ${kilobytes(gzippedBytes)} `,
          String(file),
        );
    },
  );
  t.end();
});

t.test('the version is the same in the package, the changelog and the built files', async (t) => {
  for (const file of ['package.json', 'cli/package.json'])
    t.equal((JSON.parse(read(file)) as { version: string }).version, RELEASE, file);
  t.equal(/^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1], RELEASE);
  for (const file of ['worker', 'worker-full'])
    t.match(read(`dist/${file}.js`).split('\n')[0], `Edge gateway ${RELEASE}:`);
});

// V8 stores such a script with one byte per character and parses it in five sixths of the time: one "…" in a comment
// costs a millisecond at each start.
t.test('the built files are Latin-1', async (t) => {
  for (const file of ['worker', 'worker-full'])
    t.same(read(`dist/${file}.js`).match(/.*[^\0-\xff].*/g), null, file);
});
