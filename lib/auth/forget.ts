/**
 * What the operator sees of cached verdicts, and how they are forgotten: by the status page, or because the key was
 * revoked in another isolate.
 */
import { dropVerdict, shortDigest } from '../auth-cache.ts';
import type { Hooks, Isolate, VerdictStore } from '../core/feature.ts';
import { forgetFlights } from './single-flight.ts';

export function startForget({ hooks }: Pick<Isolate, 'hooks'>): Hooks {
  const stores = () => hooks.flatMap(({ verdicts }) => verdicts?.() ?? []);
  return {
    report: () => ({ keys: countEntries(stores()) }),
    forget: (digest) => stores().reduce((sum, store) => sum + forgetKey(store, digest), 0),
  };
}

function countEntries(stores: readonly VerdictStore[]): { good: number; bad: number } {
  const sizes = { good: 0, bad: 0 };
  for (const { good, bad } of stores) {
    sizes.good += good.entries.size;
    sizes.bad += bad.entries.size;
  }
  return sizes;
}

/**
 * Forgets one digest (64 hex digits), or all (null). The result of a check in flight is no longer used. Returns the
 * number of entries dropped.
 */
export function forgetKey(store: VerdictStore, digest: string | null): number {
  const { good, bad, warm, flights } = store;
  forgetFlights(flights, digest);
  if (digest !== null) return dropVerdict(store, shortDigest(digest));
  const dropped = good.entries.size + bad.entries.size;
  for (const map of [good.entries, bad.entries, warm]) map.clear();
  return dropped;
}
