/**
<<<<<<< HEAD
 * `npm run build`: writes dist/worker.js, which most people paste, and dist/worker-full.js, which carries every feature. With `--check` it writes
 * nothing, and fails where a file is not what the sources make. How they are made stands in cli/build/build.ts.
 */
import { buildFiles } from './cli/build/command.ts';
import { run } from './cli/program.ts';

await run(() => buildFiles({ check: process.argv.includes('--check') }));
=======
 * `npm run build`: writes dist/worker.js, which most people paste, and dist/worker-full.js, which carries every feature, and
 * dist/shared.js, the companion for what isolates share. How they are made stands in cli/build/build.ts.
 *
 *   node build.mjs           writes them
 *   node build.mjs --check   writes nothing, and fails where a file is not what the sources make
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { build, buildCompanion, smallestSize } from './cli/build/build.ts';

const check = process.argv.includes('--check');
const scripts = {
  'dist/worker.js': await build({ write: false }),
  'dist/worker-full.js': await build({ carries: 'worker-full', write: false }),
  'dist/shared.js': await buildCompanion(),
};
for (const [file, script] of Object.entries(scripts)) {
  const small = await smallestSize(script);
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
  const size = `${kilobytes(Buffer.byteLength(script))}, ${kilobytes(small)} minified and gzipped`;
  if (check && readFileSync(file, 'utf8') !== script) {
    console.error(`${file} is not what the sources make: run \`npm run build\` and commit it`);
    process.exitCode = 1;
    continue;
  }
  if (!check) writeFileSync(file, script);
  console.log(`${file}: ${size}`);
}
>>>>>>> refs/heads/shared
