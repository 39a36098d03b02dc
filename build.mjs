/**
 * `npm run build`: writes dist/worker.js, which most people paste, and dist/worker-full.js, which carries every feature. How they are made
 * stands in cli/build/build.ts.
 *
 *   node build.mjs           writes both
 *   node build.mjs --check   writes nothing, and fails where a file is not what the sources make
 */
import { readFileSync } from 'node:fs';
import { build, smallestSize } from './cli/build/build.ts';

const check = process.argv.includes('--check');
for (const carries of ['worker', 'worker-full']) {
  const file = `dist/${carries}.js`;
  const script = await build({ carries, write: !check });
  const small = await smallestSize(script);
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
  const size = `${kilobytes(Buffer.byteLength(script))}, ${kilobytes(small)} minified and gzipped`;
  if (check && readFileSync(file, 'utf8') !== script) {
    console.error(`${file} is not what the sources make: run \`npm run build\` and commit it`);
    process.exitCode = 1;
  } else console.log(`${file}: ${size}`);
}
