/**
 * `npm run build`: writes dist/worker.js. How it is made stands in tools/build.ts.
 */
import { checkConfig } from './lib/config/settings.ts';
import { readCommandLine } from './cli/command-line.ts';
import { build, smallestSize } from './cli/build/build.ts';
import { readConfig } from './cli/read-config.ts';

const USAGE = `Usage: npm run build -- [--config FILE] [--out FILE]

  --config FILE   JSON, or JavaScript with "const CONFIG = {...}": the file carries only what this configuration uses;
                  default: the whole, with two nodes as an example
  --out FILE      default dist/worker.js`;

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

/** What esbuild finds has places of its own; a file that can't be written says why. */
function explain(error, out) {
  const faults = error.errors?.map((one) => `${one.location?.file}:${one.location?.line} ${one.text}`);
  if (faults) return faults.join('\n');
  return error.code ? `Cannot write ${out}: ${error.message}` : error.message;
}

const { values } = readCommandLine(USAGE, {
  options: { config: { type: 'string' }, out: { type: 'string' } },
});
try {
  // A fault is told here, not by a script that refuses to start once it is deployed.
  if (values.config !== undefined) checkConfig(readConfig(values.config).value);
  for (const carries of values.config === undefined ? ['worker', 'worker-full'] : ['worker-full']) {
    const script = await build({ ...values, carries });
    const small = kilobytes(await smallestSize(script));
    console.log(`${carries}.js: ${kilobytes(Buffer.byteLength(script))}, ${small} minified and gzipped`);
  }
} catch (error) {
  console.error(explain(error, values.out ?? 'dist'));
  process.exitCode = 1;
}
