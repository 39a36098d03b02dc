/**
 * Good verdicts in the Cache API, so that a new isolate of a data centre asks its neighbours before the verifier.
 *
 * Sealed under the verifier's terms and the key's digest (sealed-cache.ts): no key, no digest and nothing that opens a
 * door is in it. A life counts from when the verifier was asked: the tier never lengthens it. An entry that was asked
 * for before the key's last revocation is none, and without the list of revocations nothing is read. Good verdicts
 * alone: a flood of invented keys must not write.
 */
import type { TierEntry, VerdictTier } from '../core/feature.ts';
import { settledWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import { createSealedCache } from './sealed-cache.ts';

/** What of revocations an entry has to be younger than; null where the list is not known. In ms since 1970. */
export type RevokedAt = (digest: string) => Promise<number | null>;

/** A look-up that takes longer is given up: the verifier would have answered by then. */
const PATIENCE_MS = 100;
/** Clocks of isolates and of the companion differ. */
const SKEW_MS = 10_000;

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
