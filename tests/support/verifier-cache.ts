/** Verifier caches for the tests of cached verdicts, and the state of a key at a time. */
import {
  createVerifierCache,
  freshnessOf,
  hashedKey,
  lookUpVerdict,
  remember,
} from '../../lib/auth-cache.ts';
import type { VerifierCache } from '../../lib/auth-cache.ts';
import type { VerdictCache } from '../../lib/config/types.ts';
import { keepWarm } from '../../lib/auth/warm-keys.ts';
import type { Verdict } from '../../lib/auth/verifier.ts';
import { digestOf, verifiedBy } from './auth.ts';

export const START = 1_000_000;
export const GOOD: Verdict = { good: true, consumer: null, headers: [], lifeSeconds: null };
export const BAD: Verdict = { ...GOOD, good: false };
export const CACHE = { ttlSeconds: 100, negativeTtlSeconds: 10, staleSeconds: 1000, maxEntries: 4 };
export const cacheOf = (cache: VerdictCache = {}): VerifierCache =>
  createVerifierCache(verifiedBy({}, { cache: { ...CACHE, ...cache } }));
/** Takes plain keys; the cache stores their digests. */
export const learn = (
  into: VerifierCache,
  key: string,
  verdict: Verdict | null,
  now: number,
  random = 0,
): void => remember(into, digestOf(key), verdict, { askedAt: now, now, random });
export const entryOf = (of: VerifierCache, key: string) => lookUpVerdict(of, hashedKey(digestOf(key)));
/** A known key is used, and kept warm. */
export function warm(of: VerifierCache, key: string): void {
  const hashed = hashedKey(digestOf(key));
  lookUpVerdict(of, hashed);
  keepWarm(of.warm, key, hashed);
}
/** fresh, renewing, stale or expired; a bad key that is fresh is "bad". */
export const freshness = (of: VerifierCache, key: string, now: number): string => {
  const entry = entryOf(of, key);
  const worth = freshnessOf(of, entry, now);
  return entry?.good === false && worth === 'fresh' ? 'bad' : worth;
};
