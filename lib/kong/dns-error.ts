/** Origins whose name cannot be resolved: Kong distinguishes them from origins that cannot be reached. */
import { refuse } from '../core/errors.ts';
import type { DnsErrors } from '../core/feature.ts';

/** Cloudflare's status for an origin whose name it cannot resolve. */
const NO_NAME = 530;
const UNRESOLVED = refuse('no_origin', 503, 'name resolution failed');

export const DNS_ERRORS: DnsErrors = {
  /**
   * workerd does not report DNS failures as such. But over plain http an error that it does not mark as retryable is a
   * DNS failure or, in older releases, a response that is not HTTP: the request may have arrived, and is not sent
   * again.
   */
  statusOf: (error, { site }) =>
    !site.startsWith('http:') || (error as { retryable?: boolean }).retryable === true ? 0 : NO_NAME,
  refusalOf: (status) => (status === NO_NAME ? UNRESOLVED : null),
};
