/**
 * May this request come in? What an authenticator is, and what becomes of the request when it has judged.
 *
 * An authenticator (API key, user name and password, and whatever else says who calls) is a record: where a credential
 * stands, and whom it names. Several guard one route as in Kong: without `anonymous` all of them must be content; one
 * with `anonymous` asks nothing where another has let the caller in, and lets everybody else in as its anonymous
 * consumer. They run in the order of the features, and of several that let the caller in the last one's consumer counts:
 * with `anonymous` on each that is the first, for the others ask nothing. Answers at once where nothing has to be
 * awaited. The credential itself goes no further than this folder: what is remembered, counted or told is the consumer,
 * or the credential's id.
 */
import type { Refusal } from '../core/errors.ts';
import type { Step } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { setConsumerHeaders } from './consumer-headers.ts';
import type { Identity } from './consumer-headers.ts';

type MaybePromise<T> = T | Promise<T>;

/** Somebody who may come in. */
export interface Authenticated {
  readonly identity: Identity;
  /** Never the credential: its id, or its digest where it has none. Null for the anonymous consumer. */
  readonly credentialId: string | null;
}

export interface Authenticator<C extends object> {
  /**
   * What the request shows; a refusal where it shows nothing, or nothing that can be judged. What `hide` is to take away
   * of a bad credential too belongs into it.
   */
  readonly find: (context: Context) => C | Refusal;
  /** Whom it names. Refusals of 401 and 403 are about the credential, all others about the gateway. */
  readonly verify: (context: Context, credential: C) => MaybePromise<Authenticated | Refusal>;
  /** Takes the credential out of what the origin gets; null where it was not found. */
  readonly hide: (context: Context, credential: C | null) => void;
  /** Who stands for callers without a good credential; null: they are refused. */
  readonly anonymous: Authenticated | Refusal | null;
  /** False lets every OPTIONS request pass unasked. */
  readonly runOnPreflight: boolean;
  /** Names of headers that only the gateway may say on this route, as `canonicalName` spells them. */
  readonly claimed: ReadonlySet<string>;
}

/** The step by which an authenticator guards a route. */
export function admitBy<C extends object>(authenticator: Authenticator<C>): Step {
  const { anonymous, runOnPreflight, claimed } = authenticator;
  return (context) => {
    const plain = context.kong === null;
    const unasked =
      (anonymous !== null && context.credentialId !== null) ||
      (!runOnPreflight && context.method === 'OPTIONS');
    if (plain) context.claimed.push(claimed);
    if (!unasked) return judgeCredential(context, authenticator);
    if (plain) authenticator.hide(context, null);
    return null;
  };
}

function judgeCredential<C extends object>(
  context: Context,
  authenticator: Authenticator<C>,
): MaybePromise<Refusal | null> {
  const found = authenticator.find(context);
  if (isRefusal(found)) return reject(context, authenticator, found, null);
  const judged = authenticator.verify(context, found);
  return judged instanceof Promise
    ? judged.then((given) => settleVerdict(context, authenticator, given, found))
    : settleVerdict(context, authenticator, judged, found);
}

function settleVerdict<C extends object>(
  context: Context,
  authenticator: Authenticator<C>,
  judged: Authenticated | Refusal,
  credential: C,
): Refusal | null {
  if (isRefusal(judged)) return reject(context, authenticator, judged, credential);
  authenticator.hide(context, credential);
  acceptCredential(context, judged);
  return null;
}

/** A caller without a good credential is the anonymous consumer where there is one. */
function reject<C extends object>(
  context: Context,
  { anonymous, hide }: Authenticator<C>,
  refusal: Refusal,
  credential: C | null,
): Refusal | null {
  if (anonymous === null || (refusal.status !== 401 && refusal.status !== 403)) return refusal;
  if (isRefusal(anonymous)) return anonymous;
  hide(context, credential);
  acceptCredential(context, anonymous);
  return null;
}

/** The origin is told who calls, and never by the caller. */
function acceptCredential(context: Context, { identity, credentialId }: Authenticated): void {
  const again = context.credentialId !== null || context.anonymous;
  context.consumer = identity.consumer;
  context.credentialId = credentialId;
  context.anonymous = credentialId === null;
  setConsumerHeaders(context, identity, again);
}

function isRefusal(value: object): value is Refusal {
  return 'reason' in value;
}
