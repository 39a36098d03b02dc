/**
 * Which answers are the same: what an entry is found by, and which requests have none.
 *
 * Answers are shared between callers who cannot be told apart, and never between others: whoever has shown a key has
 * entries of its own, and a request that carries another credential (Authorization, a cookie, a header or an argument
 * that speaks of one) is not cached at all unless `varyHeaders` or `varyQuery` names what carries it. Kong shares the
 * answers to Authorization and cookies.
 */
import type { Cache } from '../../config/types.ts';
import type { Context } from '../../core/request.ts';
import type { IsSecret } from '../secret-names.ts';
import { parseArguments } from '../transform/arguments.ts';

type Vary = Pick<Cache, 'varyHeaders' | 'varyQuery' | 'ignorePathCase'>;

/** Whether the request shows a credential that its entry would not be kept apart by. */
export function carriesCredential(
  context: Context,
  { varyHeaders, varyQuery }: Vary,
  isSecret: IsSecret,
): boolean {
  // The gateway's own keys have been checked, and entries are kept apart by whom they belong to.
  const known = context.credentialId === null ? [] : (context.route?.auth?.keyNames ?? []);
  const checked = new Set(known.map((name) => name.toLowerCase()));
  const isOpen = (name: string, kept: readonly string[]): boolean =>
    isSecret(name) && !kept.includes(name) && !checked.has(name.toLowerCase());
  for (const name of context.headers.keys()) if (isOpen(name, varyHeaders)) return true;
  if (varyQuery === null) return false;
  return [...parseArguments(context.originQuery.slice(1)).keys()].some((name) => isOpen(name, varyQuery));
}

/**
 * Whatever separates the parts of a key is escaped in them, or one request's parts could be made to look like
 * another's.
 */
const keyPart = (text: string): string => text.replace(/[%|:,=]/g, encodeURIComponent);

/** Sorted names, each with its sorted values; names of a list in the list's order. */
function argumentsText(query: string, names: readonly string[] | null): string {
  const found = parseArguments(query.slice(1));
  return (names ?? [...found.keys()].sort())
    .flatMap((name) => {
      const values = found.get(name);
      if (values === undefined) return [];
      const texts = values
        .map((value) => (value === null ? keyPart(name) : `${keyPart(name)}=${keyPart(value)}`))
        .sort();
      // Kong writes the name of several values once.
      return [texts.map((text, i) => (i === 0 ? text : text.slice(keyPart(name).length + 1))).join(',')];
    })
    .join(':');
}

/**
 * The text whose SHA-256 is the key, under Kong's profiles as Kong makes it (proxy-cache/cache_key.lua): of a request
 * without a query the protocol belongs to the line. Elsewhere host and Origin count too: one route may have several
 * hosts, and an origin may answer by either.
 */
export function keyText(context: Context, { varyHeaders, varyQuery, ignorePathCase }: Vary): string {
  const { consumer, credentialId, route, method, path, query, headers, kong, scheme, host } = context;
  const who = consumer?.id ?? credentialId;
  const line = `${method} ${path.replaceAll('|', '%7C')}${query === '' ? ' HTTP/1.1' : ''}`;
  const varied = varyHeaders.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [`${name}=${keyPart(value)}`];
  });
  const parts = [
    who === null ? route?.id : `${keyPart(who)}:${route?.id}`,
    method,
    ignorePathCase ? line.toLowerCase() : line,
    argumentsText(context.originQuery, varyQuery),
    varied.join(':'),
  ];
  if (kong === null) parts.push(`${scheme}://${keyPart(host)}`, keyPart(headers.get('origin') ?? ''));
  // What was made of something that has no part in the rest.
  if (context.originPath !== null) parts.push(context.originPath.replaceAll('|', '%7C'));
  return parts.join('|');
}
