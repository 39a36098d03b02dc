/**
 * The verifier cache: which consumer a key belongs to, or that the key is invalid, and for how long that verdict is
 * valid.
 *
 * Entries are found by 128 bits of the key's SHA-256, so that the time of a look-up reveals nothing about a key. Only
 * the few warm keys are themselves in memory: a map from key to entry, never stored elsewhere, so that a warm key needs
 * no WebCrypto and is accepted without waiting. An entry that is evicted is no longer warm either. Good and bad
 * verdicts have separate stores, of at most maxEntries and a quarter of that: a flood of bad keys evicts no good one.
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
import { createFlights, forgetFlights, hasFreeSlot, isInFlight, joinFlight } from './auth/single-flight.ts';
import type { Asker, Flights } from './auth/single-flight.ts';
import { packEntry, unpackEntry, withUse } from './auth/packed-entry.ts';
import type { Entry } from './auth/packed-entry.ts';
import { MOST_WARM, mayBeWarm, ownCopy } from './auth/warm-keys.ts';
import { askVerifier } from './auth/verifier.ts';
import type { Verdict } from './auth/verifier.ts';
import type { AuthSettings } from './config/types.ts';
import type { VerdictTier } from './core/feature.ts';

interface Store {
  readonly max: number;
  /** Packed entries by short digest. */
  readonly entries: Map<string, string>;
  hand: Iterator<string>;
}
/** A recently used key. */
interface WarmKey {
  readonly key: string;
  /** Its SHA-256 in hex. */
  readonly digest: string;
  readonly short: string;
  readonly entry: Entry;
}
/** The verdicts of one verifier. */
export interface VerifierCache {
  readonly auth: AuthSettings;
  /** Verdicts shared with other isolates; null for none. */
  readonly tier: VerdictTier | null;
  readonly good: Store;
  readonly bad: Store;
  /** Good keys by the key itself, the newest last; and the same by short digest. */
  readonly warm: Map<string, WarmKey>;
  readonly warmByDigest: Map<string, WarmKey>;
  readonly flights: Flights<Verdict>;
}
type Freshness = 'fresh' | 'renewing' | 'stale' | 'expired';

/**
 * Connections that the platform lets wait for headers at a time. The last is reserved for known keys, so that a flood
 * of unknown ones can't block them.
 */
export const CHECK_SLOTS = 6;
/** Delay between a check without a verdict and the next one, for which no request waits. */
export const CHECK_RETRY_MS = 5000;

/** The longest time that a tier takes, its list of revocations included. */
const TIER_MS = 1000;

export function createVerifierCache(auth: AuthSettings, tier: VerdictTier | null = null): VerifierCache {
  const { maxEntries } = auth.cache;
  const store = (max: number): Store => ({ max, entries: new Map(), hand: [].values() });
  return {
    auth,
    tier,
    good: store(maxEntries),
    bad: store(Math.ceil(maxEntries / 4)),
    warm: new Map(),
    warmByDigest: new Map(),
    flights: createFlights(CHECK_SLOTS),
  };
}

