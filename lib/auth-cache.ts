/**
 * The verifier cache: which consumer a key names, or that it names none, and for how long that holds.
 *
 * Keys are known by 128 bits of their SHA-256, and looking up by digest tells nothing about a key by its time. The key
 * itself is held for the few that are warm alone: a memo from its text to its entry, in memory only, so that a warm key
 * needs no WebCrypto and is admitted without waiting. What is dropped here is dropped there. Good and bad verdicts
 * stand in separate stores, of at most maxEntries and a quarter of it: no flood of bad keys moves a good one out.
 *
 * A good verdict's life, counted from when its check was asked for:
 *   fresh     until about 4/5 of its ttl: it serves
 *   renewing  until its ttl: it serves, and the first caller after that has it checked again behind the answer
 *   stale     until ttl + staleSeconds: callers wait for a check; it serves only while the verifier gives no verdict
 *   expired   after that: it is as good as unknown
 * Lives are shortened by up to a tenth at random, so that keys that came together do not expire together; never
 * lengthened.
 *
 * Rejected: reordering on every hit (LRU). An insertion that needs room goes round like the hand of a clock, past
 * entries that were used since its last round. A Map's iterator is that hand: it survives insertions and deletions,
 * where `keys().next()` anew each time walks over all the holes that former evictions left.
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
/** A key that was used lately. */
interface WarmKey {
  readonly key: string;
  /** Its SHA-256 in hex. */
  readonly digest: string;
  readonly short: string;
  readonly entry: Entry;
}
/** What is known through one verifier. */
export interface VerifierCache {
  readonly auth: AuthSettings;
  /** Where other isolates' verdicts may be; null for nowhere. */
  readonly tier: VerdictTier | null;
  readonly good: Store;
  readonly bad: Store;
  /** Good keys by their text, the newest last; and the same by short digest. */
  readonly warm: Map<string, WarmKey>;
  readonly warmByDigest: Map<string, WarmKey>;
  readonly flights: Flights<Verdict>;
}
type Freshness = 'fresh' | 'renewing' | 'stale' | 'expired';

/**
 * Connections that the platform lets wait for headers at a time; the last is kept for keys already known, whatever
 * flood of others there is.
 */
export const CHECK_SLOTS = 6;
/** After a check without a verdict the next one waits that long, and nobody waits for it. */
export const CHECK_RETRY_MS = 5000;

/** A tier answers within this, list of revocations included, or not at all. */
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

/** What is known of a digest (64 hex digits); undefined where nothing is. */
export function lookUpVerdict(cache: VerifierCache, digest: string): Entry | undefined {
  const short = shortDigest(digest);
  const warm = cache.warmByDigest.get(short);
  if (warm !== undefined) return warm.entry;
  const packed = cache.good.entries.get(short) ?? cache.bad.entries.get(short);
  return packed === undefined ? undefined : unpackEntry(packed, cache.auth.verify);
}

/** What an entry is worth at `now`. A bad one is fresh or expired. */
export function freshnessOf(cache: VerifierCache, entry: Entry | undefined, now: number): Freshness {
  if (entry === undefined) return 'expired';
  const { good, freshUntil, lifeMs, failedAt } = entry;
  if (now < freshUntil - (good ? 0.2 * lifeMs : 0)) return 'fresh';
  if (!good || now >= freshUntil + cache.auth.cache.staleSeconds * 1000) return 'expired';
  if (now - failedAt < CHECK_RETRY_MS) return 'fresh';
  return now < freshUntil || now - failedAt < 2 * CHECK_RETRY_MS ? 'renewing' : 'stale';
}

/**
 * The verdict of a check that starts now, or is in flight; null for none. A known key may use every slot, any other all
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
      const told = cache.tier && (await readTier(cache, cache.tier, digest, known, runtime.now()));
      if (told) return told;
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

/** One verifier's verdicts are no other's. */
const termsOf = ({ auth }: VerifierCache): string => JSON.stringify([auth.verify, auth.cache]);

/** Another isolate's verdict with the life that it has left. One that is to be renewed itself renews none. */
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

/** True where a check of this key would be the first of its kind, and could start at once. */
export function canCheck(cache: VerifierCache, now: number): boolean {
  return hasFreeSlot(cache.flights, now);
}
export function isChecking(cache: VerifierCache, digest: string, now: number): boolean {
  return isInFlight(cache.flights, digest, now);
}

/** Keeps the verdict of a check that was asked for at `askedAt`; null is no verdict. `random` is in [0, 1). */
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

/** Makes a good key's entry warm; the one that has been warm for longest makes room. */
export function warmUp(cache: VerifierCache, digest: string, key: string, entry: Entry): void {
  const short = shortDigest(digest);
  // It may be a stale one that was dropped while its verdict was awaited.
  if (!mayBeWarm(key) || !cache.good.entries.has(short) || cache.warmByDigest.has(short)) return;
  if (cache.warm.size >= MOST_WARM) {
    const [oldest] = cache.warm.values();
    if (oldest !== undefined) coolDown(cache, oldest);
  }
  const warm = { key: ownCopy(key), digest, short, entry };
  cache.warm.set(warm.key, warm);
  cache.warmByDigest.set(short, warm);
}

/** It was used: the hand passes it by once. */
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
 * Drops what is known of one digest (64 hex digits), or of all, checks in flight included. Returns how many entries
 * that were.
 */
export function forgetKey(cache: VerifierCache, digest: string | null): number {
  forgetFlights(cache.flights, digest);
  const { good, bad } = cache;
  const shorts = digest === null ? [...good.entries.keys(), ...bad.entries.keys()] : [shortDigest(digest)];
  let dropped = 0;
  for (const short of shorts) dropped += forgetIn(cache, short);
  return dropped;
}

/** Returns how many entries that were. */
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
