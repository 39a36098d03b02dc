/**
 * Where responses are stored: in this isolate's memory, and in the data centre's cache (Cache API) if there is one.
 *
 * Memory is bounded in bytes and entries and drops the least recently used; large responses go to the Cache API only,
 * which may drop any entry at any time. Plain workerd throws unless a cache is configured; then it is not used again.
 */
import type { PlatformCache } from '../../core/runtime.ts';

export interface Entry {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: ArrayBuffer;
  /** Ms since 1970. */
  readonly storedAt: number;
  /** Seconds for which it is fresh, and for which it is kept. */
  readonly lifetime: number;
  readonly storage: number;
  /** Name of the origin that answered. */
  readonly origin: string;
}

export interface Store {
  readonly get: (key: string, now: number) => Promise<Entry | null>;
  readonly put: (key: string, entry: Entry) => Promise<void>;
}

export const LARGEST_ENTRY = 8 * 1024 * 1024;
const LARGEST_IN_MEMORY = 1024 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_ENTRIES = 2000;
/** Bytes of an entry beside its body. */
const OVERHEAD = 2048;

/** `put` returns false if a newer entry is kept: that of a response that came later, but took less time to be read. */
export function createMemoryStore(): {
  get: (key: string, now: number) => Entry | null;
  put: (key: string, entry: Entry) => boolean;
} {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const sizeOf = ({ body }: Entry): number => body.byteLength + OVERHEAD;
  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    bytes -= sizeOf(entry);
    entries.delete(key);
  };
  return {
    get: (key, now) => {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      drop(key);
      if (now - entry.storedAt > entry.storage * 1000) return null;
      // Inserted again at the end: a Map iterates from the least recently used.
      entries.set(key, entry);
      bytes += sizeOf(entry);
      return entry;
    },
    put: (key, entry) => {
      const known = entries.get(key);
      if (known !== undefined && known.storedAt > entry.storedAt) return false;
      drop(key);
      if (entry.body.byteLength > LARGEST_IN_MEMORY) return true;
      entries.set(key, entry);
      bytes += sizeOf(entry);
      for (const oldest of entries.keys()) {
        if (bytes <= MOST_BYTES && entries.size <= MOST_ENTRIES) break;
        drop(oldest);
      }
      return true;
    },
  };
}

/**
 * The Cache API stores GETs by URL, for as long as Cache-Control says: status, headers and times travel in one header.
 */
const urlOf = (key: string): string => `https://cache.invalid/${key}`;

export function createStore(platform: () => PlatformCache | null): Store {
  const memory = createMemoryStore();
  let hasPlatform = true;
  const ask = async <T>(work: (cache: PlatformCache) => Promise<T>): Promise<T | null> => {
    const cache = hasPlatform ? platform() : null;
    if (cache === null) return null;
    try {
      return await work(cache);
    } catch {
      hasPlatform = false;
      return null;
    }
  };
  return {
    get: async (key, now) => {
      const known = memory.get(key, now);
      if (known !== null) return known;
      const found = await ask((cache) => cache.match(urlOf(key)));
      const entry = found ? await unpack(found) : null;
      if (entry === null || now - entry.storedAt > entry.storage * 1000) return null;
      return memory.put(key, entry) ? entry : memory.get(key, now);
    },
    put: async (key, entry) => {
      if (memory.put(key, entry)) await ask((cache) => cache.put(urlOf(key), pack(entry)));
    },
  };
}

function pack({ body, ...rest }: Entry): Response {
  return new Response(body, {
    headers: {
      'cache-control': `max-age=${Math.max(1, Math.ceil(rest.storage))}`,
      'x-entry': encodeURIComponent(JSON.stringify(rest)),
    },
  });
}

async function unpack(found: Response): Promise<Entry | null> {
  try {
    const rest = JSON.parse(decodeURIComponent(found.headers.get('x-entry') ?? '')) as Omit<Entry, 'body'>;
    return { ...rest, body: await found.arrayBuffer() };
  } catch {
    return null;
  }
}
