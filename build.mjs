/**
 * Writes dist/worker.js: `node build.mjs [--config FILE] [--out FILE]`. How it is made stands in tools/build.ts.
 */
import { readCommandLine } from './tools/command-line.ts';
import { build, smallestSize } from './tools/build.ts';

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

try {
  const { values } = readCommandLine({ options: { config: { type: 'string' }, out: { type: 'string' } } });
  const script = await build(values);
  const small = kilobytes(await smallestSize(script));
  console.log(
    `${values.out ?? 'dist/worker.js'}: ${kilobytes(Buffer.byteLength(script))}, ${small} minified and gzipped`,
  );
} catch (error) {
  const faults = error.errors?.map((one) => `${one.location?.file}:${one.location?.line} ${one.text}`);
  console.error(faults?.join('\n') ?? error.message);
  process.exitCode = 1;
}
