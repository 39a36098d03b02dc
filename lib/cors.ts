/**
 * Which browser callers may read the answer: Kong 3's cors plugin to the letter (plugins/cors/handler.lua), the Fetch
 * standard's protocol. What does not depend on the request is made once, at start-up.
 *
 * `origins` none or exactly ["*"]: any. One plain entry: sent whoever asks. Otherwise the caller's own origin is sent
 * back, normalised, if an entry takes it; if none does, Access-Control-Allow-Origin is removed, the origin server's own
 * too. A plain entry is compared whole; any other is a regular expression over the host, or, if it holds a colon, over
 * scheme://host[:port]. Outside Kong's profiles an entry whose only star stands for whole labels or for any port is
 * what it looks like (https://*.example.com, http://localhost:*), and capitals mean small letters, as browsers write
 * them. Preflights never reach an origin nor an authentication step: a key can't travel in one.
 */
import type { CorsSettings } from './config/types.ts';
import type { Hooks, Isolate, Patterns, Step } from './core/feature.ts';
import { globOf } from './core/origin-glob.ts';

interface Entry {
  readonly origin: string;
  /** For an entry that is no plain origin. */
  readonly matches: ((text: string) => boolean) | null;
  /** The pattern is about the host alone. */
  readonly byHost: boolean;
}
interface CorsRule {
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
  /** Answers differ by origin, and those without one say so too; Kong's do not. */
  readonly alwaysVaries: boolean;
}

const PLAIN_ENTRY = /^[A-Za-z0-9.:/-]*$/;
const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';

/** An origin without its scheme's own port, and its host; a text that is no origin stands for both. */
function splitOrigin(text: string): { origin: string; host: string } {
  const [, scheme = '', host = '', port = ''] =
    /^([a-z][a-z\d+.-]*:\/\/)(?:[^/@]*@)?(\[[^\]]*\]|[^/:]+)(:\d+)?/i.exec(text) ?? [];
  if (host === '') return { origin: text, host: text };
  const own = (scheme === 'http://' && port === ':80') || (scheme === 'https://' && port === ':443');
  return { origin: scheme + host + (own ? '' : port), host };
}

/** One entry; `plain`: outside Kong's profiles. Throws where it is a faulty pattern. */
function compileEntry(entry: string, plain: boolean, patterns: Patterns | null): Entry {
  const glob = plain ? globOf(entry) : null;
  if (glob !== null)
    return { origin: '', matches: (text) => text.length <= LONGEST_ORIGIN && glob.test(text), byHost: false };
  const written = splitOrigin(entry).origin;
  return {
    origin: plain ? written.toLowerCase() : written,
    matches: PLAIN_ENTRY.test(entry) ? null : patterns!.origin(entry),
    byHost: !entry.includes(':'),
  };
}
/** A scheme, a host of 253 characters, a port. */
const LONGEST_ORIGIN = 300;

/** An entry that is a regular expression needs `patterns`; the check of the configuration has judged it. */
export function compileCors(settings: CorsSettings, patterns: Patterns | null, plain = false): CorsRule {
  const { origins, headers, maxAge, credentials, allowOriginAbsent } = settings;
  const [only = '*'] = origins;
  const any = origins.length < 2 && only === '*';
  const preflight: [string, string][] = [['Access-Control-Allow-Methods', settings.methods.join(',')]];
  if (headers && headers.length > 0) preflight.push(['Access-Control-Allow-Headers', headers.join(',')]);
  if (maxAge !== null) preflight.push(['Access-Control-Max-Age', String(maxAge)]);
  return {
    settings,
    any,
    star: !any && origins.includes('*'),
    // As browsers write it: Kong sends it as it was configured, a slash at its end and all.
    fixed:
      origins.length !== 1 || !PLAIN_ENTRY.test(only)
        ? null
        : plain
          ? splitOrigin(only).origin.toLowerCase()
          : only,
    entries: origins.filter((entry) => entry !== '*').map((entry) => compileEntry(entry, plain, patterns)),
    exposed: settings.exposedHeaders.join(','),
    preflight,
    preflightContinue: settings.preflightContinue,
    alwaysVaries: plain && !(any && !credentials && allowOriginAbsent),
  };
}

/** Kong before 1.3 (`legacy`) answered every OPTIONS itself. */
export function isPreflight(method: string, headers: Headers, legacy = false): boolean {
  return (
    method === 'OPTIONS' &&
    (legacy || (requestOriginOf(headers) !== null && headers.has('access-control-request-method')))
  );
}

