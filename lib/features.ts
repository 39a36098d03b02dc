/**
 * What dist/worker.js carries, in Kong's order of plug-in priority: admission runs in this order, and so does what is done to an answer.
 */
import { startKeyAuth } from './auth/admit.ts';
import { keyAuthRows, rateLimitRows } from './config/schema-auth.ts';
import { corsRows, logRows, requestIdRows, responseHeadersRows } from './config/schema-response.ts';
import type { Feature } from './core/feature.ts';
import { startCors } from './cors.ts';
import { startLog, startRequestId } from './http/log.ts';
import { startResponseHeaders } from './http/response-headers.ts';
import { startRateLimit } from './limits/rate-limit.ts';

export const CORS: Feature = { name: 'cors', rows: corsRows, start: startCors };
export const KEY_AUTH: Feature = { name: 'key-auth', rows: keyAuthRows, start: startKeyAuth };
export const RATE_LIMIT: Feature = { name: 'rate-limit', rows: rateLimitRows, start: startRateLimit };
export const RESPONSE_HEADERS: Feature = {
  name: 'response-headers',
  rows: responseHeadersRows,
  start: startResponseHeaders,
};
export const REQUEST_ID: Feature = { name: 'request-id', rows: requestIdRows, start: startRequestId };
export const LOG: Feature = { name: 'log', rows: logRows, start: startLog };

export const FEATURES = [CORS, KEY_AUTH, RATE_LIMIT, RESPONSE_HEADERS, REQUEST_ID, LOG];
