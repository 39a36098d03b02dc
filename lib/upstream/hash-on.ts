/**
 * What a pool hashes to keep a caller on one origin: Kong's hash_on and hash_fallback (runloop/balancer).
 *
 * If the input is empty, the fallback is used. If that is empty too, the empty string is hashed: all such requests
 * share one origin, as in Kong. A cookie is never empty, because a missing one is generated and set on the response.
 * Addresses are hashed in normal form, and by the network that counts as one caller (ip.ts), so that "::1" and "0:0::1"
 * are the same.
 */
import { callerNetworkOf, normalPathOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { cookieOf } from '../core/cookies.ts';
import type { PoolHash } from '../balance/pool.ts';
import type { HashOn, PoolSettings } from '../config/types.ts';
import { xxh32 } from '../core/xxhash.ts';

/** Values of one query argument, sorted and joined; one without a value counts as "true". */
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
  // Kong misspells it, and browsers ignore unknown attributes.
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

/** The string to hash for this request. `makeId` returns 32 hex digits; it is called only if the cookie is missing. */
export const hashInput = (
  on: HashOn,
  fallback: HashOn | null,
  context: Context,
  makeId: () => string,
): string => inputOf(on, context, makeId) || inputOf(fallback, context, makeId);

/** Hashes a request to its position on this pool's ring; null for a pool without one. */
export function hashFor({ balance, hashOn, hashFallback }: PoolSettings): PoolHash | null {
  if (balance !== 'consistent-hash') return null;
  return (context, makeId) => xxh32(hashInput(hashOn, hashFallback, context, makeId));
}
