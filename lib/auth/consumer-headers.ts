/**
 * The headers by which the origin learns who calls: Kong's five, and those that a verifier adds. They are the gateway's alone.
 *
 * Promises that none of them reaches the origin as a caller wrote it, in any spelling: CGI and WSGI take `X_Consumer-ID` for the same
 * header as `X-Consumer-ID`. Outside Kong's profiles the names are claimed here, and headers.ts drops whatever a caller sent under them
 * in the one pass that it makes over all names; the Kong profiles let other spellings pass, as Kong does.
 */
import type { Consumer } from '../config/types.ts';
import type { Context } from '../core/request.ts';

/** Who calls, as a credential says. */
export interface Identity {
  readonly consumer: Consumer | null;
  /** What the origin is told beside that; null removes the header, so that no caller can say it. */
  readonly headers: readonly (readonly [string, string | null])[];
  /** The credential's name. */
  readonly id?: string | undefined;
}

const ABOUT = 'consumer-id consumer-username consumer-custom-id credential-identifier anonymous-consumer';
const IDENTITY = ABOUT.split(' ').map((name) => 'x-' + name);

/** Names that only the gateway may say on a route: the five, and `more`. */
export function identityNames(more: readonly string[] = []): string[] {
  return [...IDENTITY, ...more];
}

/** Says in `context.originHeaders` who calls, in the order of the five; whatever has no value is removed. */
export function setConsumerHeaders(context: Context, identity: Identity, anonymous: boolean): void {
  const { consumer, headers, id } = identity;
  // Kong named the credential to origins from 2.1 on.
  const shown = context.kong?.compat === 'kong-2018' ? null : id;
  const values = [consumer?.id, consumer?.username, consumer?.customId, shown, anonymous ? 'true' : null];
  for (let i = 0; i < IDENTITY.length; i++) say(context, IDENTITY[i] as string, values[i] ?? null);
  for (const [name, value] of headers) say(context, name, value);
}

function say({ kong, originHeaders }: Context, name: string, value: string | null): void {
  // Outside Kong's profiles what a caller sent by that name is dropped already.
  if (value !== null || kong !== null) originHeaders.push([name, value]);
}
