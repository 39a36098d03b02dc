/**
 * All plug-ins bundled with Kong, and those of the Enterprise edition that cannot reject requests: what becomes of
 * each.
 *
 * Any other plug-in is a custom one, which may reject requests, as may all others that the Enterprise edition adds: it
 * closes its routes. A missing response is noticed on the first day of a migration; a request that should have been
 * rejected is not.
 */
import { ACL, BOT_DETECTION, IP_RESTRICTION, REQUEST_SIZE_LIMITING, STANDARD_WEBHOOKS } from './access.ts';
import { CORS } from './cors.ts';
import { judgeCode } from './functions.ts';
import { FILE_LOG, HTTP_LOG } from './logging.ts';
import { BASIC_AUTH, HMAC_AUTH, JWT, KEY_AUTH } from './logins.ts';
import { PROXY_CACHE } from './proxy-cache.ts';
import { RATE_LIMITING, RESPONSE_RATELIMITING } from './rate-limiting.ts';
import { REDIRECT, REQUEST_TERMINATION } from './request-termination.ts';
import { CORRELATION_ID, OPENTELEMETRY, ZIPKIN } from './tracing.ts';
import { REQUEST_TRANSFORMER, RESPONSE_TRANSFORMER } from './transform.ts';
import { requestChanges, responseChanges } from './enterprise-transformers.ts';
import type { Missing, Plugin } from './entry.ts';

const guard = (why: string, judge: Missing['judge'] = () => ({ effect: 'closed', why })): Missing => ({
  fate: 'guard',
  why,
  judge,
});
const lost = (why: string, judge: Missing['judge'] = () => ({ effect: 'lost', why })): Missing => ({
  fate: 'lost',
  why,
  judge,
});

const UNSEEN = 'callers see no difference; nothing is recorded there any more';
const INSTEAD = 'it responds in place of the service, which may not be meant for callers';
const LUA = 'Lua does not run here: code that can end a request closes the route, other code is lost';
const REQUESTS = 'requests reach the service unchanged; the report says what is missing';
const RESPONSES = 'responses reach callers unchanged; the report says what is missing';
const EVERY = 'every request reaches the service';

/** In Kong's order of execution. */
export const PLUGINS: ReadonlyMap<string, Plugin> = new Map<string, Plugin>([
  ['pre-function', guard(LUA, judgeCode)],
  ['correlation-id', CORRELATION_ID],
  ['zipkin', ZIPKIN],
  ['bot-detection', BOT_DETECTION],
  ['cors', CORS],
  ['session', guard('session cookies are neither set nor read')],
  ['acme', lost('certificates belong to whatever terminates TLS in front of the Worker')],
  ['jwt', JWT],
  ['oauth2', guard('tokens are neither issued nor checked')],
  ['key-auth', KEY_AUTH],
  ['ldap-auth', guard('a Worker has no connection to a directory')],
  ['basic-auth', BASIC_AUTH],
  ['hmac-auth', HMAC_AUTH],
  ['grpc-gateway', guard('a Worker does not speak gRPC')],
  ['ip-restriction', IP_RESTRICTION],
  ['request-size-limiting', REQUEST_SIZE_LIMITING],
  ['acl', ACL],
  ['rate-limiting', RATE_LIMITING],
  ['response-ratelimiting', RESPONSE_RATELIMITING],
  ['request-transformer', REQUEST_TRANSFORMER],
  ['response-transformer', RESPONSE_TRANSFORMER],
  ['redirect', REDIRECT],
  ['ai-request-transformer', guard('no language model is called')],
  ['ai-prompt-template', guard('it may reject prompts without a template')],
  ['ai-prompt-decorator', lost('prompts reach the service unchanged')],
  ['ai-prompt-guard', guard('prompts are not checked')],
  ['ai-proxy', guard(INSTEAD)],
  ['ai-response-transformer', guard('no language model is called')],
  ['standard-webhooks', STANDARD_WEBHOOKS],
  ['aws-lambda', guard(INSTEAD)],
  ['azure-functions', guard(INSTEAD)],
  ['proxy-cache', PROXY_CACHE],
  ['opentelemetry', OPENTELEMETRY],
  ['prometheus', lost(`${UNSEEN}: scrape the metrics of the \`status\` endpoint`)],
  ['http-log', HTTP_LOG],
  ['statsd', lost(UNSEEN)],
  ['datadog', lost(UNSEEN)],
  ['file-log', FILE_LOG],
  ['udp-log', lost(UNSEEN)],
  ['tcp-log', lost(UNSEEN)],
  ['loggly', lost(UNSEEN)],
  ['syslog', lost(UNSEEN)],
  ['grpc-web', guard('a Worker does not speak gRPC')],
  ['request-termination', REQUEST_TERMINATION],
  ['post-function', guard(LUA, judgeCode)],
]);

/** Those of the Enterprise edition that cannot reject requests. */
const EXTRAS: ReadonlyMap<string, Missing> = new Map([
  ['request-transformer-advanced', lost(REQUESTS, requestChanges)],
  ['response-transformer-advanced', lost(RESPONSES, responseChanges)],
  ['proxy-cache-advanced', lost(EVERY)],
  ['graphql-proxy-cache-advanced', lost(EVERY)],
  ['exit-transformer', lost('error responses keep Kong’s own form')],
  ['canary', lost('all requests go to the service; `canary` splits them between pools')],
  ['route-by-header', lost('all requests go to the service')],
  ['upstream-timeout', lost('the service’s own timeouts apply')],
  ['statsd-advanced', lost(UNSEEN)],
  ['kafka-log', lost(UNSEEN)],
  ['galileo', lost(UNSEEN)],
]);

const UNKNOWN = guard('an unknown plug-in may reject requests');

export function pluginNamed(name: string): Plugin {
  return PLUGINS.get(name) ?? EXTRAS.get(name) ?? UNKNOWN;
}

const RANKS = new Map([...PLUGINS.keys()].map((name, rank) => [name, rank]));

/** Plug-ins run in ascending order. Unknown ones have Kong's default priority, and run before post-function. */
export function rankOf(name: string): number {
  return RANKS.get(name) ?? PLUGINS.size - 1.5;
}

/** The table of docs/kong.md, as Markdown: what becomes of each plug-in that Kong bundles. */
export function pluginTable(): string {
  const rows = [...PLUGINS].map(([name, plugin]) => `| \`${name}\` | ${fateOf(plugin)} | ${plugin.why} |`);
  return ['| plug-in | becomes | how, or why not |', '| --- | --- | --- |', ...rows].join('\n');
}

function fateOf(plugin: Plugin): string {
  if (plugin.fate === 'carried') return 'carried over';
  if (plugin.fate === 'lost') return 'lost';
  return plugin.judge({}).effect === 'lost' ? 'closed: 503, or lost' : 'closed: 503';
}
