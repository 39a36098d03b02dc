/**
 * Compares two bodies: JSON as values with numbers as written (1.0 is not 1, and 9007199254740993 is not rounded),
 * everything else byte by byte; decoded first if their encodings differ, since a caller does not notice that.
 *
 * Reports only the differences, by JSON pointer or by the first differing byte, so that a report of a large response
 * stays readable.
 */
import zlib, { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { compareJson, one, type BodyDifference, type Pointer } from './json-body.ts';
import type { Answer } from './answer.ts';

export interface BodyRules {
  readonly ignorePointers: readonly Pointer[];
  /** Each gateway's own address, removed from both bodies first; null compares them unchanged. */
  readonly links: { readonly from: string; readonly to: string } | null;
}

const AROUND = 160;
const DECODED_AT_MOST = 256 * 1024 * 1024;

export function compareBodies(from: Answer, to: Answer, rules: BodyRules): BodyDifference[] {
  if (from.cut !== null || to.cut !== null) return compareCut(from, to);
  const encoded = encodingOf(from) !== encodingOf(to);
  const json = isJson(from) || isJson(to);
  if (!encoded && from.sha256 === to.sha256) return [];
  const whole = from.size === from.body.length && to.size === to.body.length;
  if (!whole) {
    if (encoded)
      return [
        one(
          '',
          `${from.size} bytes`,
          `${to.size} bytes`,
          'larger than --max-body and encoded differently: not compared',
        ),
      ];
    return [
      one('', sized(from), sized(to), 'bytes differ; larger than --max-body, so only digests are known'),
    ];
  }
  const a = decode(from);
  const b = decode(to);
  if (a === null || b === null) {
    return from.body.equals(to.body)
      ? []
      : [one('', sized(from), sized(to), 'a Content-Encoding that does not decode')];
  }
  const left = rules.links ? own(a, rules.links.from) : a;
  const right = rules.links ? own(b, rules.links.to) : b;
  if (left.equals(right)) return [];
  return (json ? compareJson(left, right, rules.ignorePointers) : null) ?? [compareBytes(left, right)];
}

function compareCut(from: Answer, to: Answer): BodyDifference[] {
  if (from.cut !== null && to.cut !== null) return [];
  return [one('', from.cut ?? sized(from), to.cut ?? sized(to), 'only one of the bodies ended')];
}

function compareBytes(from: Buffer, to: Buffer): BodyDifference {
  const shared = Math.min(from.length, to.length);
  let at = 0;
  while (at < shared && from[at] === to[at]) at++;
  const note = `bytes differ from byte ${at} on (${from.length} and ${to.length} bytes)`;
  return one('', excerpt(from, at), excerpt(to, at), note);
}

/** The surroundings of the position, as text if they are text, else in hexadecimal. */
function excerpt(bytes: Buffer, at: number): string {
  const start = Math.max(0, at - AROUND / 2);
  const part = bytes.subarray(start, at + AROUND);
  const text = part.toString();
  const binary =
    /[^\P{Cc}\s\x7f-\x9f]/u.test(text) || text.replace(/^\ufffd+|\ufffd+$/g, '').includes('\ufffd');
  const shown = binary
    ? bytes
        .subarray(Math.max(0, at - 16), at + 32)
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1 ')
    : text;
  return `${start > 0 ? '…' : ''}${shown}${at + AROUND < bytes.length ? '…' : ''}`;
}

function decode(answer: Answer): Buffer | null {
  const limit = { maxOutputLength: DECODED_AT_MOST };
  let bytes = answer.body;
  try {
    for (const encoding of encodingOf(answer).split(',').reverse()) {
      if (bytes.length === 0 || encoding === '' || encoding === 'identity') continue;
      if (encoding === 'gzip' || encoding === 'x-gzip') bytes = gunzipSync(bytes, limit);
      else if (encoding === 'br') bytes = brotliDecompressSync(bytes, limit);
      // Node 20 lacks it: calling undefined throws, and the body counts as one that cannot be decoded.
      else if (encoding === 'zstd') bytes = zlib.zstdDecompressSync(bytes, limit);
      else if (encoding === 'deflate')
        bytes = (bytes[0] ?? 0) % 16 === 8 ? inflateSync(bytes, limit) : inflateRawSync(bytes, limit);
      else return null;
    }
  } catch {
    return null;
  }
  return bytes;
}

function encodingOf(answer: Answer): string {
  return headerOf(answer, 'content-encoding').toLowerCase().replaceAll(/\s/g, '');
}

function isJson(answer: Answer): boolean {
  return /^[^;]*[/+]json\b/i.test(headerOf(answer, 'content-type'));
}

export function headerOf(answer: Answer, name: string): string {
  return answer.headers
    .filter(([key]) => key === name)
    .map(([, value]) => value)
    .join(', ');
}

function own(bytes: Buffer, origin: string): Buffer {
  const text = bytes.toString('latin1');
  return text.includes(origin) ? Buffer.from(text.replaceAll(origin, '{gateway}'), 'latin1') : bytes;
}

function sized(answer: Answer): string {
  return `${answer.size} bytes, sha256 ${answer.sha256.slice(0, 16)}`;
}
