/** The features of dist/worker-full.js: all of them, in Kong's order of plug-in priority. */
import { startBasicAuth } from './auth/basic-auth.ts';
import { startBodyKey } from './auth/body-key.ts';
import { startForget } from './auth/forget.ts';
import { hideAsKong } from './auth/hide-as-kong.ts';
import { startHmacAuth } from './auth/hmac/hmac-auth.ts';
import { startJwt } from './auth/jwt/jwt.ts';
import { listedFailures } from './balance/listed-failures.ts';
import { consistentHash } from './balance/consistent-hash.ts';
import { canaryRows, httpsRedirectRows, patternRows, shadowRows, trustedProxyRows } from './config/schema.ts';
import { basicAuthRows } from './config/schema-basic-auth.ts';
import { boardRows, consumerLimitRows, sharedRows } from './config/schema-auth.ts';
import { hmacAuthRows, jwtRows } from './config/schema-credentials.ts';
import {
  consistentHashRows,
  geoPriorRows,
  healthCheckRows,
  hostOverrideRows,
  kongBalancerRows,
  leastLoadRows,
} from './config/schema-pool.ts';
import {
  healthPathRows,
  kongRows,
  respondWithRows,
  serverTimingRows,
  statusRows,
} from './config/schema-response.ts';
import {
  consumerSettingsRows,
  agentsRows,
  addressesRows,
  groupsRows,
  bodyLimitRows,
  costLimitsRows,
  webhookRows,
} from './config/schema-admission.ts';
import { requestTransformRows, responseTransformRows, redirectRows } from './config/schema-transform.ts';
import { correlationIdRows, traceRows, cacheRows, accessLogRows } from './config/schema-records.ts';
import {
  BALANCE,
  CORS,
  KEY_AUTH,
  LOG,
  RATE_LIMIT,
  REQUEST_ID,
  RESPONSE_HEADERS,
  ROUTES,
  UNASKED,
} from './features.ts';

// Except the list, which the one below replaces.
export * from './features.ts';
import { createMetrics } from './core/metrics.ts';
import { createTrust } from './http/client-address.ts';
import { HOST_OVERRIDES } from './http/host-override.ts';
import { startHealthPath } from './http/health-path.ts';
import { startServerTiming } from './http/log.ts';
import { startRespondWith } from './http/respond-with.ts';
import type { GatewayFeature } from './http/state.ts';
import { startKong } from './kong/compat.ts';
import { DNS_ERRORS } from './kong/dns-error.ts';
import { startCanary } from './routing/canary.ts';
import { startHttpsRedirect } from './http/https-redirect.ts';
import { consumerLimit } from './limits/consumer-limits.ts';
import { limitKey } from './limits/limit-key.ts';
import { PATTERNS } from './routing/patterns.ts';
import { rankTraditionally } from './routing/traditional.ts';
import { startBoard } from './shared/board.ts';
import { startSharedLimit } from './shared/limits.ts';
import { startRevocations } from './shared/revocations.ts';
import { startStatus } from './status/api.ts';
import { startSums } from './status/sums.ts';
import { startAccessLog } from './traffic/access-log.ts';
import { startAddresses } from './traffic/addresses.ts';
import { startAgents } from './traffic/agents.ts';
import { startBodyLimit } from './traffic/body-limit.ts';
import { startCache } from './traffic/cache/cache.ts';
import { startCorrelationId } from './traffic/correlation-id.ts';
import { startCostLimits } from './traffic/cost-limits.ts';
import { startGroups } from './traffic/groups.ts';
import { startRedirect } from './traffic/redirect.ts';
import { startRequestTransform } from './traffic/request-transform.ts';
import { startResponseTransform } from './traffic/response-transform.ts';
import { startTrace } from './traffic/trace/trace.ts';
import { startWebhook } from './traffic/webhook.ts';
import { geoPrior } from './upstream/geo-prior.ts';
import { hashFor } from './upstream/hash-on.ts';
import { healthChecks } from './upstream/health-check.ts';
import { leastLoad, loadRequests, observeLoad } from './upstream/reported-load.ts';
import { startShadow } from './upstream/shadow.ts';

