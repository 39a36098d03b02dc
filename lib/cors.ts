/**
 * CORS: which sites' scripts may read a response. Follows Kong 3's cors plugin exactly (plugins/cors/handler.lua), and
 * so the Fetch standard. Everything that does not depend on the request is computed once, at start-up.
 *
 * `origins` empty or exactly ["*"]: any origin. One plain entry: sent in every response. Otherwise the request's Origin
 * is sent back, normalised, if an entry matches; if none does, Access-Control-Allow-Origin is removed, even the origin
 * server's own. A plain entry must match as a whole; any other is a regular expression over the host, or, if it
 * contains a colon, over scheme://host[:port]. Outside Kong's profiles an entry whose only star stands for whole labels
 * or for any port is a glob (https://*.example.com, http://localhost:*), and upper case is read as lower case, which
 * browsers send. Without `preflightContinue` no preflight reaches an origin or an authentication step: a key can't be
 * sent in one.
 */
import type { CorsSettings } from './config/types.ts';
import type { Hooks, Isolate, Patterns, Step } from './core/feature.ts';
import { globOf } from './core/origin-glob.ts';

/** Whether an entry matches an origin, given also its host. */
type Entry = (origin: string, host: string) => boolean;
interface CorsRule {
  readonly settings: CorsSettings;
  /** Any origin is allowed. */
  readonly any: boolean;
  /** Access-Control-Allow-Origin for a request's Origin; null for none. */
  readonly allow: (named: string | null) => string | null;
  readonly exposed: string;
  /** The headers of every preflight response. */
  readonly preflight: readonly (readonly [string, string])[];
  /** Outside Kong's profiles: Vary is sent to requests without Origin too, where responses differ by it. */
  readonly plain: boolean;
}

const PLAIN_ENTRY = /^[A-Za-z0-9.:/-]*$/;
const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';

/** An origin without its scheme's default port, and its host; both are `text` itself if that is not an origin. */
function splitOrigin(text: string): { origin: string; host: string } {
  const [, scheme = '', host = '', port = ''] =
    /^([a-z][a-z\d+.-]*:\/\/)(?:[^/@]*@)?(\[[^\]]*\]|[^/:]+)(:\d+)?/i.exec(text) ?? [];
  if (host === '') return { origin: text, host: text };
  const own = (scheme === 'http://' && port === ':80') || (scheme === 'https://' && port === ':443');
  return { origin: scheme + host + (own ? '' : port), host };
}

/** One entry; `plain`: outside Kong's profiles. Throws if it is an invalid pattern. */
function compileEntry(entry: string, plain: boolean, patterns: Patterns | null): Entry {
  const glob = plain ? globOf(entry) : null;
  if (glob !== null) return (origin) => origin.length <= LONGEST_ORIGIN && glob.test(origin);
  if (PLAIN_ENTRY.test(entry)) {
    const written = plainOrigin(entry, plain);
    return (origin) => origin === written;
  }
  const matches = patterns!.origin(entry);
  return entry.includes(':') ? matches : (_, host) => matches(host);
}

/** As browsers write it. */
function plainOrigin(entry: string, plain: boolean): string {
  const { origin } = splitOrigin(entry);
  return plain ? origin.toLowerCase() : origin;
}
/** A scheme, a host of 253 characters, a port. */
const LONGEST_ORIGIN = 300;

/** The rule's `allow`, unless any origin is allowed. */
function compileOrigins(
  origins: readonly string[],
  patterns: Patterns | null,
  plain: boolean,
): CorsRule['allow'] {
  if (origins.includes('*')) return (named) => named && '*';
  const [only = ''] = origins;
  // Kong sends it as configured, with a trailing slash if it has one.
  const fixed = plain ? plainOrigin(only, true) : only;
  if (origins.length === 1 && PLAIN_ENTRY.test(only)) return () => fixed;
  const entries = origins.map((entry) => compileEntry(entry, plain, patterns));
  return (named) => {
    if (named === null) return null;
    const { origin, host } = splitOrigin(named);
    return entries.some((matches) => matches(origin, host)) ? origin : null;
  };
}

