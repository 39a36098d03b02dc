/**
 * Good verdicts in the Cache API, so that a new isolate uses those of its data centre before it asks the verifier.
 *
 * Entries are sealed under the verifier's terms and the key's digest (sealed-cache.ts): they contain no key, no digest
 * and no other credential. A lifetime counts from when the verifier was asked, so the tier never extends it. An entry
 * from before the key's last revocation is ignored, and without the list of revocations nothing is read. Only good
 * verdicts are stored: a flood of made-up keys must not cause writes.
 */
import type { AuthSettings } from '../config/types.ts';
import type { VerdictTier } from '../core/feature.ts';
import { settledWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import { createSealedCache } from './sealed-cache.ts';

/** The last revocation, which an entry must be newer than, in ms since 1970; null if the list is unknown. */
type RevokedAt = (digest: string) => Promise<number | null>;

/** A good verdict, as isolates of a data centre share it. */
export interface TierEntry {
  readonly text: string;
  /** When the verifier was asked, and when the verdict expires; in ms since 1970. */
  readonly askedAt: number;
  readonly until: number;
}
/** Nothing here throws. `terms` separates the verdicts of different verifiers. */
interface TierStore {
  /** An unexpired entry that was requested after the key's last revocation; null if there is none. */
  readonly read: (terms: string, digest: string) => Promise<TierEntry | null>;
  readonly write: (terms: string, digest: string, entry: TierEntry) => Promise<void>;
}

/** A slower look-up is abandoned: the verifier would have answered by then. */
const LOOK_UP_MS = 100;
/** The longest time that a look-up takes, the list of revocations included. */
const MOST_MS = 1000;
/** Allowance for differing clocks of isolates and companion. */
export const SKEW_MS = 10_000;

export function createVerdictTier(
  secret: string,
  revokedAt: RevokedAt,
  runtime: Runtime,
): VerdictTier & TierStore {
  const store = createTierStore(secret, revokedAt, runtime);
  return {
    ...store,
    mostMs: MOST_MS,
    ask: async <V extends { good: boolean; lifeSeconds: number | null }>(
      { auth, digest, renews, waitUntil }: Parameters<VerdictTier['ask']>[0],
      ask: () => Promise<V | null>,
    ): Promise<V | null> => {
      const terms = termsOf(auth);
      const entry = await store.read(terms, digest);
      const left = entry === null ? 0 : entry.until - runtime.now();
      // A verdict that is due for renewal itself renews none.
      if (entry !== null && !(renews && left < 0.2 * (entry.until - entry.askedAt)))
        return { ...(JSON.parse(entry.text) as V), good: true, lifeSeconds: left / 1000 };
      const askedAt = runtime.now();
      const verdict = await ask();
      if (!verdict?.good) return verdict;
      const until = askedAt + 1000 * (verdict.lifeSeconds ?? auth.cache.ttlSeconds);
      const text = JSON.stringify(verdict);
      if (until > askedAt) waitUntil(store.write(terms, digest, { text, askedAt, until }));
      return verdict;
    },
  };
}

/** Keeps the verdicts of different verifiers apart. */
const termsOf = ({ verify, cache }: AuthSettings): string => JSON.stringify([verify, cache]);

function createTierStore(secret: string, revokedAt: RevokedAt, runtime: Runtime): TierStore {
  const cache = createSealedCache('verdicts', secret);
  const read = async (terms: string, digest: string): Promise<TierEntry | null> => {
    const after = await revokedAt(digest);
    const text = after === null ? null : await cache.read(`${terms}\n${digest}`);
    if (after === null || text === null) return null;
    const entry = JSON.parse(text) as TierEntry;
    return entry.until > runtime.now() && entry.askedAt > after + SKEW_MS ? entry : null;
  };
  return {
    read: async (terms, digest) => (await settledWithin(read(terms, digest), LOOK_UP_MS, runtime)) ?? null,
    write: async (terms, digest, entry) => {
      const seconds = Math.floor((entry.until - runtime.now()) / 1000);
      if (seconds < 1) return;
      const written = cache.write(`${terms}\n${digest}`, JSON.stringify(entry), seconds);
      await settledWithin(written, LOOK_UP_MS, runtime);
    },
  };
}
