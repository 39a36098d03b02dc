/**
 * Good verdicts in the Cache API, so that a new isolate uses those of its data centre before it asks the verifier.
 *
 * Entries are sealed under the verifier's terms and the key's digest (sealed-cache.ts): they contain no key, no digest
 * and no other credential. A lifetime counts from when the verifier was asked, so the tier never extends it. An entry
 * from before the key's last revocation is ignored, and without the list of revocations nothing is read. Only good
 * verdicts are stored: a flood of made-up keys must not cause writes.
 */
import type { TierEntry, VerdictTier } from '../core/feature.ts';
import { settledWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import { createSealedCache } from './sealed-cache.ts';

/** The last revocation, which an entry must be newer than, in ms since 1970; null if the list is unknown. */
export type RevokedAt = (digest: string) => Promise<number | null>;

/** A slower look-up is abandoned: the verifier would have answered by then. */
const PATIENCE_MS = 100;
/** Allowance for differing clocks of isolates and companion. */
export const SKEW_MS = 10_000;

export function createVerdictTier(secret: string, revokedAt: RevokedAt, runtime: Runtime): VerdictTier {
  const cache = createSealedCache('verdicts', secret);
  const read = async (terms: string, digest: string): Promise<TierEntry | null> => {
    const after = await revokedAt(digest);
    const text = after === null ? null : await cache.read(`${terms}\n${digest}`);
    if (after === null || text === null) return null;
    const entry = JSON.parse(text) as TierEntry;
    return entry.until > runtime.now() && entry.askedAt > after + SKEW_MS ? entry : null;
  };
  return {
    read: async (terms, digest) => (await settledWithin(read(terms, digest), PATIENCE_MS, runtime)) ?? null,
    write: async (terms, digest, entry) => {
      const seconds = Math.floor((entry.until - runtime.now()) / 1000);
      if (seconds < 1) return;
      const written = cache.write(`${terms}\n${digest}`, JSON.stringify(entry), seconds);
      await settledWithin(written, PATIENCE_MS, runtime);
    },
  };
}
