/**
 * A verdict as one flat string: an isolate has 128 MB, and a record with its own strings takes two to three times as
 * much (135 bytes a key with id and username in workerd's heap, where it was 300 to 430).
 *
 *   1 character   which of good, used and failed hold
 *   5 characters  freshUntil, in 10 ms since 1970, a byte each
 *   4 characters  the life that it was given, in 10 ms
 *   6 characters  failedAt, where it failed
 *   the rest      id, username and custom id of the consumer, and the values of verify.upstreamHeaders, each behind a
 *                 line end
 *
 * `join` makes a flat string, where adding strings would keep every part alive. No part holds a line end: it would
 * break out of a header.
 */
import type { VerifySettings } from '../config/types.ts';
import type { Identity } from './consumer-headers.ts';
import { makeConsumer } from './verifier.ts';

/** What is known of a key. */
export interface Entry extends Identity {
  readonly good: boolean;
  /** In ms since 1970, as all times here. */
  readonly freshUntil: number;
  /** The life that it was given, in ms. */
  readonly lifeMs: number;
  /** When a check of it last brought no verdict; 0 for never. */
  readonly failedAt: number;
}

const [GOOD, USED, FAILED] = [1, 2, 4];
/** Stands for a value that there is not. */
const NONE = '\0';
const LONGEST_LIFE = 2 ** 32 - 1;

/** The entry, not used since. */
export function packEntry({ good, consumer, headers, freshUntil, lifeMs, failedAt }: Entry): string {
  const times = [(good ? GOOD : 0) | (failedAt > 0 ? FAILED : 0)];
  pushBytes(times, Math.max(0, Math.floor(freshUntil / 10)), 5);
  pushBytes(times, Math.min(LONGEST_LIFE, Math.floor(lifeMs / 10)), 4);
  if (failedAt > 0) pushBytes(times, failedAt, 6);
  const parts = [String.fromCharCode(...times)];
  if (consumer !== null || headers.length > 0) {
    parts.push(consumer?.id ?? NONE, consumer?.username ?? NONE, consumer?.customId ?? NONE);
    for (const [, value] of headers) parts.push(value ?? NONE);
    while (parts.at(-1) === NONE) parts.pop();
  }
  return parts.join('\n');
}

/** What was packed. The names of the headers are the settings' own. */
export function unpackEntry(packed: string, verify: VerifySettings | null): Entry {
  const flags = packed.charCodeAt(0);
  const end = (flags & FAILED) === 0 ? 10 : 16;
  const parts = packed.slice(end + 1).split('\n');
  const part = (at: number): string | null => {
    const value = parts[at];
    return value === undefined || value === '' || value === NONE ? null : value;
  };
  const id = part(0);
  const good = (flags & GOOD) !== 0;
  return {
    good,
    consumer: id === null ? null : makeConsumer(id, part(1), part(2)),
    headers: good && verify !== null ? verify.upstreamHeaders.map(([name], i) => [name, part(i + 3)]) : [],
    freshUntil: readBytes(packed, 1, 5) * 10,
    lifeMs: readBytes(packed, 6, 4) * 10,
    failedAt: end > 10 ? readBytes(packed, 10, 6) : 0,
  };
}

/** The same entry as used or not; the very same string where it is so already. */
export function withUse(packed: string, used: boolean): string {
  const flags = packed.charCodeAt(0);
  const wanted = used ? flags | USED : flags & ~USED;
  // An array of one character each makes one flat string, where adding would keep both.
  return flags === wanted ? packed : [String.fromCharCode(wanted), ...packed.slice(1).split('')].join('');
}

function pushBytes(into: number[], value: number, count: number): void {
  for (let i = count - 1; i >= 0; i--) into.push(Math.floor(value / 256 ** i) % 256);
}

function readBytes(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 256 + text.charCodeAt(i);
  return value;
}
