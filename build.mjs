/**
 * `npm run build`: writes dist/worker.js, which most people paste, and dist/worker-full.js, which carries every feature. With `--check` it writes
 * nothing, and fails where a file is not what the sources make. How they are made stands in cli/build/build.ts.
 */
import { buildFiles } from './cli/build/command.ts';
import { run } from './cli/program.ts';

await run(() => buildFiles({ check: process.argv.includes('--check') }));
