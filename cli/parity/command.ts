/**
 * `edge-gateway parity`: replays recorded requests against two gateways and reports what a caller would notice.
 * input.ts reads, send.ts sends, compare.ts and body.ts compare, redact.ts decides what may be shown. This file
 * combines them and decides how the run ends.
 */
import { run as runCommand } from '../program.ts';
import { createProgress, SILENT, type Progress } from '../progress.ts';
import { openInput, type Input } from './input.ts';
import { parityCommand, type Options } from './options.ts';
import { isFault } from './recorded.ts';
import { createRedactor } from './redact.ts';
import { replay } from './replay.ts';
import { openJsonReport } from './report-json.ts';
import { tableReport } from './report-table.ts';
import { summarize, type Summary } from './report.ts';
import { createSender } from './send.ts';
import { createTally, type Tally } from './tally.ts';

const SAME = 0;
const DIFFERENT = 1;
const BAD_INPUT = 2;
const INTERRUPTED = 130;

parityCommand.action((file: string, options: Options) => runCommand(() => guarded(file, options)));

export { parityCommand };

/** An error in the input, or a file that cannot be written, counts as bad input. */
async function guarded(file: string, options: Options): Promise<number> {
  try {
    return await main(file, options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!isFault(error) && !/^E[A-Z]+$/.test(code)) throw error;
    process.stderr.write(`parity: ${(error as Error).message}\n`);
    return BAD_INPUT;
  }
}

async function main(file: string, options: Options): Promise<number> {
  const stop = new AbortController();
  let input: Input | null = null;
  const interrupt = () => {
    // the second time, or if there is nothing to report yet
    if (stop.signal.aborted || input === null) process.exit(INTERRUPTED);
    stop.abort();
    input.close();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  let summary: Summary;
  try {
    input = await openInput(file, options.format ?? null);
    summary = await run(file, options, input, stop.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
  writeTable(options, summary);
  if (summary.fault !== null) process.stderr.write(`parity: ${summary.fault}\n`);
  if (summary.interrupted) return INTERRUPTED;
  if (summary.fault !== null) return BAD_INPUT;
  const { different, unanswered } = summary.counts;
  return different > 0 || unanswered > 0 ? DIFFERENT : SAME;
}

async function run(file: string, options: Options, input: Input, stop: AbortSignal): Promise<Summary> {
  const tally = createTally();
  const startedAt = new Date();
  const sender = createSender(options);
  const progress = progressOf(options, input, tally);
  const json = options.json === undefined ? null : openJsonReport(options.json);
  let fault: string | null = null;
  try {
    await replay(input.requests, {
      options,
      sender,
      redactor: createRedactor(options.secret),
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
  if (fault === null && !stop.aborted && tally.counts.sent === 0) fault = nothingSent(tally);
  const times = { startedAt, endedAt: new Date(), interrupted: stop.aborted, fault };
  const summary = summarize(options, { file, format: input.format }, tally, times);
  await json?.end(summary);
  return summary;
}

/** An empty comparison must not look like a successful one. */
function nothingSent(tally: Tally): string {
  const reasons = [...tally.skipped].map(([reason, number]) => `${number} ${reason}`).join(', ');
  return `Cannot compare: no request of the recording was sent${reasons === '' ? '' : ` (${reasons})`}`;
}

/** The length of a recording is known in bytes only, and is unknown for a pipe or a compressed file. */
function progressOf({ quiet }: Options, { size }: Input, tally: Tally): Progress {
  const said = (): string => `, ${tally.counts.sent} requests, ${tally.counts.different} different`;
  return quiet ? SILENT : createProgress(size, 'bytes', said);
}

function writeTable({ json, quiet }: Options, summary: Summary): void {
  if (quiet) return;
  const stream = json === '-' ? process.stderr : process.stdout;
  stream.write(tableReport(summary, stream.columns ?? 120, stream.isTTY === true));
}
