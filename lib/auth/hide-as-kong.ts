/**
 * Hides a key from the origin as Kong does: only the name under which it was found. Kong 3.9 and later re-encode the
 * whole query, earlier versions sort it as well. Cleaning the Referer goes beyond Kong.
 */
import type { Context } from '../core/request.ts';
import { hideInReferer } from './api-key.ts';

type Compat = 'kong-3' | 'kong-2018';

export function hideAsKong(context: Context, name: string, compat: Compat): void {
  const { headers, originHeaders, fields } = context;
  originHeaders.push([name, null]);
  if (name.includes('_')) originHeaders.push([name.replaceAll('_', '-'), null]);
  context.originQuery = withoutArgument(context.originQuery, name, compat);
  const referer = headers.get('referer');
  if (referer !== null) originHeaders.push(['referer', hideInReferer(referer, [name])]);
  if (fields !== null && fields.valuesOf(name).length > 0) context.body = fields.without([name]);
}

/** The query, with its "?". */
export function withoutArgument(query: string, name: string, compat: Compat): string {
  const pairs = new URLSearchParams(query);
  pairs.delete(name);
  if (compat === 'kong-2018') pairs.sort();
  const rest = pairs.toString().replaceAll('+', '%20');
  return rest === '' ? '' : '?' + rest;
}