export const REGEX_PATTERNS: GatewayFeature = {
  name: 'patterns',
  // Kong reads every CORS origin with a star as a regular expression.
  beside: ['kong'],
  rows: patternRows,
  parts: { patterns: PATTERNS },
};
export const TRUSTED_PROXIES: GatewayFeature = {
  name: 'trusted-proxies',
  rows: trustedProxyRows,
  parts: { trust: createTrust },
};
export const HOST_OVERRIDE: GatewayFeature = {
  name: 'host-override',
  rows: hostOverrideRows,
  parts: { hostOverride: HOST_OVERRIDES },
};
export const KONG_BALANCER: GatewayFeature = {
  name: 'kong-balancer',
  rows: kongBalancerRows,
  balance: { countFailures: listedFailures },
};
export const CONSISTENT_HASH: GatewayFeature = {
  name: 'consistent-hash',
  rows: consistentHashRows,
  balance: { policies: { 'consistent-hash': consistentHash }, hash: hashFor },
};
export const REPORTED_LOAD: GatewayFeature = {
  name: 'reported-load',
  rows: leastLoadRows,
  balance: { policies: { 'least-load': leastLoad }, sideRequests: [loadRequests], observe: observeLoad },
};
export const HEALTH_CHECKS: GatewayFeature = {
  name: 'health-checks',
  rows: healthCheckRows,
  balance: { sideRequests: [healthChecks] },
};
export const GEO_PRIOR: GatewayFeature = {
  name: 'geo-prior',
  rows: geoPriorRows,
  balance: { locate: geoPrior },
};
export const BODY_KEY: GatewayFeature = { name: 'body-key', start: startBodyKey };
export const JWT: GatewayFeature = { name: 'jwt', rows: jwtRows, start: startJwt };
export const BASIC_AUTH: GatewayFeature = { name: 'basic-auth', rows: basicAuthRows, start: startBasicAuth };
export const HMAC_AUTH: GatewayFeature = { name: 'hmac-auth', rows: hmacAuthRows, start: startHmacAuth };
export const HTTPS_REDIRECT: GatewayFeature = {
  name: 'https-redirect',
  rows: httpsRedirectRows,
  start: startHttpsRedirect,
};
export const CANARY: GatewayFeature = { name: 'canary', rows: canaryRows, start: startCanary };
export const SHADOW: GatewayFeature = { name: 'shadow', rows: shadowRows, start: startShadow };
export const RESPOND_WITH: GatewayFeature = {
  name: 'respond-with',
  rows: respondWithRows,
  start: startRespondWith,
};
export const KONG: GatewayFeature = {
  name: 'kong',
  rows: kongRows,
  parts: { hideAsKong, dnsErrors: DNS_ERRORS, rankTraditionally },
  start: startKong,
};
export const SERVER_TIMING: GatewayFeature = {
  name: 'server-timing',
  beside: ['log', 'status'],
  rows: serverTimingRows,
  start: startServerTiming,
};
export const STATUS: GatewayFeature = {
  name: 'status',
  rows: statusRows,
  parts: { metrics: createMetrics },
  start: startStatus,
};
export const HEALTH_PATH: GatewayFeature = {
  name: 'health-path',
  rows: healthPathRows,
  start: startHealthPath,
};
export const CONSUMER_LIMITS: GatewayFeature = {
  name: 'consumer-limits',
  rows: consumerLimitRows,
  parts: { consumerLimit },
};
/** No rows: the row of `rateLimit.by` declares which of its values need it. */
export const LIMIT_KEYS: GatewayFeature = { name: 'limit-keys', parts: { limitKey } };
export const REVOCATIONS: GatewayFeature = {
  name: 'revocations',
  beside: ['shared-limit'],
  start: startRevocations,
};
export const FORGET: GatewayFeature = {
  name: 'forget',
  beside: ['status', 'shared-limit'],
  start: startForget,
};
export const SHARED_LIMIT: GatewayFeature = {
  name: 'shared-limit',
  rows: sharedRows,
  start: startSharedLimit,
};
export const BOARD: GatewayFeature = { name: 'board', rows: boardRows, start: startBoard };
export const SUMS: GatewayFeature = { name: 'sums', beside: ['shared-limit'], start: startSums };
export const CONSUMER_SETTINGS: GatewayFeature = { name: 'consumer-settings', rows: consumerSettingsRows };
export const CORRELATION_ID: GatewayFeature = {
  name: 'correlation-id',
  rows: correlationIdRows,
  start: startCorrelationId,
};
export const TRACE: GatewayFeature = { name: 'trace', rows: traceRows, start: startTrace };
export const AGENTS: GatewayFeature = { name: 'agents', rows: agentsRows, start: startAgents };
export const ADDRESSES: GatewayFeature = { name: 'addresses', rows: addressesRows, start: startAddresses };
export const BODY_LIMIT: GatewayFeature = { name: 'body-limit', rows: bodyLimitRows, start: startBodyLimit };
export const GROUPS: GatewayFeature = { name: 'groups', rows: groupsRows, start: startGroups };
export const COST_LIMITS: GatewayFeature = {
  name: 'cost-limits',
  rows: costLimitsRows,
  start: startCostLimits,
};
export const REQUEST_TRANSFORM: GatewayFeature = {
  name: 'request-transform',
  rows: requestTransformRows,
  start: startRequestTransform,
};
export const RESPONSE_TRANSFORM: GatewayFeature = {
  name: 'response-transform',
  rows: responseTransformRows,
  start: startResponseTransform,
};
export const REDIRECT: GatewayFeature = { name: 'redirect', rows: redirectRows, start: startRedirect };
export const WEBHOOK: GatewayFeature = { name: 'webhook', rows: webhookRows, start: startWebhook };
export const CACHE: GatewayFeature = { name: 'cache', rows: cacheRows, start: startCache };
export const ACCESS_LOG: GatewayFeature = { name: 'access-log', rows: accessLogRows, start: startAccessLog };

