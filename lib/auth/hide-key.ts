/**
 * Removes the key from the request to the origin, where it would end up in logs. Only for accepted requests, so that a
 * flood of keys costs no more.
 */
import { cutCookies } from '../core/cookies.ts';
import { namesOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { hideInQuery, hideInReferer } from './api-key.ts';

/** From query, Referer, cookies and body, for every key name; headers are dropped because their names are claimed. */
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

/** As in Kong: only for the name under which it was found. Cleaning the Referer goes beyond Kong. */
export function hideAsKong(context: Context, name: string, compat: 'kong-3' | 'kong-2018'): void {
  const { headers, originHeaders, fields } = context;
  originHeaders.push([name, null]);
  if (name.includes('_')) originHeaders.push([name.replaceAll('_', '-'), null]);
  context.originQuery = hideInQuery(context.originQuery, [name], compat);
  const referer = headers.get('referer');
  if (referer !== null) originHeaders.push(['referer', hideInReferer(referer, [name])]);
  if (fields !== null && fields.get(name) !== undefined) context.body = fields.without([name]);
}
