/**
 * Verdicts on keys are taken back in every isolate: each asks, beside a request, what was revoked since it last did.
 *
 * Bound: two polls and one call. An isolate that has heard nothing for two polls, because it was idle or frozen, asks before the verdicts that it
 * remembers let anybody in, and waits for that as long as for any answer of the companion. Without this rule there is no bound.
 * A list that can't be had locks nobody out, and is not waited for again before the next poll; what was forgotten stays forgotten.
 * A new isolate remembers nothing, so it asks beside its first request.
 */
import type { Hooks, Isolate, Step } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { settledWithin } from '../core/runtime.ts';
import { callCompanion, createCompanion } from './companion.ts';
import type { Companion } from './companion.ts';

interface Changes {
  readonly version: number;
  readonly more: boolean;
  readonly gap: boolean;
  readonly revoked: readonly (readonly [sha256: string | null, at: number])[];
}
interface Poller {
  readonly companion: Companion;
  readonly forget: (digest: string | null) => void;
  /** Number of the last revocation known; 0 before the first answer. */
  since: number;
  /** When the last answered question was asked, and the last at all; in ms since 1970, 0 for never. */
  heardAt: number;
  askedAt: number;
  /** The question under way. Never rejects. */
  asking: Promise<void> | null;
}

export function startRevocations({ settings, runtime, hooks }: Isolate): Hooks {
  const { shared } = settings;
  if (!shared?.revocations) return {};
  const pollMs = 1000 * shared.revocations.pollSeconds;
  const companion = createCompanion(shared, runtime);
  const forget = (digest: string | null): void => hooks.forEach((hook) => hook.forget?.(digest));
  const poller: Poller = { companion, forget, since: 0, heardAt: 0, askedAt: 0, asking: null };
  const step: Step = (context) => hearChanges(poller, pollMs, context);
  return {
    admit: ({ auth }) => (auth?.verify ? step : null),
    revoke: async (sha256) => (await callCompanion(companion, 0, '/revoke', { sha256 })) !== null,
  };
}

function hearChanges(poller: Poller, pollMs: number, { waitUntil }: Context): null | Promise<null> {
  const { companion, heardAt } = poller;
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
  if (poller.asking === null || heardAt === 0 || Math.abs(now - heardAt) < 2 * pollMs) return null;
  return settledWithin(poller.asking, settings.timeoutMs, runtime).then(() => null);
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
    if (changes.gap && poller.since !== 0) poller.forget(null);
    for (const [digest] of changes.revoked) poller.forget(digest);
    poller.since = changes.version;
  } while (changes.more);
  poller.heardAt = askedAt;
}
