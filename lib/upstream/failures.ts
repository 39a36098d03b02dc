/**
 * The failed attempts of a request, in the log's terms. Built only if an attempt failed, so that a request without
 * failures pays nothing.
 *
 * On Cloudflare, 52x tells what happened to a connection. Plain workerd throws the same error, marked `retryable`, for
 * a refused and a reset connection, and another one for DNS and TLS failures; over plain http the latter is a DNS
 * failure or, in older releases, a response that is not HTTP.
 */
import type { Attempt, Race } from '../balance/race-record.ts';
import type { FailedAttempt, Failure } from '../core/request.ts';

/** In the order they were sent; null if none failed, not counting `answer`, which the caller gets. */
export function failuresOf(state: Race, answer: Attempt | null): FailedAttempt[] | null {
  const failures: FailedAttempt[] = [];
  for (let tried = state.last; tried !== null; tried = tried.earlier) {
    const { outcome, status, response } = tried;
    if (tried === answer || outcome === 'superseded' || outcome === 'rejected') continue;
    const { name, site } = tried.origin.settings;
    const threw = response instanceof Error;
    const error = threw ? thrownFailure(response, site) : outcome === 'timeout' ? outcome : BY_STATUS[status];
    failures.unshift({
      origin: name,
      error: error ?? 'status',
      status: threw ? undefined : status || undefined,
    });
  }
  return failures.length > 0 ? failures : null;
}

const BY_STATUS: Readonly<Record<number, Failure>> = {
  520: 'reset',
  521: 'refused',
  523: 'refused',
  525: 'tls',
  526: 'tls',
  530: 'dns',
};

function thrownFailure(error: Error & { retryable?: unknown }, site: string): Failure {
  if (error.retryable === true) return 'refused_or_reset';
  return site.startsWith('http:') ? 'dns' : 'dns_or_tls';
}