/** An empty Origin header names none. */
function requestOriginOf(request: Headers): string | null {
  const origin = request.get('origin');
  return origin === '' ? null : origin;
}

function admitOrigin(entries: readonly Entry[], requestOrigin: string): string | null {
  const { origin, host } = splitOrigin(requestOrigin);
  for (const entry of entries) {
    const { matches } = entry;
    if (matches ? matches(entry.byHost ? host : origin) : entry.origin === origin) return origin;
  }
  return null;
}

/** Who may read, said in place: the origin server's own word is replaced, or removed where the origin is refused. */
function sayOrigin(
  { any, star, fixed, entries, settings }: CorsRule,
  named: string | null,
  out: Headers,
): void {
  const all = any || (star && named !== null);
  let allowed = all ? '*' : (fixed ?? (named === null ? null : admitOrigin(entries, named)));
  if (!any) out.append('Vary', 'Origin');
  if (settings.credentials && !(all && named === null)) {
    if (all) {
      // "*" and credentials exclude each other, so the caller's own origin stands for it.
      allowed = named;
      out.append('Vary', 'Origin');
    }
    out.set('Access-Control-Allow-Credentials', 'true');
  }
  if (allowed === null) out.delete(ALLOW_ORIGIN);
  else out.set(ALLOW_ORIGIN, allowed);
}

/** The headers of an answer to a preflight. A refused origin is told everything but Allow-Origin. */
export function preflightHeaders(rule: CorsRule, request: Headers): Headers {
  const { settings } = rule;
  const answer = new Headers(rule.preflight as [string, string][]);
  sayOrigin(rule, requestOriginOf(request), answer);
  if (answer.has('vary')) answer.set('Vary', 'Origin');
  const asked = request.get('access-control-request-headers');
  if (!settings.headers?.length && asked !== null) answer.set('Access-Control-Allow-Headers', asked);
  if (settings.privateNetwork && request.get('access-control-request-private-network') === 'true')
    answer.set('Access-Control-Allow-Private-Network', 'true');
  return answer;
}

/**
 * An ordinary answer's headers, in place. Kong of 2018 (`legacy`) left the origin server's word to a refused origin,
 * not its Vary.
 */
export function allowRequestOrigin(rule: CorsRule, request: Headers, out: Headers, legacy = false): void {
  const { settings } = rule;
  if (rule.any && !settings.credentials && settings.allowOriginAbsent) out.set(ALLOW_ORIGIN, '*');
  else {
    const named = requestOriginOf(request);
    const silent = named === null && !settings.allowOriginAbsent;
    // Or a cache would give a page's script what it kept of the same URL in an <img>. Where `sayOrigin` will not say
    // it:
    const unsaid = silent || (rule.any && !(settings.credentials && named !== null));
    if (rule.alwaysVaries && unsaid) out.append('Vary', 'Origin');
    if (silent) return;
    const [own, vary] = [out.get(ALLOW_ORIGIN), out.get('vary')];
    sayOrigin(rule, named, out);
    if (legacy && own !== null && !out.has(ALLOW_ORIGIN)) out.set(ALLOW_ORIGIN, own);
    if (legacy && out.get('vary') !== vary) out.set('vary', 'Origin');
  }
  if (rule.exposed !== '') out.set('Access-Control-Expose-Headers', rule.exposed);
}

/** Routes without rules of their own share the general one. */
export function startCors({ settings, parts }: Isolate): Hooks {
  const { compat } = settings;
  const legacy = compat === 'kong-2018';
  const rules = new Map<CorsSettings, CorsRule>();
  const ruleOf = (cors: CorsSettings): CorsRule => {
    const rule = rules.get(cors) ?? compileCors(cors, parts.patterns ?? null, compat === null);
    rules.set(cors, rule);
    return rule;
  };
  const answerPreflight =
    (rule: CorsRule): Step =>
    ({ headers }) =>
      new Response(null, {
        status: compat === 'kong-3' ? 200 : 204,
        headers: preflightHeaders(rule, headers),
      });
  return {
    preflight: ({ cors }) => (cors && !cors.preflightContinue ? answerPreflight(ruleOf(cors)) : null),
    adds: ({ cors }) => Boolean(cors),
    finish: (route) => {
      const { cors } = route ?? settings;
      if (!cors) return null;
      const rule = ruleOf(cors);
      return (context, { change }) => {
        // An origin that answers preflights itself has said all.
        if (route !== null && isPreflight(context.method, context.headers, legacy)) return;
        allowRequestOrigin(rule, context.headers, change(), legacy);
      };
    },
  };
}
