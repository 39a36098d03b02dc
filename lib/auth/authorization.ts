/**
 * The headers in which names, tokens and signatures stand (RFC 9110, 11.6.2 and 11.7.2), as an authenticator finds
 * them.
 *
 * Under Kong's profiles each authenticator sees what those before it have left: what one has hidden, or set, is so for
 * the next. Otherwise all see what the caller sent, so that their order says nothing.
 */
import type { Settings } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Context } from '../core/request.ts';

/** nginx refuses a second line, and so does every profile: nobody knows which of the two the origin would believe. */
const TWO_LINES = refuse('bad_request', 400, 'Bad request');
/** The platform joins two lines with ", ": another scheme, and a credential behind it. */
const SECOND = /, *(?:basic|bearer|hmac) +[^ ,]/i;

/** What WWW-Authenticate says; Kong puts the realm in raw. */
export function challengeOf(scheme: string, realm: string | null, compat: Settings['compat']): string {
  if (realm === null) return scheme;
  return `${scheme} realm="${compat === null ? realm.replace(/["\\]/g, '\\$&') : realm}"`;
}

/** A header of the request as it stands now; null where there is none. */
export function headerNow(context: Context, name: string): string | null {
  const changed =
    context.kong === null ? undefined : context.originHeaders.findLast(([other]) => other === name);
  return changed === undefined ? context.headers.get(name) : changed[1];
}

/** `Authorization`, or another header of its form; a refusal where it came in two lines. */
export function readAuthorization(context: Context, name: string): string | null | Refusal {
  const value = headerNow(context, name);
  return value?.includes(', ') && SECOND.test(value) ? TWO_LINES : value;
}