export const FEATURES: readonly GatewayFeature[] = [
  TRUSTED_PROXIES,
  HOST_OVERRIDE,
  BALANCE,
  ROUTES,
  KONG_BALANCER,
  CONSISTENT_HASH,
  REPORTED_LOAD,
  HEALTH_CHECKS,
  GEO_PRIOR,
  // First, so that the shadow's response is compared with the origin's unchanged one.
  SHADOW,
  HTTPS_REDIRECT,
  CONSUMER_SETTINGS,
  CORRELATION_ID,
  TRACE,
  AGENTS,
  CORS,
  // Before a cached verdict can accept a request.
  REVOCATIONS,
  FORGET,
  JWT,
  BODY_KEY,
  KEY_AUTH,
  BASIC_AUTH,
  HMAC_AUTH,
  UNASKED,
  ADDRESSES,
  BODY_LIMIT,
  GROUPS,
  SHARED_LIMIT,
  CONSUMER_LIMITS,
  LIMIT_KEYS,
  RATE_LIMIT,
  COST_LIMITS,
  REQUEST_TRANSFORM,
  RESPONSE_TRANSFORM,
  REDIRECT,
  WEBHOOK,
  CANARY,
  CACHE,
  RESPOND_WITH,
  // After all features that respond without an origin.
  BOARD,
  RESPONSE_HEADERS,
  REQUEST_ID,
  KONG,
  SERVER_TIMING,
  STATUS,
  HEALTH_PATH,
  SUMS,
  ACCESS_LOG,
  LOG,
  // After the features whose rows it extends.
  REGEX_PATTERNS,
];
