/**
 * A cache entry as one flat string: an isolate has 128 MB, and an object with its own strings takes two to three times
 * as much (135 bytes a key with id and username in workerd's heap, instead of 300 to 430).
 *
 *   1 character   flags: good, used, failed
 *   5 characters  freshUntil, in units of 10 ms since 1970, a byte each
 *   4 characters  lifetime, in units of 10 ms
 *   6 characters  failedAt, if failed
 *   the rest      the consumer's id, username and custom id and the values of verify.upstreamHeaders, each after a LF
 *
 * `join` makes a flat string; concatenation would keep all parts alive. No part contains a LF, which a header can't
 * hold. Rejected: JSON, with half the code and 159 bytes a key.
 */
import type { VerifySettings } from '../config/types.ts';
import type { Identity } from './consumer-headers.ts';
import { makeConsumer } from './verifier.ts';

/** The cached verdict on a key. */
export interface Entry extends Identity {
  readonly good: boolean;
  /** In ms since 1970, like all times here. */
  readonly freshUntil: number;
  /** Its lifetime in ms. */
  readonly lifeMs: number;
  /** When a check last gave no verdict; 0 for never. */
  readonly failedAt: number;
}

const [GOOD, USED, FAILED] = [1, 2, 4];
/** An absent value. */
const NONE = '\0';
const LONGEST_LIFE = 2 ** 32 - 1;

/** Packs an entry, marked as unused. */
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

/** Unpacks an entry. The header names are those of the settings. */
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

/** The entry marked as used or unused; the same string if it is already. */
export function withUse(packed: string, used: boolean): string {
  const flags = packed.charCodeAt(0);
  const wanted = used ? flags | USED : flags & ~USED;
  // Joining an array of characters makes one flat string, where concatenation would keep both.
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
