/** An origin whose name leads nowhere: Kong tells that from one that cannot be reached. */
import type { Context } from '../core/request.ts';
import type { OriginSettings, Settings } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';

/** What Cloudflare answers for an origin whose name it cannot resolve. */
const NO_NAME = 530;
const NAMELESS = refuse('no_origin', 503, 'name resolution failed');

/**
 * The status that a thrown error stands for; 0 for none, and for all under the plain profile, which tells nobody.
 * workerd does not say that a name was the reason. But over plain http an error that it does not call retryable is that
 * or, in older releases, an answer that is no HTTP: the request may have arrived, and is not sent again.
 */
export function lostStatus(kong: Settings | null, error: unknown, origin: OriginSettings): number {
  const named =
    kong === null ||
    !origin.site.startsWith('http:') ||
    (error as { retryable?: boolean }).retryable === true;
  return named ? 0 : NO_NAME;
}

/** What Kong's callers are told where the last attempt failed for this; null where the reason was another. */
export function refuseNameless(context: Context, failed: { readonly status: number } | null): Refusal | null {
  return context.kong !== null && failed?.status === NO_NAME ? NAMELESS : null;
}
