/**
 * The lines of a stream with their numbers and byte offsets, one at a time, for streams of any length.
 *
 * Rejected: node:readline, whose iterator swallows the input's errors and has no offsets, which the progress bar needs.
 */
import { StringDecoder } from 'node:string_decoder';
import { fault } from './recorded.ts';

export interface Line {
  readonly text: string;
  readonly number: number;
  /** Bytes up to and including this line's end. */
  readonly offset: number;
}

/** Logs do not hold larger bodies; the limit bounds memory. */
const LONGEST = 64 * 1024 * 1024;

export async function* readLines(input: AsyncIterable<Buffer>, name: string): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let number = 0;
  let offset = 0;
  for await (const chunk of input) {
    const text = decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const line = rest + text.slice(start, end);
      rest = '';
      start = end + 1;
      offset += Buffer.byteLength(line) + 1;
      yield { text: line.endsWith('\r') ? line.slice(0, -1) : line, number: ++number, offset };
    }
    rest += text.slice(start);
    if (rest.length > LONGEST)
      throw fault(`${name}:${number + 1}: line must be at most ${LONGEST} characters`);
  }
  rest += decoder.end();
  if (rest !== '') yield { text: rest, number: ++number, offset: offset + Buffer.byteLength(rest) };
}
