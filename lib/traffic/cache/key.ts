/**
 * The cache key of a request, and which requests have none.
 *
 * Responses are never shared between callers with different credentials. A consumer has entries of its own. A request
 * with another credential (Authorization, a cookie, a header or an argument with the name of one) is not cached unless
 * `varyHeaders` or `varyQuery` names what carries it. Kong shares the responses to Authorization and cookies.
 */
import type { Cache } from '../../config/types.ts';
import { headerNow } from '../../core/request.ts';
import type { Context } from '../../core/request.ts';
import type { IsSecret } from '../secret-names.ts';
import { parseArguments } from '../transform/arguments.ts';

type Vary = Pick<Cache, 'varyHeaders' | 'varyQuery' | 'ignorePathCase'>;

/** Whether the request carries a credential that is not part of its cache key. */
export function carriesCredential(
  context: Context,
  { varyHeaders, varyQuery }: Vary,
  isSecret: IsSecret,
): boolean {
  // Keys that the gateway has checked: the consumer or credential is part of the cache key.
  const known = context.credentialId === null ? [] : (context.route?.auth?.keyNames ?? []);
  const checked = new Set(known.map((name) => name.toLowerCase()));
  const isOpen = (name: string, kept: readonly string[]): boolean =>
    isSecret(name) && !kept.includes(name) && !checked.has(name.toLowerCase());
  for (const name of context.headers.keys()) if (isOpen(name, varyHeaders)) return true;
  if (varyQuery === null) return false;
  return [...parseArguments(context.originQuery.slice(1)).keys()].some((name) => isOpen(name, varyQuery));
}

/**
 * Escapes the separators, so that no request can be made to have another's cache key.
 */
const keyPart = (text: string): string => text.replace(/[%|:,=]/g, encodeURIComponent);

/** Arguments sorted by name, each with its sorted values; listed names in the list's order. */
function argumentsText(query: string, names: readonly string[] | null): string {
  const found = parseArguments(query.slice(1));
  return (names ?? [...found.keys()].sort())
    .flatMap((name) => {
      const values = found.get(name);
      if (values === undefined) return [];
      const texts = values
        .map((value) => (value === null ? keyPart(name) : `${keyPart(name)}=${keyPart(value)}`))
        .sort();
      // Kong writes the name once for several values.
      return [texts.map((text, i) => (i === 0 ? text : text.slice(keyPart(name).length + 1))).join(',')];
    })
    .join(':');
}

/**
 * The string whose SHA-256 is the cache key. Under Kong's profiles it is Kong's (proxy-cache/cache_key.lua), where the
 * line of a request without a query includes the protocol. Otherwise host and Origin are part of it too: a route may
 * have several hosts, and the response may depend on either.
 */
export function keyText(context: Context, { varyHeaders, varyQuery, ignorePathCase }: Vary): string {
  const { consumer, credentialId, route, method, originMethod, path, query, headers, kong } = context;
  const who = consumer?.id ?? credentialId;
  const line = `${method} ${path.replaceAll('|', '%7C')}${query === '' ? ' HTTP/1.1' : ''}`;
  const varied = varyHeaders.flatMap((name) => {
    const value = headerNow(context, name);
    return value === null ? [] : [`${name}=${keyPart(value)}`];
  });
  const parts = [
    who === null ? route?.id : `${keyPart(who)}:${route?.id}`,
    originMethod,
    ignorePathCase ? line.toLowerCase() : line,
    argumentsText(context.originQuery, varyQuery),
    varied.join(':'),
  ];
  if (kong === null)
    parts.push(`${context.scheme}://${keyPart(context.host)}`, keyPart(headers.get('origin') ?? ''));
  // A canary's responses are not for the callers of the route's own pool, nor the other way round.
  if (route?.canary && context.pool !== route.pool) parts.push(`canary ${keyPart(route.canary.pool)}`);
  // A rewritten path may depend on headers that are not in the key.
  if (context.originPath !== null) parts.push(context.originPath.replaceAll('|', '%7C'));
  return parts.join('|');
}
