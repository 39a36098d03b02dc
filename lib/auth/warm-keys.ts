/**
 * Recently used keys, stored by the key itself, so that they need no WebCrypto and a request with one is accepted
 * without waiting. In memory only, and few. The owner of the map decides when a key is dropped.
 */

/** How many keys are stored, and their greatest length: at most two megabytes of the isolate's 128. */
const MOST_WARM = 2000;
const LONGEST_WARM = 1024;

/** Stores the value of a key that is not yet stored; if there are too many, the oldest is dropped. */
export function keepWarm<T>(warm: Map<string, T>, key: string, value: T): void {
  if (key.length > LONGEST_WARM || warm.has(key)) return;
  const [oldest] = warm.keys();
  if (oldest !== undefined && warm.size >= MOST_WARM) warm.delete(oldest);
  // A copy of the string: a slice of a query would keep the whole query in memory.
  warm.set(key.split('').join(''), value);
}
