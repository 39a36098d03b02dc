/**
 * A cache entry as one flat string: an isolate has 128 MB, and an object with its own strings takes two to three times
 * as much. Written by JSON.stringify, which returns a flat string: a concatenated one would keep all its parts alive.
 *
 * Rejected: times as bytes in the string. It saves 24 bytes per key, a seventh, and takes more than twice the code.
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

type Value = string | null;
type Packed = [
  used: 0 | 1,
  good: 0 | 1,
  freshUntil: number,
  lifeMs: number,
  failedAt: number,
  consumer: [id: string, username: Value, customId: Value] | 0,
  ...headers: Value[],
];

/** Packs an entry, marked as unused. Times are rounded down to whole ms, so that no lifetime is exceeded. */
export function packEntry({ good, consumer, headers, freshUntil, lifeMs, failedAt }: Entry): string {
  const who = consumer && [consumer.id, consumer.username, consumer.customId];
  const values = headers.map(([, value]) => value);
  const times = [freshUntil, lifeMs, failedAt].map(Math.floor);
  return JSON.stringify([0, Number(good), ...times, who ?? 0, ...values]);
}

/** Unpacks an entry. The header names are those of the settings. */
export function unpackEntry(packed: string, verify: VerifySettings | null): Entry {
  const [, good, freshUntil, lifeMs, failedAt, who, ...values] = JSON.parse(packed) as Packed;
  return {
    good: good === 1,
    consumer: who === 0 ? null : makeConsumer(...who),
    headers: (good === 1 ? (verify?.upstreamHeaders ?? []) : []).map(([name], i) => [
      name,
      values[i] ?? null,
    ]),
    freshUntil,
    lifeMs,
    failedAt,
  };
}

/** The entry marked as used or unused; the same string if it is already. */
export function withUse(packed: string, used: boolean): string {
  const [before, ...rest] = JSON.parse(packed) as Packed;
  return before === Number(used) ? packed : JSON.stringify([Number(used), ...rest]);
}
