/**
 * Adds Vary, so that a browser whose user changes the credential is not served responses cached for the former caller:
 * a credential in a header is not part of the URL. Only on responses that a cache may reuse without revalidation (RFC
 * 9111, 4.1 and 4.2.2); all others are unchanged.
 */
import type { Finish } from '../core/feature.ts';

/** `names`: the headers that may contain a credential, as a value of Vary. */
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
