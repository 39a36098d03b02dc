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

const guard = (priority: number, why: string): Missing => ({
  fate: 'guard',
  priority,
  why,
  judge: () => ({ effect: 'closed', why }),
});
const lost = (priority: number, why: string): Missing => ({
  fate: 'lost',
  priority,
  why,
  judge: () => ({ effect: 'lost', why }),
});
/** A plug-in of the Enterprise edition. */
const extra = (plugin: Missing): Missing => ({ ...plugin, bundled: false });

const UNSEEN = 'callers see no difference; nothing is recorded there any more';
const INSTEAD = 'it responds in place of the service, which may not be meant for callers';
const LUA = 'Lua does not run here: code that can end a request closes the route, other code is lost';
const REQUESTS = 'requests reach the service unchanged; the report says what is missing';
const RESPONSES = 'responses reach callers unchanged; the report says what is missing';
const EVERY = 'every request reaches the service';

export const PLUGINS: ReadonlyMap<string, Plugin> = new Map<string, Plugin>([
  ['pre-function', { ...guard(1_000_000, LUA), judge: judgeCode }],
  ['correlation-id', CORRELATION_ID],
  ['zipkin', ZIPKIN],
  ['bot-detection', BOT_DETECTION],
  ['cors', CORS],
  ['session', guard(1900, 'session cookies are neither set nor read')],
  ['acme', lost(1705, 'certificates belong to whatever terminates TLS in front of the Worker')],
  ['jwt', JWT],
  ['oauth2', guard(1400, 'tokens are neither issued nor checked')],
  ['key-auth', KEY_AUTH],
  ['ldap-auth', guard(1200, 'a Worker has no connection to a directory')],
  ['basic-auth', BASIC_AUTH],
  ['hmac-auth', HMAC_AUTH],
  ['grpc-gateway', guard(998, 'a Worker does not speak gRPC')],
  ['ip-restriction', IP_RESTRICTION],
  ['request-size-limiting', REQUEST_SIZE_LIMITING],
  ['acl', ACL],
  ['rate-limiting', RATE_LIMITING],
  ['response-ratelimiting', RESPONSE_RATELIMITING],
  ['request-transformer', REQUEST_TRANSFORMER],
  ['response-transformer', RESPONSE_TRANSFORMER],
  ['redirect', REDIRECT],
  ['ai-request-transformer', guard(777, 'no language model is called')],
  ['ai-prompt-template', guard(773, 'it may reject prompts without a template')],
  ['ai-prompt-decorator', lost(772, 'prompts reach the service unchanged')],
  ['ai-prompt-guard', guard(771, 'prompts are not checked')],
  ['ai-proxy', guard(770, INSTEAD)],
  ['ai-response-transformer', guard(768, 'no language model is called')],
  ['standard-webhooks', STANDARD_WEBHOOKS],
  ['aws-lambda', guard(750, INSTEAD)],
  ['azure-functions', guard(749, INSTEAD)],
  ['proxy-cache', PROXY_CACHE],
  ['opentelemetry', OPENTELEMETRY],
  ['prometheus', lost(13, `${UNSEEN}: scrape the metrics of the \`status\` endpoint`)],
  ['http-log', HTTP_LOG],
  ['statsd', lost(11, UNSEEN)],
  ['datadog', lost(10, UNSEEN)],
  ['file-log', FILE_LOG],
  ['udp-log', lost(8, UNSEEN)],
  ['tcp-log', lost(7, UNSEEN)],
  ['loggly', lost(6, UNSEEN)],
  ['syslog', lost(4, UNSEEN)],
  ['grpc-web', guard(3, 'a Worker does not speak gRPC')],
  ['request-termination', REQUEST_TERMINATION],
  ['post-function', { ...guard(-1000, LUA), judge: judgeCode }],
  ['request-transformer-advanced', extra({ ...lost(802, REQUESTS), judge: requestChanges })],
  ['response-transformer-advanced', extra({ ...lost(800, RESPONSES), judge: responseChanges })],
  ['proxy-cache-advanced', extra(lost(100, EVERY))],
  ['graphql-proxy-cache-advanced', extra(lost(99, EVERY))],
  ['exit-transformer', extra(lost(9999, 'error responses keep Kong’s own form'))],
  ['canary', extra(lost(13, 'all requests go to the service; `canary` splits them between pools'))],
  ['route-by-header', extra(lost(850, 'all requests go to the service'))],
  ['upstream-timeout', extra(lost(400, 'the service’s own timeouts apply'))],
  ['statsd-advanced', extra(lost(11, UNSEEN))],
  ['kafka-log', extra(lost(5, UNSEEN))],
  ['galileo', extra(lost(3, UNSEEN))],
]);

/** A plug-in that is not in the table. */
const UNKNOWN: Missing = guard(0, 'an unknown plug-in may reject requests');

export function pluginNamed(name: string): Plugin {
  return PLUGINS.get(name) ?? UNKNOWN;
}

/** The table of docs/kong.md, as Markdown: what becomes of each plug-in that Kong bundles. */
export function pluginTable(): string {
  const rows = [...PLUGINS].flatMap(([name, plugin]) =>
    plugin.bundled === false ? [] : [`| \`${name}\` | ${fateOf(plugin)} | ${plugin.why} |`],
  );
  return ['| plug-in | becomes | how, or why not |', '| --- | --- | --- |', ...rows].join('\n');
}

function fateOf(plugin: Plugin): string {
  if (plugin.fate === 'carried') return 'carried over';
  if (plugin.fate === 'lost') return 'lost';
  return plugin.judge({}).effect === 'lost' ? 'closed: 503, or lost' : 'closed: 503';
}
