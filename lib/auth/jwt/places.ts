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

/** The different tokens, null for an argument without "="; a refusal where Authorization cannot be read. */
export function findTokens(context: Context, jwt: JwtSettings): ReadonlySet<string | null> | Refusal {
  const authorization = readAuthorization(context, 'authorization');
  if (authorization !== null && typeof authorization !== 'string') return authorization;
  const found = new Set<string | null>();
  for (const held of placesOf(context, jwt)) {
    for (const token of held) if (token !== '') found.add(token);
    if (found.size > 0 && context.kong?.compat === 'kong-2018') break;
  }
  return found;
}

function* placesOf({ kong, headers, query }: Context, jwt: JwtSettings): Generator<(string | null)[]> {
  for (const name of jwt.queryNames) yield argumentsOf(query.slice(1), name);
  const pairs = jwt.cookieNames.length > 0 ? cookiePairs(headers.get('cookie')) : [];
  for (const name of jwt.cookieNames) {
    const isIt = (pair: string): boolean => pair.toLowerCase().startsWith(`${name}=`.toLowerCase());
    yield [pairs.find(isIt)?.slice(name.length + 1) ?? ''];
  }
  for (const name of jwt.headers) {
    const isOwn = name !== 'authorization';
    const value = headers.get(name) ?? '';
    // Kong reads the first of two lines, which the platform has joined: no token holds a comma.
    const line = kong !== null && isOwn ? value.split(', ', 1)[0]! : value;
    const pattern = kong !== null ? KONG : isOwn ? OWN_HEADER : AUTHORIZATION;
    yield [pattern.exec(line)?.[1] ?? ''];
  }
}

/** The scheme's name has no case (RFC 9110, 11.1); a header of another name may hold the token alone. */
const AUTHORIZATION = /^bearer +(.+)/i;
const OWN_HEADER = /^(?:bearer +)?(.+)/i;
/** Anywhere, and with just these letters. */
const KONG = /[Bb]earer\s+(.+)/;
