/**
 * Which browser callers may read the answer: Kong 3's cors plugin to the letter (plugins/cors/handler.lua), the Fetch
 * standard's protocol. What does not depend on the request is made once, at start-up.
 *
 * `origins` none or exactly ["*"]: any. One plain entry: sent whoever asks. Otherwise the caller's own origin is sent
 * back, normalised, if an entry takes it; if none does, Access-Control-Allow-Origin is removed, the origin server's own
 * too. A plain entry is compared whole; any other is a regular expression over the host, or, if it holds a colon, over
 * scheme://host[:port]. Preflights never reach an origin nor an authentication step: a key can't travel in one.
 */
import type { CorsSettings } from './config.ts';
import { compilePattern } from './pattern.ts';
import type { Pattern } from './pattern.ts';

interface Entry {
  readonly origin: string;
  readonly pattern: Pattern | null;
  /** The pattern is about the host alone. */
  readonly byHost: boolean;
}
export interface CorsRule {
  readonly settings: CorsSettings;
  /** Any origin may. */
  readonly any: boolean;
  /** Any origin may, but that is said only to requests that name one. */
  readonly star: boolean;
  /** The one plain entry. */
  readonly fixed: string | null;
  readonly entries: readonly Entry[];
  readonly exposed: string;
  /** What every preflight is told. */
  readonly preflight: readonly (readonly [string, string])[];
  readonly preflightContinue: boolean;
}

const PLAIN = /^[A-Za-z0-9.:/-]*$/;
const VARY = ['Vary', 'Origin'] as const;
const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';
const ALLOW_CREDENTIALS = 'Access-Control-Allow-Credentials';

/** An origin without its scheme's own port, and its host; a text that is no origin stands for both. */
function splitOrigin(text: string): { origin: string; host: string } {
  const [, scheme = '', host = '', port = ''] =
    /^([a-z][a-z\d+.-]*:\/\/)(?:[^/@]*@)?(\[[^\]]*\]|[^/:]+)(:\d+)?/i.exec(text) ?? [];
  if (host === '') return { origin: text, host: text };
  const own = (scheme === 'http://' && port === ':80') || (scheme === 'https://' && port === ':443');
  return { origin: scheme + host + (own ? '' : port), host };
}

/** Throws where an entry is a faulty pattern: check-config asks routePatternFault first. */
export function compileCors(settings: CorsSettings): CorsRule {
  const { origins, headers, maxAge } = settings;
  const [only = '*'] = origins;
  const any = origins.length < 2 && only === '*';
  const preflight: [string, string][] = [['Access-Control-Allow-Methods', settings.methods.join(',')]];
  if (headers && headers.length > 0) preflight.push(['Access-Control-Allow-Headers', headers.join(',')]);
  if (maxAge !== null) preflight.push(['Access-Control-Max-Age', String(maxAge)]);
  return {
    settings,
    any,
    star: !any && origins.includes('*'),
    fixed: origins.length === 1 && PLAIN.test(only) ? only : null,
    entries: origins
      .filter((entry) => entry !== '*')
      .map((entry) => ({
        origin: splitOrigin(entry).origin,
        pattern: PLAIN.test(entry) ? null : compilePattern(entry.replace(/^\^/, ''), true, true),
        byHost: !entry.includes(':'),
      })),
    exposed: settings.exposedHeaders.join(','),
    preflight,
    preflightContinue: settings.preflightContinue,
  };
}

/** Kong before 1.3 (`legacy`) answered every OPTIONS itself. */
export function isPreflight(method: string, headers: Headers, legacy = false): boolean {
  return (
    method === 'OPTIONS' &&
    (legacy || (!!headers.get('origin') && headers.has('access-control-request-method')))
  );
}

/** An empty Origin header names none. */
const originOf = (text: string | null): string | null => (text === '' ? null : text);

function admitOrigin(rule: CorsRule, requestOrigin: string): string | null {
  const { origin, host } = splitOrigin(requestOrigin);
  for (const entry of rule.entries) {
    const { pattern } = entry;
    const text = entry.byHost ? host : origin;
    if (pattern ? text.length <= pattern.maxLength && pattern.regex.test(text) : entry.origin === origin)
      return origin;
  }
  return null;
}

/** Who may read, as headers: null removes one; Vary is to be added, all others to be set. */
function originHeaders(rule: CorsRule, requestOrigin: string | null): [string, string | null][] {
  const { any, star, fixed, settings } = rule;
  const headers: [string, string | null][] = any ? [] : [[...VARY]];
  const all = any || (star && requestOrigin !== null);
  let allowed = all ? '*' : (fixed ?? (requestOrigin === null ? null : admitOrigin(rule, requestOrigin)));
  if (settings.credentials && (!all || requestOrigin !== null)) {
    if (all) {
      // "*" and credentials exclude each other, so the caller's own origin stands for it.
      allowed = requestOrigin;
      headers.push([...VARY]);
    }
    headers.push([ALLOW_CREDENTIALS, 'true']);
  }
  headers.push([ALLOW_ORIGIN, allowed]);
  return headers;
}

/** The headers of an answer to a preflight. A refused origin is told everything but Allow-Origin. */
export function preflightHeaders(rule: CorsRule, headers: Headers): [string, string][] {
  const { settings } = rule;
  const answer = new Map<string, string>();
  for (const [name, value] of originHeaders(rule, originOf(headers.get('origin'))))
    if (value !== null) answer.set(name, value);
  for (const [name, value] of rule.preflight) answer.set(name, value);
  const asked = headers.get('access-control-request-headers');
  if (!settings.headers?.length && asked !== null) answer.set('Access-Control-Allow-Headers', asked);
  if (settings.privateNetwork && headers.get('access-control-request-private-network') === 'true')
    answer.set('Access-Control-Allow-Private-Network', 'true');
  return [...answer];
}

/** An ordinary answer's headers, in place: the origin server's own are replaced, or removed where the origin is refused. */
export function allowRequestOrigin(rule: CorsRule, request: Headers, out: Headers): void {
  const { settings } = rule;
  if (rule.any && !settings.credentials && settings.allowOriginAbsent) out.set(ALLOW_ORIGIN, '*');
  else {
    const named = originOf(request.get('origin'));
    if (named === null && !settings.allowOriginAbsent) return;
    for (const [name, value] of originHeaders(rule, named)) {
      if (value === null) out.delete(name);
      else if (name === 'Vary') out.append(name, value);
      else out.set(name, value);
    }
  }
  if (rule.exposed !== '') out.set('Access-Control-Expose-Headers', rule.exposed);
}
