/**
 * Takes the key out of what the origin gets: it would stand in logs there. Only once the caller is let in, so that a
 * flood of keys costs no more.
 */
import { cutCookies } from '../core/cookies.ts';
import { namesOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { hideInQuery, hideInReferer } from './api-key.ts';

/** From query, Referer, cookies and body, under every name; headers are dropped because their names are claimed. */
export function hideKeys(context: Context, names: readonly string[]): void {
  const { headers, originHeaders, fields } = context;
  const sent = namesOf(context);
  context.originQuery = hideInQuery(context.originQuery, names, null);
  const referer = sent.includes('referer') ? headers.get('referer') : null;
  if (referer?.includes('?')) originHeaders.push(['referer', hideInReferer(referer, names)]);
  const cookies = sent.includes('cookie') ? headers.get('cookie') : null;
  const kept = cookies && cutCookies(cookies, names);
  if (kept !== cookies) originHeaders.push(['cookie', kept]);
  if (fields !== null && names.some((name) => fields.get(name) !== undefined))
    context.body = fields.without(names);
}

/** As Kong: under the one name that supplied it. The Referer goes beyond it. */
export function hideAsKong(context: Context, name: string, compat: 'kong-3' | 'kong-2018'): void {
  const { headers, originHeaders, fields } = context;
  originHeaders.push([name, null]);
  if (name.includes('_')) originHeaders.push([name.replaceAll('_', '-'), null]);
  context.originQuery = hideInQuery(context.originQuery, [name], compat);
  const referer = headers.get('referer');
  if (referer !== null) originHeaders.push(['referer', hideInReferer(referer, [name])]);
  if (fields !== null && fields.get(name) !== undefined) context.body = fields.without([name]);
}
