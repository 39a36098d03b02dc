/**
 * The whole run as one JSON document, written incrementally: every differing exchange when it is found, the summary at
 * the end. So it may be larger than memory, and an interrupted run still leaves a valid document.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Exchange } from './tally.ts';

/** `file` is a path, or "-" for standard output. */
export async function openJsonReport(file: string) {
  const out = file === '-' ? process.stdout : createWriteStream(file);
  if (file !== '-') await once(out, 'open');
  const write = async (text: string): Promise<void> => {
    if (!out.write(text)) await once(out, 'drain');
  };
  await write('{"exchanges": [');
  let comma = '';
  return {
    add: (exchange: Exchange): Promise<void> => {
      const text = `${comma}\n${JSON.stringify(exchange)}`;
      comma = ',';
      return write(text);
    },
    end: async (summary: object): Promise<void> => {
      await write(`\n],\n${JSON.stringify(summary, null, 2).slice(2)}\n`);
      if (file === '-') return;
      out.end();
      await once(out, 'close');
    },
  };
}
