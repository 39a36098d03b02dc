/**
 * The recording as a stream of requests, whatever its format: opened once, unpacked if its name ends in .gz; the format
 * is detected from the beginning unless --format names it.
 */
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { looksCombined, readCombined } from './access-log.ts';
import { readHar } from './har.ts';
import { readJsonLines } from './json-lines.ts';
import { readLines } from './lines.ts';
import { fault, type Recorded, type Unusable } from './recorded.ts';

export const FORMATS = ['har', 'ndjson', 'combined'] as const;
export type Format = (typeof FORMATS)[number];

export interface Input {
  readonly format: Format;
  /** Total bytes; null if unknown (a pipe, a compressed file). */
  readonly size: number | null;
  readonly requests: AsyncGenerator<Recorded | Unusable>;
  /** Stops reading immediately, even from a silent pipe. */
  readonly close: () => void;
}

/** The format is detected from at most this many bytes. */
const SNIFFED = 64 * 1024;
/** Pretty-printed HAR is recognizable within this many characters. */
const ENOUGH = 64;

/** `file` is a path, or "-" for standard input. Errors name the file. */
export async function openInput(file: string, format: Format | null): Promise<Input> {
  const name = file === '-' ? 'standard input' : basename(file);
  const { stream, size } = openFile(file, name);
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const head: Buffer[] = [];
  let found = format;
  let ended = false;
  for (let length = 0; found === null && length < SNIFFED && !ended;) {
    const next = await chunks.next().catch((error: Error) => {
      throw fault(`Cannot read ${name}: ${error.message}`);
    });
    ended = next.done === true;
    if (!next.done) length += head.push(next.value) && next.value.length;
    found = detect(Buffer.concat(head).toString('utf8', 0, SNIFFED), ended || length >= SNIFFED);
  }
  if (ended && head.length === 0)
    throw fault(`Cannot read ${name}: it must hold recorded requests, received an empty file`);
  if (found === null) {
    throw fault(
      `Cannot read ${name}: it must be one of ${FORMATS.join(', ')} (--format says which), received none of them`,
    );
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* head.splice(0);
    try {
      if (!ended) yield* { [Symbol.asyncIterator]: () => chunks };
    } catch (error) {
      throw fault(`Cannot read ${name}: ${error instanceof Error ? error.message : 'it breaks off'}`);
    }
  };
  return { format: found, size, requests: readAs(found, whole(), name), close: () => void stream.destroy() };
}

function openFile(file: string, name: string): { stream: Readable; size: number | null } {
  if (file === '-') return { stream: process.stdin, size: null };
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) throw fault(`Cannot read ${name}: there is no such file`);
  if (stats.isDirectory()) throw fault(`Cannot read ${name}: it must be a file, received a folder`);
  const stream = createReadStream(file);
  if (!file.endsWith('.gz')) return { stream, size: stats.isFile() ? stats.size : null };
  const gunzip = createGunzip();
  stream.on('error', (error) => gunzip.destroy(error));
  return { stream: stream.pipe(gunzip), size: null };
}

function readAs(format: Format, bytes: AsyncGenerator<Buffer>, name: string): Input['requests'] {
  if (format === 'har') return readHar(bytes, name);
  const lines = readLines(bytes, name);
  return format === 'combined' ? readCombined(lines, name) : readJsonLines(lines, name);
}

/** Null if the format cannot be determined, or not yet. */
function detect(head: string, complete: boolean): Format | null {
  const text = head.replace(/^\ufeff/, '').trimStart();
  if (/^\{\s*"log"\s*:\s*\{/.test(text)) return 'har';
  const lines = text.split('\n');
  if (!complete && (lines.length === 1 || text.length < ENOUGH)) return null;
  if (text.startsWith('{')) return 'ndjson';
  const first = lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#')) ?? '';
  return looksCombined(first) ? 'combined' : null;
}
