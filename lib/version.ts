/**
 * The tutorial's version call: each origin is asked for its version once per lifetime, behind an answer of its own.
 *
 * The tutorial asks before every answer, which costs a round trip each time and loses the answer when it fails. Here no answer waits: an
 * isolate's first answers go without the header.
 * Promises at most one call per origin and `ttlSeconds` in an isolate; one that fails, hangs or says nonsense leaves the answer alone and
 * is not repeated sooner. Costs one text of at most 1000 characters per origin.
 */
import type { OriginSettings, Settings, VersionSettings } from './config/types.ts';
import { originAddress } from './core/origin-address.ts';
import type { Context } from './core/request.ts';
import { jsonAt } from './core/json-pointer.ts';
import { tryWithin } from './core/runtime.ts';
import type { Runtime } from './core/runtime.ts';

interface VersionEntry {
  /** The last version heard; null before the first. */
  text: string | null;
  /** When the next call is due, ms. Set when a call starts, so that nobody else starts one. */
  dueAt: number;
}

/** What is known of each origin's version. */
type VersionEntries = ReadonlyMap<OriginSettings, VersionEntry>;

const CALL_MS = 2000;
const LONGEST_VERSION = 1000;

export function createVersion(): VersionEntry {
  return { text: null, dueAt: 0 };
}

/** What a header may carry of an answer: one line of Latin-1, bounded. Null where nothing remains. */
export function versionText(body: string, field: string | null): string | null {
  const text = field === null ? body : textAt(body, field);
  const line = text.replace(/[^\x20-\x7e\xa0-\xff]+/g, ' ').trim();
  return line.slice(0, LONGEST_VERSION) || null;
}

function textAt(body: string, field: string): string {
  const value = jsonAt(body, field) ?? '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Entries of all origins, for each version setting of the routes; empty where none is configured. */
export function createVersions(settings: Settings): Map<VersionSettings, VersionEntries> {
  const origins = settings.pools.flatMap((pool) => pool.origins);
  const versions = new Map<VersionSettings, VersionEntries>();
  for (const { responseHeaders } of [settings, ...settings.routes]) {
    const version = responseHeaders?.version;
    if (version) versions.set(version, new Map(origins.map((origin) => [origin, createVersion()])));
  }
  return versions;
}

/** The version of the origin that answered, as far as it is known; where it is due it is asked for behind the answer. */
export function versionOf(
  entries: VersionEntries,
  version: VersionSettings,
  context: Context,
  runtime: Runtime,
): string | null {
  const { origin } = context;
  const entry = origin && entries.get(origin);
  if (!entry) return null;
  if (entry.dueAt <= runtime.now()) context.waitUntil(askVersion(entry, version, origin, runtime));
  return entry.text;
}

/** Asks one origin; settles when the answer is kept, and never rejects. For waitUntil. */
export async function askVersion(
  entry: VersionEntry,
  version: VersionSettings,
  origin: OriginSettings,
  runtime: Runtime,
): Promise<void> {
  entry.dueAt = runtime.now() + version.ttlSeconds * 1000;
  const { path, method, body, field } = version;
  const text = await tryWithin(runtime, CALL_MS, async (signal) => {
    const headers = new Headers(origin.headers as [string, string][]);
    if (body !== null && method !== 'GET') headers.set('content-type', 'application/json');
    const sent = method === 'GET' || method === 'HEAD' ? null : body;
    const { url, cf } = originAddress(origin, origin.basePath + path);
    const init = { method, headers, body: sent, redirect: 'manual', signal } as const;
    const response = await runtime.fetch(url, cf ? { ...init, cf } : init);
    return response.ok ? versionText(await response.text(), field) : null;
  });
  // An origin may have no version call: the answer goes without, and the next try waits its turn.
  entry.text = text ?? entry.text;
}
