/**
 * What a pool hashes to keep a caller on one origin: Kong's hash_on and hash_fallback (runloop/balancer).
 *
 * An input that yields nothing gives way to the fallback, and nothing at all is the empty text: all such requests share
 * one origin, as in Kong. A cookie always yields something, because a missing one is made and set on the answer.
 * Addresses are hashed as the caller that they count as (ip.ts), so that "::1" and "0:0::1" are one.
 */
import { callerNetworkOf, normalPathOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { cookieOf } from '../core/cookies.ts';
import type { PoolHash } from '../balance/pool.ts';
import type { HashOn, PoolSettings } from '../config/types.ts';
import { xxh32 } from '../core/xxhash.ts';

/** Values of one query argument, sorted and joined; a valueless one counts as "true". */
function queryValue(query: string, name: string): string {
  const values: string[] = [];
  for (const text of query.slice(1).split('&'))
    for (const [key, value] of new URLSearchParams(text))
      if (key === name) values.push(text.includes('=') ? value : 'true');
  return values.sort().join();
}

function cookieValue(context: Context, on: { cookie: string; path?: string }, makeId: () => string): string {
  const known = cookieOf(context.headers.get('cookie'), on.cookie);
  if (known) return known;
  const made = makeId().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  // Kong misspells it, and browsers ignore what they do not know.
  const sameSite = context.kong === null ? 'SameSite' : 'Same-Site';
  context.answerHeaders.push([
    'Set-Cookie',
    `${on.cookie}=${made}; Path=${on.path ?? '/'}; ${sameSite}=Lax; HttpOnly`,
  ]);
  return made;
}

function inputOf(on: HashOn | null, context: Context, makeId: () => string): string {
  if (on === null) return '';
  if (on === 'consumer') return context.consumer?.id ?? context.credentialId ?? '';
  if (on === 'ip') return callerNetworkOf(context);
  if (on === 'path') return normalPathOf(context);
  if ('header' in on) return context.headers.get(on.header) ?? '';
  if ('query' in on) return queryValue(context.query, on.query);
  if ('uriCapture' in on)
    return context.captures?.groups?.[on.uriCapture] ?? context.captures?.[Number(on.uriCapture)] ?? '';
  return cookieValue(context, on, makeId);
}

/** The text to hash for this request. `makeId` gives 32 hex digits; it is asked only for a cookie that is missing. */
export const hashInput = (
  on: HashOn,
  fallback: HashOn | null,
  context: Context,
  makeId: () => string,
): string => inputOf(on, context, makeId) || inputOf(fallback, context, makeId);

/** Where a request belongs on this pool's ring; null for a pool without one. */
export function hashFor({ balance, hashOn, hashFallback }: PoolSettings): PoolHash | null {
  if (balance !== 'consistent-hash') return null;
  return (context, makeId) => xxh32(hashInput(hashOn, hashFallback, context, makeId));
}
