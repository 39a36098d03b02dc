/**
 * Verdicts: which consumer the digest of a key names, or that it names none, and for how long that holds.
 *
 * Only SHA-256 digests are held, never a key, and looking up by digest tells nothing about a key by its time.
 * Good and bad verdicts stand in separate stores, of at most maxEntries and a quarter of it: no flood of bad keys moves a good one out.
 *
 * A good verdict's life, counted from the moment its check was asked for:
 *   until about 4/5 of its ttl      it serves
 *   until its ttl                   it serves, and the first caller after that has it checked again behind the answer
 *   until ttl + staleSeconds        callers wait for a check; it serves only while the verifier gives no verdict
 *   after that                      it is as good as unknown
 * Lives are shortened by up to a tenth at random, so that keys that came together do not expire together; never lengthened.
 *
 * Rejected: reordering on every hit (LRU). A hit sets one bit, and an insertion that needs room goes round like the hand of a clock, past
 * entries that were used since its last round. A Map's iterator is that hand: it survives insertions and deletions, where `keys().next()`
 * anew each time walks over all the holes that former evictions left.
 */
import type { AuthSettings, Consumer, Settings } from './config/types.ts';
import { createFlights, forgetFlights } from './auth/single-flight.ts';
import type { Flights } from './auth/single-flight.ts';
import type { Known, Verdict } from './auth/verifier.ts';

/** What is known of a digest's key. */
export interface Entry extends Known {
  /** In ms since 1970, as all times here. */
  readonly freshUntil: number;
  readonly refreshAt: number;
  /** When a check of it last brought no verdict. */
  failedAt: number;
  used: boolean;
}
interface Store {
  readonly max: number;
  readonly entries: Map<string, Entry>;
  hand: Iterator<string>;
}
/** What is known through one verifier. */
export interface Book {
  readonly auth: AuthSettings;
  readonly good: Store;
  readonly bad: Store;
  readonly flights: Flights<Verdict>;
}
export interface Credential extends Known {
  readonly lifeMs: number;
}
export interface Verdicts {
  /** The configuration's own, by digest. */
  readonly credentials: Map<string, Credential>;
  /** Who stands for callers without a good key; without an entry where the name is nobody's. */
  readonly anonymous: Map<AuthSettings, Known>;
  /** Routes with the same verifier and the same cache share a book. */
  readonly books: Map<AuthSettings, Book>;
  /** The first request's instant: there is no clock before it. Credentials' lives count from here. */
  bornAt: number;
}
/** The verdict holds; it holds, but is to be checked behind the answer; it is to be checked before; there is none. */
export type Standing = 'holds' | 'renew' | 'check' | 'unknown';

/** Connections that the platform lets wait for headers at a time; the last is kept for keys already known, whatever flood of others there is. */
export const LANES = 6;
/** After a check without a verdict the next one waits that long, and nobody waits for it. */
export const RETRY_MS = 5000;

export function createVerdicts({ routes, consumers }: Pick<Settings, 'routes' | 'consumers'>): Verdicts {
  const verdicts: Verdicts = { credentials: new Map(), anonymous: new Map(), books: new Map(), bornAt: 0 };
  for (const consumer of consumers)
    for (const { id, sha256, ttlSeconds } of consumer.credentials)
      verdicts.credentials.set(sha256, { ...knownAs(consumer), id, lifeMs: (ttlSeconds ?? Infinity) * 1000 });
  const alike = new Map<string, Book>();
  for (const { auth } of routes) {
    if (auth === null || verdicts.books.has(auth)) continue;
    const { anonymous } = auth;
    const nobody =
      consumers.find(({ id }) => id === anonymous) ??
      consumers.find(({ username }) => username === anonymous);
    if (nobody !== undefined) verdicts.anonymous.set(auth, knownAs(nobody));
    const terms = JSON.stringify([auth.verify, auth.cache]);
    const book = alike.get(terms) ?? createBook(auth);
    alike.set(terms, book);
    verdicts.books.set(auth, book);
  }
  return verdicts;
}

