/**
 * The verifier cache: which consumer a key belongs to, or that the key is invalid, and for how long that verdict is
 * valid.
 *
 * Entries are found by 128 bits of the key's SHA-256, so that the time of a look-up reveals nothing about a key. Only
 * the few warm keys are themselves in memory: a map from key to digest, never stored elsewhere, so that a warm key
 * needs no WebCrypto and is accepted without waiting. A key is dropped when its verdict is revoked or forgotten, and at
 * its next use if the verdict was evicted. Good and bad verdicts have separate stores, of at most maxEntries and a
 * quarter of that: a flood of bad keys evicts no good one.
 *
 * The states of a good verdict, by its age since the check was started:
 *   fresh     until about 4/5 of its ttl: used
 *   renewing  until its ttl: used, and the first request in this state starts a check in the background
 *   stale     until ttl + staleSeconds: requests wait for a check; used only while the verifier gives no verdict
 *   expired   after that: as if unknown
 *
 * Lifetimes are shortened, never lengthened, by up to a tenth at random, so that keys that came together do not expire
 * together.
 *
 * Rejected: reordering on every hit (LRU). Eviction is by the clock algorithm: the hand skips entries that were used
 * since its last round. A Map's iterator is that hand: it survives insertions and deletions, whereas a new
 * `keys().next()` each time walks over all the holes that former evictions left.
 */
import { createFlights, joinFlight } from './auth/single-flight.ts';
import type { Asker, Flights } from './auth/single-flight.ts';
import { packEntry, unpackEntry, withUse } from './auth/packed-entry.ts';
import type { Entry } from './auth/packed-entry.ts';
import { askVerifier } from './auth/verifier.ts';
import type { Verdict } from './auth/verifier.ts';
import type { AuthSettings } from './config/types.ts';
import type { VerdictStore, VerdictTier } from './core/feature.ts';

interface Store {
  readonly max: number;
  /** Packed entries by short digest. */
  readonly entries: Map<string, string>;
  hand: Iterator<string>;
}
/** A key's digest, with its entry as it was last looked up: it is unpacked only if it has changed. */
export interface HashedKey {
  /** SHA-256 in hex. */
  readonly digest: string;
  readonly short: string;
  packed: string;
  entry: Entry | undefined;
}
/** The verdicts of one verifier; without `verify` there are none. */
export interface VerifierCache {
  readonly auth: AuthSettings;
  /** Verdicts shared with other isolates; null for none. */
  readonly tier: VerdictTier | null;
  readonly good: Store;
  readonly bad: Store;
  /** Recently accepted keys, those of configured consumers included. */
  readonly warm: Map<string, HashedKey>;
  readonly flights: Flights<Verdict>;
}
type Freshness = 'fresh' | 'renewing' | 'stale' | 'expired';

/**
 * Connections that the platform lets wait for headers at a time. The last is reserved for known keys, so that a flood
 * of unknown ones can't block them.
 */
const CHECK_SLOTS = 6;
/** Delay between a check without a verdict and the next one, for which no request waits. */
export const CHECK_RETRY_MS = 5000;

export function createVerifierCache(auth: AuthSettings, tier: VerdictTier | null = null): VerifierCache {
  const { maxEntries } = auth.cache;
  const store = (max: number): Store => ({ max, entries: new Map(), hand: [].values() });
  return {
    auth,
    tier,
    good: store(maxEntries),
    bad: store(Math.ceil(maxEntries / 4)),
    warm: new Map(),
    flights: createFlights(CHECK_SLOTS),
  };
}

