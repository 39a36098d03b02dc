/**
 * `npm run build`: writes dist/worker.js. How it is made stands in tools/build.ts.
 */
import type { BuildFailure } from 'esbuild';
import { checkConfig } from '../../lib/config/settings.ts';
import { readCommandLine } from '../command-line.ts';
import { build, smallestSize } from './build.ts';
import { readConfig } from '../read-config.ts';

const USAGE = `Usage: npm run build -- [--config FILE] [--out FILE]

  --config FILE   JSON, or JavaScript with "const CONFIG = {...}": the file carries only what this configuration uses;
                  default: the whole, with two nodes as an example
  --out FILE      default dist/worker.js`;

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

/** What esbuild finds has places of its own; a file that can't be written says why. */
function explain(error: unknown, out: string): string {
  const { errors, code, message } = error as Partial<BuildFailure> & NodeJS.ErrnoException;
  const faults = errors?.map((one) => `${one.location?.file}:${one.location?.line} ${one.text}`);
  if (faults) return faults.join('\n');
  return code ? `Cannot write ${out}: ${message}` : message;
}

const { values } = readCommandLine(USAGE, {
  options: { config: { type: 'string' }, out: { type: 'string' } },
});
try {
  // A fault is told here, not by a script that refuses to start once it is deployed.
  if (values.config !== undefined) checkConfig(readConfig(values.config).value);
  const script = await build({ ...values, carries: 'worker-full' });
  const small = kilobytes(await smallestSize(script));
  console.log(`${kilobytes(Buffer.byteLength(script))}, ${small} minified and gzipped`);
} catch (error) {
  console.error(explain(error, values.out ?? 'dist'));
  process.exitCode = 1;
}