function knownAs(consumer: Consumer): Known {
  return { good: true, consumer, headers: [] };
}

export function createBook(auth: AuthSettings): Book {
  const { maxEntries } = auth.cache;
  const store = (max: number): Store => ({ max, entries: new Map(), hand: [].values() });
  return {
    auth,
    good: store(maxEntries),
    bad: store(Math.ceil(maxEntries / 4)),
    flights: createFlights(LANES),
  };
}

/** The configuration's own credential; null where there is none, or its life is over. */
export function credentialOf(verdicts: Verdicts, digest: string, now: number): Credential | null {
  if (verdicts.bornAt === 0) verdicts.bornAt = now;
  const credential = verdicts.credentials.get(digest);
  return credential !== undefined && now < verdicts.bornAt + credential.lifeMs ? credential : null;
}

/** What is known of a digest's key; a verdict on a bad one is as good as none once its life is over. */
export function lookUp(book: Book, digest: string): Entry | undefined {
  return book.good.entries.get(digest) ?? book.bad.entries.get(digest);
}

/** What an entry is worth at `now`. */
export function standingOf(book: Book, entry: Entry | undefined, now: number): Standing {
  if (entry === undefined) return 'unknown';
  const { good, refreshAt, freshUntil, failedAt } = entry;
  if (now < refreshAt) return 'holds';
  if (now >= freshUntil + (good ? book.auth.cache.staleSeconds * 1000 : 0)) return 'unknown';
  if (!good || now - failedAt < RETRY_MS) return 'holds';
  return now < freshUntil || now - failedAt < 2 * RETRY_MS ? 'renew' : 'check';
}

/** Writes down the verdict of a check that was asked for at `askedAt`; null is no verdict. */
export function remember(
  book: Book,
  digest: string,
  verdict: Verdict | null,
  askedAt: number,
  now: number,
  random: number,
): void {
  const known = book.good.entries.get(digest);
  if (verdict === null) {
    if (known !== undefined) known.failedAt = now;
    return;
  }
  const { good, consumer, headers, lifeSeconds } = verdict;
  const { ttlSeconds, negativeTtlSeconds } = book.auth.cache;
  forgetIn(book, digest);
  if (lifeSeconds === -1) return;
  const life = (lifeSeconds ?? (good ? ttlSeconds : negativeTtlSeconds)) * (1000 - 100 * random);
  const freshUntil = askedAt + life;
  const entry = {
    good,
    consumer,
    headers,
    freshUntil,
    refreshAt: freshUntil - 0.2 * life,
    failedAt: -Infinity,
    used: false,
  };
  keep(good ? book.good : book.bad, digest, entry);
}

/** Returns how many entries that were. */
function forgetIn({ good, bad }: Book, digest: string): number {
  return Number(good.entries.delete(digest)) + Number(bad.entries.delete(digest));
}

export function countVerdicts(verdicts: Verdicts): { good: number; bad: number } {
  const sizes = { good: 0, bad: 0 };
  for (const book of new Set(verdicts.books.values())) {
    sizes.good += book.good.entries.size;
    sizes.bad += book.bad.entries.size;
  }
  return sizes;
}

/** Drops what is known of one digest, or of all, checks in the air included. Returns how many verdicts that were. */
export function forgetVerdict(verdicts: Verdicts, digest: string | null): number {
  let dropped = 0;
  for (const book of new Set(verdicts.books.values())) {
    forgetFlights(book.flights, digest);
    const digests = digest === null ? [...book.good.entries.keys(), ...book.bad.entries.keys()] : [digest];
    for (const each of digests) dropped += forgetIn(book, each);
  }
  return dropped;
}

function keep(store: Store, digest: string, entry: Entry): void {
  const { entries, max } = store;
  while (entries.size >= max && !entries.has(digest)) {
    const next = store.hand.next();
    if (next.done === true) {
      store.hand = entries.keys();
      continue;
    }
    const oldest = entries.get(next.value) as Entry;
    if (!oldest.used) entries.delete(next.value);
    oldest.used = false;
  }
  entries.set(digest, entry);
}
