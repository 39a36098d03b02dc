/**
 * The tutorial's version call: each origin is asked for its version once per lifetime, beside a request and never before.
 *
 * The tutorial asks before every answer, which costs a round trip each time and loses the answer when it fails.
 * Promises at most one call per origin and `ttlSeconds` in an isolate; one that fails, hangs or says nonsense leaves the answer alone and
 * is not repeated sooner. Costs one text of at most 1000 characters per origin.
 */
import type { OriginSettings, VersionSettings } from './config/types.ts';
import { jsonAt } from './core/json-pointer.ts';
import { tryWithin } from './core/runtime.ts';
import type { Runtime } from './core/runtime.ts';

export interface VersionEntry {
  /** The last version heard; null before the first. */
  text: string | null;
  /** When the next call is due, ms. Set when a call starts, so that nobody else starts one. */
  dueAt: number;
}

const CALL_MS = 2000;
const LONGEST = 1000;

export function createVersion(): VersionEntry {
  return { text: null, dueAt: 0 };
}

/** What a header may carry of an answer: one line of Latin-1, bounded. Null where nothing remains. */
export function versionText(body: string, field: string | null): string | null {
  const text = field === null ? body : textAt(body, field);
  const line = text.replace(/[^\x20-\x7e\xa0-\xff]+/g, ' ').trim();
  return line.slice(0, LONGEST) || null;
}

function textAt(body: string, field: string): string {
  const value = jsonAt(body, field) ?? '';
  return typeof value === 'string' ? value : JSON.stringify(value);
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
    const url = origin.site + origin.basePath + path;
    const response = await runtime.fetch(url, { method, headers, body: sent, redirect: 'manual', signal });
    return response.ok ? versionText(await response.text(), field) : null;
  });
  // An origin may have no version call: the answer goes without, and the next try waits its turn.
  entry.text = text ?? entry.text;
}
