/**
 * `npm run coverage [-- PATH]`: runs the tests of the rooms and of the whole (or those whose path holds PATH) and prints
 * which lines of the Worker's sources they reach, in Node and inside workerd together.
 */
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { ROOT } from './build.ts';

const FOLDER = `${ROOT}/.tap/v8`;

function run(command: string, args: readonly string[], env: Record<string, string>): Promise<number | null> {
  const child = spawn(`${ROOT}/node_modules/.bin/${command}`, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => child.on('close', resolve));
}

const filter = process.argv[2] ?? '';
const files = ['lib', 'e2e'].flatMap((folder) =>
  readdirSync(`${ROOT}/tests/${folder}`).map((name) => `tests/${folder}/${name}`),
);
rmSync(FOLDER, { recursive: true, force: true });
const tests = files.filter((file) => file.endsWith('.test.ts') && file.includes(filter));
await run('tap', ['--reporter=terse', ...tests], { NODE_V8_COVERAGE: FOLDER, WORKER_COVERAGE: FOLDER });
const report = [
  'report',
  `--temp-directory=${FOLDER}`,
  '--include=lib/**',
  '--include=worker.ts',
  '--reporter=text',
  '--all',
];
process.exitCode = (await run('c8', report, {})) ?? 1;
