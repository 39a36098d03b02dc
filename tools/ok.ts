/**
 * `npm run ok`, which is what `npm test` and CI run: types, lint, format, the built file, its size, every test.
 * Each step says its verdict and what to do about it; the last line counts. Fast steps come first.
 * All steps run even if one fails, so that one run shows everything there is to mend.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { Parser } from 'tap-parser';
import type { Result } from 'tap-parser';
import { CEILINGS, ROOT, build, smallestSize } from './build.ts';
import { readCommandLine, refuseCommand } from './command-line.ts';

const USAGE = `Usage: npm test -- [PART]

  (none)   everything
  PART     after the fast steps only tests whose path holds it: npm test -- tests/lib/cors`;

interface Verdict {
  readonly good: boolean;
  /** Shown behind the step's name. */
  readonly says: string;
  /** What to do, and the details. */
  readonly otherwise?: string;
}
interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs a program of node_modules/.bin to its end. */
function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(`${ROOT}/node_modules/.bin/${command}`, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => void (output += String(chunk)));
  child.stderr.on('data', (chunk) => void (output += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

async function program(command: string, args: readonly string[], todo: string): Promise<Verdict> {
  const { code, output } = await run(command, args);
  return code === 0 ? { good: true, says: 'ok' } : { good: false, says: todo, otherwise: output.trim() };
}

async function types(): Promise<Verdict> {
  const worker = await program('tsc', ['-p', '.'], 'the types of the Worker are wrong');
  return worker.good ? program('tsc', ['-p', 'tests'], 'the types of tests or tools are wrong') : worker;
}

async function builtFile(): Promise<Verdict> {
  const fresh = await build({ write: false });
  if (fresh === readScript()) return { good: true, says: 'dist/worker.js is what the sources make' };
  return {
    good: false,
    says: 'dist/worker.js differs from a fresh build: run `npm run build` and commit it',
  };
}

async function size(): Promise<Verdict> {
  const script = readScript();
  const small = await smallestSize(script);
  const says = `${Buffer.byteLength(script)} bytes of ${CEILINGS.raw}, minified and gzipped ${small} of ${CEILINGS.small}`;
  if (Buffer.byteLength(script) <= CEILINGS.raw && small <= CEILINGS.small) return { good: true, says };
  return { good: false, says: `${says}: the built file is too large, write more compactly` };
}

function readScript(): string {
  return readFileSync(`${ROOT}/dist/worker.js`, 'utf8');
}

const STEPS: readonly (readonly [name: string, step: () => Promise<Verdict>])[] = [
  ['types', types],
  ['lint', () => program('oxlint', ['--type-aware', '--deny-warnings'], 'mend what the linter says')],
  ['format', () => program('prettier', ['--check', '.'], 'run `npm run format`')],
  ['build', builtFile],
  ['size', size],
];

/** Test files in the order in which they run: the house's own rules first. */
function testFiles(filter: string): string[] {
  const all = readdirSync(`${ROOT}/tests`, { recursive: true }).map((name) => `tests/${String(name)}`);
  const house = (file: string) => (file.startsWith('tests/house/') ? 0 : 1);
  return all
    .filter((file) => file.endsWith('.test.ts') && file.includes(filter))
    .toSorted((a, b) => house(a) - house(b) || a.localeCompare(b));
}

/** Runs the tests, printing a line for each file as it ends and each failure in full. */
function runTests(files: readonly string[], count: Count): Promise<void> {
  const child = spawn(`${ROOT}/node_modules/.bin/tap`, ['--reporter=tap', ...files], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const parser = new Parser();
  parser.on('child', (file: Parser) => {
    watchFailures(file, file.name, () => undefined);
    file.on('assert', (result: Result) => countResult(result, count));
  });
  parser.on('assert', (file: Result) => {
    // A file that ends before its first test has no results of its own to count.
    if (!file.ok && !file.tapError && file.time === undefined) count.failed++;
    console.log(`${file.ok ? 'ok  ' : 'FAIL'} ${file.name} ${Math.round(file.time ?? 0)} ms`);
  });
  child.stdout.pipe(parser);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0 && count.failed === 0) count.failed++;
      resolve();
    });
  });
}

/** Prints what fails at any depth; of tests that fail because of what is in them, only that. `tell` hears of each print. */
function watchFailures(test: Parser, path: string, tell: () => void): void {
  const told = new Set<string>();
  test.on('child', (inner: Parser) =>
    watchFailures(inner, `${path}: ${inner.name}`, () => {
      told.add(inner.name);
      tell();
    }),
  );
  test.on('assert', (result: Result) => {
    if (result.ok || told.has(result.name)) return;
    printFailure(path, result);
    tell();
  });
}

function countResult(result: Result, count: Count): void {
  if (result.skip || result.todo) count.skipped++;
  else if (result.ok) count.passed++;
  else count.failed++;
  if (result.skip) console.log(`     skipped: ${result.name} (${String(result.skip)})`);
}

function printFailure(path: string, { name, diag }: Result): void {
  const { diff, found, wanted, stack } = (diag ?? {}) as Record<string, unknown>;
  console.log(`FAIL ${path}: ${name}`);
  for (const detail of [diff ?? { found, wanted }, stack]) {
    if (detail !== undefined)
      console.log(typeof detail === 'string' ? detail : JSON.stringify(detail, null, 2));
  }
}

const { positionals } = readCommandLine(USAGE, { allowPositionals: true });
const [part = '', ...more] = positionals;
const files = testFiles(part);
if (more.length > 0) refuseCommand(USAGE, `PART must be one text, received ${positionals.length}`);
if (files.length === 0) refuseCommand(USAGE, `PART must be a part of a test's path, received "${part}"`);
const count: Count = { passed: 0, failed: 0, skipped: 0 };
const begun = performance.now();
for (const [name, step] of STEPS) {
  const verdict = await step().catch((error: unknown): Verdict => ({ good: false, says: String(error) }));
  count[verdict.good ? 'passed' : 'failed']++;
  console.log(`${verdict.good ? 'ok  ' : 'FAIL'} ${name}: ${verdict.says}`);
  if (verdict.otherwise) console.log(verdict.otherwise);
}
await runTests(files, count);
console.log(`\n${Math.round((performance.now() - begun) / 1000)} seconds`);
console.log(
  `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`,
);
process.exitCode = count.failed > 0 ? 1 : 0;
