/**
 * A browser whose user changes the credential must not be answered from what it kept of the former caller's: what
 * stands in a header is no part of the URL. Said of answers that a cache may use again without asking (RFC 9111, 4.1
 * and 4.2.2); no others are touched.
 */
import type { Finish } from '../core/feature.ts';

/** `names`: of the headers in which a credential may stand, as Vary lists them. */
export function varyBy(names: string): Finish {
  return ({ method, origin }, exit) => {
    if (exit.reason !== null || origin === null || (method !== 'GET' && method !== 'HEAD')) return;
    const { headers } = exit;
    const control = headers.get('cache-control');
    const kept =
      control === null
        ? headers.has('expires') || headers.has('last-modified')
        : !/\bno-store\b/i.test(control);
    if (kept) exit.change().append('Vary', names);
  };
}
