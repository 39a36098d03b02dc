/**
 * Progress of work that takes longer than two seconds: a bar on a terminal, otherwise a plain line every ten seconds,
 * so that CI logs stay readable. Written to standard error; standard output is for results.
 */
import { SingleBar } from 'cli-progress';

interface Progress {
  readonly update: (done: number) => void;
  readonly end: () => void;
}

const LINE_EVERY_MS = 10_000;

export const SILENT: Progress = { update: () => undefined, end: () => undefined };

/** `total` of `unit`, e.g. "runs"; null if unknown. `note` is appended to each line. */
export function createProgress(total: number | null, unit: string, note: () => string = () => ''): Progress {
  if (process.stderr.isTTY) return createBar(total, unit, note);
  let writtenAt = performance.now();
  return {
    update: (done) => {
      const now = performance.now();
      if (now - writtenAt < LINE_EVERY_MS) return;
      writtenAt = now;
      const all = total === null ? '' : ` of ${total.toLocaleString('en-US')}`;
      process.stderr.write(`${done.toLocaleString('en-US')}${all} ${unit}${note()}\n`);
    },
    end: () => undefined,
  };
}

function createBar(total: number | null, unit: string, note: () => string): Progress {
  const known = `{bar} {percentage} % of {total} ${unit}, {eta_formatted} left{note}`;
  const format = total === null ? `{value} ${unit}{note}` : known;
  const bar = new SingleBar({ format, hideCursor: true, barsize: 24, fps: 8, clearOnComplete: true });
  bar.start(total ?? 0, 0, { note: note() });
  return { update: (done) => bar.update(done, { note: note() }), end: () => bar.stop() };
}
