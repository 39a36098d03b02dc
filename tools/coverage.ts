/**
 * `npm run coverage [-- PATH]`: runs the tests of the rooms and of the whole (or those whose path holds PATH) and prints
 * which lines of the Worker's sources they reach, in Node and inside workerd together.
 *
 * Node runs the sources with their types stripped in place, and so does workerd in this mode: every offset that V8 reports is one of
 * the source, and no source map is needed. As an ES module the Worker logs elsewhere than the script does: tests that read its log lines
 * fail in this mode, and count all the same. A line counts if it holds code, and as reached if any of its code ran.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseSync } from 'oxc-parser';
import { ROOT } from './build.ts';
import { readCommandLine, refuseCommand } from './command-line.ts';

const USAGE = 'Usage: npm run coverage -- [PATH]';

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly { startOffset: number; endOffset: number; count: number }[];
  }[];
}

const FOLDER = `${ROOT}/.tap/v8`;

function run(command: string, args: readonly string[], env: Record<string, string>): Promise<number | null> {
  const child = spawn(`${ROOT}/node_modules/.bin/${command}`, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => child.on('close', resolve));
}

/** Marks what ran in one run: V8's ranges are nested, and the innermost one says. */
function markRun(script: ScriptCoverage, reached: Uint8Array): void {
  const ran = new Uint8Array(reached.length);
  const ranges = script.functions.flatMap((one) => one.ranges);
  for (const { startOffset, endOffset, count } of ranges.toSorted(
    (a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset,
  )) {
    ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  for (let at = 0; at < ran.length; at++) reached[at] = (reached[at] ?? 0) | (ran[at] ?? 0);
}

/** The source with comments and types blanked out: what is left is code. */
function codeOf(source: string): string {
  const plain = stripTypeScriptTypes(source);
  const { comments } = parseSync('a.js', plain);
  return comments.reduce(
    (text, { start, end }) =>
      text.slice(0, start) + text.slice(start, end).replaceAll(/\S/g, ' ') + text.slice(end),
    plain,
  );
}

/** Numbers of the lines with code, and of those of which nothing ran. */
export function linesOf(source: string, reached: Uint8Array): { lines: number; missed: number[] } {
  const missed: number[] = [];
  let lines = 0;
  let at = 0;
  for (const [index, line] of codeOf(source).split('\n').entries()) {
    // A line of brackets says nothing of its own.
    const code = [...line.matchAll(/[\w'"`]/g)].map((hit) => at + hit.index);
    if (code.length > 0 && !/^\s*import /.test(line)) {
      lines++;
      if (!code.some((place) => reached[place])) missed.push(index + 1);
    }
    at += line.length + 1;
  }
  return { lines, missed };
}

function report(): void {
  const reached = new Map<string, Uint8Array>();
  const sources = ['worker.ts', ...readdirSync(`${ROOT}/lib`).map((name) => `lib/${name}`)].toSorted();
  for (const file of sources)
    reached.set(
      pathToFileURL(`${ROOT}/${file}`).href,
      new Uint8Array(readFileSync(`${ROOT}/${file}`, 'utf8').length),
    );
  for (const name of readdirSync(FOLDER)) {
    const { result } = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as { result: ScriptCoverage[] };
    for (const script of result) {
      const known = reached.get(script.url);
      if (known) markRun(script, known);
    }
  }
  let [all, missing] = [0, 0];
  for (const [url, marks] of reached) {
    const { lines, missed } = linesOf(readFileSync(fileURLToPath(url), 'utf8'), marks);
    all += lines;
    missing += missed.length;
    const share = lines > 0 ? `${(100 - (100 * missed.length) / lines).toFixed(1)} %` : 'types';
    console.log(
      `${share.padStart(8)}  ${url.slice(pathToFileURL(ROOT).href.length + 1)}  ${missed.length > 0 ? `not reached: ${missed.join(' ')}` : ''}`,
    );
  }
  console.log(`${(100 - (100 * missing) / all).toFixed(1)} % of ${all} lines`);
}

if (process.argv[1]?.endsWith('coverage.ts')) {
  const { positionals } = readCommandLine(USAGE, { allowPositionals: true });
  const [filter = ''] = positionals;
  const files = ['lib', 'e2e'].flatMap((folder) =>
    readdirSync(`${ROOT}/tests/${folder}`).map((name) => `tests/${folder}/${name}`),
  );
  const tests = files.filter((file) => file.endsWith('.test.ts') && file.includes(filter));
  if (tests.length === 0)
    refuseCommand(USAGE, `PATH must be a part of a path in tests/lib or tests/e2e, received "${filter}"`);
  rmSync(FOLDER, { recursive: true, force: true });
  await run('tap', ['--reporter=terse', ...tests], { NODE_V8_COVERAGE: FOLDER, WORKER_COVERAGE: FOLDER });
  report();
}
