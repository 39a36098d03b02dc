/**
 * `edge-gateway build`: writes dist/worker.js. How it is made stands in build.ts.
 */
import type { BuildFailure } from 'esbuild';
import { checkConfig } from '../../lib/config/settings.ts';
import { createCommand, run } from '../program.ts';
import { readConfig } from '../read-config.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

/** What esbuild finds has places of its own; a file that can't be written says why. */
function explain(error: unknown, out: string): string {
  const { errors, code, message } = error as Partial<BuildFailure> & NodeJS.ErrnoException;
  const faults = errors?.map((one) => `${one.location?.file}:${one.location?.line} ${one.text}`);
  if (faults) return faults.join('\n');
  return code ? `Cannot write ${out}: ${message}` : message;
}

export const buildCommand = createCommand('build')
  .description('writes the script that is pasted or deployed')
  .option(
    '--config <file>',
    'JSON, YAML, or JavaScript with "const CONFIG = {...}"; default: two nodes as an example',
  )
  .option('--out <file>', 'where the script goes', 'dist/worker.js')
  .action((options: Options) => run(() => write(options)));

interface Options {
  readonly config?: string;
  readonly out: string;
}

async function write({ config, out }: Options): Promise<number> {
  const { build, smallestSize } = await import('./build.ts');
  try {
    // A fault is reported here, not by a script that refuses to start once it is deployed.
    if (config !== undefined) checkConfig(readConfig(config).value);
    const script = await build({ ...(config === undefined ? {} : { config }), out });
    const small = kilobytes(await smallestSize(script));
    console.log(`${out}: ${kilobytes(Buffer.byteLength(script))}, ${small} minified and gzipped`);
    return 0;
  } catch (error) {
    throw new Error(explain(error, out));
  }
}
