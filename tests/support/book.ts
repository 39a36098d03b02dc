/** Books of verdicts for the tests of what is remembered of keys, and what they say of a key at a time. */
import { createBook, lookUp, remember, standingOf } from '../../lib/auth-cache.ts';
import type { Book } from '../../lib/auth-cache.ts';
import type { VerdictCache } from '../../lib/config/types.ts';
import type { Verdict } from '../../lib/auth/verifier.ts';
import { authSettings, verifySettings } from './auth.ts';

export const START = 1_000_000;
export const GOOD: Verdict = { good: true, consumer: null, headers: [], lifeSeconds: null };
export const BAD: Verdict = { ...GOOD, good: false };
export const CACHE = { ttlSeconds: 100, negativeTtlSeconds: 10, staleSeconds: 1000, maxEntries: 4 };
export const book = (cache: VerdictCache = {}): Book =>
  createBook(authSettings({ verify: verifySettings(), cache: { ...CACHE, ...cache } }));
export const learn = (into: Book, digest: string, verdict: Verdict | null, now: number, random = 0): void =>
  remember(into, digest, verdict, now, now, random);
export const standing = (of: Book, digest: string, now: number): string => {
  const entry = lookUp(of, digest);
  const worth = standingOf(of, entry, now);
  return entry?.good === false && worth === 'holds' ? 'bad' : worth;
};
