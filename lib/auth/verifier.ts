/**
 * Asks the verifier about one key, once. Good, bad and no verdict are three things: only what the verifier says plainly counts, and a
 * time-out, a 5xx, a redirect or a page that is no JSON says nothing about the key.
 *
 * The answer is plain data: a Response belongs to the request that fetched it, a verdict to all that wait for it.
 * Nothing is thrown and nothing is logged: an error's text could hold the URL, and the URL holds the key.
 */
import type { Consumer, VerifySettings } from '../config/types.ts';
import { jsonAt } from '../core/json-pointer.ts';
import { tryWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';

/** Who a key names. */
export interface Known {
  readonly good: boolean;
  readonly consumer: Consumer | null;
  /** What the origin is told; null removes the header, so that no caller can say it. */
  readonly headers: readonly (readonly [string, string | null])[];
  /** The credential's name. */
  readonly id?: string | undefined;
}
export interface Verdict extends Known {
  /** Seconds that the verifier's Cache-Control allows: null where it says nothing, -1 for no-store. */
  readonly lifeSeconds: number | null;
}

export const BAD: Verdict = { good: false, consumer: null, headers: [], lifeSeconds: null };

/** The verifier's verdict; null where it gives none within its time. */
export async function askVerifier(
  verify: VerifySettings,
  key: string,
  runtime: Runtime,
): Promise<Verdict | null> {
  const inUrl = verify.url.includes('{key}');
  if (!canTravel(key, inUrl)) return BAD;
  return tryWithin(runtime, verify.timeoutMs, async (signal) => {
    const { method } = verify;
    const headers = new Headers(verify.headers as [string, string][]);
    if (!inUrl) headers.set(verify.keyHeader, key);
    const url = inUrl ? verify.url.replaceAll('{key}', encodeURIComponent(key)) : verify.url;
    // Cloudflare's cache goes by the URL's extension too, and a key may end in ".pdf": no verdict and no key is to be kept there.
    const cf = { cacheTtl: -1 };
    const response = await runtime.fetch(url, { method, headers, redirect: 'manual', signal, cf });
    const control = response.headers.get('cache-control') ?? '';
    return readVerdict(verify, response.status, control, await response.text());
  });
}

/**
 * The verifier would be asked about something else: a key of dots climbs the path ("/keys/.." is "/", and "%2E" is a dot to URL parsers),
 * and a header holds no control characters and no spaces at its ends. No such key is good.
 */
function canTravel(key: string, inUrl: boolean): boolean {
  return inUrl ? !/^\.+$/.test(key) : key === key.trim() && !/[\0-\x1f\x7f]/.test(key);
}

/** What status, Cache-Control and body of an answer say. */
export function readVerdict(
  verify: VerifySettings,
  status: number,
  cacheControl: string,
  text: string,
): Verdict | null {
  const lifeSeconds = lifeOf(cacheControl);
  if (status === 401 || status === 403 || status === 404) return { ...BAD, lifeSeconds };
  if (status !== 200) return null;
  const { field, consumer, upstreamHeaders } = verify;
  const pointers = [field, consumer.id, consumer.username, consumer.customId, upstreamHeaders[0]];
  if (pointers.some((pointer) => pointer != null) && jsonAt(text, '') === undefined) return null;
  if (field !== null && jsonAt(text, field) !== true) return { ...BAD, lifeSeconds };
  return {
    good: true,
    consumer: readConsumer(consumer, text),
    headers: upstreamHeaders.map(([name, pointer]) => [name, headerText(text, pointer)]),
    lifeSeconds,
  };
}

function readConsumer(pointers: VerifySettings['consumer'], text: string): Consumer | null {
  const username = headerText(text, pointers.username);
  const customId = headerText(text, pointers.customId);
  const id = headerText(text, pointers.id) ?? username ?? customId;
  if (id === null) return null;
  return {
    id,
    ...(username !== null && { username }),
    ...(customId !== null && { customId }),
    credentials: [],
  };
}

/** Texts, numbers and booleans become header values; anything else, and what would break out of a header, is none. */
function headerText(text: string, pointer: string | null): string | null {
  const value = pointer === null ? null : jsonAt(text, pointer);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  return value === '' || /[\0-\x1f\x7f]/.test(String(value)) ? null : String(value);
}

/** RFC 9111, section 5.2.2; no-cache means that every use is checked. */
function lifeOf(cacheControl: string): number | null {
  if (/no-store/i.test(cacheControl)) return -1;
  if (/no-cache/i.test(cacheControl)) return 0;
  const age = /max-age="?(\d+)/i.exec(cacheControl);
  return age && Number(age[1]);
}
