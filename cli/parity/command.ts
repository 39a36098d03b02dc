/**
 * `edge-gateway parity`: replays recorded requests against two gateways and reports what a caller would notice.
 * input.ts reads, send.ts sends, compare.ts and body.ts compare, redact.ts decides what may be shown. This file
 * combines them and decides how the run ends.
 */
import { run as runCommand } from '../program.ts';
import { createProgress, SILENT } from '../progress.ts';
import { openInput } from './input.ts';
import { command, type Options } from './options.ts';
import { isFault } from './recorded.ts';
import { createRedactor } from './redact.ts';
import { replay } from './replay.ts';
import { openJsonReport } from './report-json.ts';
import { tableReport } from './report-table.ts';
import { createSender } from './send.ts';
import { createTally, summarize, type Tally } from './tally.ts';

const SAME = 0;
const DIFFERENT = 1;
const BAD_INPUT = 2;
const INTERRUPTED = 130;

command.action((file: string, options: Options) => runCommand(() => main(file, options)));

export { command };

async function main(file: string, options: Options): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    stop.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await compare(file, options, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return INTERRUPTED;
    // A file that cannot be written counts as bad input.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!isFault(error) && !/^E[A-Z]+$/.test(code)) throw error;
    return refuse((error as Error).message);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function refuse(why: string): number {
  process.stderr.write(`parity: ${why}\n`);
  return BAD_INPUT;
}

async function compare(file: string, options: Options, stop: AbortSignal): Promise<number> {
  const { format, size, done, entries } = await openInput(file, stop);
  const json = options.json === undefined ? null : await openJsonReport(options.json);
  const tally = createTally();
  const startedAt = new Date();
  const sender = createSender(options, stop);
  const { counts } = tally;
  const note = (): string => `, ${counts.sent} requests, ${counts.different} different`;
  const progress = options.quiet ? SILENT : createProgress(size, 'bytes', note);
  let fault: string | null = null;
  try {
    await replay(entries, {
      options,
      sender,
      redactor: createRedactor(options.secret),
      tally,
      onDifferent: (exchange) => json?.add(exchange),
      onProgress: () => progress.update(done()),
      stop,
    });
  } catch (error) {
    if (!isFault(error)) throw error;
    fault = error.message;
  } finally {
    progress.end();
    sender.close();
  }
  const interrupted = stop.aborted;
  if (fault === null && !interrupted && counts.sent === 0) fault = nothingSent(tally);
  const summary = summarize(tally);
  const [from, to] = [options.from, options.to].map(({ url, basePath }) => url.origin + basePath);
  const times = { startedAt: startedAt.toISOString(), endedAt: new Date().toISOString() };
  await json?.end({ from, to, file, format, ...times, interrupted, fault, ...summary });
  if (!options.quiet) {
    const stream = options.json === '-' ? process.stderr : process.stdout;
    stream.write(tableReport(summary, interrupted, stream.columns ?? 120, stream.isTTY === true));
  }
  if (fault !== null) refuse(fault);
  if (interrupted) return INTERRUPTED;
  if (fault !== null) return BAD_INPUT;
  return counts.different > 0 || counts.unanswered > 0 ? DIFFERENT : SAME;
}

/** An empty comparison must not look like a successful one. */
function nothingSent({ counts }: Tally): string {
  const reasons = Object.entries(counts.skipped).map(([reason, number]) => `${number} ${reason}`);
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  return `Cannot compare: no request of the recording was sent${why}`;
}
