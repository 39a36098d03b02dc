/**
 * `npm run build`: writes dist/worker.js, which most people paste, dist/worker-full.js, which has every feature, and
 * dist/shared.js. With `--check` it writes nothing, and fails if a file is not what the sources make.
 */
import { buildFiles } from './cli/build/command.ts';
import { run } from './cli/program.ts';

await run(() => buildFiles({ check: process.argv.includes('--check') }));
