/**
 * An https-only route refuses plain http (RFC 9110, 15.5.22: 426 names what to upgrade to), or redirects to https. A
 * key or token in the query is removed from that redirect, so that its owner notices that it was sent unencrypted; the
 * Kong profiles send the query unchanged.
 */
import { publicHostOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { hideInQuery } from '../auth/api-key.ts';
import type { RouteSettings } from '../config/types.ts';
import type { Hooks, Step } from '../core/feature.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';

const UPGRADE = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'TLS/1.2, HTTP/1.1'],
] as const;

/** Null if the scheme is one of `protocols`; a route that accepts http accepts https too, as in Kong. */
export function refuseInsecure(
  context: Context,
  protocols: readonly string[],
  status: number,
): Refusal | null {
  if (context.scheme === 'https' || protocols.includes('http')) return null;
  if (status < 300 || status > 399)
    return refuse('https_required', status, 'Please use HTTPS protocol', UPGRADE);
  const host = publicHostOf(context).replace(/:\d+$/, '');
  const route = context.kong === null ? context.route : null;
  const keyNames = route?.auth?.hideCredentials ? route.auth.keyNames : [];
  const names = [...keyNames, ...(route?.jwt?.queryNames ?? [])];
  const query = names.length > 0 ? hideInQuery(context.query, names) : context.query;
  return refuse('https_required', status, '', [['Location', `https://${host}${context.path}${query}`]]);
}

export function startHttpsRedirect(): Hooks {
  const guard = ({ protocols, httpsRedirectStatus }: RouteSettings): Step | null =>
    protocols.includes('http') ? null : (context) => refuseInsecure(context, protocols, httpsRedirectStatus);
  return { preflight: guard, admit: guard };
}
