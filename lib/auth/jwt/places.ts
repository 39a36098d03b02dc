/**
 * Where a token may stand: query, cookies, headers. All places are read and different tokens refused, for nobody knows
 * which of them the origin would believe. Kong before 3.2 took the first place that held one.
 */
import type { JwtSettings } from '../../config/types.ts';
import { cookiePairs } from '../../core/cookies.ts';
import type { Refusal } from '../../core/errors.ts';
import type { Context } from '../../core/request.ts';
import { argumentsOf } from '../api-key.ts';
import { readAuthorization } from '../authorization.ts';

/** The scheme's name has no case (RFC 9110, 11.1); a header of another name may hold the token alone. */
const AUTHORIZATION = /^bearer +(.+)/i;
const OTHER_HEADER = /^(?:bearer +)?(.+)/i;
/** Kong's: anywhere, and with just these letters. */
const KONG = /[Bb]earer\s+(.+)/;

/** The different tokens, null for an argument without "="; a refusal where a header cannot be read. */
export function findTokens(context: Context, jwt: JwtSettings): ReadonlySet<string | null> | Refusal {
  const { kong, headers, query } = context;
  const { queryNames, cookieNames, headers: headerNames } = jwt;
  const firstOnly = kong?.compat === 'kong-2018';
  const found = new Set<string | null>();
  const isDone = (): boolean => firstOnly && found.size > 0;
  for (const name of queryNames) {
    if (isDone()) break;
    for (const value of argumentsOf(query.slice(1), name)) if (value !== '') found.add(value);
  }
  const pairs = cookieNames.length > 0 && !isDone() ? cookiePairs(headers.get('cookie')) : [];
  for (const name of cookieNames) {
    const start = `${name}=`.toLowerCase();
    const value = pairs.find((pair) => pair.slice(0, start.length).toLowerCase() === start);
    if (value !== undefined && value.length > start.length && !isDone()) found.add(value.slice(start.length));
  }
  for (const name of headerNames) {
    if (isDone()) break;
    const value = name === 'authorization' ? readAuthorization(context, name) : headers.get(name);
    if (value !== null && typeof value !== 'string') return value;
    const token = value === null ? undefined : tokenIn(value, name, kong !== null);
    if (token !== undefined) found.add(token);
  }
  return found;
}

/** Kong reads the first of two lines, which the platform has joined: no token holds a comma. */
function tokenIn(value: string, name: string, kong: boolean): string | undefined {
  const isOwn = name !== 'authorization';
  if (!kong) return (isOwn ? OTHER_HEADER : AUTHORIZATION).exec(value)?.[1];
  return KONG.exec(isOwn ? value.split(', ', 1)[0]! : value)?.[1];
}
