/**
 * Asks the verifier about one key, once. The result is good, bad or no verdict: only an unambiguous response counts; a
 * timeout, a 5xx, a redirect, more than 64 KiB or a body that is not JSON is no verdict.
 *
 * The verdict is plain data: a Response belongs to the request that fetched it, while a verdict is shared by all
 * requests that wait for it. Nothing is thrown and nothing is logged: an error message could contain the URL, and the
 * URL the key.
 */
import type { Consumer, VerifySettings } from '../config/types.ts';
import { freshSeconds } from '../core/cache-control.ts';
import { parseJson, valueAt } from '../core/json-pointer.ts';
import { readText } from '../core/read-at-most.ts';
import { tryWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import type { Identity } from './consumer-headers.ts';

export interface Verdict extends Identity {
  readonly good: boolean;
  /** The lifetime in seconds by the verifier's response headers (RFC 9111): null if they set none, -1 for no-store. */
  readonly lifeSeconds: number | null;
}

const BAD_VERDICT: Verdict = { good: false, consumer: null, headers: [], lifeSeconds: null };

/** The verifier's verdict; null if it gives none in time. */
export async function askVerifier(
  verify: VerifySettings,
  key: string,
  runtime: Runtime,
): Promise<Verdict | null> {
  const inUrl = verify.url.includes('{key}');
  if (!canTravel(key, inUrl)) return BAD_VERDICT;
  return tryWithin(runtime, verify.timeoutMs, async (signal) => {
    const { method } = verify;
    const headers = new Headers(verify.headers as [string, string][]);
    if (!inUrl) headers.set(verify.keyHeader, key);
    const url = inUrl ? verify.url.replaceAll('{key}', () => encodeURIComponent(key)) : verify.url;
    // Cloudflare's cache also goes by the URL's extension, and a key may end in ".pdf": neither verdicts nor keys may
    // be cached there.
    const cf = { cacheTtl: -1 };
    const response = await runtime.fetch(url, { method, headers, redirect: 'manual', signal, cf });
    const text = await readText(response);
    return readVerdict(verify, response.status, text, freshSeconds(response.headers, runtime.now()));
  });
}

/**
 * Whether the key can be sent unchanged. Otherwise the verifier would be asked about something else: a key of dots
 * climbs the path ("/keys/.." is "/", and "%2E" is a dot to URL parsers), a lone surrogate has no UTF-8, and a header
 * value has no control characters and no spaces at its ends. No such key is good.
 */
function canTravel(key: string, inUrl: boolean): boolean {
  if (inUrl) return !/^\.+$/.test(key) && !/[\ud800-\udfff]/u.test(key);
  return key === key.trim() && !/[\0-\x1f\x7f]/.test(key);
}

/**
 * The verdict of a response. `text` is null if the body is too large, `lifeSeconds` is the lifetime by its headers.
 */
export function readVerdict(
  verify: VerifySettings,
  status: number,
  text: string | null,
  lifeSeconds: number | null,
): Verdict | null {
  if (status === 401 || status === 403 || status === 404) return { ...BAD_VERDICT, lifeSeconds };
  if (status !== 200) return null;
  const { field, consumer, upstreamHeaders } = verify;
  const pointers = [field, consumer.id, consumer.username, consumer.customId, upstreamHeaders[0]];
  const json = pointers.some((pointer) => pointer != null) ? parseJson(text ?? '') : null;
  if (json === undefined) return null;
  if (field !== null && valueAt(json, field) !== true) return { ...BAD_VERDICT, lifeSeconds };
  return {
    good: true,
    consumer: readConsumer(consumer, json),
    headers: upstreamHeaders.map(([name, pointer]) => [name, headerText(json, pointer)]),
    lifeSeconds,
  };
}

function readConsumer(pointers: VerifySettings['consumer'], json: unknown): Consumer | null {
  const username = headerText(json, pointers.username);
  const customId = headerText(json, pointers.customId);
  const id = headerText(json, pointers.id) ?? username ?? customId;
  return id === null ? null : makeConsumer(id, username, customId);
}

/** A consumer that is not configured. */
export function makeConsumer(id: string, username: string | null, customId: string | null): Consumer {
  return {
    id,
    ...(username !== null && { username }),
    ...(customId !== null && { customId }),
    credentials: [],
  };
}

/** A string, number or boolean as a header value; null for anything else, "" and a string with control characters. */
function headerText(json: unknown, pointer: string | null): string | null {
  const value = pointer === null ? null : valueAt(json, pointer);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  return value === '' || /[\0-\x1f\x7f]/.test(String(value)) ? null : String(value);
}
