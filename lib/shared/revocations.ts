/**
 * Revokes cached verdicts on keys in every isolate: each polls, in parallel with a request, for what was revoked since
 * its last poll.
 *
 * A revocation takes effect within two polls and one call. An isolate that has heard nothing for two polls, because it
 * was idle or frozen, polls before its cached verdicts admit anyone, and waits for that as long as for any answer of
 * the companion. Without this rule there is no bound. An unavailable list locks no one out, and is not waited for again
 * before the next poll; verdicts already dropped stay dropped. A new isolate has nothing cached, so it polls in
 * parallel with its first request.
 */
import { havePassed } from '../core/clock.ts';
import type { Changes } from '../companion/revocations.ts';
import type { Hooks, Isolate, Step } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { settledWithin } from '../core/runtime.ts';
import { callCompanion, createCompanion } from './companion.ts';
import type { Companion } from './companion.ts';
import { SKEW_MS, createVerdictTier } from './verdict-tier.ts';

interface Poller {
  readonly companion: Companion;
  readonly pollMs: number;
  readonly forget: (digest: string | null) => void;
  /** Number of the last revocation known; 0 before the first answer. */
  since: number;
  /** When the last answered poll and the last poll were sent, in ms since 1970; 0 for never. */
  heardAt: number;
  askedAt: number;
  /** The poll in flight. Never rejects. */
  asking: Promise<void> | null;
  /**
   * When each key was last revoked, and when all were, by the companion's clock: as far back as the list goes, at most
   * MOST_REVOKED entries.
   */
  readonly revokedAt: Map<string, number>;
  allRevokedAt: number;
}

/** Beyond this number the oldest entry is replaced by a revocation of all keys at its time. */
const MOST_REVOKED = 10_000;

export function startRevocations({ settings, runtime, hooks }: Isolate): Hooks {
  const { shared } = settings;
  if (!shared?.revocations) return {};
  const pollMs = 1000 * shared.revocations.pollSeconds;
  const companion = createCompanion(shared, runtime);
  const forget = (digest: string | null): void => hooks.forEach((hook) => hook.forget?.(digest));
  const poller: Poller = {
    companion,
    pollMs,
    forget,
    since: 0,
    heardAt: 0,
    askedAt: 0,
    asking: null,
    revokedAt: new Map(),
    allRevokedAt: 0,
  };
  const step: Step = (context) => hearChanges(poller, context);
  const tier = shared.verdicts
    ? createVerdictTier(shared.verdicts.secret, (digest) => lastRevoked(poller, digest), runtime)
    : undefined;
  return {
    verdictTier: tier,
    admit: ({ auth }) => (auth?.verify ? step : null),
    revoke: async (sha256) => {
      const revoked = await callCompanion<{ version: number }>(companion, '/revoke', { sha256 });
      // Not only with the next poll: until then the tier would return the verdict that was just dropped.
      if (revoked !== null) noteRevocation(poller, sha256, revoked.version);
      return revoked !== null;
    },
  };
}

function hearChanges(poller: Poller, { waitUntil }: Context): null | Promise<null> {
  const { companion, pollMs } = poller;
  const { runtime, settings } = companion;
  const now = runtime.now();
  // Math.abs, since the clock may have been set back.
  if (havePassed(pollMs, poller.askedAt, now)) {
    poller.askedAt = now;
    const asking: Promise<void> = poll(poller, now).then(() => {
      if (poller.asking === asking) poller.asking = null;
    });
    poller.asking = asking;
    waitUntil(asking);
  }
  if (poller.asking === null || poller.heardAt === 0 || !isBehind(poller)) return null;
  return settledWithin(poller.asking, settings.timeoutMs, runtime).then(() => null);
}

/** No answer for two polls. */
function isBehind({ companion, pollMs, heardAt }: Poller): boolean {
  return Math.abs(companion.runtime.now() - heardAt) >= 2 * pollMs;
}

async function poll(poller: Poller, askedAt: number): Promise<void> {
  let changes: Changes | null;
  do {
    changes = await callCompanion<Changes>(poller.companion, `/changes?since=${poller.since}`);
    if (changes === null) {
      // No verdict can be older than the first poll.
      if (poller.since === 0) poller.heardAt = askedAt;
      return;
    }
    const { voidBefore } = changes;
    // This isolate has no verdict from before its first list, but the tier may. Without SKEW_MS: an entry must be later
    // than the list's start, and what was revoked before that was revoked well before.
    if (poller.since === 0) poller.allRevokedAt = Math.max(poller.allRevokedAt, voidBefore - SKEW_MS);
    else if (voidBefore > 0) noteRevocation(poller, null, Math.max(voidBefore, poller.since));
    for (const [digest, at] of changes.revoked) noteRevocation(poller, digest, at);
    poller.since = changes.version;
  } while (changes.more);
  poller.heardAt = askedAt;
}

function noteRevocation(poller: Poller, digest: string | null, at: number): void {
  const { revokedAt } = poller;
  poller.forget(digest);
  if (digest === null) poller.allRevokedAt = Math.max(poller.allRevokedAt, at);
  // A poll that was sent before may be answered after: the key's last revocation counts.
  else revokedAt.set(digest, Math.max(at, revokedAt.get(digest) ?? 0));
  if (revokedAt.size <= MOST_REVOKED) return;
  const [oldest] = revokedAt;
  if (oldest === undefined) return;
  poller.allRevokedAt = Math.max(poller.allRevokedAt, oldest[1]);
  revokedAt.delete(oldest[0]);
}

/**
 * When a key was last revoked, 0 for never. Null if the list is unavailable: another isolate's entry in the cache may
 * be for a key that was revoked since. The poll has been in flight since the request was admitted.
 */
async function lastRevoked(poller: Poller, digest: string): Promise<number | null> {
  const { runtime, settings } = poller.companion;
  if (poller.since === 0 && poller.asking !== null)
    await settledWithin(poller.asking, settings.timeoutMs, runtime);
  if (poller.since === 0 || isBehind(poller)) return null;
  return Math.max(poller.revokedAt.get(digest) ?? 0, poller.allRevokedAt);
}
