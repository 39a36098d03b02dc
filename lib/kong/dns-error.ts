/** Origins whose name cannot be resolved: Kong distinguishes them from origins that cannot be reached. */
import type { Context } from '../core/request.ts';
import type { OriginSettings, Settings } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';

/** Cloudflare's status for an origin whose name it cannot resolve. */
const NO_NAME = 530;
const NAMELESS = refuse('no_origin', 503, 'name resolution failed');

/**
 * The status that a thrown error corresponds to; 0 for none, and always under the plain profile, which does not report
 * it. workerd does not report DNS failures as such. But over plain http an error that it does not mark as retryable is
 * a DNS failure or, in older releases, a response that is not HTTP: the request may have arrived, and is not sent
 * again.
 */
export function lostStatus(kong: Settings | null, error: unknown, origin: OriginSettings): number {
  const named =
    kong === null ||
    !origin.site.startsWith('http:') ||
    (error as { retryable?: boolean }).retryable === true;
  return named ? 0 : NO_NAME;
}

/** Kong's refusal if the last attempt failed because of DNS; null if it failed for another reason. */
export function refuseNameless(context: Context, failed: { readonly status: number } | null): Refusal | null {
  return context.kong !== null && failed?.status === NO_NAME ? NAMELESS : null;
}
