/**
 * The whole run as one JSON document, written incrementally: every differing exchange when it is found, the summary at
 * the end. So it may be larger than memory, and an interrupted run still leaves a valid document.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Summary } from './report.ts';
import type { Exchange } from './tally.ts';

export interface JsonReport {
  readonly add: (exchange: Exchange) => Promise<void>;
  readonly end: (summary: Summary) => Promise<void>;
}

/** `file` is a path, or "-" for standard output. */
export function openJsonReport(file: string): JsonReport {
  const out: Writable = file === '-' ? process.stdout : createWriteStream(file);
  const opened = file === '-' ? Promise.resolve() : once(out, 'open').then(() => {});
  opened.catch(() => {});
  let first = true;
  const write = async (text: string) => {
    await opened;
    if (!out.write(text)) await once(out, 'drain');
  };
  return {
    add: async (exchange) => {
      const start = first ? '{"exchanges": [\n' : ',\n';
      first = false;
      await write(start + JSON.stringify(exchange));
    },
    end: async (summary) => {
      const rest = JSON.stringify(summary, null, 2).slice(2);
      await write(`${first ? '{"exchanges": [' : '\n'}],\n${rest}\n`);
      if (file !== '-') out.end();
      if (file !== '-') await once(out, 'close');
    },
  };
}
