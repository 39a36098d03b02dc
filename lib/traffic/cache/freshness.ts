/**
 * How long a response may be stored, and whether an entry may be reused: the parts of RFC 9111 that proxy-cache has.
 */

import { cacheDirectives } from '../../core/cache-control.ts';

function secondsOf(directives: ReadonlyMap<string, string>, name: string): number | null {
  const value = directives.get(name);
  return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : null;
}

/**
 * Seconds for which the response may be shared by its own headers, 0 for not at all, null if they do not say. `now` in
 * ms since 1970. Its Age is subtracted (RFC 9111, 4.2.3).
 */
export function sharedLifetime(headers: Headers, now: number): number | null {
  const directives = cacheDirectives(headers.get('cache-control'));
  if (['private', 'no-store', 'no-cache'].some((name) => directives.has(name))) return 0;
  const expires = Date.parse(headers.get('expires') ?? '');
  const lifetime =
    secondsOf(directives, 's-maxage') ??
    secondsOf(directives, 'max-age') ??
    (Number.isNaN(expires) ? null : Math.floor((expires - now) / 1000));
  const age = Number(/^\d{1,10}$/.exec(headers.get('age') ?? '')?.[0] ?? 0);
  return lifetime === null ? null : Math.max(0, lifetime - age);
}

/** Whether the request's Cache-Control directives accept an entry of `age` seconds that was fresh for `lifetime`. */
export function isAcceptable(request: ReadonlyMap<string, string>, age: number, lifetime: number): boolean {
  const [maxAge, maxStale, minFresh] = ['max-age', 'max-stale', 'min-fresh'].map((name) =>
    secondsOf(request, name),
  );
  if (maxAge !== null && maxAge !== undefined && age > maxAge) return false;
  if (maxStale !== null && maxStale !== undefined && age - lifetime > maxStale) return false;
  return minFresh === null || minFresh === undefined || lifetime - age >= minFresh;
}

/**
 * Compares type, subtype and all parameters, names without regard to case. "*" in the list stands for any type or
 * subtype.
 */
export function isListedType(listed: readonly string[], type: string | null): boolean {
  const sent = parseType(type);
  return sent !== null && listed.some((one) => matchesType(parseType(one), sent));
}

interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function parseType(text: string | null): MediaType | null {
  const [name = '', ...rest] = text?.split(';') ?? [];
  const [, type = '', subtype = ''] = /^\s*([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)\s*$/.exec(name) ?? [];
  if (type === '') return null;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const [, key = '', value = ''] = /^\s*([\w!#$&^.+-]+)=(?:"?([^";\s]*)"?)\s*$/.exec(part) ?? [];
    if (key === '') return null;
    parameters.set(key.toLowerCase(), value);
  }
  return { type: type.toLowerCase(), subtype: subtype.toLowerCase(), parameters };
}

function matchesType(listed: MediaType | null, sent: MediaType): boolean {
  if (listed === null || listed.parameters.size !== sent.parameters.size) return false;
  const same = (a: string, b: string): boolean => a === '*' || a === b;
  return (
    same(listed.type, sent.type) &&
    same(listed.subtype, sent.subtype) &&
    [...listed.parameters].every(([name, value]) => sent.parameters.get(name) === value)
  );
}
