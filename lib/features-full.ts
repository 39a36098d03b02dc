/** What dist/worker-full.js carries: everything, in Kong's order of plug-in priority. */
import type { Feature } from './core/feature.ts';
import { CORS, KEY_AUTH, LOG, RATE_LIMIT, REQUEST_ID, RESPONSE_HEADERS } from './features.ts';
import { startServerTiming } from './http/log.ts';
import { startRespondWith } from './http/respond-with.ts';
import type { State } from './http/state.ts';
import { startKong } from './kong/compat.ts';
import { startCanary } from './routing/canary.ts';
import { startHttpsRedirect } from './routing/https-redirect.ts';
import { startStatus } from './status/api.ts';
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
import { startShadow } from './upstream/shadow.ts';

const HTTPS_REDIRECT: Feature = { name: 'https-redirect', start: startHttpsRedirect };
const CANARY: Feature = { name: 'canary', start: startCanary };
const SHADOW: Feature<State> = { name: 'shadow', start: startShadow };
const RESPOND_WITH: Feature = { name: 'respond-with', start: startRespondWith };
const KONG: Feature = { name: 'kong', start: startKong };
const SERVER_TIMING: Feature = { name: 'server-timing', start: startServerTiming };
const STATUS: Feature<State> = { name: 'status', start: startStatus };
const CORRELATION_ID: Feature = { name: 'correlation-id', start: startCorrelationId };
const TRACE: Feature = { name: 'trace', start: startTrace };
const AGENTS: Feature = { name: 'agents', start: startAgents };
const ADDRESSES: Feature = { name: 'addresses', start: startAddresses };
const BODY_LIMIT: Feature = { name: 'body-limit', start: startBodyLimit };
const GROUPS: Feature = { name: 'groups', start: startGroups };
const COST_LIMITS: Feature = { name: 'cost-limits', start: startCostLimits };
const REQUEST_TRANSFORM: Feature = { name: 'request-transform', start: startRequestTransform };
const RESPONSE_TRANSFORM: Feature = { name: 'response-transform', start: startResponseTransform };
const REDIRECT: Feature = { name: 'redirect', start: startRedirect };
const WEBHOOK: Feature = { name: 'webhook', start: startWebhook };
const CACHE: Feature = { name: 'cache', start: startCache };
const ACCESS_LOG: Feature = { name: 'access-log', start: startAccessLog };

export const FEATURES: readonly Feature<State>[] = [
  // First, so that the copy is compared with the answer as the origin gave it.
  SHADOW,
  HTTPS_REDIRECT,
  CORRELATION_ID,
  TRACE,
  AGENTS,
  CORS,
  KEY_AUTH,
  ADDRESSES,
  BODY_LIMIT,
  GROUPS,
  RATE_LIMIT,
  COST_LIMITS,
  REQUEST_TRANSFORM,
  RESPONSE_TRANSFORM,
  REDIRECT,
  WEBHOOK,
  CANARY,
  CACHE,
  RESPOND_WITH,
  RESPONSE_HEADERS,
  REQUEST_ID,
  KONG,
  SERVER_TIMING,
  STATUS,
  ACCESS_LOG,
  LOG,
];
