/**
 * Hides a key from the origin as Kong does: only the name under which it was found. Kong 3.9 and later re-encode the
 * whole query, earlier versions sort it as well. Cleaning the Referer goes beyond Kong.
 */
import type { Settings } from '../config/types.ts';
import type { Context } from '../core/request.ts';
import { hideInReferer } from './api-key.ts';

export function hideAsKong(context: Context, name: string): void {
  const { headers, originHeaders, fields, kong } = context;
  originHeaders.push([name, null]);
  if (name.includes('_')) originHeaders.push([name.replaceAll('_', '-'), null]);
  context.originQuery = withoutArgument(context.originQuery, name, kong?.compat ?? null);
  const referer = headers.get('referer');
  if (referer !== null) originHeaders.push(['referer', hideInReferer(referer, [name])]);
  if (fields !== null && fields.valuesOf(name).length > 0) context.body = fields.without([name]);
}

/** The query, with its "?". */
export function withoutArgument(query: string, name: string, compat: Settings['compat']): string {
  const pairs = new URLSearchParams(query);
  pairs.delete(name);
  if (compat === 'kong-2018') pairs.sort();
  const rest = pairs.toString().replaceAll('+', '%20');
  return rest === '' ? '' : '?' + rest;
}
