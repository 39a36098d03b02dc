import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ROOT } from '../../tools/build.ts';

/** Names of papers and places that nobody who clones this repository has. Put together here, so that this file is not one of its finds. */
const FOREIGN = [
  'kong-contract',
  'balance' + '.md',
  'platform' + '.md',
  'style' + '.md',
  'design' + '.md',
  'peers' + '.md',
  '/work/' + '(?!flows)',
  '(?<![\\w.-])shared/' + '(?=[a-z-]+\\.(md|json))',
  '\\bthe contract file\\b',
  '\\b(?:issue|task) #?\\d+\\b',
].map((word) => new RegExp(word.replaceAll('.md', '\\.md'), 'i'));

/** Left for later is not done. */
const UNDONE = new RegExp(`\\b(${'TO' + 'DO'}|${'FIX' + 'ME'}|${'XX' + 'X'})\\b`);

const files = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|mjs|js|md|json|toml|capnp|yaml|yml|service|socket)$/.test(file))
  .filter((file) => !/^(package-lock\.json|tests\/house\/words\.test\.ts|tests\/kong\/.*\.json)$/.test(file));

function finds(patterns: readonly RegExp[]): string[] {
  return files.flatMap((file) =>
    readFileSync(`${ROOT}/${file}`, 'utf8')
      .split('\n')
      .flatMap((line, at) =>
        patterns.some((pattern) => pattern.test(line))
          ? [`${file}:${at + 1} ${line.trim().slice(0, 100)}`]
          : [],
      ),
  );
}

t.test('the repository speaks of itself alone', async (t) => {
  t.ok(files.length > 100, `${files.length} files were read`);
  t.same(finds(FOREIGN), []);
});

t.test('nothing is left for later', async (t) => t.same(finds([UNDONE]), []));
