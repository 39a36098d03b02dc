/**
 * Good verdicts in the Cache API, so that a new isolate of a data centre asks its neighbours before the verifier.
 *
 * Any Worker of the zone may read and write that cache. So names are an HMAC of the verifier's terms and the key's
 * digest, and a text counts only with an HMAC over its name and itself: no key, no digest and nothing that opens a door
 * is in it, and nobody without the secret can make an entry, or move one to another key. A life counts from when the
 * verifier was asked: the tier never lengthens it. An entry that was asked for before the key's last revocation is
 * none, and without the list of revocations nothing is read. Good verdicts alone: a flood of invented keys must not
 * write. On workers.dev, in the dashboard's preview and on plain workerd the cache is not there or empty: then this is
 * as if it were off.
 */
import type { TierEntry, VerdictTier } from '../core/feature.ts';
import { hmacOf, readCache, settledWithin, writeCache } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';

/** What of revocations an entry has to be younger than; null where the list is not known. In ms since 1970. */
export type RevokedAt = (digest: string) => Promise<number | null>;

/** A look-up that takes longer is given up: the verifier would have answered by then. */
const PATIENCE_MS = 100;
/** Clocks of isolates and of the companion differ. */
const SKEW_MS = 10_000;

export function createVerdictTier(secret: string, revokedAt: RevokedAt, runtime: Runtime): VerdictTier {
  const nameOf = async (terms: string, digest: string): Promise<string> =>
    `https://verdicts.invalid/v1/${(await hmacOf(secret, `name\n${terms}\n${digest}`)).slice(0, 32)}`;
  const sealOf = (name: string, text: string): Promise<string> => hmacOf(secret, `text\n${name}\n${text}`);
  const read = async (terms: string, digest: string): Promise<TierEntry | null> => {
    const after = await revokedAt(digest);
    if (after === null) return null;
    const name = await nameOf(terms, digest);
    const hit = await readCache(name);
    const [seal, text = ''] = hit?.split('\n') ?? [];
    if (seal === undefined || seal !== (await sealOf(name, text))) return null;
    const entry = JSON.parse(text) as TierEntry;
    return entry.until > runtime.now() && entry.askedAt > after + SKEW_MS ? entry : null;
  };
  return {
    read: async (terms, digest) => (await settledWithin(read(terms, digest), PATIENCE_MS, runtime)) ?? null,
    write: async (terms, digest, entry) => {
      const seconds = Math.floor((entry.until - runtime.now()) / 1000);
      if (seconds < 1) return;
      const name = await nameOf(terms, digest);
      const text = JSON.stringify(entry);
      const written = sealOf(name, text).then((seal) => writeCache(name, `${seal}\n${text}`, seconds));
      await settledWithin(written, PATIENCE_MS, runtime);
    },
  };
}
