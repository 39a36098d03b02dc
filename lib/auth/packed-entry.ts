/**
 * A verdict as one flat string: an isolate has 128 MB, and a record with its own strings takes two to three times as
 * much. JSON, whose text is flat: adding strings would keep every part alive.
 *
 * Rejected: times as bytes in the text. It saves 24 bytes a key, a seventh, and takes more than twice the code.
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

/** The entry, not used since. Its times are cut to whole ms: never longer than promised. */
export function packEntry({ good, consumer, headers, freshUntil, lifeMs, failedAt }: Entry): string {
  const who = consumer && [consumer.id, consumer.username, consumer.customId];
  const values = headers.map(([, value]) => value);
  const times = [freshUntil, lifeMs, failedAt].map(Math.floor);
  return JSON.stringify([0, Number(good), ...times, who ?? 0, ...values]);
}

/** What was packed. The names of the headers are the settings' own. */
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

/** The same entry as used or not; the very same string where it is so already. */
export function withUse(packed: string, used: boolean): string {
  const [before, ...rest] = JSON.parse(packed) as Packed;
  return before === Number(used) ? packed : JSON.stringify([Number(used), ...rest]);
}
