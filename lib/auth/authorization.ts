/**
 * The headers that carry credentials (RFC 9110, 11.6.2 and 11.7.2), as an authenticator reads them.
 *
 * Under Kong's profiles an authenticator sees the changes of those before it: a header that one has hidden or set is so
 * for the next. Otherwise all see what the caller sent, so that their order does not matter.
 */
import type { Settings } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import { headerNow } from '../core/request.ts';
import type { Context } from '../core/request.ts';

/** nginx refuses a repeated header, and so does every profile: it is unknown which of the two the origin would use. */
const TWO_LINES = refuse('bad_request', 400, 'Bad request');
/** The platform joins repeated headers with ", ": this matches another scheme followed by a credential. */
const SECOND = /, *(?:basic|bearer|hmac) +[^ ,]/i;

/** The value of WWW-Authenticate; Kong does not escape the realm. */
export function challengeOf(scheme: string, realm: string | null, compat: Settings['compat']): string {
  if (realm === null) return scheme;
  return `${scheme} realm="${compat === null ? realm.replace(/["\\]/g, '\\$&') : realm}"`;
}

/** A request header with the changes so far (see above); null if absent. */
const headerSeen = (context: Context, name: string): string | null =>
  context.kong === null ? context.headers.get(name) : headerNow(context, name);

/** The headers to read, in order; null if all are absent. Kong reads `Proxy-Authorization` first. */
export function credentialPlaces(context: Context): readonly string[] | null {
  const places = context.kong === null ? ['authorization'] : ['proxy-authorization', 'authorization'];
  return places.every((place) => headerSeen(context, place) === null) ? null : places;
}

/** Whether the caller's `Authorization` has this scheme, which is case-insensitive (RFC 9110, 11.1). */
export function hasScheme({ headers }: Context, scheme: string): boolean {
  return (headers.get('authorization') ?? '').split(' ', 1)[0]!.toLowerCase() === scheme;
}

/** `Authorization`, or another header of its form; a refusal if it is repeated. */
export function readAuthorization(context: Context, name: string): string | null | Refusal {
  const value = headerSeen(context, name);
  return value?.includes(', ') && SECOND.test(value) ? TWO_LINES : value;
}
