/**
 * How far the run is: on a terminal a bar with rate and remaining time, elsewhere a plain line every ten seconds,
 * so that a CI log stays readable. All on standard error; standard output belongs to the reports.
 *
 * The length of a recording is known in bytes only, so the bar counts bytes read and the rate counts requests.
 */
import { SingleBar, Presets } from 'cli-progress';
import type { Tally } from './tally.ts';
import { count } from './words.ts';

export interface Progress {
  readonly update: (offset: number) => void;
  readonly end: () => void;
}

const LINE_EVERY_MS = 10_000;

export const SILENT: Progress = { update: () => {}, end: () => {} };

/** `size` in bytes; null where it is not known. */
export function createProgress(size: number | null, tally: Tally, stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? bar(size, tally, stream) : lines(size, tally, stream);
}

function bar(size: number | null, tally: Tally, stream: NodeJS.WriteStream): Progress {
  const known = '{bar} {percentage}% | {sent} requests | {rate}/s | {different} different | {remaining} left';
  const unknown = '{sent} requests | {rate}/s | {different} different';
  const shown = new SingleBar(
    {
      format: size === null ? unknown : known,
      stream,
      hideCursor: true,
      barsize: 24,
      fps: 8,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  );
  const startedAt = performance.now();
  const payload = (offset: number) => {
    const elapsed = (performance.now() - startedAt) / 1000;
    const left = size === null || offset === 0 ? null : (elapsed * Math.max(0, size - offset)) / offset;
    return {
      sent: tally.sent,
      different: tally.different,
      rate: elapsed > 0 ? Math.round(tally.sent / elapsed) : 0,
      remaining: left === null ? '?' : clock(left),
    };
  };
  shown.start(size ?? 1, 0, payload(0));
  let offset = 0;
  return {
    update: (at) => {
      offset = Math.max(offset, at);
      shown.update(Math.min(offset, size ?? 0), payload(offset));
    },
    end: () => {
      shown.update(Math.min(offset, size ?? 0), payload(offset));
      shown.stop();
    },
  };
}

function lines(size: number | null, tally: Tally, stream: NodeJS.WriteStream): Progress {
  const startedAt = performance.now();
  let toldAt = startedAt;
  return {
    update: (offset) => {
      const now = performance.now();
      if (now - toldAt < LINE_EVERY_MS) return;
      toldAt = now;
      const rate = Math.round((tally.sent * 1000) / (now - startedAt));
      const share = size === null ? '' : `, ${Math.floor((100 * offset) / size)} % read`;
      stream.write(`${count(tally.sent, 'request')}${share}, ${rate}/s, ${tally.different} different\n`);
    },
    end: () => {},
  };
}

function clock(seconds: number): string {
  const [h, m, s] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  return h ? `${h}h${String(m).padStart(2, '0')}m` : m ? `${m}m${String(s).padStart(2, '0')}s` : `${s}s`;
}
