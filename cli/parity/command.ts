/**
 * npm run parity -- --from URL --to URL FILE
 *
 * Replays recorded requests against two gateways and reports what a caller would notice. The rooms are in
 * parity/: reading (input), sending (send), comparing (compare, body), what may be shown (redact),
 * and one file for each report. Here they are put together, and every way to end is decided.
 */
import { writeFileSync } from 'node:fs';
import { openInput, type Input } from './input.ts';
import { readOptions, type Options } from './options.ts';
import { createProgress, SILENT } from './progress.ts';
import { isFault } from './recorded.ts';
import { createRedactor } from './redact.ts';
import { replay } from './replay.ts';
import { openJsonReport } from './report-json.ts';
import { tableReport } from './report-table.ts';
import { summarize, type Summary } from './report.ts';
import { createSender } from './send.ts';
import { createTally, type Tally } from './tally.ts';
import { USAGE } from './usage.ts';

const SAME = 0;
const DIFFERENT = 1;
const BAD_INPUT = 2;
const INTERRUPTED = 130;

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    process.stdout.write(`${USAGE}\n`);
    return SAME;
  }
  const stop = new AbortController();
  let input: Input | null = null;
  const interrupt = () => {
    // the second time, or with nothing to report yet
    if (stop.signal.aborted || input === null) process.exit(INTERRUPTED);
    stop.abort();
    input.close();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  input = await openInput(options.file, options.format);
  const { summary, tally } = await run(options, input, stop.signal);
  await writeReports(options, summary, tally);
  if (summary.fault !== null) process.stderr.write(`parity: ${summary.fault}\n`);
  if (summary.interrupted) return INTERRUPTED;
  if (summary.fault !== null) return BAD_INPUT;
  const { different, unanswered } = summary.counts;
  return different > 0 || unanswered > 0 ? DIFFERENT : SAME;
}

async function run(
  options: Options,
  input: Input,
  stop: AbortSignal,
): Promise<{ summary: Summary; tally: Tally }> {
  const tally = createTally();
  const startedAt = new Date();
  const sender = createSender(options);
  const progress = options.quiet ? SILENT : createProgress(input.size, tally, process.stderr);
  const json = options.json === null ? null : openJsonReport(options.json);
  let fault: string | null = null;
  try {
    await replay(input.requests, {
      options,
      sender,
      redactor: createRedactor(options.secrets),
      tally,
      onDifferent: (exchange) => json?.add(exchange),
      onProgress: progress.update,
      stop,
    });
  } catch (error) {
    if (!isFault(error)) throw error;
    fault = error.message;
  } finally {
    progress.end();
    sender.close();
  }
  if (fault === null && !stop.aborted && tally.sent === 0) fault = nothingSent(tally);
  const times = { startedAt, endedAt: new Date(), interrupted: stop.aborted, fault };
  const summary = summarize(options, input.format, tally, times);
  await json?.end(summary);
  return { summary, tally };
}

/** A comparison of nothing must not look like a good one. */
function nothingSent(tally: Tally): string {
  const reasons = [...tally.skipped].map(([reason, number]) => `${number} ${reason}`).join(', ');
  return `Cannot compare: no request of the recording was sent${reasons === '' ? '' : ` (${reasons})`}`;
}

async function writeReports(options: Options, summary: Summary, tally: Tally): Promise<void> {
  // loaded only where asked for: Vega alone takes a second
  if (options.junit !== null) {
    const { junitReport } = await import('./report-junit.ts');
    write(options.junit, junitReport(summary, tally));
  }
  if (options.html !== null) {
    const { htmlReport } = await import('./report-html.ts');
    write(options.html, await htmlReport(summary, tally));
  }
  if (options.quiet) return;
  const taken = [options.json, options.junit, options.html].includes('-');
  const stream = taken ? process.stderr : process.stdout;
  stream.write(tableReport(summary, stream.columns ?? 120, stream.isTTY === true));
}

function write(file: string, text: string): void {
  if (file === '-') process.stdout.write(text);
  else writeFileSync(file, text);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = BAD_INPUT;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (isFault(error) || /^E[A-Z]+$/.test(code)) process.stderr.write(`parity: ${(error as Error).message}\n`);
  else throw error;
}
