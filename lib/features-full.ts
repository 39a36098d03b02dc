/** What dist/worker-full.js carries: everything, in Kong's order of plug-in priority. */
import { startBodyKey } from './auth/body-key.ts';
import { consistentHash } from './balance/consistent-hash.ts';
import { canaryRows, httpsRedirectRows, shadowRows } from './config/schema.ts';
import { sharedRows } from './config/schema-auth.ts';
import { consistentHashRows, geoPriorRows, healthCheckRows, leastLoadRows } from './config/schema-pool.ts';
import {
  healthPathRows,
  kongRows,
  respondWithRows,
  serverTimingRows,
  statusRows,
} from './config/schema-response.ts';
import { BALANCE, CORS, KEY_AUTH, LOG, RATE_LIMIT, REQUEST_ID, RESPONSE_HEADERS } from './features.ts';
import { createTrust } from './http/client-address.ts';
import { askUnderHost } from './http/host-override.ts';
import { startHealthPath } from './http/health-path.ts';
import { startServerTiming } from './http/log.ts';
import { startRespondWith } from './http/respond-with.ts';
import type { GatewayFeature } from './http/state.ts';
import { startKong } from './kong/compat.ts';
import { startCanary } from './routing/canary.ts';
import { startHttpsRedirect } from './routing/https-redirect.ts';
import { PATTERNS } from './routing/patterns.ts';
import { startSharedLimit } from './shared/limits.ts';
import { startRevocations } from './shared/revocations.ts';
import { startStatus } from './status/api.ts';
import { startSums } from './status/sums.ts';
import { geoPrior } from './upstream/geo-prior.ts';
import { hashFor } from './upstream/hash-on.ts';
import { healthChecks } from './upstream/health-check.ts';
import { leastLoad, loadRequests, observeLoad } from './upstream/reported-load.ts';
import { startShadow } from './upstream/shadow.ts';

const ROUTE_PATTERNS: GatewayFeature = { name: 'route-patterns', parts: { patterns: PATTERNS } };
const TRUSTED_PROXIES: GatewayFeature = { name: 'trusted-proxies', parts: { trust: createTrust } };
const HOST_OVERRIDE: GatewayFeature = { name: 'host-override', parts: { hostOverride: askUnderHost } };
const CONSISTENT_HASH: GatewayFeature = {
  name: 'consistent-hash',
  rows: consistentHashRows,
  balance: { policies: { 'consistent-hash': consistentHash }, hash: hashFor },
};
const REPORTED_LOAD: GatewayFeature = {
  name: 'reported-load',
  rows: leastLoadRows,
  balance: { policies: { 'least-load': leastLoad }, sideRequests: [loadRequests], observe: observeLoad },
};
const HEALTH_CHECKS: GatewayFeature = {
  name: 'health-checks',
  rows: healthCheckRows,
  balance: { sideRequests: [healthChecks] },
};
const GEO_PRIOR: GatewayFeature = {
  name: 'geo-prior',
  rows: geoPriorRows,
  balance: { locate: geoPrior },
};
const BODY_KEY: GatewayFeature = { name: 'body-key', start: startBodyKey };
const HTTPS_REDIRECT: GatewayFeature = {
  name: 'https-redirect',
  rows: httpsRedirectRows,
  start: startHttpsRedirect,
};
const CANARY: GatewayFeature = { name: 'canary', rows: canaryRows, start: startCanary };
const SHADOW: GatewayFeature = { name: 'shadow', rows: shadowRows, start: startShadow };
const RESPOND_WITH: GatewayFeature = { name: 'respond-with', rows: respondWithRows, start: startRespondWith };
const KONG: GatewayFeature = { name: 'kong', rows: kongRows, start: startKong };
const SERVER_TIMING: GatewayFeature = {
  name: 'server-timing',
  rows: serverTimingRows,
  start: startServerTiming,
};
const STATUS: GatewayFeature = { name: 'status', rows: statusRows, start: startStatus };
const HEALTH_PATH: GatewayFeature = { name: 'health-path', rows: healthPathRows, start: startHealthPath };
const REVOCATIONS: GatewayFeature = { name: 'revocations', start: startRevocations };
const SHARED_LIMIT: GatewayFeature = { name: 'shared-limit', rows: sharedRows, start: startSharedLimit };
const SUMS: GatewayFeature = { name: 'sums', start: startSums };

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
  // Before any verdict that is remembered lets a request in.
  REVOCATIONS,
  BODY_KEY,
  KEY_AUTH,
  SHARED_LIMIT,
  RATE_LIMIT,
  CANARY,
  RESPOND_WITH,
  RESPONSE_HEADERS,
  REQUEST_ID,
  KONG,
  SERVER_TIMING,
  STATUS,
  HEALTH_PATH,
  SUMS,
  LOG,
];
