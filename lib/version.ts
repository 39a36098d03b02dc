/**
 * The tutorial's version call: each origin's version is fetched once per `ttlSeconds`, in the background.
 *
 * The tutorial fetches it before every response, which costs a round trip each time and loses the response if the call
 * fails. Here no response waits: an isolate's first responses lack the header.
 *
 * An isolate makes at most one call per origin and `ttlSeconds`. One that fails, hangs or returns nonsense does not
 * affect the response and is not repeated sooner. Memory: one string of at most 1000 characters per origin.
 */
import type { OriginSettings, Settings, VersionSettings } from './config/types.ts';
import { sendOwnRequest } from './core/origin-address.ts';
import { readText } from './core/read-at-most.ts';
import type { Context } from './core/request.ts';
import { jsonAt } from './core/json-pointer.ts';
import { tryWithin } from './core/runtime.ts';
import type { Runtime } from './core/runtime.ts';

interface VersionEntry {
  /** The last known version; null before the first. */
  text: string | null;
  /** When the next call is due, in ms. Set when a call starts, so that no other request starts one. */
  dueAt: number;
}

/** Each origin's version. */
type VersionEntries = ReadonlyMap<OriginSettings, VersionEntry>;

const CALL_MS = 2000;
const LONGEST_VERSION = 1000;

export function createVersion(): VersionEntry {
  return { text: null, dueAt: 0 };
}

/** The version as a header value: one line of Latin-1, truncated. Null if nothing remains. */
export function versionText(body: string, field: string | null): string | null {
  const value = field === null ? body : (jsonAt(body, field) ?? '');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/[^\x20-\x7e\xa0-\xff]+/g, ' ').trim();
  return line.slice(0, LONGEST_VERSION) || null;
}

/** Entries of all origins, for each version setting of the routes; empty if none is configured. */
export function createVersions(settings: Settings): Map<VersionSettings, VersionEntries> {
  const origins = settings.pools.flatMap((pool) => pool.origins);
  const versions = new Map<VersionSettings, VersionEntries>();
  for (const { responseHeaders } of [settings, ...settings.routes]) {
    const version = responseHeaders?.version;
    if (version) versions.set(version, new Map(origins.map((origin) => [origin, createVersion()])));
  }
  return versions;
}

/** The version of the origin that responded, null if unknown. If due, it is fetched in the background. */
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

/** Fetches one origin's version; settles once it is stored, and never rejects. For waitUntil. */
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
    const sent = method === 'GET' || method === 'HEAD' ? null : body;
    if (sent !== null) headers.set('content-type', 'application/json');
    const response = await sendOwnRequest(runtime, origin, path, { method, headers, body: sent, signal });
    const reply = response.ok ? await readText(response) : null;
    return reply === null ? null : versionText(reply, field);
  });
  // An origin may have no version call: responses lack the header, and the next attempt comes when it is due.
  entry.text = text ?? entry.text;
}
