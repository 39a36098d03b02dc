/**
 * The recording as a stream of requests, whatever its format: opened once, unpacked if its name ends in .gz. The format
 * is detected from the first characters.
 */
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { addAbortSignal, pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { whyUnreadable } from '../read-text.ts';
import { combinedEntry } from './access-log.ts';
import { harEntries } from './har.ts';
import { jsonEntry } from './json-lines.ts';
import { fault, type Entry } from './recorded.ts';

type Format = 'har' | 'ndjson' | 'combined';

/** Pretty-printed HAR is recognizable within this many characters. */
const ENOUGH = 64;
/** Logs do not hold larger bodies; the limit bounds memory. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** `file` is a path, or "-" for standard input. `stop` ends the reading immediately, even of a silent pipe. */
export async function openInput(file: string, stop: AbortSignal) {
  const name = file === '-' ? 'standard input' : basename(file);
  const source = file === '-' ? process.stdin : createReadStream(file);
  const bytes = file.endsWith('.gz') ? pipeline(source, createGunzip(), () => undefined) : source;
  addAbortSignal(stop, bytes);
  const chunks = chunksOf(bytes, name);
  const first: Buffer[] = [];
  let head = '';
  while (head.length < ENOUGH) {
    const next = await chunks.next();
    if (next.done === true) break;
    first.push(next.value);
    head = Buffer.concat(first)
      .toString()
      .replace(/^\ufeff/, '')
      .trimStart();
  }
  if (head === '') throw fault(`Cannot read ${name}: it must hold recorded requests, received an empty file`);
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* first.splice(0);
    yield* chunks;
  };
  const format = formatOf(head);
  return {
    format,
    /** Bytes in the file; null for a pipe. */
    size: file === '-' ? null : statSync(file).size,
    /** Bytes read so far. */
    done: () => source.bytesRead,
    entries: entriesOf(format, whole(), name),
  };
}

function formatOf(head: string): Format {
  if (!head.startsWith('{')) return 'combined';
  return /^\{\s*"log"\s*:\s*\{/.test(head) ? 'har' : 'ndjson';
}

/** Errors name the file. */
async function* chunksOf(bytes: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    throw fault(`Cannot read ${name}: ${whyUnreadable(error)}`);
  }
}

async function* entriesOf(
  format: Format,
  chunks: AsyncGenerator<Buffer>,
  name: string,
): AsyncGenerator<Entry> {
  if (format === 'har') return yield* harEntries(await text(chunks), name);
  const entryOf = format === 'combined' ? combinedEntry : jsonEntry;
  let number = 0;
  for await (const line of linesOf(chunks, name)) {
    number++;
    if (line.trim() !== '') yield entryOf(line, `${name}:${number}`);
  }
}

/** Rejected: node:readline, whose iterator swallows the input's errors. */
async function* linesOf(chunks: AsyncGenerator<Buffer>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let line = '';
  for await (const chunk of chunks) {
    const [rest = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    line += rest;
    for (const next of others) {
      yield line.replace(/\r$/, '');
      line = next;
    }
    if (line.length > LONGEST_LINE)
      throw fault(`Cannot read ${name}: a line must be at most ${LONGEST_LINE} characters`);
  }
  yield line + decoder.decode();
}
