/**
 * Keys that were used lately, by their text: so that they need no WebCrypto, and a request with one is admitted without
 * waiting. In memory only, and few: whoever holds one decides when it goes.
 */

/** How many keys are held, and how long each may be: two megabytes of the isolate's 128 at most. */
export const MOST_WARM = 2000;
const LONGEST_WARM = 1024;

export function mayBeWarm(key: string): boolean {
  return key.length <= LONGEST_WARM;
}

/** Remembers what a key names; the oldest goes where there are too many. */
export function keepWarm<T>(warm: Map<string, T>, key: string, value: T): void {
  if (!mayBeWarm(key)) return;
  const [oldest] = warm.keys();
  if (oldest !== undefined && warm.size >= MOST_WARM) warm.delete(oldest);
  warm.set(ownCopy(key), value);
}

/** A string of its own: one that was cut out of a query would keep the whole query in memory. */
export function ownCopy(key: string): string {
  return key.split('').join('');
}
