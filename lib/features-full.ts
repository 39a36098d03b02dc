/** What dist/worker-full.js carries: everything, in Kong's order of plug-in priority. */
import { startBodyKey } from './auth/body-key.ts';
import { consistentHash } from './balance/consistent-hash.ts';
import { locateOrigins } from './balance/geo-prior.ts';
import { hashFor } from './balance/hash-on.ts';
import { healthChecks } from './balance/health-checks.ts';
import { leastLoad, loadRequests } from './balance/reported-load.ts';
import { BALANCE, CORS, KEY_AUTH, LOG, RATE_LIMIT, REQUEST_ID, RESPONSE_HEADERS } from './features.ts';
import { createTrust } from './http/client-address.ts';
import { askUnderHost } from './http/host-override.ts';
import { startServerTiming } from './http/log.ts';
import { startRespondWith } from './http/respond-with.ts';
import type { GatewayFeature } from './http/state.ts';
import { startKong } from './kong/compat.ts';
import { startCanary } from './routing/canary.ts';
import { startHttpsRedirect } from './routing/https-redirect.ts';
import { PATTERNS } from './routing/patterns.ts';
import { startStatus } from './status/api.ts';
import { startShadow } from './upstream/shadow.ts';

const ROUTE_PATTERNS: GatewayFeature = { name: 'route-patterns', parts: { patterns: PATTERNS } };
const TRUSTED_PROXIES: GatewayFeature = { name: 'trusted-proxies', parts: { trust: createTrust } };
const HOST_OVERRIDE: GatewayFeature = { name: 'host-override', parts: { hostOverride: askUnderHost } };
const CONSISTENT_HASH: GatewayFeature = {
  name: 'consistent-hash',
  balance: { policies: { 'consistent-hash': consistentHash }, hash: hashFor },
};
const REPORTED_LOAD: GatewayFeature = {
  name: 'reported-load',
  balance: { policies: { 'least-load': leastLoad }, sideRequests: [loadRequests] },
};
const HEALTH_CHECKS: GatewayFeature = { name: 'health-checks', balance: { sideRequests: [healthChecks] } };
const GEO_PRIOR: GatewayFeature = { name: 'geo-prior', balance: { locate: locateOrigins } };
const BODY_KEY: GatewayFeature = { name: 'body-key', start: startBodyKey };
const HTTPS_REDIRECT: GatewayFeature = { name: 'https-redirect', start: startHttpsRedirect };
const CANARY: GatewayFeature = { name: 'canary', start: startCanary };
const SHADOW: GatewayFeature = { name: 'shadow', start: startShadow };
const RESPOND_WITH: GatewayFeature = { name: 'respond-with', start: startRespondWith };
const KONG: GatewayFeature = { name: 'kong', start: startKong };
const SERVER_TIMING: GatewayFeature = { name: 'server-timing', start: startServerTiming };
const STATUS: GatewayFeature = { name: 'status', start: startStatus };

export const FEATURES: readonly GatewayFeature[] = [
  ROUTE_PATTERNS,
  TRUSTED_PROXIES,
  HOST_OVERRIDE,
  BALANCE,
  CONSISTENT_HASH,
  REPORTED_LOAD,
  HEALTH_CHECKS,
  GEO_PRIOR,
  // First, so that the copy is compared with the answer as the origin gave it.
  SHADOW,
  HTTPS_REDIRECT,
  CORS,
  BODY_KEY,
  KEY_AUTH,
  RATE_LIMIT,
  CANARY,
  RESPOND_WITH,
  RESPONSE_HEADERS,
  REQUEST_ID,
  KONG,
  SERVER_TIMING,
  STATUS,
  LOG,
];
