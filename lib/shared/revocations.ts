/**
 * Verdicts on keys are taken back in every isolate: each asks, beside a request, what was revoked since it last did.
 *
 * Bound: two polls and one call. An isolate that has heard nothing for two polls, because it was idle or frozen, asks
 * before the verdicts that it remembers let anybody in, and waits for that as long as for any answer of the companion.
 * Without this rule there is no bound. A list that can't be had locks nobody out, and is not waited for again before
 * the next poll; what was forgotten stays forgotten. A new isolate remembers nothing, so it asks beside its first
 * request.
 */
import type { Hooks, Isolate, Step } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { settledWithin } from '../core/runtime.ts';
import { callCompanion, createCompanion } from './companion.ts';
import type { Companion } from './companion.ts';
import { createVerdictTier } from './verdict-tier.ts';

interface Changes {
  readonly version: number;
  readonly more: boolean;
  readonly gap: boolean;
  readonly revoked: readonly (readonly [sha256: string | null, at: number])[];
}
interface Poller {
  readonly companion: Companion;
  readonly pollMs: number;
  readonly forget: (digest: string | null) => void;
  /** Number of the last revocation known; 0 before the first answer. */
  since: number;
  /** When the last answered question was asked, and the last at all; in ms since 1970, 0 for never. */
  heardAt: number;
  askedAt: number;
  /** The question under way. Never rejects. */
  asking: Promise<void> | null;
  /**
   * When each key was last revoked, and when all were, by the companion's clock: as far as the list goes, or MOST
   * entries of it.
   */
  readonly revokedAt: Map<string, number>;
  allRevokedAt: number;
}

/** Beyond so many the oldest are taken for a revocation of all. */
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
    revoke: async (sha256) => (await callCompanion(companion, 0, '/revoke', { sha256 })) !== null,
  };
}

function hearChanges(poller: Poller, { waitUntil }: Context): null | Promise<null> {
  const { companion, pollMs } = poller;
  const { runtime, settings } = companion;
  const now = runtime.now();
  // Set back or not, the clock says that it is time.
  if (Math.abs(now - poller.askedAt) >= pollMs) {
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

/** Nothing was heard for two polls. */
function isBehind({ companion, pollMs, heardAt }: Poller): boolean {
  return Math.abs(companion.runtime.now() - heardAt) >= 2 * pollMs;
}

async function poll(poller: Poller, askedAt: number): Promise<void> {
  let changes: Changes | null;
  do {
    changes = await callCompanion<Changes>(poller.companion, 0, `/changes?since=${poller.since}`);
    if (changes === null) {
      // Nothing can have been remembered before the first question.
      if (poller.since === 0) poller.heardAt = askedAt;
      return;
    }
    if (changes.gap && poller.since !== 0) noteRevocation(poller, null, changes.version);
    for (const [digest, at] of changes.revoked) noteRevocation(poller, digest, at);
    poller.since = changes.version;
  } while (changes.more);
  poller.heardAt = askedAt;
}

function noteRevocation(poller: Poller, digest: string | null, at: number): void {
  const { revokedAt } = poller;
  poller.forget(digest);
  if (digest === null) poller.allRevokedAt = Math.max(poller.allRevokedAt, at);
  else revokedAt.set(digest, at);
  if (revokedAt.size <= MOST_REVOKED) return;
  const [oldest] = revokedAt;
  if (oldest === undefined) return;
  poller.allRevokedAt = Math.max(poller.allRevokedAt, oldest[1]);
  revokedAt.delete(oldest[0]);
}

/**
 * When a key was last revoked, 0 for never; null where the list can't be had: what a neighbour wrote into the cache may
 * be of a key that was revoked since. The question is under way since the request was admitted.
 */
async function lastRevoked(poller: Poller, digest: string): Promise<number | null> {
  const { runtime, settings } = poller.companion;
  if (poller.since === 0 && poller.asking !== null)
    await settledWithin(poller.asking, settings.timeoutMs, runtime);
  if (poller.since === 0 || isBehind(poller)) return null;
  return Math.max(poller.revokedAt.get(digest) ?? 0, poller.allRevokedAt);
}