/** 16 characters for the first 128 bits of 64 hex digits. */
export function shortDigest(hex: string): string {
  const codes: number[] = [];
  for (let i = 0; i < 16; i++) codes.push(Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  return String.fromCharCode(...codes);
}

/** The entry of a digest (64 hex digits); undefined if there is none. */
export function lookUpVerdict(cache: VerifierCache, digest: string): Entry | undefined {
  const short = shortDigest(digest);
  const warm = cache.warmByDigest.get(short);
  if (warm !== undefined) return warm.entry;
  const packed = cache.good.entries.get(short) ?? cache.bad.entries.get(short);
  return packed === undefined ? undefined : unpackEntry(packed, cache.auth.verify);
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
  const { verify } = cache.auth;
  const { runtime } = asker;
  const work = {
    id: digest,
    slots: known ? CHECK_SLOTS : CHECK_SLOTS - 1,
    timeoutMs: (verify?.timeoutMs ?? 0) + (cache.tier ? TIER_MS : 0),
    start: async () => {
      if (verify === null) return null;
      const shared = cache.tier && (await readTier(cache, cache.tier, digest, known, runtime.now()));
      if (shared) return shared;
      const askedAt = runtime.now();
      const verdict = await askVerifier(verify, key, runtime);
      if (cache.tier && verdict?.good)
        asker.waitUntil(writeTier(cache, cache.tier, digest, verdict, askedAt));
      return verdict;
    },
    finish: (verdict: Verdict | null, askedAt: number) =>
      remember(cache, digest, verdict, { askedAt, now: runtime.now(), random: runtime.random() }),
  };
  return joinFlight(cache.flights, work, asker);
}

/** Keeps the verdicts of different verifiers apart in the tier. */
const termsOf = ({ auth }: VerifierCache): string => JSON.stringify([auth.verify, auth.cache]);

/**
 * Another isolate's verdict with its remaining lifetime. For a renewal, a verdict that is due for renewal itself is
 * ignored.
 */
async function readTier(
  cache: VerifierCache,
  tier: VerdictTier,
  digest: string,
  renews: boolean,
  now: number,
): Promise<Verdict | null> {
  const entry = await tier.read(termsOf(cache), digest);
  if (entry === null) return null;
  const { askedAt, until } = entry;
  if (renews && until - now < 0.2 * (until - askedAt)) return null;
  const { consumer, headers } = JSON.parse(entry.text) as Verdict;
  return { good: true, consumer, headers, lifeSeconds: (until - now) / 1000 };
}

async function writeTier(
  cache: VerifierCache,
  tier: VerdictTier,
  digest: string,
  { consumer, headers, lifeSeconds }: Verdict,
  askedAt: number,
): Promise<void> {
  const until = askedAt + 1000 * (lifeSeconds ?? cache.auth.cache.ttlSeconds);
  const text = JSON.stringify({ consumer, headers });
  if (until > askedAt) await tier.write(termsOf(cache), digest, { text, askedAt, until });
}

/** Whether a check could start at once. */
export function canCheck(cache: VerifierCache, now: number): boolean {
  return hasFreeSlot(cache.flights, now);
}
export function isChecking(cache: VerifierCache, digest: string, now: number): boolean {
  return isInFlight(cache.flights, digest, now);
}

/** Stores the verdict of a check that started at `askedAt`; null is no verdict. `random` is in [0, 1). */
export function remember(
  cache: VerifierCache,
  digest: string,
  verdict: Verdict | null,
  { askedAt, now, random }: { readonly askedAt: number; readonly now: number; readonly random: number },
): void {
  const short = shortDigest(digest);
  if (verdict === null) {
    const known = lookUpVerdict(cache, digest);
    if (known?.good !== true) return;
    const failed = { ...known, failedAt: now };
    cache.good.entries.set(short, packEntry(failed));
    rewarm(cache, short, failed);
    return;
  }
  const { good, consumer, headers, lifeSeconds } = verdict;
  const { ttlSeconds, negativeTtlSeconds } = cache.auth.cache;
  if (lifeSeconds === -1) {
    forgetIn(cache, short);
    return;
  }
  (good ? cache.bad : cache.good).entries.delete(short);
  const lifeMs = (lifeSeconds ?? (good ? ttlSeconds : negativeTtlSeconds)) * (1000 - 100 * random);
  const entry = { good, consumer, headers, freshUntil: askedAt + lifeMs, lifeMs, failedAt: 0 };
  keepVerdict(cache, good ? cache.good : cache.bad, short, packEntry(entry));
  if (good) rewarm(cache, short, entry);
  else dropWarm(cache, short);
}

/** Makes a good key's entry warm; if there are too many, the one that has been warm longest is dropped. */
export function warmUp(cache: VerifierCache, digest: string, key: string, entry: Entry): void {
  const short = shortDigest(digest);
  // It may be stale, and evicted while its check was awaited.
  if (!mayBeWarm(key) || !cache.good.entries.has(short) || cache.warmByDigest.has(short)) return;
  if (cache.warm.size >= MOST_WARM) {
    const [oldest] = cache.warm.values();
    if (oldest !== undefined) coolDown(cache, oldest);
  }
  const warm = { key: ownCopy(key), digest, short, entry };
  cache.warm.set(warm.key, warm);
  cache.warmByDigest.set(short, warm);
}

/** Marks the entry as used, so that the hand skips it once. */
function coolDown(cache: VerifierCache, { short }: WarmKey): void {
  const packed = cache.good.entries.get(short);
  dropWarm(cache, short);
  if (packed !== undefined) cache.good.entries.set(short, withUse(packed, true));
}

function rewarm(cache: VerifierCache, short: string, entry: Entry): void {
  const warm = cache.warmByDigest.get(short);
  if (warm === undefined) return;
  const renewed = { ...warm, entry };
  cache.warm.set(warm.key, renewed);
  cache.warmByDigest.set(short, renewed);
}

function dropWarm(cache: VerifierCache, short: string): void {
  const warm = cache.warmByDigest.get(short);
  if (warm === undefined) return;
  cache.warm.delete(warm.key);
  cache.warmByDigest.delete(short);
}

/**
 * Forgets one digest (64 hex digits), or all (null), checks in flight included. Returns the number of entries dropped.
 */
export function forgetKey(cache: VerifierCache, digest: string | null): number {
  forgetFlights(cache.flights, digest);
  const { good, bad } = cache;
  const shorts = digest === null ? [...good.entries.keys(), ...bad.entries.keys()] : [shortDigest(digest)];
  let dropped = 0;
  for (const short of shorts) dropped += forgetIn(cache, short);
  return dropped;
}

/** Returns the number of entries dropped. */
function forgetIn(cache: VerifierCache, short: string): number {
  dropWarm(cache, short);
  return Number(cache.good.entries.delete(short)) + Number(cache.bad.entries.delete(short));
}

function keepVerdict(cache: VerifierCache, store: Store, short: string, packed: string): void {
  const { entries, max } = store;
  while (entries.size >= max && !entries.has(short)) {
    const next = store.hand.next();
    if (next.done === true) {
      store.hand = entries.keys();
      continue;
    }
    if (store === cache.good && cache.warmByDigest.has(next.value) && cache.warm.size < max) continue;
    const unused = withUse(entries.get(next.value) as string, false);
    if (unused === entries.get(next.value)) forgetIn(cache, next.value);
    else entries.set(next.value, unused);
  }
  entries.set(short, packed);
}