/** A regular expression among the entries needs `patterns`; the configuration's validation has tested it already. */
export function compileCors(settings: CorsSettings, patterns: Patterns | null, plain = false): CorsRule {
  const { origins, headers, maxAge } = settings;
  const any = origins.length === 0 || (origins.length === 1 && origins[0] === '*');
  const preflight: [string, string][] = [['Access-Control-Allow-Methods', settings.methods.join(',')]];
  if (headers && headers.length > 0) preflight.push(['Access-Control-Allow-Headers', headers.join(',')]);
  if (maxAge !== null) preflight.push(['Access-Control-Max-Age', String(maxAge)]);
  return {
    settings,
    any,
    allow: any ? () => '*' : compileOrigins(origins, patterns, plain),
    exposed: settings.exposedHeaders.join(','),
    preflight,
    plain,
  };
}

/** Kong before 1.3 (`legacy`) treated every OPTIONS request as a preflight. */
export function isPreflight(method: string, headers: Headers, legacy = false): boolean {
  return (
    method === 'OPTIONS' &&
    (legacy || (requestOriginOf(headers) !== null && headers.has('access-control-request-method')))
  );
}

/** An empty Origin header counts as absent. */
function requestOriginOf(request: Headers): string | null {
  const origin = request.get('origin');
  return origin === '' ? null : origin;
}

/** Sets Access-Control-Allow-Origin in place: the origin server's own is replaced, or removed if no entry matches. */
function sayOrigin({ any, allow, settings }: CorsRule, named: string | null, out: Headers): void {
  let allowed = allow(named);
  if (!any) out.append('Vary', 'Origin');
  if (settings.credentials && !(any && named === null)) {
    if (allowed === '*') {
      // Browsers reject "*" with credentials, so the request's Origin is sent instead.
      allowed = named;
      out.append('Vary', 'Origin');
    }
    out.set('Access-Control-Allow-Credentials', 'true');
  }
  if (allowed === null) out.delete(ALLOW_ORIGIN);
  else out.set(ALLOW_ORIGIN, allowed);
}

/** The headers of a preflight response. A refused origin gets all but Access-Control-Allow-Origin. */
function preflightHeaders(rule: CorsRule, request: Headers): Headers {
  const { settings } = rule;
  const answer = new Headers(rule.preflight as [string, string][]);
  sayOrigin(rule, requestOriginOf(request), answer);
  if (answer.has('vary')) answer.set('Vary', 'Origin');
  const requested = request.get('access-control-request-headers');
  if (!settings.headers?.length && requested !== null) answer.set('Access-Control-Allow-Headers', requested);
  if (settings.privateNetwork && request.get('access-control-request-private-network') === 'true')
    answer.set('Access-Control-Allow-Private-Network', 'true');
  return answer;
}

/**
 * Sets the headers of an ordinary response, in place. Kong of 2018 (`legacy`) left the origin server's
 * Access-Control-Allow-Origin in a response to a refused origin, but replaced its Vary.
 */
export function allowRequestOrigin(rule: CorsRule, request: Headers, out: Headers, legacy = false): void {
  const { settings } = rule;
  if (rule.any && !settings.credentials && settings.allowOriginAbsent) out.set(ALLOW_ORIGIN, '*');
  else {
    const named = requestOriginOf(request);
    const silent = named === null && !settings.allowOriginAbsent;
    const [own, vary] = [out.get(ALLOW_ORIGIN), out.get('vary')];
    if (!silent) sayOrigin(rule, named, out);
    // Otherwise a cache would answer a script with the response that it stored for an <img> of the same URL.
    if (rule.plain && out.get('vary') === vary) out.append('Vary', 'Origin');
    if (silent) return;
    if (legacy && own !== null && !out.has(ALLOW_ORIGIN)) out.set(ALLOW_ORIGIN, own);
    if (legacy && out.get('vary') !== vary) out.set('vary', 'Origin');
  }
  if (rule.exposed !== '') out.set('Access-Control-Expose-Headers', rule.exposed);
}

/** Routes without CORS settings of their own share one rule. */
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
      return (context, { reason, change }) => {
        // A preflight's answer has all headers, whether it is made here or by an origin. One that was refused before
        // it came here (by its User-Agent, say) is an ordinary request.
        const answered = reason === null || cors.preflightContinue;
        if (route !== null && answered && isPreflight(context.method, context.headers, legacy)) return;
        allowRequestOrigin(rule, context.headers, change(), legacy);
      };
    },
  };
}
