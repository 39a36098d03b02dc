/**
 * The features of dist/worker.js, in Kong's order of plug-in priority: both the steps before the origin and the changes
 * to a response run in this order.
 */
import { startKeyAuth } from './auth/key-auth.ts';
import { startUnasked } from './auth/unasked.ts';
import { POLICIES } from './balance/policies.ts';
import { routeRows } from './config/schema.ts';
import { keyAuthRows, rateLimitRows } from './config/schema-auth.ts';
import { corsRows, logRows, requestIdRows, responseHeadersRows } from './config/schema-response.ts';
import { startCors } from './cors.ts';
import { startLog, startRequestId } from './http/log.ts';
import { startResponseHeaders } from './http/response-headers.ts';
import type { GatewayFeature } from './http/state.ts';
import { startRateLimit } from './limits/rate-limit.ts';
import { createRouting } from './routing/router.ts';

export const BALANCE: GatewayFeature = {
  name: 'balance',
  beside: ['core', 'pool'],
  balance: { policies: POLICIES },
};
/** Kong's profiles need it too: they read paths in their own way even on the default route. */
export const ROUTES: GatewayFeature = {
  name: 'routes',
  beside: ['kong'],
  rows: routeRows,
  parts: { routing: createRouting },
};
export const CORS: GatewayFeature = { name: 'cors', rows: corsRows, start: startCors };
export const KEY_AUTH: GatewayFeature = { name: 'key-auth', rows: keyAuthRows, start: startKeyAuth };
export const UNASKED: GatewayFeature = {
  name: 'unasked',
  beside: ['key-auth', 'jwt', 'basic-auth', 'hmac-auth'],
  start: startUnasked,
};
export const RATE_LIMIT: GatewayFeature = {
  name: 'rate-limit',
  beside: ['consumer-limits'],
  rows: rateLimitRows,
  start: startRateLimit,
};
export const RESPONSE_HEADERS: GatewayFeature = {
  name: 'response-headers',
  rows: responseHeadersRows,
  start: startResponseHeaders,
};
export const REQUEST_ID: GatewayFeature = {
  name: 'request-id',
  beside: ['log', 'status'],
  rows: requestIdRows,
  start: startRequestId,
};
export const LOG: GatewayFeature = { name: 'log', rows: logRows, start: startLog };

export const FEATURES = [
  BALANCE,
  ROUTES,
  CORS,
  KEY_AUTH,
  UNASKED,
  RATE_LIMIT,
  RESPONSE_HEADERS,
  REQUEST_ID,
  LOG,
];
