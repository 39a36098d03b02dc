/**
 * The places of a token: query, cookies, headers. All are read, and different tokens are refused, since it is unknown
 * which of them the origin would use. Kong before 3.2 used the first place with a token.
 */
import type { JwtSettings } from '../../config/types.ts';
import { cookiePairs } from '../../core/cookies.ts';
import type { Refusal } from '../../core/errors.ts';
import type { Context } from '../../core/request.ts';
import { argumentsOf } from '../api-key.ts';
import { readAuthorization } from '../authorization.ts';

/** The different tokens, null for an argument without "="; a refusal if Authorization is repeated. */
export function findTokens(context: Context, jwt: JwtSettings): ReadonlySet<string | null> | Refusal {
  const authorization = readAuthorization(context, 'authorization');
  if (authorization !== null && typeof authorization !== 'string') return authorization;
  const found = new Set<string | null>();
  for (const tokens of placesOf(context, jwt)) {
    for (const token of tokens) if (token !== '') found.add(token);
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
    // Kong reads the first of repeated headers, which the platform has joined: no token contains a comma.
    const line = kong !== null && isOwn ? value.split(', ', 1)[0]! : value;
    const pattern = kong !== null ? KONG : isOwn ? OWN_HEADER : AUTHORIZATION;
    yield [pattern.exec(line)?.[1] ?? ''];
  }
}

/** The scheme is case-insensitive (RFC 9110, 11.1); other headers than Authorization may hold the token without it. */
const AUTHORIZATION = /^bearer +(.+)/i;
const OWN_HEADER = /^(?:bearer +)?(.+)/i;
/** Kong's pattern: anywhere in the value, and in these two spellings only. */
const KONG = /[Bb]earer\s+(.+)/;
