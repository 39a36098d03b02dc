/**
 * Compares two bodies: JSON as values with numbers as written (1.0 is not 1, and 9007199254740993 is not rounded),
 * everything else byte by byte; decoded first if their encodings differ, since a caller does not notice that.
 *
 * Reports only the differences, by JSON pointer or by the first differing byte, so that a report of a large response
 * stays readable.
 */
import zlib, { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { valueOf, type Answer } from './answer.ts';
import { difference, type Difference } from './difference.ts';
import { compareJson, type Pointer } from './json-body.ts';

const AROUND = 160;
const DECODED_AT_MOST = 256 * 1024 * 1024;

export function compareBodies(from: Answer, to: Answer, ignored: readonly Pointer[]): Difference[] {
  const differ = (note: string, show = sized): Difference[] => [
    difference('body', '', show(from), show(to), note),
  ];
  if (from.cut !== null && to.cut !== null) return [];
  if (from.cut !== null || to.cut !== null)
    return differ('only one of the bodies ended', (answer) => answer.cut ?? sized(answer));
  const encoded = encodingOf(from) !== encodingOf(to);
  if (!encoded && from.sha256 === to.sha256) return [];
  const whole = [from, to].every(({ size, body }) => size === body.length);
  if (!whole && encoded) return differ('too large, and encoded differently: not compared');
  if (!whole) return differ('bytes differ; too large, so only digests are known');
  const [left, right] = [decode(from), decode(to)];
  if (left === null || right === null)
    return from.body.equals(to.body) ? [] : differ('a Content-Encoding that does not decode');
  if (left.equals(right)) return [];
  const json = isJson(from) || isJson(to) ? compareJson(left, right, ignored) : null;
  return json ?? [compareBytes(left, right)];
}

function compareBytes(from: Buffer, to: Buffer): Difference {
  const shared = Math.min(from.length, to.length);
  let at = 0;
  while (at < shared && from[at] === to[at]) at++;
  const note = `bytes differ from byte ${at} on (${from.length} and ${to.length} bytes)`;
  return difference('body', '', excerpt(from, at), excerpt(to, at), note);
}

/** The surroundings of the position, as text if they are text, else in hexadecimal. */
function excerpt(bytes: Buffer, at: number): string {
  const start = Math.max(0, at - AROUND / 2);
  const text = bytes.subarray(start, at + AROUND).toString();
  // A character that is cut in half by the ends of the excerpt does not make it binary.
  const binary =
    /[^\P{Cc}\s\x7f-\x9f]/u.test(text) || text.replace(/^\ufffd+|\ufffd+$/g, '').includes('\ufffd');
  const hex = bytes.subarray(Math.max(0, at - 16), at + 32).toString('hex');
  const shown = binary ? hex.replace(/(..)(?=.)/g, '$1 ') : text;
  return `${start > 0 ? '…' : ''}${shown}${at + AROUND < bytes.length ? '…' : ''}`;
}

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['br', brotliDecompressSync],
  // Node 20 lacks it: calling undefined throws, and the body counts as one that cannot be decoded.
  ['zstd', zlib.zstdDecompressSync],
  // With the header of zlib, or without.
  ['deflate', (bytes, limit) => (bytes[0]! % 16 === 8 ? inflateSync : inflateRawSync)(bytes, limit)],
]);

/** Null if it cannot be decoded. */
function decode(answer: Answer): Buffer | null {
  let bytes = answer.body;
  try {
    for (const encoding of encodingOf(answer).split(',').reverse())
      if (bytes.length > 0 && encoding !== '' && encoding !== 'identity')
        bytes = DECODERS.get(encoding)!(bytes, { maxOutputLength: DECODED_AT_MOST });
  } catch {
    return null;
  }
  return bytes;
}

function encodingOf(answer: Answer): string {
  return (valueOf(answer, 'content-encoding') ?? '').toLowerCase().replaceAll(/\s/g, '');
}

function isJson(answer: Answer): boolean {
  return /^[^;]*[/+]json\b/i.test(valueOf(answer, 'content-type') ?? '');
}

function sized(answer: Answer): string {
  return `${answer.size} bytes, sha256 ${answer.sha256.slice(0, 16)}`;
}
