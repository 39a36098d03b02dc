/**
 * Authentication: what an authenticator is, and how its verdict is applied to the request.
 *
 * An authenticator (API key, user name and password, and so on) is a record: how to find a credential, and how to
 * verify it. Several on one route combine as in Kong: without `anonymous`, all of them must accept the request; one
 * with `anonymous` is skipped if another has accepted it, and otherwise accepts a caller without a good credential as
 * its anonymous consumer. They run in the order of the features, and if several accept, the last one's consumer counts:
 * with `anonymous` on each, that is the first, since the others are skipped. Synchronous if nothing has to be awaited.
 * The credential itself never leaves this folder: only the consumer or the credential's id is stored, counted or sent.
 */
import type { Refusal } from '../core/errors.ts';
import type { MaybePromise, Step } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { setConsumerHeaders } from './consumer-headers.ts';
import type { Identity } from './consumer-headers.ts';

/** An accepted caller. */
export interface Authenticated {
  readonly identity: Identity;
  /** Never the credential itself: its id, or its digest if it has none. Null for the anonymous consumer. */
  readonly credentialId: string | null;
}

export interface Authenticator<C extends object> {
  /**
   * The credential in the request; a refusal if there is none, or none that can be verified. It includes what `hide`
   * has to remove of a bad credential.
   */
  readonly find: (context: Context) => C | Refusal;
  /** The caller it belongs to. A refusal with 401 or 403 is the credential's fault, any other the gateway's. */
  readonly verify: (context: Context, credential: C) => MaybePromise<Authenticated | Refusal>;
  /** Removes the credential from the request to the origin; null if none was found. */
  readonly hide: (context: Context, credential: C | null) => void;
  /** If false, OPTIONS requests are not authenticated. */
  readonly runOnPreflight: boolean;
  /** Names of headers that only the gateway may set on this route, as `canonicalName` spells them. */
  readonly claimed: ReadonlySet<string>;
}

/**
 * The step that runs an authenticator on a route. `anonymous`: the caller used in place of one without a good
 * credential; null: such requests are refused.
 */
export function admitBy<C extends object>(
  { runOnPreflight, claimed, find, verify, hide }: Authenticator<C>,
  anonymous: Authenticated | Refusal | null,
): Step {
  /** Sets the caller, and the headers by which the gateway, never the caller itself, identifies it to the origin. */
  const settle = (
    context: Context,
    judged: Authenticated | Refusal,
    credential: C | null,
  ): Refusal | null => {
    const isBad = isRefusal(judged) && (judged.status === 401 || judged.status === 403);
    const accepted = isBad ? (anonymous ?? judged) : judged;
    if (isRefusal(accepted)) return accepted;
    hide(context, credential);
    const { identity, credentialId } = accepted;
    const again = context.credentialId !== null || context.anonymous;
    context.consumer = identity.consumer;
    context.credentialId = credentialId;
    context.anonymous = credentialId === null;
    setConsumerHeaders(context, identity, again);
    return null;
  };
  return (context) => {
    const plain = context.kong === null;
    if (plain) context.claimed.push(claimed);
    const isAccepted = anonymous !== null && context.credentialId !== null;
    if (isAccepted || (!runOnPreflight && context.method === 'OPTIONS')) {
      if (plain) hide(context, null);
      return null;
    }
    const found = find(context);
    if (isRefusal(found)) return settle(context, found, null);
    const judged = verify(context, found);
    return judged instanceof Promise
      ? judged.then((given) => settle(context, given, found))
      : settle(context, judged, found);
  };
}

function isRefusal(value: object): value is Refusal {
  return 'reason' in value;
}
