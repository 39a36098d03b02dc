/** A route for https alone refuses plain http (RFC 9110, 15.5.22: 426 names what to upgrade to), or sends it there. */
import type { Call } from './call.ts';
import { refuse } from './errors.ts';
import type { Refusal } from './errors.ts';

const UPGRADE = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'TLS/1.2, HTTP/1.1'],
] as const;

/** Null where the scheme is one of `protocols`; a route that takes http takes https too, as Kong's do. */
export function refuseInsecure(call: Call, protocols: readonly string[], status: number): Refusal | null {
  if (call.scheme === 'https' || protocols.includes('http')) return null;
  if (status < 300 || status > 399)
    return refuse('https_required', status, 'Please use HTTPS protocol', UPGRADE);
  const host = call.host.replace(/:\d+$/, '');
  return refuse('https_required', status, '', [['Location', `https://${host}${call.path}${call.query}`]]);
}
