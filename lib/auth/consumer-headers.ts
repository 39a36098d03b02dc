/**
 * The headers that identify the caller to the origin: Kong's five, and those from a verifier. Only the gateway may set
 * them.
 *
 * None of them reaches the origin as sent by a caller, in any spelling: to CGI and WSGI, `X_Consumer-ID` is the same
 * header as `X-Consumer-ID`. Outside Kong's profiles a route claims the names, and http/headers.ts drops the caller's
 * headers of these names in its one pass over all names. The Kong profiles let other spellings pass, as Kong does.
 */
import type { Consumer } from '../config/types.ts';
import { canonicalName } from '../core/header-names.ts';
import type { Context } from '../core/request.ts';

/** The caller that a credential belongs to. */
export interface Identity {
  readonly consumer: Consumer | null;
  /** Further headers for the origin; null removes the header, so that no caller can set it. */
  readonly headers: readonly (readonly [string, string | null])[];
  /** For X-Credential-Identifier. */
  readonly id?: string | undefined;
  /** The same, if it is a user name: for X-Credential-Username, which Kong sent before 2.1. */
  readonly login?: string | undefined;
}

const IDENTITY = [
  'x-consumer-id',
  'x-consumer-username',
  'x-consumer-custom-id',
  'x-credential-identifier',
  'x-anonymous-consumer',
];

/** The names that only the gateway may set: the five, and `more`. */
export function claimedNames(more: readonly string[] = []): ReadonlySet<string> {
  return new Set([...IDENTITY, ...more].map(canonicalName));
}

/** Adds the headers to `context.originHeaders`, the five in order. `again`: a caller has been set before. */
export function setConsumerHeaders(context: Context, identity: Identity, again: boolean): void {
  const { consumer, headers, id, login } = identity;
  const { kong, anonymous, originHeaders } = context;
  // Outside Kong's profiles the caller's own headers are dropped already, so nulls are needed only if set `again`.
  const say = (name: string, value: string | null | undefined): void => {
    if (value != null || again || kong !== null) originHeaders.push([name, value ?? null]);
  };
  say('x-consumer-id', consumer?.id);
  say('x-consumer-username', consumer?.username);
  say('x-consumer-custom-id', consumer?.customId);
  // Kong sends the credential's identifier since 2.1; before, only its user name.
  if (kong?.compat === 'kong-2018') say('x-credential-username', login);
  else say('x-credential-identifier', id);
  say('x-anonymous-consumer', anonymous ? 'true' : null);
  for (const [name, value] of headers) say(name, value);
}