/** 16 characters for the first 128 bits of 64 hex digits. */
export function shortDigest(hex: string): string {
  const codes: number[] = [];
  for (let i = 0; i < 16; i++) codes.push(Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  return String.fromCharCode(...codes);
}

/** `digest`: 64 hex digits. */
export function hashedKey(digest: string): HashedKey {
  return { digest, short: shortDigest(digest), packed: '', entry: undefined };
}

/** The key's entry, which is marked as used: the hand skips it once. Undefined if there is none. */
export function lookUpVerdict({ good, bad, auth }: VerifierCache, key: HashedKey): Entry | undefined {
  const { short } = key;
  const packed = good.entries.get(short) ?? bad.entries.get(short);
  if (packed === undefined) return undefined;
  if (packed !== key.packed) {
    key.packed = withUse(packed, true);
    key.entry = unpackEntry(packed, auth.verify);
    (key.entry.good ? good : bad).entries.set(short, key.packed);
  }
  return key.entry;
}

/** The state of an entry at `now`. A bad one is fresh or expired. */
export function freshnessOf(cache: VerifierCache, entry: Entry | undefined, now: number): Freshness {
  if (entry === undefined) return 'expired';
  const { good, freshUntil, lifeMs, failedAt } = entry;
  if (now < freshUntil - (good ? 0.2 * lifeMs : 0)) return 'fresh';
  if (!good || now >= freshUntil + cache.auth.cache.staleSeconds * 1000) return 'expired';
  if (now - failedAt < CHECK_RETRY_MS) return 'fresh';
  return now < freshUntil || now - failedAt < 2 * CHECK_RETRY_MS ? 'renewing' : 'stale';
}

/**
 * The verdict of a check that starts now or is in flight; null for none. A known key may use every slot, any other all
 * but the last.
 */
export function checkKey(
  cache: VerifierCache,
  digest: string,
  key: string,
  known: boolean,
  asker: Asker,
): Promise<Verdict | null> {
  const { auth, tier, flights } = cache;
  const { verify } = auth;
  const { runtime } = asker;
  const ask = async () => verify && askVerifier(verify, key, runtime);
  const work = {
    id: digest,
    slots: known ? CHECK_SLOTS : CHECK_SLOTS - 1,
    timeoutMs: (verify?.timeoutMs ?? 0) + (tier?.mostMs ?? 0),
    start: () => (tier ? tier.ask({ auth, digest, renews: known, waitUntil: asker.waitUntil }, ask) : ask()),
    finish: (verdict: Verdict | null, askedAt: number) =>
      remember(cache, digest, verdict, { askedAt, now: runtime.now(), random: runtime.random() }),
  };
  return joinFlight(flights, work, asker);
}

/** Stores the verdict of a check that started at `askedAt`; null is no verdict. `random` is in [0, 1). */
export function remember(
  cache: VerifierCache,
  digest: string,
  verdict: Verdict | null,
  { askedAt, now, random }: { readonly askedAt: number; readonly now: number; readonly random: number },
): void {
  const short = shortDigest(digest);
  const { auth, good: accepted, bad: rejected } = cache;
  if (verdict === null) {
    const known = accepted.entries.get(short);
    if (known !== undefined)
      accepted.entries.set(short, packEntry({ ...unpackEntry(known, auth.verify), failedAt: now }));
    return;
  }
  const { good, consumer, headers, lifeSeconds } = verdict;
  const { ttlSeconds, negativeTtlSeconds } = auth.cache;
  const drops = !good || lifeSeconds === -1;
  // The search for the warm key is only worth it if it was accepted before: there may be a flood of bad keys.
  if (drops && accepted.entries.has(short)) dropVerdict(cache, short);
  else rejected.entries.delete(short);
  if (lifeSeconds === -1) return;
  const lifeMs = (lifeSeconds ?? (good ? ttlSeconds : negativeTtlSeconds)) * (1000 - 100 * random);
  const entry = { good, consumer, headers, freshUntil: askedAt + lifeMs, lifeMs, failedAt: 0 };
  keepVerdict(good ? accepted : rejected, short, packEntry(entry));
}

/** Drops the verdict on a key, and the key itself if it is warm. Returns the number of entries dropped. */
export function dropVerdict({ good, bad, warm }: VerdictStore, short: string): number {
  for (const [key, hashed] of warm) if (hashed.short === short) warm.delete(key);
  return Number(good.entries.delete(short) || bad.entries.delete(short));
}

function keepVerdict(store: Store, short: string, packed: string): void {
  const { entries, max } = store;
  while (entries.size >= max && !entries.has(short)) {
    const next = store.hand.next();
    if (next.done === true) {
      store.hand = entries.keys();
      continue;
    }
    const old = entries.get(next.value) as string;
    const unused = withUse(old, false);
    if (unused === old) entries.delete(next.value);
    else entries.set(next.value, unused);
  }
  entries.set(short, packed);
}
