/**
 * The headers by which the origin learns who calls: Kong's five, and those that a verifier adds. They are the gateway's
 * alone.
 *
 * Promises that none of them reaches the origin as a caller wrote it, in any spelling: CGI and WSGI take
 * `X_Consumer-ID` for the same header as `X-Consumer-ID`. Outside Kong's profiles a route claims the names, and
 * http/headers.ts drops whatever a caller sent under them in the one pass that it makes over all names; the Kong
 * profiles let other spellings pass, as Kong does.
 */
import type { Consumer } from '../config/types.ts';
import { canonicalName } from '../core/header-names.ts';
import type { Context } from '../core/request.ts';

/** Who calls, as a credential says. */
export interface Identity {
  readonly consumer: Consumer | null;
  /** What the origin is told beside that; null removes the header, so that no caller can say it. */
  readonly headers: readonly (readonly [string, string | null])[];
  /** The credential's name. */
  readonly id?: string | undefined;
  /** The same where it is a user's name, as Kong told it before 2.1. */
  readonly login?: string | undefined;
}

const ABOUT = 'consumer-id consumer-username consumer-custom-id credential-identifier anonymous-consumer';
const IDENTITY = ABOUT.split(' ').map((name) => 'x-' + name);

/** The names that only the gateway may say: the five, and `more`. */
export function claimedNames(more: readonly string[] = []): ReadonlySet<string> {
  return new Set([...IDENTITY, ...more].map(canonicalName));
}

/** Says in `context.originHeaders` who calls, in the order of the five. `again`: somebody has been named before. */
export function setConsumerHeaders(context: Context, identity: Identity, again: boolean): void {
  const { consumer, headers, id, login } = identity;
  const { kong, anonymous, originHeaders } = context;
  // Kong named the credential to origins from 2.1 on, and before that its user alone.
  const old = kong?.compat === 'kong-2018';
  const named = old ? login : id;
  const values = [consumer?.id, consumer?.username, consumer?.customId, named, anonymous ? 'true' : null];
  // Outside Kong's profiles what a caller sent is dropped already.
  const say = (name: string, value: string | null | undefined): void => {
    if (value != null || again || kong !== null) originHeaders.push([name, value ?? null]);
  };
  for (let i = 0; i < IDENTITY.length; i++)
    say(old && i === 3 ? 'x-credential-username' : (IDENTITY[i] as string), values[i]);
  for (const [name, value] of headers) say(name, value);
}
