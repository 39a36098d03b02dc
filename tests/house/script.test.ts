import { readFileSync } from 'node:fs';
import t from 'tap';
import { CEILINGS, ROOT, build, keptNames, smallestSize } from '../../tools/build.ts';
import {
  chapterFaults,
  chaptersOf,
  lostComments,
  renamedFaults,
  scriptFaults,
  spellingFaults,
  styleFaults,
} from '../../tools/script-rules.ts';
import { readSources, sourceOf } from '../../tools/sources.ts';

const SCRIPT = readFileSync(`${ROOT}/dist/worker.js`, 'utf8');
const SOURCES = readSources();

t.test('the built file is what the sources make', async (t) => {
  const fresh = await build({ write: false });
  t.ok(fresh === SCRIPT, 'dist/worker.js differs from a fresh build: run `npm run build` and commit it');
});

t.test('it is a plain script', async (t) => {
  t.same(scriptFaults(SCRIPT), []);
  t.same(scriptFaults('export const a = 1;').length > 0, true);
  t.same(scriptFaults('const a = () => import("x");'), []);
});

t.test(
  'its chapters stand in the order of the floors, the configuration first, the listener last',
  async (t) => {
    t.same(chapterFaults(SCRIPT), []);
    t.equal(chaptersOf(SCRIPT).at(-1), 'worker.ts');
    t.ok(
      SCRIPT.indexOf('const CONFIG = {') < SCRIPT.indexOf('\n// ---- '),
      'the configuration stands above the first chapter',
    );
    t.match(SCRIPT.trimEnd().split('\n').slice(-20).join('\n'), /addEventListener\(/);
    const planted = '// ---- lib/race.ts (x) --\n// ---- lib/load.ts (x) --\n';
    t.same(chapterFaults(planted), ['lib/load.ts']);
  },
);

t.test('the bundler has renamed nothing', async (t) => {
  t.same(renamedFaults(SCRIPT, SOURCES), []);
  t.same(renamedFaults('\n// ---- x\nfunction state2() {}', [sourceOf('lib/a.ts', 'function state() {}')]), [
    'state2',
  ]);
});

t.test('it is formatted as the sources are, and spells numbers and texts as they do', async (t) => {
  t.same(await styleFaults(SCRIPT), []);
  t.same(await styleFaults('const a = 1;\nconst b = { a: "" };\n'), ['const b = { a: "" };']);
  t.same(await styleFaults('// prettier-ignore\nf( 1 );\n'), ['// prettier-ignore']);
  t.same(spellingFaults(SCRIPT, SOURCES), []);
  const source = sourceOf('lib/a.ts', 'const a = 2_000;\nconst b = `${a}\\n`;\n');
  t.same(spellingFaults('\n// ---- x\nconst a = 2e3;\nconst b = `${a}\n`;\n', [source]), ['2e3', '\n']);
});

t.test('every comment of the sources is in it', async (t) => {
  t.same(lostComments(SCRIPT, SOURCES, await keptNames()), []);
  const planted = sourceOf('lib/a.ts', '/** What it does. */\nfunction a() {}\n');
  t.same(lostComments('', [planted], new Set(['a'])), [
    'lib/a.ts has a comment where esbuild keeps none, move it above its statement: /** What it does. */',
  ]);
});

t.test('no function in the sources is without a caller', async (t) => {
  const kept = await keptNames();
  const declared = SOURCES.flatMap(({ text }) => [
    ...text.matchAll(/^(?:export )?(?:async )?function (\w+)/gm),
  ]);
  t.same(
    declared.map((hit) => hit[1] ?? '').filter((name) => !kept.has(name)),
    [],
  );
});

t.test('it stays under its ceilings', async (t) => {
  t.ok(Buffer.byteLength(SCRIPT) <= CEILINGS.raw, `${Buffer.byteLength(SCRIPT)} bytes of ${CEILINGS.raw}`);
  const small = await smallestSize(SCRIPT);
  t.ok(small <= CEILINGS.small, `${small} bytes minified and gzipped, of ${CEILINGS.small}`);
});
